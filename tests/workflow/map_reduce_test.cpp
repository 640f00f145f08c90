// Fan-out whose results are folded where they arise.
#include "support/map_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

auto spell(int value) -> std::string {
  if (value < 0)
    throw perdure::application_error{"no " + std::to_string(value), {.non_retryable = true}};
  return std::to_string(value);
}
auto append(std::string all, std::string next) -> std::string { return all + "<" + next + ">"; }
auto concatenate(std::string all, std::string next) -> std::string { return all + next; }

auto spelled(int count) -> std::string {
  std::string all;
  for (int i = 0; i < count; ++i) all += "<" + std::to_string(i) + ">";
  return all;
}

perdure::workflow<std::string> in_a_row(std::vector<int> inputs, std::size_t each) {
  co_return co_await perdure::map_reduce<spell, append, concatenate>(
      std::move(inputs), "", {.max_concurrency = 6, .inputs_per_shard = each}, once);
}
TEST_CASE("map_reduce folds results in the order of the inputs, in shards or not",
          "[workflow][map]") {
  live_and_replayed<virtual_world<in_a_row, spell>>([](auto& world) {
    CHECK(world.template run<in_a_row>(numbers(20), std::size_t{10}) == spelled(20));
    CHECK(world.count(event_type::activity_task_scheduled) == 20);
    auto const handle =
        world.template start_with<in_a_row>({.id = "shards"}, numbers(21), std::size_t{10});
    CHECK(handle.result() == spelled(21));
    CHECK(world.count(event_type::child_workflow_execution_completed, "shards") == 3);
    world.check_replay("shards");
    for (auto const& each : world.history("shards").events)
      if (each.type == event_type::child_workflow_execution_started)
        world.check_replay(each.template as<perdure::events::child_workflow_execution_started>()
                               .workflow_execution.workflow_id.str());
  });
}

perdure::workflow<std::string> slow_spell(int value) {
  co_await perdure::sleep(1min * (value % 2 == 0 ? 10 : 1));
  co_return std::to_string(value);
}
perdure::workflow<std::string> out_of_order(int count) {
  co_return co_await perdure::map_reduce<slow_spell, append>(numbers(count), "");
}
TEST_CASE("what arrives too early is folded when it is its turn", "[workflow][map]") {
  live_and_replayed<virtual_world<out_of_order, slow_spell>>(
      [](auto& world) { CHECK(world.template run<out_of_order>(7) == spelled(7)); });
}

TEST_CASE("map_reduce over nothing gives the initial value", "[workflow][map]") {
  virtual_world<in_a_row, spell> world;
  CHECK(world.run<in_a_row>(std::vector<int>{}, std::size_t{3}).empty());
}

TEST_CASE("a failure ends a map_reduce as what it was", "[workflow][map]") {
  live_and_replayed<virtual_world<in_a_row, spell>>([](auto& world) {
    auto bad = numbers(30);
    bad[17] = -17;
    for (std::size_t const each : {std::size_t{5}, std::size_t{100}}) {
      auto const id = std::to_string(each);
      auto const handle = world.template start_with<in_a_row>({.id = id}, bad, each);
      try {
        (void)handle.result();
        FAIL("it did not fail");
      } catch (perdure::activity_error const& why) {
        CHECK(why.cause()->message == "no -17");
      }
      world.check_replay(id);
    }
  });
}

} // namespace
