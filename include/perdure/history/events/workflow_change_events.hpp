// What happens to a run from outside while it is open, and what it records about itself.
#pragma once

#include <optional>

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::events {

/// The run was asked to cancel. It may clean up first, or refuse.
struct workflow_execution_cancel_requested {
  static constexpr event_type type{event_type::workflow_execution_cancel_requested};

  shared_string cause{};
  event_id external_initiated_event_id{};
  perdure::workflow_execution external_workflow_execution{};
  shared_string identity{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("cause", self.cause);
    on("externalInitiatedEventId", self.external_initiated_event_id);
    on("externalWorkflowExecution", self.external_workflow_execution);
    on("identity", self.identity);
  }
};

/// A signal arrived.
struct workflow_execution_signaled {
  static constexpr event_type type{event_type::workflow_execution_signaled};

  shared_string signal_name{};
  payloads input{};
  shared_string identity{};
  indirect<payload_map> header{};
  perdure::workflow_execution external_workflow_execution{};
  shared_string request_id{};
  indirect<unknown_fields> unknown{};
  bool skip_generate_workflow_task{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("signalName", self.signal_name);
    on("input", self.input);
    on("identity", self.identity);
    on("header", "fields", self.header);
    on("skipGenerateWorkflowTask", self.skip_generate_workflow_task);
    on("externalWorkflowExecution", self.external_workflow_execution);
    on("requestId", self.request_id);
  }
};

/// The run set search attributes. Also what the command of that name carries.
struct upsert_workflow_search_attributes {
  static constexpr event_type type{event_type::upsert_workflow_search_attributes};

  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<payload_map> search_attributes{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("searchAttributes", "indexedFields", self.search_attributes);
  }
};

/// The run set its memo. Also what the command modify_workflow_properties carries.
struct workflow_properties_modified {
  static constexpr event_type type{event_type::workflow_properties_modified};

  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<payload_map> upserted_memo{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("upsertedMemo", "fields", self.upserted_memo);
  }
};

/// Reserved by Temporal; no server writes it.
struct workflow_properties_modified_externally {
  static constexpr event_type type{event_type::workflow_properties_modified_externally};

  shared_string new_task_queue{};
  std::optional<duration> new_workflow_task_timeout{};
  std::optional<duration> new_workflow_run_timeout{};
  std::optional<duration> new_workflow_execution_timeout{};
  indirect<payload_map> upserted_memo{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("newTaskQueue", self.new_task_queue);
    on("newWorkflowTaskTimeout", self.new_workflow_task_timeout);
    on("newWorkflowRunTimeout", self.new_workflow_run_timeout);
    on("newWorkflowExecutionTimeout", self.new_workflow_execution_timeout);
    on("upsertedMemo", "fields", self.upserted_memo);
  }
};

/// Options of the open run were changed by an operator. Changes nothing for its code.
struct workflow_execution_options_updated {
  static constexpr event_type type{event_type::workflow_execution_options_updated};

  indirect<raw_json> versioning_override{};
  shared_string attached_request_id{};
  shared_string identity{};
  indirect<perdure::priority> priority{};
  indirect<unknown_fields> unknown{};
  bool unset_versioning_override{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("versioningOverride", self.versioning_override);
    on("unsetVersioningOverride", self.unset_versioning_override);
    on("attachedRequestId", self.attached_request_id);
    on("identity", self.identity);
    on("priority", self.priority);
  }
};

/// The run was paused by an operator.
struct workflow_execution_paused {
  static constexpr event_type type{event_type::workflow_execution_paused};

  shared_string identity{};
  shared_string reason{};
  shared_string request_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("identity", self.identity);
    on("reason", self.reason);
    on("requestId", self.request_id);
  }
};

/// The run was unpaused by an operator.
struct workflow_execution_unpaused {
  static constexpr event_type type{event_type::workflow_execution_unpaused};

  shared_string identity{};
  shared_string reason{};
  shared_string request_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("identity", self.identity);
    on("reason", self.reason);
    on("requestId", self.request_id);
  }
};

/// Virtual time moved on.
struct workflow_execution_time_skipping_transitioned {
  static constexpr event_type type{event_type::workflow_execution_time_skipping_transitioned};

  std::optional<time_point> target_time{};
  std::optional<time_point> wall_clock_time{};
  indirect<unknown_fields> unknown{};
  bool disabled_after_fast_forward{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("targetTime", self.target_time);
    on("disabledAfterFastForward", self.disabled_after_fast_forward);
    on("wallClockTime", self.wall_clock_time);
  }
};

} // namespace perdure::inline v0::events
