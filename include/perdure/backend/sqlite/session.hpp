// Transactions on a file that many threads share, and what becomes of them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/embedded_operations.hpp"
#include "perdure/backend/sqlite/batch_waiters.hpp"
#include "perdure/backend/sqlite/engine_on_file.hpp"
#include "perdure/backend/sqlite/keeper.hpp"
#include "perdure/backend/sqlite/news_of_others.hpp"

namespace perdure::inline v0::sqlite {

/// One transaction at a time is open, and whoever comes while it is takes part in it: it ends when
/// its last participant has nothing more to do, or someone has waited for the commit delay. Nothing
/// that it did leaves this object before it is kept: attempts are handed out, calls return and
/// clients are told after the commit. Workflow code runs ahead of it. If it fails, what it touched
/// is forgotten here and in the workers, and is read again.
template <class Unused>
class session : protected engine_on_file<Unused> {
public:
  session(std::string path, sqlite_backend_options const& options)
      : engine_on_file<Unused>{std::move(path), options}, keeper_{*this} {
    if (is_virtual()) read_virtual_clock();
  }
  session(session const&) = delete;
  auto operator=(session const&) -> session& = delete;
  ~session() {
    keeper_.stop();
    try {
      std::unique_lock lock{mutex_};
      if (store_.is_open()) commit_or_throw(lock);
    } catch (std::exception const& why) {
      report("the last changes could not be written", why);
    }
  }

protected:
  friend class keeper<session>;
  friend news_of_others<session>;
  using part = engine_on_file<Unused>;
  using ending = typename part::ending;
  using part::apply_answers, part::awaited_, part::batch_, part::clock, part::desk_, part::engine_,
      part::file_, part::hand_out, part::is_elsewhere, part::is_virtual, part::keep_membership,
      part::lost_, part::messages_, part::mutex_, part::options_, part::pollers_, part::reader_,
      part::rejoin, part::run_closed_, part::store_, part::take_back_lost, part::virtual_now_,
      part::wake_for_tasks, part::workers_;

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
    } catch (...) {
      throw_undone();
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
    } catch (...) {
      throw_undone();
    }
    keeper_.expect_end();
  }
  /// Runs `f(notices&)` as a part of the transaction, and returns when that is kept. `f` may run
  /// again after what it did was undone.
  /// \throws errors of `f`, once what it saw is kept; error (storage_failed, ...) if it is not;
  ///         what else `f` throws, after the transaction was undone
  template <class F>
  void perform(F&& f) {
    constexpr int tries = 10'000; // damaged runs are met one by one, each twice
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
    (void)store_.damage().take_met();
    try {
      f(news);
    } catch (error const& why) {
      refused = std::current_exception();
      if (std::string const* const damage = store_.damage().take_met();
          damage != nullptr && why.code() == errc::not_found) // it is there, and cannot be read
        refused = std::make_exception_ptr(error{errc::history_corrupt, *damage});
    } catch (...) {
      throw_undone(true);
    }
    add_news(std::move(news));
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
    } catch (error const&) {
      leave(lock);
      throw;
    } catch (...) {
      throw_undone(true);
    }
    add_news(std::move(news));
    leave(lock);
  }
  void add_news(engine::notices&& news) {
    try {
      batch_.add(std::move(news));
    } catch (...) {
      throw_undone(true);
    }
  }
  /// Waits until the batch `mine` is kept; ends it if nobody else is about to take part.
  /// \throws error if it was not kept
  void acknowledge(std::unique_lock<std::mutex>& lock, std::uint64_t mine) {
    batch_waiters::place const here{waiting_, mine};
    while (batch_.number == mine && store_.is_open()) {
      if (is_virtual() || arriving_.load(std::memory_order_relaxed) == 0)
        (void)commit(lock);
      else
        batch_ended_.wait(lock);
    }
    if (!here.why()) return;
    wake_to_look();
    throw error{*here.why()};
  }
  [[nodiscard]] auto count_damage() -> std::size_t {
    std::lock_guard const lock{mutex_};
    return store_.damage().sightings();
  }
  void leave(std::unique_lock<std::mutex>& lock) {
    bool const is_awaited = !waiting_.empty() && arriving_.load(std::memory_order_relaxed) == 0;
    bool const tells_at_once = is_virtual() && batch_.has_news();
    if (is_awaited || tells_at_once) (void)commit(lock);
  }
  // ------------------------------------------------------------------------------ its end
  /// Ends the transaction. False if it failed; callers that wait for it learn that themselves.
  /// `poller`: whose thread this is, if it polls next.
  auto commit(std::unique_lock<std::mutex>&, worker_link const* poller = nullptr) -> bool {
    if (!store_.is_open()) return true;
    auto closed = ending::none;
    try {
      this->start_unpolled_children();
      for (stopped_attempt const& each : batch_.news.cancelled_activities)
        if (is_elsewhere(each.token)) store_.stops().add(each);
      closed = this->what_ends();
      (void)store_.commit();
    } catch (fault const& why) {
      bool const kept = recover(as_error(why));
      distrust_connection(why);
      return kept;
    } catch (error const& why) {
      return recover(why);
    } catch (...) {
      return recover(no_memory_);
    }
    pass_on(closed, poller);
    return true;
  }
  /// The same for who goes on alone. \throws error
  void commit_or_throw(std::unique_lock<std::mutex>& lock, worker_link const* poller = nullptr) {
    if (!commit(lock, poller)) throw error{*last_failure_};
  }
  /// The batch is kept: now the world may see it.
  void pass_on(ending closed, worker_link const* poller) {
    bool const told = this->is_awaited(closed) || batch_.news.updates_changed;
    bool tell_others = store_.take_schedules_changed() || told;
    if (messages_.release(clock()) || batch_.news.updates_changed) messages_.tell();
    for (stopped_attempt const& each : batch_.news.cancelled_activities) {
      if (is_elsewhere(each.token)) tell_others = true;
      for (worker_link* const worker : workers_) worker->cancel_attempt(each.token, each.reason);
    }
    if (!batch_.handed.empty()) hand_out(poller);
    if (!is_virtual()) tell_others = wake_for_tasks() || tell_others;
    if (tell_others) run_closed_.notify_all();
    std::uint32_t const ours = keeper_.listens() ? 1 : 0;
    if (tell_others && file_.signal().is_heard(ours)) file_.signal().notify();
    end_batch();
    keeper_.deadline_is(store_.committed_deadline());
  }
  void end_batch() {
    auto const passed = std::move(batch_.news.limits);
    batch_.end();
    if (std::exchange(damage_told_, store_.damage().all().size()) != store_.damage().all().size())
      run_closed_.notify_all(); // who waits for such a run waits in vain
    if (!passed.empty()) report_limits(passed);
    if (!waiting_.empty()) batch_ended_.notify_all();
  }
  /// The batch was not kept, or nobody knows: what it touched is forgotten, and is read again. True
  /// if it was kept after all. Takes no memory, unless nobody knows.
  auto recover(error why) noexcept -> bool {
    for (stored_run const* const each : store_.touched())
      for (worker_link* const worker : workers_) worker->evict(each->run.number);
    bool kept = false;
    if (file_.is_in_doubt()) {
      store_.close();
      try {
        kept = file_.read_back() == commit_outcome::kept;
      } catch (std::exception const& again) {
        why = error_or(unknown_, [&] { return error{errc::commit_unknown, again.what()}; });
        file_.close();
      }
    } else {
      store_.abandon();
    }
    if (kept)
      pass_on(ending::awaited, nullptr);
    else
      undo(why);
    return kept;
  }
  void undo(error const& why) noexcept {
    for (handed_out const& each : batch_.handed) {
      each.worker->free_activity_slot();
      lost_.push_back({each.task.token.run, each.task.token.lease});
    }
    for (held_task const& each : batch_.answered) lost_.push_back(each);
    if (!lost_.empty()) keeper_.expect_end(); // somebody must take them back
    desk_.put_back(std::move(batch_.answers));
    messages_.queries.take_back();
    waiting_.fail(batch_.number, why);
    last_failure_ = why;
    for (poller_group& each : pollers_) each.look = true;
    run_closed_.notify_all(); // who waits for a run looks at the file, and meets what is wrong
    end_batch();
  }
  /// Where something was caught: undoes the transaction unless that is an error, and throws what
  /// whoever met it is to know. Anything else, such as that there is no memory, may have left a
  /// step half done. `for_others`: whoever met it does not poll, or not at once.
  [[noreturn, gnu::cold]] void throw_undone(bool for_others = false) {
    try {
      throw;
    } catch (error const&) {
      throw;
    } catch (fault const& why) {
      error const met = as_error(why);
      (void)recover(met);
      distrust_connection(why);
      if (for_others) wake_to_look();
      throw error{met};
    } catch (...) {
      (void)recover(no_memory_);
      if (for_others) wake_to_look();
      throw;
    }
  }
  /// The same for who tells nobody.
  [[gnu::cold]] void undo_quietly() noexcept {
    try {
      throw_undone();
    } catch (...) {
    }
  }
  /// What `make` gives, or the other one if there is no memory for it.
  template <class F>
  [[nodiscard]] static auto error_or(error const& otherwise, F&& make) noexcept -> error {
    try {
      return make();
    } catch (...) {
      return otherwise;
    }
  }
  [[nodiscard]] auto as_error(fault const& why) const noexcept -> error {
    return error_or(no_memory_, [&] { return why.as_error(); });
  }
  [[gnu::cold]] void report(char const* what, std::exception const& why) const noexcept {
    try {
      log().error(what, {{"file", file_.path()}, {"reason", why.what()}});
    } catch (...) { // the log's sink failed, or there is no memory
    }
  }
  /// Tasks went back into their queues with what was not kept, and nothing else tells of them. Not
  /// for a poller that has failed: it tries again later, and two would wake each other for ever.
  void wake_to_look() noexcept {
    for (poller_group& each : pollers_)
      if (each.look && each.waiting > 0) each.wakes.notify_one();
  }
  /// After some faults a connection may not be what it was. That the file is malformed, for one, is
  /// believed of what another connection has read.
  void distrust_connection(fault const& why) {
    if (why.primary() == SQLITE_TOOBIG) this->sizes_.measure_from_now_on(file_.writer());
    if (why.primary() != SQLITE_IOERR && !why.is_damage()) return;
    store_.close();
    file_.close();
    reader_.close();
  }
  void reopen() {
    if (file_.is_in_doubt())
      (void)file_.read_back(); // whoever asked was told that nobody knows
    else
      file_.open();
  }

  // ------------------------------------------------------------------------------ what takes long
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
        batch_.add(std::move(news));
      } catch (...) {
        throw_undone();
      }
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
    run_number last = 0;
    perform([&](engine::notices&) {
      count = 0; // it may run again
      for (run_number const each : store_.closed_before(before, after, most)) {
        ++count;
        last = each;
        if (engine::run_state* const run = store_.find_run(each)) store_.drop_run(*run);
      }
    });
    after = count < static_cast<std::size_t>(most) ? 0 : last;
    return count;
  }

  std::condition_variable batch_ended_;
  std::atomic<int> arriving_{0};
  batch_waiters waiting_; ///< For the end of a batch.
  std::optional<error> last_failure_;
  // Made while there is memory.
  error const no_memory_{errc::storage_failed,
                         "a step ended half-way (no memory?): what was asked has not happened"};
  error const unknown_{errc::commit_unknown, "there is no memory to look what became of a commit"};
  std::size_t damage_told_{0};
  std::int64_t heard_version_{-1}; ///< The file's data version at the last news of others.
  keeper<session> keeper_;
};

} // namespace perdure::inline v0::sqlite
