// Goal: workers in virtual time write no more than they must. Method: the backend's own counts.
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include "programs.hpp"

namespace {

using namespace perdure_test;

TEST_CASE("workers in virtual time share commits", "[sqlite]") {
  temporary_folder const place;
  durable_world world{place.file(), {.clock = perdure::clock_mode::virtual_time}};
  constexpr int count = 20;
  auto const before = world.backend.statistics().commits;
  CHECK(world.client.execute_workflow<steps>(count, {.id = "a", .task_queue = "tests"}) == 380);
  // An attempt begins when its start is kept, and its answer is kept when the worker goes on.
  CHECK(world.backend.statistics().commits - before <= 2 * count + 2);
}

} // namespace
