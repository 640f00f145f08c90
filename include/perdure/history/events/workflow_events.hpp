// How a run starts and ends.
#pragma once

#include <cstdint>
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

/// The first event of every run. Its time is what `now()` gives before the first workflow task.
struct workflow_execution_started {
  static constexpr event_type type{event_type::workflow_execution_started};

  shared_string workflow_type{};
  shared_string parent_workflow_namespace{};
  shared_string parent_workflow_namespace_id{};
  perdure::workflow_execution parent_workflow_execution{};
  event_id parent_initiated_event_id{};
  perdure::task_queue task_queue{};
  payloads input{};
  /// Of the chain of runs. None or 0: no limit.
  std::optional<duration> workflow_execution_timeout{};
  std::optional<duration> workflow_run_timeout{}; ///< Of this run. None or 0: no limit.
  std::optional<duration> workflow_task_timeout{};
  shared_string continued_execution_run_id{};     ///< The run that this one continues; else empty.
  indirect<perdure::failure> continued_failure{}; ///< Of the run before, when this one retries it.
  payloads last_completion_result{};              ///< Of the last cron run that completed.
  /// Survives a reset; seeds the random numbers of the workflow.
  shared_string original_execution_run_id{};
  shared_string identity{};
  shared_string first_execution_run_id{};         ///< Of the chain of continued and retried runs.
  indirect<perdure::retry_policy> retry_policy{}; ///< None: the run is not retried.
  std::optional<time_point> workflow_execution_expiration_time{};
  shared_string cron_schedule{};
  /// How long the first workflow task waits.
  std::optional<duration> first_workflow_task_backoff{};
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
  indirect<payload_map> header{};
  std::int64_t parent_initiated_event_version{};
  shared_string workflow_id{};
  perdure::workflow_execution root_workflow_execution{};
  indirect<raw_json> versioning_override{};
  indirect<perdure::priority> priority{};
  /// That the run is pinned to from its start: of its pinned parent, or of the run before.
  indirect<worker_deployment_version> inherited_pinned_version{};
  indirect<unknown_fields> unknown{};
  std::int32_t attempt{}; ///< Of a retried run, from 1.
  continue_as_new_initiator initiator{};
  bool eager_execution_accepted{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowType", "name", self.workflow_type);
    on("parentWorkflowNamespace", self.parent_workflow_namespace);
    on("parentWorkflowNamespaceId", self.parent_workflow_namespace_id);
    on("parentWorkflowExecution", self.parent_workflow_execution);
    on("parentInitiatedEventId", self.parent_initiated_event_id);
    on("taskQueue", self.task_queue);
    on("input", self.input);
    on("workflowExecutionTimeout", self.workflow_execution_timeout);
    on("workflowRunTimeout", self.workflow_run_timeout);
    on("workflowTaskTimeout", self.workflow_task_timeout);
    on("continuedExecutionRunId", self.continued_execution_run_id);
    on("initiator", self.initiator);
    on("continuedFailure", self.continued_failure);
    on("lastCompletionResult", self.last_completion_result);
    on("originalExecutionRunId", self.original_execution_run_id);
    on("identity", self.identity);
    on("firstExecutionRunId", self.first_execution_run_id);
    on("retryPolicy", self.retry_policy);
    on("attempt", self.attempt);
    on("workflowExecutionExpirationTime", self.workflow_execution_expiration_time);
    on("cronSchedule", self.cron_schedule);
    on("firstWorkflowTaskBackoff", self.first_workflow_task_backoff);
    on("memo", "fields", self.memo);
    on("searchAttributes", "indexedFields", self.search_attributes);
    on("header", "fields", self.header);
    on("parentInitiatedEventVersion", self.parent_initiated_event_version);
    on("workflowId", self.workflow_id);
    on("rootWorkflowExecution", self.root_workflow_execution);
    on("versioningOverride", self.versioning_override);
    on("priority", self.priority);
    on("inheritedPinnedVersion", self.inherited_pinned_version);
    on("eagerExecutionAccepted", self.eager_execution_accepted);
  }
};

/// The run returned. Also what the command complete_workflow_execution carries.
struct workflow_execution_completed {
  static constexpr event_type type{event_type::workflow_execution_completed};

  payloads result{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string new_execution_run_id{}; ///< Of the retry or the next cron run; else empty.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("result", self.result);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("newExecutionRunId", self.new_execution_run_id);
  }
};

/// The run failed. Also what the command fail_workflow_execution carries.
struct workflow_execution_failed {
  static constexpr event_type type{event_type::workflow_execution_failed};

  indirect<perdure::failure> failure{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string new_execution_run_id{}; ///< Of the retry or the next cron run; else empty.
  indirect<unknown_fields> unknown{};
  perdure::retry_state retry_state{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("failure", self.failure);
    on("retryState", self.retry_state);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("newExecutionRunId", self.new_execution_run_id);
  }
};

/// The run passed its run or execution timeout.
struct workflow_execution_timed_out {
  static constexpr event_type type{event_type::workflow_execution_timed_out};

  shared_string new_execution_run_id{}; ///< Of the retry or the next cron run; else empty.
  indirect<unknown_fields> unknown{};
  perdure::retry_state retry_state{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("retryState", self.retry_state);
    on("newExecutionRunId", self.new_execution_run_id);
  }
};

/// The run ended because it was asked to. Also what the command cancel_workflow_execution carries.
struct workflow_execution_canceled {
  static constexpr event_type type{event_type::workflow_execution_canceled};

  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  payloads details{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("details", self.details);
  }
};

/// The run was ended from outside, without a word to its code.
struct workflow_execution_terminated {
  static constexpr event_type type{event_type::workflow_execution_terminated};

  shared_string reason{};
  payloads details{};
  shared_string identity{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("reason", self.reason);
    on("details", self.details);
    on("identity", self.identity);
  }
};

/// The run ended and a new one goes on under the same workflow id. Also what the command
/// continue_as_new_workflow_execution carries.
struct workflow_execution_continued_as_new {
  static constexpr event_type type{event_type::workflow_execution_continued_as_new};

  shared_string new_execution_run_id{}; ///< Empty in a command: chosen when it is recorded.
  shared_string workflow_type{};
  perdure::task_queue task_queue{};
  payloads input{};
  std::optional<duration> workflow_run_timeout{};
  std::optional<duration> workflow_task_timeout{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  std::optional<duration> backoff_start_interval{};
  indirect<perdure::failure> failure{};
  payloads last_completion_result{};
  indirect<payload_map> header{};
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
  /// Of the next run. Part of the command alone: no event holds it.
  indirect<perdure::retry_policy> retry_policy{};
  indirect<unknown_fields> unknown{};
  continue_as_new_initiator initiator{};
  continue_as_new_versioning_behavior initial_versioning_behavior{};
  bool inherit_build_id{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("newExecutionRunId", self.new_execution_run_id);
    on("workflowType", "name", self.workflow_type);
    on("taskQueue", self.task_queue);
    on("input", self.input);
    on("workflowRunTimeout", self.workflow_run_timeout);
    on("workflowTaskTimeout", self.workflow_task_timeout);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("backoffStartInterval", self.backoff_start_interval);
    on("initiator", self.initiator);
    on("failure", self.failure);
    on("lastCompletionResult", self.last_completion_result);
    on("header", "fields", self.header);
    on("memo", "fields", self.memo);
    on("searchAttributes", "indexedFields", self.search_attributes);
    on("inheritBuildId", self.inherit_build_id);
    on("initialVersioningBehavior", self.initial_versioning_behavior);
  }
};

} // namespace perdure::inline v0::events
