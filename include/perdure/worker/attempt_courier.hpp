// What must be said to attempts, or for them, while their own threads are busy.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "perdure/activity/activity_context.hpp"
#include "perdure/data/detail/idle_wait.hpp"

namespace perdure::inline v0::detail {

/// Tells stop tokens, whose callbacks may do anything, outside of all locks; and sends heartbeats
/// that were kept back when they are due. Has one thread, from when it is first needed; where the
/// backend drives the worker it has none, and `tell_stops` is called instead.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_attempt_courier {
public:
  /// Heartbeats of one attempt, some kept back.
  struct kept_beats {
    activity_task_token token{};
    std::shared_ptr<heartbeat_state> beats{};
  };
  /// Sends a kept heartbeat, if it is due, with its mutex held.
  class sender {
  public:
    virtual void send_due(kept_beats const& which, time_point now) noexcept = 0;

  protected:
    ~sender() = default;
  };

  explicit basic_attempt_courier(sender& send) : sender_{&send} {}
  basic_attempt_courier(basic_attempt_courier const&) = delete;
  auto operator=(basic_attempt_courier const&) -> basic_attempt_courier& = delete;
  ~basic_attempt_courier() { stop(); }

  /// Time since the machine was booted: it never goes back.
  [[nodiscard]] static auto now() -> time_point {
    return time_point{
        std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch())};
  }

  void begin(bool driven) noexcept { driven_ = driven; }
  /// Has a stop token told; may be called with locks held.
  void post(std::stop_source&& who) noexcept {
    if (!who.stop_possible()) return;
    try {
      std::lock_guard const lock{mutex_};
      stops_.push_back(std::move(who));
      has_stops_.store(true, std::memory_order_relaxed);
      need_thread();
    } catch (...) {
      // No memory, no thread: the attempt still finds out by asking.
    }
  }
  /// Has a kept heartbeat sent when it is due.
  void keep(kept_beats which, time_point due) {
    std::lock_guard const lock{mutex_};
    kept_.push_back({std::move(which), due});
    need_thread();
  }
  /// Tells what is there to be told. False if there is nothing.
  auto tell_stops() -> bool {
    if (!has_stops_.load(std::memory_order_relaxed)) return false; // asked for before each task
    std::unique_lock lock{mutex_};
    bool const any = !stops_.empty();
    while (!stops_.empty()) {
      std::stop_source const next = std::move(stops_.front());
      stops_.pop_front();
      lock.unlock();
      next.request_stop();
      lock.lock();
    }
    has_stops_.store(false, std::memory_order_relaxed);
    return any;
  }
  void stop() {
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
    }
    wakes_.notify_all();
    if (thread_.joinable()) thread_.join();
    std::lock_guard const lock{mutex_};
    stopping_ = false;
    kept_.clear();
  }

private:
  struct kept {
    kept_beats which{};
    time_point due{};
  };
  void need_thread() {
    if (driven_) return;
    if (thread_.joinable())
      wakes_.notify_one();
    else
      thread_ = std::thread{[this] { run(); }};
  }
  void run() {
    std::unique_lock lock{mutex_};
    while (!stopping_ || !stops_.empty()) {
      if (!stops_.empty()) {
        lock.unlock();
        (void)tell_stops();
        lock.lock();
        continue;
      }
      time_point next = time_point::max();
      std::size_t first = 0;
      time_point const at = now();
      for (std::size_t i = 0; i < kept_.size(); ++i)
        if (kept_[i].due < next) next = kept_[i].due, first = i;
      if (next <= at) {
        kept_beats const due = std::move(kept_[first].which);
        if (first + 1 != kept_.size()) kept_[first] = std::move(kept_.back());
        kept_.pop_back();
        lock.unlock();
        sender_->send_due(due, at);
        lock.lock();
      } else if (next == time_point::max()) {
        idle_wait(wakes_, lock);
      } else {
        wakes_.wait_until(lock, end_of(next - at));
      }
    }
  }

  sender* sender_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::deque<std::stop_source> stops_;
  std::atomic<bool> has_stops_{false};
  std::vector<kept> kept_;
  std::thread thread_;
  bool driven_{false};
  bool stopping_{false};
};
using attempt_courier = basic_attempt_courier<void>;

} // namespace perdure::inline v0::detail
