// The threads that wait for tasks of one queue in memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

struct poller_group {
  std::condition_variable wakes{};
  std::size_t waiting{0};
  std::int64_t passed_on{0}; ///< The last change of the queue that was left for others.

  /// Waits to be woken, or until then.
  void wait(std::unique_lock<std::mutex>& lock, time_point until) {
    ++waiting;
    if (until == time_point::max())
      wakes.wait(lock);
    else
      wakes.wait_until(lock, until);
    --waiting;
  }
};

} // namespace perdure::inline v0::detail
