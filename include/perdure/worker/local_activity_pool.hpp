// The threads that run local activities.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "perdure/data/detail/idle_wait.hpp"
#include "perdure/error.hpp"
#include "perdure/worker/local_mailbox.hpp"

namespace perdure::inline v0::detail {

/// Runs attempts first come, first served, on up to `most` threads, which are made when they are
/// needed; or, where the backend drives the worker, on the thread that submits them. Thread-safe.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_local_activity_pool {
public:
  explicit basic_local_activity_pool(std::size_t most) : most_{most == 0 ? 1 : most} {}
  basic_local_activity_pool(basic_local_activity_pool const&) = delete;
  auto operator=(basic_local_activity_pool const&) -> basic_local_activity_pool& = delete;
  ~basic_local_activity_pool() { stop(); }

  void begin(bool driven) noexcept { driven_ = driven; }
  /// Where the system refuses a thread, the attempt waits for those that are there.
  /// \throws error (backend_busy) if there are none.
  void submit(std::shared_ptr<local_attempt> attempt) {
    {
      std::lock_guard const lock{mutex_};
      if (submitted_.size() >= forget_at_) {
        std::erase_if(submitted_, [](auto const& each) { return each.expired(); });
        forget_at_ = submitted_.size() < 32 ? 64 : 2 * submitted_.size();
      }
      submitted_.push_back(attempt);
    }
    if (driven_) return attempt->run(coroutines_);
    std::lock_guard const lock{mutex_};
    queue_.push_back(std::move(attempt));
    if (idle_ >= queue_.size())
      wakes_.notify_one();
    else if (threads_.size() < most_)
      add_thread();
  }
  /// Asks what runs to stop, whoever has forgotten it, and waits for its end; what has not begun is
  /// dropped.
  void stop() {
    std::vector<std::thread> threads;
    std::vector<std::weak_ptr<local_attempt>> submitted;
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
      queue_.clear();
      threads.swap(threads_);
      submitted.swap(submitted_);
    }
    for (auto const& each : submitted)
      if (auto const attempt = each.lock())
        attempt->give_up(activity_cancel_reason::worker_shutdown);
    wakes_.notify_all();
    for (std::thread& each : threads) each.join();
    coroutines_.wait_for_none(); // they use what is the worker's
    std::lock_guard const lock{mutex_};
    stopping_ = false;
  }

private:
  void add_thread() {
    try {
      threads_.emplace_back([this] { serve(); });
    } catch (std::exception const& refused) {
      if (!threads_.empty()) return;
      queue_.pop_back();
      throw error{errc::backend_busy,
                  "no thread for a local activity: the system refuses one (" +
                      std::string{refused.what()} +
                      "); let the process have more threads, or more memory for their stacks"};
    }
  }
  void serve() {
    std::unique_lock lock{mutex_};
    while (true) {
      ++idle_;
      idle_wait(wakes_, lock, [this] { return stopping_ || !queue_.empty(); });
      --idle_;
      if (stopping_) return;
      auto const next = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      next->run(coroutines_);
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wakes_;
  std::deque<std::shared_ptr<local_attempt>> queue_;
  std::vector<std::weak_ptr<local_attempt>> submitted_; ///< Those that have ended are forgotten.
  std::size_t forget_at_{64};
  std::vector<std::thread> threads_;
  coroutine_count coroutines_; ///< That have begun and not ended.
  std::size_t most_;
  std::size_t idle_{0};
  bool driven_{false};
  bool stopping_{false};
};
using local_activity_pool = basic_local_activity_pool<void>;

} // namespace perdure::inline v0::detail
