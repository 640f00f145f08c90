// Reading runs as they were last committed, beside whoever writes.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/file_access.hpp"
#include "perdure/backend/sqlite/stored_run.hpp"
#include "perdure/engine/describe.hpp"
#include "perdure/history/history.hpp"

namespace perdure::inline v0::sqlite {

/// A connection of its own for reading; thread-safe. Nothing it gives was not committed. Faults are
/// told as `error`.
class run_reader {
public:
  explicit run_reader(file_access const& file) : file_{file} {}

  /// Calls `f(run_files&)`, or `f(connection&)`, within one snapshot of the file.
  template <class F>
  auto read(F&& f) {
    std::lock_guard const lock{mutex_};
    try {
      if (!files_) {
        db_ = file_.connect();
        files_.emplace(db_);
      }
      db_.execute("BEGIN");
      snapshot const open{db_};
      if constexpr (std::is_invocable_v<F&, run_files&>)
        return f(*files_);
      else
        return f(db_);
    } catch (fault const& why) {
      if (!why.is_damage() && why.primary() != SQLITE_BUSY) close_locked();
      throw why.as_error();
    }
  }

  /// The number of the run that is meant; 0 if there is none.
  [[nodiscard]] auto find(workflow_execution const& target) -> run_number {
    return read([&](run_files& files) {
      return target.run_id.empty() ? files.runs.find_current(target.workflow_id.view())
                                   : files.runs.find(target);
    });
  }
  /// \pre there is such a run. \throws error (history_corrupt)
  [[nodiscard]] auto describe(run_number number) -> workflow_description {
    return read([&](run_files& files) { return engine::describe(whole(files, number)->run); });
  }
  /// The same for a list: none if the run was deleted meanwhile, and of a damaged run what its row
  /// tells.
  [[nodiscard]] auto try_describe(run_number number) -> std::optional<workflow_description> {
    try {
      return describe(number);
    } catch (error const& why) {
      if (why.code() == errc::not_found) return std::nullopt;
      if (why.code() != errc::history_corrupt) throw;
      return describe_damaged(number, why.what());
    }
  }
  [[nodiscard]] auto history(run_number number) -> perdure::history {
    return read([&](run_files& files) {
      auto const found = row(files, number);
      perdure::history all{};
      all.workflow_id = found.row.workflow_id;
      files.events.read(number, 0, found.row.history_length, all.events);
      return all;
    });
  }
  /// The last event of a run and of those that continue it, once it has come; `number` then is the
  /// run it is of.
  [[nodiscard]] auto end_of(run_number& number) -> std::optional<event> {
    return read([&](run_files& files) -> std::optional<event> {
      auto found = row(files, number);
      for (; !found.row.open() && found.row.next != 0; number = found.row.number)
        found = row(files, found.row.next);
      number = found.row.number;
      if (found.row.open()) return std::nullopt;
      return files.events.read_one(number, found.row.history_length);
    });
  }
  [[nodiscard]] auto explain_stall(run_number number) -> std::string {
    return read([&](run_files& files) { return engine::explain_stall(whole(files, number)->run); });
  }

  /// Closes the connection: the file is opened anew by the next call.
  void close() {
    std::lock_guard const lock{mutex_};
    close_locked();
  }

  /// A run's row. \throws error (history_corrupt) if it is damaged, (not_found) if there is none
  [[nodiscard]] static auto row(run_files& files, run_number number) -> run_table::found {
    auto found = files.runs.find(number);
    if (!found)
      throw error{errc::not_found, "run " + std::to_string(number) + " is gone: it was deleted"};
    return std::move(*found);
  }
  /// A whole run, with no timers.
  [[nodiscard]] static auto whole(run_files& files, run_number number)
      -> std::unique_ptr<stored_run> {
    auto made = std::make_unique<stored_run>();
    made->run.number = number;
    load(files, *made, row(files, number));
    return made;
  }

private:
  [[nodiscard]] auto describe_damaged(run_number number, std::string why) -> workflow_description {
    return read([&](connection& db) {
      statement asked{db, "SELECT workflow_id, run_id, workflow_type, task_queue, status FROM runs"
                          " WHERE number = ?"};
      statement::use row{asked};
      workflow_description d{};
      d.workflow_task_failure = std::move(why);
      if (!row.bind(number).next()) return d;
      d.execution = {row.text(0), row.text(1)};
      d.workflow_type = row.text(2);
      d.task_queue = row.text(3);
      d.status = static_cast<workflow_execution_status>(row.number(4));
      return d;
    });
  }
  struct snapshot {
    connection& db;
    ~snapshot() { sqlite3_exec(db.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }
  };
  void close_locked() noexcept {
    files_.reset();
    db_ = {};
  }

  file_access const& file_;
  std::mutex mutex_;
  connection db_;
  std::optional<run_files> files_;
};

} // namespace perdure::inline v0::sqlite
