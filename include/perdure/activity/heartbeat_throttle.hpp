// Which heartbeats of an attempt are sent at once, and which are kept for a while.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// How long a worker keeps heartbeats back: four fifths of the attempt's heartbeat timeout, or
/// `otherwise` if it has none, and never more than `most`. Source: Temporal's SDKs.
[[nodiscard]] constexpr auto throttle_interval(duration heartbeat_timeout, duration otherwise,
                                               duration most) noexcept -> duration {
  duration const wanted = heartbeat_timeout > duration{} ? heartbeat_timeout / 5 * 4 : otherwise;
  return wanted < most ? wanted : most;
}

/// Lets one heartbeat pass per interval and keeps the last one of the others. Plain values: whoever
/// calls says what time it is, on a clock that never goes back.
class heartbeat_throttle {
public:
  explicit heartbeat_throttle(duration interval) noexcept
      : interval_{interval < longest ? interval : longest} {}

  /// A heartbeat: gives what is to be sent now, or keeps it.
  [[nodiscard]] auto offer(time_point now, payloads details) -> std::optional<payloads>;
  /// When a kept heartbeat is to be sent; the end of time if none is kept.
  [[nodiscard]] auto due() const noexcept -> time_point {
    return kept_ ? open_at_ : time_point::max();
  }
  /// The kept heartbeat, if it is due.
  [[nodiscard]] auto take_due(time_point now) -> std::optional<payloads>;
  /// The kept heartbeat, due or not: the attempt ends.
  [[nodiscard]] auto take_last() -> std::optional<payloads>;

private:
  static constexpr duration longest{duration::max() / 2}; ///< Half an eternity can be added to now.
  duration interval_;
  time_point open_at_{time_point::min()};
  std::optional<payloads> kept_{};
};

/// The heartbeats of an attempt that sends some; shared with the thread that sends kept ones.
struct heartbeat_state {
  explicit heartbeat_state(duration interval) noexcept : throttle{interval} {}
  std::mutex mutex{}; ///< Held while one is sent, so that the last one is the last to arrive.
  heartbeat_throttle throttle;
};

#if PERDURE_DEFINES
PERDURE_INLINE auto heartbeat_throttle::offer(time_point now, payloads details)
    -> std::optional<payloads> {
  if (now < open_at_) {
    kept_ = std::move(details);
    return std::nullopt;
  }
  kept_.reset();
  open_at_ = now + interval_;
  return details;
}
PERDURE_INLINE auto heartbeat_throttle::take_due(time_point now) -> std::optional<payloads> {
  if (due() > now) return std::nullopt;
  open_at_ = now + interval_;
  return take_last();
}
PERDURE_INLINE auto heartbeat_throttle::take_last() -> std::optional<payloads> {
  return std::exchange(kept_, std::nullopt);
}
#endif

} // namespace perdure::inline v0::detail
