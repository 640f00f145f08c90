// Whether what workflow code has just decided is what it decides again.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "perdure/execution/replayer.hpp"

namespace perdure::inline v0::detail {

/// Whether the command ends its run.
[[nodiscard]] constexpr auto is_terminal(command_type type) noexcept -> bool {
  return type == command_type::complete_workflow_execution ||
         type == command_type::fail_workflow_execution ||
         type == command_type::cancel_workflow_execution ||
         type == command_type::continue_as_new_workflow_execution;
}

/// Replays after each task of a long run would take time with the square of its length. So beyond
/// the first thousand events a run is replayed whenever it has grown by a tenth, and at its end:
/// linear, and a divergence is found all the same. `due` is kept for the run, 0 at first.
[[nodiscard]] inline auto is_replay_due(std::size_t& due, event_id length, bool ends) noexcept
    -> bool {
  auto const events = static_cast<std::size_t>(length);
  if (events < due && !ends) return false;
  due = events < 1'000 ? 0 : events + events / 10;
  return true;
}

/// What happened up to the workflow task that event `started` began, and what came of that task.
inline void cut_after_task(std::vector<event>& events, event_id started) {
  std::size_t keep = static_cast<std::size_t>(started); // ids count from 1
  while (keep < events.size() && events[keep].type != event_type::workflow_task_scheduled) ++keep;
  events.resize(keep);
}

/// Replays a run after that task. Null if code and history agree.
[[nodiscard]] inline auto replay_after(replayer const& known, std::vector<event> events,
                                       event_id started) -> std::exception_ptr {
  history recorded{};
  recorded.events = std::move(events);
  if (recorded.events.empty()) return nullptr;
  cut_after_task(recorded.events, started);
  auto const& first = recorded.events.front().as<events::workflow_execution_started>();
  std::string const which = "replay of workflow '" + first.workflow_type.str() + "' (id '" +
                            first.workflow_id.str() + "') after the workflow task at event " +
                            std::to_string(started) + ": ";
  replay_result found = known.replay(recorded);
  if (found.divergence) {
    found.divergence->reason = which + found.divergence->reason;
    return std::make_exception_ptr(nondeterminism_error{std::move(*found.divergence)});
  }
  if (!found.ok())
    return std::make_exception_ptr(error{errc::nondeterminism, which + found.problem});
  return nullptr;
}

} // namespace perdure::inline v0::detail
