// What a process has used so far, and how it runs in production.
#pragma once

#include "../support/process.hpp"

#include <chrono>

#include <absl/synchronization/mutex.h>
#include <malloc.h>
#include <sys/resource.h>

namespace bench {

/// Of all threads, user and system.
inline auto processor_seconds() -> double {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto const seconds = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

inline auto wall_seconds() -> double {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Without what the allocator keeps of memory that was given back.
inline auto resident_bytes() -> double {
  ::malloc_trim(0);
  return status_bytes("VmRSS");
}
/// That the program has asked the allocator for and not given back, its overhead included.
inline auto heap_bytes() -> double {
  auto const info = ::mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

/// Abseil, as distributions build it, checks the order of locks whenever one is taken, which serves
/// who develops it and costs a twentieth of a call's instructions. A program can switch it off.
inline void check_no_lock_orders() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

} // namespace bench
