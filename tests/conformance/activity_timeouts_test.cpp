// The four timeouts of an activity.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

/// Checks how and when the activity timed out.
static void check_timed_out(world& w, timeout_type which, retry_state state, perdure::duration at) {
  auto const timed_out = w.get<e::activity_task_timed_out>();
  CHECK(w.when(event_type::activity_task_timed_out) == at);
  CHECK(timed_out.scheduled_event_id == 5);
  CHECK(timed_out.retry_state == state);
  REQUIRE(timed_out.failure);
  CHECK(std::get<perdure::timeout_failure_info>(timed_out.failure->info).timeout_type == which);
}

BEHAVIOUR("schedule-to-start passes at its nanosecond and is not retried", "[activity][timeout]") {
  w.begin_activity({.schedule_to_start_timeout = 3s, .start_to_close_timeout = 1s});
  w.pass(3s - 1ns);
  CHECK(w.types().back() == event_type::activity_task_scheduled);
  w.pass(1ns);
  check_timed_out(w, timeout_type::schedule_to_start, retry_state::timeout, 3s);
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("an activity that was never started times out without a started event",
          "[activity][timeout]") {
  w.begin_activity({.schedule_to_start_timeout = 3s, .start_to_close_timeout = 1s});
  w.pass(3s);
  CHECK(w.get<e::activity_task_timed_out>().started_event_id == 0);
  CHECK(w.count(event_type::activity_task_started) == 0);
}

BEHAVIOUR("schedule-to-start does not pass once an attempt has started", "[activity][timeout]") {
  w.begin_activity({.schedule_to_start_timeout = 3s, .start_to_close_timeout = 1h});
  w.pass(2s);
  auto const task = w.hand.activity();
  w.pass(10s);
  w.hand.complete(task);
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

BEHAVIOUR("schedule-to-start counts anew for each attempt", "[activity][timeout]") {
  w.begin_activity({.schedule_to_start_timeout = 3s, .start_to_close_timeout = 1h});
  w.pass(2s);
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.pass(1s);
  CHECK(w.count(event_type::activity_task_timed_out) == 0);
  w.pass(3s);
  check_timed_out(w, timeout_type::schedule_to_start, retry_state::timeout, 6s);
}

BEHAVIOUR("start-to-close ends an attempt and the next one begins by the policy",
          "[activity][timeout]") {
  w.begin_activity({.start_to_close_timeout = 5s,
                    .retry_policy = {.initial_interval = 2s, .maximum_attempts = 2}});
  auto const first = w.hand.activity();
  w.pass(5s);
  CHECK(error_of([&] { w.hand.complete(first); }) == errc::task_lost);
  CHECK_FALSE(w.hand.poll_activity());
  w.pass(2s);
  CHECK(w.hand.activity().token.attempt == 2);
  w.pass(5s);
  check_timed_out(w, timeout_type::start_to_close, retry_state::maximum_attempts_reached, 12s);
}

BEHAVIOUR("the worker whose attempt times out is told to stop it", "[activity][timeout]") {
  w.begin_activity({.start_to_close_timeout = 5s});
  (void)w.hand.activity();
  w.pass(5s);
  REQUIRE(w.hand.cancelled.size() == 1);
  CHECK(w.hand.cancelled[0].attempt == 1);
}

BEHAVIOUR("an attempt that is answered just before start-to-close has completed",
          "[activity][timeout]") {
  w.begin_activity({.start_to_close_timeout = 5s});
  auto const task = w.hand.activity();
  w.pass(5s - 1ns);
  w.hand.complete(task);
  w.pass(1h);
  CHECK(w.count(event_type::activity_task_timed_out) == 0);
}

BEHAVIOUR("schedule-to-close covers all attempts and passes while one runs",
          "[activity][timeout]") {
  w.begin_activity({.schedule_to_close_timeout = 10s,
                    .retry_policy = {.initial_interval = 4s, .backoff_coefficient = 1}});
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.pass(4s);
  auto const second = w.hand.activity();
  w.pass(6s);
  check_timed_out(w, timeout_type::schedule_to_close, retry_state::timeout, 10s);
  CHECK(error_of([&] { w.hand.complete(second); }) == errc::task_lost);
  auto const why = w.get<e::activity_task_timed_out>().failure;
  REQUIRE(why->cause); // what the attempt before had to say
  CHECK(why->cause->message == "odd");
}

BEHAVIOUR("schedule-to-close passes while an activity waits in its queue", "[activity][timeout]") {
  w.begin_activity({.schedule_to_close_timeout = 10s});
  w.pass(1h);
  check_timed_out(w, timeout_type::schedule_to_close, retry_state::timeout, 10s);
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("schedule-to-close passes while an activity backs off", "[activity][timeout]") {
  w.begin_activity({.schedule_to_close_timeout = 10s, .retry_policy = {.initial_interval = 9s}});
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.pass(9s);
  w.pass(1s);
  check_timed_out(w, timeout_type::schedule_to_close, retry_state::timeout, 10s);
}

BEHAVIOUR("an attempt that is silent for the heartbeat timeout is tried again",
          "[activity][timeout]") {
  w.begin_activity({.start_to_close_timeout = 1h, .heartbeat_timeout = 4s});
  auto const first = w.hand.activity();
  w.pass(4s - 1ns);
  CHECK_FALSE(w.hand.heartbeat(first, to_payloads(3)));
  w.pass(4s);
  CHECK(error_of([&] { w.hand.heartbeat(first); }) == errc::task_lost);
  w.pass(1s);
  auto const second = w.hand.activity();
  CHECK(second.token.attempt == 2);
  CHECK(second.heartbeat_details == to_payloads(3));
}

BEHAVIOUR("a heartbeat timeout that ends the activity tells the last details",
          "[activity][timeout]") {
  w.begin_activity({.start_to_close_timeout = 1h,
                    .heartbeat_timeout = 4s,
                    .retry_policy = {.maximum_attempts = 1}});
  auto const task = w.hand.activity();
  w.pass(1s);
  w.hand.heartbeat(task, to_payloads(3));
  w.pass(4s);
  check_timed_out(w, timeout_type::heartbeat, retry_state::maximum_attempts_reached, 5s);
  CHECK(std::get<perdure::timeout_failure_info>(w.get<e::activity_task_timed_out>().failure->info)
            .last_heartbeat_details == to_payloads(3));
}

BEHAVIOUR("heartbeats keep an attempt alive but not beyond start-to-close", "[activity][timeout]") {
  w.begin_activity({.start_to_close_timeout = 10s,
                    .heartbeat_timeout = 4s,
                    .retry_policy = {.maximum_attempts = 1}});
  auto const task = w.hand.activity();
  for (int i = 0; i < 3; ++i) {
    w.pass(3s);
    w.hand.heartbeat(task);
  }
  w.pass(1s);
  check_timed_out(w, timeout_type::start_to_close, retry_state::maximum_attempts_reached, 10s);
}

BEHAVIOUR("of all deadlines of an activity the earliest counts", "[activity][timeout]") {
  w.begin_activity(
      {.schedule_to_close_timeout = 5s, .start_to_close_timeout = 6s, .heartbeat_timeout = 7s});
  (void)w.hand.activity();
  w.pass(1h);
  check_timed_out(w, timeout_type::schedule_to_close, retry_state::timeout, 5s);
}

BEHAVIOUR("several deadlines of an activity that pass in one jump happen in their order",
          "[activity][timeout]") {
  w.begin_activity({.schedule_to_close_timeout = 1min,
                    .start_to_close_timeout = 5s,
                    .retry_policy = {.initial_interval = 1s}});
  (void)w.hand.activity();
  w.pass(1h);
  check_timed_out(w, timeout_type::schedule_to_close, retry_state::timeout, 1min);
  CHECK(w.get<e::activity_task_timed_out>().failure->cause);
}

BEHAVIOUR("timeouts up to the end of time are no timeouts", "[activity][timeout]") {
  w.begin_activity({.schedule_to_close_timeout = perdure::duration::max(),
                    .start_to_close_timeout = 24h * 365 * 100});
  (void)w.hand.activity();
  w.pass(24h * 365 * 99);
  CHECK(w.types().back() == event_type::activity_task_scheduled);
}

} // namespace perdure_test::conformance
