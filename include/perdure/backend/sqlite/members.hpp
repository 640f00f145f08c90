// Who works on the file: processes that have workers, each with a lease that it must renew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/backend/sqlite/file_signal.hpp"
#include "perdure/backend/sqlite/schema.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::sqlite {

/// Leases of tasks are numbered per member, so that a lease tells who holds it.
inline constexpr int lease_bits = 40;
[[nodiscard]] constexpr auto member_of(task_lease lease) noexcept -> std::int64_t {
  return static_cast<std::int64_t>(lease >> lease_bits);
}

/// The table `members`. Called inside of transactions.
class member_table {
public:
  explicit member_table(connection& db)
      : insert_{db, "INSERT INTO members(identity, lease_until) VALUES(?, ?) RETURNING id"},
        renew_{db, "UPDATE members SET lease_until = ? WHERE id = ?"},
        erase_{db, "DELETE FROM members WHERE id = ?"},
        find_{db, "SELECT 1 FROM members WHERE id = ?"},
        others_{db, "SELECT id, lease_until FROM members WHERE id <> ?"},
        runs_held_{db, "SELECT number FROM runs WHERE task_lease >= ?1 AND task_lease < ?2 AND"
                       " task_lease > 0 UNION SELECT key >> 24 FROM activities"
                       " WHERE lease >= ?1 AND lease < ?2"} {}

  [[nodiscard]] auto add(std::string_view identity, time_point until) -> std::int64_t {
    statement::use row{insert_};
    row.bind(identity).bind(until.time_since_epoch().count());
    return row.next() ? row.number(0) : 0;
  }
  void renew(std::int64_t member, time_point until) {
    statement::use{renew_}.bind(until.time_since_epoch().count()).bind(member).run();
  }
  void erase(std::int64_t member) { statement::use{erase_}.bind(member).run(); }
  [[nodiscard]] auto exists(std::int64_t member) -> bool {
    return statement::use{find_}.bind(member).next();
  }
  /// Whether there are members other than `self` whose process lives.
  [[nodiscard]] auto any_but(std::int64_t self, file_signal const& marks) -> bool {
    statement::use row{others_};
    row.bind(self);
    while (row.next())
      if (marks.is_held(row.number(0))) return true;
    return false;
  }
  /// Members other than `self` that are dead, or whose lease has ended.
  [[nodiscard]] auto lost(std::int64_t self, time_point now, file_signal const& marks)
      -> std::vector<std::int64_t> {
    std::vector<std::int64_t> gone;
    statement::use row{others_};
    row.bind(self);
    while (row.next())
      if (row.number(1) < now.time_since_epoch().count() || !marks.is_held(row.number(0)))
        gone.push_back(row.number(0));
    return gone;
  }
  /// Runs that have handed out tasks to a member.
  [[nodiscard]] auto runs_held_by(std::int64_t member) -> std::vector<run_number> {
    std::vector<run_number> held;
    statement::use row{runs_held_};
    row.bind(member << lease_bits).bind((member + 1) << lease_bits);
    while (row.next()) held.push_back(row.number(0));
    return held;
  }

private:
  statement insert_, renew_, erase_, find_, others_, runs_held_;
};

/// The table `stops`: attempts that should stop, for the member that runs them.
class stop_table {
public:
  explicit stop_table(connection& db)
      : insert_{db, "INSERT OR IGNORE INTO stops(member, lease, key, attempt, reason)"
                    " VALUES(?,?,?,?,?)"},
        take_{db, "DELETE FROM stops WHERE member = ? RETURNING lease, key, attempt, reason"},
        any_{db, "SELECT 1 FROM stops WHERE member = ? LIMIT 1"} {}

  void add(stopped_attempt const& what) {
    activity_task_token const& token = what.token;
    std::int64_t const key = key_of(token.run, token.scheduled_event_id);
    statement::use row{insert_};
    row.bind(member_of(token.lease)).bind(static_cast<std::int64_t>(token.lease)).bind(key);
    row.bind(std::int64_t{token.attempt}).bind(static_cast<std::int64_t>(what.reason)).run();
  }
  [[nodiscard]] auto any(std::int64_t member) -> bool {
    return statement::use{any_}.bind(member).next();
  }
  [[nodiscard]] auto take(std::int64_t member) -> std::vector<stopped_attempt> {
    std::vector<stopped_attempt> taken;
    statement::use row{take_};
    row.bind(member);
    while (row.next())
      taken.push_back(
          {{row.number(1) >> event_bits, event_of(row.number(1)),
            static_cast<std::int32_t>(row.number(2)), static_cast<task_lease>(row.number(0))},
           static_cast<activity_cancel_reason>(row.number(3))});
    return taken;
  }

private:
  statement insert_, take_, any_;
};

} // namespace perdure::inline v0::sqlite
