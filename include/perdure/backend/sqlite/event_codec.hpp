// Events and other structures of history as the text of a column, and back.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "perdure/backend/sqlite/checksum.hpp"
#include "perdure/backend/sqlite/event_text.hpp"
#include "perdure/backend/sqlite/schema.hpp"
#include "perdure/engine/restore.hpp"
#include "perdure/history/history_json.hpp"

namespace perdure::inline v0::sqlite {

/// A row cannot be what was written: its checksum differs or its text does not fit.
[[noreturn, gnu::cold]] inline void report_damage(std::string const& what) {
  throw error{errc::history_corrupt, what + " is damaged"};
}

/// Appends a structure of history as JSON. Bytes that are no UTF-8 (of a foreign exception's text,
/// say) become U+FFFD: what happened must be written.
inline void append_struct(std::string& to, void const* object,
                          perdure::detail::object_schema const& schema) {
  json_writer out{to, 256, "event"};
  out.replace_bad_text();
  perdure::detail::history_writer<>{out}.write_object(object, schema);
  out.finish();
}
/// Appends the attributes of one event, as they are within a row of `events`.
inline void append_attributes(std::string& to, event_attributes const& attributes) {
  event_text_writer writer;
  writer.write_attributes(attributes);
  to += writer.out().view();
}
namespace detail {

/// Reads the attributes of an event of that type; null stands for attributes of which nothing is
/// set.
inline auto read_attributes(perdure::detail::history_reader<>& from, event_type type)
    -> event_attributes {
  auto const* const known = perdure::detail::find_event_schema(type);
  event_attributes made =
      known != nullptr ? known->make() : event_attributes::make(events::unknown_event{});
  if (from.in().read_null_if()) return made;
  auto const& schema =
      known != nullptr ? known->schema() : perdure::detail::schema_of<events::unknown_event>();
  void const* const object =
      known != nullptr ? known->get(made) : &made.get<events::unknown_event>();
  from.read_object(const_cast<void*>(object), schema);
  return made;
}

} // namespace detail

/// Reads the attributes of one event, in either form that a file has had.
[[nodiscard]] inline auto read_attributes(event_type type, std::string_view text)
    -> event_attributes {
  return perdure::detail::read_as_history([&] {
    perdure::detail::history_reader<> reader{text, "event"};
    reader.accept_short_forms();
    event_attributes made = detail::read_attributes(reader, type);
    reader.in().finish();
    return made;
  });
}

/// The event that an event ends, by its nature at most once: see the column `ends`. 0: none.
[[nodiscard]] inline auto ended_by(event const& e) -> event_id {
  auto const& what = e.attributes;
  switch (e.type) {
  case event_type::workflow_execution_completed:
  case event_type::workflow_execution_failed:
  case event_type::workflow_execution_timed_out:
  case event_type::workflow_execution_canceled:
  case event_type::workflow_execution_terminated:
  case event_type::workflow_execution_continued_as_new: return 1;
  case event_type::activity_task_completed:
    return what.get<events::activity_task_completed>().scheduled_event_id;
  case event_type::activity_task_failed:
    return what.get<events::activity_task_failed>().scheduled_event_id;
  case event_type::activity_task_timed_out:
    return what.get<events::activity_task_timed_out>().scheduled_event_id;
  case event_type::activity_task_canceled:
    return what.get<events::activity_task_canceled>().scheduled_event_id;
  case event_type::workflow_execution_update_completed:
    return what.get<events::workflow_execution_update_completed>().accepted_event_id;
  case event_type::timer_fired: return what.get<events::timer_fired>().started_event_id;
  case event_type::timer_canceled: return what.get<events::timer_canceled>().started_event_id;
  case event_type::child_workflow_execution_completed:
    return what.get<events::child_workflow_execution_completed>().initiated_event_id;
  case event_type::child_workflow_execution_failed:
    return what.get<events::child_workflow_execution_failed>().initiated_event_id;
  case event_type::child_workflow_execution_canceled:
    return what.get<events::child_workflow_execution_canceled>().initiated_event_id;
  case event_type::child_workflow_execution_timed_out:
    return what.get<events::child_workflow_execution_timed_out>().initiated_event_id;
  case event_type::child_workflow_execution_terminated:
    return what.get<events::child_workflow_execution_terminated>().initiated_event_id;
  default: return 0;
  }
}

} // namespace perdure::inline v0::sqlite
