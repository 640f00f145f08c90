// The enumerations of events and commands, with Temporal's names and numbers. A number that a newer
// server writes and that is not listed here is kept as it is.
#pragma once

#include <cstdint>

namespace perdure::inline v0 {

/// Whether a run is open, and how it closed.
enum class workflow_execution_status : std::int16_t {
  unspecified = 0,
  running = 1,
  completed = 2,
  failed = 3,
  canceled = 4,
  terminated = 5,
  continued_as_new = 6,
  timed_out = 7,
  paused = 8,
};

/// Which of the timeouts of an activity or a task passed.
enum class timeout_type : std::int16_t {
  unspecified = 0,
  start_to_close = 1,
  schedule_to_start = 2,
  schedule_to_close = 3,
  heartbeat = 4,
};

/// Why a failure was not retried, or that it is still being retried.
enum class retry_state : std::int16_t {
  unspecified = 0,
  in_progress = 1,
  non_retryable_failure = 2,
  timeout = 3,
  maximum_attempts_reached = 4,
  retry_policy_not_set = 5,
  internal_server_error = 6,
  cancel_requested = 7,
};

/// What happens to a child when its parent closes.
enum class parent_close_policy : std::int16_t {
  unspecified = 0,
  terminate = 1,
  abandon = 2,
  request_cancel = 3,
};

/// Whether a task queue is shared by workers or belongs to one (sticky).
enum class task_queue_kind : std::int16_t {
  unspecified = 0,
  normal = 1,
  sticky = 2,
  worker_commands = 3,
};

/// Whether a workflow id may be used again after its last run closed.
enum class workflow_id_reuse_policy : std::int16_t {
  unspecified = 0,
  allow_duplicate = 1,
  allow_duplicate_failed_only = 2,
  reject_duplicate = 3,
  terminate_if_running = 4,
};

/// What happens when a run with the workflow id is still open.
enum class workflow_id_conflict_policy : std::int16_t {
  unspecified = 0,
  fail = 1,
  use_existing = 2,
  terminate_existing = 3,
};

/// What started a run that continues another.
enum class continue_as_new_initiator : std::int16_t {
  unspecified = 0,
  workflow = 1,
  retry = 2,
  cron_schedule = 3,
};

/// The version that a continued run starts on.
enum class continue_as_new_versioning_behavior : std::int16_t {
  unspecified = 0,
  auto_upgrade = 1,
  use_ramping_version = 2,
};

/// How a run moves between worker deployment versions.
enum class versioning_behavior : std::int16_t {
  unspecified = 0,
  pinned = 1,
  auto_upgrade = 2,
};

/// Why the backend suggests to continue as new.
enum class suggest_continue_as_new_reason : std::int16_t {
  unspecified = 0,
  history_size_too_large = 1,
  too_many_history_events = 2,
  too_many_updates = 3,
};

/// How serious an application failure is for whoever watches.
enum class application_error_category : std::int16_t {
  unspecified = 0,
  benign = 1,
};

/// Whether a Nexus handler error is retried.
enum class nexus_handler_error_retry_behavior : std::int16_t {
  unspecified = 0,
  retryable = 1,
  non_retryable = 2,
};

/// Why an update was written to history before it was accepted.
enum class update_admitted_event_origin : std::int16_t {
  unspecified = 0,
  reapply = 1,
};

/// Why a workflow task failed.
enum class workflow_task_failed_cause : std::int16_t {
  unspecified = 0,
  unhandled_command = 1,
  bad_schedule_activity_attributes = 2,
  bad_request_cancel_activity_attributes = 3,
  bad_start_timer_attributes = 4,
  bad_cancel_timer_attributes = 5,
  bad_record_marker_attributes = 6,
  bad_complete_workflow_execution_attributes = 7,
  bad_fail_workflow_execution_attributes = 8,
  bad_cancel_workflow_execution_attributes = 9,
  bad_request_cancel_external_workflow_execution_attributes = 10,
  bad_continue_as_new_attributes = 11,
  start_timer_duplicate_id = 12,
  reset_sticky_task_queue = 13,
  workflow_worker_unhandled_failure = 14,
  bad_signal_workflow_execution_attributes = 15,
  bad_start_child_execution_attributes = 16,
  force_close_command = 17,
  failover_close_command = 18,
  bad_signal_input_size = 19,
  reset_workflow = 20,
  bad_binary = 21,
  schedule_activity_duplicate_id = 22,
  bad_search_attributes = 23,
  non_deterministic_error = 24,
  bad_modify_workflow_properties_attributes = 25,
  pending_child_workflows_limit_exceeded = 26,
  pending_activities_limit_exceeded = 27,
  pending_signals_limit_exceeded = 28,
  pending_request_cancel_limit_exceeded = 29,
  bad_update_workflow_execution_message = 30,
  unhandled_update = 31,
  bad_schedule_nexus_operation_attributes = 32,
  pending_nexus_operations_limit_exceeded = 33,
  bad_request_cancel_nexus_operation_attributes = 34,
  feature_disabled = 35,
  grpc_message_too_large = 36,
  payloads_too_large = 37,
  external_storage_failure = 38,
  workflow_pause_requested_before_task_started = 39,
  request_too_large = 40,
};

/// Why an activity task failed, when the reason is not in the failure.
enum class activity_task_failed_cause : std::int16_t {
  unspecified = 0,
  payloads_too_large = 1,
  external_storage_failure = 2,
  activity_worker_unhandled_failure = 3,
};

/// Why a child workflow could not be started.
enum class start_child_workflow_execution_failed_cause : std::int16_t {
  unspecified = 0,
  workflow_already_exists = 1,
  namespace_not_found = 2,
  invalid_versioning_override = 3,
};

/// Why another workflow could not be signalled.
enum class signal_external_workflow_execution_failed_cause : std::int16_t {
  unspecified = 0,
  external_workflow_execution_not_found = 1,
  namespace_not_found = 2,
  signal_count_limit_exceeded = 3,
};

/// Why another workflow could not be asked to cancel.
enum class cancel_external_workflow_execution_failed_cause : std::int16_t {
  unspecified = 0,
  external_workflow_execution_not_found = 1,
  namespace_not_found = 2,
};

} // namespace perdure::inline v0
