// The threads of a backend in a file: one keeps time, one listens to other processes.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "perdure/backend/sqlite/batch.hpp"
#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/backend/sqlite/news_of_others.hpp"
#include "perdure/data/detail/idle_wait.hpp"
#include "perdure/engine/activities.hpp"
#include "perdure/error.hpp"

namespace perdure::inline v0::sqlite {

/// A friend of the backend, whose mutex guards it. Fires deadlines; ends transactions that are left
/// open, and records answers that wait, within the commit delay; renews the lease; looks for news
/// that nobody told; takes back what lost members held; deletes runs whose retention is over.
template <class Backend>
class keeper {
public:
  explicit keeper(Backend& backend) noexcept : backend_{backend} {}
  keeper(keeper const&) = delete;
  auto operator=(keeper const&) -> keeper& = delete;
  ~keeper() { stop(); }

  /// \pre the backend's mutex is held
  void start() {
    if (!clock_.joinable()) clock_ = std::thread{[this] { keep_time(); }};
    if (ear_.joinable()) return;
    ear_ = std::thread{[this] { listen(); }}; // which waits for the mutex
    backend_.file_.signal().listen();
  }
  [[nodiscard]] auto listens() const noexcept -> bool { return ear_.joinable(); }
  void stop() {
    if (!clock_.joinable()) return;
    {
      std::lock_guard const lock{backend_.mutex_};
      std::lock_guard const own{nap_mutex_};
      stopped_ = true;
    }
    wakes_.notify_all();
    nap_ends_.notify_all();
    backend_.file_.signal().notify();
    clock_.join();
    if (!ear_.joinable()) return;
    ear_.join();
    backend_.file_.signal().stop_listening();
  }

  /// Something has begun that must end within the commit delay. Costs nothing while the keeper is
  /// awake anyway. \pre the backend's mutex is held
  void expect_end() noexcept {
    last_activity_ = true;
    if (dozes_) wakes_.notify_one();
  }
  /// The same, from a thread that does not hold the mutex.
  void expect_end_unlocked() {
    if (!dozes_.load(std::memory_order_acquire)) return;
    std::lock_guard const lock{backend_.mutex_};
    expect_end();
  }
  /// A deadline has moved. \pre the backend's mutex is held
  void deadline_is(std::optional<time_point> first) noexcept {
    if (first && *first < sleeps_until_) wakes_.notify_one();
  }

private:
  void keep_time() {
    std::unique_lock lock{backend_.mutex_};
    duration pause{};
    while (!stopped_) {
      try {
        tick(lock);
        lock.unlock();
        sweep(backend_.clock());
        lock.lock();
        pause = {};
      } catch (std::exception const& why) {
        if (!lock.owns_lock()) lock.lock();
        backend_.wake_to_look();
        if (pause == duration{})
          backend_.report("the file could not be written; it is tried again", why);
        pause = std::min<duration>(std::max<duration>(pause * 2, std::chrono::milliseconds{50}),
                                   std::chrono::seconds{5});
      }
      if (stopped_) break;
      sleep(lock, pause);
    }
  }
  void sleep(std::unique_lock<std::mutex>& lock, duration pause) {
    time_point const now = backend_.clock();
    bool const active = std::exchange(last_activity_, false) || backend_.store_.is_open() ||
                        backend_.desk_.has_answers() || !backend_.lost_.empty();
    time_point until = next_look_;
    if (active) until = std::min(until, engine::later(now, backend_.options_.commit_delay));
    if (auto const deadline = backend_.store_.committed_deadline())
      until = std::min(until, std::max(*deadline, not_before_));
    if (backend_.store_.member() != 0) until = std::min(until, next_renewal_);
    if (backend_.options_.retention > duration{}) until = std::min(until, next_sweep_);
    if (pause > duration{}) until = now + pause;
    if (active && pause == duration{}) return nap(lock);
    dozes_ = true;
    sleeps_until_ = until;
    if (pause > duration{})
      wakes_.wait_until(lock, until); // not sooner, after a fault
    else
      perdure::detail::idle_wait(wakes_, lock, until);
    dozes_ = false;
    sleeps_until_ = time_point::min();
  }
  /// While others are at work: looks again after the commit delay, and leaves it at that a few
  /// times if they are in the middle of something, instead of standing in line for their mutex.
  void nap(std::unique_lock<std::mutex>& lock) {
    constexpr int most = 8;
    lock.unlock();
    for (int naps = 0; naps < most && !stopped_; ++naps) {
      std::unique_lock own{nap_mutex_};
      nap_ends_.wait_until(own, perdure::detail::end_of(backend_.options_.commit_delay),
                           [&] { return stopped_.load(); });
      if (lock.try_lock()) return;
    }
    lock.lock();
  }

  void tick(std::unique_lock<std::mutex>& lock) {
    try {
      do_what_is_due(lock);
    } catch (...) {
      backend_.throw_undone();
    }
  }
  void do_what_is_due(std::unique_lock<std::mutex>& lock) {
    time_point const now = backend_.clock();
    duration const delay = backend_.options_.commit_delay;
    if (backend_.store_.is_open() && now - backend_.batch_.opened >= delay)
      backend_.commit_or_throw(lock);
    if (backend_.desk_.is_overdue(now - delay) || !backend_.lost_.empty()) {
      backend_.begin(); // and takes back what is lost
      backend_.apply_answers();
      backend_.commit_or_throw(lock);
    }
    auto const deadline = backend_.store_.committed_deadline();
    if (deadline && std::max(*deadline, not_before_) <= now) {
      // The deadline of a damaged run comes and does not go.
      bool const any = backend_.fire_due(lock, now);
      if (!any && backend_.store_.committed_deadline() == deadline)
        not_before_ = now + std::chrono::seconds{1};
    }
    if (now >= next_look_) {
      next_look_ = now + backend_.options_.lease / 3;
      others().look();
    }
    if (backend_.store_.member() != 0 && now >= next_renewal_) {
      next_renewal_ = now + backend_.options_.lease / 3;
      backend_.begin();
      backend_.keep_membership(now);
      backend_.commit_or_throw(lock);
    }
  }

  /// Deletes runs whose retention is over, a few at a time. \pre the mutex is not held
  void sweep(time_point now) {
    if (backend_.options_.retention <= duration{} || now < next_sweep_) return;
    next_sweep_ = now + std::chrono::seconds{60};
    (void)backend_.delete_some(now - backend_.options_.retention, swept_);
    if (swept_ != 0) next_sweep_ = now + std::chrono::milliseconds{10};
  }

  void listen() {
    auto& signal = backend_.file_.signal();
    std::uint32_t seen = signal.generation();
    {
      std::lock_guard const lock{backend_.mutex_};
      if (stopped_) return;
      others().take_in(); // what came before this thread listened
    }
    while (true) {
      signal.wait(seen);
      std::uint32_t const now = signal.generation();
      std::unique_lock lock{backend_.mutex_};
      if (stopped_) return;
      if (now == seen) continue;
      seen = now;
      others().take_in();
      wakes_.notify_one();
    }
  }

  [[nodiscard]] auto others() noexcept -> news_of_others<Backend> { return {backend_}; }

  Backend& backend_;
  std::thread clock_;
  std::thread ear_;
  std::condition_variable wakes_;
  time_point sleeps_until_{time_point::min()};
  time_point next_renewal_{};
  time_point next_look_{};
  time_point next_sweep_{};
  time_point not_before_{}; ///< When deadlines are looked at again.
  run_number swept_{0};     ///< Runs up to this one were looked at.
  std::atomic<bool> dozes_{false};
  bool last_activity_{false};
  std::atomic<bool> stopped_{false};
  std::mutex nap_mutex_;
  std::condition_variable nap_ends_;
};

} // namespace perdure::inline v0::sqlite
