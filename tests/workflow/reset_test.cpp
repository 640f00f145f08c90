// Workflow code in runs that were reset, forked, or given a result by hand.
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> add{"add"};

std::atomic<int> runs_of_price{0};
int price(int item) {
  ++runs_of_price;
  if (item < 0) throw perdure::application_error{"no such item", {.non_retryable = true}};
  return item * 10;
}
perdure::workflow<int> doubles(int a) { co_return 2 * a; }

/// The id of the n-th event of a type, from 0.
template <class World>
auto nth(World& world, event_type type, int n, std::string const& id = "w") -> perdure::event_id {
  for (auto const& each : world.history(id).events)
    if (each.type == type && n-- == 0) return each.id;
  FAIL("not that many events");
  return 0;
}

// ----------------------------------------------------------------------------------------- reset

perdure::workflow<int> adds_up() {
  int sum = co_await perdure::execute_activity<price>(1, {.start_to_close_timeout = 1min});
  sum += co_await perdure::receive(add);
  sum += co_await perdure::execute_activity<price>(2, {.start_to_close_timeout = 1min});
  co_await perdure::sleep(1h);
  sum += co_await perdure::receive(add);
  co_return sum;
}

TEST_CASE("a run that was reset replays, goes on live and comes to its end", "[workflow][reset]") {
  live_and_replayed<virtual_world<adds_up, price>>([](auto& world) {
    for (int const task : {0, 1, 2, 3}) {
      CAPTURE(task);
      auto const handle = world.template start<adds_up>();
      handle.signal(add, 100);
      world.backend.advance(30min);
      handle.signal(add, 1000);
      world.settle();
      auto const made = handle.reset(nth(world, event_type::workflow_task_completed, task));
      CHECK(made.result() == 1130);
      world.check_replay();
      CHECK(handle.result() == 1130);
      CHECK(since_start(world.first(event_type::timer_fired).time) > 30min);
    }
  });
}

TEST_CASE("a finished run can be reset, and does its later steps again", "[workflow][reset]") {
  virtual_world<adds_up, price> world;
  auto const handle = world.start<adds_up>();
  handle.signal(add, 1);
  handle.signal(add, 2);
  CHECK(handle.result() == 33);
  int const before = runs_of_price;
  auto const made = handle.reset(nth(world, event_type::workflow_task_completed, 1));
  CHECK(made.result() == 33);
  CHECK(runs_of_price == before + 1);
  world.check_replay();
}

perdure::workflow<int> asks_children() {
  int sum = co_await perdure::execute_child_workflow<doubles>(1);
  sum += co_await perdure::receive(add);
  sum += co_await perdure::execute_child_workflow<doubles>(10);
  co_return sum;
}

TEST_CASE("a child without an id of its own has one from the run that asked for it",
          "[workflow][reset]") {
  live_and_replayed<virtual_world<asks_children, doubles>>([](auto& world) {
    auto const handle = world.template start<asks_children>();
    world.settle();
    int const tasks = world.count(event_type::workflow_task_completed);
    auto const made = handle.reset(nth(world, event_type::workflow_task_completed, tasks - 1));
    made.signal(add, 100);
    CHECK(made.result() == 122);
    world.check_replay();
    auto const events = world.history().events;
    std::vector<std::string> ids;
    for (auto const& each : events)
      if (each.type == event_type::start_child_workflow_execution_initiated)
        ids.push_back(each.template as<perdure::events::start_child_workflow_execution_initiated>()
                          .workflow_id.str());
    REQUIRE(ids.size() == 2);
    CHECK(ids[0] == handle.run_id() + "_1");
    CHECK(ids[1].rfind(made.run_id(), 0) == 0);
  });
}

perdure::workflow<std::string> draws() {
  std::string const before = perdure::uuid4();
  co_await perdure::sleep(1s);
  co_return before + " " + perdure::uuid4();
}

TEST_CASE("random numbers drawn before the point stay, those after it are new",
          "[workflow][reset]") {
  virtual_world<draws> world;
  auto const handle = world.start<draws>();
  std::string const first = handle.result();
  auto const made = handle.reset(nth(world, event_type::workflow_task_completed, 1));
  std::string const second = made.result();
  CHECK(first.substr(0, 36) == second.substr(0, 36));
  CHECK(first != second);
  world.check_replay();
}

// ------------------------------------------------------------------------------------------ fork

TEST_CASE("a fork and its base come to ends of their own", "[workflow][fork]") {
  live_and_replayed<virtual_world<adds_up, price>>([](auto& world) {
    auto const handle = world.template start<adds_up>();
    handle.signal(add, 1);
    world.settle();
    auto const other = handle.fork(nth(world, event_type::workflow_task_completed, 2), "v");
    handle.signal(add, 2);
    other.signal(add, 5);
    CHECK(handle.result() == 33);
    CHECK(other.result() == 36);
    world.check_replay("w");
    world.check_replay("v");
  });
}

// -------------------------------------------------------------------------------------- override

perdure::workflow<int> asks_for_price(int item) {
  co_return co_await perdure::execute_activity<price>(item, {.start_to_close_timeout = 1min}) + 1;
}

TEST_CASE("a failed activity is given a result of its type, and the workflow goes on",
          "[workflow][override]") {
  live_and_replayed<virtual_world<asks_for_price, price>>([](auto& world) {
    auto const handle = world.template start<asks_for_price>(-1);
    CHECK_THROWS_AS(handle.result(), perdure::activity_error);
    auto const made =
        world.client.template override_activity_result<price>(handle, "1", 41, "known by hand");
    CHECK(made.result() == 42);
    world.check_replay();
    auto const trail = made.fetch_audit();
    CHECK(trail.empty()); // the record is with the run that it was done to
    CHECK(handle.fetch_audit().size() == 1);
    CHECK(handle.fetch_audit()[0].what == "override_activity");
  });
}

// ----------------------------------------------------------------------------------------- pause

TEST_CASE("a workflow that was paused replays", "[workflow][pause]") {
  live_and_replayed<virtual_world<adds_up, price>>([](auto& world) {
    auto const handle = world.template start<adds_up>();
    handle.signal(add, 1);
    world.settle();
    handle.pause();
    handle.signal(add, 2);
    world.backend.advance(2h);
    CHECK(handle.describe().status == perdure::workflow_execution_status::paused);
    handle.unpause();
    CHECK(handle.result() == 33);
    world.check_replay();
  });
}

TEST_CASE("who waits for a paused workflow in virtual time is told that it is paused",
          "[workflow][pause]") {
  virtual_world<asks_for_price, price> world;
  auto const handle = world.start<asks_for_price>(1);
  handle.pause();
  try {
    (void)handle.result();
    FAIL("nothing was thrown");
  } catch (perdure::error const& e) {
    CHECK(e.code() == perdure::errc::stalled);
    CHECK_THAT(e.what(), contains("it is paused"));
  }
}

} // namespace
