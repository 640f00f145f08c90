// Checks that look at when things happen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reliability {

struct clock_plan {
  std::uint64_t seed{1};
  std::int64_t cases{20'000};
  bool canary{false}; ///< Ask for a nanosecond more than what is looked for: all must seem early.
};

struct clock_findings {
  std::int64_t cases{};
  std::int64_t early{};
  std::int64_t missing{};
  std::int64_t backwards{}; ///< A workflow's clock went back.
  std::vector<std::string> what{};

  void say(std::int64_t& counter, std::string words) {
    if (++counter <= 5) what.push_back(std::move(words));
  }
};

/// Timers, timeouts of activities and runs, delays: each for durations at and around every power of
/// two and for random ones, from several points in time. Nothing may happen a nanosecond before it
/// is due, it must happen when it is, and what is due after the end of time (in 2262) never
/// happens.
[[nodiscard]] auto check_durations(clock_plan const& plan) -> clock_findings;

/// The delay before each attempt up to 2^31: above zero, never falling, at most the maximum.
[[nodiscard]] auto check_backoff(clock_plan const& plan) -> clock_findings;

/// A file of timers whose computer is started again and again with a clock that is wrong by up to a
/// year, in either direction.
[[nodiscard]] auto check_jumps(clock_plan const& plan) -> clock_findings;

} // namespace reliability
