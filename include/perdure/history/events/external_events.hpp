// Signals and cancellations that a run sends to others.
#pragma once

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"

namespace perdure::inline v0::events {

/// The run asks another to cancel. Also what the command request_cancel_external_workflow_execution
/// carries.
struct request_cancel_external_workflow_execution_initiated {
  static constexpr event_type type{
      event_type::request_cancel_external_workflow_execution_initiated};

  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string control{}; ///< Deprecated by Temporal.
  shared_string reason{};
  indirect<unknown_fields> unknown{};
  bool child_workflow_only{}; ///< Refuse unless the target is a child of this run.

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("control", self.control);
    on("childWorkflowOnly", self.child_workflow_only);
    on("reason", self.reason);
  }
};

/// The other run could not be asked to cancel.
struct request_cancel_external_workflow_execution_failed {
  static constexpr event_type type{event_type::request_cancel_external_workflow_execution_failed};

  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  event_id initiated_event_id{};
  shared_string control{}; ///< Deprecated by Temporal.
  indirect<unknown_fields> unknown{};
  cancel_external_workflow_execution_failed_cause cause{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("cause", self.cause);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("initiatedEventId", self.initiated_event_id);
    on("control", self.control);
  }
};

/// The other run was asked to cancel.
struct external_workflow_execution_cancel_requested {
  static constexpr event_type type{event_type::external_workflow_execution_cancel_requested};

  event_id initiated_event_id{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("initiatedEventId", self.initiated_event_id);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
  }
};

/// The run signals another. Also what the command signal_external_workflow_execution carries.
struct signal_external_workflow_execution_initiated {
  static constexpr event_type type{event_type::signal_external_workflow_execution_initiated};

  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string signal_name{};
  payloads input{};
  shared_string control{}; ///< Deprecated by Temporal.
  indirect<payload_map> header{};
  indirect<unknown_fields> unknown{};
  bool child_workflow_only{}; ///< Refuse unless the target is a child of this run.

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("signalName", self.signal_name);
    on("input", self.input);
    on("control", self.control);
    on("childWorkflowOnly", self.child_workflow_only);
    on("header", "fields", self.header);
  }
};

/// The signal could not be delivered.
struct signal_external_workflow_execution_failed {
  static constexpr event_type type{event_type::signal_external_workflow_execution_failed};

  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  event_id initiated_event_id{};
  shared_string control{}; ///< Deprecated by Temporal.
  indirect<unknown_fields> unknown{};
  signal_external_workflow_execution_failed_cause cause{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("cause", self.cause);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("initiatedEventId", self.initiated_event_id);
    on("control", self.control);
  }
};

/// The signal was delivered.
struct external_workflow_execution_signaled {
  static constexpr event_type type{event_type::external_workflow_execution_signaled};

  event_id initiated_event_id{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string control{}; ///< Deprecated by Temporal.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("initiatedEventId", self.initiated_event_id);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("control", self.control);
  }
};

} // namespace perdure::inline v0::events
