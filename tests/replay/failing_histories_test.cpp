// Recordings that must not fit: workflows that changed, or that once behaved in another way.
#include "support/replay_checks.hpp"

#include <string>

#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/timer.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::contains;
using perdure_test::golden;

namespace {

constexpr remote_activity<"say_hello", std::string(std::string)> say_hello;
constexpr remote_activity<"short_activity_async", int()> short_activity;

struct hello_parameters {
  std::string name{};
  bool should_wait{};
  bool should_error{};
  bool should_cause_nondeterminism{};
};

// As recorded, and then one timer more.
constexpr unsigned line_of_timer = __LINE__ + 4;
workflow<std::string> SayHelloWorkflow(hello_parameters parameters) {
  auto const greeting =
      co_await execute_activity<say_hello>(parameters.name, {.schedule_to_close_timeout = 60s});
  if (parameters.should_cause_nondeterminism) co_await sleep(100ms);
  co_return greeting;
}

workflow<void> QuickActivityWorkflow(double seconds) {
  auto const end = now() + duration{static_cast<std::int64_t>(seconds * 1e9)};
  do {
    co_await execute_activity<short_activity>({.schedule_to_close_timeout = 10s});
  } while (now() <= end);
}

// The same, deaf to cancellation.
workflow<void> swallows_cancellation(double seconds) {
  auto const end = now() + duration{static_cast<std::int64_t>(seconds * 1e9)};
  do {
    (void)co_await as_outcome(execute_activity<short_activity>({.schedule_to_close_timeout = 10s}));
  } while (now() <= end);
}

} // namespace

TEST_CASE("a timer that was added where history ends the run is named, and so is that end",
          "[replay][golden][nondeterminism]") {
  auto const run = golden("core-lineage/test_replayer_nondeterministic_history");
  auto const program = std::move(replayer{}.add<SayHelloWorkflow>());
  auto const result = program.replay(run);
  CHECK_THAT(result.problem, contains("history holds event 11 WorkflowExecutionCompleted"));
  CHECK_THAT(result.problem, contains("the workflow issued TimerStarted (timer id 1)"));
  CHECK_THAT(result.problem,
             contains("failing_histories_test.cpp:" + std::to_string(line_of_timer)));
  REQUIRE(result.divergence);
  CHECK(result.divergence->event == 11);
  CHECK_FALSE(result.finished);

  // The tasks before the change still fit.
  auto const first = program.replay_until(run, 3);
  CHECK(first.ok());
  CHECK(perdure_test::identities(first.commands, perdure_test::ids::own) ==
        perdure_test::recorded_commands(run, 3, perdure_test::ids::own));
}

// The recording SDK lost a cancellation that came in one task with the activity's result.
TEST_CASE("a cancellation that the recording worker lost is not lost here",
          "[replay][golden][nondeterminism][cancellation]") {
  auto const run = golden("core-lineage/test_replayer_swallowed_activity_cancellation");
  auto const program = std::move(replayer{}.add<QuickActivityWorkflow>());
  auto const result = program.replay(run);
  CHECK_THAT(result.problem,
             contains("event 48 ActivityTaskScheduled 'short_activity_async' (activity id 8)"));
  CHECK_THAT(result.problem, contains("the workflow issued WorkflowExecutionCanceled"));
  // All that came before fits.
  perdure_test::check_prefixes(program, perdure_test::first_events(run, 41));

  auto const deaf = std::move(replayer{}.add_as<swallows_cancellation>("QuickActivityWorkflow"));
  CHECK_FALSE(perdure_test::check_replays(deaf, run).finished);
}

TEST_CASE(
    "every task of a history that another program made is refused from the first difference on",
    "[replay][golden][nondeterminism]") {
  auto const run = golden("core-lineage/test_replayer_swallowed_activity_cancellation");
  auto const program = std::move(replayer{}.add<QuickActivityWorkflow>());
  auto other = run;
  perdure_test::change<events::activity_task_scheduled>(
      other, 2, [](auto& e) { e.activity_type = std::string_view{"other"}; });
  for (event const& e : other.events) {
    if (e.type != event_type::workflow_task_started) continue;
    CAPTURE(e.id);
    CHECK(program.replay_until(other, e.id).ok() == (e.id < 21));
  }
}
