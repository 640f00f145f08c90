// Timers and activities go on where they were when the place is opened again.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

DURABLE_BEHAVIOUR("virtual time goes on where it stood", "[timer]") {
  w.pass(7s);
  w.reopen();
  CHECK(w.now() == 7s);
}

DURABLE_BEHAVIOUR("a timer fires at the moment that was set, however often the place is opened",
                  "[timer]") {
  w.begin({commands::timer("1", 10s)});
  for (int i = 0; i < 3; ++i) {
    w.pass(3s);
    w.reopen();
  }
  w.pass(1h);
  CHECK(w.when(event_type::timer_fired) == 10s);
  CHECK(w.fired() == "1");
}

DURABLE_BEHAVIOUR("timers with one deadline still fire in the order in which they were set",
                  "[timer]") {
  w.begin({commands::timer("c", 2s), commands::timer("a", 2s), commands::timer("b", 1s)});
  w.pass(1s);
  w.hand.decide({commands::timer("d", 1s)});
  w.reopen();
  w.pass(1s);
  CHECK(w.fired() == "bcad");
}

DURABLE_BEHAVIOUR("a cancelled timer stays cancelled, a fired one does not fire again", "[timer]") {
  w.begin({commands::timer("1", 1s), commands::timer("2", 2s)});
  w.pass(1s);
  w.hand.decide({commands::cancel_timer("2", 6)});
  w.reopen();
  w.pass(1h);
  CHECK(w.fired() == "1");
}

DURABLE_BEHAVIOUR("a timer that fired while a task was worked on has fired once", "[timer][task]") {
  w.begin({commands::timer("1", 1s)});
  w.signal();
  (void)w.hand.workflow();
  w.pass(2s);
  w.reopen();
  w.pass(1h);
  w.hand.decide();
  CHECK(w.fired() == "1");
}

DURABLE_BEHAVIOUR("an activity that waits in its queue is handed out", "[activity]") {
  w.begin_activity(quick());
  w.reopen();
  auto const task = w.hand.activity();
  CHECK(task.token.attempt == 1);
  w.hand.complete(task, to_payloads(7));
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(7));
}

DURABLE_BEHAVIOUR("activities keep their order in their queue", "[activity][queue]") {
  std::vector<perdure::command> decided;
  for (char const* const id : {"1", "2", "3", "4", "5"})
    decided.push_back(commands::activity(id, quick()));
  w.begin(std::move(decided));
  w.hand.complete(w.hand.activity());
  w.reopen();
  std::string order;
  while (auto const task = w.hand.poll_activity()) order += id_of(*task);
  CHECK(order == "2345");
}

DURABLE_BEHAVIOUR("a completed activity is not run again", "[activity]") {
  w.begin_activity(quick());
  w.hand.complete(w.hand.activity(), to_payloads(7));
  check_same_after_reopening(w);
  w.pass(2h);
  CHECK_FALSE(w.hand.poll_activity());
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

DURABLE_BEHAVIOUR("a result that came while a task was worked on is kept and counts once",
                  "[activity][task]") {
  w.begin_activity(quick());
  auto const attempt = w.hand.activity();
  w.signal();
  (void)w.hand.workflow();
  w.hand.complete(attempt, to_payloads(7));
  w.reopen();
  CHECK_FALSE(w.hand.poll_activity());
  w.pass(10s);
  w.hand.decide();
  CHECK(w.count(event_type::activity_task_completed) == 1);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(7));
}

DURABLE_BEHAVIOUR("an attempt that was under way when its worker died is tried again",
                  "[activity]") {
  w.begin_activity(quick());
  auto const before = w.hand.activity();
  w.reopen();
  w.pass(1h);
  CHECK(error_of([&] { w.hand.complete(before); }) == errc::task_lost);
  auto const task = w.hand.activity();
  CHECK(task.token.attempt == 2);
  w.hand.complete(task);
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

DURABLE_BEHAVIOUR("an attempt under way that was the only one allowed has ended the activity",
                  "[activity][retry]") {
  auto options = quick();
  options.retry_policy.maximum_attempts = 1;
  w.begin_activity(options);
  (void)w.hand.activity();
  w.reopen();
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_activity());
  CHECK(w.describe().pending_activities.empty());
}

DURABLE_BEHAVIOUR("attempts, waits and failures of activities are kept", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("first"));
  w.pass(1s);
  w.hand.fail(w.hand.activity(), failure_of("odd weather"));
  w.reopen();
  auto const seen = w.describe().pending_activities;
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].attempt == 3);
  CHECK(seen[0].last_failure.find("odd weather") != std::string::npos);
  w.pass(2s - 1ns);
  CHECK_FALSE(w.hand.poll_activity());
  w.pass(1ns);
  auto const third = w.hand.activity();
  CHECK(third.token.attempt == 3);
  CHECK(since_start(third.scheduled_time) == 0s);
}

DURABLE_BEHAVIOUR("heartbeat details are kept for the next attempt", "[activity]") {
  w.begin_activity(quick());
  auto const first = w.hand.activity();
  w.hand.heartbeat(first, to_payloads(1));
  w.hand.heartbeat(first, to_payloads(2));
  w.reopen();
  w.pass(1h);
  CHECK(w.hand.activity().heartbeat_details == to_payloads(2));
}

DURABLE_BEHAVIOUR("schedule-to-close counts on", "[activity][timeout]") {
  w.begin_activity({.schedule_to_close_timeout = 10s});
  w.pass(4s);
  w.reopen();
  w.pass(1h);
  CHECK(w.when(event_type::activity_task_timed_out) == 10s);
}

DURABLE_BEHAVIOUR("a cancelled activity stays cancelled", "[activity][cancel]") {
  w.begin_activity(quick());
  w.wake_and_decide({commands::cancel_activity(5)});
  check_same_after_reopening(w);
  CHECK_FALSE(w.hand.poll_activity());
}

DURABLE_BEHAVIOUR("an attempt that was asked to stop and lost is not tried again",
                  "[activity][cancel]") {
  w.begin_activity(quick());
  (void)w.hand.activity();
  w.wake_and_decide({commands::cancel_activity(5)});
  w.reopen();
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_activity());
  CHECK(w.describe().pending_activities.empty());
}

} // namespace perdure_test::conformance
