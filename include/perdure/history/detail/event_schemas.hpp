// The structures of all event types, found by number or by the name of their attributes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/history/command.hpp"
#include "perdure/history/detail/schema.hpp"
#include "perdure/history/event.hpp"

namespace perdure::inline v0::detail {

struct event_schema {
  event_type type{};
  std::string wire_name{};      ///< "TIMER_STARTED"
  std::string attributes_key{}; ///< "timerStartedEventAttributes"
  object_schema const& (*schema)(){};
  void const* (*get)(event_attributes const&) noexcept {};
  event_attributes (*make)(){};
};

template <class Unused>
[[gnu::cold, gnu::noinline]] void
add_event_schema(std::vector<event_schema>& to, event_type type, object_schema const& (*schema)(),
                 void const* (*get)(event_attributes const&) noexcept, event_attributes (*make)());

template <class A, class Unused>
void add_event_schema(std::vector<event_schema>& to) {
  add_event_schema<Unused>(
      to, A::type, &schema_of<A>,
      [](event_attributes const& held) noexcept -> void const* { return held.get_if<A>(); },
      [] { return event_attributes::make(A{}); });
}

/// Calls `fn.template operator()<A>()` with the structure of each event type, in the order of their
/// numbers.
template <class Fn>
void for_each_event_structure(Fn&& fn) {
  fn.template operator()<events::workflow_execution_started>();
  fn.template operator()<events::workflow_execution_completed>();
  fn.template operator()<events::workflow_execution_failed>();
  fn.template operator()<events::workflow_execution_timed_out>();
  fn.template operator()<events::workflow_task_scheduled>();
  fn.template operator()<events::workflow_task_started>();
  fn.template operator()<events::workflow_task_completed>();
  fn.template operator()<events::workflow_task_timed_out>();
  fn.template operator()<events::workflow_task_failed>();
  fn.template operator()<events::activity_task_scheduled>();
  fn.template operator()<events::activity_task_started>();
  fn.template operator()<events::activity_task_completed>();
  fn.template operator()<events::activity_task_failed>();
  fn.template operator()<events::activity_task_timed_out>();
  fn.template operator()<events::activity_task_cancel_requested>();
  fn.template operator()<events::activity_task_canceled>();
  fn.template operator()<events::timer_started>();
  fn.template operator()<events::timer_fired>();
  fn.template operator()<events::timer_canceled>();
  fn.template operator()<events::workflow_execution_cancel_requested>();
  fn.template operator()<events::workflow_execution_canceled>();
  fn.template operator()<events::request_cancel_external_workflow_execution_initiated>();
  fn.template operator()<events::request_cancel_external_workflow_execution_failed>();
  fn.template operator()<events::external_workflow_execution_cancel_requested>();
  fn.template operator()<events::marker_recorded>();
  fn.template operator()<events::workflow_execution_signaled>();
  fn.template operator()<events::workflow_execution_terminated>();
  fn.template operator()<events::workflow_execution_continued_as_new>();
  fn.template operator()<events::start_child_workflow_execution_initiated>();
  fn.template operator()<events::start_child_workflow_execution_failed>();
  fn.template operator()<events::child_workflow_execution_started>();
  fn.template operator()<events::child_workflow_execution_completed>();
  fn.template operator()<events::child_workflow_execution_failed>();
  fn.template operator()<events::child_workflow_execution_canceled>();
  fn.template operator()<events::child_workflow_execution_timed_out>();
  fn.template operator()<events::child_workflow_execution_terminated>();
  fn.template operator()<events::signal_external_workflow_execution_initiated>();
  fn.template operator()<events::signal_external_workflow_execution_failed>();
  fn.template operator()<events::external_workflow_execution_signaled>();
  fn.template operator()<events::upsert_workflow_search_attributes>();
  fn.template operator()<events::workflow_execution_update_accepted>();
  fn.template operator()<events::workflow_execution_update_rejected>();
  fn.template operator()<events::workflow_execution_update_completed>();
  fn.template operator()<events::workflow_properties_modified_externally>();
  fn.template operator()<events::activity_properties_modified_externally>();
  fn.template operator()<events::workflow_properties_modified>();
  fn.template operator()<events::workflow_execution_update_admitted>();
  fn.template operator()<events::nexus_operation_scheduled>();
  fn.template operator()<events::nexus_operation_started>();
  fn.template operator()<events::nexus_operation_completed>();
  fn.template operator()<events::nexus_operation_failed>();
  fn.template operator()<events::nexus_operation_canceled>();
  fn.template operator()<events::nexus_operation_timed_out>();
  fn.template operator()<events::nexus_operation_cancel_requested>();
  fn.template operator()<events::workflow_execution_options_updated>();
  fn.template operator()<events::nexus_operation_cancel_request_completed>();
  fn.template operator()<events::nexus_operation_cancel_request_failed>();
  fn.template operator()<events::workflow_execution_paused>();
  fn.template operator()<events::workflow_execution_unpaused>();
  fn.template operator()<events::workflow_execution_time_skipping_transitioned>();
}

/// All event types, at the index of their number; number 0 has no structure.
template <class Unused = void>
[[gnu::cold]] auto make_event_schemas() -> std::vector<event_schema>;

template <class Unused = void>
[[nodiscard]] auto event_schemas() -> std::vector<event_schema> const&;

/// The schema of a known event type, else null.
template <class Unused = void>
[[nodiscard]] auto find_event_schema(event_type type) -> event_schema const*;

/// The schema whose attributes have that name in a document, else null.
template <class Unused = void>
[[nodiscard]] auto find_event_schema(std::string_view attributes_key) -> event_schema const*;

/// The event type that `text` names in either spelling; unspecified if none.
template <class Unused = void>
[[nodiscard]] auto event_type_from_name(std::string_view text) -> event_type;

/// The structure and the table of any attributes, those of commands included. Null for empty
/// attributes.
struct attributes_view {
  void const* object{};
  object_schema const* schema{};
};

template <class Unused = void>
[[nodiscard]] auto view_of(event_attributes const& attributes) -> attributes_view;

#if PERDURE_DEFINES
template <class Unused>
void add_event_schema(std::vector<event_schema>& to, event_type type,
                      object_schema const& (*schema)(),
                      void const* (*get)(event_attributes const&) noexcept,
                      event_attributes (*make)()) {
  auto const number = static_cast<int>(type);
  std::string key{enum_name(enum_table_of<event_type>, number)};
  key.front() = static_cast<char>(key.front() - 'A' + 'a');
  to.push_back({type, enum_wire_name(enum_table_of<event_type>, number), key + "EventAttributes",
                schema, get, make});
}
template <class Unused>
auto make_event_schemas() -> std::vector<event_schema> {
  std::vector<event_schema> all(1);
  for_each_event_structure([&]<class A>() { add_event_schema<A, Unused>(all); });
  return all;
}
template <class Unused>
auto event_schemas() -> std::vector<event_schema> const& {
  static std::vector<event_schema> const all = make_event_schemas<Unused>();
  return all;
}
template <class Unused>
auto find_event_schema(event_type type) -> event_schema const* {
  auto const& all = event_schemas<Unused>();
  auto const index = static_cast<std::size_t>(type);
  return static_cast<int>(type) <= 0 || index >= all.size() ? nullptr : &all[index];
}
template <class Unused>
auto find_event_schema(std::string_view attributes_key) -> event_schema const* {
  for (auto const& each : event_schemas<Unused>())
    if (each.type != event_type::unspecified && each.attributes_key == attributes_key) return &each;
  return nullptr;
}
template <class Unused>
auto event_type_from_name(std::string_view text) -> event_type {
  for (auto const& each : event_schemas<Unused>())
    if (each.wire_name == text) return each.type;
  return enum_from_name<event_type>(text).value_or(event_type::unspecified);
}
template <class Unused>
auto view_of(event_attributes const& attributes) -> attributes_view {
  if (auto const* const known = find_event_schema<Unused>(attributes.type()))
    return {known->get(attributes), &known->schema()};
  if (auto const* const message = attributes.get_if<protocol_message_command>())
    return {message, &schema_of<protocol_message_command>()};
  if (auto const* const unknown = attributes.get_if<events::unknown_event>())
    return {unknown, &schema_of<events::unknown_event>()};
  return {};
}
  #ifdef PERDURE_SOURCE
template void add_event_schema<void>(std::vector<event_schema>& to, event_type type,
                                     object_schema const& (*schema)(),
                                     void const* (*get)(event_attributes const&) noexcept,
                                     event_attributes (*make)());
template auto make_event_schemas<void>() -> std::vector<event_schema>;
template auto event_schemas<void>() -> std::vector<event_schema> const&;
template auto find_event_schema<void>(event_type type) -> event_schema const*;
template auto find_event_schema<void>(std::string_view attributes_key) -> event_schema const*;
template auto event_type_from_name<void>(std::string_view text) -> event_type;
template auto view_of<void>(event_attributes const& attributes) -> attributes_view;
  #endif
#endif

} // namespace perdure::inline v0::detail
