// Waits that may be long: the memory of the thread's blocks is not kept meanwhile.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "perdure/data/detail/block_pool.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// Waits to be woken, or until then; may end sooner. If it lasts, the thread's blocks rest.
auto idle_wait(std::condition_variable& wakes, std::unique_lock<std::mutex>& lock,
               time_point until = time_point::max()) -> std::cv_status;

/// Waits until `done()`, which is called with the lock. False if that moment came first.
template <class P>
auto idle_wait(std::condition_variable& wakes, std::unique_lock<std::mutex>& lock, P const& done,
               time_point until = time_point::max()) -> bool {
  while (!done())
    if (idle_wait(wakes, lock, until) == std::cv_status::timeout) return done();
  return true;
}

#if PERDURE_DEFINES
/// The last wait of this thread has only ended so that what it waits for is looked at once more,
/// which may have made blocks again.
inline constinit thread_local bool looks_again = false;

PERDURE_INLINE auto idle_wait(std::condition_variable& wakes, std::unique_lock<std::mutex>& lock,
                              time_point until) -> std::cv_status {
  constexpr std::chrono::milliseconds short_wait{100};
  auto const may_last = [&] {
    return until == time_point::max() || until > std::chrono::system_clock::now() + short_wait;
  };
  bool const has_rested = std::exchange(looks_again, false);
  if (makes_blocks() && has_rested && !has_blocks_back()) {
    rest_blocks(); // that is little
  } else if (makes_blocks() && may_last()) {
    if (wakes.wait_for(lock, short_wait) == std::cv_status::no_timeout)
      return std::cv_status::no_timeout;
    lock.unlock();
    rest_blocks();
    lock.lock();
    looks_again = true;
    return std::cv_status::no_timeout;
  }
  if (until != time_point::max()) return wakes.wait_until(lock, until);
  wakes.wait(lock);
  return std::cv_status::no_timeout;
}
#endif

} // namespace perdure::inline v0::detail
