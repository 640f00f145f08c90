// A backend in memory that keeps closed runs for a while only.
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

perdure::workflow<int> waits(int minutes) {
  co_await perdure::sleep(1min * minutes);
  co_return minutes;
}
perdure::workflow<int> has_children(int count) {
  int sum = 0;
  for (int i = 1; i <= count; ++i)
    sum += co_await perdure::execute_child_workflow<waits>(i, {.id = "child"});
  co_return sum;
}

struct short_memory {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time, .retention = 150s}};
  virtual_worker worker{backend, {.task_queue = "tests"}};
  perdure::client<perdure::memory_backend> client{backend};

  short_memory() {
    worker.add<waits, has_children>();
    worker.start();
  }
  template <auto W>
  auto start(std::string id, int argument) {
    return client.start_workflow<W>(argument, {.id = std::move(id), .task_queue = "tests"});
  }
  auto is_there(std::string const& id) -> bool {
    perdure::list_filter filter{};
    filter.workflow_id = id;
    return client.count(filter) != 0;
  }
};

} // namespace

TEST_CASE("a run in memory is deleted once its retention is over, and no earlier", "[engine]") {
  short_memory world;
  CHECK(world.start<waits>("first", 1).result() == 1);
  CHECK(world.start<waits>("second", 2).result() == 2); // the first closed two minutes ago
  CHECK(world.is_there("first"));
  world.backend.advance(31s);
  CHECK_FALSE(world.is_there("first"));
  CHECK(world.is_there("second"));
  world.backend.advance(2min);
  CHECK_FALSE(world.is_there("second"));
}

TEST_CASE("a run outlives its children in memory and gets their results", "[engine]") {
  short_memory world;
  CHECK(world.start<has_children>("parent", 4).result() == 10);
}

TEST_CASE("closed runs of a time can be deleted at once, open ones stay", "[engine]") {
  virtual_world<waits> world;
  (void)world.start_with<waits>({.id = "old"}, 1).result();
  auto const open = world.start_with<waits>({.id = "open"}, 60);
  (void)world.start_with<waits>({.id = "young"}, 5).result();
  auto const cut = perdure::memory_backend_options{}.start_time + 2min;
  CHECK(world.backend.delete_closed_before(cut) == 1);
  CHECK_THROWS_AS(world.history("old"), perdure::error);
  CHECK(world.history("young").events.size() > 5);
  CHECK(world.backend.delete_closed_before(cut) == 0);
  CHECK(open.result() == 60);
}
