// A program that compiles the library once. One more backend, derived from the library's, shows that a
// worker calls what it has and not what the base has.
#include "people.hpp"

#include <cstdio>

namespace {
struct place { // people.cpp has another one of this name
  double east{};
  std::vector<std::string> names{};
};

auto here(place where) -> perdure::workflow<place> {
  where.names.push_back("here");
  co_return where;
}

class counting_backend : public perdure::memory_backend {
public:
  auto poll(perdure::worker_link& worker, perdure::poll_request request) -> perdure::polled_task {
    ++polls;
    return perdure::memory_backend::poll(worker, request);
  }
  int polls{0};
};
} // namespace

int main() {
  perdure::memory_backend backend;
  perdure::worker worker{backend, {.task_queue = "people"}};
  serve(worker);
  worker.add<here>();
  worker.start();
  std::puts(ask(backend, "Ada").c_str());

  perdure::client const client{backend};
  place const found =
      client.execute_workflow<here>({.east = 1.5}, {.id = "place", .task_queue = "people"});
  std::printf("%.1f %s\n", found.east, found.names.at(0).c_str());

  perdure::history const recorded = backend.read_history({"place", {}});
  std::puts(perdure::replayer{}.add<here>().replay(recorded) ? "replays" : "does not replay");

  try {
    worker.add<here>();
  } catch (perdure::error const& why) {
    std::puts(why.what());
  }

  counting_backend counted;
  perdure::worker by_hand{counted, {.task_queue = "hand"}};
  by_hand.add<here>();
  auto const handle =
      perdure::client{counted}.start_workflow<here>({}, {.id = "hand", .task_queue = "hand"});
  while (by_hand.poll_once()) {
  }
  std::printf("%s, %d polls\n", handle.result().names.at(0).c_str(), counted.polls);
}
