// Schedules in a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/event_codec.hpp"
#include "perdure/config.hpp"
#include "perdure/data/json.hpp"
#include "perdure/engine/schedule/schedule_record.hpp"
#include "perdure/engine/starting.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::sqlite {

/// What of a schedule is written as it is: the parts that hold no payloads.
struct schedule_definition {
  schedule_spec spec{}; ///< Without the bytes of a zone, which have a column of their own.
  schedule_policies policies{};
  schedule_state state{};
};

/// The parts that hold payloads and failures, in the form of history.
struct schedule_values {
  payloads last_completion_result{};
  indirect<failure> continued_failure{};
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
  indirect<perdure::user_metadata> user_metadata{}; ///< Of the action.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("lastCompletionResult", self.last_completion_result);
    on("continuedFailure", self.continued_failure);
    on("memo", "fields", self.memo);
    on("searchAttributes", "indexedFields", self.search_attributes);
    on("userMetadata", self.user_metadata);
  }
};

/// The table `schedules`. Called inside of transactions, and keeps nothing in memory.
class schedule_table {
public:
  explicit schedule_table(connection& db)
      : keep_{db, "INSERT INTO schedules(id, wakes_at, definition, zone_data, action, info,"
                  " progress, results, checksum) VALUES(?,?,?,?,?,?,?,?,?)"
                  " ON CONFLICT(id) DO UPDATE SET wakes_at = excluded.wakes_at,"
                  " definition = excluded.definition, zone_data = excluded.zone_data,"
                  " action = excluded.action, info = excluded.info, progress = excluded.progress,"
                  " results = excluded.results, checksum = excluded.checksum"},
        drop_{db, "DELETE FROM schedules WHERE id = ? RETURNING 1"},
        find_{db, select("id = ?")},
        list_{db, select("id > ? ORDER BY id LIMIT ?")},
        first_{db, "SELECT wakes_at, id FROM schedules WHERE wakes_at IS NOT NULL"
                   " ORDER BY wakes_at, id LIMIT 1"},
        set_aside_{db, "UPDATE schedules SET wakes_at = NULL WHERE id = ?"} {}

  void keep(engine::schedule_record const& record) {
    schedule_definition definition{record.schedule.spec, record.schedule.policies,
                                   record.schedule.state};
    std::string const zone = std::exchange(definition.spec.time_zone_data, {});
    std::string action;
    append_struct(action, engine::first_event(record.schedule.action, {}));
    std::string results;
    append_struct(results, schedule_values{record.last_completion_result,
                                           record.continued_failure,
                                           record.memo,
                                           record.search_attributes,
                                           record.schedule.action.user_metadata,
                                           {}});
    columns const written{record.id, json_of(definition),  zone,
                          action,    json_of(record.info), json_of(record.progress),
                          results};
    statement::use row{keep_};
    row.bind(written.id);
    if (record.wakes_at)
      row.bind(record.wakes_at->time_since_epoch().count());
    else
      row.bind_null();
    row.bind(written.definition).bind_blob(zone).bind(action);
    row.bind(written.info).bind(written.progress).bind(results).bind(written.sum()).run();
  }
  auto drop(std::string_view id) -> bool { return statement::use{drop_}.bind(id).next(); }
  /// \throws error (history_corrupt)
  [[nodiscard]] auto find(std::string_view id) -> std::optional<engine::schedule_record> {
    statement::use row{find_};
    row.bind(id);
    if (!row.next()) return std::nullopt;
    return read(row);
  }
  /// By id, after one; `on_damage(error)` is told of those that cannot be read, which are left out.
  template <class OnDamage>
  [[nodiscard]] auto list(std::string_view after, std::size_t most, OnDamage&& on_damage)
      -> std::vector<engine::schedule_record> {
    std::vector<engine::schedule_record> some;
    statement::use row{list_};
    row.bind(after).bind(static_cast<std::int64_t>(most));
    while (row.next()) {
      try {
        some.push_back(read(row));
      } catch (error const& why) {
        on_damage(why);
      }
    }
    return some;
  }
  /// The one that wakes first: when, and its id.
  [[nodiscard]] auto first() -> std::optional<std::pair<time_point, std::string>> {
    statement::use row{first_};
    if (!row.next()) return std::nullopt;
    return std::pair{time_point{duration{row.number(0)}}, std::string{row.text(1)}};
  }
  /// It does not wake any more, until it is kept anew.
  void set_aside(std::string_view id) { statement::use{set_aside_}.bind(id).run(); }

private:
  struct columns {
    std::string_view id{};
    std::string definition{}, zone_data{}, action{}, info{}, progress{}, results{};

    [[nodiscard]] auto sum() const -> std::int64_t {
      checksum all{};
      all.add(id).add(definition).add(zone_data).add(action);
      return all.add(info).add(progress).add(results).value();
    }
  };
  [[nodiscard]] static auto select(std::string const& which) -> std::string {
    return "SELECT id, wakes_at, definition, zone_data, action, info, progress, results, checksum"
           " FROM schedules WHERE " +
           which;
  }
  template <class T>
  [[nodiscard]] static auto json_of(T const& value) -> std::string {
    std::string text;
    json_writer out{text, 512, "schedule"};
    out.replace_bad_text(); // of a comment, say: what happened must be written
    write_json(out, value);
    out.finish();
    return text;
  }
  template <class T>
  static void append_struct(std::string& to, T const& value) {
    sqlite::append_struct(to, &value, perdure::detail::schema_of<T>());
  }
  [[nodiscard]] static auto read(statement::use& row) -> engine::schedule_record {
    engine::schedule_record record{};
    record.id = row.text(0);
    if (!row.is_null(1)) record.wakes_at = time_point{duration{row.number(1)}};
    columns found{record.id,
                  std::string{row.text(2)},
                  std::string{row.text(3)},
                  std::string{row.text(4)},
                  std::string{row.text(5)},
                  std::string{row.text(6)},
                  std::string{row.text(7)}};
    std::string const name = "schedule '" + record.id + "' (table schedules)";
    if (found.sum() != row.number(8)) report_damage(name);
    try {
      auto definition = from_json<schedule_definition>(found.definition);
      record.schedule.spec = std::move(definition.spec);
      record.schedule.spec.time_zone_data = std::move(found.zone_data);
      record.schedule.policies = definition.policies;
      record.schedule.state = std::move(definition.state);
      record.schedule.action =
          engine::action_of(struct_from_json<events::workflow_execution_started>(found.action));
      record.info = from_json<schedule_info>(found.info);
      record.progress = from_json<engine::schedule_progress>(found.progress);
      auto values = struct_from_json<schedule_values>(found.results);
      record.last_completion_result = std::move(values.last_completion_result);
      record.continued_failure = std::move(values.continued_failure);
      record.memo = std::move(values.memo);
      record.search_attributes = std::move(values.search_attributes);
      record.schedule.action.user_metadata = std::move(values.user_metadata);
    } catch (error const& why) {
      throw error{errc::history_corrupt, name + " cannot be read: " + why.what()};
    }
    return record;
  }

  statement keep_, drop_, find_, list_, first_, set_aside_;
};

} // namespace perdure::inline v0::sqlite

PERDURE_SELDOM_END
