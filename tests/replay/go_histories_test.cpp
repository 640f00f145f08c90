// Recordings of Temporal's Go SDK. It numbers timers and activities otherwise: those in which that
// matters were renumbered (derived-core-ids), the others are as they were recorded.
#include "support/replay_checks.hpp"

#include <cstdint>
#include <string>

#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/continue_as_new.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/run_facts.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/when_all.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::check_replays;
using perdure_test::golden;
using perdure_test::ids;

namespace {

constexpr remote_activity<"helloworldActivity", std::string(std::string)> hello;
constexpr remote_workflow<"TestChildWorkflow", std::string(std::string)> test_child;
constexpr remote_workflow<"ChildWorkflowWaitOnSignal", void()> waiting_child;

auto options() -> activity_options {
  return {
      .schedule_to_start_timeout = 60s, .start_to_close_timeout = 60s, .heartbeat_timeout = 20s};
}

workflow<void> ContinueAsNewWorkflow(bool again) {
  if (again) co_await continue_as_new<ContinueAsNewWorkflow>(false);
}

workflow<void> UpsertMemoWorkflow(std::string memo) {
  upsert_memo({{"Test key", to_payload(memo)}});
  memo = co_await execute_activity<hello>(memo, options());
  upsert_memo({{"Test key", to_payload(memo)}});
}

workflow<void> UpsertSearchAttributesWorkflow(std::string text) {
  upsert_search_attributes({{"CustomStringField", to_payload(text)}});
  text = co_await execute_activity<hello>(text, options());
  upsert_search_attributes({{"CustomStringField", to_payload(text)}});
}

workflow<std::string> ResetWorkflowWithChild() {
  co_return co_await execute_child_workflow<test_child>("CHILD INPUT");
}

// Cleans up after its cancellation, which reaches the pending timer.
workflow<void> CancelOrderSelectWorkflow() {
  auto const waited = co_await as_outcome(sleep(300s));
  if (waited) throw application_error{"the cancellation did not reach the timer"};
  co_await execute_activity<hello>("world", options());
}

struct trip {
  std::string ID{};
  int Total{};
};
constexpr perdure::signal<trip> trip_event{"trip_event"};
workflow<void> TripWorkflow(int trips) {
  for (int n = 0; n < 10; ++n) co_await receive(trip_event);
  co_await continue_as_new<TripWorkflow>(trips);
}

constexpr perdure::signal<> unblock{"unblock"};
workflow<void> DuplicateChildWorkflow() {
  auto child = start_child_workflow<waiting_child>({.id = "ABC-SIMPLE-CHILD-WORKFLOW-ID"});
  co_await child.started();
  co_await sleep(1s);
  co_await sleep(1s);
  co_await child.signal(unblock);
  co_await child;
}

// The cancellation came before the activity's result, though both came in one task.
workflow<void> CancelActivityCompletionBeforeWorkflowTaskStarted() {
  auto with_id = options();
  with_id.activity_id = "custom-activity-id";
  co_await execute_activity<hello>("world", with_id);
}

workflow<bool> AwaitWithTimeoutNoTimerCancelWorkflow() {
  auto const first = co_await when_any(sleep(100ms), sleep(10s));
  co_return first.index == 0;
}

workflow<void> TimerWf(std::int64_t nanoseconds) {
  auto const waited = co_await as_outcome(sleep(duration{nanoseconds}));
  if (waited) throw application_error{"the cancellation did not reach the timer"};
  co_await sleep(duration{nanoseconds});
}

auto program() -> replayer {
  replayer made;
  made.add<ContinueAsNewWorkflow, UpsertMemoWorkflow, UpsertSearchAttributesWorkflow,
           ResetWorkflowWithChild, CancelOrderSelectWorkflow, TripWorkflow, DuplicateChildWorkflow,
           CancelActivityCompletionBeforeWorkflowTaskStarted, AwaitWithTimeoutNoTimerCancelWorkflow,
           TimerWf>();
  return made;
}

} // namespace

TEST_CASE("recordings of another family of SDKs replay where their ids do not matter",
          "[replay][golden]") {
  for (std::string const name : {"continue-as-new", "upsert-memo-workflow", "search-attribute",
                                 "reset-workflow-before-child-init", "replay-tests-cancel-order"}) {
    CAPTURE(name);
    CHECK(check_replays(program(), golden("go-lineage/" + name), ids::foreign).finished);
  }
}

TEST_CASE("a history that ends between two workflow tasks replays unfinished", "[replay][golden]") {
  auto const result =
      check_replays(program(), golden("go-lineage/partial-replay-non-command-event"), ids::foreign);
  CHECK_FALSE(result.finished);
}

TEST_CASE("recordings with renumbered timers and activities replay", "[replay][golden]") {
  for (std::string const name : {"duplicate-child-workflow", "await-with-timeout-no-timer-cancel",
                                 "replay-tests-cancel-order"}) {
    CAPTURE(name);
    CHECK(check_replays(program(), golden("derived-core-ids/" + name + ".core-ids")).finished);
  }
}

TEST_CASE("a cancellation that comes with the timer's end comes first, as in history",
          "[replay][golden][cancellation]") {
  auto const run = golden("derived-core-ids/replay-tests-cancel-order-timer-resolved.core-ids");
  CHECK(check_replays(program(), run).finished);
}

TEST_CASE("a cancellation that comes before an activity's result ends the run as cancelled",
          "[replay][golden][cancellation]") {
  auto const run =
      golden("derived-core-ids/cancel-activity-completion-before-workflow-task-started.core-ids");
  CHECK(check_replays(program(), run).finished);
}

TEST_CASE("a cancellation survives workflow tasks that fail and time out",
          "[replay][golden][cancellation]") {
  auto const run = golden("derived-core-ids/unhandled_cmd_timer_cancel.core-ids");
  CHECK_FALSE(check_replays(program(), run).finished);
}
