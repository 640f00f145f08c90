// The threads that wait for tasks of one queue in memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/data/detail/idle_wait.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

struct poller_group {
  std::condition_variable wakes{};
  std::size_t waiting{0};
  std::int64_t passed_on{0}; ///< The last change of the queue that was left for others.

  /// Waits to be woken, or until then; may end sooner.
  void wait(std::unique_lock<std::mutex>& lock, time_point until) {
    ++waiting;
    idle_wait(wakes, lock, until);
    --waiting;
  }
};

/// Wakes one of each queue that was touched. A thread of `caller` polls next: it takes a task of
/// its own queue itself.
template <class Queues>
void wake_one(Queues& queues, std::deque<poller_group>& pollers,
              worker_link const* caller) noexcept {
  for (std::size_t i = 0; i < queues.size() && i < pollers.size(); ++i) {
    if (!std::exchange(queues[i].touched, false)) continue;
    bool const own = caller != nullptr && caller->queue_number == i && !caller->stopping;
    if (!own && pollers[i].waiting > 0) pollers[i].wakes.notify_one();
  }
}
/// Wakes all for whom there is something.
template <class Queues>
void wake_all(Queues& queues, std::deque<poller_group>& pollers) noexcept {
  for (std::size_t i = 0; i < queues.size() && i < pollers.size(); ++i)
    if (queues[i].size() > 0 && pollers[i].waiting > 0) pollers[i].wakes.notify_all();
}

} // namespace perdure::inline v0::detail
