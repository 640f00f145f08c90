// Operators let a workflow go on from an earlier point, or begin another one from there.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using cause = perdure::workflow_task_failed_cause;

/// Lets "w" go on from an event, in a new run.
static auto reset(world& w, perdure::event_id event) -> perdure::workflow_execution {
  return w.backend.reset_workflow(
      {.execution = {"w", {}}, .event = event, .reason = "mended", .identity = "operator"});
}
static auto fork(world& w, perdure::event_id event, std::string id) -> perdure::workflow_execution {
  return w.backend.fork_workflow({.execution = {"w", {}}, .event = event, .workflow_id = id});
}

BEHAVIOUR("a reset begins a new run with the history up to its point and ends the old one",
          "[reset]") {
  auto const first = w.start().execution;
  w.hand.decide({commands::timer("1", 1h)});
  w.signal();
  w.hand.decide({commands::timer("2", 1h)});
  auto const second = reset(w, 4);
  CHECK_FALSE(second.run_id == first.run_id);
  CHECK(w.describe().execution == second);
  CHECK(w.describe(first).status == workflow_execution_status::terminated);
  auto const before = w.events_of(first);
  auto const after = w.events_of(second);
  REQUIRE(after.size() > 4);
  for (std::size_t i = 1; i < 3; ++i) CHECK(after[i] == before[i]);
  CHECK(after[3].type == event_type::workflow_task_failed);
  CHECK(w.get<e::workflow_task_failed>().cause == cause::reset_workflow);
  check_order(after);
}

BEHAVIOUR("the failed task of a reset names both runs and the reason", "[reset]") {
  auto const first = w.start().execution;
  w.hand.decide({});
  auto const second = reset(w, 4);
  auto const failed = w.get<e::workflow_task_failed>();
  CHECK(failed.base_run_id == first.run_id);
  CHECK(failed.new_run_id == second.run_id);
  CHECK(failed.failure->message.find("mended") != std::string::npos);
}

BEHAVIOUR("a run that was reset has a task with all of its events", "[reset]") {
  w.begin({});
  auto const second = reset(w, 4);
  auto const task = w.hand.workflow();
  CHECK(task.execution == second);
  CHECK(task.events.front().id == 1);
  w.hand.answer(task, {commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("signals after the point come again, those before are there already", "[reset][signal]") {
  w.start();
  w.signal("a");
  w.hand.decide();
  w.signal("b");
  w.hand.decide();
  w.signal("c");
  (void)reset(w, 5);
  CHECK(w.signals() == "abc");
}

BEHAVIOUR("a reset can leave out the signals after its point", "[reset][signal]") {
  w.begin({});
  w.signal("lost");
  (void)w.backend.reset_workflow({.execution = {"w", {}}, .event = 4, .reapply_signals = false});
  CHECK(w.signals().empty());
}

BEHAVIOUR("an event that is no task cannot be reset to", "[reset]") {
  w.begin({commands::timer("1", 1h)});
  for (perdure::event_id const event :
       {perdure::event_id{0}, perdure::event_id{1}, perdure::event_id{5}, perdure::event_id{99}})
    CHECK(error_of([&] { (void)reset(w, event); }) == errc::invalid_argument);
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("an activity that is open at the point begins anew", "[reset][activity]") {
  w.begin_activity(quick());
  w.hand.complete(w.hand.activity());
  w.hand.decide({});
  (void)reset(w, 9); // the start of the second task: the result is there
  CHECK(w.count(event_type::activity_task_completed) == 1);
  w.terminate();
  w.begin_activity(quick());
  w.signal();
  w.hand.decide({});
  w.hand.complete(w.hand.activity());
  (void)reset(w, 9);
  CHECK(w.hand.activity().token.attempt == 1);
}

BEHAVIOUR("timers that were set before the point keep their deadlines", "[reset][timer]") {
  w.begin({commands::timer("1", 10s)});
  w.signal();
  w.hand.decide({});
  w.pass(4s);
  (void)reset(w, 9);
  w.pass(6s);
  CHECK(w.when(event_type::timer_fired) == 10s);
}

BEHAVIOUR("a closed run can be reset, and a later open run of its id ends", "[reset]") {
  auto const first = w.start().execution;
  w.hand.decide({commands::complete()});
  auto const later = w.start().execution;
  auto const again = w.backend.reset_workflow({.execution = first, .event = 4});
  CHECK(w.describe(first).status == workflow_execution_status::completed);
  CHECK(w.describe(later).status == workflow_execution_status::terminated);
  CHECK(w.describe().execution == again);
}

BEHAVIOUR("who waits for a run that was reset gets the end of the new one", "[reset][wait]") {
  auto const first = w.start().execution;
  w.hand.decide({});
  (void)reset(w, 4);
  w.hand.decide({commands::complete(to_payloads(2))});
  CHECK(w.backend.wait_for_close(first).as<e::workflow_execution_completed>().result ==
        to_payloads(2));
}

BEHAVIOUR("a child that was asked for before the point tells the new run of its end",
          "[reset][child]") {
  w.begin_child();
  w.hand.decide();
  (void)reset(w, w.history().back().id);
  w.hand.decide();
  by_hand kids{w.backend, "kids"};
  kids.decide({commands::complete(to_payloads(7))});
  CHECK(w.get<e::child_workflow_execution_completed>().result == to_payloads(7));
}

BEHAVIOUR("a fork begins another workflow and leaves its base alone", "[fork]") {
  w.begin({commands::timer("1", 1h)});
  auto const length = w.history().size();
  auto const made = fork(w, 4, "other");
  CHECK(made.workflow_id == "other");
  CHECK(w.status() == workflow_execution_status::running);
  CHECK(w.history().size() == length);
  CHECK(w.hand.workflow().execution == made);
  CHECK(w.get<e::workflow_execution_started>("other").workflow_id == "other");
}

BEHAVIOUR("a fork needs an id that no open run has", "[fork]") {
  w.begin({});
  w.start_on("other", "elsewhere");
  CHECK(error_of([&] { (void)fork(w, 4, "other"); }) == errc::already_started);
  CHECK(error_of([&] { (void)fork(w, 4, "w"); }) == errc::already_started);
}

BEHAVIOUR("a fork leaves signals after its point out unless it is asked to take them",
          "[fork][signal]") {
  w.begin({});
  w.signal("late");
  (void)fork(w, 4, "without");
  CHECK(w.signals("without").empty());
  (void)w.backend.fork_workflow(
      {.execution = {"w", {}}, .event = 4, .workflow_id = "with", .reapply_signals = true});
  CHECK(w.signals("with") == "late");
}

BEHAVIOUR("what is not there cannot be reset or forked", "[reset][fork]") {
  CHECK(error_of([&] { (void)reset(w, 4); }) == errc::not_found);
  CHECK(error_of([&] { (void)fork(w, 4, "other"); }) == errc::not_found);
}

} // namespace perdure_test::conformance
