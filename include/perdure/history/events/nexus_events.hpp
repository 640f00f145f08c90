// The life of a Nexus operation.
#pragma once

#include <optional>

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::events {

/// A Nexus operation was asked for. Also what the command schedule_nexus_operation carries.
struct nexus_operation_scheduled {
  static constexpr event_type type{event_type::nexus_operation_scheduled};

  shared_string endpoint{};
  shared_string service{};
  shared_string operation{};
  indirect<payload> input{};
  std::optional<duration> schedule_to_close_timeout{};
  indirect<string_map> nexus_header{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string request_id{};
  shared_string endpoint_id{};
  std::optional<duration> schedule_to_start_timeout{};
  std::optional<duration> start_to_close_timeout{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("endpoint", self.endpoint);
    on("service", self.service);
    on("operation", self.operation);
    on("input", self.input);
    on("scheduleToCloseTimeout", self.schedule_to_close_timeout);
    on("nexusHeader", self.nexus_header);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("requestId", self.request_id);
    on("endpointId", self.endpoint_id);
    on("scheduleToStartTimeout", self.schedule_to_start_timeout);
    on("startToCloseTimeout", self.start_to_close_timeout);
  }
};

/// The handler started the operation and will report its end later.
struct nexus_operation_started {
  static constexpr event_type type{event_type::nexus_operation_started};

  event_id scheduled_event_id{};
  shared_string operation_id{};
  shared_string request_id{};
  shared_string operation_token{}; ///< Names the operation to its handler.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("operationId", self.operation_id);
    on("requestId", self.request_id);
    on("operationToken", self.operation_token);
  }
};

/// The operation returned.
struct nexus_operation_completed {
  static constexpr event_type type{event_type::nexus_operation_completed};

  event_id scheduled_event_id{};
  indirect<payload> result{};
  shared_string request_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("result", self.result);
    on("requestId", self.request_id);
  }
};

/// The operation failed and is not retried any more.
struct nexus_operation_failed {
  static constexpr event_type type{event_type::nexus_operation_failed};

  event_id scheduled_event_id{};
  indirect<perdure::failure> failure{};
  shared_string request_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("failure", self.failure);
    on("requestId", self.request_id);
  }
};

/// The operation ended because it was asked to.
struct nexus_operation_canceled {
  static constexpr event_type type{event_type::nexus_operation_canceled};

  event_id scheduled_event_id{};
  indirect<perdure::failure> failure{};
  shared_string request_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("failure", self.failure);
    on("requestId", self.request_id);
  }
};

/// The operation passed a timeout.
struct nexus_operation_timed_out {
  static constexpr event_type type{event_type::nexus_operation_timed_out};

  event_id scheduled_event_id{};
  indirect<perdure::failure> failure{};
  shared_string request_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("scheduledEventId", self.scheduled_event_id);
    on("failure", self.failure);
    on("requestId", self.request_id);
  }
};

/// The run asked to cancel the operation. Also what the command request_cancel_nexus_operation
/// carries.
struct nexus_operation_cancel_requested {
  static constexpr event_type type{event_type::nexus_operation_cancel_requested};

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

/// The handler took the request to cancel.
struct nexus_operation_cancel_request_completed {
  static constexpr event_type type{event_type::nexus_operation_cancel_request_completed};

  event_id requested_event_id{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  event_id scheduled_event_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("requestedEventId", self.requested_event_id);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("scheduledEventId", self.scheduled_event_id);
  }
};

/// The handler did not take the request to cancel.
struct nexus_operation_cancel_request_failed {
  static constexpr event_type type{event_type::nexus_operation_cancel_request_failed};

  event_id requested_event_id{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<perdure::failure> failure{};
  event_id scheduled_event_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("requestedEventId", self.requested_event_id);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("failure", self.failure);
    on("scheduledEventId", self.scheduled_event_id);
  }
};

} // namespace perdure::inline v0::events
