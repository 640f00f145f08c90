// Activities that fail: when the next attempt comes, and when there is none.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

static auto with(perdure::retry_policy policy) -> perdure::activity_options {
  auto options = quick();
  options.retry_policy = std::move(policy);
  return options;
}
/// Fails the next attempt and checks that the one after it comes after `wait` and not before.
static void fail_and_wait(world& w, perdure::duration wait) {
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  if (wait > 0s) {
    w.pass(wait - 1ns);
    CHECK_FALSE(w.hand.poll_activity());
  }
  w.pass(wait > 0s ? 1ns : 0ns);
}

BEHAVIOUR("without a policy attempts come after 1, 2, 4 and up to 100 seconds",
          "[activity][retry]") {
  w.begin_activity(quick());
  for (auto const wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 100s, 100s}) fail_and_wait(w, wait);
  CHECK(w.hand.activity().token.attempt == 10);
}

BEHAVIOUR("the policy's first interval and coefficient decide when the next attempt comes",
          "[activity][retry]") {
  w.begin_activity(with({.initial_interval = 10ms, .backoff_coefficient = 3}));
  for (auto const wait : {10ms, 30ms, 90ms, 270ms}) fail_and_wait(w, wait);
}

BEHAVIOUR("a coefficient of one makes every wait the same", "[activity][retry]") {
  w.begin_activity(with({.initial_interval = 2s, .backoff_coefficient = 1}));
  for (int i = 0; i < 5; ++i) fail_and_wait(w, 2s);
}

BEHAVIOUR("no wait is longer than the maximum interval", "[activity][retry]") {
  w.begin_activity(with({.initial_interval = 2s, .maximum_interval = 5s}));
  for (auto const wait : {2s, 4s, 5s, 5s, 5s}) fail_and_wait(w, wait);
}

BEHAVIOUR("after the last attempt that the policy allows the failure stands", "[activity][retry]") {
  w.begin_activity(with({.maximum_attempts = 3}));
  fail_and_wait(w, 1s);
  fail_and_wait(w, 2s);
  w.hand.fail(w.hand.activity(), failure_of("third"));
  auto const failed = w.get<e::activity_task_failed>();
  CHECK(failed.retry_state == retry_state::maximum_attempts_reached);
  CHECK(failed.failure->message == "third");
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("the attempt that ends an activity names its number and the failure before it",
          "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("first"));
  w.pass(1s);
  w.hand.fail(w.hand.activity(), failure_of("second"));
  w.pass(2s);
  w.hand.complete(w.hand.activity());
  auto const started = w.get<e::activity_task_started>();
  CHECK(started.attempt == 3);
  REQUIRE(started.last_failure);
  CHECK(started.last_failure->message == "second");
  CHECK(w.count(event_type::activity_task_started) == 1);
}

BEHAVIOUR("a non-retryable failure is not tried again", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), application_failure("Odd", true));
  CHECK(w.get<e::activity_task_failed>().retry_state == retry_state::non_retryable_failure);
}

BEHAVIOUR("a failure whose type the policy names is not tried again, others are",
          "[activity][retry]") {
  w.begin_activity(with({.non_retryable_error_types = {"Bad", "Worse"}}));
  w.hand.fail(w.hand.activity(), application_failure("bad"));
  w.pass(1s);
  w.hand.fail(w.hand.activity(), application_failure("Worse"));
  CHECK(w.get<e::activity_task_failed>().retry_state == retry_state::non_retryable_failure);
}

BEHAVIOUR("a failure can say when to try again, once", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), application_failure("Odd", false, 30s));
  w.pass(30s - 1ns);
  CHECK_FALSE(w.hand.poll_activity());
  w.pass(1ns);
  fail_and_wait(w, 2s);
}

BEHAVIOUR("a wait of nothing queues the next attempt at once", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), application_failure("Odd", false, 0s));
  CHECK(w.hand.activity().token.attempt == 2);
}

BEHAVIOUR("an attempt knows when the activity was asked for and when it was queued itself",
          "[activity][retry]") {
  w.begin_activity(quick());
  w.pass(5s);
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.pass(3s);
  auto const second = w.hand.activity();
  CHECK(since_start(second.scheduled_time) == 0s);
  CHECK(since_start(second.attempt_scheduled_time) == 6s);
  CHECK(since_start(second.started_time) == 8s);
}

BEHAVIOUR("the answer of an earlier attempt is refused", "[activity][retry]") {
  w.begin_activity(quick());
  auto const first = w.hand.activity();
  w.hand.fail(first, failure_of("odd"));
  CHECK(error_of([&] { w.hand.complete(first); }) == errc::task_lost);
  w.pass(1s);
  auto const second = w.hand.activity();
  CHECK(error_of([&] { w.hand.complete(first); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.heartbeat(first); }) == errc::task_lost);
  w.hand.complete(second);
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

BEHAVIOUR("the next attempt has the details of the last heartbeat", "[activity][retry]") {
  w.begin_activity(quick());
  auto const first = w.hand.activity();
  w.hand.heartbeat(first, to_payloads(1));
  w.hand.heartbeat(first, to_payloads(2, std::string{"rows"}));
  w.hand.fail(first, failure_of("odd"));
  w.pass(1s);
  CHECK(w.hand.activity().heartbeat_details == to_payloads(2, std::string{"rows"}));
}

BEHAVIOUR("heartbeat details outlive an attempt that sent none", "[activity][retry]") {
  w.begin_activity(quick());
  auto const first = w.hand.activity();
  w.hand.heartbeat(first, to_payloads(7));
  w.hand.fail(first, failure_of("odd"));
  w.pass(1s);
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.pass(2s);
  CHECK(w.hand.activity().heartbeat_details == to_payloads(7));
}

BEHAVIOUR("a description shows the attempt and why the one before failed", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("odd weather"));
  auto const waiting = w.describe().pending_activities;
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].attempt == 2);
  CHECK_FALSE(waiting[0].started);
  CHECK(waiting[0].last_failure.find("odd weather") != std::string::npos);
  w.pass(1s);
  (void)w.hand.activity();
  CHECK(w.describe().pending_activities[0].started);
}

BEHAVIOUR("a retry that would begin after schedule-to-close is not tried", "[activity][retry]") {
  w.begin_activity({.schedule_to_close_timeout = 10s, .retry_policy = {.initial_interval = 10s}});
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  CHECK(w.get<e::activity_task_failed>().retry_state == retry_state::timeout);
}

BEHAVIOUR("an activity that backs off when its run ends is not tried again", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.terminate();
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_activity());
}

} // namespace perdure_test::conformance
