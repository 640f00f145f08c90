// Durations and points in time. `<mutex>` brings what is used of std::chrono for a third of what
// including `<chrono>` itself costs on GCC.
#pragma once

#include <mutex>

namespace perdure::inline v0 {

/// Signed nanoseconds: up to 292 years. Every std::chrono duration with whole nanoseconds converts
/// to it.
using duration = std::chrono::nanoseconds;

/// Wall-clock time, UTC, since 1970-01-01, in nanoseconds. Stored and recorded as such: always
/// absolute.
using time_point = std::chrono::time_point<std::chrono::system_clock, duration>;

namespace detail {

/// `at + wait`, or the end of time.
template <class Clock>
[[nodiscard]] constexpr auto later(std::chrono::time_point<Clock, duration> at,
                                   duration wait) noexcept
    -> std::chrono::time_point<Clock, duration> {
  using moment = std::chrono::time_point<Clock, duration>;
  return at > moment{} && wait >= moment::max() - at ? moment::max() : at + wait;
}
/// The end of a wait that begins now, for `wait_until`: `wait_for` overflows if it is long.
[[nodiscard]] inline auto end_of(duration wait) {
  return later(std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now()), wait);
}

} // namespace detail

} // namespace perdure::inline v0
