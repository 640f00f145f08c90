// Priorities as callers give them.
#pragma once

#include <string>

#include "perdure/config.hpp"
#include "perdure/error.hpp"
#include "perdure/history/event_parts.hpp"

namespace perdure::inline v0::detail {

[[nodiscard]] auto is_set(priority const& p) -> bool;
/// `what` names who asks for it. \throws error (invalid_argument)
void check_priority(priority const& p, std::string const& what);

#if PERDURE_DEFINES
PERDURE_INLINE auto is_set(priority const& p) -> bool {
  return p.priority_key != 0 || !p.fairness_key.empty() || p.fairness_weight < 0 ||
         p.fairness_weight > 0;
}
PERDURE_INLINE void check_priority(priority const& p, std::string const& what) {
  auto const reject = [&](char const* why) {
    throw error{errc::invalid_argument, what + ": " + why};
  };
  if (p.priority_key < 0 || p.priority_key > 5) reject("priority_key is 1 (first) to 5");
  if (p.fairness_key.size() > 64) reject("fairness_key is longer than 64 bytes");
  if (p.fairness_weight < 0 || !(p.fairness_weight <= 1'000) ||
      (p.fairness_weight > 0 && p.fairness_weight < 0.001F))
    reject("fairness_weight is 0.001 to 1000");
}
#endif

} // namespace perdure::inline v0::detail
