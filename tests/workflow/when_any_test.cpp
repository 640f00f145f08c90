#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::seconds{1},
                                      .retry_policy = {.maximum_attempts = 1}};

auto echo(int a) -> int { return a; }
auto fails(std::string type) -> int {
  throw perdure::application_error{"failed", {.type = std::move(type)}};
}
perdure::workflow<int> gives_after(perdure::duration wait, int what) {
  co_await perdure::sleep(wait);
  co_return what;
}
perdure::workflow<int> fails_after(perdure::duration wait, std::string type) {
  co_await perdure::sleep(wait);
  throw perdure::application_error{"failed", {.type = std::move(type)}};
}
auto elapsed() -> std::string {
  return " after " + std::to_string((perdure::now() - perdure::info().start_time) / 1s);
}

// ------------------------------------------------------------------------------------------- settled

perdure::workflow<std::string> settles() {
  auto const all = co_await perdure::when_all_settled(
      gives_after(2s, 1), perdure::execute_activity<fails>(std::string{"bad"}, quick),
      perdure::sleep(1s), fails_after(3s, "worse"));
  std::string text = std::to_string(*std::get<0>(all)) +
                     perdure::application_error{*std::get<1>(all).error().cause}.type();
  if (std::get<2>(all)) text += "slept";
  co_return text + perdure::application_error{std::get<3>(all).error()}.type() + elapsed();
}

perdure::workflow<std::string> settles_a_range() {
  std::vector<perdure::activity_handle<int>> handles;
  handles.push_back(perdure::start_activity<echo>(1, quick));
  handles.push_back(perdure::start_activity<fails>(std::string{"bad"}, quick));
  handles.push_back(perdure::start_activity<echo>(3, quick));
  std::string text;
  for (auto const& each : co_await perdure::when_all_settled(handles))
    text += each ? std::to_string(*each) : std::string{"-"};
  co_return text;
}

TEST_CASE("when_all_settled waits for every operand and throws no failure",
          "[workflow][when_all_settled]") {
  live_and_replayed<virtual_world<settles, settles_a_range, fails, echo>>([](auto& world) {
    CHECK(world.template run<settles>() == "1badsleptworse after 3");
    CHECK(world.template run<settles_a_range>() == "1-3");
  });
}

// ----------------------------------------------------------------------------------------------- any

perdure::workflow<std::string> takes_the_first() {
  auto slow = perdure::start_timer(9s);
  auto const first = co_await perdure::when_any(slow, gives_after(2s, 7), gives_after(1s, 8));
  std::string text =
      std::to_string(first.index) + ":" + std::to_string(std::get<2>(first.value)) + elapsed();
  co_await slow;
  co_return text + elapsed();
}

TEST_CASE("when_any gives index and value of the first, other operations go on and can be awaited",
          "[workflow][when_any]") {
  live_and_replayed<virtual_world<takes_the_first>>([](auto& world) {
    CHECK(world.template run<takes_the_first>() == "2:8 after 1 after 9");
    CHECK(world.count(event_type::timer_canceled) == 1); // that of the coroutine which lost
  });
}

perdure::workflow<std::string> takes_the_first_of_a_range() {
  std::vector<perdure::workflow<int>> runners;
  for (int i = 0; i < 4; ++i) runners.push_back(gives_after((5 - i) * 1s, i));
  auto const first = co_await perdure::when_any(std::move(runners));
  co_return std::to_string(first.index) + ":" + std::to_string(first.value) + elapsed();
}

TEST_CASE("when_any of a range joins the coroutines that lost", "[workflow][when_any]") {
  live_and_replayed<virtual_world<takes_the_first_of_a_range>>([](auto& world) {
    CHECK(world.template run<takes_the_first_of_a_range>() == "3:3 after 2");
    CHECK(world.count(event_type::timer_canceled) == 3);
  });
}

perdure::workflow<std::string> takes_handles_one_by_one() {
  std::vector<perdure::activity_handle<int>> handles;
  for (int i = 0; i < 3; ++i) handles.push_back(perdure::start_activity<echo>(i, quick));
  std::string text;
  while (!handles.empty()) {
    auto const first = co_await perdure::when_any(handles);
    text += std::to_string(first.value);
    handles.erase(handles.begin() + static_cast<std::ptrdiff_t>(first.index));
  }
  co_return text;
}

TEST_CASE("a loop over when_any takes every handle once, in the order of history",
          "[workflow][when_any]") {
  live_and_replayed<virtual_world<takes_handles_one_by_one, echo>>(
      [](auto& world) { CHECK(world.template run<takes_handles_one_by_one>() == "012"); });
}

perdure::workflow<std::string> first_is_a_failure() {
  try {
    co_await perdure::when_any(perdure::sleep(5s), fails_after(1s, "bad"));
  } catch (perdure::application_error const& e) {
    co_return e.type() + elapsed();
  }
  co_return "none";
}

TEST_CASE("when_any rethrows when the first operand that is over has failed",
          "[workflow][when_any]") {
  live_and_replayed<virtual_world<first_is_a_failure>>(
      [](auto& world) { CHECK(world.template run<first_is_a_failure>() == "bad after 1"); });
}

perdure::workflow<std::string> any_of_nothing() {
  std::vector<perdure::timer_handle> none;
  try {
    co_await perdure::when_any(none);
  } catch (perdure::error const& e) {
    co_return e.code() == perdure::errc::invalid_argument ? "refused" : e.what();
  }
  co_return "accepted";
}

TEST_CASE("when_any of an empty range is refused, since it would wait for ever",
          "[workflow][when_any]") {
  virtual_world<any_of_nothing> world;
  CHECK(world.run<any_of_nothing>() == "refused");
}

perdure::workflow<std::string> any_of_what_is_over() {
  auto first = perdure::start_activity<echo>(1, quick);
  auto second = perdure::start_activity<echo>(2, quick);
  co_await perdure::sleep(1s);
  auto const both = co_await perdure::when_any(first, second, perdure::sleep(50s));
  co_return std::to_string(both.index) + std::to_string(co_await second) + elapsed();
}

TEST_CASE("of operands that are over already, when_any takes the first named",
          "[workflow][when_any]") {
  live_and_replayed<virtual_world<any_of_what_is_over, echo>>(
      [](auto& world) { CHECK(world.template run<any_of_what_is_over>() == "02 after 1"); });
}

// ---------------------------------------------------------------------------------------------- race

perdure::workflow<std::string> races() {
  auto slow = perdure::start_timer(9s);
  auto const first = co_await perdure::race(slow, gives_after(1s, 8), perdure::sleep(20s));
  std::string text = std::to_string(first.index);
  auto const lost = co_await perdure::as_outcome(slow);
  if (!lost && std::holds_alternative<perdure::canceled_failure_info>(lost.error().info))
    text += " cancelled";
  co_return text + elapsed();
}

TEST_CASE("race cancels the operations that lost", "[workflow][race]") {
  live_and_replayed<virtual_world<races>>([](auto& world) {
    CHECK(world.template run<races>() == "1 cancelled after 1");
    CHECK(world.count(event_type::timer_canceled) == 2);
  });
}

perdure::workflow<std::string> races_with_cleanup() {
  std::string log;
  auto const cleans = [](std::string& into) -> perdure::workflow<int> {
    auto const slept = co_await perdure::as_outcome(perdure::sleep(60s));
    co_await perdure::sleep(4s);
    into += slept ? "slept" : "cleaned";
    co_return 1;
  };
  auto const first = co_await perdure::race(cleans(log), perdure::sleep(1s));
  co_return std::to_string(first.index) + log + elapsed();
}

TEST_CASE("race takes as long as the cleanup of the coroutines that lost", "[workflow][race]") {
  live_and_replayed<virtual_world<races_with_cleanup>>(
      [](auto& world) { CHECK(world.template run<races_with_cleanup>() == "1cleaned after 5"); });
}

perdure::workflow<int> deepest(int level) {
  if (level == 0) co_return co_await gives_after(1s, 1);
  auto const both = co_await perdure::when_all(
      deepest(level - 1), perdure::race(deepest(level - 1), perdure::sleep(90s)));
  co_return std::get<0>(both) + std::get<0>(std::get<1>(both).value);
}

TEST_CASE("combinators nest", "[workflow][race]") {
  live_and_replayed<virtual_world<deepest>>(
      [](auto& world) { CHECK(world.template run<deepest>(5) == 32); });
}

} // namespace
