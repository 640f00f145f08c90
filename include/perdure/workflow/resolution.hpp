// From the event that closed an operation to what workflow code is told.
#pragma once

#include <utility>

#include "perdure/config.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

/// The outcome of an operation, not decoded yet.
struct resolution {
  bool failed{false};
  payloads result{};
  failure why{};
};

[[nodiscard]] auto cancelled_failure(std::string message = "cancelled") -> failure;

[[nodiscard]] auto make_timeout(timeout_type type, std::string message) -> failure;

// The words of Temporal's SDKs. Source: Temporal Core's machines of activities and children.
inline constexpr char const* activity_failed_text = "Activity task failed";
inline constexpr char const* activity_timed_out_text = "Activity task timed out";

/// Wraps the cause in what Temporal's SDKs put around it: which activity it was, and who ran it,
/// where the event says so: that of a timeout does not.
template <class Closed>
auto activity_failed(replay::operation const& op, Closed const& closed, retry_state state,
                     failure cause, std::string message) -> failure {
  auto const& asked = op.command.get<events::activity_task_scheduled>();
  failure why{};
  why.message = std::move(message);
  activity_failure_info info{};
  info.scheduled_event_id = closed.scheduled_event_id;
  info.started_event_id = closed.started_event_id;
  if constexpr (requires { closed.identity; }) info.identity = closed.identity;
  info.activity_type = asked.activity_type;
  info.activity_id = asked.activity_id;
  info.retry_state = state;
  why.info = std::move(info);
  why.cause = std::move(cause);
  return why;
}

template <class Closed>
auto child_failed(replay::operation const& op, Closed const& closed, retry_state state,
                  failure cause, std::string message) -> failure {
  auto const& asked = op.command.get<events::start_child_workflow_execution_initiated>();
  failure why{};
  why.message = std::move(message);
  child_workflow_failure_info info{};
  info.namespace_ = closed.namespace_;
  info.workflow_execution = {asked.workflow_id, {}};
  if constexpr (requires { closed.workflow_execution; })
    info.workflow_execution = closed.workflow_execution;
  info.workflow_type = asked.workflow_type;
  info.initiated_event_id = closed.initiated_event_id;
  if constexpr (requires { closed.started_event_id; })
    info.started_event_id = closed.started_event_id;
  info.retry_state = state;
  why.info = std::move(info);
  why.cause = std::move(cause);
  return why;
}

[[nodiscard]] auto failure_of(indirect<failure> const& recorded) -> failure;

/// A local activity's marker holds what it failed with; around it comes which activity it was. A
/// side effect is no activity to workflow code.
[[nodiscard]] auto local_activity_failed(replay::operation const& op, failure cause) -> failure;

[[nodiscard]] auto external_failure(std::string message) -> failure;

/// Whether a resolved operation failed, without looking into its outcome.
[[nodiscard]] auto is_failure(replay::operation const& op) noexcept -> bool;

/// Reads the outcome of a resolved operation. The cause chains are those of Temporal's SDKs.
[[nodiscard]] auto resolution_of(run_context& run, replay::operation_index index) -> resolution;

#if PERDURE_DEFINES
PERDURE_INLINE auto cancelled_failure(std::string message) -> failure {
  failure why{};
  why.message = std::move(message);
  why.info = canceled_failure_info{};
  return why;
}
PERDURE_INLINE auto make_timeout(timeout_type type, std::string message) -> failure {
  failure why{};
  why.message = std::move(message);
  why.info = timeout_failure_info{.timeout_type = type};
  return why;
}
PERDURE_INLINE auto local_activity_failed(replay::operation const& op, failure cause) -> failure {
  auto const& asked = op.command.get<events::activity_task_scheduled>();
  bool const bare = asked.activity_type == side_effect_type ||
                    std::holds_alternative<canceled_failure_info>(cause.info) ||
                    std::holds_alternative<activity_failure_info>(cause.info);
  if (bare) return cause;
  failure why{};
  why.message = std::holds_alternative<timeout_failure_info>(cause.info) ? activity_timed_out_text
                                                                         : activity_failed_text;
  activity_failure_info info{};
  info.activity_type = asked.activity_type;
  info.activity_id = asked.activity_id;
  why.info = std::move(info);
  why.cause = std::move(cause);
  return why;
}
PERDURE_INLINE auto external_failure(std::string message) -> failure {
  failure why{};
  why.message = std::move(message);
  why.info = application_failure_info{.type = "ExternalWorkflowExecutionNotFound"};
  return why;
}
PERDURE_INLINE auto is_failure(replay::operation const& op) noexcept -> bool {
  if (op.cancelled) return true;
  switch (op.closed_by) {
  case event_type::activity_task_completed:
  case event_type::child_workflow_execution_completed:
  case event_type::timer_fired:
  case event_type::external_workflow_execution_signaled:
  case event_type::external_workflow_execution_cancel_requested: return false;
  case event_type::marker_recorded:
    return static_cast<bool>(op.outcome.get<events::marker_recorded>().failure);
  default: return true;
  }
}
PERDURE_INLINE auto resolution_of(run_context& run, replay::operation_index index) -> resolution {
  replay::operation const& op = run.machine.at(index);
  if (op.cancelled) {
    switch (op.kind) {
    case replay::operation_kind::activity:
    case replay::operation_kind::local_activity:
      return {true, {}, cancelled_failure("activity cancelled")};
    case replay::operation_kind::child_workflow:
      return {true, {}, cancelled_failure("child workflow cancelled")};
    case replay::operation_kind::timer: return {true, {}, cancelled_failure("timer cancelled")};
    default: return {true, {}, cancelled_failure()};
    }
  }
  switch (op.closed_by) {
  case event_type::activity_task_completed:
    return {false, op.outcome.get<events::activity_task_completed>().result, {}};
  case event_type::activity_task_failed: {
    auto const& e = op.outcome.get<events::activity_task_failed>();
    return {true,
            {},
            activity_failed(op, e, e.retry_state, failure_of(e.failure), activity_failed_text)};
  }
  case event_type::activity_task_timed_out: {
    auto const& e = op.outcome.get<events::activity_task_timed_out>();
    return {true,
            {},
            activity_failed(op, e, e.retry_state, failure_of(e.failure), activity_timed_out_text)};
  }
  case event_type::activity_task_canceled: {
    failure why = cancelled_failure("activity cancelled");
    std::get<canceled_failure_info>(why.info).details =
        op.outcome.get<events::activity_task_canceled>().details;
    return {true, {}, std::move(why)};
  }
  case event_type::child_workflow_execution_completed:
    return {false, op.outcome.get<events::child_workflow_execution_completed>().result, {}};
  case event_type::child_workflow_execution_failed: {
    auto const& e = op.outcome.get<events::child_workflow_execution_failed>();
    return {true,
            {},
            child_failed(op, e, e.retry_state, failure_of(e.failure),
                         "Child Workflow execution failed")};
  }
  case event_type::child_workflow_execution_canceled:
    return {true, {}, cancelled_failure("child workflow cancelled")};
  case event_type::child_workflow_execution_timed_out: {
    auto const& e = op.outcome.get<events::child_workflow_execution_timed_out>();
    failure timeout = make_timeout(timeout_type::start_to_close, "Timed out");
    return {true,
            {},
            child_failed(op, e, e.retry_state, std::move(timeout),
                         "Child Workflow execution timed out")};
  }
  case event_type::child_workflow_execution_terminated: {
    failure ended{};
    ended.message = "Terminated";
    ended.info = terminated_failure_info{};
    auto const& e = op.outcome.get<events::child_workflow_execution_terminated>();
    return {true,
            {},
            child_failed(op, e, retry_state::non_retryable_failure, std::move(ended),
                         "Child Workflow execution terminated")};
  }
  case event_type::start_child_workflow_execution_failed: {
    failure refused{};
    refused.message = "a workflow with this id was started before";
    refused.info =
        application_failure_info{.type = "WorkflowExecutionAlreadyStarted", .non_retryable = true};
    auto const& e = op.outcome.get<events::start_child_workflow_execution_failed>();
    return {true,
            {},
            child_failed(op, e, retry_state::non_retryable_failure, std::move(refused),
                         "child workflow could not be started")};
  }
  case event_type::signal_external_workflow_execution_failed:
    return {
        true, {}, external_failure("the signal could not be delivered: no open run with that id")};
  case event_type::request_cancel_external_workflow_execution_failed:
    return {true,
            {},
            external_failure("the cancellation could not be delivered: no open run with that id")};
  case event_type::marker_recorded: {
    auto const& marker = op.outcome.get<events::marker_recorded>();
    if (marker.failure) return {true, {}, local_activity_failed(op, *marker.failure)};
    return {false, replay::local_activity_result(marker), {}};
  }
  default: return {}; // a timer that fired, a signal or cancellation that arrived
  }
}
PERDURE_INLINE auto failure_of(indirect<failure> const& recorded) -> failure {
  return recorded ? *recorded : failure{};
}
#endif

} // namespace perdure::inline v0::detail
