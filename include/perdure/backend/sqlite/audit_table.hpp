// What was done to runs from outside.
#pragma once

#include <string>
#include <vector>

#include "perdure/backend/sqlite/event_codec.hpp"
#include "perdure/history/operations.hpp"

namespace perdure::inline v0::sqlite {

/// The table `audit`: append-only; records outlive their runs.
class audit_table {
public:
  explicit audit_table(connection& db)
      : insert_{db,
                "INSERT INTO audit(time, workflow_id, run_id, what, who, why, details, checksum)"
                " VALUES(?,?,?,?,?,?,?,?)"},
        select_{db, "SELECT time, workflow_id, run_id, what, who, why, details, checksum, id"
                    " FROM audit WHERE workflow_id = ?1 AND (?2 = '' OR run_id = ?2) ORDER BY id"} {
  }

  void add(audit_record const& record) {
    statement::use row{insert_};
    std::int64_t const time = record.time.time_since_epoch().count();
    row.bind(time).bind(record.run.workflow_id.view()).bind(record.run.run_id.view());
    row.bind(record.what).bind(record.who).bind(record.why).bind(record.details);
    row.bind(sum(time, record)).run();
  }
  /// Oldest first; of all runs of the workflow id where no run id is given.
  [[nodiscard]] auto read(workflow_execution const& run) -> std::vector<audit_record> {
    std::vector<audit_record> found;
    statement::use row{select_};
    row.bind(run.workflow_id.view()).bind(run.run_id.view());
    while (row.next()) {
      audit_record record{};
      record.time = time_point{duration{row.number(0)}};
      record.run = {row.text(1), row.text(2)};
      record.what = row.text(3);
      record.who = row.text(4);
      record.why = row.text(5);
      record.details = row.text(6);
      if (sum(row.number(0), record) != row.number(7))
        report_damage("row " + std::to_string(row.number(8)) + " of table audit");
      found.push_back(std::move(record));
    }
    return found;
  }

private:
  [[nodiscard]] static auto sum(std::int64_t time, audit_record const& record) -> std::int64_t {
    checksum all{};
    all.add(time).add(record.run.workflow_id.view()).add(record.run.run_id.view());
    return all.add(record.what).add(record.who).add(record.why).add(record.details).value();
  }
  statement insert_, select_;
};

} // namespace perdure::inline v0::sqlite
