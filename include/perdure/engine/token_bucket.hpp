// How often something may happen.
#pragma once

#include <cstdint>

#include "perdure/time.hpp"

namespace perdure::inline v0::engine {

/// Lets things happen `per_second` times a second, evenly, and up to a tenth of a second's worth at
/// once. Plain values: whoever calls says what time it is. (The generic cell rate algorithm: the
/// state is the moment at which the next one is due.)
class token_bucket {
public:
  /// \pre per_second > 0; as one in ten years, if it is less than that
  explicit token_bucket(double per_second) noexcept : interval_{interval_of(per_second)} {}
  /// As it was stored: see `interval` and `due`.
  token_bucket(duration interval, time_point due) noexcept : interval_{interval}, due_{due} {}

  [[nodiscard]] auto is_ready(time_point now) const noexcept -> bool { return now >= ready_at(); }
  /// When the next one may happen.
  [[nodiscard]] auto ready_at() const noexcept -> time_point {
    constexpr duration::rep burst = 100'000'000;
    if (due_ == time_point{}) return time_point::min();
    return interval_.count() >= burst ? due_ : due_ - (duration{burst} - interval_);
  }
  /// One happens now.
  void take(time_point now) noexcept { due_ = (due_ > now ? due_ : now) + interval_; }
  /// The last one did not happen after all.
  void give_back() noexcept { due_ -= interval_; }
  void set_rate(double per_second) noexcept { interval_ = interval_of(per_second); }

  [[nodiscard]] auto interval() const noexcept -> duration { return interval_; }
  [[nodiscard]] auto due() const noexcept -> time_point { return due_; }

private:
  [[nodiscard]] static auto interval_of(double per_second) noexcept -> duration {
    constexpr double longest = 10.0 * 365 * 24 * 3'600 * 1e9; // far from what a time can hold
    double const nanoseconds = 1e9 / per_second;
    return duration{static_cast<duration::rep>(nanoseconds < longest ? nanoseconds : longest)};
  }

  duration interval_;
  time_point due_{};
};

} // namespace perdure::inline v0::engine
