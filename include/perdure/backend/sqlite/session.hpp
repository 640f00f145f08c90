// Transactions on a file that many threads share, and what becomes of them.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/batch.hpp"
#include "perdure/backend/sqlite/keeper.hpp"
#include "perdure/backend/sqlite/run_reader.hpp"
#include "perdure/backend/sqlite/sqlite_store.hpp"
#include "perdure/process_identity.hpp"

namespace perdure::inline v0::sqlite {

/// The threads that poll one queue.
struct poller_group {
  std::condition_variable wakes{};
  std::size_t waiting{0};
  std::size_t to_wake{0};
  std::int64_t passed_on{0}; ///< The last change of the queue that was left for others.
  bool look{true};           ///< There may be tasks that this process has not seen.
};

/// One transaction at a time is open, and whoever comes while it is takes part in it: it ends when
/// its last participant has nothing more to do, or someone has waited for the commit delay. Nothing
/// that it did leaves this object before it is kept: attempts are handed out, calls return and
/// clients are told after the commit. Workflow code runs ahead of it. If it fails, what it touched
/// is forgotten here and in the workers, and is read again.
template <class Unused>
class session {
public:
  session(std::string path, sqlite_backend_options const& options)
      : options_{options},
        file_{std::move(path), options_},
        store_{file_, options_, seed_of(options)},
        engine_{store_, options.limits},
        reader_{file_},
        virtual_now_{options.start_time},
        keeper_{*this} {
    if (is_virtual()) read_virtual_clock();
  }
  session(session const&) = delete;
  auto operator=(session const&) -> session& = delete;
  ~session() {
    keeper_.stop();
    try {
      std::unique_lock lock{mutex_};
      if (store_.is_open()) commit_or_throw(lock);
    } catch (error const& why) {
      log().error("the last changes could not be written",
                  {{"file", file_.path()}, {"reason", why.what()}});
    }
  }

protected:
  friend class keeper<session>;
  using engine_type = engine::engine<sqlite_store>;

  [[nodiscard]] auto is_virtual() const noexcept -> bool {
    return options_.clock == clock_mode::virtual_time;
  }
  [[nodiscard]] auto clock() const -> time_point {
    if (is_virtual()) return virtual_now_;
    return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  }

  /// Virtual time goes on where the file was left.
  void read_virtual_clock() {
    try {
      auto const stood = file_.writer().number("SELECT coalesce(max(now), 0) FROM virtual_clock");
      if (time_point const at{duration{stood}}; at > virtual_now_) virtual_now_ = at;
    } catch (fault const& why) {
      throw why.as_error();
    }
  }
  /// \pre no transaction is open
  void set_virtual_clock(time_point now) {
    try {
      virtual_now_ = now;
      auto const at = std::to_string(now.time_since_epoch().count());
      file_.writer().execute(("REPLACE INTO virtual_clock VALUES(0, " + at + ")").c_str());
    } catch (fault const& why) {
      throw give_up(why);
    }
  }

  // ------------------------------------------------------------------------------ taking part
  /// The lock, and a place among those who will take part in the open transaction: whoever would
  /// end it leaves that to them.
  [[nodiscard]] auto enter() -> std::unique_lock<std::mutex> {
    arriving_.fetch_add(1, std::memory_order_relaxed);
    std::unique_lock lock{mutex_};
    arriving_.fetch_sub(1, std::memory_order_relaxed);
    return lock;
  }
  /// Opens a transaction unless one is. \throws error (backend_busy, storage_failed, ...)
  void begin() {
    if (store_.is_open()) return;
    try {
      if (!file_.is_open()) reopen();
      store_.begin();
      batch_.opened = clock();
      if (store_.take_changed_by_others() && store_.is_expelled()) rejoin();
      if (!lost_.empty()) take_back_lost();
    } catch (fault const& why) {
      throw give_up(why);
    }
    keeper_.expect_end();
  }
  /// Runs `f(notices&)` as a part of the transaction, and returns when that is kept. `f` may run
  /// again after what it did was undone.
  /// \throws what `f` throws, once what it saw is kept; error (storage_failed, ...) if it is not
  template <class F>
  void perform(F&& f) {
    constexpr int tries = 8;
    for (int left = tries;; --left) {
      std::size_t const known = count_damage();
      try {
        return perform_once(f);
      } catch (error const& why) {
        // A run that took part turned out to be damaged. It takes part no more: the others go on.
        bool const found_more = count_damage() != known;
        if (why.code() != errc::history_corrupt || !found_more || left == 0) throw;
      }
    }
  }
  template <class F>
  void perform_once(F& f) {
    auto lock = enter();
    begin();
    std::uint64_t const mine = batch_.number;
    engine::notices news{};
    std::exception_ptr refused;
    (void)store_.take_met_damage();
    try {
      f(news);
    } catch (fault const& why) {
      throw give_up(why);
    } catch (error const& why) {
      refused = std::current_exception();
      if (std::string const* const damage = store_.take_met_damage();
          damage != nullptr && why.code() == errc::not_found) // it is there, and cannot be read
        refused = std::make_exception_ptr(error{errc::history_corrupt, *damage});
    }
    batch_.add(std::move(news));
    acknowledge(lock, mine);
    if (refused) std::rethrow_exception(refused);
  }
  /// The same for who does not wait: what `f` did is kept soon, or undone and said nowhere.
  template <class F>
  void take_part(F&& f) {
    auto lock = enter();
    begin();
    engine::notices news{};
    try {
      f(news);
    } catch (fault const& why) {
      throw give_up(why);
    } catch (error const&) {
      leave(lock);
      throw;
    }
    batch_.add(std::move(news));
    leave(lock);
  }
  /// Waits until the batch `mine` is kept; ends it if nobody else is about to take part.
  /// \throws error if it was not kept
  void acknowledge(std::unique_lock<std::mutex>& lock, std::uint64_t mine) {
    ++waiting_;
    while (batch_.number == mine && store_.is_open()) {
      if (is_virtual() || arriving_.load(std::memory_order_relaxed) == 0)
        (void)commit(lock);
      else
        batch_ended_.wait(lock);
    }
    --waiting_;
    std::optional<error> why;
    for (auto const& [number, reason] : failures_)
      if (number == mine) why = reason;
    if (waiting_ == 0) failures_.clear();
    if (why) throw error{*why};
  }
  [[nodiscard]] auto count_damage() -> std::size_t {
    std::lock_guard const lock{mutex_};
    return store_.damaged().size();
  }
  void leave(std::unique_lock<std::mutex>& lock) {
    if (is_virtual() || (waiting_ > 0 && arriving_.load(std::memory_order_relaxed) == 0))
      (void)commit(lock);
  }
  /// What was done before this call is kept when it returns, so that a reader sees it.
  void wait_for_commit() {
    auto lock = enter();
    if (store_.is_open()) acknowledge(lock, batch_.number);
  }

  // ------------------------------------------------------------------------------ its end
  /// Ends the transaction. False if it failed; callers that wait for it learn that themselves.
  /// `poller`: whose thread this is, if it polls next.
  auto commit(std::unique_lock<std::mutex>&, worker_link const* poller = nullptr) -> bool {
    if (!store_.is_open()) return true;
    bool const closed = closes_awaited();
    try {
      for (activity_task_token const& token : batch_.news.cancelled_activities)
        if (is_elsewhere(token)) store_.stop_elsewhere(token);
      (void)store_.commit();
    } catch (fault const& why) {
      return recover(why.as_error());
    } catch (error const& why) {
      return recover(why);
    }
    pass_on(closed, poller);
    return true;
  }
  /// The same for who goes on alone. \throws error
  void commit_or_throw(std::unique_lock<std::mutex>& lock, worker_link const* poller = nullptr) {
    if (!commit(lock, poller)) throw error{*last_failure_};
  }
  /// The batch is kept: now the world may see it.
  void pass_on(bool closed_awaited, worker_link const* poller) {
    bool tell_others = closed_awaited;
    for (activity_task_token const& token : batch_.news.cancelled_activities) {
      if (is_elsewhere(token)) tell_others = true;
      for (worker_link* const worker : workers_) worker->cancel_attempt(token);
    }
    if (!batch_.handed.empty()) hand_out(poller);
    if (!is_virtual()) tell_others = wake_for_tasks() || tell_others;
    if (closed_awaited || tell_others) run_closed_.notify_all();
    std::uint32_t const ours = keeper_.listens() ? 1 : 0;
    if (tell_others && file_.signal().is_heard(ours)) file_.signal().notify();
    end_batch();
    keeper_.deadline_is(store_.committed_deadline());
  }
  void end_batch() {
    auto const passed = std::move(batch_.news.limits);
    batch_.end();
    if (std::exchange(damage_told_, store_.damaged().size()) != store_.damaged().size())
      run_closed_.notify_all(); // who waits for such a run waits in vain
    if (!passed.empty()) report_limits(passed);
    if (waiting_ > 0) batch_ended_.notify_all();
  }
  /// The batch was not kept, or nobody knows: what it touched is forgotten, and is read again. True
  /// if it was kept after all.
  auto recover(error why) -> bool {
    std::vector<run_number> touched;
    for (stored_run const* const each : store_.touched()) touched.push_back(each->run.number);
    bool kept = false;
    if (file_.is_in_doubt()) {
      store_.close();
      try {
        kept = file_.read_back() == commit_outcome::kept;
      } catch (fault const& again) {
        why = {errc::commit_unknown, again.what()};
        file_.close();
      } catch (error const& again) {
        why = {errc::commit_unknown, again.what()};
        file_.close();
      }
    } else {
      store_.abandon();
    }
    for (run_number const run : touched)
      for (worker_link* const worker : workers_) worker->evict(run);
    if (kept)
      pass_on(true, nullptr);
    else
      undo(why);
    return kept;
  }
  void undo(error const& why) {
    for (handed_out const& each : batch_.handed) {
      each.worker->free_activity_slot();
      lost_.push_back({each.task.token.run, each.task.token.lease});
    }
    for (held_task const& each : batch_.answered) lost_.push_back(each);
    desk_.put_back(std::move(batch_.answers));
    if (waiting_ > 0) failures_.emplace_back(batch_.number, why);
    last_failure_ = why;
    for (poller_group& each : pollers_) each.look = true;
    end_batch();
  }
  /// The transaction cannot go on: undoes it, and gives the error for whoever met the fault.
  [[nodiscard]] auto give_up(fault const& why) -> error {
    (void)recover(why.as_error());
    if (why.primary() == SQLITE_IOERR) { // the connection may not be what it was
      store_.close();
      file_.close();
      reader_.close();
    }
    return why.as_error();
  }
  void reopen() {
    if (file_.is_in_doubt())
      (void)file_.read_back(); // whoever asked was told that nobody knows
    else
      file_.open();
  }

  // ------------------------------------------------------------------------------ what it does
  /// Records the answers that wait. \pre a transaction is open
  void apply_answers() {
    std::size_t const first = batch_.answers.size();
    desk_.take_answers(batch_.answers);
    engine::notices news{};
    for (std::size_t i = first; i < batch_.answers.size(); ++i) {
      activity_answer const& given = batch_.answers[i];
      try {
        record(given, news);
      } catch (error const& why) {
        if (why.code() != errc::task_lost)
          log().error("an activity's answer was not taken", {{"reason", why.what()}});
      }
    }
    batch_.add(std::move(news));
  }
  void record(activity_answer const& given, engine::notices& news) {
    switch (given.what) {
    case activity_answer::kind::completed:
      return engine_.complete_activity(clock(), given.token, given.result, news);
    case activity_answer::kind::failed:
      return engine_.fail_activity(clock(), given.token, *given.why, news);
    case activity_answer::kind::cancelled:
      return engine_.cancel_activity_task(clock(), given.token, given.result, *given.why, news);
    }
  }
  /// Does what is due, and what that makes due at once.
  /// False if nothing was.
  auto fire_due(std::unique_lock<std::mutex>& lock, time_point now) -> bool {
    constexpr int most = 1'000; // in one transaction
    bool more = true;
    bool any = false;
    while (more) {
      begin();
      engine::notices news{};
      int fired = 0;
      try {
        while (fired < most && (more = engine_.fire_next(now, news))) ++fired;
        any = any || fired != 0;
      } catch (fault const& why) {
        throw give_up(why);
      }
      batch_.add(std::move(news));
      commit_or_throw(lock);
    }
    return any;
  }

  /// Deletes some of the runs that were closed before a time. Gives how many, and moves `after` to
  /// where to go on; 0 when there are no more. They have no later use: what continues them was
  /// closed later.
  auto delete_some(time_point before, run_number& after) -> std::size_t {
    constexpr std::int64_t most = 200; // in one transaction
    std::size_t count = 0;
    perform([&](engine::notices&) {
      for (run_number const each : store_.closed_before(before, after, most)) {
        ++count;
        after = each;
        if (engine::run_state* const run = store_.find_run(each)) store_.drop_run(*run);
      }
    });
    if (count < static_cast<std::size_t>(most)) after = 0;
    return count;
  }

  // ------------------------------------------------------------------------------ membership
  void join() {
    store_.join(perdure::detail::process_identity(), lease_end());
    engine::notices news{};
    take_back_from_lost(news);
    batch_.add(std::move(news));
  }
  /// Others took this process for dead: what it held is theirs now.
  void rejoin() {
    log().warning(
        "this process was paused for longer than its lease: its tasks were given to others",
        {{"file", file_.path()}});
    for (handed_out const& each : desk_.withdraw(nullptr)) each.worker->free_activity_slot();
    file_.signal().release(store_.member());
    store_.join(perdure::detail::process_identity(), lease_end());
  }
  void keep_membership(time_point) {
    store_.renew(lease_end());
    engine::notices news{};
    take_back_from_lost(news);
    batch_.add(std::move(news));
  }
  [[nodiscard]] auto lease_end() const -> time_point {
    return engine::later(clock(), options_.lease);
  }
  void take_back_from_lost(engine::notices& news) {
    for (std::int64_t const member :
         store_.members().lost(store_.member(), clock(), file_.signal())) {
      take_back_from(member, news);
      store_.members().erase(member);
    }
  }
  void take_back_from(std::int64_t member, engine::notices& news) {
    for (run_number const number : store_.members().runs_held_by(member))
      if (engine::run_state* const run = store_.find_run(number))
        engine_.take_back(
            clock(), *run, [&](task_lease lease) { return member_of(lease) == member; }, news);
  }
  /// Tasks that this process handed out and that nobody here will answer any more.
  void take_back_lost() {
    engine::notices news{};
    for (held_task const& each : std::exchange(lost_, {}))
      if (engine::run_state* const run = store_.find_run(each.run))
        engine_.take_back(
            clock(), *run, [&](task_lease lease) { return lease == each.lease; }, news);
    batch_.add(std::move(news));
  }
  [[nodiscard]] auto is_elsewhere(activity_task_token const& token) const noexcept -> bool {
    return token.lease != 0 && member_of(token.lease) != store_.member();
  }
  /// Another process has something to tell: tasks, the end of a run, an attempt to stop.
  void on_news_from_others() {
    for (poller_group& each : pollers_) {
      each.look = true;
      if (each.waiting > 0) each.wakes.notify_one();
    }
    run_closed_.notify_all();
    try {
      if (store_.is_open() || !file_.is_open()) return;
      store_.look_up_deadline();
      if (store_.member() == 0 || !store_.stops().any(store_.member())) return;
      begin();
      for (activity_task_token const& token : store_.stops().take(store_.member()))
        for (worker_link* const worker : workers_) worker->cancel_attempt(token);
    } catch (fault const&) {
      // Whoever writes next meets the same and reports it.
    } catch (error const&) {
    }
  }

  // ------------------------------------------------------------------------------ waking
  /// Attempts are there to begin: wakes a thread for each, but for the one that `poller` takes.
  void hand_out(worker_link const* poller) {
    for (poller_group& each : pollers_) each.to_wake = 0;
    for (handed_out const& each : batch_.handed) ++pollers_[each.worker->queue_number].to_wake;
    if (poller != nullptr && pollers_[poller->queue_number].to_wake > 0)
      --pollers_[poller->queue_number].to_wake;
    desk_.release(batch_.handed);
    for (poller_group& each : pollers_)
      for (std::size_t n = std::min(each.waiting, each.to_wake); n > 0; --n)
        each.wakes.notify_one();
  }
  /// A poller leaves tasks that its worker has no room for: others may have some. Each change of a
  /// queue is passed on once.
  void leave_for_others(std::uint32_t queue) {
    poller_group& group = pollers_[queue];
    std::int64_t const changes = store_.queues()[queue].changes();
    if (group.waiting > 0 && workers_.size() > 1 && store_.tasks().has_tasks(queue) &&
        std::exchange(group.passed_on, changes) != changes)
      group.wakes.notify_all();
  }
  /// Tasks that were left in their queues are for idle pollers; true if other processes should look
  /// too.
  auto wake_for_tasks() -> bool {
    bool left = false;
    auto& queues = store_.queues();
    for (std::uint32_t i = 0; i < queues.size(); ++i) {
      if (!std::exchange(queues[i].touched, false) || !store_.tasks().may_have_tasks(i)) continue;
      left = true;
      if (i >= pollers_.size()) continue;
      pollers_[i].look = true;
      if (pollers_[i].waiting > 0) pollers_[i].wakes.notify_one();
    }
    return left;
  }
  /// Whether the batch ends a run that somebody waits for, here or (a run without a parent)
  /// elsewhere.
  [[nodiscard]] auto closes_awaited() const -> bool {
    for (stored_run const* const each : store_.touched())
      if (!each->run.open() && (each->is_new || each->row.open()))
        if (each->run.parent == 0 ||
            std::find(awaited_.begin(), awaited_.end(), each->run.number) != awaited_.end())
          return true;
    return false;
  }
  [[nodiscard]] static auto seed_of(sqlite_backend_options const& options) -> std::uint64_t {
    if (options.seed != 0) return options.seed;
    if (options.clock == clock_mode::virtual_time) return 1;
    return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) ^
           (static_cast<std::uint64_t>(::getpid()) << 32);
  }

  sqlite_backend_options options_;
  std::mutex mutex_;
  file_access file_;
  sqlite_store store_;
  engine_type engine_;
  run_reader reader_;
  desk desk_;
  batch batch_;
  tasks_in_flight in_flight_;
  time_point virtual_now_;
  std::vector<worker_link*> workers_;
  std::deque<poller_group> pollers_; ///< By queue number.
  std::vector<held_task> lost_;      ///< Handed out, and to be taken back.
  std::vector<run_number> awaited_;  ///< By callers that wait for their ends.
  std::condition_variable run_closed_;
  std::condition_variable batch_ended_;
  std::atomic<int> arriving_{0};
  int waiting_{0};                                        ///< For the end of a batch.
  std::vector<std::pair<std::uint64_t, error>> failures_; ///< Of batches that callers wait for.
  std::optional<error> last_failure_;
  std::size_t damage_told_{0};
  keeper<session> keeper_;
};

} // namespace perdure::inline v0::sqlite
