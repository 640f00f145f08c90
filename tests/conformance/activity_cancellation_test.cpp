// Activities that are asked to stop, in each of their states.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("an activity that waits in its queue is cancelled at once", "[activity][cancel]") {
  w.begin_activity(quick());
  w.wake_and_decide({commands::cancel_activity(5)});
  auto const canceled = w.get<e::activity_task_canceled>();
  CHECK(canceled.scheduled_event_id == 5);
  CHECK(canceled.started_event_id == 0);
  CHECK(canceled.latest_cancel_requested_event_id ==
        w.last(event_type::activity_task_cancel_requested).id);
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("an activity that is asked for and cancelled in one task never runs",
          "[activity][cancel]") {
  w.begin({commands::activity("1", quick()), commands::cancel_activity(5)});
  CHECK(w.count(event_type::activity_task_scheduled) + w.count(event_type::workflow_task_failed) ==
        1);
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("an activity that backs off is cancelled at once", "[activity][cancel]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.wake_and_decide({commands::cancel_activity(5)});
  CHECK(w.count(event_type::activity_task_canceled) == 1);
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("the cancellation of a running attempt is told to its worker and ends nothing yet",
          "[activity][cancel]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  w.wake_and_decide({commands::cancel_activity(5)});
  REQUIRE(w.hand.cancelled.size() == 1);
  CHECK(w.hand.cancelled[0].scheduled_event_id == 5);
  CHECK(w.types().back() == event_type::activity_task_cancel_requested);
}

BEHAVIOUR("an attempt that stops as asked is cancelled, with its details", "[activity][cancel]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  w.wake_and_decide({commands::cancel_activity(5)});
  w.hand.stop(task, to_payloads(1));
  auto const canceled = w.get<e::activity_task_canceled>();
  CHECK(canceled.details == to_payloads(1));
  CHECK(canceled.started_event_id == w.last(event_type::activity_task_started).id);
  CHECK(w.types().back() == event_type::workflow_task_scheduled);
}

BEHAVIOUR("an attempt that completes all the same has completed", "[activity][cancel]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  w.wake_and_decide({commands::cancel_activity(5)});
  w.hand.complete(task, to_payloads(1));
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(1));
  CHECK(w.count(event_type::activity_task_canceled) == 0);
}

BEHAVIOUR("an attempt that fails after it was asked to stop is not tried again",
          "[activity][cancel]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  w.wake_and_decide({commands::cancel_activity(5)});
  w.hand.fail(task, failure_of("odd"));
  CHECK(w.get<e::activity_task_failed>().retry_state == retry_state::cancel_requested);
}

BEHAVIOUR("an attempt that times out after it was asked to stop is not tried again",
          "[activity][cancel]") {
  w.begin_activity({.start_to_close_timeout = 5s});
  (void)w.hand.activity();
  w.wake_and_decide({commands::cancel_activity(5)});
  w.pass(5s);
  CHECK(w.get<e::activity_task_timed_out>().retry_state == retry_state::cancel_requested);
}

BEHAVIOUR("an attempt that stops though nobody asked has failed", "[activity][cancel]") {
  w.begin_activity(quick());
  w.hand.stop(w.hand.activity(), {}, failure_of("the worker shuts down"));
  CHECK(w.count(event_type::activity_task_canceled) == 0);
  w.pass(1s);
  CHECK(w.hand.activity().token.attempt == 2);
}

BEHAVIOUR("an activity that completes while the task that cancels it runs has completed",
          "[activity][cancel]") {
  w.begin_activity(quick());
  auto const attempt = w.hand.activity();
  w.signal();
  auto const task = w.hand.workflow();
  w.hand.complete(attempt);
  w.hand.answer(task, {commands::cancel_activity(5)});
  CHECK(w.tail(4) ==
        event_types{event_type::activity_task_cancel_requested, event_type::activity_task_started,
                    event_type::activity_task_completed, event_type::workflow_task_scheduled});
}

BEHAVIOUR("the cancellation of an activity that has ended changes nothing", "[activity][cancel]") {
  w.begin_activity(quick());
  w.hand.complete(w.hand.activity());
  w.hand.decide({commands::cancel_activity(5)});
  CHECK(w.types().back() == event_type::activity_task_cancel_requested);
  CHECK(w.count(event_type::activity_task_canceled) == 0);
}

BEHAVIOUR("the cancellation of one activity leaves the others alone", "[activity][cancel]") {
  w.begin({commands::activity("1", quick()), commands::activity("2", quick())});
  w.wake_and_decide({commands::cancel_activity(5)});
  CHECK(id_of(w.hand.activity()) == "2");
  CHECK_FALSE(w.hand.poll_activity());
}

} // namespace perdure_test::conformance
