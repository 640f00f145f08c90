// Durable on one machine: runs in an SQLite file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/embedded_operations.hpp"
#include "perdure/backend/message_operations.hpp"
#include "perdure/backend/sqlite/run_listing.hpp"
#include "perdure/backend/sqlite/worker_side.hpp"
#include "perdure/backend/virtual_time.hpp"
#include "perdure/data/detail/idle_wait.hpp"

namespace perdure::inline v0 {

/// See `sqlite_backend`. A template, so that a file that does not use it does not pay for compiling
/// it.
template <class Unused>
class basic_sqlite_backend : public embedded_operations<basic_sqlite_backend<Unused>>,
                             public message_operations<basic_sqlite_backend<Unused>>,
                             private sqlite::worker_side<Unused> {
  using operations = embedded_operations<basic_sqlite_backend>;
  using workers = sqlite::worker_side<Unused>;
  using children = typename operations::children;

public:
  /// Opens the file, or makes it. \throws error (file_refused, storage_failed, history_corrupt)
  explicit basic_sqlite_backend(std::string path, sqlite_backend_options options = {})
      : workers{std::move(path), options} {
    if (options.quick_check) check_structure();
  }

  // ------------------------------------------------------------------------------------- workers
  using workers::answer_query_task, workers::attach, workers::cancel_activity,
      workers::complete_activity, workers::complete_workflow_task, workers::detach,
      workers::fail_activity, workers::fail_workflow_task, workers::poll, workers::read_history,
      workers::record_heartbeat, workers::stop_polling;

  // ------------------------------------------------------------------------------------- clients
  [[nodiscard]] auto describe_workflow(workflow_execution const& run) -> workflow_description {
    return this->reader_.describe(number_of(run));
  }
  /// One page. Linear in the runs of the page, and in those that it must pass over where no index
  /// answers the filter. \throws error (invalid_argument)
  [[nodiscard]] auto list_workflows(list_filter const& filter) -> list_page {
    settle();
    return sqlite::list_runs(this->reader_, filter);
  }
  [[nodiscard]] auto count_workflows(list_filter const& filter) -> std::size_t {
    settle();
    return sqlite::count_runs(this->reader_, filter);
  }
  [[nodiscard]] auto read_audit(workflow_execution const& run) -> std::vector<audit_record> {
    settle();
    return this->reader_.read(
        [&](sqlite::connection& db) { return sqlite::audit_table{db}.read(run); });
  }
  [[nodiscard]] auto read_history(workflow_execution const& run) -> history {
    return this->reader_.history(number_of(run));
  }
  /// Waits for the end of a run and of those that continue it; gives the last event of the last
  /// one.
  /// \throws error (not_found), (history_corrupt); in virtual time (stalled), when nothing is left
  /// that could bring the end about.
  [[nodiscard]] auto wait_for_close(workflow_execution const& target) -> event {
    if (this->is_virtual()) return driver{*this}.drive_to_close(target);
    run_number number = number_to_await(target);
    std::unique_lock lock{this->mutex_};
    this->keeper_.start();
    typename workers::place_among_waiters const place{*this};
    while (true) {
      // First the place among those who wait, then the look: nothing is missed between them.
      if (auto end = this->reader_.end_of(number)) return std::move(*end);
      if (auto const* const why = this->store_.damage().find(number))
        throw error{errc::history_corrupt, *why};
      this->awaited_.push_back(number);
      perdure::detail::idle_wait(this->run_closed_, lock);
      this->awaited_.erase(std::find(this->awaited_.begin(), this->awaited_.end(), number));
    }
  }

  /// Asks a run's code, open or closed. If this process has a worker for the run's queue, nothing
  /// is written; else who asks and who answers wait for the disk, once each. In virtual time no
  /// time passes meanwhile.
  /// \throws error (not_found; unanswered: no worker took it or answered in time, or the run's
  ///         workflow tasks keep failing)
  [[nodiscard]] auto query_workflow(query_workflow_request const& request) -> query_result {
    try {
      return this->query(request);
    } catch (error const& why) {
      if (why.code() != errc::not_found) throw;
    }
    settle();
    return this->query(request);
  }

  [[nodiscard]] auto now() -> time_point {
    std::lock_guard const lock{this->mutex_};
    return this->clock();
  }

  /// In virtual time: lets everything happen that is due within `wait`, then stands at that time.
  /// \throws error (invalid_argument) with the real clock.
  void advance(duration wait) {
    if (!this->is_virtual())
      throw error{errc::invalid_argument,
                  "sqlite_backend::advance needs .clock = clock_mode::virtual_time"};
    driver{*this}.advance_to(engine::later(now(), wait));
  }

  // --------------------------------------------------------------------------------- the file
  [[nodiscard]] auto path() const -> std::string { return this->file_.path(); }
  /// Whether this program's SQLite may lose commits when a program that is not perdure writes to a
  /// file in use (3.7.0 to 3.51.2): let none do that then. Reading is safe.
  [[nodiscard]] static auto is_harmed_by_other_writers() noexcept -> bool {
    return sqlite::has_log_reset_fault(sqlite3_libversion_number());
  }
  /// What this object has done so far.
  [[nodiscard]] auto statistics() -> sqlite_statistics {
    std::lock_guard const lock{this->mutex_};
    return this->file_.statistics();
  }

  /// Deletes runs that were closed before a time, with their histories; gives how many. The option
  /// `retention` does this by itself. Linear in the runs deleted, some hundred in a transaction.
  auto delete_closed_before(time_point before) -> std::size_t {
    std::size_t count = 0;
    run_number after = 0;
    do count += this->delete_some(before, after);
    while (after != 0);
    return count;
  }
  /// Writes a copy of all that is kept now into another file, while everybody works on. What the
  /// copy holds is one moment of this file. \throws error (storage_failed, storage_full,
  /// file_refused if there is such a file)
  void backup(std::string const& path) {
    settle();
    this->translate([&] {
      sqlite::connection db = this->file_.connect();
      sqlite::statement copy{db, "VACUUM INTO ?"};
      sqlite::statement::use{copy}.bind(std::string_view{path}).run();
    });
    sqlite::sync_file(path);
  }
  /// Gives the space of deleted runs back to the file system. Everybody waits meanwhile; linear in
  /// the size of the file, which needs as much space again.
  void vacuum() {
    std::unique_lock lock{this->mutex_};
    this->commit_or_throw(lock);
    this->translate([&] { this->file_.vacuum(); });
  }
  /// Runs that could not be read so far, with what was found: they are left as they are.
  [[nodiscard]] auto damaged_runs() -> std::vector<std::string> {
    std::lock_guard const lock{this->mutex_};
    std::vector<std::string> all;
    for (auto const& [number, why] : this->store_.damage().all()) all.push_back(why);
    return all;
  }

private:
  template <class F>
  static void translate(F&& f) {
    try {
      f();
    } catch (sqlite::fault const& why) {
      throw why.as_error();
    }
  }
  using driver = detail::virtual_time<basic_sqlite_backend>;
  friend driver;
  friend operations;
  friend message_operations<basic_sqlite_backend>;
  using workers::is_virtual, workers::update_news, workers::wait_for_news;
  template <class Done>
  void drive_until(Done&& done, duration wait, run_number run) {
    driver{*this}.drive_until(
        [&] {
          this->commit_open(); // what is waited for is told with the commit
          return done();
        },
        wait, run);
  }

  template <class F>
  auto change(children line, F&& f) {
    using result =
        std::invoke_result_t<F&, typename workers::engine_type&, time_point, engine::notices&>;
    if constexpr (std::is_void_v<result>) {
      this->perform([&](engine::notices& news) { step(line, f, news); });
    } else {
      std::optional<result> given;
      this->perform([&](engine::notices& news) { given.emplace(step(line, f, news)); });
      return std::move(*given);
    }
  }
  template <class F>
  auto step(children line, F& f, engine::notices& news) {
    if (line == children::start) start_children(news);
    if (line == children::if_missed) {
      try {
        return f(this->engine_, this->clock(), news);
      } catch (error const& why) {
        if (why.code() != errc::not_found && why.code() != errc::already_closed) throw;
      }
      start_children(news);
    }
    return f(this->engine_, this->clock(), news);
  }
  /// What was done before is kept, and children that stand in line have begun: a client asks for
  /// more than one run, or for one that is not there.
  void settle() {
    this->perform([&](engine::notices& news) { start_children(news); });
  }
  void start_children(engine::notices& news) {
    for (std::uint32_t queue = 0; queue < this->store_.queues().size(); ++queue)
      while (auto const queued = this->store_.pop_start(queue))
        this->engine_.start_child(this->clock(), *queued, news);
  }

  // ------------------------------------------------------------------------------------ reading
  /// The number of the run that is meant. What was done before is kept by then. Children that stand
  /// in line are left to those who work, and share commits, unless it may be one of them.
  /// \throws error (not_found), (history_corrupt)
  [[nodiscard]] auto number_of(workflow_execution const& target) -> run_number {
    this->perform([](engine::notices&) {});
    run_number number = this->reader_.find(target);
    if (number == 0) {
      settle();
      number = this->reader_.find(target);
    }
    if (number == 0)
      throw error{errc::not_found,
                  "no workflow '" + target.workflow_id.str() + "'" +
                      (target.run_id.empty() ? "" : " with run " + target.run_id.str())};
    return number;
  }
  /// The same for who only waits. A run that is named by its run id and is in the file has begun:
  /// the open transaction does not end for it.
  [[nodiscard]] auto number_to_await(workflow_execution const& target) -> run_number {
    run_number const begun = target.run_id.empty() ? 0 : this->reader_.find(target);
    return begun != 0 ? begun : number_of(target);
  }
  void check_structure() {
    std::string const found = this->reader_.read(
        [](sqlite::connection& db) { return db.text("PRAGMA quick_check(10)"); });
    if (found != "ok")
      log().error("the file is damaged: runs that the damage touches will fail",
                  {{"file", path()}, {"quick_check", found}});
  }

  // ---- for virtual_time
  /// Workers that are driven share transactions as others do: one ends before an attempt begins,
  /// before time passes, and with the run that is waited for.
  [[nodiscard]] auto end_of(run_number& number) -> std::optional<event> {
    {
      std::unique_lock lock{this->mutex_};
      if (this->store_.is_open() && this->store_.is_running(number)) return std::nullopt;
    }
    this->commit_open();
    return this->reader_.end_of(number);
  }
  [[nodiscard]] auto explain_stall(run_number number) -> std::string {
    return this->reader_.explain_stall(number);
  }
  auto jump(time_point end) -> bool {
    std::unique_lock lock{this->mutex_};
    this->begin();
    auto const next =
        detail::next_event(this->store_.next_deadline(), this->workers_, this->virtual_now_);
    if (!next || *next > end) {
      this->commit_or_throw(lock);
      return false;
    }
    if (*next > this->virtual_now_) {
      this->commit_or_throw(lock);
      this->set_virtual_clock(*next);
    }
    this->fire_due(lock, this->virtual_now_);
    return true;
  }
  void stand_at(time_point now) {
    std::unique_lock lock{this->mutex_};
    if (this->store_.is_open()) this->commit_or_throw(lock);
    this->set_virtual_clock(now);
  }
};

#ifndef PERDURE_SEPARATE_COMPILATION // else see backend/compiled/sqlite_backend.hpp
/// Runs in an SQLite file: they survive the process, and, unless the options say otherwise, the
/// machine. Any number of processes of one machine may have backends on one file, with workers,
/// clients or both. Thread-safe. Needs SQLite 3.40 or later; link `perdure::sqlite`, or -lsqlite3.
using sqlite_backend = basic_sqlite_backend<void>;
#endif

} // namespace perdure::inline v0
