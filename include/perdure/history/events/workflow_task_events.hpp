// The life of a workflow task: one turn of the workflow code.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "perdure/data/indirect.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::events {

/// There is something for the workflow code to react to.
struct workflow_task_scheduled {
  static constexpr event_type type{event_type::workflow_task_scheduled};

  perdure::task_queue task_queue{};
  std::optional<duration> start_to_close_timeout{};
  indirect<unknown_fields> unknown{};
  std::int32_t attempt{}; ///< From 1.

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("taskQueue", self.task_queue);
    on("startToCloseTimeout", self.start_to_close_timeout);
    on("attempt", self.attempt);
  }
};

/// A worker took the task. Its time is `now()` for the workflow code until the next one.
struct workflow_task_started {
  static constexpr event_type type{event_type::workflow_task_started};

  event_id scheduled_event_id{};
  shared_string identity{};
  shared_string request_id{};
  indirect<std::vector<suggest_continue_as_new_reason>> suggest_continue_as_new_reasons{};
  std::int64_t history_size_bytes{}; ///< Before this event.
  indirect<worker_version_stamp> worker_version{};
  std::int64_t build_id_redirect_counter{};
  indirect<unknown_fields> unknown{};
  bool suggest_continue_as_new{};
  bool target_worker_deployment_version_changed{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("identity", self.identity);
    on("requestId", self.request_id);
    on("suggestContinueAsNew", self.suggest_continue_as_new);
    on("suggestContinueAsNewReasons", self.suggest_continue_as_new_reasons);
    on("targetWorkerDeploymentVersionChanged", self.target_worker_deployment_version_changed);
    on("historySizeBytes", self.history_size_bytes);
    on("workerVersion", self.worker_version);
    on("buildIdRedirectCounter", self.build_id_redirect_counter);
  }
};

/// The worker answered; the events of its commands follow directly.
struct workflow_task_completed {
  static constexpr event_type type{event_type::workflow_task_completed};

  event_id scheduled_event_id{};
  event_id started_event_id{};
  shared_string identity{};
  shared_string binary_checksum{}; ///< Deprecated by Temporal.
  indirect<worker_version_stamp> worker_version{};
  indirect<perdure::sdk_metadata> sdk_metadata{}; ///< Behaviours that apply from this task on.
  indirect<perdure::metering_metadata> metering_metadata{};
  indirect<perdure::deployment> deployment{};
  shared_string worker_deployment_version{};
  shared_string worker_deployment_name{};
  indirect<perdure::worker_deployment_version> deployment_version{};
  indirect<unknown_fields> unknown{};
  perdure::versioning_behavior versioning_behavior{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("identity", self.identity);
    on("binaryChecksum", self.binary_checksum);
    on("workerVersion", self.worker_version);
    on("sdkMetadata", self.sdk_metadata);
    on("meteringMetadata", self.metering_metadata);
    on("deployment", self.deployment);
    on("versioningBehavior", self.versioning_behavior);
    on("workerDeploymentVersion", self.worker_deployment_version);
    on("workerDeploymentName", self.worker_deployment_name);
    on("deploymentVersion", self.deployment_version);
  }
};

/// The worker did not answer in time. The task is scheduled again.
struct workflow_task_timed_out {
  static constexpr event_type type{event_type::workflow_task_timed_out};

  event_id scheduled_event_id{};
  event_id started_event_id{}; ///< 0 if no worker took it.
  indirect<unknown_fields> unknown{};
  perdure::timeout_type timeout_type{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("timeoutType", self.timeout_type);
  }
};

/// The worker could not run the workflow code, or the run was reset here. Scheduled again.
struct workflow_task_failed {
  static constexpr event_type type{event_type::workflow_task_failed};

  event_id scheduled_event_id{};
  event_id started_event_id{};
  indirect<perdure::failure> failure{};
  shared_string identity{};
  shared_string base_run_id{}; ///< When `cause` is reset_workflow: the run that was reset.
  /// When `cause` is reset_workflow: the run that goes on, which seeds its random numbers anew.
  shared_string new_run_id{};
  std::int64_t fork_event_version{};
  shared_string binary_checksum{}; ///< Deprecated by Temporal.
  indirect<worker_version_stamp> worker_version{};
  indirect<unknown_fields> unknown{};
  workflow_task_failed_cause cause{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("cause", self.cause);
    on("failure", self.failure);
    on("identity", self.identity);
    on("baseRunId", self.base_run_id);
    on("newRunId", self.new_run_id);
    on("forkEventVersion", self.fork_event_version);
    on("binaryChecksum", self.binary_checksum);
    on("workerVersion", self.worker_version);
  }
};

} // namespace perdure::inline v0::events
