// What call_loop.cpp and open_calls.cpp share of gRPC. Nothing else includes it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include "perdure/backend/temporal/calls/call_loop.hpp"

namespace perdure::inline v0::temporal {

/// What the queue hands back.
struct loop_event {
  loop_event() = default;
  loop_event(loop_event const&) = delete;
  auto operator=(loop_event const&) -> loop_event& = delete;
  virtual ~loop_event() = default;
  virtual void came(bool ok) noexcept = 0;
};

struct call_loop::impl {
  using clock = std::chrono::steady_clock;

  /// Makes the step under way return, or the next one. With the lock.
  void wake();
  /// Waits for one event and does what it brings about. False: none came until then.
  auto step(time_point until) -> bool;
  // With the lock, which the first two give away meanwhile. False: there is no time left.
  auto lead(loop_waiter& me, time_point until, std::unique_lock<std::mutex>& lock) -> bool;
  auto follow(loop_waiter& me, time_point until, std::unique_lock<std::mutex>& lock) -> bool;
  [[nodiscard]] auto next_leader() const -> loop_waiter*;

  grpc::CompletionQueue queue{};
  grpc::Alarm alarm{}; ///< Of `wake`; its tag is null.
  std::atomic<bool> rings{false};
  std::atomic<double> load{0}; ///< See `is_busy`.
  // Of the leader: when the last step ended, and seconds between two steps and within one, which
  // are averages over the last few.
  clock::time_point left{clock::now()};
  double away{0};
  double waited{0};

  std::mutex mutex{}; ///< Guards what follows.
  loop_waiter* leader{nullptr};
  std::thread::id leading_thread{};
  std::vector<loop_waiter*> parked{}; ///< That wait while others lead.
  bool gives_way{false};              ///< The leader is to let a worker lead.
  /// For those that park. They live as long as the loop, so that whoever wakes a waiter can do it
  /// without the lock, which that would otherwise meet at once.
  std::vector<std::unique_ptr<std::condition_variable>> places{};
};

} // namespace perdure::inline v0::temporal
