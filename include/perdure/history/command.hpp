// What workflow code decides: each command is the event it will become.
#pragma once

#include "perdure/data/indirect.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/event_attributes.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"

namespace perdure::inline v0 {

/// The attributes of a protocol_message command: its place among the commands orders the event that
/// the message of that id (an acceptance or a response to an update) becomes.
struct protocol_message_command {
  static constexpr event_type type{-2};

  shared_string message_id{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("messageId", self.message_id);
  }
};

/// One decision of a workflow task. The attributes are those of the event that
/// `event_type_of(type)` names, with the members that only the backend knows left empty
/// (`workflow_task_completed_event_id`, new run ids); a `protocol_message_command` for a
/// protocol_message.
struct command {
  command_type type{};
  event_attributes attributes{};
  indirect<perdure::user_metadata> user_metadata{};
};

/// The event that a command becomes; unspecified for a protocol_message, whose message decides.
[[nodiscard]] constexpr auto event_type_of(command_type type) noexcept -> event_type {
  switch (type) {
  case command_type::schedule_activity_task: return event_type::activity_task_scheduled;
  case command_type::request_cancel_activity_task:
    return event_type::activity_task_cancel_requested;
  case command_type::start_timer: return event_type::timer_started;
  case command_type::cancel_timer: return event_type::timer_canceled;
  case command_type::complete_workflow_execution: return event_type::workflow_execution_completed;
  case command_type::fail_workflow_execution: return event_type::workflow_execution_failed;
  case command_type::cancel_workflow_execution: return event_type::workflow_execution_canceled;
  case command_type::continue_as_new_workflow_execution:
    return event_type::workflow_execution_continued_as_new;
  case command_type::request_cancel_external_workflow_execution:
    return event_type::request_cancel_external_workflow_execution_initiated;
  case command_type::signal_external_workflow_execution:
    return event_type::signal_external_workflow_execution_initiated;
  case command_type::start_child_workflow_execution:
    return event_type::start_child_workflow_execution_initiated;
  case command_type::record_marker: return event_type::marker_recorded;
  case command_type::upsert_workflow_search_attributes:
    return event_type::upsert_workflow_search_attributes;
  case command_type::modify_workflow_properties: return event_type::workflow_properties_modified;
  case command_type::schedule_nexus_operation: return event_type::nexus_operation_scheduled;
  case command_type::request_cancel_nexus_operation:
    return event_type::nexus_operation_cancel_requested;
  case command_type::protocol_message:
  case command_type::unspecified: break;
  }
  return event_type::unspecified;
}

/// The command that an event came from; unspecified if it did not come from one. Events of accepted
/// and completed updates come from a protocol_message.
[[nodiscard]] constexpr auto command_type_of(event_type type) noexcept -> command_type {
  if (type == event_type::unspecified) return command_type::unspecified;
  if (type == event_type::workflow_execution_update_accepted ||
      type == event_type::workflow_execution_update_completed)
    return command_type::protocol_message;
  constexpr auto last = static_cast<int>(command_type::request_cancel_nexus_operation);
  for (int number = 1; number <= last; ++number)
    if (auto const candidate = static_cast<command_type>(number); event_type_of(candidate) == type)
      return candidate;
  return command_type::unspecified;
}

} // namespace perdure::inline v0
