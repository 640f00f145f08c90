// A run's row: what a run is besides its history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "perdure/backend/sqlite/checksum.hpp"
#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/engine/run_state.hpp"

namespace perdure::inline v0::sqlite {

/// How a column of `runs` changes, which decides what an update must write.
enum class column_kind : std::uint8_t {
  fixed,    ///< Never, once the run has begun.
  plain,    ///< Often.
  status,   ///< Once or twice; indexed.
  deadline, ///< Indexed.
  lease,    ///< Indexed.
};

/// One row of `runs`, as values. `columns` lists it, for every statement about it.
struct run_row {
  std::int64_t number{};
  shared_string workflow_id{}, run_id{}, workflow_type{}, task_queue{}, request_id{};
  std::int64_t status{}, start_time{}, close_time{};
  std::int64_t parent{}, parent_event{}, previous{}, next{}, reset_of{};
  std::int64_t history_length{}, history_bytes{}, inbox_length{}, flags{};
  std::optional<std::int64_t> deadline{}, task_due{};
  std::int64_t task_phase{}, task_attempt{}, task_scheduled_event{}, task_started_event{};
  std::int64_t task_scheduled_time{}, task_started_time{}, task_worker{}, task_lease{};
  shared_string task_identity{}, task_failure{};

  static constexpr std::int64_t needs_task_flag = 1;
  static constexpr std::int64_t speculative_flag = 2;
  static constexpr std::int64_t has_updates_flag = 4; ///< In their table.

  friend auto operator==(run_row const&, run_row const&) -> bool = default;

  template <class Self, class On>
  static void columns(Self& self, On&& on) {
    using enum column_kind;
    on(fixed, "workflow_id", self.workflow_id);
    on(fixed, "run_id", self.run_id);
    on(fixed, "workflow_type", self.workflow_type);
    on(fixed, "task_queue", self.task_queue);
    on(fixed, "request_id", self.request_id);
    on(column_kind::status, "status", self.status);
    on(fixed, "start_time", self.start_time);
    on(plain, "close_time", self.close_time);
    on(plain, "parent", self.parent); // a reset of the parent gives the child another one
    on(fixed, "parent_event", self.parent_event);
    on(plain, "previous", self.previous);
    on(plain, "next", self.next);
    on(fixed, "reset_of", self.reset_of);
    on(plain, "history_length", self.history_length);
    on(plain, "history_bytes", self.history_bytes);
    on(plain, "inbox_length", self.inbox_length);
    on(plain, "flags", self.flags);
    on(column_kind::deadline, "deadline", self.deadline);
    on(plain, "task_phase", self.task_phase);
    on(plain, "task_attempt", self.task_attempt);
    on(plain, "task_scheduled_event", self.task_scheduled_event);
    on(plain, "task_started_event", self.task_started_event);
    on(plain, "task_scheduled_time", self.task_scheduled_time);
    on(plain, "task_started_time", self.task_started_time);
    on(plain, "task_due", self.task_due);
    on(plain, "task_worker", self.task_worker);
    on(lease, "task_lease", self.task_lease);
    on(plain, "task_identity", self.task_identity);
    on(plain, "task_failure", self.task_failure);
  }

  [[nodiscard]] auto open() const noexcept -> bool {
    return status == static_cast<std::int64_t>(workflow_execution_status::running) ||
           status == static_cast<std::int64_t>(workflow_execution_status::paused);
  }
  [[nodiscard]] auto execution() const -> workflow_execution { return {workflow_id, run_id}; }
  [[nodiscard]] auto sum(std::int64_t revision) const -> std::int64_t {
    checksum all{};
    all.add(number).add(revision);
    columns(*this, [&](column_kind, char const*, auto const& value) { add(all, value); });
    return all.value();
  }

private:
  static void add(checksum& to, std::int64_t value) { to.add(value); }
  static void add(checksum& to, shared_string const& value) { to.add(value.view()); }
  static void add(checksum& to, std::optional<std::int64_t> value) {
    to.add(value ? std::int64_t{1} : std::int64_t{0}).add(value.value_or(0));
  }
};

inline void bind(statement::use& to, std::int64_t value) { to.bind(value); }
inline void bind(statement::use& to, shared_string const& value) { to.bind(value.view()); }
inline void bind(statement::use& to, std::optional<std::int64_t> value) {
  if (value)
    to.bind(*value);
  else
    to.bind_null();
}
inline void read(statement::use& from, int column, std::int64_t& to) { to = from.number(column); }
inline void read(statement::use& from, int column, shared_string& to) { to = from.text(column); }
inline void read(statement::use& from, int column, std::optional<std::int64_t>& to) {
  if (from.is_null(column))
    to.reset();
  else
    to = from.number(column);
}

/// The names of all columns of a run's row, as a query wants them: number and revision first.
[[nodiscard]] inline auto run_columns() -> std::string {
  std::string names = "number, revision, checksum";
  run_row row{};
  run_row::columns(row, [&](column_kind, char const* name, auto&) {
    names += ", ";
    names += name;
  });
  return names;
}

/// Reads a row that was asked for with `run_columns`.
/// \throws error (history_corrupt) if it is not what was written
[[nodiscard]] inline auto read_run_row(statement::use& from, std::int64_t& revision) -> run_row {
  run_row row{};
  row.number = from.number(0);
  revision = from.number(1);
  int column = 3;
  run_row::columns(row,
                   [&](column_kind, char const*, auto& value) { read(from, column++, value); });
  if (row.sum(revision) != from.number(2))
    throw error{errc::history_corrupt, "row " + std::to_string(row.number) +
                                           " of table runs (workflow '" + row.workflow_id.str() +
                                           "') is damaged"};
  return row;
}

/// What a run is, as a row. `task_due`, `deadline` and `inbox_length` are the caller's to fill in.
[[nodiscard]] inline auto row_of(engine::run_state const& run) -> run_row {
  auto const count = [](time_point at) { return at.time_since_epoch().count(); };
  run_row row{};
  row.number = run.number;
  row.workflow_id = run.execution.workflow_id;
  row.run_id = run.execution.run_id;
  row.workflow_type = run.workflow_type;
  row.task_queue = run.started().task_queue.name;
  row.request_id = run.request_id;
  row.status = static_cast<std::int64_t>(run.status);
  row.start_time = count(run.start_time);
  row.close_time = count(run.close_time);
  row.parent = run.parent;
  row.parent_event = run.parent_initiated_event_id;
  row.previous = run.previous;
  row.next = run.next;
  row.reset_of = run.reset_of;
  row.history_length = run.next_event_id() - 1;
  row.history_bytes = run.history_size_bytes;
  if (!run.open()) return row;
  engine::task_state const& task = run.live->task;
  row.flags = (run.live->task_needed ? run_row::needs_task_flag : 0) |
              (task.speculative ? run_row::speculative_flag : 0);
  row.task_phase = static_cast<std::int64_t>(task.now);
  row.task_attempt = task.attempt;
  row.task_scheduled_event = task.scheduled_event_id;
  row.task_started_event = task.started_event_id;
  row.task_scheduled_time = count(task.scheduled_time);
  row.task_started_time = count(task.started_time);
  row.task_worker = static_cast<std::int64_t>(task.worker);
  if (task.now == engine::task_state::phase::started)
    row.task_lease = static_cast<std::int64_t>(task.lease);
  row.task_identity = task.identity;
  row.task_failure = task.last_failure;
  return row;
}

/// The opposite of `row_of`, without the history, the queue's number and what is in other tables.
inline void set_from_row(engine::run_state& run, run_row const& row) {
  auto const time = [](std::int64_t count) { return time_point{duration{count}}; };
  run.number = row.number;
  run.execution = row.execution();
  run.workflow_type = row.workflow_type;
  run.request_id = row.request_id;
  run.status = static_cast<workflow_execution_status>(row.status);
  run.start_time = time(row.start_time);
  run.close_time = time(row.close_time);
  run.parent = row.parent;
  run.parent_initiated_event_id = row.parent_event;
  run.previous = row.previous;
  run.next = row.next;
  run.reset_of = row.reset_of;
  run.history_size_bytes = row.history_bytes;
  if (!row.open()) return run.live.reset();
  engine::task_state& task = run.live->task;
  run.live->task_needed = (row.flags & run_row::needs_task_flag) != 0;
  task.now = static_cast<engine::task_state::phase>(row.task_phase);
  task.speculative = (row.flags & run_row::speculative_flag) != 0;
  task.attempt = static_cast<std::int32_t>(row.task_attempt);
  task.scheduled_event_id = row.task_scheduled_event;
  task.started_event_id = row.task_started_event;
  task.scheduled_time = time(row.task_scheduled_time);
  task.started_time = time(row.task_started_time);
  task.worker = static_cast<std::uint64_t>(row.task_worker);
  task.lease = static_cast<task_lease>(row.task_lease);
  task.identity = row.task_identity;
  task.last_failure = row.task_failure.str();
}

} // namespace perdure::inline v0::sqlite
