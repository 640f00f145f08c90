// Recordings of Temporal's SDKs over Core, older ones, replayed with the same workflows in C++.
#include "support/replay_checks.hpp"

#include <string>
#include <vector>

#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/execute_local_activity.hpp"
#include "perdure/workflow/run_facts.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/when_all.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::check_replays;
using perdure_test::golden;

namespace {

constexpr remote_activity<"say_hello", std::string(std::string)> say_hello;
constexpr remote_activity<"fakeProgress", void()> fake_progress;
constexpr remote_activity<"noopActivity", void()> noop;
constexpr remote_activity<"delay", void(std::string)> delay;

constexpr perdure::signal<> never{"never"};

struct hello_parameters {
  std::string name{};
  bool should_wait{};
  bool should_error{};
  bool should_cause_nondeterminism{};
};

workflow<std::string> SayHelloWorkflow(hello_parameters parameters) {
  auto const greeting =
      co_await execute_activity<say_hello>(parameters.name, {.schedule_to_close_timeout = 60s});
  if (parameters.should_wait) co_await receive(never);
  co_return greeting;
}

// Signals that came while the workflow was down are handled before the activity's result.
constexpr perdure::signal<std::string> dosig{"dosig"};

workflow<void> greet(std::string queue, std::vector<std::string>& trace) {
  trace.push_back("act-start");
  co_await execute_activity<say_hello>("Enchi",
                                       {.schedule_to_close_timeout = 30s, .task_queue = queue});
  trace.push_back("act-done");
}
workflow<void> count_signals(std::vector<std::string>& trace) {
  for (int counter = 0; counter < 2; ++counter) {
    auto const name = co_await receive(dosig);
    trace.push_back("sig-" + name);
  }
  trace.push_back("counter-2");
}
workflow<std::vector<std::string>> ActivityAndSignalsWhileWorkflowDown(std::string queue) {
  std::vector<std::string> trace;
  co_await when_all(greet(queue, trace), count_signals(trace));
  co_return trace;
}

constexpr perdure::signal<> activity_started{"activityStarted"};

workflow<void> cancelFakeProgress() {
  auto progress = start_activity<fake_progress>(
      {.start_to_close_timeout = 200s,
       .cancellation_type = cancellation_type::wait_cancellation_completed});
  co_await receive(activity_started);
  progress.cancel();
  auto const outcome = co_await as_outcome(progress);
  if (outcome) throw application_error{"the activity was not cancelled"};
}

// A scope with a timeout. The SDK once left its timer running, and cancels it since.
workflow<void> leaves_timer() {
  auto timer = start_timer(10s);
  co_await execute_activity<noop>({.schedule_to_close_timeout = 10s});
}
workflow<void> cancels_timer() {
  auto timer = start_timer(10s);
  co_await execute_activity<noop>({.schedule_to_close_timeout = 10s});
  timer.cancel();
}

workflow<void> writes_change_markers() {
  co_await sleep(patched<"integ_test_change_name">() ? 100ms : 200ms);
  co_await sleep(200ms);
  co_await sleep(patched<"integ_test_change_name">() ? 100ms : 200ms);
}

workflow<void> evict_while_la_running_no_interference() {
  // Its marker is there: a replay takes what it says, and never calls the function.
  co_await execute_local_activity<delay>("hi!", {.start_to_close_timeout = 20s});
  co_await execute_activity<delay>("hi!", {.start_to_close_timeout = 20s});
}

workflow<void> waits_a_second() { co_await sleep(1s); }

} // namespace

TEST_CASE("a recorded activity run replays to its end", "[replay][golden]") {
  auto const program = std::move(replayer{}.add<SayHelloWorkflow>());
  auto const run = golden("core-lineage/test_replayer_complete_history");
  CHECK(check_replays(program, run).finished);
  auto const [recorded, current] = perdure_test::last_result(program, run);
  CHECK(recorded == current);
}

TEST_CASE("signals that came while no worker ran are seen before an activity's result",
          "[replay][golden]") {
  auto const program = std::move(replayer{}.add<ActivityAndSignalsWhileWorkflowDown>());
  auto const run = golden("core-lineage/test_replayer_event_tracing_alternate");
  CHECK(check_replays(program, run).finished);
  auto const [recorded, current] = perdure_test::last_result(program, run);
  CHECK(std::get<0>(from_payloads<std::vector<std::string>>(current)) ==
        std::get<0>(from_payloads<std::vector<std::string>>(recorded)));
}

TEST_CASE("an activity that waits for its cancellation replays", "[replay][golden]") {
  auto const run = golden("core-lineage/cancel_fake_progress_history");
  CHECK(check_replays(replayer{}.add<cancelFakeProgress>(), run).finished);
}

TEST_CASE("a timer that the code leaves running, and one that it cancels, both replay",
          "[replay][golden]") {
  auto const old_run = golden("core-lineage/lang_flags_replay_correctly_1_9_3");
  auto const new_run = golden("core-lineage/lang_flags_replay_correctly_1_11_2");
  auto const leaving = std::move(replayer{}.add_as<leaves_timer>("langFlagsReplayCorrectly"));
  auto const cancelling = std::move(replayer{}.add_as<cancels_timer>("langFlagsReplayCorrectly"));
  CHECK(check_replays(leaving, old_run).finished);
  CHECK(check_replays(cancelling, new_run).finished);
  CHECK_FALSE(leaving.replay(new_run).ok());
  CHECK_FALSE(cancelling.replay(old_run).ok());
}

TEST_CASE("a history that ends with a completed task that decided nothing replays unfinished",
          "[replay][golden]") {
  auto const run = golden("core-lineage/ends_empty_wft_complete");
  auto const result = check_replays(replayer{}.add<SayHelloWorkflow>(), run);
  CHECK_FALSE(result.finished);
  CHECK(result.commands.empty());
}

TEST_CASE("patch markers in the old form replay", "[replay][golden]") {
  auto const run = golden("core-lineage/old_change_marker_format");
  CHECK(check_replays(replayer{}.add<writes_change_markers>(), run).finished);
}

TEST_CASE("local activities that outlived workflow tasks replay from their markers",
          "[replay][golden]") {
  auto const program = std::move(replayer{}.add<evict_while_la_running_no_interference>());
  CHECK_FALSE(check_replays(
                  program, golden("core-lineage/evict_while_la_running_no_interference-85_history"))
                  .finished);
  CHECK_FALSE(check_replays(
                  program, golden("core-lineage/evict_while_la_running_no_interference-16_history"))
                  .finished);

  auto const corrupt = golden("core-lineage/evict_while_la_running_no_interference-23_history");
  perdure_test::check_prefixes(program, perdure_test::first_events(corrupt, 21));
  CHECK(program.replay(perdure_test::first_events(corrupt, 24)).finished);
  auto const result = program.replay(corrupt); // a second schedule, written by a faulty worker
  CHECK_THAT(result.problem, perdure_test::contains("event 25 ActivityTaskScheduled 'delay'"));
}

// Timers were once numbered from 0. With the numbers of today the recordings fit.
TEST_CASE("a timer's recorded id must be the one that the workflow allots", "[replay][golden]") {
  for (auto const& [file, type] : {std::pair{"timer_workflow_history", "timer_workflow_NqA7v+rB"},
                                   std::pair{"fail_wf_task", "fail_wf_task_PITR/89Y"}}) {
    CAPTURE(file);
    auto const program = std::move(replayer{}.add_as<waits_a_second>(type));
    auto run = golden(std::string{"core-lineage/"} + file);
    auto const refused = program.replay(run);
    CHECK_THAT(refused.problem,
               perdure_test::contains("the fired timer has id 0, the workflow's timer has id 1"));
    CHECK(refused.divergence);

    perdure_test::change<events::timer_started>(run, 0, [](auto& e) { e.timer_id = "1"; });
    perdure_test::change<events::timer_fired>(run, 0, [](auto& e) { e.timer_id = "1"; });
    CHECK(check_replays(program, run).finished);
  }
}
