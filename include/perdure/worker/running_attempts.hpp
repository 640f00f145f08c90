// The activity attempts that run in a worker, so that cancellations and shutdown can reach them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <vector>

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

/// A ring of attempts. Thread-safe. Adding and removing are O(1), cancelling is O(attempts). After
/// `close`, and until `open`, those that come are asked to stop before they begin.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_running_attempts {
public:
  void open() noexcept {
    std::lock_guard const lock{mutex_};
    closed_for_ = activity_cancel_reason::none;
  }
  void add(running_attempt& started) noexcept {
    std::lock_guard const lock{mutex_};
    if (closed_for_ != activity_cancel_reason::none) [[unlikely]]
      (void)started.context.cancel(closed_for_); // it has no stop token yet that could be told
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
  /// Asks an attempt to stop, if it runs here. Gives what is to be told outside of locks.
  [[nodiscard]] auto cancel(activity_task_token const& token,
                            activity_cancel_reason reason) noexcept -> std::stop_source {
    std::lock_guard const lock{mutex_};
    for (running_attempt* each = anchor_.after; each != &anchor_; each = each->after) {
      activity_task_token const& mine = each->context.task.token;
      if (mine.run == token.run && mine.scheduled_event_id == token.scheduled_event_id &&
          mine.attempt == token.attempt)
        return each->context.cancel(reason);
    }
    return std::stop_source{std::nostopstate};
  }
  /// Asks all attempts to stop, also those to come. Gives what is to be told outside of locks.
  [[nodiscard]] auto close(activity_cancel_reason reason) -> std::vector<std::stop_source> {
    std::vector<std::stop_source> to_tell;
    std::lock_guard const lock{mutex_};
    closed_for_ = reason;
    for (running_attempt* each = anchor_.after; each != &anchor_; each = each->after)
      to_tell.push_back(each->context.cancel(reason));
    return to_tell;
  }
  /// Waits until none runs. False if some still do after `grace`.
  [[nodiscard]] auto wait_for_none(duration grace) -> bool {
    std::unique_lock lock{mutex_};
    return none_left_.wait_until(lock, end_of(grace), [this] { return count_ == 0; });
  }
  void wait_for_none() {
    std::unique_lock lock{mutex_};
    none_left_.wait(lock, [this] { return count_ == 0; });
  }

private:
  struct ends final : running_attempt {
    void finish(activity_outcome&&) override {}
  };
  std::mutex mutex_;
  std::condition_variable none_left_;
  ends anchor_;
  std::size_t count_{0};
  activity_cancel_reason closed_for_{activity_cancel_reason::none};
};
using running_attempts = basic_running_attempts<void>;

} // namespace perdure::inline v0::detail
