// The life of every operation a workflow can ask for, one table per kind. Plain values: no clock,
// no I/O, no allocation, no coroutine; each table is checked at compile time at the end of this
// file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace perdure::inline v0::replay {

/// What can be awaited and is answered by a later event.
enum class operation_kind : std::uint8_t {
  activity,
  local_activity,
  timer,
  child_workflow,
  signal_external,
  cancel_external,
};

/// Where an operation stands, as its run sees it.
enum class operation_state : std::uint8_t {
  requested, ///< Its command waits in the outgoing queue.
  scheduled, ///< History holds its command.
  started,   ///< Child workflows only: the child runs.
  canceling, ///< Cancellation was asked for; its own outcome is still awaited.
  abandoned, ///< Resolved as cancelled for the workflow; what history says later is ignored.
  closed,    ///< Over.
};

/// Facts from history (`saw_*`) and wishes of workflow code (`cancel_*`, by cancellation type).
enum class operation_input : std::uint8_t {
  saw_command_event,
  saw_started,
  saw_start_failed,
  saw_close,
  saw_cancel_event,
  cancel_try,
  cancel_wait,
  cancel_abandon,
};

/// What the run does about it.
enum class operation_output : std::uint8_t {
  refused, ///< No row: history and program disagree.
  none,
  drop_command,       ///< Take the command back (nobody has seen it) and resolve as cancelled.
  cancel,             ///< Issue the cancel command and go on waiting.
  cancel_and_resolve, ///< Issue the cancel command and resolve as cancelled.
  resolve_cancelled,  ///< Resolve as cancelled; tell nobody.
  started,            ///< Wake whoever awaits the start.
  resolve,            ///< Wake whoever awaits the outcome: the event holds it.
};

struct operation_row {
  operation_state from;
  operation_input on;
  operation_state to;
  operation_output emit;
};

namespace detail {
using enum operation_state;
using enum operation_input;
using out = operation_output;

// clang-format off
inline constexpr std::array activity_rows{
  operation_row{requested, saw_command_event, scheduled, out::none},
  operation_row{requested, cancel_try,        closed,    out::drop_command}, // it never left
  operation_row{requested, cancel_wait,       closed,    out::drop_command},
  operation_row{requested, cancel_abandon,    closed,    out::drop_command},
  operation_row{scheduled, saw_started,       scheduled, out::none},
  operation_row{scheduled, saw_close,         closed,    out::resolve},
  operation_row{scheduled, cancel_try,        abandoned, out::cancel_and_resolve},
  operation_row{scheduled, cancel_wait,       canceling, out::cancel},
  operation_row{scheduled, cancel_abandon,    abandoned, out::resolve_cancelled},
  operation_row{canceling, saw_cancel_event,  canceling, out::none},
  operation_row{canceling, saw_started,       canceling, out::none},
  operation_row{canceling, saw_close,         closed,    out::resolve}, // which came first
  operation_row{abandoned, saw_cancel_event,  abandoned, out::none},
  operation_row{abandoned, saw_started,       abandoned, out::none},
  operation_row{abandoned, saw_close,         closed,    out::none},
};

inline constexpr std::array timer_rows{
  operation_row{requested, saw_command_event, scheduled, out::none},
  operation_row{requested, cancel_try,        closed,    out::drop_command},
  operation_row{requested, cancel_wait,       closed,    out::drop_command},
  operation_row{requested, cancel_abandon,    closed,    out::drop_command},
  operation_row{scheduled, saw_close,         closed,    out::resolve},
  operation_row{scheduled, cancel_try,        abandoned, out::cancel_and_resolve},
  operation_row{scheduled, cancel_wait,       abandoned, out::cancel_and_resolve},
  operation_row{scheduled, cancel_abandon,    abandoned, out::cancel_and_resolve},
  operation_row{abandoned, saw_cancel_event,  closed,    out::none},
};

inline constexpr std::array child_workflow_rows{
  operation_row{requested, saw_command_event, scheduled, out::none},
  operation_row{requested, cancel_try,        closed,    out::drop_command},
  operation_row{requested, cancel_wait,       closed,    out::drop_command},
  operation_row{requested, cancel_abandon,    closed,    out::drop_command},
  operation_row{scheduled, saw_started,       started,   out::started},
  operation_row{scheduled, saw_start_failed,  closed,    out::resolve},
  operation_row{scheduled, cancel_try,        abandoned, out::cancel_and_resolve},
  operation_row{scheduled, cancel_wait,       canceling, out::cancel},
  operation_row{scheduled, cancel_abandon,    abandoned, out::resolve_cancelled},
  operation_row{started,   saw_close,         closed,    out::resolve},
  operation_row{started,   cancel_try,        abandoned, out::cancel_and_resolve},
  operation_row{started,   cancel_wait,       canceling, out::cancel},
  operation_row{started,   cancel_abandon,    abandoned, out::resolve_cancelled},
  operation_row{canceling, saw_started,       canceling, out::started},
  operation_row{canceling, saw_start_failed,  closed,    out::resolve},
  operation_row{canceling, saw_close,         closed,    out::resolve},
  operation_row{abandoned, saw_started,       abandoned, out::none},
  operation_row{abandoned, saw_start_failed,  closed,    out::none},
  operation_row{abandoned, saw_close,         closed,    out::none},
};

// Signals to, and cancellations of, other runs.
inline constexpr std::array external_rows{
  operation_row{requested, saw_command_event, scheduled, out::none},
  operation_row{requested, cancel_try,        closed,    out::drop_command},
  operation_row{requested, cancel_wait,       closed,    out::drop_command},
  operation_row{requested, cancel_abandon,    closed,    out::drop_command},
  operation_row{scheduled, saw_close,         closed,    out::resolve},
  operation_row{scheduled, cancel_try,        abandoned, out::resolve_cancelled},
  operation_row{scheduled, cancel_wait,       abandoned, out::resolve_cancelled},
  operation_row{scheduled, cancel_abandon,    abandoned, out::resolve_cancelled},
  operation_row{abandoned, saw_close,         closed,    out::none},
};

// A local activity sends nothing when it is scheduled; its marker is recorded when it is over.
inline constexpr std::array local_activity_rows{
  operation_row{requested, saw_close,         closed,    out::resolve},
  operation_row{requested, cancel_try,        closed,    out::resolve_cancelled},
  operation_row{requested, cancel_wait,       canceling, out::cancel},
  operation_row{requested, cancel_abandon,    closed,    out::resolve_cancelled},
  operation_row{canceling, saw_close,         closed,    out::resolve},
};
// clang-format on

inline constexpr std::size_t state_count = 6;
inline constexpr std::size_t input_count = 8;

struct transition {
  operation_state to{};
  operation_output emit{operation_output::refused};
};
using transition_table = std::array<std::array<transition, input_count>, state_count>;

/// The rows as a table by state and input. Cancelling what is being cancelled or is over does
/// nothing. A second row for one state and input does not compile.
template <std::size_t N>
consteval auto tabulate(std::array<operation_row, N> const& rows) -> transition_table {
  transition_table table{};
  for (operation_row const& row : rows) {
    auto& cell = table[static_cast<std::size_t>(row.from)][static_cast<std::size_t>(row.on)];
    if (cell.emit != operation_output::refused) throw "two rows for one state and input";
    cell = {row.to, row.emit};
  }
  for (operation_state state : {canceling, abandoned, closed})
    for (operation_input input : {cancel_try, cancel_wait, cancel_abandon})
      table[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)] = {state, out::none};
  return table;
}

inline constexpr std::array<transition_table, 6> operation_tables{
    tabulate(activity_rows),       tabulate(local_activity_rows), tabulate(timer_rows),
    tabulate(child_workflow_rows), tabulate(external_rows),       tabulate(external_rows)};
} // namespace detail

/// Takes one step. `operation_output::refused` means that history and program disagree; the state
/// is then unchanged.
[[nodiscard]] constexpr auto step(operation_kind kind, operation_state& now,
                                  operation_input input) noexcept -> operation_output {
  detail::transition const& cell =
      detail::operation_tables[static_cast<std::size_t>(kind)][static_cast<std::size_t>(now)]
                              [static_cast<std::size_t>(input)];
  if (cell.emit != operation_output::refused) now = cell.to;
  return cell.emit;
}

} // namespace perdure::inline v0::replay
