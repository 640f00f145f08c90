// The engine on a file, and what it does within a transaction.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/run_id_seed.hpp"
#include "perdure/backend/sqlite/batch.hpp"
#include "perdure/backend/sqlite/run_reader.hpp"
#include "perdure/backend/sqlite/size_bound.hpp"
#include "perdure/backend/sqlite/sqlite_store.hpp"
#include "perdure/backend/unpolled_queues.hpp"
#include "perdure/engine/query_book.hpp"
#include "perdure/log.hpp"
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

/// Queries that wait in this process, and what wakes those who wait for something.
struct message_state {
  engine::query_book queries{};
  std::uint64_t news{0}; ///< Grows when some update has come further, or others have news.
  bool others_ask{true}; ///< There may be queries in the file.
  std::condition_variable wakes{};

  /// What was answered is kept. True if somebody in this process waits for it.
  [[nodiscard]] auto release(time_point now) noexcept -> bool {
    if (queries.empty()) return false;
    bool const any = queries.release();
    queries.drop_remote(now);
    return any;
  }
  void tell() noexcept {
    ++news;
    wakes.notify_all();
  }
};

/// What a backend in a file is made of, guarded by its mutex; answers, membership and waking. Knows
/// nothing of when transactions begin and end: see `session`.
template <class Unused>
class engine_on_file {
public:
  engine_on_file(std::string path, sqlite_backend_options const& options)
      : options_{options},
        file_{std::move(path), options_},
        store_{file_, options_, perdure::detail::run_id_seed(options.seed, options.clock)},
        engine_{store_, options.limits},
        reader_{file_},
        virtual_now_{options.start_time} {}
  engine_on_file(engine_on_file const&) = delete;
  auto operator=(engine_on_file const&) -> engine_on_file& = delete;

protected:
  using engine_type = engine::engine<sqlite_store>;
  ~engine_on_file() = default;

  [[nodiscard]] auto is_virtual() const noexcept -> bool {
    return options_.clock == clock_mode::virtual_time;
  }
  [[nodiscard]] auto clock() const -> time_point {
    if (is_virtual()) return virtual_now_;
    return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  }

  // ------------------------------------------------------------------------------ answers
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
    if (sizes_.measures()) [[unlikely]]
      if (auto const why = sizes_.why_refused(given); !why.empty())
        return engine_.fail_activity(clock(), given.token, engine::refusal(why), news);
    switch (given.what) {
    case activity_answer::kind::completed:
      return engine_.complete_activity(clock(), given.token, given.result, news);
    case activity_answer::kind::failed:
      return engine_.fail_activity(clock(), given.token, *given.why, news);
    case activity_answer::kind::cancelled:
      return engine_.cancel_activity_task(clock(), given.token, given.result, *given.why, news);
    }
  }
  /// Children on queues that this process does not poll begin with their transaction: their
  /// timeouts run, though nobody may ever poll for them. \pre a transaction is open
  void start_unpolled_children() {
    if (!store_.tasks().has_unpolled_starts()) return;
    engine::notices news{};
    while (auto const queued = store_.tasks().take_unpolled_start())
      engine_.start_child(clock(), *queued, news);
    batch_.add(std::move(news));
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
      messages_.others_ask = true; // and were not answered by it
      for (poller_group& each : pollers_) {
        each.look = true;
        if (each.waiting > 0) each.wakes.notify_one();
      }
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
    // They are lost again if this transaction is not kept.
    std::size_t const first = batch_.answered.size();
    batch_.answered.insert(batch_.answered.end(), lost_.begin(), lost_.end());
    lost_.clear();
    keep_room();
    for (std::size_t i = first; i < batch_.answered.size(); ++i) {
      held_task const each = batch_.answered[i];
      if (engine::run_state* const run = store_.find_run(each.run))
        engine_.take_back(
            clock(), *run, [&](task_lease lease) { return lease == each.lease; }, news);
    }
    batch_.add(std::move(news));
  }
  /// Room for all that is lost if the batch is not kept, and for one more: to undo it takes no
  /// memory.
  void keep_room() {
    std::size_t const most = lost_.size() + batch_.handed.size() + batch_.answered.size() + 1;
    if (lost_.capacity() < most) lost_.reserve(2 * most);
  }
  [[nodiscard]] auto is_elsewhere(activity_task_token const& token) const noexcept -> bool {
    return token.lease != 0 && member_of(token.lease) != store_.member();
  }
  // ------------------------------------------------------------------------------ waking
  /// Attempts are there to begin: wakes a thread for each, but for the one that `poller` takes.
  void hand_out(worker_link const* poller) {
    for (poller_group& each : pollers_) each.to_wake = 0;
    for (handed_out const& each : batch_.handed) ++pollers_[each.worker->queue_number].to_wake;
    if (poller != nullptr && pollers_[poller->queue_number].to_wake > 0)
      --pollers_[poller->queue_number].to_wake;
    for (handed_out const& each : desk_.release(batch_.handed)) { // there is no memory
      each.worker->free_activity_slot();
      lost_.push_back({each.task.token.run, each.task.token.lease});
    }
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
      if (!std::exchange(queues[i].touched, false) || !store_.may_have_tasks(i)) continue;
      left = true;
      if (!queues[i].polled && !std::exchange(queues[i].reported, true))
        report_if_unpolled(queues[i].name);
      if (i >= pollers_.size()) continue;
      pollers_[i].look = true;
      if (pollers_[i].waiting > 0) pollers_[i].wakes.notify_one();
    }
    return left;
  }
  /// Said where no other process has workers. Those may poll any queue.
  [[gnu::cold]] void report_if_unpolled(shared_string const& queue) noexcept {
    try {
      if (!store_.members().any_but(store_.member(), file_.signal()))
        perdure::detail::report_unpolled({queue});
    } catch (...) { // whoever writes next meets the same and reports it
    }
  }
  /// What the batch ends: a run that somebody may wait for, here or (a run without a parent)
  /// elsewhere; a child; nothing.
  enum class ending : unsigned char { none, child, awaited };
  [[nodiscard]] auto what_ends() const -> ending {
    ending found = ending::none;
    for (stored_run const* const each : store_.touched()) {
      if (each->run.open() || (!each->is_new && !each->row.open())) continue;
      if (each->run.parent == 0 ||
          std::find(awaited_.begin(), awaited_.end(), each->run.number) != awaited_.end())
        return ending::awaited;
      found = ending::child;
    }
    return found;
  }
  /// Whether somebody hears of what has ended: of children, who waits in another process. Asked
  /// after the commit: who waits has come forward before it looked.
  [[nodiscard]] auto is_awaited(ending what) const noexcept -> bool {
    return what == ending::awaited ||
           (what == ending::child && file_.signal().awaiting() > waiting_here_);
  }
  /// Of a caller that waits for ends. \pre the mutex is held
  struct place_among_waiters {
    explicit place_among_waiters(engine_on_file& owner) noexcept : of{owner} {
      ++of.waiting_here_;
      of.file_.signal().await();
    }
    place_among_waiters(place_among_waiters const&) = delete;
    auto operator=(place_among_waiters const&) -> place_among_waiters& = delete;
    ~place_among_waiters() {
      --of.waiting_here_;
      of.file_.signal().stop_awaiting();
    }
    engine_on_file& of;
  };

  sqlite_backend_options options_;
  std::mutex mutex_;
  file_access file_;
  sqlite_store store_;
  engine_type engine_;
  run_reader reader_;
  desk desk_;
  size_bound sizes_;
  batch batch_;
  tasks_in_flight in_flight_;
  time_point virtual_now_;
  std::vector<worker_link*> workers_;
  std::deque<poller_group> pollers_; ///< By queue number.
  std::vector<held_task> lost_;      ///< Handed out, and to be taken back.
  std::vector<run_number> awaited_;  ///< By callers that wait for their ends.
  std::uint32_t waiting_here_{0};    ///< Such callers of this process.
  std::condition_variable run_closed_;
  message_state messages_;
};

} // namespace perdure::inline v0::sqlite
