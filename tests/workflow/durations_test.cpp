// Sleeping for any time there is.
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

constexpr auto year = 365 * 24h;

perdure::workflow<std::int64_t> sleeps(perdure::duration d) {
  auto const from = perdure::now();
  co_await perdure::sleep(d);
  co_return (perdure::now() - from).count();
}

TEST_CASE("a sleep lasts as long as it was asked for, from a nanosecond to centuries",
          "[workflow][durations]") {
  for (perdure::duration const each :
       std::vector<perdure::duration>{0ns, 1ns, 1us, 1s, 24h, year, 200 * year}) {
    virtual_world<sleeps> world;
    CHECK(world.run<sleeps>(each) == each.count());
  }
}

perdure::workflow<std::string> sleeps_until(perdure::time_point at) {
  co_await perdure::sleep_until(at);
  co_return perdure::now() >= at ? "reached" : "early";
}

TEST_CASE("sleep_until takes every point in time, also those that are past",
          "[workflow][durations]") {
  for (perdure::duration const each :
       {perdure::duration::min(), perdure::duration{0}, perdure::duration{1'700'000'000s},
        perdure::duration{9'000'000'000s}}) {
    virtual_world<sleeps_until> world;
    CAPTURE(each.count());
    CHECK(world.run<sleeps_until>(perdure::time_point{each}) == "reached");
  }
}

// ------------------------------------------------------------------------------- words for people

auto echo(int a) -> int { return a; }
perdure::workflow<int> child_with_words() {
  co_await perdure::sleep(1h);
  co_return 1;
}
perdure::workflow<int> says_what_it_does() {
  perdure::set_current_details("**working**");
  co_await perdure::sleep(1s, {.summary = "a short rest"});
  auto timer = perdure::start_timer(1s, {.summary = "the deadline"});
  co_await perdure::sleep_until(perdure::now() + 1s, {.summary = "the hour"});
  co_await timer;
  auto const child = perdure::start_child_workflow<child_with_words>(
      {.id = "kid", .static_summary = "the child", .static_details = "its details"});
  co_await child.started();
  co_return co_await perdure::execute_activity<echo>(
      1, {.start_to_close_timeout = 1s, .summary = "asks back"});
}

auto summaries(perdure::history const& all) -> std::string {
  std::string found;
  for (auto const& each : all.events)
    if (each.extras && each.extras->user_metadata)
      found += perdure::text_of(each.extras->user_metadata->summary) + "|" +
               perdure::text_of(each.extras->user_metadata->details) + " ";
  return found;
}

TEST_CASE("summaries and details stand beside the events, and are shown by descriptions",
          "[workflow][metadata]") {
  live_and_replayed<virtual_world<says_what_it_does, child_with_words, echo>>([](auto& world) {
    auto const handle = world.template start_with<says_what_it_does>(
        {.static_summary = "an example", .static_details = "# More"});
    CHECK(handle.result() == 1);
    world.check_replay();
    CHECK(summaries(world.history()) ==
          "an example|# More a short rest| the deadline| the hour| the child|its details "
          "asks back| ");
    CHECK(summaries(world.history("kid")) == "the child|its details ");
    auto const seen = handle.describe();
    CHECK(seen.static_summary == "an example");
    CHECK(seen.static_details == "# More");
    CHECK(world.client.get_handle("kid").describe().static_summary == "the child");
  });
}

} // namespace
