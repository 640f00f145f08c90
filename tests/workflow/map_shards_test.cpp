// A map of many inputs: spread over shards that nobody sees, with the results of one that is not.
// The shards here are small, so that there are many of few inputs.
#include "support/map_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

/// 50 inputs, of which those that can be divided by `step` fail.
auto some_bad(int step) -> std::vector<int> {
  std::vector<int> all;
  for (int i = 1; i <= 50; ++i) all.push_back(i % step == 0 ? -i : i);
  return all;
}
/// The ids of the shards of a run, which has no other children.
auto shards_of(std::vector<perdure::event> const& events) -> std::vector<std::string> {
  std::vector<std::string> ids;
  for (auto const& each : events)
    if (each.type == event_type::start_child_workflow_execution_initiated) {
      auto const& asked = each.as<perdure::events::start_child_workflow_execution_initiated>();
      CHECK(asked.workflow_type == "perdure_map_shard");
      ids.push_back(asked.workflow_id.str());
    }
  return ids;
}
// -------------------------------------------------------------------------------- all succeed
perdure::workflow<std::vector<int>> squares(std::vector<int> inputs, std::size_t at_once) {
  co_return co_await perdure::map<square>(
      std::move(inputs), {.max_concurrency = at_once, .inputs_per_shard = 7}, once);
}
TEST_CASE("a map in shards gives the results in the order of its inputs", "[workflow][map]") {
  live_and_replayed<virtual_world<squares, square>>([](auto& world) {
    auto const all = world.template run<squares>(numbers(100), std::size_t{100});
    REQUIRE(all.size() == 100);
    for (int i = 0; i < 100; ++i) CHECK(all[static_cast<std::size_t>(i)] == i * i);
    auto const shards = shards_of(world.history().events);
    CHECK(shards.size() == 15); // 14 of 7 and one of 2
    CHECK(world.count(event_type::activity_task_scheduled) == 0);
    CHECK(world.count(event_type::activity_task_scheduled, shards.front()) == 7);
    CHECK(world.count(event_type::activity_task_scheduled, shards.back()) == 2);
    for (auto const& each : shards) world.check_replay(each);
  });
}
TEST_CASE("the shards of a map keep its bound together", "[workflow][map]") {
  virtual_world<squares, square> world;
  auto const count_at_once = [&](std::size_t bound) {
    auto const id = std::to_string(bound);
    (void)world.start_with<squares>({.id = id}, numbers(50), bound).result();
    auto const events = world.history(id).events;
    int most = 0; // of any shard
    for (auto const& shard : shards_of(events))
      most = std::max(most,
                      most_at_once(world.history(shard).events, event_type::activity_task_scheduled,
                                   event_type::activity_task_completed));
    return std::pair{most_at_once(events, event_type::start_child_workflow_execution_initiated,
                                  event_type::child_workflow_execution_completed),
                     most};
  };
  CHECK(count_at_once(1) == std::pair{1, 1});
  CHECK(count_at_once(5) == std::pair{5, 1});
  CHECK(count_at_once(20) == std::pair{8, 2});
}

perdure::workflow<std::string> maps_of_all_kinds(int) {
  std::string all;
  perdure::map_options const few{.max_concurrency = 4, .inputs_per_shard = 2};
  perdure::child_workflow_options kids{.id = "kid"};
  kids.memo["for"] = perdure::to_payload(std::string{"you"});
  for (int const each : co_await perdure::map<slow_child>(numbers(5), few, kids))
    all += std::to_string(each) + " ";
  std::vector<std::tuple<std::string, int>> const pairs{
      {"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}};
  for (std::string const& each : co_await perdure::map<join>(pairs, few, once)) all += each + " ";
  co_await perdure::map<nothing>(numbers(5), few, once);
  co_return all;
}
TEST_CASE("shards call children, activities of several arguments, and what gives nothing",
          "[workflow][map]") {
  live_and_replayed<virtual_world<maps_of_all_kinds, slow_child, join, nothing>>([](auto& world) {
    CHECK(world.template run<maps_of_all_kinds>(0) == "100 101 102 103 104 a1 b2 c3 d4 e5 ");
    auto const kid = world.client.template get_handle<slow_child>("kid_4");
    CHECK(kid.result() == 104);
    CHECK(kid.describe().memo.template get<std::string>("for") == "you");
  });
}

// ------------------------------------------------------------------------------------ failures
TEST_CASE("one failure in a shard cancels the rest and is rethrown as what it was",
          "[workflow][map]") {
  live_and_replayed<virtual_world<squares, square>>([](auto& world) {
    auto const handle = world.template start<squares>(some_bad(20), std::size_t{2});
    try {
      (void)handle.result();
      FAIL("it did not fail");
    } catch (perdure::activity_error const& why) {
      CHECK(why.cause()->message == "no -20");
    }
    CHECK(world.count(event_type::start_child_workflow_execution_initiated) < 8);
    world.check_replay();
  });
}

perdure::workflow<std::string> tolerates(std::vector<int> inputs, std::size_t failures) {
  perdure::tolerant_map_options const policy{
      .max_concurrency = 8, .tolerated_failures = failures, .inputs_per_shard = 7};
  co_return told(co_await perdure::map<square>(std::move(inputs), policy, once));
}
TEST_CASE("failures in all shards together are counted against what is tolerated",
          "[workflow][map]") {
  live_and_replayed<virtual_world<tolerates, square>>([](auto& world) {
    auto const all = world.template run<tolerates>(some_bad(10), std::size_t{5});
    CHECK(all.starts_with("1 4 9 16 25 36 49 64 81 - 121 "));
    CHECK(all.ends_with("2401 - "));
    auto const handle =
        world.template start_with<tolerates>({.id = "fails"}, some_bad(10), std::size_t{4});
    try {
      (void)handle.result();
      FAIL("it did not fail");
    } catch (perdure::application_error const& why) {
      CHECK(why.type() == "TooManyFailures");
      CHECK(why.failure().message == "5 of 50 failed; tolerated are 4");
      CHECK_THAT(why.cause()->cause->message, contains("no -"));
    }
    world.check_replay("fails");
  });
}

perdure::workflow<std::string> wants(std::vector<int> inputs, std::size_t successes) {
  perdure::sufficient_map_options const policy{
      .max_concurrency = 2, .minimum_successes = successes, .inputs_per_shard = 7};
  co_return told(co_await perdure::map<square>(std::move(inputs), policy, once));
}
TEST_CASE("a map in shards ends when enough have succeeded, or cannot any more",
          "[workflow][map]") {
  live_and_replayed<virtual_world<wants, square>>([](auto& world) {
    auto const all = world.template run<wants>(some_bad(2), std::size_t{6});
    CHECK(all.starts_with("1 - 9 - 25 "));
    CHECK(all.ends_with(" - - - - "));
    CHECK(world.count(event_type::start_child_workflow_execution_initiated) < 8);
    auto const handle =
        world.template start_with<wants>({.id = "few"}, some_bad(2), std::size_t{30});
    try {
      (void)handle.result();
      FAIL("it did not fail");
    } catch (perdure::application_error const& why) {
      CHECK(why.type() == "TooFewSuccesses");
      CHECK(why.failure().message == "21 of 50 failed; needed are 30 successes");
    }
    world.check_replay("few");
  });
}

// -------------------------------------------------------------------------- ends from outside
perdure::workflow<std::size_t> waits_for_children(int) {
  auto const all = co_await perdure::map<slow_child>(
      numbers(9), {.max_concurrency = 4, .inputs_per_shard = 3}, {.id = "kid"});
  co_return all.size();
}
TEST_CASE("cancelling a map in shards cancels what is under way, and waits for it",
          "[workflow][map]") {
  live_and_replayed<virtual_world<waits_for_children, slow_child>>([](auto& world) {
    auto const handle = world.template start<waits_for_children>(0);
    world.settle();
    handle.cancel();
    CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
    CHECK(world.count(event_type::child_workflow_execution_canceled) == 3);
    CHECK_THROWS_AS(world.client.template get_handle<slow_child>("kid_0").result(),
                    perdure::cancelled_error);
    world.check_replay();
  });
}
TEST_CASE("a shard that is terminated fails the map, and its calls end with it",
          "[workflow][map]") {
  virtual_world<waits_for_children, slow_child> world;
  auto const handle = world.start<waits_for_children>(0);
  world.settle();
  world.client.get_handle(shards_of(world.history().events).front()).terminate("by hand");
  CHECK_THROWS_AS(handle.result(), perdure::child_workflow_error);
  CHECK_THROWS_AS(world.client.get_handle<slow_child>("kid_0").result(), perdure::terminated_error);
  world.check_replay();
}

// ----------------------------------------------------------------------------------- large ones
auto size_of(std::string text) -> std::size_t { return text.size(); }
perdure::workflow<std::size_t> total_size(std::size_t inputs, std::size_t bytes) {
  std::vector<std::string> const all(inputs, std::string(bytes, 'x'));
  std::size_t sum = 0;
  for (std::size_t const each : co_await perdure::map<size_of>(all, {.inputs_per_shard = 20}, once))
    sum += each;
  co_return sum;
}
TEST_CASE("a shard has about 200 kB of inputs at most", "[workflow][map]") {
  virtual_world<total_size, size_of> world;
  CHECK(world.run<total_size>(std::size_t{50}, std::size_t{20'000}) == 1'000'000);
  CHECK(shards_of(world.history().events).size() == 5); // of 10 each
}

perdure::workflow<std::size_t> by_default(int count) {
  auto const all = co_await perdure::map<square>(numbers(count), {}, once);
  co_return all.size();
}
TEST_CASE("a map is spread over shards when it has more than 2,000 inputs", "[workflow][map]") {
  virtual_world<by_default, square> world;
  CHECK(world.run<by_default>(2'000) == 2'000);
  CHECK(shards_of(world.history().events).empty());
  CHECK(world.start_with<by_default>({.id = "more"}, 2'001).result() == 2'001);
  CHECK(shards_of(world.history("more").events).size() == 3);
}

} // namespace
