// The activity attempts that run in a worker, so that cancellations and shutdown can reach them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "perdure/execution/activity_function.hpp"
#include "perdure/history/task.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// An attempt with its place among the others; it must stay where it is from `add` to `remove`.
struct running_attempt : activity_attempt {
  running_attempt* before{this};
  running_attempt* after{this};

protected:
  ~running_attempt() = default;
};

/// A ring of attempts. Thread-safe. Adding and removing are O(1), cancelling is O(attempts).
class running_attempts {
public:
  void add(running_attempt& started) noexcept {
    std::lock_guard const lock{mutex_};
    ++count_;
    started.before = anchor_.before;
    started.after = &anchor_;
    anchor_.before->after = &started;
    anchor_.before = &started;
  }
  void remove(running_attempt& ended) noexcept {
    std::lock_guard const lock{mutex_};
    ended.before->after = ended.after;
    ended.after->before = ended.before;
    if (--count_ == 0) none_left_.notify_all();
  }
  /// Asks an attempt to stop, if it runs here.
  void cancel(activity_task_token const& token) noexcept {
    std::lock_guard const lock{mutex_};
    for (running_attempt* each = anchor_.after; each != &anchor_; each = each->after) {
      activity_task_token const& mine = each->context.task.token;
      if (mine.run == token.run && mine.scheduled_event_id == token.scheduled_event_id &&
          mine.attempt == token.attempt)
        each->context.cancelled.store(true, std::memory_order_release);
    }
  }
  /// Waits until none runs; those that still do after `grace` are asked to stop.
  void finish(duration grace) {
    std::unique_lock lock{mutex_};
    auto const none = [this] { return count_ == 0; };
    if (none_left_.wait_for(lock, grace, none)) return;
    for (running_attempt* each = anchor_.after; each != &anchor_; each = each->after)
      each->context.cancelled.store(true);
    none_left_.wait(lock, none);
  }

private:
  struct ends final : running_attempt {
    void finish(activity_outcome) override {}
  };
  std::mutex mutex_;
  std::condition_variable none_left_;
  ends anchor_;
  std::size_t count_{0};
};

} // namespace perdure::inline v0::detail
