// How long something has taken lately.
#pragma once

#include <atomic>
#include <cstdint>

#include "perdure/time.hpp"

namespace perdure::inline v0::temporal {

/// A mean in which each time counts an eighth less than the next. Thread-safe.
class recent_time {
public:
  explicit recent_time(duration first = {}) noexcept : mean_{first.count()} {}
  void add(duration took) noexcept {
    std::int64_t const mean = mean_.load(std::memory_order_relaxed);
    mean_.store(mean + (took.count() - mean) / 8, std::memory_order_relaxed);
  }
  [[nodiscard]] auto mean() const noexcept -> duration {
    return duration{mean_.load(std::memory_order_relaxed)};
  }

private:
  // Nanoseconds. Of two times that are added at once one may be lost.
  std::atomic<std::int64_t> mean_;
};

} // namespace perdure::inline v0::temporal
