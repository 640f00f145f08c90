// Fan-out over many inputs: bounded, in order, with a policy for failures.
#include "support/map_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

// -------------------------------------------------------------------------------- all succeed
perdure::workflow<std::vector<int>> squares(std::vector<int> inputs, std::size_t at_once) {
  co_return co_await perdure::map<square>(std::move(inputs), {.max_concurrency = at_once}, once);
}
TEST_CASE("map gives the results in the order of its inputs, and keeps its bound",
          "[workflow][map]") {
  live_and_replayed<virtual_world<squares, square>>([](auto& world) {
    std::size_t const bound = 3;
    auto const handle = world.template start<squares>(numbers(20), bound);
    auto const all = handle.result();
    for (int i = 0; i < 20; ++i) CHECK(all[static_cast<std::size_t>(i)] == i * i);
    CHECK(world.count(event_type::activity_task_scheduled) == 20);
    CHECK(most_at_once(world.history().events, event_type::activity_task_scheduled,
                       event_type::activity_task_completed) == 3);
    world.check_replay();
  });
}
TEST_CASE("map over nothing gives nothing at once", "[workflow][map]") {
  virtual_world<squares, square> world;
  CHECK(world.run<squares>(std::vector<int>{}, std::size_t{3}).empty());
  CHECK(world.count(event_type::activity_task_scheduled) == 0);
}

perdure::workflow<std::string> maps_of_all_kinds(int) {
  std::string all;
  for (int const each :
       co_await perdure::map<slow_child>(numbers(3), {.max_concurrency = 2}, {.id = "kid"}))
    all += std::to_string(each) + " ";
  std::vector<std::tuple<std::string, int>> const pairs{{"a", 1}, {"b", 2}};
  for (std::string const& each : co_await perdure::map<join>(pairs, {}, once)) all += each + " ";
  co_await perdure::map<nothing>(numbers(5), {}, once);
  co_return all;
}
TEST_CASE("map calls children, activities of several arguments, and what gives nothing",
          "[workflow][map]") {
  live_and_replayed<virtual_world<maps_of_all_kinds, slow_child, join, nothing>>([](auto& world) {
    CHECK(world.template run<maps_of_all_kinds>(0) == "100 101 102 a1 b2 ");
    CHECK(world.client.template get_handle<slow_child>("kid_2").result() == 102);
  });
}

// ------------------------------------------------------------------------------------ failures
TEST_CASE("one failure of a map that tolerates none cancels the rest and is rethrown",
          "[workflow][map]") {
  live_and_replayed<virtual_world<squares, square>>([](auto& world) {
    auto const handle =
        world.template start<squares>(std::vector{1, 2, -3, 4, -5, 6}, std::size_t{1});
    try {
      (void)handle.result();
      FAIL("it did not fail");
    } catch (perdure::activity_error const& why) {
      CHECK(why.cause()->message == "no -3");
    }
    CHECK(world.count(event_type::activity_task_scheduled) == 3); // the others were not begun
    world.check_replay();
  });
}

perdure::workflow<std::string> tolerates(std::vector<int> inputs, std::size_t failures) {
  co_return told(co_await perdure::map<square>(
      std::move(inputs), {.max_concurrency = 2, .tolerated_failures = failures}, once));
}
TEST_CASE("a map that tolerates some failures gives them beside the results", "[workflow][map]") {
  live_and_replayed<virtual_world<tolerates, square>>([](auto& world) {
    std::vector const inputs{1, -2, 3, -4, 5};
    CHECK(world.template run<tolerates>(inputs, std::size_t{2}) == "1 - 9 - 25 ");
    auto const handle =
        world.template start_with<tolerates>({.id = "fails"}, inputs, std::size_t{1});
    try {
      (void)handle.result();
      FAIL("it did not fail");
    } catch (perdure::application_error const& why) {
      CHECK(why.type() == "TooManyFailures");
      CHECK(why.failure().message == "2 of 5 failed; tolerated are 1");
      CHECK_THAT(why.cause()->cause->message, contains("no -"));
    }
    world.check_replay("fails");
  });
}

perdure::workflow<std::string> wants(std::vector<int> inputs, std::size_t successes) {
  co_return told(co_await perdure::map<square>(
      std::move(inputs), {.max_concurrency = 2, .minimum_successes = successes}, once));
}
TEST_CASE("a map that has enough successes does not begin the rest", "[workflow][map]") {
  live_and_replayed<virtual_world<wants, square>>([](auto& world) {
    CHECK(world.template run<wants>(std::vector{1, -2, 3, 4, 5, 6, 7, 8}, std::size_t{2})
              .starts_with("1 - 9 "));
    CHECK(world.count(event_type::activity_task_scheduled) <= 5);
    auto const wants_too_much = [&](std::string const& id, std::size_t successes) {
      return world.template start_with<wants>({.id = id}, std::vector{1, -2, -3}, successes);
    };
    try {
      (void)wants_too_much("few", 2).result();
      FAIL("it did not fail");
    } catch (perdure::application_error const& why) {
      CHECK(why.type() == "TooFewSuccesses");
      CHECK(why.failure().message == "2 of 3 failed; needed are 2 successes");
    }
    world.check_replay("few");
    CHECK(wants_too_much("none", 0).result() == "- - - ");
  });
}

perdure::workflow<std::string> slow_wants(int) {
  auto const all = co_await perdure::map<slow_child>(
      numbers(10), {.max_concurrency = 10, .minimum_successes = 2});
  co_return told(all);
}
TEST_CASE("a map that has enough successes cancels those that are under way", "[workflow][map]") {
  live_and_replayed<virtual_world<slow_wants, slow_child>>([](auto& world) {
    CHECK(world.template run<slow_wants>(0) == "- - - - - - - - 108 109 ");
    CHECK(world.count(event_type::child_workflow_execution_canceled) == 8);
  });
}

perdure::workflow<std::string> tolerates_children(int) {
  co_return told(co_await perdure::map<slow_child>(
      numbers(10), {.max_concurrency = 2, .tolerated_failures = 10}));
}
TEST_CASE("a map that is cancelled cancels what is under way and begins nothing more",
          "[workflow][map]") {
  live_and_replayed<virtual_world<tolerates_children, slow_child>>([](auto& world) {
    auto const handle = world.template start<tolerates_children>(0);
    world.settle();
    handle.cancel();
    CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
    CHECK(world.count(event_type::child_workflow_execution_started) == 2);
    world.check_replay();
  });
}

perdure::workflow<int> asks_for_no_lane(int) {
  try {
    co_await perdure::map<nothing>(numbers(1), {.max_concurrency = 0}, once);
  } catch (perdure::error const& why) {
    co_return why.code() == perdure::errc::invalid_argument ? 1 : 2;
  }
  co_return 0;
}
TEST_CASE("a map without concurrency is refused", "[workflow][map]") {
  virtual_world<asks_for_no_lane, nothing> world;
  CHECK(world.run<asks_for_no_lane>(0) == 1);
}

} // namespace
