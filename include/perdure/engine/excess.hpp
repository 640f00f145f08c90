// Commands that would take a run over its limits, where limits are kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/apply_commands.hpp"
#include "perdure/engine/engine_limits.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// The failure of an answer that the server does not take; trying again would not help.
[[nodiscard]] inline auto refusal(std::string why) -> failure {
  failure made{};
  made.message = std::move(why);
  made.source = "Server";
  made.info = server_failure_info{.non_retryable = true};
  return made;
}

/// What a command does wrong if its payload is too large.
struct payload_rule {
  workflow_task_failed_cause cause{};
  char const* why{};
};

[[nodiscard]] inline auto payload_rule_of(command_type type) -> payload_rule {
  using cause = workflow_task_failed_cause;
  switch (type) {
  case command_type::schedule_activity_task:
    return {cause::bad_schedule_activity_attributes,
            "ScheduleActivityTaskCommandAttributes.Input exceeds size limit."};
  case command_type::complete_workflow_execution:
    return {cause::bad_complete_workflow_execution_attributes,
            "CompleteWorkflowExecutionCommandAttributes.Result exceeds size limit."};
  case command_type::cancel_workflow_execution:
    return {cause::bad_cancel_workflow_execution_attributes,
            "CancelWorkflowExecutionCommandAttributes.Details exceeds size limit."};
  case command_type::record_marker:
    return {cause::bad_record_marker_attributes,
            "RecordMarkerCommandAttributes.Details exceeds size limit."};
  case command_type::continue_as_new_workflow_execution:
    return {cause::bad_continue_as_new_attributes,
            "ContinueAsNewWorkflowExecutionCommandAttributes.Input exceeds size limit."};
  case command_type::start_child_workflow_execution:
    return {cause::bad_start_child_execution_attributes,
            "StartChildWorkflowExecutionCommandAttributes.Input exceeds size limit."};
  case command_type::signal_external_workflow_execution:
    return {cause::bad_signal_workflow_execution_attributes,
            "SignalExternalWorkflowExecutionCommandAttributes.Input exceeds size limit."};
  default: return {};
  }
}

/// Counts what would be pending: `count` may not have reached `bound` before one more is added.
[[nodiscard]] inline auto add_pending(std::size_t& count, std::size_t bound, char const* what,
                                      workflow_task_failed_cause cause)
    -> std::optional<command_fault> {
  if (count < bound) {
    ++count;
    return std::nullopt;
  }
  return command_fault{cause,
                       "the number of pending " + std::string{what} + ", " + std::to_string(count) +
                           ", has reached the per-workflow limit of " + std::to_string(bound),
                       false};
}

/// The first command that passes a limit; a Temporal server's checks and words.
[[nodiscard]] inline auto find_excess(engine_limits const& bounds, run_state& run,
                                      std::vector<command> const& commands)
    -> std::optional<command_fault> {
  using cause = workflow_task_failed_cause;
  std::size_t activities = run.live->activities.size();
  std::size_t children = run.live->children.size();
  std::size_t signals = 0; // those of earlier tasks are all answered
  std::size_t cancels = 0;
  for (command const& c : commands) {
    auto const size = approximate_size(c.attributes) - event_fixed_bytes;
    if (auto const rule = payload_rule_of(c.type);
        rule.why != nullptr && bounds.refuses(static_cast<std::size_t>(size)))
      return command_fault{rule.cause, rule.why, true};
    std::optional<command_fault> fault{};
    switch (c.type) {
    case command_type::schedule_activity_task:
      fault = add_pending(activities, bounds.pending_activities_max, "activities",
                          cause::pending_activities_limit_exceeded);
      break;
    case command_type::start_child_workflow_execution:
      fault = add_pending(children, bounds.pending_children_max, "child workflow executions",
                          cause::pending_child_workflows_limit_exceeded);
      break;
    case command_type::signal_external_workflow_execution:
      fault = add_pending(signals, bounds.pending_signals_max, "signals to external workflows",
                          cause::pending_signals_limit_exceeded);
      break;
    case command_type::request_cancel_external_workflow_execution:
      fault =
          add_pending(cancels, bounds.pending_cancels_max, "requests to cancel external workflows",
                      cause::pending_request_cancel_limit_exceeded);
      break;
    default: break;
    }
    if (fault) return fault;
  }
  return std::nullopt;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
