// All tables of a file, as one connection uses them.
#pragma once

#include "perdure/backend/sqlite/audit_table.hpp"
#include "perdure/backend/sqlite/change_log.hpp"
#include "perdure/backend/sqlite/damage_list.hpp"
#include "perdure/backend/sqlite/deployment_table.hpp"
#include "perdure/backend/sqlite/members.hpp"
#include "perdure/backend/sqlite/query_table.hpp"
#include "perdure/backend/sqlite/schedule_table.hpp"
#include "perdure/backend/sqlite/stored_run.hpp"
#include "perdure/backend/sqlite/task_table.hpp"

namespace perdure::inline v0::sqlite {

/// Everything that is bound to the connection that writes.
struct tables {
  explicit tables(connection& db)
      : files{db},
        tasks{db},
        members{db},
        stops{db},
        audit{db},
        schedules{db},
        log{db},
        queries{db},
        deployments{db} {}
  /// Writes the rows that were gathered of all runs. Which of them meets damage there shows when it
  /// is tried again.
  void flush_rows(damage_list& damage) {
    try {
      files.flush();
    } catch (fault const& why) {
      if (why.is_damage()) damage.suspect_some();
      throw;
    }
  }
  /// A transaction was undone: what was gathered is not to be written, and what was known may not
  /// be so.
  void forget() noexcept {
    files.forget();
    tasks.reload();
    log.forget();
  }
  run_files files;
  task_table tasks;
  member_table members;
  stop_table stops;
  audit_table audit;
  schedule_table schedules;
  change_log log;
  query_table queries;
  deployment_table deployments;
};

} // namespace perdure::inline v0::sqlite
