#include "perdure/execution/local_schedule.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>

namespace {

using namespace perdure;
using namespace std::chrono_literals;
using perdure::detail::activity_outcome;
using perdure::detail::local_call;
using perdure::detail::local_schedule;

constexpr time_point start{1'000s};

auto call(events::activity_task_scheduled asked = {}) -> local_call {
  local_call made{};
  made.sequence = made.first_sequence = 1;
  made.asked = event_attributes::make(std::move(asked));
  return made;
}
auto with_timeouts(duration schedule_to_close, duration schedule_to_start, duration start_to_close)
    -> local_call {
  events::activity_task_scheduled asked{};
  if (schedule_to_close != 0s) asked.schedule_to_close_timeout = schedule_to_close;
  if (schedule_to_start != 0s) asked.schedule_to_start_timeout = schedule_to_start;
  if (start_to_close != 0s) asked.start_to_close_timeout = start_to_close;
  return call(asked);
}
auto ended(activity_outcome::kind how) -> activity_outcome {
  activity_outcome made{};
  made.what = how;
  failure& why = made.why.make();
  why.message = "odd";
  why.info = application_failure_info{.type = "Odd"};
  return made;
}
auto const failed = activity_outcome::kind::failed;
auto const completed = activity_outcome::kind::completed;
auto timeout_of(detail::local_result const& result) -> timeout_type {
  return std::get<timeout_failure_info>(result.outcome.why->info).timeout_type;
}

TEST_CASE("a local activity begins at once and ends once", "[execution][local]") {
  local_schedule schedule;
  schedule.add(call(), start);
  auto const first = schedule.take_start(start);
  REQUIRE(first);
  CHECK(first->attempt == 1);
  CHECK_FALSE(schedule.take_start(start));
  schedule.on_begun(1, 1, start);
  CHECK(schedule.next_deadline() == time_point::max());
  schedule.on_end(1, 1, ended(completed), start + 3s);
  schedule.on_end(1, 1, ended(failed), start + 4s); // is not missed
  auto const result = schedule.take_result();
  REQUIRE(result);
  CHECK(result->run_time == 3s);
  CHECK(result->outcome.what == completed);
  CHECK(schedule.empty());
  CHECK_FALSE(schedule.take_result());
}

TEST_CASE("a local activity that fails is tried again after its backoff", "[execution][local]") {
  local_schedule schedule;
  schedule.add(call(), start);
  (void)schedule.take_start(start);
  schedule.on_end(1, 1, ended(failed), start);
  CHECK_FALSE(schedule.take_result());
  CHECK(schedule.next_deadline() == start + 1s);
  CHECK_FALSE(schedule.take_start(start + 999ms));
  auto const second = schedule.take_start(start + 1s);
  REQUIRE(second);
  CHECK(second->attempt == 2);
  CHECK(second->scheduled_time == start);
  schedule.on_end(1, 1, ended(completed), start + 2s); // the first one has ended long ago
  CHECK_FALSE(schedule.take_result());
  schedule.on_end(1, 2, ended(completed), start + 3s);
  CHECK(schedule.take_result()->attempt == 2);
}

TEST_CASE("a backoff above the threshold is for a timer", "[execution][local]") {
  for (auto const& [threshold, is_timer] :
       {std::pair{duration{1s}, false}, {duration{999ms}, true}}) {
    local_schedule schedule;
    events::activity_task_scheduled asked{};
    asked.heartbeat_timeout = threshold;
    schedule.add(call(asked), start);
    (void)schedule.take_start(start);
    schedule.on_end(1, 1, ended(failed), start);
    auto const result = schedule.take_result();
    CHECK(result.has_value() == is_timer);
    if (result) CHECK(result->backoff == duration{1s});
  }
}

TEST_CASE("an attempt that follows a timer counts on from the first one", "[execution][local]") {
  local_schedule schedule;
  auto later = with_timeouts(100s, 0s, 0s);
  later.attempt = 4;
  later.original_schedule_time = start - 90s;
  schedule.add(later, start);
  auto const next = schedule.take_start(start);
  CHECK(next->attempt == 4);
  CHECK(next->scheduled_time == start - 90s);
  CHECK(schedule.next_deadline() == start + 10s);
  CHECK(schedule.take_expired(start + 10s));
  CHECK(timeout_of(*schedule.take_result()) == timeout_type::schedule_to_close);
}

TEST_CASE("an attempt that takes too long is tried again, a whole that does not",
          "[execution][local]") {
  local_schedule schedule;
  schedule.add(with_timeouts(10s, 0s, 2s), start);
  (void)schedule.take_start(start);
  CHECK(schedule.next_deadline() == start + 10s); // it has not begun
  schedule.on_begun(1, 1, start + 1s);
  CHECK(schedule.next_deadline() == start + 3s);
  CHECK_FALSE(schedule.take_expired(start + 2999ms));
  auto const late = schedule.take_expired(start + 3s);
  REQUIRE(late);
  CHECK(late->attempt == 1);
  CHECK_FALSE(schedule.take_result());
  CHECK(schedule.take_start(start + 4s)->attempt == 2);
  CHECK(schedule.take_expired(start + 10s));
  CHECK(timeout_of(*schedule.take_result()) == timeout_type::schedule_to_close);
}

TEST_CASE("a local activity for which there is no room in time is not tried again",
          "[execution][local]") {
  local_schedule schedule;
  schedule.add(with_timeouts(0s, 1s, 5s), start);
  (void)schedule.take_start(start);
  CHECK(schedule.take_expired(start + 1s));
  auto const result = schedule.take_result();
  CHECK(timeout_of(*result) == timeout_type::schedule_to_start);
  CHECK_FALSE(result->backoff);
}

TEST_CASE("no attempt begins that would end the time for all of them", "[execution][local]") {
  local_schedule schedule;
  schedule.add(with_timeouts(2s, 0s, 0s), start);
  (void)schedule.take_start(start);
  schedule.on_end(1, 1, ended(failed), start + 1s);
  auto const result = schedule.take_result();
  REQUIRE(result);
  CHECK(result->outcome.why->message == "odd");
}

TEST_CASE("a local activity that is cancelled before it begins, or between attempts, ends at once",
          "[execution][local]") {
  for (int when = 0; when < 3; ++when) {
    CAPTURE(when);
    local_schedule schedule;
    schedule.add(call(), start);
    if (when > 0) (void)schedule.take_start(start); // queued
    if (when > 1) schedule.on_end(1, 1, ended(failed), start);
    schedule.cancel(1, start);
    CHECK(schedule.take_result()->outcome.what == activity_outcome::kind::cancelled);
    CHECK_FALSE(schedule.take_start(start + 1h));
  }
}

TEST_CASE("the attempt that runs when a local activity is cancelled is the last one",
          "[execution][local]") {
  local_schedule schedule;
  schedule.add(call(), start);
  (void)schedule.take_start(start);
  schedule.on_begun(1, 1, start);
  schedule.cancel(1, start + 1s);
  CHECK_FALSE(schedule.take_result());
  schedule.on_end(1, 1, ended(failed), start + 2s);
  CHECK(schedule.take_result()->outcome.what == failed);
}

TEST_CASE("what is dropped gives no result", "[execution][local]") {
  local_schedule schedule;
  schedule.add(call(), start);
  (void)schedule.take_start(start);
  schedule.drop(1);
  schedule.on_end(1, 1, ended(completed), start);
  CHECK_FALSE(schedule.take_result());
  CHECK(schedule.empty());
}

} // namespace
