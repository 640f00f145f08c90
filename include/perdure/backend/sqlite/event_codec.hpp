// Events and other structures of history as the text of a column, and back.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "perdure/backend/sqlite/checksum.hpp"
#include "perdure/backend/sqlite/schema.hpp"
#include "perdure/engine/restore.hpp"
#include "perdure/history/history_json.hpp"

namespace perdure::inline v0::sqlite {

/// A row cannot be what was written: its checksum differs or its text does not fit.
[[noreturn]] inline void report_damage(std::string const& what) {
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
inline void append_attributes(std::string& to, event_attributes const& attributes) {
  auto const view = perdure::detail::view_of(attributes);
  if (view.schema != nullptr) append_struct(to, view.object, *view.schema);
}
[[nodiscard]] inline auto read_attributes(event_type type, std::string_view text)
    -> event_attributes {
  auto const* const known =
      static_cast<int>(type) <= 0 ? nullptr : perdure::detail::find_event_schema(type);
  event_attributes made =
      known != nullptr ? known->make() : event_attributes::make(events::unknown_event{});
  auto const& schema =
      known != nullptr ? known->schema() : perdure::detail::schema_of<events::unknown_event>();
  void const* const object =
      known != nullptr ? known->get(made) : &made.get<events::unknown_event>();
  perdure::detail::read_as_history([&] {
    perdure::detail::history_reader<> reader{text, "event"};
    reader.read_object(const_cast<void*>(object), schema);
    reader.in().finish();
  });
  return made;
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

/// Writes rows of `events` through one prepared statement.
class event_writer {
public:
  explicit event_writer(connection& db)
      : insert_{db, "INSERT INTO events(key, time, type, flags, ends, attributes, extras, checksum)"
                    " VALUES(?,?,?,?,?,?,?,?)"} {}

  void write(run_number run, event const& e) {
    attributes_.clear();
    extras_.clear();
    append_attributes(attributes_, e.attributes);
    if (e.extras)
      append_struct(extras_, e.extras.get(), perdure::detail::schema_of<event_extras>());
    std::int64_t const key = key_of(run, e.id);
    std::int64_t const time = e.time.time_since_epoch().count();
    auto const type = static_cast<std::int64_t>(e.type);
    event_id const ended = ended_by(e);
    statement::use row{insert_};
    row.bind(key).bind(time).bind(type).bind(std::int64_t{e.worker_may_ignore});
    if (ended == 0)
      row.bind_null();
    else
      row.bind(key_of(run, ended));
    row.bind(attributes_).bind_text_or_null(extras_);
    row.bind(checksum{}.add(key).add(time).add(type).add(attributes_).add(extras_).value()).run();
  }

private:
  statement insert_;
  std::string attributes_;
  std::string extras_;
};

/// Reads the events of a run, and deletes them with it.
class event_reader {
public:
  explicit event_reader(connection& db)
      : select_{db, "SELECT key, time, type, flags, attributes, extras, checksum FROM events"
                    " WHERE key > ? AND key <= ? ORDER BY key"},
        erase_{db, "DELETE FROM events WHERE key > ? AND key <= ?"} {}

  /// Appends the events with ids above `after`, up to `last`.
  /// \throws error (history_corrupt) naming the row
  template <class Events>
  void read(run_number run, event_id after, event_id last, Events& to) {
    to.reserve(static_cast<std::size_t>(last));
    statement::use row{select_};
    row.bind(key_of(run, after)).bind(key_of(run, last));
    for (event_id due = after + 1; row.next(); ++due) {
      event e = read_row(row);
      if (e.id != due) break;
      to.push_back(std::move(e));
    }
    if (static_cast<event_id>(to.size()) != last)
      report_damage("event " + std::to_string(to.size() + 1) + " of run " + std::to_string(run) +
                    " is missing: the run");
  }

  void erase_all(run_number run) {
    statement::use{erase_}.bind(key_of(run, 0)).bind(key_of(run, events_per_run_max)).run();
  }
  [[nodiscard]] auto read_one(run_number run, event_id id) -> event {
    statement::use row{select_};
    row.bind(key_of(run, id - 1)).bind(key_of(run, id));
    if (!row.next())
      report_damage("event " + std::to_string(id) + " of run " + std::to_string(run) +
                    " is missing: the run");
    return read_row(row);
  }

private:
  [[nodiscard]] static auto read_row(statement::use& row) -> event {
    event e{};
    std::int64_t const key = row.number(0);
    e.id = event_of(key);
    e.time = time_point{duration{row.number(1)}};
    std::int64_t const type = row.number(2);
    e.type = static_cast<event_type>(type);
    e.worker_may_ignore = row.number(3) != 0;
    auto const name = [&] {
      return "row " + std::to_string(key) + " of table events (run " +
             std::to_string(key >> event_bits) + ", event " + std::to_string(e.id) + ")";
    };
    auto const attributes = row.text(4);
    auto const extras = row.text(5);
    if (checksum{}.add(key).add(row.number(1)).add(type).add(attributes).add(extras).value() !=
        row.number(6))
      report_damage(name());
    try {
      e.attributes = read_attributes(e.type, attributes);
      if (!extras.empty()) e.extras = struct_from_json<event_extras>(extras);
    } catch (error const& why) {
      throw error{errc::history_corrupt, name() + " cannot be read: " + why.what()};
    }
    return e;
  }
  statement select_, erase_;
};

} // namespace perdure::inline v0::sqlite
