// Where the randomness of run ids begins.
#pragma once

#include <cstdint>

#include <unistd.h>

#include "perdure/backend/clock_mode.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// `wanted`, or, where that is 0, another one for each process and time; 1 in virtual time, where a
/// program gives the same each time.
[[nodiscard]] inline auto run_id_seed(std::uint64_t wanted, clock_mode clock) -> std::uint64_t {
  if (wanted != 0) return wanted;
  if (clock == clock_mode::virtual_time) return 1;
  auto const now = std::chrono::system_clock::now().time_since_epoch().count();
  return static_cast<std::uint64_t>(now) ^ (static_cast<std::uint64_t>(::getpid()) << 32);
}

} // namespace perdure::inline v0::detail
