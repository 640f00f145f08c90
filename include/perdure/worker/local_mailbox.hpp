// The attempts of local activities that run on other threads than their workflow.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "perdure/execution/activity_interception.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// Where the attempts of one run leave their outcomes, and where its workflow task waits for them.
/// Thread-safe.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_local_mailbox {
public:
  struct letter {
    std::uint32_t sequence{};
    std::uint32_t attempt{};
    activity_outcome outcome{};
  };
  /// There is one more who may leave a letter: keeps room for it.
  void expect() {
    std::lock_guard const lock{mutex_};
    letters_.reserve(letters_.size() + expected_ + 1);
    ++expected_;
  }
  /// One who was expected is gone.
  void expect_less() noexcept {
    std::lock_guard const lock{mutex_};
    --expected_;
  }
  /// Takes no memory. \pre who leaves it is expected
  void leave(letter news) noexcept {
    std::lock_guard const lock{mutex_};
    letters_.push_back(std::move(news));
    wakes_.notify_one();
  }
  [[nodiscard]] auto take() -> std::vector<letter> {
    std::lock_guard const lock{mutex_};
    std::vector<letter> taken;
    taken.reserve(expected_);
    woken_ = false;
    letters_.swap(taken);
    return taken;
  }
  [[nodiscard]] auto has_letters() -> bool {
    std::lock_guard const lock{mutex_};
    return !letters_.empty();
  }
  /// Waits for an outcome, for `wake`, or for so long.
  void wait_for(duration longest) {
    std::unique_lock lock{mutex_};
    wakes_.wait_until(lock, end_of(longest), [this] { return woken_ || !letters_.empty(); });
  }
  void wake() {
    std::lock_guard const lock{mutex_};
    woken_ = true;
    wakes_.notify_one();
  }

private:
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::vector<letter> letters_;
  std::size_t expected_{0};
  bool woken_{false};
};
using local_mailbox = basic_local_mailbox<void>;

/// How many coroutines are on their way. Thread-safe.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_coroutine_count {
public:
  void add() noexcept {
    std::lock_guard const lock{mutex_};
    ++count_;
  }
  void remove() noexcept {
    std::lock_guard const lock{mutex_};
    if (--count_ == 0) none_left_.notify_all();
  }
  void wait_for_none() {
    std::unique_lock lock{mutex_};
    none_left_.wait(lock, [this] { return count_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::size_t count_{0};
};
using coroutine_count = basic_coroutine_count<void>;

/// One attempt. Lives until it has ended and its run has forgotten it.
class local_attempt final : public activity_attempt,
                            public std::enable_shared_from_this<local_attempt> {
public:
  local_attempt(activity_function& function, worker_interceptors const& around,
                std::shared_ptr<local_mailbox> mailbox, std::uint32_t sequence,
                std::uint32_t attempt)
      : function_{&function},
        around_{&around},
        mailbox_{std::move(mailbox)},
        sequence_{sequence},
        attempt_{attempt} {
    mailbox_->expect();
  }
  ~local_attempt() { mailbox_->expect_less(); }

  /// Runs it, unless it was given up before. A coroutine may go on after this has returned; until
  /// it has ended, it counts among others.
  void run(coroutine_count& others) {
    auto queued = state::queued;
    if (!state_.compare_exchange_strong(queued, state::begun)) return;
    self_ = shared_from_this();
    if (function_->asynchronous()) {
      others_ = &others;
      others.add();
    }
    run_attempt(*function_, *this, *around_);
  }
  [[nodiscard]] auto has_begun() const noexcept -> bool {
    return state_.load(std::memory_order_acquire) == state::begun;
  }
  /// It counts no more: if it has not begun it never will, else it is asked to stop. No lock may be
  /// held.
  void give_up(activity_cancel_reason reason) {
    auto queued = state::queued;
    if (!state_.compare_exchange_strong(queued, state::given_up))
      (void)context.cancel(reason).request_stop();
  }
  void finish(activity_outcome&& outcome) override {
    auto self = std::move(self_);
    auto* const others = others_;
    mailbox_->leave({sequence_, attempt_, std::move(outcome)});
    self.reset();
    if (others != nullptr) others->remove();
  }

private:
  enum class state : std::uint8_t { queued, begun, given_up };
  activity_function* function_;
  worker_interceptors const* around_;
  std::shared_ptr<local_mailbox> mailbox_;
  std::shared_ptr<local_attempt> self_{}; ///< While it runs.
  coroutine_count* others_{nullptr};      ///< Of a coroutine that has begun.
  std::uint32_t sequence_;
  std::uint32_t attempt_;
  std::atomic<state> state_{state::queued};
};

} // namespace perdure::inline v0::detail
