// What else operators do to single runs: pause, hurry, give results by hand, delete; and the
// record.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

static void pause(world& w) { w.backend.pause_workflow({"w", {}}, "maintenance", "operator"); }
static void unpause(world& w) { w.backend.unpause_workflow({"w", {}}, "done", "operator"); }
static void retry_now(world& w) {
  w.backend.retry_activity_now({"w", {}}, "1", "mended", "operator");
}
/// The names of what was done to "w", one after the other.
static auto acts(world& w) -> std::string {
  std::string all;
  for (auto const& each : w.backend.read_audit({"w", {}})) (all += each.what) += ' ';
  return all;
}

BEHAVIOUR("a paused run is shown as paused and has it in history", "[pause]") {
  w.begin({});
  pause(w);
  CHECK(w.status() == workflow_execution_status::paused);
  CHECK(w.ids({.status = workflow_execution_status::paused}) == "w");
  CHECK(w.get<e::workflow_execution_paused>().reason == "maintenance");
  unpause(w);
  CHECK(w.status() == workflow_execution_status::running);
  CHECK(w.types().back() == event_type::workflow_execution_unpaused);
}

BEHAVIOUR("a paused run hands out no workflow task, and hands out what waited afterwards",
          "[pause][task]") {
  w.start();
  pause(w);
  w.signal();
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(w.signals() == "wake");
  unpause(w);
  w.hand.decide();
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("a paused run hands out no activity, and hands out what waited afterwards",
          "[pause][activity]") {
  w.begin_activity(quick());
  pause(w);
  CHECK_FALSE(w.hand.poll_activity());
  unpause(w);
  CHECK(w.hand.poll_activity());
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("timers of a paused run fire into history at their time", "[pause][timer]") {
  w.begin({commands::timer("1", 5s)});
  pause(w);
  w.pass(1h);
  CHECK(w.when(event_type::timer_fired) == 5s);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("a task that is out when its run is paused can be answered", "[pause][task]") {
  w.start();
  auto const task = w.hand.workflow();
  pause(w);
  w.hand.answer(task, {commands::timer("1", 1h)});
  CHECK(w.count(event_type::timer_started) == 1);
}

BEHAVIOUR("a paused run can be terminated, and times out", "[pause]") {
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 5s;
  w.start(request);
  pause(w);
  w.pass(5s);
  CHECK(w.status() == workflow_execution_status::timed_out);
  w.start();
  pause(w);
  w.terminate();
  CHECK(w.status() == workflow_execution_status::terminated);
}

BEHAVIOUR("pausing what is paused or over, and unpausing what is not paused, is refused",
          "[pause]") {
  w.begin({});
  CHECK(error_of([&] { unpause(w); }) == errc::invalid_argument);
  pause(w);
  CHECK(error_of([&] { pause(w); }) == errc::invalid_argument);
  w.terminate();
  CHECK(error_of([&] { pause(w); }) == errc::already_closed);
  CHECK(error_of([&] { unpause(w); }) == errc::already_closed);
}

BEHAVIOUR("an activity that waits for its next attempt can be hurried", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  CHECK_FALSE(w.hand.poll_activity());
  retry_now(w);
  CHECK(w.hand.activity().token.attempt == 2);
  w.pass(10s);
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("an activity that does not wait cannot be hurried", "[activity][retry]") {
  w.begin_activity(quick());
  CHECK(error_of([&] { retry_now(w); }) == errc::invalid_argument);
  (void)w.hand.activity();
  CHECK(error_of([&] { retry_now(w); }) == errc::invalid_argument);
  CHECK(error_of([&] { w.backend.retry_activity_now({"w", {}}, "2", "", ""); }) == errc::not_found);
}

BEHAVIOUR("an open activity is completed by hand, and its attempt is refused",
          "[override][activity]") {
  auto const run = w.start().execution;
  w.hand.decide({commands::activity("1", quick())});
  auto const attempt = w.hand.activity();
  auto const goes_on = w.backend.override_activity_result(
      {.execution = run, .activity_id = "1", .result = to_payloads(9)});
  CHECK(goes_on == run);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(9));
  CHECK(error_of([&] { w.hand.complete(attempt, to_payloads(1)); }) == errc::task_lost);
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

BEHAVIOUR("an activity that has failed gets its result in a new run", "[override][activity]") {
  auto const run = w.start().execution;
  w.hand.decide({commands::activity("1", quick())});
  w.hand.fail(w.hand.activity(), application_failure("Odd", true));
  w.hand.decide({commands::fail(failure_of("gave up"))});
  auto const goes_on = w.backend.override_activity_result(
      {.execution = run, .activity_id = "1", .result = to_payloads(9)});
  CHECK_FALSE(goes_on.run_id == run.run_id);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(9));
  CHECK(w.count(event_type::activity_task_failed) == 0);
  check_order(w.history());
  w.hand.decide({commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("a result for an activity that is not there is refused", "[override]") {
  w.begin({});
  CHECK(error_of([&] {
          (void)w.backend.override_activity_result({.execution = {"w", {}}, .activity_id = "1"});
        }) == errc::not_found);
}

BEHAVIOUR("a deleted run is gone and its id is free", "[delete]") {
  auto const run = w.start().execution;
  w.hand.decide({commands::complete()});
  w.backend.delete_workflow(run, "tidy", "operator");
  CHECK(error_of([&] { (void)w.describe(run); }) == errc::not_found);
  CHECK(error_of([&] { (void)w.events_of(run); }) == errc::not_found);
  CHECK(w.ids().empty());
  perdure::start_workflow_request request{};
  request.id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate;
  CHECK(w.start(request).started);
}

BEHAVIOUR("of several runs of an id each can be deleted alone", "[delete]") {
  for (int i = 0; i < 3; ++i) w.begin({commands::complete(to_payloads(i))});
  auto const runs = w.runs();
  w.backend.delete_workflow(runs[1], "", "");
  CHECK(w.runs() == std::vector{runs[0], runs[2]});
  CHECK(w.describe().execution == runs[2]);
  w.backend.delete_workflow(runs[2], "", "");
  CHECK(w.describe().execution == runs[0]);
}

BEHAVIOUR("an open run that is deleted is terminated first, and its tasks are refused",
          "[delete]") {
  w.begin_child();
  w.hand.decide();
  by_hand kids{w.backend, "kids"};
  auto const task = kids.workflow();
  w.backend.delete_workflow({"kid", {}}, "", "");
  CHECK(w.count(event_type::child_workflow_execution_terminated) == 1);
  CHECK(error_of([&] { kids.answer(task); }) == errc::task_lost);
  CHECK(w.ids() == "w");
}

BEHAVIOUR("timers and tasks of a deleted run do nothing more", "[delete]") {
  w.begin({commands::timer("1", 5s), commands::activity("1", quick())});
  w.backend.delete_workflow({"w", {}}, "", "");
  CHECK_FALSE(w.hand.poll_activity());
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("what is done to a run from outside leaves a record, in order", "[audit]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  pause(w);
  unpause(w);
  retry_now(w);
  w.cancel();
  w.terminate();
  CHECK(acts(w) == "pause unpause retry_activity cancel terminate ");
}

BEHAVIOUR("a record says when, to which run, who and why", "[audit]") {
  auto const run = w.start().execution;
  w.pass(3s);
  pause(w);
  auto const records = w.backend.read_audit(run);
  REQUIRE(records.size() == 1);
  CHECK(since_start(records[0].time) == 3s);
  CHECK(records[0].run == run);
  CHECK(records[0].who == "operator");
  CHECK(records[0].why == "maintenance");
}

BEHAVIOUR("what is refused leaves no record, and the record outlives its run", "[audit][delete]") {
  w.begin({});
  CHECK(error_of([&] { unpause(w); }) == errc::invalid_argument);
  CHECK(acts(w).empty());
  w.terminate();
  w.backend.delete_workflow({"w", {}}, "tidy", "operator");
  CHECK(acts(w) == "terminate delete ");
}

} // namespace perdure_test::conformance
