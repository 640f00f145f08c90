// The table `runs`: finding, writing and deleting its rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/row_inserter.hpp"
#include "perdure/backend/sqlite/run_row.hpp"
#include "perdure/backend/sqlite/schema.hpp"

namespace perdure::inline v0::sqlite {

class run_table {
public:
  explicit run_table(connection& db)
      : db_{&db},
        find_{db, "SELECT " + run_columns() + " FROM runs WHERE number = ?"},
        current_{db, "SELECT number FROM runs WHERE workflow_id = ? ORDER BY number DESC LIMIT 1"},
        by_run_id_{db, "SELECT number FROM runs WHERE workflow_id = ? AND run_id = ?"},
        due_{db, "SELECT deadline, number FROM runs WHERE deadline <= ? AND"
                 " (deadline, number) > (?, ?) ORDER BY deadline, number LIMIT 256"},
        first_deadline_{db, "SELECT min(deadline) FROM runs WHERE deadline IS NOT NULL"},
        insert_{db, insert_into(), insert_columns()} {}

  struct found {
    run_row row{};
    std::int64_t revision{};
  };
  /// \throws error (history_corrupt)
  [[nodiscard]] auto find(run_number number) -> std::optional<found> {
    statement::use row{find_};
    if (!row.bind(number).next()) return std::nullopt;
    found there{};
    there.row = read_run_row(row, there.revision);
    return there;
  }
  /// The number of the last run with that workflow id; 0 if there is none.
  [[nodiscard]] auto find_current(std::string_view workflow_id) -> run_number {
    statement::use row{current_};
    return row.bind(workflow_id).next() ? row.number(0) : 0;
  }
  [[nodiscard]] auto find(workflow_execution const& execution) -> run_number {
    statement::use row{by_run_id_};
    row.bind(execution.workflow_id.view()).bind(execution.run_id.view());
    return row.next() ? row.number(0) : 0;
  }
  /// Of all runs that the file ever had: see `retire`.
  [[nodiscard]] auto highest_number() -> run_number {
    return db_->number("SELECT max((SELECT coalesce(max(number), 0) FROM runs),"
                       " (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'runs'))");
  }
  /// A run with that number is deleted: no other one gets it. SQLite's own table for this has the
  /// highest number that was retired.
  void retire(run_number number) {
    statement raise{*db_, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'runs'"};
    statement::use{raise}.bind(number).run();
    if (sqlite3_changes(db_->handle()) != 0) return;
    statement first{*db_, "INSERT INTO sqlite_sequence(name, seq) VALUES('runs', ?)"};
    statement::use{first}.bind(number).run();
  }
  /// Runs whose deadline has come, by deadline; call `with(number)` for each.
  template <class With>
  void for_each_due(time_point now, With&& with) {
    std::int64_t deadline = std::numeric_limits<std::int64_t>::min();
    run_number number = 0;
    for (bool more = true; more;) {
      std::vector<std::pair<std::int64_t, run_number>> page;
      {
        statement::use row{due_};
        row.bind(now.time_since_epoch().count()).bind(deadline).bind(number);
        while (row.next()) page.emplace_back(row.number(0), row.number(1));
      }
      for (auto const& [at, run] : page) with(run);
      more = page.size() == 256;
      if (more) std::tie(deadline, number) = page.back();
    }
  }
  [[nodiscard]] auto first_deadline() -> std::optional<time_point> {
    statement::use row{first_deadline_};
    if (!row.next() || row.is_null(0)) return std::nullopt;
    return time_point{duration{row.number(0)}};
  }

  /// Up to `most` runs behind `after` that were closed before a time, in the order of their
  /// numbers.
  [[nodiscard]] auto closed_before(time_point before, run_number after, std::int64_t most)
      -> std::vector<run_number> {
    statement asked{*db_, "SELECT number FROM runs WHERE number > ? AND status NOT IN (1, 8) AND"
                          " close_time < ? ORDER BY number LIMIT ?"};
    std::vector<run_number> numbers;
    statement::use row{asked};
    row.bind(after).bind(before.time_since_epoch().count()).bind(most);
    while (row.next()) numbers.push_back(row.number(0));
    return numbers;
  }

  /// A new row, which stays where it is until `flush` has written it.
  void add(run_row const& row, std::int64_t revision) {
    added_.emplace_back(&row, revision);
    if (added_.size() == added_max) flush();
  }
  void flush() {
    insert_.write(added_.size(), [&](statement::use& into, std::size_t i) {
      auto const& [row, revision] = added_[i];
      into.bind(row->number);
      run_row::columns(*row,
                       [&](column_kind, char const*, auto const& value) { bind(into, value); });
      into.bind(revision).bind(row->sum(revision));
    });
    added_.clear();
  }
  /// What was added and not written is not to be.
  void forget() noexcept { added_.clear(); }
  /// Writes what differs, if the row is still the one it is taken for. False if it is not.
  [[nodiscard]] auto update(run_row const& before, run_row const& now, std::int64_t revision)
      -> bool {
    std::size_t const kinds = (before.status != now.status ? 1u : 0u) |
                              (before.deadline != now.deadline ? 2u : 0u) |
                              (before.task_lease != now.task_lease ? 4u : 0u);
    auto& change = updates_[kinds];
    if (!change) change = statement{*db_, update_sql(kinds)};
    statement::use to{*change};
    run_row::columns(now, [&](column_kind kind, char const*, auto const& value) {
      if (is_written(kind, kinds)) bind(to, value);
    });
    to.bind(revision + 1).bind(now.sum(revision + 1)).bind(now.number).bind(revision).run();
    return sqlite3_changes(db_->handle()) == 1;
  }
  void erase(run_number number) {
    statement gone{*db_, "DELETE FROM runs WHERE number = ?"};
    statement::use{gone}.bind(number).run();
  }

private:
  [[nodiscard]] static auto is_written(column_kind kind, std::size_t kinds) noexcept -> bool {
    switch (kind) {
    case column_kind::fixed: return false;
    case column_kind::plain: return true;
    case column_kind::status: return (kinds & 1) != 0;
    case column_kind::deadline: return (kinds & 2) != 0;
    case column_kind::lease: return (kinds & 4) != 0;
    }
    return true;
  }
  [[nodiscard]] static auto insert_into() -> std::string {
    std::string names = "runs(number";
    run_row row{};
    run_row::columns(
        row, [&](column_kind, char const* name, auto&) { names += std::string{", "} + name; });
    return names + ", revision, checksum)";
  }
  [[nodiscard]] static auto insert_columns() -> std::size_t {
    std::size_t count = 3;
    run_row row{};
    run_row::columns(row, [&](column_kind, char const*, auto&) { ++count; });
    return count;
  }
  /// Columns that an index holds are written only when they change: each costs two look-ups there.
  [[nodiscard]] static auto update_sql(std::size_t kinds) -> std::string {
    std::string sql = "UPDATE runs SET ";
    run_row row{};
    run_row::columns(row, [&](column_kind kind, char const* name, auto&) {
      if (is_written(kind, kinds)) sql += std::string{name} + " = ?, ";
    });
    return sql + "revision = ?, checksum = ? WHERE number = ? AND revision = ?";
  }

  static constexpr std::size_t added_max = 64; ///< That wait.

  connection* db_;
  statement find_, current_, by_run_id_, due_, first_deadline_;
  row_inserter insert_;
  std::vector<std::pair<run_row const*, std::int64_t>> added_; ///< With their revisions.
  std::optional<statement> updates_[8]{};
};

} // namespace perdure::inline v0::sqlite
