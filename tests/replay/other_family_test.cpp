// What Temporal's Go SDK records in a form of its own: its versions replay as the patches that
// `get_version` makes of them, its other markers and orders are refused by name.
#include "support/replay_checks.hpp"

#include <string>
#include <utility>
#include <vector>

#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/execute_local_activity.hpp"
#include "perdure/workflow/handle_update.hpp"
#include "perdure/workflow/patch.hpp"
#include "perdure/workflow/run_facts.hpp"
#include "perdure/workflow/side_effect.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/timer.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::change;
using perdure_test::check_replays;
using perdure_test::contains;
using perdure_test::golden;

namespace {

constexpr remote_activity<"helloworldActivity", std::string(std::string)> hello;

workflow<void> Workflow2(std::string name) {
  (void)get_version("test-change", default_version, 1);
  upsert_search_attributes({{"CustomKeywordField", to_payload(std::string{"testkey"})}});
  (void)get_version("test-change-2", default_version, 1);
  if (get_version("test-change-3", default_version, 1) != 1)
    throw application_error{"the recorded version was not found"};
  co_await execute_activity<hello>(name, {.start_to_close_timeout = 60s, .activity_id = "12"});
}

workflow<void> VersionLoopWorkflow(std::string id, int times) {
  for (int i = 0; i < times; ++i)
    if (get_version(id + ":" + std::to_string(i), default_version, 1) != 1)
      throw application_error{"the recorded version was not found"};
  co_await sleep(1s);
}

/// Every version marker as the patch `<change>-<version>`, and the attribute after it sorted, as
/// Core writes both.
auto with_patches(history run) -> history {
  std::vector<std::string> patches;
  for (event& e : run.events) {
    if (e.type == event_type::marker_recorded) {
      auto const& was = *e.as<events::marker_recorded>().details;
      auto const id = std::get<0>(from_payloads<std::string>(was.at("change-id")));
      auto const version = std::get<0>(from_payloads<int>(was.at("version")));
      patches.push_back(id + "-" + std::to_string(version));
      e.attributes = event_attributes::make(replay::make_patch_marker({patches.back(), false}));
    } else if (replay::is_change_version_upsert(e)) {
      e.attributes = event_attributes::make(*replay::make_change_version_upsert(patches));
    }
  }
  // Core's flag 2: the attribute follows each patch.
  change<events::workflow_task_completed>(
      run, 0, [](auto& e) { e.sdk_metadata.make().core_used_flags = {2}; });
  return run;
}

constexpr remote_activity<"localActivity", std::string(std::string)> local;
workflow<void> calls_locally() {
  co_await execute_local_activity<local>("", {.schedule_to_close_timeout = 60s});
}
workflow<void> draws() {
  co_await side_effect([] {});
}
workflow<void> changes() {
  (void)get_version("test-change", default_version, 1), co_await sleep(1s);
}
workflow<void> sleeps() { co_await sleep(1s); }

constexpr remote_workflow<"ChildWorkflowWaitOnSignal", void()> waiting_child;
constexpr perdure::signal<bool> shutdown_signal{"shutdown"};
workflow<void> ChildWorkflowCancelWithUpdate() {
  auto const handler = handle(perdure::update<void()>{"update"}, []() -> workflow<void> {
    co_await execute_activity<hello>("world", {.start_to_close_timeout = 5s});
  });
  auto child = start_child_workflow<waiting_child>({.id = info().run_id + "_5"});
  co_await child.started();
  child.cancel();
  (void)co_await receive(shutdown_signal);
}

} // namespace

TEST_CASE("versions of another SDK replay as the patches that they are", "[replay][golden]") {
  auto const program = std::move(replayer{}.add<Workflow2, VersionLoopWorkflow>());
  CHECK(check_replays(program, with_patches(golden("go-lineage/workflow2"))).finished);

  auto loop = with_patches(golden("go-lineage/version-loop-workflow-10"));
  change<events::timer_started>(loop, 0, [](auto& e) { e.timer_id = "1"; });
  change<events::timer_fired>(loop, 0, [](auto& e) { e.timer_id = "1"; });
  CHECK(check_replays(program, loop).finished);
}

TEST_CASE("markers and operations of another SDK are refused by name", "[replay][golden]") {
  auto const refuses = [](auto& program, std::string const& name, std::string const& what) {
    CAPTURE(name);
    auto const result = program.replay(golden("go-lineage/" + name));
    CHECK(result.divergence);
    CHECK_THAT(result.problem, contains(what));
  };
  replayer local_twins{};
  local_twins.add_as<calls_locally>("LocalActivityWorkflow");
  local_twins.add_as<calls_locally>("WorkflowWithParallelLocalActivities");
  local_twins.add_as<draws>("SideEffectWorkflow").add_as<draws>("MutableSideEffectWorkflow");
  refuses(local_twins, "local-activity", "event 5 MarkerRecorded 'LocalActivity'");
  refuses(local_twins, "parallel-local-activities", "event 5 MarkerRecorded 'LocalActivity'");
  refuses(local_twins, "side-effect", "event 5 MarkerRecorded 'SideEffect'");
  refuses(local_twins, "mutable-side-effect", "event 5 MarkerRecorded 'MutableSideEffect'");

  replayer change_twins{};
  change_twins.add_as<changes>("Workflow2").add_as<changes>("VersionLoopWorkflow");
  refuses(change_twins, "workflow2", "event 5 MarkerRecorded 'Version'");
  refuses(change_twins, "version-loop-workflow-10", "event 5 MarkerRecorded 'Version'");

  replayer nexus_twins{};
  nexus_twins.add_as<sleeps>("CancelNexusOperationBeforeStartWorkflow");
  nexus_twins.add_as<sleeps>("CancelNexusOperationAfterStartWorkflow");
  refuses(nexus_twins, "nexus-cancel-before-start", "event 5 NexusOperationScheduled");
  refuses(nexus_twins, "nexus-cancel-after-start", "event 5 NexusOperationScheduled");
}

// Core hands over updates before what became of operations; the recording has it the other way.
TEST_CASE("an update that another SDK took after a child's start is a divergence that names both",
          "[replay][golden][update]") {
  auto const program = std::move(replayer{}.add<ChildWorkflowCancelWithUpdate>());
  auto const run = golden("derived-core-ids/child-workflow-cancel-with-update.core-ids");
  auto const result = program.replay(run);
  REQUIRE(result.divergence);
  CHECK(result.divergence->event == 10);
  CHECK_THAT(result.problem, contains("event 10 RequestCancelExternalWorkflowExecutionInitiated"));
  CHECK_THAT(result.problem, contains("WorkflowExecutionUpdateAccepted"));
}
