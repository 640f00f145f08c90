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

} // namespace perdure::inline v0
