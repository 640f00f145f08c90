// Workflow tasks that fail, and answers that cannot be carried out.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using cause = perdure::workflow_task_failed_cause;

/// Answers the first task of "w" and gives the cause that it failed with.
static auto refused(world& w, std::vector<perdure::command> decided) -> cause {
  w.begin(std::move(decided));
  CHECK(w.types().back() == event_type::workflow_task_failed);
  return w.get<e::workflow_task_failed>().cause;
}
static void fail_next(world& w) { w.hand.fail_task(w.hand.workflow(), "broken"); }

BEHAVIOUR("a failed task leaves an event with its cause and reason and is tried again at once",
          "[task][failure]") {
  w.start();
  w.hand.fail_task(w.hand.workflow(), "broken at demo.cpp:7");
  auto const failed = w.get<e::workflow_task_failed>();
  CHECK(failed.cause == cause::workflow_worker_unhandled_failure);
  CHECK(failed.failure->message == "broken at demo.cpp:7");
  CHECK(failed.started_event_id == 3);
  CHECK(w.hand.workflow().token.attempt == 2);
}

BEHAVIOUR("a failed task is given with all events to whoever takes it next", "[task][failure]") {
  w.begin({});
  w.signal();
  fail_next(w);
  CHECK(w.hand.workflow().events.front().id == 1);
}

BEHAVIOUR("of the attempts of a task that keeps failing only the first leaves events",
          "[task][failure]") {
  w.start();
  fail_next(w);
  auto const length = w.history().size();
  for (int i = 0; i < 5; ++i) {
    w.pass(1h);
    fail_next(w);
    CHECK(w.history().size() == length);
  }
}

BEHAVIOUR("a failing task waits longer and longer, up to ten minutes", "[task][failure]") {
  w.start();
  perdure::duration const waits[] = {0s,  100ms, 1s,   2s,   4s,   8s,   16s,
                                     32s, 64s,   128s, 256s, 512s, 600s, 600s};
  for (perdure::duration const wait : waits) {
    fail_next(w);
    if (wait > 0s) {
      w.pass(wait - 1ns);
      CHECK_FALSE(w.hand.poll_workflow());
      w.pass(1ns);
    }
  }
  CHECK(w.hand.workflow().token.attempt == 15);
}

BEHAVIOUR("an attempt that succeeds at last writes the events of its task", "[task][failure]") {
  w.start();
  fail_next(w);
  w.hand.decide({commands::timer("1", 1s)});
  CHECK(w.types() ==
        event_types{event_type::workflow_execution_started, event_type::workflow_task_scheduled,
                    event_type::workflow_task_started, event_type::workflow_task_failed,
                    event_type::workflow_task_scheduled, event_type::workflow_task_started,
                    event_type::workflow_task_completed, event_type::timer_started});
  CHECK(w.get<e::workflow_task_scheduled>().attempt == 2);
}

BEHAVIOUR("history keeps the events that the worker of a late attempt was given",
          "[task][failure][history]") {
  w.begin({});
  for (int i = 0; i < 4'096; ++i) w.signal();
  for (int i = 0; i < 3; ++i) {
    w.pass(1min);
    fail_next(w);
  }
  w.pass(1min);
  auto const task = w.hand.workflow();
  w.pass(1s);
  w.hand.answer(task);
  auto const kept = w.history();
  REQUIRE(kept.size() > task.events.size());
  for (std::size_t i = 0; i < task.events.size(); ++i) CHECK(kept[i] == task.events[i]);
}

BEHAVIOUR("something new makes a failing task a first attempt again", "[task][failure]") {
  w.start();
  fail_next(w);
  auto const second = w.hand.workflow();
  w.signal();
  w.hand.fail_task(second, "broken");
  CHECK(w.hand.workflow().token.attempt == 1);
  CHECK(w.tail(4) ==
        event_types{event_type::workflow_task_failed, event_type::workflow_execution_signaled,
                    event_type::workflow_task_scheduled, event_type::workflow_task_started});
}

BEHAVIOUR("a signal to a run whose task backs off is kept and comes with the next attempt",
          "[task][failure]") {
  w.start();
  for (int i = 0; i < 3; ++i) {
    w.pass(1s);
    fail_next(w);
  }
  w.signal("kept");
  w.pass(1min);
  auto const task = w.hand.workflow();
  check_order(task.events);
  w.hand.answer(task, {commands::complete()});
  CHECK(w.signals() == "kept");
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("a run whose task fails can be terminated, and its task is void", "[task][failure]") {
  w.start();
  fail_next(w);
  w.terminate();
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(w.types().back() == event_type::workflow_execution_terminated);
}

BEHAVIOUR("a run does not end while events wait that its code has not seen", "[task][failure]") {
  for (auto const& end : {commands::complete(), commands::fail(failure_of("odd")),
                          commands::cancel(), commands::continue_as_new()}) {
    auto const run = w.start().execution;
    auto const task = w.hand.workflow();
    w.signal("unseen");
    w.hand.answer(task, {end});
    CHECK(w.get<e::workflow_task_failed>().cause == cause::unhandled_command);
    CHECK(w.describe(run).status == workflow_execution_status::running);
    CHECK(w.hand.workflow().events.end()[-3].type == event_type::workflow_execution_signaled);
    w.terminate();
  }
}

BEHAVIOUR("a run whose end was refused ends with the next answer", "[task][failure]") {
  w.start();
  auto const task = w.hand.workflow();
  w.signal("unseen");
  w.hand.answer(task, {commands::complete()});
  w.hand.decide({commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("signals that come again while a run continues as new go to the next run, in order",
          "[task][failure][signal]") {
  auto const run = w.start().execution;
  auto task = w.hand.workflow();
  w.signal("first");
  w.hand.answer(task, {commands::continue_as_new()});
  task = w.hand.workflow();
  w.signal("second");
  w.signal("third");
  w.hand.answer(task, {commands::continue_as_new()});
  CHECK(w.describe(run).status == workflow_execution_status::continued_as_new);
  w.signal("fourth");
  auto const next = w.hand.workflow();
  CHECK(w.signals() == "secondthirdfourth");
  w.hand.answer(next, {commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("what a run's last commands cause does not go to the next run with its signals",
          "[task][failure][signal]") {
  w.begin({commands::activity("1", quick())});
  auto const run = w.runs().front();
  w.signal("wakes");
  auto task = w.hand.workflow();
  w.signal("first");
  w.hand.answer(task, {commands::continue_as_new()});
  task = w.hand.workflow();
  w.signal("second");
  w.hand.answer(task, {commands::cancel_activity(5), commands::continue_as_new()});
  CHECK(w.describe(run).status == workflow_execution_status::continued_as_new);
  auto const next = w.hand.workflow();
  CHECK(w.signals() == "second");
  CHECK(w.count(event_type::activity_task_canceled) == 0);
  w.hand.answer(next, {commands::complete()});
}

BEHAVIOUR("a run that is asked to cancel sees that before it continues as new",
          "[task][failure][signal]") {
  auto const run = w.start().execution;
  auto task = w.hand.workflow();
  w.signal("first");
  w.hand.answer(task, {commands::continue_as_new()});
  task = w.hand.workflow();
  w.signal("second");
  w.cancel();
  w.hand.answer(task, {commands::continue_as_new()});
  CHECK(w.describe(run).status == workflow_execution_status::running);
  CHECK(w.signals() == "firstsecond");
  CHECK(w.count(event_type::workflow_execution_cancel_requested) == 1);
}

BEHAVIOUR("an answer is carried out whole or not at all", "[task][failure]") {
  w.begin({commands::timer("1", 1s), commands::activity("", quick()), commands::timer("2", 1s)});
  CHECK(w.count(event_type::timer_started) == 0);
  w.pass(1h);
  CHECK(w.fired().empty());
}

BEHAVIOUR("an activity without a timeout is refused", "[task][failure]") {
  CHECK(refused(w, {commands::activity("1", {})}) == cause::bad_schedule_activity_attributes);
}

BEHAVIOUR("an activity without an id, with too long a one or without a queue is refused",
          "[task][failure]") {
  CHECK(refused(w, {commands::activity("", quick())}) == cause::bad_schedule_activity_attributes);
  w.terminate();
  CHECK(refused(w, {commands::activity(std::string(1'001, 'x'), quick())}) ==
        cause::bad_schedule_activity_attributes);
  w.terminate();
  CHECK(refused(w, {commands::activity("1", quick(), "")}) ==
        cause::bad_schedule_activity_attributes);
}

BEHAVIOUR("two open activities of a run have two ids", "[task][failure]") {
  CHECK(refused(w, {commands::activity("1", quick()), commands::activity("1", quick())}) ==
        cause::schedule_activity_duplicate_id);
  w.terminate();
  w.begin({commands::activity("a", quick())});
  w.wake_and_decide({commands::activity("a", quick())});
  CHECK(w.get<e::workflow_task_failed>().cause == cause::schedule_activity_duplicate_id);
}

BEHAVIOUR("the id of an activity that has ended may be used again", "[task]") {
  w.begin_activity(quick());
  w.hand.complete(w.hand.activity());
  w.hand.decide({commands::activity("1", quick())});
  CHECK(w.count(event_type::activity_task_scheduled) == 2);
}

BEHAVIOUR("timers need ids that no other open timer of the run has", "[task][failure]") {
  CHECK(refused(w, {commands::timer("", 1s)}) == cause::bad_start_timer_attributes);
  w.terminate();
  CHECK(refused(w, {commands::timer(std::string(1'001, 'x'), 1s)}) ==
        cause::bad_start_timer_attributes);
  w.terminate();
  CHECK(refused(w, {commands::timer("1", 1s), commands::timer("1", 2s)}) ==
        cause::start_timer_duplicate_id);
}

BEHAVIOUR("the id of a timer that has fired or was cancelled may be used again", "[task]") {
  w.begin({commands::timer("1", 1s), commands::timer("2", 1h)});
  w.pass(1s);
  w.hand.decide({commands::cancel_timer("2", 6)});
  w.wake_and_decide({commands::timer("1", 1s), commands::timer("2", 2s)});
  w.pass(2s);
  CHECK(w.fired() == "112");
}

BEHAVIOUR("a child without an id, and the cancellation of no activity, are refused",
          "[task][failure]") {
  CHECK(refused(w, {commands::child("")}) == cause::bad_start_child_execution_attributes);
  w.terminate();
  CHECK(refused(w, {commands::cancel_activity(99)}) ==
        cause::bad_request_cancel_activity_attributes);
}

BEHAVIOUR("the cancellation of a timer that is not open is refused", "[task][failure][timer]") {
  w.begin({commands::timer("1", 1s), commands::timer("2", 1h)});
  w.pass(1s);
  w.hand.decide({commands::cancel_timer("1", 5)});
  CHECK(w.get<e::workflow_task_failed>().cause == cause::bad_cancel_timer_attributes);
  w.hand.decide({commands::cancel_timer("2", 6), commands::cancel_timer("2", 6)});
  CHECK(w.count(event_type::timer_canceled) == 0);
  w.pass(1min);
  w.hand.decide({commands::cancel_timer("3", 3)});
  w.pass(1min);
  w.hand.decide({commands::cancel_timer("2", 6)});
  CHECK(w.count(event_type::timer_canceled) == 1);
}

BEHAVIOUR("nothing may follow the command that ends a run", "[task][failure]") {
  w.begin({commands::complete(), commands::timer("1", 1s)});
  CHECK(w.status() == workflow_execution_status::running);
  CHECK(w.count(event_type::workflow_task_failed) == 1);
}

} // namespace perdure_test::conformance
