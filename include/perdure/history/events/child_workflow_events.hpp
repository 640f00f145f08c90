// The life of a child workflow, as its parent sees it.
#pragma once

#include <optional>

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::events {

/// A child was asked for. Also what the command start_child_workflow_execution carries.
struct start_child_workflow_execution_initiated {
  static constexpr event_type type{event_type::start_child_workflow_execution_initiated};

  shared_string namespace_{};
  shared_string namespace_id{};
  shared_string workflow_id{};
  shared_string workflow_type{};
  perdure::task_queue task_queue{};
  payloads input{};
  std::optional<duration> workflow_execution_timeout{};
  std::optional<duration> workflow_run_timeout{};
  std::optional<duration> workflow_task_timeout{};
  shared_string control{}; ///< Deprecated by Temporal.
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<perdure::retry_policy> retry_policy{}; ///< None: the child is not retried.
  shared_string cron_schedule{};
  indirect<payload_map> header{};
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
  indirect<perdure::priority> priority{};
  indirect<raw_json> versioning_override{};
  indirect<unknown_fields> unknown{};
  perdure::parent_close_policy parent_close_policy{};
  perdure::workflow_id_reuse_policy workflow_id_reuse_policy{};
  bool inherit_build_id{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowId", self.workflow_id);
    on("workflowType", "name", self.workflow_type);
    on("taskQueue", self.task_queue);
    on("input", self.input);
    on("workflowExecutionTimeout", self.workflow_execution_timeout);
    on("workflowRunTimeout", self.workflow_run_timeout);
    on("workflowTaskTimeout", self.workflow_task_timeout);
    on("parentClosePolicy", self.parent_close_policy);
    on("control", self.control);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("workflowIdReusePolicy", self.workflow_id_reuse_policy);
    on("retryPolicy", self.retry_policy);
    on("cronSchedule", self.cron_schedule);
    on("header", "fields", self.header);
    on("memo", "fields", self.memo);
    on("searchAttributes", "indexedFields", self.search_attributes);
    on("inheritBuildId", self.inherit_build_id);
    on("priority", self.priority);
    on("versioningOverride", self.versioning_override);
  }
};

/// The child could not be started.
struct start_child_workflow_execution_failed {
  static constexpr event_type type{event_type::start_child_workflow_execution_failed};

  shared_string namespace_{};
  shared_string namespace_id{};
  shared_string workflow_id{};
  shared_string workflow_type{};
  shared_string control{}; ///< Deprecated by Temporal.
  event_id initiated_event_id{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<unknown_fields> unknown{};
  start_child_workflow_execution_failed_cause cause{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowId", self.workflow_id);
    on("workflowType", "name", self.workflow_type);
    on("cause", self.cause);
    on("control", self.control);
    on("initiatedEventId", self.initiated_event_id);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
  }
};

/// The child runs; its run id is known from here on.
struct child_workflow_execution_started {
  static constexpr event_type type{event_type::child_workflow_execution_started};

  shared_string namespace_{};
  shared_string namespace_id{};
  event_id initiated_event_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string workflow_type{};
  indirect<payload_map> header{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("initiatedEventId", self.initiated_event_id);
    on("workflowExecution", self.workflow_execution);
    on("workflowType", "name", self.workflow_type);
    on("header", "fields", self.header);
  }
};

/// The child returned.
struct child_workflow_execution_completed {
  static constexpr event_type type{event_type::child_workflow_execution_completed};

  payloads result{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string workflow_type{};
  event_id initiated_event_id{};
  event_id started_event_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("result", self.result);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("workflowType", "name", self.workflow_type);
    on("initiatedEventId", self.initiated_event_id);
    on("startedEventId", self.started_event_id);
  }
};

/// The child failed.
struct child_workflow_execution_failed {
  static constexpr event_type type{event_type::child_workflow_execution_failed};

  indirect<perdure::failure> failure{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string workflow_type{};
  event_id initiated_event_id{};
  event_id started_event_id{};
  indirect<unknown_fields> unknown{};
  perdure::retry_state retry_state{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("failure", self.failure);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("workflowType", "name", self.workflow_type);
    on("initiatedEventId", self.initiated_event_id);
    on("startedEventId", self.started_event_id);
    on("retryState", self.retry_state);
  }
};

/// The child ended because it was asked to.
struct child_workflow_execution_canceled {
  static constexpr event_type type{event_type::child_workflow_execution_canceled};

  payloads details{};
  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string workflow_type{};
  event_id initiated_event_id{};
  event_id started_event_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("details", self.details);
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("workflowType", "name", self.workflow_type);
    on("initiatedEventId", self.initiated_event_id);
    on("startedEventId", self.started_event_id);
  }
};

/// The child passed its run or execution timeout.
struct child_workflow_execution_timed_out {
  static constexpr event_type type{event_type::child_workflow_execution_timed_out};

  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string workflow_type{};
  event_id initiated_event_id{};
  event_id started_event_id{};
  indirect<unknown_fields> unknown{};
  perdure::retry_state retry_state{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("workflowType", "name", self.workflow_type);
    on("initiatedEventId", self.initiated_event_id);
    on("startedEventId", self.started_event_id);
    on("retryState", self.retry_state);
  }
};

/// The child was terminated.
struct child_workflow_execution_terminated {
  static constexpr event_type type{event_type::child_workflow_execution_terminated};

  shared_string namespace_{};
  shared_string namespace_id{};
  perdure::workflow_execution workflow_execution{};
  shared_string workflow_type{};
  event_id initiated_event_id{};
  event_id started_event_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("namespace", self.namespace_);
    on("namespaceId", self.namespace_id);
    on("workflowExecution", self.workflow_execution);
    on("workflowType", "name", self.workflow_type);
    on("initiatedEventId", self.initiated_event_id);
    on("startedEventId", self.started_event_id);
  }
};

} // namespace perdure::inline v0::events
