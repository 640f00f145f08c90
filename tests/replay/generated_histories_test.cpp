// Recordings made with the newest Core, of workflows written for the purpose, replayed in C++.
#include "support/replay_checks.hpp"

#include "generated_workflows.hpp"

using namespace perdure;
using namespace perdure_test::generated;
using perdure_test::check_replays;
using perdure_test::golden;

TEST_CASE("timers, parallel activities and a retried activity replay", "[replay][golden]") {
  auto const run = golden("generated-core-1.35/timer_activity");
  CHECK(check_replays(replayer{}.add<GenTimerActivity>(), run).finished);
}

TEST_CASE("children that end, are signalled and are cancelled replay", "[replay][golden]") {
  auto run = golden("generated-core-1.35/parent_child");
  run.workflow_id = std::string_view{"parent_child"}; // the server was too old to record it
  auto const program = std::move(replayer{}.add<GenParent>());
  CHECK(check_replays(program, run).finished);
  auto const [was, is] = perdure_test::last_result(program, run);
  CHECK(was == is);
}

TEST_CASE("local activities replay in the rounds in which they ended", "[replay][golden]") {
  auto const run = golden("generated-core-1.35/local_activities");
  auto const program = std::move(replayer{}.add<GenLocal>());
  CHECK(check_replays(program, run).finished);
  auto const [was, is] = perdure_test::last_result(program, run);
  CHECK(was == is);
}

TEST_CASE("patches, asked for twice and deprecated, replay", "[replay][golden]") {
  auto const run = golden("generated-core-1.35/patches");
  auto const program = std::move(replayer{}.add<GenPatch>());
  CHECK(check_replays(program, run).finished);
  auto const [was, is] = perdure_test::last_result(program, run);
  CHECK(was == is);
}

TEST_CASE("a cancelled run that cleans up behind a shield replays", "[replay][golden]") {
  auto const run = golden("generated-core-1.35/cancel_wait");
  CHECK(check_replays(replayer{}.add<GenCancel>(), run).finished);
}

TEST_CASE("continuing as new replays, with the arguments of the next run", "[replay][golden]") {
  auto const run = golden("generated-core-1.35/continue_as_new");
  auto const program = std::move(replayer{}.add<GenCan>());
  CHECK(check_replays(program, run).finished);
  using ended = events::workflow_execution_continued_as_new;
  CHECK(perdure_test::last_decision<ended>(program, run).input ==
        run.events.back().as<ended>().input);
}

TEST_CASE("a failure with its causes replays to the same chain", "[replay][golden]") {
  auto const run = golden("generated-core-1.35/failure_chain");
  auto const program = std::move(replayer{}.add<GenFail>());
  CHECK(check_replays(program, run).finished);
  using ended = events::workflow_execution_failed;
  failure const* was = run.events.back().as<ended>().failure.get();
  auto const now = perdure_test::last_decision<ended>(program, run);
  failure const* is = now.failure.get();
  for (; was != nullptr && is != nullptr; was = was->cause.get(), is = is->cause.get()) {
    CHECK(was->info.index() == is->info.index());
    if (auto const* info = std::get_if<application_failure_info>(&was->info)) {
      CHECK(was->message == is->message);
      CHECK(info->type == std::get<application_failure_info>(is->info).type);
    }
  }
  CHECK(was == nullptr);
  CHECK(is == nullptr);
}
