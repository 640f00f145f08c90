// The times of a calendar in a time zone.
#pragma once

#include <cstdint>
#include <optional>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/calendar.hpp"
#include "perdure/engine/schedule/time_zone.hpp"
#include "perdure/time.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

inline constexpr std::int64_t nanos_per_second = 1'000'000'000;
inline constexpr std::int64_t last_second = INT64_MAX / nanos_per_second;

/// Whole seconds since 1970, rounded down.
[[nodiscard]] constexpr auto seconds_of(time_point at) noexcept -> std::int64_t {
  std::int64_t const nanos = at.time_since_epoch().count();
  return nanos / nanos_per_second - (nanos % nanos_per_second < 0 ? 1 : 0);
}
/// \pre seconds is within the range of time_point
[[nodiscard]] constexpr auto at_second(std::int64_t seconds) noexcept -> time_point {
  return time_point{duration{seconds * nanos_per_second}};
}

/// The first second after `after` whose wall clock matches; nothing if none is left. Linear in the
/// zone's transitions up to there.
[[nodiscard]] inline auto next_match(compiled_calendar const& calendar, time_zone const& zone,
                                     time_point after) noexcept -> std::optional<time_point> {
  constexpr std::int64_t a_day = perdure::detail::day_seconds;
  for (std::int64_t at = seconds_of(after) + 1; at <= last_second;) {
    if (at < -a_day) at = -a_day; // no calendar goes back further
    zone_period const period = zone.find(at);
    bool const ends = period.until <= last_second;
    auto const local =
        calendar.first_in(at + period.offset_seconds,
                          (ends ? period.until : last_second + 1) + period.offset_seconds);
    if (local) return at_second(*local - period.offset_seconds);
    if (!ends) break;
    at = period.until;
  }
  return std::nullopt;
}

/// If `at` matches, the end of the stretch around it that matches as a whole; else nothing.
[[nodiscard]] inline auto end_of_match(compiled_calendar const& calendar, time_zone const& zone,
                                       time_point at) noexcept -> std::optional<time_point> {
  std::int64_t const second = seconds_of(at);
  zone_period const period = zone.find(second);
  std::int64_t const local = second + period.offset_seconds;
  if (!calendar.matches(local)) return std::nullopt;
  std::int64_t end = calendar.end_of_stretch(local) - period.offset_seconds;
  if (end > period.until) end = period.until;
  return end > last_second ? time_point::max() : at_second(end);
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
