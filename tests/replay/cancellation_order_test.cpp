// Goal: a cancellation and an outcome that one workflow task brings take effect in the order of
// history, and neither is lost. Method: hand-made histories that end with that task; the workflow
// says what it saw.
#include "support/replay_checks.hpp"

#include <string>
#include <vector>

#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/when_all.hpp"
#include "support/history_builder.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::history_builder;

namespace {

using texts = std::vector<std::string>;
constexpr remote_activity<"work", std::string()> work;
constexpr perdure::signal<> wake{"wake"};

auto seen(outcome<std::string> const& of) -> std::string { return of ? *of : of.error().message; }
auto seen(outcome<void> const& of) -> std::string { return of ? "done" : of.error().message; }

/// One more await: it throws if the cancellation is still to come, and asks for nothing then.
workflow<std::string> next_await() {
  auto const got = co_await as_outcome(sleep(1s));
  co_return "next: " + seen(got);
}

workflow<texts> awaits_activity() {
  auto const got = co_await as_outcome(execute_activity<work>({.start_to_close_timeout = 5s}));
  co_return texts{seen(got)};
}
workflow<texts> awaits_activity_and_more() {
  auto const got = co_await as_outcome(execute_activity<work>({.start_to_close_timeout = 5s}));
  auto next = co_await next_await();
  co_return texts{seen(got), std::move(next)};
}
workflow<texts> waits_for_cancelled_activity() {
  auto const got = co_await as_outcome(execute_activity<work>(
      {.start_to_close_timeout = 5s,
       .cancellation_type = cancellation_type::wait_cancellation_completed}));
  co_return texts{seen(got)};
}
workflow<texts> awaits_shielded() {
  auto const got =
      co_await as_outcome(shield(execute_activity<work>({.start_to_close_timeout = 5s})));
  auto next = co_await next_await();
  co_return texts{seen(got), std::move(next)};
}
workflow<texts> awaits_both() {
  auto one = start_activity<work>({.start_to_close_timeout = 5s});
  auto other = start_timer(9s);
  try {
    co_await when_all_settled(one, other);
  } catch (
      cancelled_error const&) { // the await itself; what became of its operands can still be asked
  }
  auto const first = co_await as_outcome(one);
  auto const second = co_await as_outcome(other);
  co_return texts{seen(first), seen(second)};
}
workflow<texts> awaits_either() {
  std::string got = "nothing was thrown";
  try {
    co_await when_any(execute_activity<work>({.start_to_close_timeout = 5s}), sleep(9s));
  } catch (cancelled_error const& e) {
    got = e.message();
  }
  co_return texts{got};
}
workflow<texts> awaits_signal() {
  auto const got = co_await as_outcome(receive(wake));
  auto next = co_await next_await();
  co_return texts{seen(got), std::move(next)};
}

enum class step : unsigned char { cancel, complete, signal };

/// What the workflow saw, when after its first task these came and then a second task.
auto replayed(replayer const& program, std::initializer_list<step> steps, bool with_timer)
    -> texts {
  history_builder made;
  made.task({1, 2, 3});
  event_id scheduled = 0;
  if (*steps.begin() != step::signal) scheduled = made.activity("1", "work");
  if (with_timer) made.timer("1");
  for (step const each : steps) {
    if (each == step::cancel)
      made.cancel_requested();
    else if (each == step::complete)
      made.activity_completed(scheduled, to_payloads(std::string{"result"}));
    else
      made.signal("wake");
  }
  made.task_begins();
  auto const result = program.replay(made.build());
  CHECK(result.problem == "");
  REQUIRE(!result.commands.empty());
  auto const* const ended =
      result.commands.back().attributes.get_if<events::workflow_execution_completed>();
  REQUIRE(ended != nullptr);
  return std::get<0>(from_payloads<texts>(ended->result));
}

template <auto F>
auto replayed(std::initializer_list<step> steps, bool with_timer = false) -> texts {
  return replayed(replayer{}.add_as<F>("Workflow"), steps, with_timer);
}

} // namespace

TEST_CASE("a cancellation before the result cancels the await", "[replay][cancellation]") {
  CHECK(replayed<awaits_activity>({step::cancel, step::complete}) == texts{"activity cancelled"});
}

TEST_CASE("a cancellation after the result cancels the next await", "[replay][cancellation]") {
  CHECK(replayed<awaits_activity>({step::complete, step::cancel}) == texts{"result"});
  CHECK(replayed<awaits_activity_and_more>({step::complete, step::cancel}) ==
        texts{"result", "next: cancelled"});
}

TEST_CASE("an await that waits for its cancellation takes the result that came with it",
          "[replay][cancellation]") {
  CHECK(replayed<waits_for_cancelled_activity>({step::cancel, step::complete}) == texts{"result"});
}

TEST_CASE("a cancellation before a shielded result cancels the next await",
          "[replay][cancellation]") {
  CHECK(replayed<awaits_shielded>({step::cancel, step::complete}) ==
        texts{"result", "next: cancelled"});
}

TEST_CASE("a cancellation before one result of several cancels all of them",
          "[replay][cancellation]") {
  CHECK(replayed<awaits_both>({step::cancel, step::complete}, true) ==
        texts{"activity cancelled", "timer cancelled"});
  CHECK(replayed<awaits_both>({step::complete, step::cancel}, true) ==
        texts{"result", "timer cancelled"});
  CHECK(replayed<awaits_either>({step::cancel, step::complete}, true) ==
        texts{"activity cancelled"});
}

// Signals are delivered before everything else that a task brings.
TEST_CASE("a signal that came with a cancellation is received", "[replay][cancellation]") {
  CHECK(replayed<awaits_signal>({step::signal, step::cancel}) == texts{"done", "next: cancelled"});
}
