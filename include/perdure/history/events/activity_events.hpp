// The life of an activity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

/// An activity was asked for. Also what the command schedule_activity_task carries.
struct activity_task_scheduled {
  static constexpr event_type type{event_type::activity_task_scheduled};

  std::string activity_id{};
  shared_string activity_type{};
  perdure::task_queue task_queue{};
  indirect<payload_map> header{};
  payloads input{};
  std::optional<duration> schedule_to_close_timeout{}; ///< Of all attempts. None or 0: no limit.
  /// Of the wait for a worker. None or 0: no limit.
  std::optional<duration> schedule_to_start_timeout{};
  /// Of one attempt. None or 0: schedule_to_close_timeout.
  std::optional<duration> start_to_close_timeout{};
  std::optional<duration> heartbeat_timeout{}; ///< Between two heartbeats. None or 0: no limit.
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<perdure::retry_policy> retry_policy{}; ///< None: the backend's default policy.
  indirect<perdure::priority> priority{};
  indirect<unknown_fields> unknown{};
  bool use_workflow_build_id{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("activityId", self.activity_id);
    on("activityType", "name", self.activity_type);
    on("taskQueue", self.task_queue);
    on("header", "fields", self.header);
    on("input", self.input);
    on("scheduleToCloseTimeout", self.schedule_to_close_timeout);
    on("scheduleToStartTimeout", self.schedule_to_start_timeout);
    on("startToCloseTimeout", self.start_to_close_timeout);
    on("heartbeatTimeout", self.heartbeat_timeout);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("retryPolicy", self.retry_policy);
    on("useWorkflowBuildId", self.use_workflow_build_id);
    on("priority", self.priority);
  }
};

/// The attempt that ended the activity was started. Written only then: earlier attempts leave no
/// events.
struct activity_task_started {
  static constexpr event_type type{event_type::activity_task_started};

  event_id scheduled_event_id{};
  shared_string identity{};
  shared_string request_id{};
  indirect<perdure::failure> last_failure{}; ///< Of the attempt before, if there was one.
  indirect<worker_version_stamp> worker_version{};
  std::int64_t build_id_redirect_counter{};
  indirect<unknown_fields> unknown{};
  std::int32_t attempt{}; ///< From 1.

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("identity", self.identity);
    on("requestId", self.request_id);
    on("attempt", self.attempt);
    on("lastFailure", self.last_failure);
    on("workerVersion", self.worker_version);
    on("buildIdRedirectCounter", self.build_id_redirect_counter);
  }
};

/// The activity returned.
struct activity_task_completed {
  static constexpr event_type type{event_type::activity_task_completed};

  payloads result{};
  event_id scheduled_event_id{};
  event_id started_event_id{};
  shared_string identity{};
  indirect<worker_version_stamp> worker_version{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("result", self.result);
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("identity", self.identity);
    on("workerVersion", self.worker_version);
  }
};

/// The activity failed and is not retried any more.
struct activity_task_failed {
  static constexpr event_type type{event_type::activity_task_failed};

  indirect<perdure::failure> failure{};
  event_id scheduled_event_id{};
  event_id started_event_id{};
  shared_string identity{};
  indirect<worker_version_stamp> worker_version{};
  indirect<unknown_fields> unknown{};
  perdure::retry_state retry_state{};
  activity_task_failed_cause cause{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("failure", self.failure);
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("identity", self.identity);
    on("retryState", self.retry_state);
    on("workerVersion", self.worker_version);
    on("cause", self.cause);
  }
};

/// The activity passed a timeout and is not retried any more.
struct activity_task_timed_out {
  static constexpr event_type type{event_type::activity_task_timed_out};

  indirect<perdure::failure> failure{};
  event_id scheduled_event_id{};
  event_id started_event_id{}; ///< 0 if it was never started.
  indirect<unknown_fields> unknown{};
  perdure::retry_state retry_state{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("failure", self.failure);
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("retryState", self.retry_state);
  }
};

/// The run asked to cancel the activity. Also what the command request_cancel_activity_task
/// carries.
struct activity_task_cancel_requested {
  static constexpr event_type type{event_type::activity_task_cancel_requested};

  event_id scheduled_event_id{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
  }
};

/// The activity ended because it was asked to.
struct activity_task_canceled {
  static constexpr event_type type{event_type::activity_task_canceled};

  payloads details{};
  event_id latest_cancel_requested_event_id{};
  event_id scheduled_event_id{};
  event_id started_event_id{}; ///< 0 if it was never started.
  shared_string identity{};
  indirect<worker_version_stamp> worker_version{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("details", self.details);
    on("latestCancelRequestedEventId", self.latest_cancel_requested_event_id);
    on("scheduledEventId", self.scheduled_event_id);
    on("startedEventId", self.started_event_id);
    on("identity", self.identity);
    on("workerVersion", self.worker_version);
  }
};

/// Reserved by Temporal; no server writes it.
struct activity_properties_modified_externally {
  static constexpr event_type type{event_type::activity_properties_modified_externally};

  event_id scheduled_event_id{};
  indirect<perdure::retry_policy> new_retry_policy{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("newRetryPolicy", self.new_retry_policy);
  }
};

} // namespace perdure::inline v0::events
