// Recordings with signals and updates, of Temporal's SDKs, replayed with the same workflows in C++.
#include "support/replay_checks.hpp"

#include <map>
#include <string>
#include <vector>

#include "perdure/workflow/execute_local_activity.hpp"
#include "perdure/workflow/handle_update.hpp"
#include "perdure/workflow/member_message.hpp"
#include "perdure/workflow/on_signal.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/wait_until.hpp"
#include "perdure/workflow/when_all.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::check_replays;
using perdure_test::golden;
using perdure_test::ids;

namespace {

constexpr remote_activity<"say_hello", std::string(std::string)> say_hello;
constexpr remote_activity<"Echo", int(int, int)> echo;
constexpr remote_activity<"delay", void(std::int64_t)> delay;
constexpr remote_activity<"hold", void(std::int64_t)> hold;

class GenMessages {
public:
  workflow<std::vector<std::string>> run() {
    co_await wait_until([this] { return done_; });
    co_return seen_;
  }
  workflow<void> sig(std::string text) {
    seen_.push_back("s:" + text);
    co_return;
  }
  [[nodiscard]] auto get() const -> std::vector<std::string> { return seen_; }
  workflow<std::string> upd(std::string text) {
    seen_.push_back("u:" + text);
    co_await sleep(100ms);
    seen_.push_back("ud:" + text);
    co_return "ok-" + text;
  }
  void check_upd(std::string const& text) const {
    if (text == "bad") throw application_error{"rejected"};
  }
  int finish() {
    done_ = true;
    return static_cast<int>(seen_.size());
  }
  using messages = perdure::messages<&GenMessages::sig, &GenMessages::get,
                                     validated<&GenMessages::upd, &GenMessages::check_upd>,
                                     &GenMessages::finish>;

private:
  std::vector<std::string> seen_{};
  bool done_{false};
};

// The run returns before the update that waits for it: without flag 3 nothing may follow its end.
class UpdateCompletionAfterWorkflowReturn {
public:
  workflow<std::string> run() {
    returned_ = true;
    co_return "workflow-result";
  }
  workflow<std::string> my_update() {
    co_await wait_until([this] { return returned_; });
    co_return "update-result";
  }
  using messages = perdure::messages<&UpdateCompletionAfterWorkflowReturn::my_update>;

private:
  bool returned_{false};
};

class SignalsActivitiesTimersUpdatesTracingWorkflow {
public:
  workflow<std::vector<std::string>> run() {
    co_await when_all(timer(), greets());
    co_return trace_;
  }
  workflow<void> dosig(std::string name) { co_await traces("sig-" + name); }
  workflow<void> doupdate(std::string name) { co_await traces("update-" + name); }
  using messages =
      perdure::messages<&SignalsActivitiesTimersUpdatesTracingWorkflow::dosig,
                        as_update<&SignalsActivitiesTimersUpdatesTracingWorkflow::doupdate>>;

private:
  workflow<void> timer() {
    trace_.push_back("timer-sync");
    co_await sleep(100ms);
    trace_.push_back("timer-1");
    co_await wait_until([] { return true; });
    trace_.push_back("timer-2");
  }
  workflow<void> greets() {
    trace_.push_back("act-sync");
    co_await execute_activity<say_hello>("Enchi", {.schedule_to_close_timeout = 30s});
    trace_.push_back("act-1");
    co_await wait_until([] { return true; });
    trace_.push_back("act-2");
  }
  workflow<void> traces(std::string name) {
    trace_.push_back(name + "-sync");
    co_await wait_until([] { return true; });
    trace_.push_back(name + "-1");
    co_await wait_until([] { return true; });
    trace_.push_back(name + "-2");
  }
  std::vector<std::string> trace_{};
};

// Its marker is there: a replay takes what it says, and runs no activity.
template <bool Sleeps, auto LocalActivity = delay>
class long_local_activity_with_update {
public:
  workflow<int> run() {
    co_await execute_local_activity<LocalActivity>(6, {.schedule_to_close_timeout = 60s});
    co_return counter_;
  }
  workflow<void> update() {
    if (Sleeps) co_await sleep(2s);
    ++counter_;
  }
  using messages = perdure::messages<as_update<&long_local_activity_with_update::update>>;

private:
  int counter_{1};
};

workflow<void> UpdateAndExit() {
  bool exit = false;
  auto const handler = handle(perdure::update<void(std::int64_t)>{"update"},
                              [&](std::int64_t nanoseconds) -> workflow<void> {
                                if (nanoseconds != 0) co_await sleep(duration{nanoseconds});
                                exit = true;
                              });
  co_await wait_until([&] { return exit; });
}

constexpr perdure::signal<> shutdown_signal{"shutdown"};
workflow<void> UpdateWorkflow() {
  auto const handler = handle(
      perdure::update<void(std::int64_t)>{"update"},
      [](std::int64_t nanoseconds) -> workflow<void> { co_await sleep(duration{nanoseconds}); });
  co_await receive(shutdown_signal);
}

class CounterWorkflow {
public:
  workflow<int> run() {
    co_await wait_until([this] { return done_; });
    co_return counter_;
  }
  void done() { done_ = true; }
  workflow<int> fetch_and_add(int more) {
    int const before = counter_;
    counter_ += more;
    co_await sleep(1s);
    co_return before;
  }
  using messages = perdure::messages<&CounterWorkflow::done, &CounterWorkflow::fetch_and_add>;

private:
  int counter_{0};
  bool done_{false};
};

// All its updates come with the first task, before the function that handles them has begun.
workflow<int> MultipleUpdateWorkflow() {
  int handled = 0;
  auto const echoes = handle(perdure::update<void()>{"echo"}, [&]() -> workflow<void> {
    (void)co_await execute_activity<echo>(1, 1, {.start_to_close_timeout = 60s});
    ++handled;
  });
  auto const sleeps = handle(perdure::update<void()>{"sleep"}, [&]() -> workflow<void> {
    co_await sleep(1s);
    ++handled;
  });
  auto const empties = handle(perdure::update<void()>{"empty"}, [&] { ++handled; });
  co_await wait_until([&] { return handled == 10; });
  co_return handled;
}

/// Numbers timers and activities from 1 by kind, where the recording has event ids.
void renumber(perdure::history& of) {
  int timers = 0;
  int activities = 0;
  std::map<std::string, std::string> known;
  for (event& e : of.events) {
    if (e.type == event_type::timer_started)
      perdure_test::change<events::timer_started>(
          e, [&](auto& t) { t.timer_id = known[t.timer_id] = std::to_string(++timers); });
    else if (e.type == event_type::timer_fired)
      perdure_test::change<events::timer_fired>(e,
                                                [&](auto& t) { t.timer_id = known[t.timer_id]; });
    else if (e.type == event_type::activity_task_scheduled)
      perdure_test::change<events::activity_task_scheduled>(
          e, [&](auto& a) { a.activity_id = std::to_string(++activities); });
  }
}

} // namespace

TEST_CASE("signals and updates over several tasks replay, an update that ends the run too",
          "[replay][golden][update]") {
  auto const run = golden("generated-core-1.35/messages");
  auto const program = std::move(replayer{}.add<&GenMessages::run>());
  CHECK(check_replays(program, run).finished);
  auto const [was, is] = perdure_test::last_result(program, run);
  CHECK(was == is);
}

TEST_CASE("what an update says after the run has returned is dropped where history did not keep it",
          "[replay][golden][update]") {
  auto run = golden("core-lineage/test_replayer_command_reordering_backward_compatibility");
  auto const program = std::move(replayer{}.add<&UpdateCompletionAfterWorkflowReturn::run>());
  CHECK(check_replays(program, run).finished);
  perdure_test::change<events::workflow_task_completed>(
      run, 0, [](auto& e) { e.sdk_metadata.make().core_used_flags = {1, 2, 3}; });
  auto const kept = program.replay(run); // with the flag the completion comes before the end
  CHECK_THAT(kept.problem, perdure_test::contains("WorkflowExecutionUpdateCompleted"));
  CHECK(kept.divergence);
}

TEST_CASE("signals before the first task, timers, activities and updates replay together",
          "[replay][golden][update]") {
  auto const program =
      std::move(replayer{}.add<&SignalsActivitiesTimersUpdatesTracingWorkflow::run>());
  for (std::string const name :
       {"test_replayer_event_tracing", "test_replayer_event_tracing_single_batch",
        "test_replayer_event_tracing_double_sig_at_start"}) {
    CAPTURE(name);
    auto const run = golden("core-lineage/" + name);
    CHECK(check_replays(program, run).finished);
    // The order within a task is the program's own; the lines themselves are the same.
    auto const [was, is] = perdure_test::last_result(program, run);
    auto const lines = std::get<0>(from_payloads<std::vector<std::string>>(is));
    CHECK(lines.size() == std::get<0>(from_payloads<std::vector<std::string>>(was)).size());
    CHECK(lines.front() == "sig-before-sync");
  }
}

TEST_CASE("updates during a local activity replay at the tasks that they were sequenced to",
          "[replay][golden][update]") {
  for (int const n : {0, 1, 2, 3}) {
    CAPTURE(n);
    std::string const name = "long_local_activity_with_update-" + std::to_string(n);
    auto program =
        n % 2 == 0
            ? std::move(replayer{}.add_as<&long_local_activity_with_update<false>::run>(name))
            : std::move(replayer{}.add_as<&long_local_activity_with_update<true>::run>(name));
    CHECK(check_replays(program, golden("core-lineage/" + name + "_history")).finished);
  }
}

TEST_CASE("a local activity is compared with its marker by type where the recording asks for that",
          "[replay][golden][update]") {
  using other = long_local_activity_with_update<false, hold>;
  auto const program =
      std::move(replayer{}.add_as<&other::run>("long_local_activity_with_update-0"));
  auto run = golden("core-lineage/long_local_activity_with_update-0_history");
  auto const refused = program.replay(run);
  REQUIRE(refused.divergence);
  CHECK_THAT(refused.problem, perdure_test::contains("local activity 'delay', id 1"));
  CHECK_THAT(refused.problem, perdure_test::contains("local activity 'hold', id 1"));

  // Core's flag 1 is that question. Without it the place of the marker is enough.
  perdure_test::change<events::workflow_task_completed>(
      run, 0, [](auto& e) { e.sdk_metadata.make().core_used_flags = {2, 3}; });
  CHECK(check_replays(program, run).finished);
}

TEST_CASE("an update that is accepted, completed and ends the run in one task replays",
          "[replay][golden][update]") {
  auto const program = std::move(replayer{}.add<UpdateAndExit>());
  CHECK(check_replays(program, golden("go-lineage/update_accept_and_complete_and_exit")).finished);
  CHECK(check_replays(program, golden("derived-core-ids/update_complete_and_exit.core-ids"))
            .finished);
}

TEST_CASE("an update whose timer goes on over a task, and the signal after it, replay",
          "[replay][golden][update]") {
  auto const run = golden("derived-core-ids/update_with_protocol_message_command.core-ids");
  CHECK(check_replays(replayer{}.add<UpdateWorkflow>(), run).finished);
}

TEST_CASE("an update that history holds from before a reset is accepted with that request, or was "
          "rejected",
          "[replay][golden][update]") {
  auto const program = std::move(replayer{}.add<&CounterWorkflow::run>());
  CHECK(check_replays(program, golden("derived-core-ids/update-reset-accepted.core-ids")).finished);
  CHECK(check_replays(program, golden("go-lineage/update-reset-rejected"), ids::foreign).finished);
}

TEST_CASE("many updates of several handlers at the start replay in the order of their acceptance",
          "[replay][golden][update]") {
  auto run = golden("go-lineage/multiple-updates");
  renumber(run);
  CHECK(check_replays(replayer{}.add<MultipleUpdateWorkflow>(), run).finished);
}

// ------------------------------------------------------------------------------------- divergence

TEST_CASE("an accepted update without a handler is a divergence that names it",
          "[replay][update]") {
  auto const run = golden("derived-core-ids/update_complete_and_exit.core-ids");
  auto const program =
      std::move(replayer{}.add_as<&UpdateCompletionAfterWorkflowReturn::run>("UpdateAndExit"));
  auto const result = program.replay(run);
  REQUIRE(result.divergence);
  CHECK_THAT(result.problem, perdure_test::contains("WorkflowExecutionUpdateAccepted (update id "
                                                    "ab93b2b4-8e78-40d3-87e0-b07108b9ec34)"));
}

workflow<void> exits_without_sleep() {
  bool exit = false;
  auto const handler =
      handle(perdure::update<void(std::int64_t)>{"update"}, [&](std::int64_t) { exit = true; });
  co_await wait_until([&] { return exit; });
}

workflow<void> NonDeterministicUpdate() {
  bool done = false;
  auto const handler = handle(perdure::update<void()>{"update"}, [&] { done = true; });
  co_await wait_until([&] { return done; });
}

TEST_CASE("an update that ends earlier than history says is a divergence", "[replay][update]") {
  auto const run = golden("derived-core-ids/update_complete_and_exit.core-ids");
  auto const result = replayer{}.add_as<exits_without_sleep>("UpdateAndExit").replay(run);
  REQUIRE(result.divergence);
  CHECK_THAT(result.problem, perdure_test::contains("WorkflowExecutionUpdateCompleted"));
}

TEST_CASE("a handler that has lost its timer since the recording is a divergence that names it",
          "[replay][golden][update]") {
  auto const result = replayer{}.add<NonDeterministicUpdate>().replay(
      golden("go-lineage/non_deterministic_update"));
  REQUIRE(result.divergence);
  CHECK(result.divergence->event == 6);
  CHECK_THAT(result.problem, perdure_test::contains("event 6 TimerStarted"));
  CHECK_THAT(result.problem, perdure_test::contains("WorkflowExecutionUpdateCompleted"));
}

TEST_CASE("updates whose acceptances history holds the other way round are a divergence",
          "[replay][update]") {
  auto run = golden("derived-core-ids/update_complete_and_exit.core-ids");
  perdure_test::change<events::workflow_execution_update_completed>(
      run, 0, [](auto& e) { e.meta.update_id = "another"; });
  auto const result = replayer{}.add<UpdateAndExit>().replay(run);
  REQUIRE(result.divergence);
  CHECK_THAT(result.problem, perdure_test::contains("two different updates"));
}
