// Recordings of Temporal's feature specifications, and of the Go workflow behind several others,
// with its version markers turned into patches.
#include "support/replay_checks.hpp"

#include <string>
#include <vector>

#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/run_facts.hpp"
#include "perdure/workflow/signal.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::check_replays;
using perdure_test::contains;
using perdure_test::golden;
using perdure_test::ids;

namespace {

constexpr remote_activity<"SleepActivity", void()> sleep_activity;
constexpr remote_activity<"AlwaysFailActivity", void()> go_failing;
constexpr remote_activity<"AlwaysFail", void()> java_failing;
constexpr remote_activity<"helloworldActivity", std::string(std::string)> hello;
constexpr perdure::signal<> resume{"resume"};

// Starts activities that it does not await; one ends between a task's scheduling and its start.
workflow<void> starts_without_awaiting() {
  co_await receive(resume);
  auto first = start_activity<sleep_activity>({.start_to_close_timeout = 60s});
  auto second = start_activity<sleep_activity>({.start_to_close_timeout = 60s});
  auto const ended = co_await as_outcome(receive(resume));
  if (ended) throw application_error{"a second signal came"};
}

workflow<void> go_retry() {
  co_await execute_activity<go_failing>(
      {.schedule_to_close_timeout = 60s,
       .retry_policy = {.initial_interval = 1ns, .backoff_coefficient = 1, .maximum_attempts = 5}});
}
workflow<void> java_retry() {
  co_await execute_activity<java_failing>(
      {.schedule_to_close_timeout = 60s,
       .retry_policy = {.backoff_coefficient = 1, .maximum_attempts = 5},
       .activity_id = "e5e9ab84-b44d-3ab6-af01-cd75307077ba"});
}

workflow<void> Workflow1(std::string name) {
  if (!patched<"test-change">()) throw application_error{"the recorded patch was not found"};
  for (auto const* id : {"7", "13", "19"}) {
    co_await execute_activity<hello>(
        name, {.schedule_to_start_timeout = 60s, .start_to_close_timeout = 60s, .activity_id = id});
  }
}

/// The recording with the marker that Core would have written in place of Go's. Core's flag 1 has
/// ids and types compared.
auto with_core_patch(history run, std::vector<std::uint32_t> flags) -> history {
  perdure_test::change<events::workflow_task_completed>(
      run, 0, [&](auto& e) { e.sdk_metadata.make().core_used_flags = flags; });
  perdure_test::change<events::marker_recorded>(
      run, 0, [](auto& e) { e = replay::make_patch_marker({"test-change", false}); });
  perdure_test::change<events::upsert_workflow_search_attributes>(
      run, 0, [](auto& e) { e = *replay::make_change_version_upsert({"test-change"}); });
  return run;
}

} // namespace

TEST_CASE("activities that nobody awaits end without disturbing a replay", "[replay][golden]") {
  auto const run = golden("features/activity_start_race.manual");
  auto const program = std::move(replayer{}.add_as<starts_without_awaiting>("Workflow"));
  CHECK(check_replays(program, run, ids::foreign).finished);
}

TEST_CASE("an activity that failed for good fails the run with the recorded chain",
          "[replay][golden]") {
  auto const go = golden("features/retry_on_error.go.v1.5.0");
  auto const go_program = std::move(replayer{}.add_as<go_retry>("Workflow"));
  auto const java = golden("features/retry_on_error.java.1.0.6");
  auto const java_program = std::move(replayer{}.add_as<java_retry>("SimpleWorkflow"));
  CHECK(check_replays(go_program, go, ids::foreign).finished);
  CHECK(check_replays(java_program, java).finished);

  using failed = events::workflow_execution_failed;
  auto const why = perdure_test::last_decision<failed>(java_program, java).failure;
  auto const& was = java.events.back().as<failed>().failure;
  REQUIRE(why);
  REQUIRE(why->cause);
  CHECK(why->message == was->message);
  auto const& info = std::get<activity_failure_info>(why->info);
  auto const& was_info = std::get<activity_failure_info>(was->info);
  CHECK(info.activity_type == was_info.activity_type);
  CHECK(info.activity_id == was_info.activity_id);
  CHECK(info.scheduled_event_id == was_info.scheduled_event_id);
  CHECK(info.started_event_id == was_info.started_event_id);
  CHECK(info.identity == was_info.identity);
  CHECK(info.retry_state == was_info.retry_state);
  CHECK(*why->cause == *was->cause);
}

TEST_CASE("a version of another SDK replays as the patch that it is", "[replay][golden]") {
  auto const program = std::move(replayer{}.add<Workflow1>());
  auto const run = golden("go-lineage/workflow1");
  CHECK_THAT(program.replay(run).problem, contains("event 5 MarkerRecorded 'Version'"));
  CHECK(check_replays(program, with_core_patch(run, {2})).finished);
}

TEST_CASE("an unknown event is skipped only when the server says so", "[replay][golden]") {
  auto const program = std::move(replayer{}.add<Workflow1>());
  auto const good = with_core_patch(golden("go-lineage/workflow_with_unknown_event"), {1, 2});
  auto const bad = with_core_patch(golden("go-lineage/workflow_with_bad_unknown_event"), {1, 2});
  CHECK(check_replays(program, good).finished);
  auto const result = program.replay(bad);
  CHECK_THAT(result.problem, contains("event 23"));
  CHECK_THAT(result.problem, contains("UnknownEvent"));
  CHECK_FALSE(result.divergence);
}

TEST_CASE("an activity of another type than the recorded one is refused", "[replay][golden]") {
  auto const program = std::move(replayer{}.add<Workflow1>());
  auto const run = golden("go-lineage/bad-history-2");
  CHECK_FALSE(program.replay(run).ok());
  // Without Core's flag 1 a recording does not ask for that comparison.
  CHECK(program.replay(with_core_patch(run, {2})).ok());

  auto const result = program.replay(with_core_patch(run, {1, 2}));
  CHECK_THAT(result.problem, contains("activity type of the recorded event 'BAD ACTIVITY'"));
  CHECK_THAT(result.problem, contains("the workflow's command 'helloworldActivity'"));
  REQUIRE(result.divergence);
  CHECK(result.divergence->event == 19);
}
