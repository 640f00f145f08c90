// What else the file holds of an open run: its inbox, and the activities that a worker has or had.
#pragma once

#include <string>
#include <utility>

#include "perdure/backend/sqlite/event_codec.hpp"

namespace perdure::inline v0::sqlite {

/// The column `details` of an activity.
struct activity_details {
  payloads heartbeat_details{};
  indirect<failure> last_failure{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("heartbeatDetails", self.heartbeat_details);
    on("lastFailure", self.last_failure);
  }
};

/// Reads and writes the rows of `activities`.
class activity_table {
public:
  explicit activity_table(connection& db)
      : put_{db, "INSERT OR REPLACE INTO activities(key, phase, attempt, scheduled_time,"
                 " attempt_time, started_time, heartbeat_time, lease, identity, details, checksum)"
                 " VALUES(?,?,?,?,?,?,?,?,?,?,?)"},
        erase_{db, "DELETE FROM activities WHERE key = ?"},
        erase_all_{db, "DELETE FROM activities WHERE key > ? AND key <= ?"},
        select_{db, "SELECT key, phase, attempt, scheduled_time, attempt_time, started_time,"
                    " heartbeat_time, lease, identity, details, checksum FROM activities"
                    " WHERE key > ? AND key <= ? ORDER BY key"} {}

  void put(run_number run, event_id id, engine::activity_record const& record) {
    details_.clear();
    if (!record.heartbeat_details.empty() || record.last_failure) {
      activity_details const details{record.heartbeat_details, record.last_failure};
      append_struct(details_, &details, perdure::detail::schema_of<activity_details>());
    }
    std::int64_t const numbers[] = {key_of(run, id),
                                    static_cast<std::int64_t>(record.now),
                                    record.attempt,
                                    count(record.scheduled_time),
                                    count(record.attempt_scheduled_time),
                                    count(record.started_time),
                                    count(record.heartbeat_time),
                                    static_cast<std::int64_t>(record.lease)};
    statement::use row{put_};
    checksum sum{};
    for (std::int64_t const number : numbers) {
      row.bind(number);
      sum.add(number);
    }
    row.bind(record.identity.view()).bind_text_or_null(details_);
    row.bind(sum.add(record.identity.view()).add(details_).value()).run();
  }
  void erase(run_number run, event_id id) { statement::use{erase_}.bind(key_of(run, id)).run(); }
  void erase_all(run_number run) {
    statement::use{erase_all_}.bind(key_of(run, 0)).bind(key_of(run, events_per_run_max)).run();
  }
  /// Sets what is recorded of the open activities of a run.
  void read(engine::run_state& run) {
    statement::use row{select_};
    row.bind(key_of(run.number, 0)).bind(key_of(run.number, events_per_run_max));
    while (row.next()) {
      event_id const id = event_of(row.number(0));
      engine::activity_record record = read_row(row);
      if (engine::activity_state* const activity = run.live->activities.find(id))
        engine::set_record(*activity, std::move(record));
    }
  }

private:
  [[nodiscard]] static auto count(time_point at) -> std::int64_t {
    return at.time_since_epoch().count();
  }
  [[nodiscard]] static auto time(std::int64_t count) -> time_point {
    return time_point{duration{count}};
  }
  [[nodiscard]] static auto read_row(statement::use& row) -> engine::activity_record {
    checksum sum{};
    for (int i = 0; i < 8; ++i) sum.add(row.number(i));
    if (sum.add(row.text(8)).add(row.text(9)).value() != row.number(10))
      report_damage("row " + std::to_string(row.number(0)) + " of table activities");
    engine::activity_record record{};
    record.now = static_cast<engine::activity_state::phase>(row.number(1));
    record.attempt = static_cast<std::int32_t>(row.number(2));
    record.scheduled_time = time(row.number(3));
    record.attempt_scheduled_time = time(row.number(4));
    record.started_time = time(row.number(5));
    record.heartbeat_time = time(row.number(6));
    record.lease = static_cast<task_lease>(row.number(7));
    record.identity = row.text(8);
    if (row.text(9).empty()) return record;
    auto details = struct_from_json<activity_details>(row.text(9));
    record.heartbeat_details = std::move(details.heartbeat_details);
    record.last_failure = std::move(details.last_failure);
    return record;
  }

  statement put_, erase_, erase_all_, select_;
  std::string details_;
};

/// Reads and writes the rows of `inbox`.
class inbox_table {
public:
  explicit inbox_table(connection& db)
      : insert_{db, "INSERT INTO inbox(key, type, attributes, started, checksum)"
                    " VALUES(?,?,?,?,?)"},
        erase_{db, "DELETE FROM inbox WHERE key >= ? AND key <= ?"},
        select_{db, "SELECT key, type, attributes, started, checksum FROM inbox"
                    " WHERE key >= ? AND key <= ? ORDER BY key"} {}

  void append(run_number run, std::size_t position, engine::fact const& f) {
    attributes_.clear();
    started_.clear();
    append_attributes(attributes_, f.what);
    if (f.started) append_attributes(started_, f.started);
    std::int64_t const key = key_of(run, static_cast<event_id>(position));
    auto const type = static_cast<std::int64_t>(f.what.type());
    statement::use row{insert_};
    row.bind(key).bind(type).bind(attributes_).bind_text_or_null(started_);
    row.bind(checksum{}.add(key).add(type).add(attributes_).add(started_).value()).run();
  }
  void erase_all(run_number run) {
    statement::use{erase_}.bind(key_of(run, 0)).bind(key_of(run, events_per_run_max)).run();
  }
  void read(engine::run_state& run, std::int64_t length) {
    auto& inbox = run.live->inbox;
    inbox.clear();
    if (length == 0) return;
    statement::use row{select_};
    row.bind(key_of(run.number, 0)).bind(key_of(run.number, events_per_run_max));
    while (row.next()) {
      if (checksum{}
              .add(row.number(0))
              .add(row.number(1))
              .add(row.text(2))
              .add(row.text(3))
              .value() != row.number(4))
        report_damage("row " + std::to_string(row.number(0)) + " of table inbox");
      engine::fact f{};
      f.what = read_attributes(static_cast<event_type>(row.number(1)), row.text(2));
      if (!row.text(3).empty())
        f.started = read_attributes(event_type::activity_task_started, row.text(3));
      inbox.push_back(std::move(f));
    }
    if (static_cast<std::int64_t>(inbox.size()) != length)
      report_damage("the inbox of run " + std::to_string(run.number));
  }

private:
  statement insert_, erase_, select_;
  std::string attributes_;
  std::string started_;
};

} // namespace perdure::inline v0::sqlite
