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

/// Slots that a poll has taken of its worker; what is left of them when it ends goes back.
struct slots_in_hand {
  slots_in_hand(worker_link& of, bool of_workflow) noexcept : worker{of}, workflow{of_workflow} {}
  slots_in_hand(slots_in_hand const&) = delete;
  auto operator=(slots_in_hand const&) -> slots_in_hand& = delete;
  ~slots_in_hand() {
    give_back_activity();
    if (workflow) worker.free_workflow_slot();
  }
  void give_back_activity() noexcept {
    if (std::exchange(activity, false)) worker.return_activity_slot();
  }
  worker_link& worker;
  bool workflow;
  bool activity{false};
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
