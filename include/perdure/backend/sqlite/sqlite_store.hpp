// The engine's data in an SQLite file: what is needed is in memory, what changed is written.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/damage_list.hpp"
#include "perdure/backend/sqlite/file_access.hpp"
#include "perdure/backend/sqlite/membership.hpp"
#include "perdure/backend/sqlite/run_cache.hpp"
#include "perdure/backend/sqlite/schedule_side.hpp"
#include "perdure/backend/sqlite/tables.hpp"
#include "perdure/backend/sqlite_options.hpp"
#include "perdure/engine/engine.hpp"
#include "perdure/workflow/random.hpp"

namespace perdure::inline v0::sqlite {

/// Runs, timers and task queues in a file. Between `begin` and `commit` this process alone writes;
/// either all of it is kept, or nothing. Not thread-safe.
class sqlite_store : public schedule_side<sqlite_store>,
                     public deployment_side<sqlite_store>,
                     public membership<sqlite_store> {
public:
  sqlite_store(file_access& file, sqlite_backend_options const& options, std::uint64_t seed)
      : file_{file}, options_{options}, random_{seed} {
    try {
      open_tables();
    } catch (fault const& why) {
      throw why.as_error();
    }
  }

  // ------------------------------------------------------------------------- what engines need
  auto create_run() -> engine::run_state& {
    auto made = std::make_unique<stored_run>();
    made->run.number = ++highest_run_;
    made->is_new = true;
    made->revision = 1;
    keep_room();
    stored_run& added = runs_.add(std::move(made));
    touch_run(added);
    return added.run;
  }
  [[nodiscard]] auto find_run(run_number number) -> engine::run_state* {
    stored_run* const found = fetch(number);
    if (found == nullptr) return nullptr;
    touch_run(*found);
    return &found->run;
  }
  [[nodiscard]] auto current_run(std::string_view workflow_id) -> engine::run_state* {
    if (run_number const known = runs_.find_current(workflow_id)) return find_run(known);
    run_number number = tables_->files.runs.find_current(workflow_id);
    for (stored_run* each = runs_.find(number); each != nullptr && each->dropped;) {
      number = each->row.previous; // the file still has it
      each = runs_.find(number);
    }
    return find_run(number);
  }
  [[nodiscard]] auto find_execution(workflow_execution const& execution) -> engine::run_state* {
    run_number const known = runs_.find_current(execution.workflow_id.view());
    if (known != 0 && runs_.find(known)->run.execution.run_id == execution.run_id)
      return find_run(known);
    for (stored_run* const each : touched_) // not in the file yet
      if (each->is_new && each->run.execution == execution) return &each->run;
    return find_run(tables_->files.runs.find(execution));
  }
  void set_current_run(engine::run_state& run) { runs_.set_current(*runs_.find(run.number)); }
  void touch(engine::run_state& run, event_id activity) {
    runs_.find(run.number)->touched_activities.push_back(activity);
  }
  void drop_run(engine::run_state& run) {
    stored_run& gone = *runs_.find(run.number);
    gone.dropped = true;
    runs_.forget_current(gone);
  }
  void add_audit(audit_record const& record) { tables_->audit.add(record); }
  [[nodiscard]] auto read_audit(workflow_execution const& run) -> std::vector<audit_record> {
    return tables_->audit.read(run);
  }
  [[nodiscard]] auto count_pinned(worker_deployment_version const& version) -> std::size_t {
    for (stored_run* const each : touched_)
      if (!each->dropped) write_pin(tables_->files, *each);
    return tables_->files.pins.count(version);
  }
  /// Never one that the file has, though it may have been opened with the same seed before: each
  /// run of the file is another number.
  [[nodiscard]] auto new_run_id() -> shared_string {
    random_stream of_file{static_cast<std::uint64_t>(highest_run_)};
    std::uint64_t const high = random_() ^ of_file();
    std::uint64_t const low = random_();
    return perdure::detail::uuid_of(high, low).view();
  }

  [[nodiscard]] auto queue_number(std::string_view name) -> std::uint32_t {
    return tables_->tasks.number_of(name);
  }
  void push_task(std::uint32_t queue, engine::queued_task task, bool front,
                 priority const* urgent = nullptr) {
    tables_->tasks.push(queue, task, front, urgent);
  }
  [[nodiscard]] auto pop_task(std::uint32_t queue, bool workflow_tasks, bool activity_tasks)
      -> std::optional<engine::queued_task> {
    return tables_->tasks.pop(queue, workflow_tasks, activity_tasks, true);
  }
  [[nodiscard]] auto pop_start(std::uint32_t queue) -> std::optional<engine::queued_task> {
    return tables_->tasks.pop_start(queue);
  }

  void set_timer(engine::timer_slot& slot, engine::timer_key key, time_point at) {
    stored_run& of = *runs_.find(key.run);
    if (slot != engine::unset_timer)
      of.find_deadline = true;
    else if (at < of.deadline)
      of.deadline = at;
    timers_.set(slot, key, at);
  }
  void clear_timer(engine::timer_slot& slot) noexcept {
    if (slot == engine::unset_timer) return;
    runs_.find(timers_.key(slot).run)->find_deadline = true;
    timers_.clear(slot);
  }
  [[nodiscard]] auto next_deadline() -> std::optional<time_point> {
    return or_wake(earlier(timers_.first(), tables_->files.runs.first_deadline()));
  }
  auto pop_due(time_point now) -> std::optional<engine::timer_key> {
    if (std::exchange(due_are_here_, true) == false)
      tables_->files.runs.for_each_due(now, [&](run_number number) { look_at_due(number); });
    auto const due = timers_.pop_due(now);
    if (due)
      runs_.find(due->run)->find_deadline = true;
    else
      due_are_here_ = false;
    return due;
  }

  // ---------------------------------------------------------------------------- transactions
  [[nodiscard]] auto is_open() const noexcept -> bool { return open_; }
  /// Begins a transaction, unless one is open: waits for this process's turn and takes in what
  /// others have changed. \throws fault, error (storage_failed) after which nothing is open
  void begin() {
    if (open_) return;
    if (!tables_) open_tables();
    file_.lock();
    try {
      file_.begin();
      open_ = true;
      due_are_here_ = false;
      take_in_changes();
      tables_->files.attributes.fill([&](run_number number) { return fetch(number); });
    } catch (...) {
      abandon();
      throw;
    }
  }
  [[nodiscard]] auto touched() const noexcept -> auto const& { return touched_; }
  /// Whether a run is in memory, and open. \pre a transaction is open
  [[nodiscard]] auto is_running(run_number run) noexcept { return runs_.is_open(run); }

  /// Ends the transaction; what it did is durable then. False if it had nothing to write.
  /// \throws fault when it is not known to be kept: `abandon` it, or ask the file what it holds
  auto commit() -> bool {
    std::string changed;
    commit_name name{};
    bool const exact = options_.clock == clock_mode::virtual_time; // it jumps to what is there
    for (stored_run* const each : touched_) {
      if (!write_run(*each, exact)) continue;
      auto const number = each->run.number;
      changed.append(reinterpret_cast<char const*>(&number), sizeof number);
      if (!each->dropped) {
        name.run = number;
        name.revision = each->revision;
      }
    }
    tables_->flush_rows(damage_);
    tables_->tasks.flush();
    bool const wrote = sqlite3_total_changes(file_.writer().handle()) != changes_at_begin_;
    bool const logged = wrote && (name.run == 0 || !file_.signal().is_alone());
    if (logged) {
      name.token = static_cast<std::int64_t>(random_() >> 1);
      name.seq = tables_->log.add(name.token, changed);
    }
    auto const deadline = or_wake(tables_->files.runs.first_deadline());
    file_.commit(wrote ? std::optional{name} : std::nullopt);
    deadline_ = deadline;
    if (logged) tables_->log.advance();
    settle();
    return wrote;
  }
  /// Undoes the transaction: what it touched is forgotten, and is read again.
  void abandon() noexcept {
    file_.rollback();
    for (stored_run* const each : touched_) forget(*each);
    touched_.clear();
    damage_.transaction_ends(false);
    if (tables_) tables_->forget(); // everything may have changed
    forget_first_wake();
    forget_deployments();
    finish();
  }
  /// Closes the file's statements, so that it can be opened anew.
  void close() noexcept {
    abandon();
    runs_.for_each([&](stored_run& each) { make_stale(each); });
    if (tables_) tables_->tasks.queues().swap(queues_); // workers know them by number
    tables_.reset();
  }

  // ------------------------------------------------------------------------ other processes
  [[nodiscard]] auto members() -> member_table& { return tables_->members; }
  [[nodiscard]] auto signal() noexcept -> file_signal& { return file_.signal(); }
  [[nodiscard]] auto stops() -> stop_table& { return tables_->stops; }
  [[nodiscard]] auto queries() -> query_table& { return tables_->queries; }

  // ------------------------------------------------------------------------------ for backends
  [[nodiscard]] auto closed_before(time_point before, run_number after, std::int64_t most)
      -> std::vector<run_number> {
    return tables_->files.runs.closed_before(before, after, most);
  }
  [[nodiscard]] auto schedules() -> schedule_table& { return tables_->schedules; }
  [[nodiscard]] auto deployment_rows() -> deployment_table& { return tables_->deployments; }
  [[nodiscard]] auto queues() noexcept -> std::deque<task_table::queue>& {
    return tables_ ? tables_->tasks.queues() : queues_;
  }
  /// \pre a transaction is open
  [[nodiscard]] auto tasks() noexcept -> task_table& { return tables_->tasks; }
  /// Whether tasks may wait in a queue, as far as is known.
  [[nodiscard]] auto may_have_tasks(std::uint32_t queue) const noexcept -> bool {
    return !tables_ || tables_->tasks.may_have_tasks(queue);
  }
  /// Whether the file can be read: not after a commit of which nobody knew, until the next begin.
  [[nodiscard]] auto is_ready() const noexcept -> bool { return tables_.has_value(); }
  /// The first deadline in the file, as of the last commit.
  [[nodiscard]] auto committed_deadline() const noexcept -> std::optional<time_point> {
    return deadline_;
  }
  /// The same, looked up: another process may have set one. \pre no transaction is open
  void look_up_deadline() { deadline_ = or_wake(tables_->files.runs.first_deadline(), true); }
  [[nodiscard]] auto damage() noexcept -> damage_list& { return damage_; }

  /// Whether another process has committed since this was last asked.
  [[nodiscard]] auto take_changed_by_others() noexcept -> bool {
    return std::exchange(changed_by_others_, false);
  }
  /// Another number whenever another process has committed. \pre the file can be read
  [[nodiscard]] auto data_version() -> std::int64_t { return tables_->log.data_version(); }

private:
  void open_tables() {
    tables_.emplace(file_.writer());
    tables_->tasks.queues().swap(queues_);
    tables_->tasks.reload();
  }

  auto write_run(stored_run& run, bool exact) -> bool {
    try {
      auto const known = run.row.history_length;
      bool const changed = write(tables_->files, run, timers_, exact);
      if (!damage_.any_seen()) return changed;
      tables_->files.flush();
      if (run.row.history_length != known) damage_.goes_on(run.run.number);
      return changed;
    } catch (fault const& why) {
      if (why.is_damage() && damage_.is_certain(run.run.number))
        damage_.add(run.run.number, why.what(), file_.path());
      throw;
    }
  }
  void touch_run(stored_run& run) {
    if (run.touched) return;
    touched_.push_back(&run);
    run.touched = true;
    runs_.refresh(run);
  }
  /// Then the next run can be touched without memory: one that is new is never left behind.
  void keep_room() {
    if (touched_.size() == touched_.capacity()) touched_.reserve(2 * touched_.size() + 8);
  }
  /// A run in memory, as the file has it. Null if there is none, or if it is damaged.
  [[nodiscard]] auto fetch(run_number number) -> stored_run* {
    if (number == 0) return nullptr;
    stored_run* known = runs_.find(number);
    if (known != nullptr && !known->stale) return known->dropped ? nullptr : known;
    if (damage_.find(number) != nullptr) return nullptr;
    try {
      auto found = tables_->files.runs.find(number);
      if (!found) return nullptr;
      if (known == nullptr) {
        auto made = std::make_unique<stored_run>();
        made->run.number = number; // what it is kept under
        known = &runs_.add(std::move(made));
      }
      return wake(*known, std::move(*found));
    } catch (error const& why) {
      damage_.add(number, why.what(), file_.path());
    } catch (fault const& why) {
      if (!why.is_damage() || !damage_.is_certain(number)) throw;
      damage_.add(number, why.what(), file_.path());
    } catch (...) { // it may be read by half
      if (stored_run* const unread = runs_.find(number)) forget(*unread);
      throw;
    }
    if (stored_run* const broken = runs_.find(number)) runs_.drop(*broken);
    return nullptr;
  }
  auto wake(stored_run& known, run_table::found found) -> stored_run* {
    auto const due = found.row.task_due;
    auto const id = found.row.workflow_id.view();
    bool const newest =
        runs_.find_current(id) == 0 && tables_->files.runs.find_current(id) == known.run.number;
    load(tables_->files, known, std::move(found));
    known.run.queue = tables_->tasks.number_of(known.row.task_queue.view());
    if (newest) runs_.set_current(known);
    if (known.run.open())
      engine::arm_restored(*this, known.run,
                           due ? std::optional{time_point{duration{*due}}} : std::nullopt);
    return &known;
  }
  /// A run's deadline has come, as far as the file tells: brings its timers here, and the file's
  /// deadline up to them.
  void look_at_due(run_number number) {
    stored_run* const due = fetch(number);
    if (due == nullptr) return;
    due->move_deadline = true;
    touch_run(*due);
  }
  /// Takes a run's timers off, so that it may be forgotten or be read again.
  void put_to_rest(stored_run& run) noexcept {
    if (run.run.open()) engine::disarm(*this, run.run);
    run.deadline = time_point::max();
  }
  /// The file may say otherwise by now: also that another run is the current one of this id.
  void make_stale(stored_run& run) noexcept {
    put_to_rest(run);
    runs_.forget_current(run);
    run.stale = true;
  }
  void forget(stored_run& run) noexcept {
    put_to_rest(run);
    runs_.drop(run);
  }

  /// What other processes have committed since this one's last transaction.
  void take_in_changes() {
    changes_at_begin_ = sqlite3_total_changes(file_.writer().handle());
    if (!tables_->log.is_changed()) return;
    changed_by_others_ = true;
    forget_first_wake();
    forget_deployments();
    tables_->tasks.reload();
    bool const known = tables_->log.take_in([&](run_number changed) {
      stored_run* const here = runs_.find(changed);
      if (here != nullptr && !here->stale) make_stale(*here);
    });
    if (!known) runs_.for_each([&](stored_run& each) { make_stale(each); });
    highest_run_ = tables_->files.runs.highest_number();
  }
  /// After a commit: closed runs and those used least recently leave memory.
  void settle() noexcept {
    for (stored_run* const each : touched_) {
      each->touched = false;
      if (!each->run.open() || each->dropped) forget(*each);
    }
    touched_.clear();
    damage_.transaction_ends(true);
    while (runs_.size() > options_.max_cached_runs) forget(runs_.oldest());
    finish();
  }
  void finish() noexcept {
    open_ = false;
    due_are_here_ = false;
    file_.unlock();
  }

  file_access& file_;
  sqlite_backend_options const& options_;
  random_stream random_;
  std::optional<tables> tables_;
  std::deque<task_table::queue> queues_{}; ///< While the tables are closed.
  run_cache runs_;
  engine::timer_queue timers_;
  std::vector<stored_run*> touched_;
  damage_list damage_;
  std::optional<time_point> deadline_;
  int changes_at_begin_{};
  run_number highest_run_{0};
  bool open_{false};
  bool due_are_here_{false};
  bool changed_by_others_{false};
};

static_assert(engine::store<sqlite_store>);

} // namespace perdure::inline v0::sqlite
