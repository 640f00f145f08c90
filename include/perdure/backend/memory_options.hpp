// How a backend in memory behaves.
#pragma once

#include <cstdint>

#include "perdure/engine/engine_limits.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// What moves time.
enum class clock_mode : unsigned char {
  real,         ///< The system's clock; workers have threads.
  virtual_time, ///< Time stands still while anything is ready and then jumps to the next deadline.
                ///< No threads: workers run on the thread that waits for a result, in a fixed
                ///< order.
};

struct memory_backend_options {
  clock_mode clock{clock_mode::real};
  std::uint64_t seed{0}; ///< Of run ids; 0: from the system's clock, or 1 in virtual time.
  time_point start_time{
      duration{1'577'836'800'000'000'000}}; ///< Of virtual time: 2020-01-01T00:00:00Z.
  /// In virtual time: a workflow task that fails this often stops the wait.
  std::int32_t task_attempts_max{10};
  engine_limits limits{}; ///< `engine_limits::temporal()` makes them errors.
};

} // namespace perdure::inline v0
