// How a backend in memory behaves.
#pragma once

#include <cstdint>

#include "perdure/backend/clock_mode.hpp"
#include "perdure/engine/engine_limits.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

struct memory_backend_options {
  clock_mode clock{clock_mode::real};
  std::uint64_t seed{0}; ///< Of run ids; 0: from the system's clock, or 1 in virtual time.
  time_point start_time{
      duration{1'577'836'800'000'000'000}}; ///< Of virtual time: 2020-01-01T00:00:00Z.
  /// In virtual time: a workflow task that fails this often stops the wait.
  std::int32_t task_attempts_max{10};
  /// How long closed runs are kept; zero: until they are deleted. They go with the first change
  /// of any run after that, once nobody waits for their end.
  duration retention{};
  engine_limits limits{}; ///< `engine_limits::temporal()` makes them errors.
};

} // namespace perdure::inline v0
