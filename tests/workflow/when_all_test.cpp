#include "support/virtual_world.hpp"

#include <array>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::seconds{1},
                                      .retry_policy = {.maximum_attempts = 1}};

auto echo(int a) -> int { return a; }
void touch() {}
auto fails(std::string type) -> int {
  throw perdure::application_error{"failed", {.type = std::move(type)}};
}

/// A failure of sub-coroutines, after a while.
perdure::workflow<int> fails_after(perdure::duration wait, std::string type) {
  co_await perdure::sleep(wait);
  throw perdure::application_error{"failed", {.type = std::move(type)}};
}
perdure::workflow<int> gives_after(perdure::duration wait, int what) {
  co_await perdure::sleep(wait);
  co_return what;
}

auto elapsed() -> std::string {
  return " after " + std::to_string((perdure::now() - perdure::info().start_time) / 1s);
}

// -------------------------------------------------------------------------------------- what it gives

perdure::workflow<std::string> awaits_all_kinds() {
  auto handle = perdure::start_activity<echo>(1, quick);
  auto const all = co_await perdure::when_all(
      handle, perdure::execute_activity<echo>(2, quick), perdure::sleep(3s), gives_after(2s, 4),
      perdure::execute_activity<touch>(quick),
      perdure::when_all(gives_after(1s, 5), perdure::execute_activity<echo>(6, quick)));
  auto const& inner = std::get<5>(all);
  co_return std::to_string(std::get<0>(all)) + std::to_string(std::get<1>(all)) +
      std::to_string(std::get<3>(all)) + std::to_string(std::get<0>(inner)) +
      std::to_string(std::get<1>(inner)) + elapsed();
}

TEST_CASE("when_all awaits handles, calls, timers, coroutines and other combinators together",
          "[workflow][when_all]") {
  live_and_replayed<virtual_world<awaits_all_kinds, echo, touch>>(
      [](auto& world) { CHECK(world.template run<awaits_all_kinds>() == "12456 after 3"); });
}

perdure::workflow<void> issues_in_order() {
  co_await perdure::when_all(perdure::execute_activity<echo>(1, quick), perdure::sleep(1s),
                             perdure::execute_activity<touch>(quick), perdure::sleep(2s));
}

TEST_CASE("the commands of when_all are issued in operand order", "[workflow][when_all]") {
  virtual_world<issues_in_order, echo, touch> world;
  world.run<issues_in_order>();
  auto const events = world.history().events;
  REQUIRE(events.size() > 8);
  CHECK(events[4].type == event_type::activity_task_scheduled);
  CHECK(events[4].as<perdure::events::activity_task_scheduled>().activity_type == "echo");
  CHECK(events[5].type == event_type::timer_started);
  CHECK(events[6].type == event_type::activity_task_scheduled);
  CHECK(events[7].type == event_type::timer_started);
}

perdure::workflow<std::vector<int>> awaits_ranges() {
  std::vector<perdure::activity_handle<int>> handles;
  for (int i = 0; i < 3; ++i) handles.push_back(perdure::start_activity<echo>(i, quick));
  std::vector<perdure::workflow<int>> coroutines;
  for (int i = 3; i < 6; ++i) coroutines.push_back(gives_after((6 - i) * 1s, i));
  std::vector<perdure::lazy_operation<int>> calls;
  for (int i = 6; i < 9; ++i) calls.push_back(perdure::execute_activity<echo>(i, quick));
  std::vector<int> all = co_await perdure::when_all(handles);
  auto const more = co_await perdure::when_all(std::move(coroutines));
  auto const rest = co_await perdure::when_all(std::move(calls));
  all.insert(all.end(), more.begin(), more.end());
  all.insert(all.end(), rest.begin(), rest.end());
  co_return all;
}

TEST_CASE("when_all of a range gives a vector in input order", "[workflow][when_all]") {
  live_and_replayed<virtual_world<awaits_ranges, echo>>([](auto& world) {
    CHECK(world.template run<awaits_ranges>() == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  });
}

perdure::workflow<int> awaits_an_array() {
  std::array<perdure::timer_handle, 2> timers{perdure::start_timer(1s), perdure::start_timer(2s)};
  co_await perdure::when_all(timers);
  std::array<perdure::activity_handle<int>, 2> handles{perdure::start_activity<echo>(3, quick),
                                                       perdure::start_activity<echo>(4, quick)};
  auto const both = co_await perdure::when_all(std::move(handles));
  co_return both[0] + both[1];
}

TEST_CASE("any sized range of handles will do, named or moved", "[workflow][when_all]") {
  live_and_replayed<virtual_world<awaits_an_array, echo>>(
      [](auto& world) { CHECK(world.template run<awaits_an_array>() == 7); });
}

perdure::workflow<std::size_t> awaits_nothing() {
  std::vector<perdure::activity_handle<int>> none;
  auto const settled = co_await perdure::when_all_settled(none);
  co_return (co_await perdure::when_all(none)).size() + settled.size();
}

TEST_CASE("when_all of an empty range is over at once", "[workflow][when_all]") {
  virtual_world<awaits_nothing> world;
  CHECK(world.run<awaits_nothing>() == 0);
  CHECK(world.history().events.size() == 5);
}

// ------------------------------------------------------------------------------------------ failures

perdure::workflow<std::string> first_failure() {
  std::string text;
  try {
    co_await perdure::when_all(perdure::sleep(100s), fails_after(5s, "late"),
                               fails_after(2s, "early"), perdure::execute_activity<echo>(1, quick));
  } catch (perdure::application_error const& e) {
    text = e.type() + elapsed();
  }
  co_return text;
}

TEST_CASE("when_all rethrows the first failure in the order of history, at once",
          "[workflow][when_all]") {
  live_and_replayed<virtual_world<first_failure, echo>>([](auto& world) {
    CHECK(world.template run<first_failure>() == "early after 2");
    CHECK(world.count(event_type::timer_canceled) ==
          1); // of the coroutine that was joined; the timer goes on
  });
}

perdure::workflow<std::string> goes_on() {
  auto slow = perdure::start_timer(9s);
  auto sum = perdure::start_activity<echo>(7, quick);
  std::string text;
  try {
    co_await perdure::when_all(slow, perdure::execute_activity<fails>(std::string{"bad"}, quick),
                               sum);
  } catch (perdure::activity_error const& e) {
    text = perdure::application_error{*e.cause()}.type();
  }
  int const got = co_await sum; // not used up by the await that failed
  co_await slow;
  co_return text + std::to_string(got) + elapsed();
}

TEST_CASE("operations go on after a failed when_all and their handles can be awaited again",
          "[workflow][when_all]") {
  live_and_replayed<virtual_world<goes_on, echo, fails>>(
      [](auto& world) { CHECK(world.template run<goes_on>() == "bad7 after 9"); });
}

perdure::workflow<std::string> cancels_the_rest() {
  auto slow = perdure::start_timer(9s);
  std::string text;
  try {
    co_await perdure::when_all({.on_failure = perdure::failure_policy::cancel}, slow,
                               fails_after(1s, "bad"), perdure::sleep(50s));
  } catch (perdure::application_error const& e) {
    text = e.type();
  }
  try {
    co_await slow;
  } catch (perdure::cancelled_error const&) {
    text += " cancelled" + elapsed();
  }
  co_return text;
}

TEST_CASE("on_failure = cancel cancels the other operations", "[workflow][when_all]") {
  live_and_replayed<virtual_world<cancels_the_rest>>([](auto& world) {
    CHECK(world.template run<cancels_the_rest>() == "bad cancelled after 1");
    CHECK(world.count(event_type::timer_canceled) == 2);
  });
}

perdure::workflow<int> writes_into(std::string& log, int number) {
  try {
    co_await perdure::sleep(60s);
  } catch (perdure::cancelled_error const&) {
    log += "cancelled " + std::to_string(number) + ", ";
  }
  co_await perdure::sleep(3s); // cleanup that awaits
  log += "joined " + std::to_string(number) + ", ";
  co_return number;
}

perdure::workflow<std::string> joins_first() {
  std::string log;
  try {
    co_await perdure::when_all(writes_into(log, 1), fails_after(1s, "bad"), writes_into(log, 2));
  } catch (perdure::application_error const& e) {
    log += e.type() + elapsed();
  }
  co_return log;
}

TEST_CASE("coroutines are cancelled and joined before the failure leaves when_all",
          "[workflow][when_all]") {
  live_and_replayed<virtual_world<joins_first>>([](auto& world) {
    CHECK(world.template run<joins_first>() ==
          "cancelled 1, cancelled 2, joined 1, joined 2, bad after 4");
  });
}

perdure::workflow<int> throws_at_once() {
  throw perdure::application_error{"at once", {.type = "Now"}};
  co_return 0;
}
perdure::workflow<int> must_not_start(bool& started) {
  started = true;
  co_return 0;
}

perdure::workflow<bool> fails_before_the_last_starts() {
  bool started = false;
  try {
    co_await perdure::when_all(throws_at_once(), must_not_start(started));
  } catch (perdure::application_error const&) {
  }
  co_return started;
}

TEST_CASE("a failure of the first coroutine leaves nothing behind that refers to the frame",
          "[workflow][when_all]") {
  live_and_replayed<virtual_world<fails_before_the_last_starts>>([](auto& world) {
    CHECK(world.template run<
          fails_before_the_last_starts>()); // both were ready: each runs to its first await
  });
}

perdure::workflow<std::string> names_a_handle_twice() {
  auto one = perdure::start_activity<echo>(1, quick);
  try {
    co_await perdure::when_all(one, one);
  } catch (perdure::error const& e) {
    co_return e.code() == perdure::errc::handle_used_twice ? "refused" : e.what();
  }
  co_return "accepted";
}

perdure::workflow<int> awaits_by_name(perdure::activity_handle<int>& handle) {
  co_return co_await handle;
}

perdure::workflow<std::string> awaits_from_two_coroutines() {
  auto one = perdure::start_activity<echo>(1, quick);
  try {
    co_await perdure::when_all(awaits_by_name(one), awaits_by_name(one));
  } catch (perdure::error const& e) {
    co_return e.code() == perdure::errc::handle_used_twice ? "refused" : e.what();
  }
  co_return "accepted";
}

TEST_CASE("a handle that is awaited twice at once is refused, not forgotten",
          "[workflow][when_all]") {
  live_and_replayed<virtual_world<names_a_handle_twice, awaits_from_two_coroutines, echo>>(
      [](auto& world) {
        CHECK(world.template run<names_a_handle_twice>() == "refused");
        CHECK(world.template run<awaits_from_two_coroutines>() == "refused");
      });
}

} // namespace
