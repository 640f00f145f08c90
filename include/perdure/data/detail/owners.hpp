// The count of owners that shared values keep.
#pragma once

#include <atomic>
#include <cstdint>

namespace perdure::inline v0::detail {

/// Gives up one of the owners. Whether it was the last: then the value is the caller's alone, to be
/// destroyed. Most values have one owner when they go, and that takes no locked instruction.
[[nodiscard]] inline auto was_last_owner(std::atomic<std::uint32_t>& owners) noexcept -> bool {
  return owners.load(std::memory_order_acquire) == 1 ||
         owners.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

} // namespace perdure::inline v0::detail
