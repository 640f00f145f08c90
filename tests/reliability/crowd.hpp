// Several processes on one file, which are paused past their leases and go on as zombies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "child_process.hpp"

namespace reliability {

struct crowd_plan {
  int workers{4};
  double lease{0.05};    ///< Seconds. A pause lasts longer.
  double patience{60};   ///< Seconds for one round.
  std::uint64_t seed{1}; ///< Of when who is paused.
};
struct crowd_result {
  std::string violation{};
  std::int64_t pauses{0};         ///< Past the lease.
  std::int64_t kills{0};          ///< Of a process that was paused; another takes its place.
  std::int64_t later_attempts{0}; ///< Activities that ran after their first attempt.
};

/// One round: until the one that asks has all its answers and every zombie has had its say.
auto run_crowd(subject& what, place const& where, crowd_plan const& plan) -> crowd_result;

} // namespace reliability
