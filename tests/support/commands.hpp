// Commands as a workflow's code would decide them, for tests that answer workflow tasks by hand.
#pragma once

#include <perdure/perdure.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace perdure_test {

namespace commands {

template <class A>
auto of(perdure::command_type type, A attributes) -> perdure::command {
  perdure::command made{};
  made.type = type;
  if constexpr (std::is_same_v<A, perdure::event_attributes>)
    made.attributes = std::move(attributes);
  else
    made.attributes = perdure::event_attributes::make(std::move(attributes));
  return made;
}
inline auto activity(std::string id, perdure::activity_options const& options,
                     std::string queue = "tests") -> perdure::command {
  perdure::events::activity_task_scheduled asked{};
  asked.activity_id = std::move(id);
  asked.activity_type = "activity";
  asked.task_queue.name = queue;
  auto const set = [](perdure::duration d) {
    return d == perdure::duration{} ? std::nullopt : std::optional{d};
  };
  asked.schedule_to_close_timeout = set(options.schedule_to_close_timeout);
  asked.schedule_to_start_timeout = set(options.schedule_to_start_timeout);
  asked.start_to_close_timeout = set(options.start_to_close_timeout);
  asked.heartbeat_timeout = set(options.heartbeat_timeout);
  if (options.retry_policy.is_set()) asked.retry_policy = options.retry_policy;
  return of(perdure::command_type::schedule_activity_task, std::move(asked));
}
inline auto cancel_activity(perdure::event_id scheduled) -> perdure::command {
  perdure::events::activity_task_cancel_requested asked{};
  asked.scheduled_event_id = scheduled;
  return of(perdure::command_type::request_cancel_activity_task, std::move(asked));
}
inline auto timer(std::string id, perdure::duration wait) -> perdure::command {
  perdure::events::timer_started asked{};
  asked.timer_id = std::move(id);
  asked.start_to_fire_timeout = wait;
  return of(perdure::command_type::start_timer, std::move(asked));
}
inline auto cancel_timer(std::string id, perdure::event_id started) -> perdure::command {
  perdure::events::timer_canceled asked{};
  asked.timer_id = std::move(id);
  asked.started_event_id = started;
  return of(perdure::command_type::cancel_timer, std::move(asked));
}
inline auto child(std::string id, std::string queue = "tests") -> perdure::command {
  perdure::events::start_child_workflow_execution_initiated asked{};
  asked.workflow_id = std::move(id);
  asked.workflow_type = "child";
  asked.task_queue.name = queue;
  return of(perdure::command_type::start_child_workflow_execution, std::move(asked));
}
inline auto signal(perdure::workflow_execution target, std::string name,
                   perdure::payloads input = {}) -> perdure::command {
  perdure::events::signal_external_workflow_execution_initiated asked{};
  asked.workflow_execution = std::move(target);
  asked.signal_name = name;
  asked.input = std::move(input);
  return of(perdure::command_type::signal_external_workflow_execution, std::move(asked));
}
inline auto cancel_workflow(perdure::workflow_execution target, std::string reason = {})
    -> perdure::command {
  perdure::events::request_cancel_external_workflow_execution_initiated asked{};
  asked.workflow_execution = std::move(target);
  asked.reason = reason;
  return of(perdure::command_type::request_cancel_external_workflow_execution, std::move(asked));
}
inline auto complete(perdure::payloads result = {}) -> perdure::command {
  perdure::events::workflow_execution_completed asked{};
  asked.result = std::move(result);
  return of(perdure::command_type::complete_workflow_execution, std::move(asked));
}
inline auto fail(perdure::failure why) -> perdure::command {
  perdure::events::workflow_execution_failed asked{};
  asked.failure = std::move(why);
  return of(perdure::command_type::fail_workflow_execution, std::move(asked));
}
/// The workflow gives in to its cancellation.
inline auto cancel(perdure::payloads details = {}) -> perdure::command {
  perdure::events::workflow_execution_canceled asked{};
  asked.details = std::move(details);
  return of(perdure::command_type::cancel_workflow_execution, std::move(asked));
}
inline auto continue_as_new(std::string queue = "tests", perdure::payloads input = {})
    -> perdure::command {
  perdure::events::workflow_execution_continued_as_new asked{};
  asked.workflow_type = "workflow";
  asked.task_queue.name = queue;
  asked.input = std::move(input);
  return of(perdure::command_type::continue_as_new_workflow_execution, std::move(asked));
}
inline auto marker(std::string name) -> perdure::command {
  perdure::events::marker_recorded asked{};
  asked.marker_name = name;
  return of(perdure::command_type::record_marker, std::move(asked));
}

/// Where the event of a message comes among the others.
inline auto message(std::string id) -> perdure::command {
  perdure::protocol_message_command asked{};
  asked.message_id = id;
  return of(perdure::command_type::protocol_message, std::move(asked));
}

template <class... A>
auto copy_as(perdure::event_attributes const& shared) -> perdure::event_attributes {
  perdure::event_attributes made{};
  ((shared.type() == A::type ? void(made = perdure::event_attributes::make(A{shared.get<A>()}))
                             : void()),
   ...);
  return made;
}
/// The same command with attributes of its own: a backend fills in those that it is given.
inline auto copy_of(perdure::command const& decided) -> perdure::command {
  namespace e = perdure::events;
  perdure::command made = decided;
  made.attributes =
      copy_as<e::activity_task_scheduled, e::activity_task_cancel_requested, e::timer_started,
              e::timer_canceled, e::marker_recorded, e::start_child_workflow_execution_initiated,
              e::signal_external_workflow_execution_initiated,
              e::request_cancel_external_workflow_execution_initiated,
              e::upsert_workflow_search_attributes, e::workflow_properties_modified,
              e::workflow_execution_completed, e::workflow_execution_failed,
              e::workflow_execution_canceled, e::workflow_execution_continued_as_new,
              perdure::protocol_message_command>(decided.attributes);
  return made;
}

} // namespace commands

inline auto application_failure(std::string type, bool non_retryable = false,
                                std::optional<perdure::duration> next = {}) -> perdure::failure {
  perdure::failure why{};
  why.message = "failed";
  why.info = perdure::application_failure_info{
      .type = std::move(type), .next_retry_delay = next, .non_retryable = non_retryable};
  return why;
}

} // namespace perdure_test
