// What history does not show of the updates of open runs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "perdure/backend/sqlite/event_codec.hpp"

namespace perdure::inline v0::sqlite {

/// Reads and writes the rows of `updates`: those that are not accepted, and rejections.
class update_table {
public:
  explicit update_table(connection& db)
      : insert_{db, "INSERT INTO updates(key, what, event, until, body, checksum)"
                    " VALUES(?,?,?,?,?,?)"},
        erase_{db, "DELETE FROM updates WHERE key >= ? AND key <= ?"},
        select_{db, "SELECT key, what, event, until, body, checksum FROM updates"
                    " WHERE key >= ? AND key <= ? ORDER BY key"} {}

  /// Writes all of a run anew. True if there are any.
  auto replace(engine::run_state const& run) -> bool {
    erase_all(run.number);
    engine::run_messages const* const messages = run.live->messages.get();
    if (messages == nullptr) return false;
    event_id position = 0;
    for (engine::pending_update const& each : messages->pending) {
      if (each.accepted()) continue;
      put(key_of(run.number, position++), each.delivered ? delivered : admitted,
          each.admitted_event_id, 0, each.request);
    }
    for (engine::rejected_update const& each : messages->rejected) {
      rejection const body{each.id, each.why};
      put(key_of(run.number, position++), rejected, 0, each.until.time_since_epoch().count(), body);
    }
    return position != 0;
  }
  void erase_all(run_number run) {
    statement::use{erase_}.bind(key_of(run, 0)).bind(key_of(run, events_per_run_max)).run();
  }
  /// Puts what the file holds in the place of what is known. `any`: there are rows.
  void read(engine::run_state& run, bool any) {
    if (!any && !run.live->messages) return;
    engine::run_messages& messages = run.live->make_messages();
    std::erase_if(messages.pending, [](auto const& each) { return !each.accepted(); });
    messages.rejected.clear();
    if (!any) return;
    statement::use row{select_};
    row.bind(key_of(run.number, 0)).bind(key_of(run.number, events_per_run_max));
    while (row.next()) {
      if (checksum{}
              .add(row.number(0))
              .add(row.number(1))
              .add(row.number(2))
              .add(row.number(3))
              .add(row.text(4))
              .value() != row.number(5))
        report_damage("row " + std::to_string(row.number(0)) + " of table updates");
      if (row.number(1) == rejected) {
        auto body = struct_from_json<rejection>(row.text(4));
        messages.rejected.push_back(
            {std::move(body.id), *body.why, time_point{duration{row.number(3)}}});
      } else {
        messages.pending.push_back({struct_from_json<update_request>(row.text(4)), row.number(2), 0,
                                    row.number(1) == delivered});
      }
    }
  }

private:
  static constexpr std::int64_t admitted = 0;
  static constexpr std::int64_t delivered = 1;
  static constexpr std::int64_t rejected = 2;
  struct rejection {
    shared_string id{};
    indirect<failure> why{};

    template <class Self, class On>
    static void fields(Self& self, On&& on) {
      on("updateId", self.id);
      on("failure", self.why);
    }
  };

  template <class Body>
  void put(std::int64_t key, std::int64_t what, event_id event, std::int64_t until,
           Body const& body) {
    text_.clear();
    append_struct(text_, &body, perdure::detail::schema_of<Body>());
    statement::use row{insert_};
    row.bind(key).bind(what).bind(event).bind(until).bind(text_);
    row.bind(checksum{}.add(key).add(what).add(event).add(until).add(text_).value()).run();
  }

  statement insert_, erase_, select_;
  std::string text_;
};

} // namespace perdure::inline v0::sqlite
