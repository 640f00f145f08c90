// Options that are given once, with the activity; and objects whose members are activities.
#include "support/virtual_world.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace {

using namespace std::chrono_literals;

auto settled_once(int a) -> int { return a; }
auto counted(int a) -> int {
  if (perdure::activity_info_now().attempt == 1) throw perdure::application_error{"once more"};
  return a;
}

struct counter {
  int base{};
  auto plus(int a) -> int { return base + a; }
  auto plus_const(int a) const noexcept -> int { return base + a; }
  auto plus_later(int a) const -> perdure::activity<int> { co_return base + a; }
  auto overloaded(int a) -> int { return base - a; }
  auto overloaded(double) -> int { return 0; }
};
constexpr auto minus = static_cast<int (counter::*)(int)>(&counter::overloaded);

} // namespace

template <>
inline auto const perdure::default_activity_options<settled_once> =
    perdure::activity_options{.schedule_to_close_timeout = 60s,
                              .start_to_close_timeout = 10s,
                              .heartbeat_timeout = 5s,
                              .retry_policy = {.maximum_attempts = 3},
                              .task_queue = "tests",
                              .cancellation_type = perdure::cancellation_type::abandon,
                              .priority = {.priority_key = 2}};
template <>
inline auto const perdure::default_local_activity_options<counted> =
    perdure::local_activity_options{.start_to_close_timeout = 10s,
                                    .retry_policy = {.initial_interval = 7s}};
template <>
inline constexpr auto perdure::wire_name<minus> = "minus";

namespace {

using namespace perdure;
using perdure_test::virtual_world;

workflow<int> takes_defaults() { co_return co_await execute_activity<settled_once>(1); }
workflow<int> overrides_some() {
  co_return co_await execute_activity<settled_once>(
      1, {.start_to_close_timeout = 20s,
          .retry_policy = {.initial_interval = 2s},
          .cancellation_type = cancellation_type::try_cancel,
          .priority = {.fairness_key = "a"}});
}

TEST_CASE("a call that sets nothing has the options that go with the activity",
          "[workflow][activity]") {
  virtual_world<takes_defaults, settled_once> w;
  CHECK(w.run<takes_defaults>() == 1);
  auto const asked =
      w.first(event_type::activity_task_scheduled).as<events::activity_task_scheduled>();
  CHECK(asked.schedule_to_close_timeout == 60s);
  CHECK(asked.start_to_close_timeout == 10s);
  CHECK(asked.heartbeat_timeout == 5s);
  CHECK(asked.retry_policy->maximum_attempts == 3);
  CHECK(asked.priority->priority_key == 2);
}

TEST_CASE("what a call sets wins over the options that go with the activity, one by one",
          "[workflow][activity]") {
  virtual_world<overrides_some, settled_once> w;
  CHECK(w.run<overrides_some>() == 1);
  auto const asked =
      w.first(event_type::activity_task_scheduled).as<events::activity_task_scheduled>();
  CHECK(asked.schedule_to_close_timeout == 60s);
  CHECK(asked.start_to_close_timeout == 20s);
  CHECK(asked.retry_policy->initial_interval == 2s);
  CHECK(asked.retry_policy->maximum_attempts == 0); // a policy is taken whole
  CHECK(asked.priority->priority_key == 2);
  CHECK(asked.priority->fairness_key == "a");
}

workflow<int> takes_local_defaults() { co_return co_await execute_local_activity<counted>(4); }
TEST_CASE("a local call has options of its own that go with the activity", "[workflow][local]") {
  virtual_world<takes_local_defaults, counted> w;
  CHECK(w.run<takes_local_defaults>() == 4);
  CHECK(perdure_test::since_start(w.backend.now()) == 7s);
}

workflow<int> starts_with_local_defaults() {
  auto call = start_local_activity<counted>(4);
  co_return co_await call;
}
TEST_CASE("a local call that is started has them, too", "[workflow][local]") {
  virtual_world<starts_with_local_defaults, counted> w;
  CHECK(w.run<starts_with_local_defaults>() == 4);
  CHECK(perdure_test::since_start(w.backend.now()) == 7s);
}

workflow<int> calls_members() {
  activity_options const options{.start_to_close_timeout = 1s};
  int sum = co_await execute_activity<&counter::plus>(1, options);
  sum += co_await execute_activity<&counter::plus_const>(2, options);
  sum += co_await execute_activity<&counter::plus_later>(3, options);
  sum += co_await execute_activity<minus>(4, options);
  sum += co_await execute_local_activity<&counter::plus>(5, {.start_to_close_timeout = 1s});
  co_return sum;
}
TEST_CASE("members of objects are activities, const, noexcept, overloaded or coroutines",
          "[workflow][activity]") {
  virtual_world<calls_members> w;
  auto shared = std::make_shared<counter>(counter{100});
  std::weak_ptr<counter> const alive = shared;
  counter const constant{10};
  w.worker.add<&counter::plus, minus>(shared);
  w.worker.add<&counter::plus_const, &counter::plus_later>(constant);
  shared.reset();
  CHECK_FALSE(alive.expired()); // the worker keeps it
  CHECK(w.run<calls_members>() == 101 + 12 + 13 + 96 + 105);
}

TEST_CASE("an object that is not there is refused when it is registered", "[workflow][activity]") {
  virtual_world<calls_members> w;
  try {
    w.worker.add<&counter::plus>(std::shared_ptr<counter>{});
    FAIL("it was taken");
  } catch (error const& why) {
    CHECK(why.code() == errc::invalid_argument);
    CHECK_THAT(why.what(), perdure_test::contains("'plus' is null"));
  }
}

workflow<int> asks_for_too_much() {
  co_return co_await execute_activity<settled_once>(1, {.priority = {.priority_key = 6}});
}
TEST_CASE("a priority that is none is refused at the call", "[workflow][activity]") {
  virtual_world<asks_for_too_much, settled_once> w;
  auto const handle = w.start<asks_for_too_much>();
  CHECK_THROWS_WITH(handle.result(), perdure_test::contains("priority_key is 1 (first) to 5"));
}

} // namespace
