// A program that was built with perdure::temporal alone. No server is needed: it asks one that is
// not there.
#include <perdure/temporal.hpp>

#include <cstdio>

static auto answer() -> perdure::workflow<int> { co_return 42; }

int main() {
  perdure::temporal_options nowhere{};
  nowhere.address = "without-a-port";
  try {
    perdure::temporal_backend backend{nowhere};
    std::puts("an address without a port was taken");
    return 1;
  } catch (perdure::error const& why) {
    if (why.code() != perdure::errc::invalid_argument) throw;
  }
  perdure::temporal_backend backend; // connects when it is first used
  perdure::worker worker{backend, {.task_queue = "q"}};
  worker.add<answer>();
  return 0;
}
