// The lives of operations. The tables are checked while this file compiles: a wrong row is no red
// test, it is no program.
#include "support/catch.hpp"

#include <cstddef>

#include "perdure/replay/operation_machine.hpp"

using namespace perdure::replay;
using enum operation_input;
using kind = operation_kind;
using state = operation_state;
using output = operation_output;

namespace {

/// Where an operation stands after these inputs; `requested` again if one of them was refused.
consteval auto after(kind what, auto... inputs) -> state {
  state now{state::requested};
  bool const all = ((step(what, now, inputs) != output::refused) && ...);
  return all ? now : state::requested;
}
/// What the last of these inputs makes the run do.
consteval auto last(kind what, auto... inputs) -> output {
  state now{state::requested};
  output made{};
  ((made = step(what, now, inputs)), ...);
  return made;
}

// An activity ends once, whatever is asked of it.
static_assert(after(kind::activity, saw_command_event, saw_started, saw_close) == state::closed);
static_assert(last(kind::activity, saw_command_event, saw_close) == output::resolve);
static_assert(last(kind::activity, saw_command_event, saw_close, saw_close) == output::refused);
static_assert(last(kind::activity, saw_close) == output::refused);
static_assert(last(kind::activity, saw_command_event, saw_command_event) == output::refused);

// Cancelled before its command was sent, it never existed.
static_assert(last(kind::activity, cancel_try) == output::drop_command);
static_assert(last(kind::activity, cancel_wait) == output::drop_command);
static_assert(last(kind::activity, cancel_abandon) == output::drop_command);
static_assert(last(kind::activity, cancel_try, saw_command_event) == output::refused);

// The three cancellation types of an activity that was sent.
static_assert(last(kind::activity, saw_command_event, cancel_try) == output::cancel_and_resolve);
static_assert(last(kind::activity, saw_command_event, cancel_try, saw_cancel_event, saw_close) ==
              output::none);
static_assert(last(kind::activity, saw_command_event, cancel_wait) == output::cancel);
static_assert(last(kind::activity, saw_command_event, cancel_wait, saw_cancel_event, saw_close) ==
              output::resolve);
static_assert(last(kind::activity, saw_command_event, cancel_abandon) == output::resolve_cancelled);
static_assert(last(kind::activity, saw_command_event, cancel_abandon, saw_close) == output::none);

// A timer is cancelled at once, by every type, and cannot fire any more.
static_assert(last(kind::timer, saw_command_event, saw_close) == output::resolve);
static_assert(last(kind::timer, saw_command_event, cancel_wait) == output::cancel_and_resolve);
static_assert(after(kind::timer, saw_command_event, cancel_try, saw_cancel_event) == state::closed);
static_assert(last(kind::timer, saw_command_event, cancel_try, saw_close) == output::refused);
static_assert(last(kind::timer, saw_command_event, saw_cancel_event) == output::refused);
static_assert(last(kind::timer, saw_command_event, saw_started) == output::refused);

// A child starts before it ends, unless it cannot be started.
static_assert(last(kind::child_workflow, saw_command_event, saw_started) == output::started);
static_assert(last(kind::child_workflow, saw_command_event, saw_close) == output::refused);
static_assert(last(kind::child_workflow, saw_command_event, saw_start_failed) == output::resolve);
static_assert(last(kind::child_workflow, saw_command_event, saw_started, saw_start_failed) ==
              output::refused);
static_assert(last(kind::child_workflow, saw_command_event, saw_started, saw_close) ==
              output::resolve);
static_assert(last(kind::child_workflow, saw_command_event, cancel_wait, saw_started) ==
              output::started);
static_assert(last(kind::child_workflow, saw_command_event, saw_started, cancel_wait, saw_close) ==
              output::resolve);
static_assert(last(kind::child_workflow, saw_command_event, saw_started, cancel_try) ==
              output::cancel_and_resolve);
static_assert(after(kind::child_workflow, saw_command_event, cancel_try, saw_started, saw_close) ==
              state::closed);
static_assert(last(kind::child_workflow, saw_command_event, cancel_abandon, saw_start_failed) ==
              output::none);

// What was sent to another run cannot be taken back.
static_assert(last(kind::signal_external, cancel_try) == output::drop_command);
static_assert(last(kind::signal_external, saw_command_event, cancel_try) ==
              output::resolve_cancelled);
static_assert(last(kind::cancel_external, saw_command_event, cancel_try, saw_close) ==
              output::none);
static_assert(last(kind::cancel_external, saw_command_event, saw_close) == output::resolve);

// A local activity has no command: its marker ends it.
static_assert(last(kind::local_activity, saw_command_event) == output::refused);
static_assert(last(kind::local_activity, saw_close) == output::resolve);
static_assert(last(kind::local_activity, cancel_wait) == output::cancel);
static_assert(last(kind::local_activity, cancel_wait, saw_close) == output::resolve);
static_assert(last(kind::local_activity, cancel_try) == output::resolve_cancelled);

constexpr kind kinds[] = {kind::activity,       kind::local_activity,  kind::timer,
                          kind::child_workflow, kind::signal_external, kind::cancel_external};
constexpr operation_input cancels[] = {cancel_try, cancel_wait, cancel_abandon};

} // namespace

TEST_CASE("cancelling what is over, or being cancelled, does nothing", "[replay][machine]") {
  for (kind const what : kinds)
    for (state const from : {state::canceling, state::abandoned, state::closed})
      for (operation_input const how : cancels) {
        state now = from;
        CHECK(step(what, now, how) == output::none);
        CHECK(now == from);
      }
}

TEST_CASE("a refused input leaves an operation as it was", "[replay][machine]") {
  std::size_t refused = 0;
  for (kind const what : kinds)
    for (int from = 0; from < 6; ++from)
      for (int on = 0; on < 8; ++on) {
        state now{static_cast<state>(from)};
        if (step(what, now, static_cast<operation_input>(on)) != output::refused) continue;
        ++refused;
        CHECK(now == static_cast<state>(from));
      }
  CHECK(refused > 0);
}

// Whatever happens, in whatever order, no operation resolves twice.
TEST_CASE("no sequence of inputs resolves an operation twice", "[replay][machine]") {
  auto const resolves = [](output made) {
    return made == output::drop_command || made == output::cancel_and_resolve ||
           made == output::resolve_cancelled || made == output::resolve;
  };
  for (kind const what : kinds) {
    CAPTURE(static_cast<int>(what));
    for (int code = 0; code < 8 * 8 * 8 * 8 * 8; ++code) {
      state now{state::requested};
      int resolved = 0;
      for (int i = 0, left = code; i < 5; ++i, left /= 8)
        if (resolves(step(what, now, static_cast<operation_input>(left % 8)))) ++resolved;
      if (resolved > 1) FAIL_CHECK("inputs " << code << " resolve twice");
    }
  }
  SUCCEED();
}

TEST_CASE("from every state an operation can reach, it can still be closed", "[replay][machine]") {
  for (kind const what : kinds)
    for (int code = 0; code < 8 * 8 * 8; ++code) {
      state now{state::requested};
      for (int i = 0, left = code; i < 3; ++i, left /= 8)
        (void)step(what, now, static_cast<operation_input>(left % 8));
      for (operation_input const fact :
           {saw_command_event, saw_started, saw_cancel_event, saw_close})
        if (now != state::closed) (void)step(what, now, fact);
      CAPTURE(static_cast<int>(what), code);
      CHECK(now == state::closed);
    }
}
