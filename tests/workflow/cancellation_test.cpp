#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> number{"number"};
perdure::activity_options const quick{.start_to_close_timeout = std::chrono::seconds{1}};
auto echo(int a) -> int { return a; }
auto elapsed() -> std::string {
  return std::to_string((perdure::now() - perdure::info().start_time) / 1s);
}

/// Starts W, lets a second pass, cancels it and gives its result.
template <class World>
auto cancelled_after_a_second(World& world, auto const& handle) {
  world.backend.advance(1s);
  handle.cancel("enough");
  auto result = handle.result();
  world.check_replay();
  return result;
}

// ---------------------------------------------------------------------------- a run: once, at an await

perdure::workflow<std::string> cleans_up() {
  std::string text = "not cancelled";
  try {
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
    text = "cancelled at " + elapsed();
  }
  co_await perdure::sleep(5s);
  int const still = co_await perdure::execute_activity<echo>(7, quick);
  co_return text + ", cleaned at " + elapsed() + " " + std::to_string(still);
}

TEST_CASE("cancelling a run throws at the pending await, once: cleanup can await",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<cleans_up, echo>>([](auto& world) {
    CHECK(cancelled_after_a_second(world, world.template start<cleans_up>()) ==
          "cancelled at 1, cleaned at 6 7");
    CHECK(world.count(event_type::timer_canceled) == 1);
  });
}

perdure::workflow<int> does_not_catch() {
  co_await perdure::sleep(1h);
  co_return 1;
}

TEST_CASE("a run that lets the cancellation pass is closed as cancelled",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<does_not_catch>>([](auto& world) {
    auto const handle = world.template start<does_not_catch>();
    world.settle();
    handle.cancel();
    CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
    CHECK(handle.describe().status == perdure::workflow_execution_status::canceled);
    world.check_replay();
  });
}

perdure::workflow<std::string> is_cancelled_before_it_starts() {
  std::string text;
  try {
    co_await perdure::execute_activity<echo>(1, quick);
  } catch (perdure::cancelled_error const&) {
    text = "thrown ";
  }
  auto sum = perdure::start_activity<echo>(2, quick);
  co_return text + sum.id() + std::to_string(co_await sum);
}

TEST_CASE("with nothing pending the next await throws, it issues no command and takes no id",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<is_cancelled_before_it_starts, echo>>([](auto& world) {
    auto const handle = world.template start<is_cancelled_before_it_starts>();
    handle.cancel(); // before the first task
    CHECK(handle.result() == "thrown 12");
    CHECK(world.count(event_type::activity_task_scheduled) == 1);
    world.check_replay();
  });
}

perdure::workflow<std::string> waits_three_ways(std::string& log, std::string name) {
  try {
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
    log += name;
  }
  co_await perdure::sleep(1s);
  co_return name;
}

perdure::workflow<std::string> waits_in_parallel() {
  std::string log;
  auto const both =
      co_await perdure::when_all(waits_three_ways(log, "a"), waits_three_ways(log, "b"));
  co_return log + std::get<0>(both) + std::get<1>(both) + elapsed();
}

TEST_CASE("every await that is pending throws, in all coroutines of the run",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<waits_in_parallel>>([](auto& world) {
    CHECK(cancelled_after_a_second(world, world.template start<waits_in_parallel>()) == "abab2");
  });
}

perdure::workflow<std::string> receives() {
  try {
    co_return std::to_string(co_await perdure::receive(number));
  } catch (perdure::cancelled_error const&) {
  }
  co_return "cancelled, then " + std::to_string(co_await perdure::receive(number));
}

TEST_CASE("a cancelled receive takes no signal with it", "[workflow][cancellation]") {
  live_and_replayed<virtual_world<receives>>([](auto& world) {
    auto const handle = world.template start<receives>();
    world.settle();
    handle.cancel();
    world.settle();
    handle.signal(number, 3);
    CHECK(handle.result() == "cancelled, then 3");
    world.check_replay();
  });
}

TEST_CASE("cancelling a run twice is cancelling it once", "[workflow][cancellation]") {
  live_and_replayed<virtual_world<cleans_up, echo>>([](auto& world) {
    auto const handle = world.template start<cleans_up>();
    world.backend.advance(1s);
    handle.cancel();
    world.backend.advance(1s);
    handle.cancel();
    CHECK(handle.result() == "cancelled at 1, cleaned at 6 7");
    CHECK(world.count(event_type::workflow_execution_cancel_requested) == 1);
  });
}

perdure::workflow<int> throws_cancelled_itself() {
  co_await perdure::sleep(1s);
  throw perdure::cancelled_error{"my own idea"};
}

TEST_CASE("a cancelled_error that nobody asked for fails the run", "[workflow][cancellation]") {
  virtual_world<throws_cancelled_itself> world;
  auto const handle = world.start<throws_cancelled_itself>();
  CHECK_THROWS_WITH(handle.result(), contains("my own idea"));
  CHECK(handle.describe().status == perdure::workflow_execution_status::failed);
}

// ------------------------------------------------------------------------------------ shield, as_outcome

perdure::workflow<std::string> shields() {
  co_await perdure::shield(perdure::sleep(10s));
  std::string text = "slept until " + elapsed();
  try {
    co_await perdure::sleep(1s);
  } catch (perdure::cancelled_error const&) {
    text += ", cancelled at " + elapsed();
  }
  co_await perdure::sleep(1s);
  co_return text + ", over at " + elapsed();
}

TEST_CASE("a shielded await goes on to its end, the next await outside throws",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<shields>>([](auto& world) {
    CHECK(cancelled_after_a_second(world, world.template start<shields>()) ==
          "slept until 10, cancelled at 10, over at 11");
  });
}

perdure::workflow<int> two_steps() {
  co_await perdure::sleep(5s);
  co_await perdure::sleep(5s);
  co_return 2;
}

perdure::workflow<std::string> shields_a_coroutine() {
  auto const both = co_await perdure::shield(perdure::when_all(two_steps(), perdure::sleep(3s)));
  auto const after = co_await perdure::as_outcome(perdure::sleep(1s));
  co_return std::to_string(std::get<0>(both)) + (after ? " slept " : " cancelled ") + elapsed();
}

TEST_CASE("a shield covers everything that is awaited inside it", "[workflow][cancellation]") {
  live_and_replayed<virtual_world<shields_a_coroutine>>([](auto& world) {
    CHECK(cancelled_after_a_second(world, world.template start<shields_a_coroutine>()) ==
          "2 cancelled 10");
  });
}

perdure::workflow<std::string> takes_outcomes() {
  auto const first = co_await perdure::as_outcome(perdure::sleep(1h));
  auto const second = co_await perdure::as_outcome(perdure::execute_activity<echo>(4, quick));
  bool const cancelled =
      !first && std::holds_alternative<perdure::canceled_failure_info>(first.error().info);
  co_return (cancelled ? "cancelled " : "? ") + std::to_string(second.value_or(0));
}

TEST_CASE("as_outcome gives a cancellation as a value", "[workflow][cancellation]") {
  live_and_replayed<virtual_world<takes_outcomes, echo>>([](auto& world) {
    CHECK(cancelled_after_a_second(world, world.template start<takes_outcomes>()) == "cancelled 4");
  });
}

// ------------------------------------------------------------------------------------------------ scopes

perdure::workflow<std::string> leaves_scopes() {
  std::string text;
  {
    perdure::cancellation_scope scope;
    scope.cancel();
    scope.cancel();
    for (int i = 0; i < 2; ++i) {
      try {
        co_await perdure::sleep(1h);
      } catch (perdure::cancelled_error const&) {
        text += "thrown ";
      }
    }
    text += std::to_string(co_await perdure::shield(perdure::execute_activity<echo>(5, quick)));
    if (scope.cancelled()) text += " still";
  }
  co_await perdure::sleep(1s);
  co_return text + " left at " + elapsed();
}

TEST_CASE("a cancelled scope throws at every await inside it until it is left, shield works inside",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<leaves_scopes, echo>>([](auto& world) {
    CHECK(world.template run<leaves_scopes>() == "thrown thrown 5 still left at 1");
    CHECK(world.count(event_type::timer_started) == 1);
  });
}

perdure::workflow<std::string> works_in_a_scope(perdure::cancellation_scope*& scope_of_mine) {
  std::string text;
  {
    perdure::cancellation_scope scope;
    scope_of_mine = &scope;
    auto const first = co_await perdure::as_outcome(perdure::sleep(1h));
    auto const second = co_await perdure::as_outcome(perdure::when_all(two_steps(), two_steps()));
    text = std::string{first ? "slept " : "cancelled "} + (second ? "done " : "cancelled ");
    scope_of_mine = nullptr;
  }
  co_await perdure::sleep(1s);
  co_return text + elapsed();
}

perdure::workflow<std::string> cancels_from_beside() {
  perdure::cancellation_scope* scope = nullptr;
  auto const cancels = [](perdure::cancellation_scope*& which) -> perdure::workflow<void> {
    co_await perdure::sleep(3s);
    which->cancel();
  };
  auto const both = co_await perdure::when_all(works_in_a_scope(scope), cancels(scope));
  co_return std::get<0>(both);
}

TEST_CASE("one coroutine can cancel the scope of another, what waits inside throws at once",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<cancels_from_beside>>([](auto& world) {
    CHECK(world.template run<cancels_from_beside>() == "cancelled cancelled 4");
  });
}

perdure::workflow<std::string> nests_scopes() {
  std::string text;
  perdure::cancellation_scope outer;
  {
    perdure::cancellation_scope inner;
    inner.cancel();
    text += co_await perdure::as_outcome(perdure::sleep(1s)) ? "slept " : "cancelled ";
  }
  text += co_await perdure::as_outcome(perdure::sleep(1s)) ? "slept " : "cancelled ";
  {
    perdure::cancellation_scope inner;
    outer.cancel();
    text += co_await perdure::as_outcome(perdure::sleep(1s)) ? "slept" : "cancelled";
  }
  co_return text + elapsed();
}

TEST_CASE("an inner scope leaves the outer one alone, and the outer one cancels the inner",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<nests_scopes>>([](auto& world) {
    CHECK(world.template run<nests_scopes>() == "cancelled slept cancelled1");
  });
}

perdure::workflow<std::string> is_cancelled_inside_a_scope() {
  std::string text;
  {
    perdure::cancellation_scope scope;
    text += co_await perdure::as_outcome(perdure::sleep(1h)) ? "slept " : "cancelled ";
    text += co_await perdure::as_outcome(perdure::sleep(1s)) ? "slept " : "cancelled ";
  }
  co_return text + elapsed();
}

TEST_CASE("the cancellation of the run is no cancellation of a scope", "[workflow][cancellation]") {
  live_and_replayed<virtual_world<is_cancelled_inside_a_scope>>([](auto& world) {
    CHECK(cancelled_after_a_second(world, world.template start<is_cancelled_inside_a_scope>()) ==
          "cancelled slept 2");
  });
}

} // namespace
