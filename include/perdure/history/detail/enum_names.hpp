// The wire names of every enumeration of history, indexed by number.
#pragma once

#include <string_view>

#include "perdure/history/enums.hpp"
#include "perdure/history/event_type.hpp"

namespace perdure::inline v0::detail {

/// `prefix` of the spelling that is written (`RETRY_STATE_IN_PROGRESS`), and the names in the older
/// spelling (`InProgress`), which says the same without repeating itself. Numbers without a name
/// hold "".
template <class E>
struct enum_names;

// clang-format off
template <>
struct enum_names<event_type> {
  static constexpr std::string_view prefix = "EVENT_TYPE_";
  static constexpr std::string_view names[]{
      "Unspecified", "WorkflowExecutionStarted", "WorkflowExecutionCompleted",
      "WorkflowExecutionFailed", "WorkflowExecutionTimedOut", "WorkflowTaskScheduled",
      "WorkflowTaskStarted", "WorkflowTaskCompleted", "WorkflowTaskTimedOut", "WorkflowTaskFailed",
      "ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted", "ActivityTaskFailed",
      "ActivityTaskTimedOut", "ActivityTaskCancelRequested", "ActivityTaskCanceled", "TimerStarted",
      "TimerFired", "TimerCanceled", "WorkflowExecutionCancelRequested",
      "WorkflowExecutionCanceled", "RequestCancelExternalWorkflowExecutionInitiated",
      "RequestCancelExternalWorkflowExecutionFailed", "ExternalWorkflowExecutionCancelRequested",
      "MarkerRecorded", "WorkflowExecutionSignaled", "WorkflowExecutionTerminated",
      "WorkflowExecutionContinuedAsNew", "StartChildWorkflowExecutionInitiated",
      "StartChildWorkflowExecutionFailed", "ChildWorkflowExecutionStarted",
      "ChildWorkflowExecutionCompleted", "ChildWorkflowExecutionFailed",
      "ChildWorkflowExecutionCanceled", "ChildWorkflowExecutionTimedOut",
      "ChildWorkflowExecutionTerminated", "SignalExternalWorkflowExecutionInitiated",
      "SignalExternalWorkflowExecutionFailed", "ExternalWorkflowExecutionSignaled",
      "UpsertWorkflowSearchAttributes", "WorkflowExecutionUpdateAccepted",
      "WorkflowExecutionUpdateRejected", "WorkflowExecutionUpdateCompleted",
      "WorkflowPropertiesModifiedExternally", "ActivityPropertiesModifiedExternally",
      "WorkflowPropertiesModified", "WorkflowExecutionUpdateAdmitted", "NexusOperationScheduled",
      "NexusOperationStarted", "NexusOperationCompleted", "NexusOperationFailed",
      "NexusOperationCanceled", "NexusOperationTimedOut", "NexusOperationCancelRequested",
      "WorkflowExecutionOptionsUpdated", "NexusOperationCancelRequestCompleted",
      "NexusOperationCancelRequestFailed", "WorkflowExecutionPaused", "WorkflowExecutionUnpaused",
      "WorkflowExecutionTimeSkippingTransitioned",
  };
};

template <>
struct enum_names<command_type> {
  static constexpr std::string_view prefix = "COMMAND_TYPE_";
  static constexpr std::string_view names[]{
      "Unspecified", "ScheduleActivityTask", "RequestCancelActivityTask", "StartTimer",
      "CompleteWorkflowExecution", "FailWorkflowExecution", "CancelTimer",
      "CancelWorkflowExecution", "RequestCancelExternalWorkflowExecution", "RecordMarker",
      "ContinueAsNewWorkflowExecution", "StartChildWorkflowExecution",
      "SignalExternalWorkflowExecution", "UpsertWorkflowSearchAttributes", "ProtocolMessage", "",
      "ModifyWorkflowProperties", "ScheduleNexusOperation", "RequestCancelNexusOperation",
  };
};

template <>
struct enum_names<workflow_execution_status> {
  static constexpr std::string_view prefix = "WORKFLOW_EXECUTION_STATUS_";
  static constexpr std::string_view names[]{
      "Unspecified", "Running", "Completed", "Failed", "Canceled", "Terminated", "ContinuedAsNew",
      "TimedOut", "Paused",
  };
};

template <>
struct enum_names<timeout_type> {
  static constexpr std::string_view prefix = "TIMEOUT_TYPE_";
  static constexpr std::string_view names[]{
      "Unspecified", "StartToClose", "ScheduleToStart", "ScheduleToClose", "Heartbeat",
  };
};

template <>
struct enum_names<retry_state> {
  static constexpr std::string_view prefix = "RETRY_STATE_";
  static constexpr std::string_view names[]{
      "Unspecified", "InProgress", "NonRetryableFailure", "Timeout", "MaximumAttemptsReached",
      "RetryPolicyNotSet", "InternalServerError", "CancelRequested",
  };
};

template <>
struct enum_names<parent_close_policy> {
  static constexpr std::string_view prefix = "PARENT_CLOSE_POLICY_";
  static constexpr std::string_view names[]{
      "Unspecified", "Terminate", "Abandon", "RequestCancel",
  };
};

template <>
struct enum_names<task_queue_kind> {
  static constexpr std::string_view prefix = "TASK_QUEUE_KIND_";
  static constexpr std::string_view names[]{
      "Unspecified", "Normal", "Sticky", "WorkerCommands",
  };
};

template <>
struct enum_names<workflow_id_reuse_policy> {
  static constexpr std::string_view prefix = "WORKFLOW_ID_REUSE_POLICY_";
  static constexpr std::string_view names[]{
      "Unspecified", "AllowDuplicate", "AllowDuplicateFailedOnly", "RejectDuplicate",
      "TerminateIfRunning",
  };
};

template <>
struct enum_names<workflow_id_conflict_policy> {
  static constexpr std::string_view prefix = "WORKFLOW_ID_CONFLICT_POLICY_";
  static constexpr std::string_view names[]{
      "Unspecified", "Fail", "UseExisting", "TerminateExisting",
  };
};

template <>
struct enum_names<continue_as_new_initiator> {
  static constexpr std::string_view prefix = "CONTINUE_AS_NEW_INITIATOR_";
  static constexpr std::string_view names[]{
      "Unspecified", "Workflow", "Retry", "CronSchedule",
  };
};

template <>
struct enum_names<continue_as_new_versioning_behavior> {
  static constexpr std::string_view prefix = "CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_";
  static constexpr std::string_view names[]{
      "Unspecified", "AutoUpgrade", "UseRampingVersion",
  };
};

template <>
struct enum_names<versioning_behavior> {
  static constexpr std::string_view prefix = "VERSIONING_BEHAVIOR_";
  static constexpr std::string_view names[]{
      "Unspecified", "Pinned", "AutoUpgrade",
  };
};

template <>
struct enum_names<suggest_continue_as_new_reason> {
  static constexpr std::string_view prefix = "SUGGEST_CONTINUE_AS_NEW_REASON_";
  static constexpr std::string_view names[]{
      "Unspecified", "HistorySizeTooLarge", "TooManyHistoryEvents", "TooManyUpdates",
  };
};

template <>
struct enum_names<application_error_category> {
  static constexpr std::string_view prefix = "APPLICATION_ERROR_CATEGORY_";
  static constexpr std::string_view names[]{
      "Unspecified", "Benign",
  };
};

template <>
struct enum_names<nexus_handler_error_retry_behavior> {
  static constexpr std::string_view prefix = "NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_";
  static constexpr std::string_view names[]{
      "Unspecified", "Retryable", "NonRetryable",
  };
};

template <>
struct enum_names<update_admitted_event_origin> {
  static constexpr std::string_view prefix = "UPDATE_ADMITTED_EVENT_ORIGIN_";
  static constexpr std::string_view names[]{
      "Unspecified", "Reapply",
  };
};

template <>
struct enum_names<workflow_task_failed_cause> {
  static constexpr std::string_view prefix = "WORKFLOW_TASK_FAILED_CAUSE_";
  static constexpr std::string_view names[]{
      "Unspecified", "UnhandledCommand", "BadScheduleActivityAttributes",
      "BadRequestCancelActivityAttributes", "BadStartTimerAttributes", "BadCancelTimerAttributes",
      "BadRecordMarkerAttributes", "BadCompleteWorkflowExecutionAttributes",
      "BadFailWorkflowExecutionAttributes", "BadCancelWorkflowExecutionAttributes",
      "BadRequestCancelExternalWorkflowExecutionAttributes", "BadContinueAsNewAttributes",
      "StartTimerDuplicateId", "ResetStickyTaskQueue", "WorkflowWorkerUnhandledFailure",
      "BadSignalWorkflowExecutionAttributes", "BadStartChildExecutionAttributes",
      "ForceCloseCommand", "FailoverCloseCommand", "BadSignalInputSize", "ResetWorkflow",
      "BadBinary", "ScheduleActivityDuplicateId", "BadSearchAttributes", "NonDeterministicError",
      "BadModifyWorkflowPropertiesAttributes", "PendingChildWorkflowsLimitExceeded",
      "PendingActivitiesLimitExceeded", "PendingSignalsLimitExceeded",
      "PendingRequestCancelLimitExceeded", "BadUpdateWorkflowExecutionMessage", "UnhandledUpdate",
      "BadScheduleNexusOperationAttributes", "PendingNexusOperationsLimitExceeded",
      "BadRequestCancelNexusOperationAttributes", "FeatureDisabled", "GrpcMessageTooLarge",
      "PayloadsTooLarge", "ExternalStorageFailure", "WorkflowPauseRequestedBeforeTaskStarted",
      "RequestTooLarge",
  };
};

template <>
struct enum_names<activity_task_failed_cause> {
  static constexpr std::string_view prefix = "ACTIVITY_TASK_FAILED_CAUSE_";
  static constexpr std::string_view names[]{
      "Unspecified", "PayloadsTooLarge", "ExternalStorageFailure", "ActivityWorkerUnhandledFailure",
  };
};

template <>
struct enum_names<start_child_workflow_execution_failed_cause> {
  static constexpr std::string_view prefix = "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_";
  static constexpr std::string_view names[]{
      "Unspecified", "WorkflowAlreadyExists", "NamespaceNotFound", "InvalidVersioningOverride",
  };
};

template <>
struct enum_names<signal_external_workflow_execution_failed_cause> {
  static constexpr std::string_view prefix = "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_";
  static constexpr std::string_view names[]{
      "Unspecified", "ExternalWorkflowExecutionNotFound", "NamespaceNotFound",
      "SignalCountLimitExceeded",
  };
};

template <>
struct enum_names<cancel_external_workflow_execution_failed_cause> {
  static constexpr std::string_view prefix = "CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_";
  static constexpr std::string_view names[]{
      "Unspecified", "ExternalWorkflowExecutionNotFound", "NamespaceNotFound",
  };
};

// clang-format on

} // namespace perdure::inline v0::detail
