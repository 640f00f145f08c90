// Goal: no change of a history that a program can see goes unnoticed, and what nobody compares may
// change. Method: one change to a recording that fits, then a look at the words of the report.
#include "support/replay_checks.hpp"

#include <string>
#include <vector>

#include "generated_workflows.hpp"

using namespace perdure;
using namespace perdure_test::generated;
using perdure_test::change;
using perdure_test::golden;

namespace {

auto program() -> replayer {
  replayer made;
  made.add<GenTimerActivity, GenParent, GenPatch, GenCancel, GenCan, GenFail, GenLocal>();
  return made;
}

auto recording(std::string const& name) -> history {
  auto run = golden("generated-core-1.35/" + name);
  run.workflow_id = name;
  return run;
}

/// Replays a recording that must not fit: the report names both sides.
void refuses(history const& run, std::string const& one, std::string const& other) {
  auto const result = program().replay(run);
  CHECK_FALSE(result.ok());
  CHECK_THAT(result.problem, perdure_test::contains(one));
  CHECK_THAT(result.problem, perdure_test::contains(other));
}

void renumber(history& run) {
  for (std::size_t i = 0; i < run.events.size(); ++i)
    run.events[i].id = static_cast<event_id>(i) + 1;
}
void remove_event(history& run, event_id id) {
  run.events.erase(run.events.begin() + (id - 1));
  renumber(run);
}
template <class A>
void insert_event(history& run, event_id before, A attributes) {
  event e = run.events.at(static_cast<std::size_t>(before - 1));
  e.type = A::type;
  e.attributes = event_attributes::make(std::move(attributes));
  run.events.insert(run.events.begin() + (before - 1), e);
  renumber(run);
}
void swap_events(history& run, event_id a, event_id b) {
  auto& one = run.events.at(static_cast<std::size_t>(a - 1));
  auto& other = run.events.at(static_cast<std::size_t>(b - 1));
  std::swap(one, other);
  std::swap(one.id, other.id);
}

} // namespace

TEST_CASE("an activity of another type or id is refused by name", "[replay][nondeterminism]") {
  auto type = recording("timer_activity");
  change<events::activity_task_scheduled>(
      type, 0, [](auto& e) { e.activity_type = std::string_view{"other"}; });
  refuses(type, "activity type of the recorded event 'other'", "the workflow's command 'echo'");

  auto id = recording("timer_activity");
  change<events::activity_task_scheduled>(id, 0, [](auto& e) { e.activity_id = "77"; });
  refuses(id, "activity id of the recorded event '77'", "the workflow's command '1'");

  // Without Core's flag 1 a recording does not ask for that.
  change<events::workflow_task_completed>(id, 0, [](auto& e) { e.sdk_metadata.reset(); });
  CHECK(program().replay(id).ok());
}

TEST_CASE("a child of another type or id is refused by name", "[replay][nondeterminism]") {
  using initiated = events::start_child_workflow_execution_initiated;
  auto id = recording("parent_child");
  change<initiated>(id, 0, [](auto& e) { e.workflow_id = std::string_view{"zz"}; });
  refuses(id, "child workflow id of the recorded event 'zz'", "command 'parent_child-c1'");

  auto type = recording("parent_child");
  change<initiated>(type, 0, [](auto& e) { e.workflow_type = std::string_view{"Zz"}; });
  refuses(type, "child workflow type of the recorded event 'Zz'", "command 'GenChild'");
}

TEST_CASE("a timer that fires under another id is refused", "[replay][nondeterminism]") {
  auto run = recording("timer_activity");
  change<events::timer_fired>(run, 0, [](auto& e) { e.timer_id = "9"; });
  refuses(run, "the fired timer has id 9", "the workflow's timer has id 1");
}

TEST_CASE("commands in another order are refused", "[replay][nondeterminism]") {
  auto same_kind = recording("timer_activity");
  swap_events(same_kind, 10, 11);
  refuses(same_kind, "recorded event '2'", "command '1'");

  auto other_kind = recording("cancel_wait");
  swap_events(other_kind, 5, 6);
  refuses(other_kind, "history holds event 5 TimerStarted (timer id 1)",
          "the workflow issued ActivityTaskScheduled 'slow_hb' (activity id 1)");
}

TEST_CASE("a command that history does not hold is refused", "[replay][nondeterminism]") {
  auto last = recording("timer_activity");
  remove_event(last, 11);
  refuses(last, "the workflow issued ActivityTaskScheduled 'echo' (activity id 2)",
          "which history does not hold at event");

  auto first = recording("timer_activity");
  remove_event(first, 10);
  refuses(first, "recorded event '2'", "command '1'");

  auto only = recording("timer_activity");
  remove_event(only, 5);
  refuses(only, "the workflow issued TimerStarted (timer id 1)", "recorded: (nothing)");
}

TEST_CASE("an event that no command stands for is refused", "[replay][nondeterminism]") {
  events::marker_recorded marker{};
  marker.marker_name = std::string_view{"mine"};
  auto after = recording("timer_activity");
  insert_event(after, 6, marker);
  refuses(after, "no command for event 6 MarkerRecorded 'mine'", "current: (nothing)");

  auto before = recording("timer_activity");
  insert_event(before, 5, marker);
  refuses(before, "history holds event 5 MarkerRecorded 'mine'",
          "the workflow issued TimerStarted (timer id 1)");
}

TEST_CASE("a patch marker that the code does not ask for is refused unless it is deprecated",
          "[replay][nondeterminism][patch]") {
  auto renamed = recording("patches");
  change<events::marker_recorded>(renamed, 0,
                                  [](auto& e) { e.marker_name = std::string_view{"zz"}; });
  refuses(renamed, "event 5 MarkerRecorded 'zz'", "the workflow issued TimerStarted");

  auto other_id = recording("patches");
  change<events::marker_recorded>(other_id, 0,
                                  [](auto& e) { e = replay::make_patch_marker({"px", false}); });
  refuses(other_id, "event 5 MarkerRecorded 'core_patch' (id px)",
          "the workflow issued TimerStarted");

  auto deprecated = recording("patches");
  insert_event(deprecated, 5, replay::make_patch_marker({"gone", true}));
  CHECK_FALSE(program().replay(deprecated).ok()); // events further on refer to the old ids
  CHECK(program().replay(perdure_test::first_events(deprecated, 8)).ok());
  insert_event(deprecated, 6, *replay::make_change_version_upsert({"gone"}));
  CHECK(program().replay(perdure_test::first_events(deprecated, 9)).ok());
  change<events::marker_recorded>(deprecated, 0,
                                  [](auto& e) { e = replay::make_patch_marker({"gone", false}); });
  refuses(perdure_test::first_events(deprecated, 9), "MarkerRecorded 'core_patch' (id gone)",
          "MarkerRecorded 'core_patch' (id p1)");
}

TEST_CASE("a run that ended another way is refused", "[replay][nondeterminism]") {
  auto failed = recording("timer_activity");
  event& last = failed.events.back();
  last.type = event_type::workflow_execution_failed;
  last.attributes = event_attributes::make(events::workflow_execution_failed{});
  refuses(failed, "event 25 WorkflowExecutionFailed",
          "the workflow issued WorkflowExecutionCompleted");

  auto open = recording("timer_activity");
  open.events.pop_back();
  auto const result = program().replay(open);
  CHECK(result.ok());
  CHECK(result.finished);
  CHECK(perdure_test::identities(result.commands, perdure_test::ids::own) ==
        std::vector<std::string>{"WorkflowExecutionCompleted"});
}

TEST_CASE("a history with a gap, or that is no history, is refused", "[replay]") {
  auto gap = recording("timer_activity");
  gap.events.erase(gap.events.begin() + 6);
  refuses(gap, "event 8 follows event 6", "missing or out of order");

  auto twice = recording("timer_activity");
  insert_event(twice, 7, events::timer_fired{.timer_id = "1", .started_event_id = 5});
  refuses(twice, "event 7 TimerFired refers to event 5", "no open operation");

  auto stray = recording("timer_activity");
  change<events::activity_task_completed>(stray, 0, [](auto& e) { e.scheduled_event_id = 3; });
  refuses(stray, "event 13 ActivityTaskCompleted refers to event 3", "no open operation");

  refuses(history{}, "begins with", "WorkflowExecutionStarted");
  auto headless = recording("timer_activity");
  headless.events.erase(headless.events.begin());
  refuses(headless, "begins with", "WorkflowExecutionStarted");
}

TEST_CASE("what no SDK compares may change", "[replay]") {
  auto run = recording("timer_activity");
  change<events::timer_started>(run, 0, [](auto& e) {
    e.start_to_fire_timeout = 99s;
    e.timer_id = "9";
  });
  for (std::size_t n = 0; n < 3; ++n)
    change<events::activity_task_scheduled>(run, n, [](auto& e) {
      e.input = to_payloads(std::string{"another"}, 7);
      e.retry_policy.make().maximum_attempts = 99;
      e.start_to_close_timeout = 1s;
      e.schedule_to_close_timeout.reset();
      e.heartbeat_timeout = 9s;
      e.task_queue.name = std::string_view{"elsewhere"};
    });
  change<events::workflow_execution_completed>(run, 0, [](auto& e) { e.result = {}; });
  CHECK(program().replay(run).ok());

  auto parent = recording("parent_child");
  change<events::start_child_workflow_execution_initiated>(parent, 0, [](auto& e) {
    e.input = {};
    e.workflow_run_timeout = 5s;
    e.parent_close_policy = parent_close_policy::abandon;
  });
  change<events::signal_external_workflow_execution_initiated>(
      parent, 0, [](auto& e) { e.signal_name = std::string_view{"zz"}; });
  CHECK(program().replay(parent).ok());

  auto next = recording("continue_as_new");
  change<events::workflow_execution_continued_as_new>(next, 0, [](auto& e) { e.input = {}; });
  CHECK(program().replay(next).ok());

  auto failed = recording("failure_chain");
  change<events::workflow_execution_failed>(failed, 0, [](auto& e) { e.failure.reset(); });
  CHECK(program().replay(failed).ok());
}

TEST_CASE("arguments that the workflow cannot take are a problem, not a crash", "[replay]") {
  auto run = recording("timer_activity");
  change<events::workflow_execution_started>(
      run, 0, [](auto& e) { e.input = to_payloads(std::vector{1}); });
  auto const result = program().replay(run);
  CHECK_FALSE(result.ok());
  CHECK_FALSE(result.divergence);
  CHECK_FALSE(result.finished);
}

TEST_CASE("a workflow that is not registered is said to be missing", "[replay]") {
  auto const run = recording("timer_activity");
  CHECK_THROWS_WITH(std::move(replayer{}.add<GenCan>()).replay(run),
                    perdure_test::contains("no workflow is registered as 'GenTimerActivity' "
                                           "(registered: GenCan)"));
}
