// The threads of a worker: as many as there are cores, and more while long activities hold them up.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "perdure/log.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// Runs one function on a number of threads, which it watches: while all are busy and none gets
/// anything done, it adds more. Where the system refuses one, those that are there do the work, and
/// it is asked again later.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_serving_threads {
public:
  basic_serving_threads() = default;
  basic_serving_threads(basic_serving_threads const&) = delete;
  auto operator=(basic_serving_threads const&) -> basic_serving_threads& = delete;

  /// Starts one thread per core, each of which calls `server.serve()` once; `serve` returns when
  /// there is nothing left to do for good. Never more than `most` threads are added to. If it
  /// `nudges`: while some are at work and nothing gets done, calls `server.nudge()` every few
  /// milliseconds. \throws std::system_error if the system refuses these threads: call `join`.
  template <class Server>
  void start(Server& server, std::size_t most, bool nudges) {
    serve_ = [](void* who) { static_cast<Server*>(who)->serve(); };
    nudge_ = nullptr;
    if (nudges) nudge_ = [](void* who) { static_cast<Server*>(who)->nudge(); };
    server_ = &server;
    most_ = most;
    unsigned const cores = std::thread::hardware_concurrency();
    std::lock_guard const lock{mutex_};
    for (unsigned i = 0; i < (cores == 0 ? 1 : cores); ++i) add_thread();
    supervisor_ = std::thread{[this] { supervise(); }};
  }
  /// Waits until all have returned. Safe to call without a start, and twice.
  void join() {
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
    }
    supervisor_wakes_.notify_all();
    if (supervisor_.joinable()) supervisor_.join();
    for (std::thread& each : threads_) each.join(); // nobody adds any more
    std::lock_guard const lock{mutex_};
    threads_.clear();
    count_ = 0;
    ended_ = 0;
    stopping_ = false;
  }
  /// Waits until all have returned, at most so long. False if some have not.
  [[nodiscard]] auto wait_for_end(duration longest) -> bool {
    std::unique_lock lock{mutex_};
    return all_ended_.wait_until(lock, end_of(longest), [this] { return ended_ == count_; });
  }

  /// A thread has something to do, or has done it.
  void begin_work() {
    std::size_t const busy = busy_.fetch_add(1) + 1;
    if (!supervisor_sleeps_.load() || busy < wakes_at_.load(std::memory_order_relaxed)) return;
    if (!supervisor_sleeps_.exchange(false)) return;
    std::lock_guard const lock{mutex_};
    supervisor_wakes_.notify_one();
  }
  void end_work() noexcept {
    busy_.fetch_sub(1, std::memory_order_relaxed);
    progress_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Whether nobody watches: not before as many are at work as there are threads.
  [[nodiscard]] auto is_unwatched() const noexcept -> bool { return supervisor_sleeps_.load(); }

private:
  void add_thread() {
    threads_.emplace_back([this] {
      serve_(server_);
      std::lock_guard const lock{mutex_};
      ++ended_;
      all_ended_.notify_all();
    });
    ++count_;
  }
  void grow(std::unique_lock<std::mutex>& lock) {
    try {
      for (std::size_t more = count_ / 2 + 1; more > 0 && count_ < most_; --more) add_thread();
    } catch (std::exception const& refused) {
      grows_again_ = std::chrono::steady_clock::now() + std::chrono::milliseconds{250};
      if (std::exchange(refusal_told_, true)) return;
      std::size_t const here = count_;
      lock.unlock();
      report_refusal(here, refused);
      lock.lock();
    }
  }
  [[gnu::cold]] static void report_refusal(std::size_t here,
                                           std::exception const& refused) noexcept {
    try {
      log().warning("the system refuses a worker further threads: activities wait for those it has",
                    {{"threads", here}, {"reason", refused.what()}});
    } catch (...) { // the log's sink failed, or there is no memory
    }
  }
  /// How many must be at work for there to be something to see to if nothing gets done.
  [[nodiscard]] auto threshold() const noexcept -> std::size_t {
    if (nudge_ != nullptr) return 1;
    return count_ < most_ ? count_ : std::numeric_limits<std::size_t>::max();
  }
  /// Looks every two milliseconds while nothing gets done, and more and more rarely while something
  /// does. Sleeps after a long pause in which there was nothing to see to, until there is.
  void supervise() {
    static constexpr std::chrono::milliseconds shortest{2};
    static constexpr std::chrono::milliseconds longest{32};
    std::unique_lock lock{mutex_};
    auto pause = shortest;
    while (!stopping_) {
      std::uint64_t const seen = progress_.load();
      supervisor_wakes_.wait_for(lock, pause, [&] { return stopping_; });
      bool const moves = progress_.load() != seen;
      if (busy_.load() >= threshold() && !moves && !stopping_) {
        pause = shortest;
        if (nudge_ != nullptr) nudge_(server_);
        if (busy_.load() < count_) continue;
        if (std::chrono::steady_clock::now() >= grows_again_)
          grow(lock);
        else if (nudge_ == nullptr)
          pause = longest;
      } else if (moves || pause < longest) {
        pause = pause < longest ? pause * 2 : longest;
      } else {
        wakes_at_.store(threshold());
        supervisor_wakes_.wait(lock, [&] {
          supervisor_sleeps_.store(true); // again, for who woke it may be done by now
          return stopping_ || busy_.load() >= threshold();
        });
        supervisor_sleeps_.store(false);
        pause = shortest;
      }
    }
  }

  std::mutex mutex_; ///< Guards the threads.
  std::vector<std::thread> threads_;
  std::thread supervisor_;
  std::condition_variable supervisor_wakes_;
  std::condition_variable all_ended_;
  void (*serve_)(void*){nullptr};
  void (*nudge_)(void*){nullptr};
  void* server_{nullptr};
  std::size_t most_{0};
  std::size_t count_{0};
  std::size_t ended_{0}; ///< Of these.
  std::atomic<bool> supervisor_sleeps_{false};
  std::atomic<std::size_t> wakes_at_{0}; ///< How many at work wake the supervisor.
  std::atomic<std::size_t> busy_{0};
  std::atomic<std::uint64_t> progress_{0};
  std::chrono::steady_clock::time_point grows_again_{};
  bool refusal_told_{false};
  bool stopping_{false};
};
using serving_threads = basic_serving_threads<void>;

} // namespace perdure::inline v0::detail
