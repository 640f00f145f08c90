// Cuts history into logical workflow tasks: what one turn of the workflow's code is to see at once.
#pragma once

#include <cstddef>
#include <span>

#include "perdure/config.hpp"
#include "perdure/history/event.hpp"

namespace perdure::inline v0::replay {

/// Whether a workflow's own command made the server write events of this type.
[[nodiscard]] constexpr auto is_command_event(event_type type) noexcept -> bool {
  switch (type) {
  case event_type::workflow_execution_completed:
  case event_type::workflow_execution_failed:
  case event_type::workflow_execution_canceled:
  case event_type::workflow_execution_continued_as_new:
  case event_type::activity_task_scheduled:
  case event_type::activity_task_cancel_requested:
  case event_type::timer_started:
  case event_type::timer_canceled:
  case event_type::marker_recorded:
  case event_type::start_child_workflow_execution_initiated:
  case event_type::signal_external_workflow_execution_initiated:
  case event_type::request_cancel_external_workflow_execution_initiated:
  case event_type::upsert_workflow_search_attributes:
  case event_type::workflow_properties_modified:
  case event_type::workflow_execution_update_accepted:
  case event_type::workflow_execution_update_completed:
  case event_type::nexus_operation_scheduled:
  case event_type::nexus_operation_cancel_requested: return true;
  default: return false;
  }
}

/// Whether an event of this type ends its run.
[[nodiscard]] constexpr auto is_close_event(event_type type) noexcept -> bool {
  switch (type) {
  case event_type::workflow_execution_completed:
  case event_type::workflow_execution_failed:
  case event_type::workflow_execution_timed_out:
  case event_type::workflow_execution_canceled:
  case event_type::workflow_execution_terminated:
  case event_type::workflow_execution_continued_as_new: return true;
  default: return false;
  }
}

/// One logical task: the events it brings, and how it ended.
struct task_sequence {
  enum class ending : unsigned char {
    completed, ///< A WorkflowTaskStarted whose completion history holds: its commands are known.
    current,   ///< A WorkflowTaskStarted that nothing follows: the task to be worked on now.
    closed,    ///< The run is over.
    open,      ///< History stops in between: no turn of the workflow's code.
  };
  std::size_t end{}; ///< Index one past its last event.
  ending how{ending::open};
};

namespace detail {

/// Whether the task that began at `events[started]` did not complete: it is as if it had never
/// been.
[[nodiscard]] auto task_failed(std::span<event const> events, std::size_t started) noexcept -> bool;

} // namespace detail

/// The logical task that starts at `events[from]`. One that failed or timed out is merged into the
/// next. Linear in the events looked at. Source: Temporal's rules for logical workflow tasks.
///
/// Other than Core, a task that left no command and is followed by another at once (a heartbeat, or
/// one before a task that an update alone made) stands for itself: so the code sees at each task
/// the time that it saw when it ran, whether the history that follows is there yet or not.
[[nodiscard]] auto next_sequence(std::span<event const> events, std::size_t from) noexcept
    -> task_sequence;

} // namespace perdure::inline v0::replay

#if PERDURE_DEFINES
namespace perdure::inline v0::replay::detail {
PERDURE_INLINE auto task_failed(std::span<event const> events, std::size_t started) noexcept
    -> bool {
  if (started + 1 >= events.size()) return false;
  switch (events[started + 1].type) {
  case event_type::workflow_task_failed:
  case event_type::workflow_task_timed_out:
  case event_type::workflow_execution_timed_out:
  case event_type::workflow_execution_terminated:
  case event_type::workflow_execution_canceled: return true;
  default: return false;
  }
}
} // namespace perdure::inline v0::replay::detail
namespace perdure::inline v0::replay {
PERDURE_INLINE auto next_sequence(std::span<event const> events, std::size_t from) noexcept
    -> task_sequence {
  for (std::size_t i = from; i < events.size(); ++i) {
    event_type const type = events[i].type;
    if (is_close_event(type)) return {i + 1, task_sequence::ending::closed};
    if (type != event_type::workflow_task_started || detail::task_failed(events, i)) continue;
    return {i + 1, i + 1 == events.size() ? task_sequence::ending::current
                                          : task_sequence::ending::completed};
  }
  return {events.size(), task_sequence::ending::open};
}
} // namespace perdure::inline v0::replay
#endif
