// Cancelling and terminating runs, from outside and from each other.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("cancel asks a run to cancel itself, and ends nothing", "[cancel]") {
  w.begin({});
  w.cancel("too slow");
  auto const asked = w.get<e::workflow_execution_cancel_requested>();
  CHECK(asked.cause == "too slow");
  CHECK(asked.identity == "tester");
  CHECK(w.status() == workflow_execution_status::running);
  CHECK(w.hand.poll_workflow());
}

BEHAVIOUR("a second cancel is no error and leaves no second event", "[cancel]") {
  w.start();
  w.cancel("first");
  w.cancel("second");
  CHECK(w.count(event_type::workflow_execution_cancel_requested) == 1);
  CHECK(w.get<e::workflow_execution_cancel_requested>().cause == "first");
}

BEHAVIOUR("a second cancel while the first waits for the end of a task leaves one event",
          "[cancel]") {
  w.start();
  auto const task = w.hand.workflow();
  w.cancel("first");
  w.cancel("second");
  w.hand.answer(task);
  CHECK(w.count(event_type::workflow_execution_cancel_requested) == 1);
}

BEHAVIOUR("a run that gives in to its cancellation is cancelled, with its details", "[cancel]") {
  w.start();
  w.cancel();
  w.hand.decide({commands::cancel(to_payloads(7))});
  CHECK(w.status() == workflow_execution_status::canceled);
  CHECK(w.get<e::workflow_execution_canceled>().details == to_payloads(7));
}

BEHAVIOUR("a run may complete though it was asked to cancel itself", "[cancel]") {
  w.start();
  w.cancel();
  w.hand.decide({commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("cancelling a run leaves its activities, timers and children alone", "[cancel]") {
  w.begin(
      {commands::activity("1", quick()), commands::timer("1", 1h), commands::child("kid", "kids")});
  w.cancel();
  CHECK(w.status("kid") == workflow_execution_status::running);
  CHECK(w.describe().pending_timers_count == 1);
  CHECK(w.hand.poll_activity());
}

BEHAVIOUR("a run that is over cannot be cancelled or terminated", "[cancel][terminate]") {
  w.begin({commands::complete()});
  CHECK(error_of([&] { w.cancel(); }) == errc::already_closed);
  CHECK(error_of([&] { w.terminate(); }) == errc::already_closed);
  CHECK(w.types().back() == event_type::workflow_execution_completed);
}

BEHAVIOUR("terminate ends a run at once and says why and who", "[terminate]") {
  w.begin({commands::timer("1", 1h)});
  w.terminate("too slow");
  auto const ended = w.get<e::workflow_execution_terminated>();
  CHECK(ended.reason == "too slow");
  CHECK(ended.identity == "tester");
  CHECK(w.status() == workflow_execution_status::terminated);
}

BEHAVIOUR("a task that was out when its run was terminated takes no answer", "[terminate]") {
  w.start();
  auto const task = w.hand.workflow();
  w.terminate();
  CHECK(error_of([&] { w.hand.answer(task, {commands::complete()}); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.fail_task(task, "late"); }) == errc::task_lost);
  CHECK(w.types().back() == event_type::workflow_execution_terminated);
}

BEHAVIOUR("a run that is terminated while it waits in a queue is not handed out", "[terminate]") {
  w.start();
  w.terminate();
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("terminate with a run id ends that run and no other", "[terminate]") {
  auto const first = w.start().execution;
  w.hand.decide({commands::complete()});
  w.start();
  CHECK(error_of([&] { w.backend.terminate_workflow(first, "", ""); }) == errc::already_closed);
  CHECK(w.status() == workflow_execution_status::running);
}

BEHAVIOUR("history has one last event, whatever is tried after it", "[terminate]") {
  w.begin({commands::activity("1", quick()), commands::timer("1", 5s)});
  auto const attempt = w.hand.activity();
  w.signal();
  auto const task = w.hand.workflow();
  w.terminate();
  auto const length = w.history().size();
  (void)error_of([&] { w.hand.answer(task, {commands::complete()}); });
  (void)error_of([&] { w.hand.complete(attempt); });
  (void)error_of([&] { w.signal(); });
  (void)error_of([&] { w.cancel(); });
  w.pass(24h);
  CHECK(w.history().size() == length);
}

BEHAVIOUR("a run asks another one to cancel itself, in its own name", "[cancel][external]") {
  w.start_on("other", "elsewhere");
  auto const sender = w.start().execution;
  w.hand.decide({commands::cancel_workflow({"other", {}}, "please")});
  auto const asked = w.get<e::workflow_execution_cancel_requested>("other");
  CHECK(asked.cause == "please");
  CHECK(asked.external_workflow_execution == sender);
  CHECK(asked.external_initiated_event_id == 5);
  CHECK(w.get<e::external_workflow_execution_cancel_requested>().initiated_event_id == 5);
}

BEHAVIOUR("asking a workflow that is not there to cancel itself fails, and the sender is told",
          "[cancel][external]") {
  w.begin({commands::cancel_workflow({"nobody", {}})});
  auto const failed = w.get<e::request_cancel_external_workflow_execution_failed>();
  CHECK(failed.initiated_event_id == 5);
  CHECK(failed.cause == perdure::cancel_external_workflow_execution_failed_cause::
                            external_workflow_execution_not_found);
}

BEHAVIOUR("asking a run that is over to cancel itself fails, and the sender is told",
          "[cancel][external]") {
  w.start_on("other", "elsewhere");
  w.terminate("", "other");
  w.begin({commands::cancel_workflow({"other", {}})});
  CHECK(w.count(event_type::request_cancel_external_workflow_execution_failed) == 1);
}

BEHAVIOUR("a run that asks itself to cancel is told that there is no such run",
          "[cancel][external]") {
  w.begin({commands::cancel_workflow({"w", {}}, "self")});
  CHECK(w.count(event_type::workflow_execution_cancel_requested) == 0);
  CHECK(w.count(event_type::request_cancel_external_workflow_execution_failed) == 1);
}

BEHAVIOUR("asking a run twice to cancel itself is granted twice and recorded once there",
          "[cancel][external]") {
  w.start_on("other", "elsewhere");
  w.begin({commands::cancel_workflow({"other", {}}), commands::cancel_workflow({"other", {}})});
  CHECK(w.count(event_type::external_workflow_execution_cancel_requested) == 2);
  CHECK(w.count(event_type::workflow_execution_cancel_requested, "other") == 1);
}

BEHAVIOUR("a child in line can be asked to cancel itself by the task that asks for it",
          "[cancel][external]") {
  w.begin({commands::child("kid", "kids"), commands::cancel_workflow({"kid", {}})});
  CHECK(w.count(event_type::workflow_execution_cancel_requested, "kid") == 1);
}

} // namespace perdure_test::conformance
