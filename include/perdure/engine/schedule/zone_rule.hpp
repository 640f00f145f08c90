// The rule at the end of a time zone file: offsets for all years to come, as POSIX's TZ has them
// (RFC 9636, section 3.3.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/data/detail/rfc3339.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// A stretch of time in which a zone has one offset. Seconds since 1970, UTC.
struct zone_period {
  std::int64_t from{};           ///< INT64_MIN: since ever.
  std::int64_t until{};          ///< The first second that is not in it; INT64_MAX: for ever.
  std::int64_t offset_seconds{}; ///< Local time minus UTC.
};

/// A day of the year, and when on it, that a rule has.
struct rule_date {
  enum class kind : std::uint8_t {
    month_week, ///< "M3.2.0": the second Sunday of March; week 5 is the last.
    julian,     ///< "J60": March 1 of every year, from 1.
    ordinal,    ///< "59": the 60th day of the year.
  };
  kind what{};
  int month{}, week{}, day{};
  std::int64_t time_seconds{7'200}; ///< From midnight; may be negative, or reach into other days.

  /// Local seconds (since 1970, as if UTC) in a year.
  [[nodiscard]] constexpr auto in(std::int64_t year) const noexcept -> std::int64_t {
    using perdure::detail::days_of;
    std::int64_t days = days_of({year, 1, 1});
    switch (what) {
    case kind::julian: {
      bool const leap = days_of({year + 1, 1, 1}) - days == 366;
      days += day - 1 + (leap && day >= 60 ? 1 : 0);
      break;
    }
    case kind::ordinal: days += day; break;
    case kind::month_week: {
      days = days_of({year, static_cast<unsigned>(month), 1});
      std::int64_t const next = days_of(
          {month == 12 ? year + 1 : year, month == 12 ? 1U : static_cast<unsigned>(month) + 1, 1});
      std::int64_t const first_weekday = ((days + 4) % 7 + 7) % 7; // 1970-01-01 was a Thursday
      days += (day - first_weekday + 7) % 7 + 7 * (week - 1);
      if (days >= next) days -= 7;
      break;
    }
    }
    return days * perdure::detail::day_seconds + time_seconds;
  }
};

/// Standard time, and, if there is any, daylight saving time from `starts` to `ends` of each year.
struct zone_rule {
  std::int64_t standard_seconds{}; ///< East of Greenwich is positive.
  std::int64_t daylight_seconds{};
  bool has_daylight{};
  rule_date starts{};
  rule_date ends{};

  /// The period that holds `at`. Constant time.
  [[nodiscard]] constexpr auto find(std::int64_t at) const noexcept -> zone_period {
    zone_period found{INT64_MIN, INT64_MAX, standard_seconds};
    if (!has_daylight) return found;
    std::int64_t const local = at + standard_seconds;
    std::int64_t const day =
        local / perdure::detail::day_seconds - (local % perdure::detail::day_seconds < 0 ? 1 : 0);
    std::int64_t const year = perdure::detail::date_of(day).year;
    bool found_starts = false;
    // Rules may reach a week into the years beside theirs.
    for (std::int64_t y = year - 2; y <= year + 2; ++y)
      for (bool const start : {false, true}) {
        std::int64_t const change =
            start ? starts.in(y)-standard_seconds : ends.in(y)-daylight_seconds;
        if (change > at) {
          if (change < found.until) found.until = change;
        } else if (change > found.from || (change == found.from && start && !found_starts)) {
          // Daylight time that ends as it begins again goes on ("0/0,J365/25": all year).
          found.from = change;
          found_starts = start;
          found.offset_seconds = start ? daylight_seconds : standard_seconds;
        }
      }
    return found;
  }
};

namespace detail {

/// Reads POSIX's TZ with the extension of RFC 9636 (hours from -167 to 167).
class rule_reader {
public:
  explicit constexpr rule_reader(std::string_view text) noexcept : in_{text} {}

  [[nodiscard]] constexpr auto read() noexcept -> std::optional<zone_rule> {
    zone_rule rule{};
    skip_name();
    rule.standard_seconds = -clock(24);
    if (in_.empty()) return finish(rule);
    rule.has_daylight = true;
    skip_name();
    rule.daylight_seconds = rule.standard_seconds + 3'600;
    if (good_ && !in_.empty() && in_.front() != ',') rule.daylight_seconds = -clock(24);
    rule.starts = date();
    rule.ends = date();
    return finish(rule);
  }

private:
  [[nodiscard]] constexpr auto finish(zone_rule const& rule) const noexcept
      -> std::optional<zone_rule> {
    return good_ && in_.empty() ? std::optional{rule} : std::nullopt;
  }
  [[nodiscard]] constexpr auto take(char expected) noexcept -> bool {
    bool const there = !in_.empty() && in_.front() == expected;
    if (there) in_.remove_prefix(1);
    return there;
  }
  constexpr void skip_name() noexcept {
    std::size_t length = 0;
    if (take('<')) {
      while (!in_.empty() && in_.front() != '>') in_.remove_prefix(1), ++length;
      good_ = take('>') && good_;
    } else {
      auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
      while (!in_.empty() && letter(in_.front())) in_.remove_prefix(1), ++length;
    }
    good_ = good_ && length >= 1;
  }
  constexpr auto number(int least, int most) noexcept -> int {
    int value = 0;
    int digits = 0;
    for (; !in_.empty() && in_.front() >= '0' && in_.front() <= '9' && digits < 4; ++digits) {
      value = value * 10 + (in_.front() - '0');
      in_.remove_prefix(1);
    }
    good_ = good_ && digits > 0 && value >= least && value <= most;
    return value;
  }
  /// `[+-]hh[:mm[:ss]]`
  constexpr auto clock(int hours_max) noexcept -> std::int64_t {
    bool const minus = take('-');
    if (!minus) (void)take('+');
    std::int64_t seconds = std::int64_t{3'600} * number(0, hours_max);
    if (take(':')) {
      seconds += std::int64_t{60} * number(0, 59);
      if (take(':')) seconds += number(0, 59);
    }
    return minus ? -seconds : seconds;
  }
  constexpr auto date() noexcept -> rule_date {
    rule_date read{};
    good_ = take(',') && good_;
    if (take('M')) {
      read.what = rule_date::kind::month_week;
      read.month = number(1, 12);
      good_ = take('.') && good_;
      read.week = number(1, 5);
      good_ = take('.') && good_;
      read.day = number(0, 6);
    } else if (take('J')) {
      read.what = rule_date::kind::julian;
      read.day = number(1, 365);
    } else {
      read.what = rule_date::kind::ordinal;
      read.day = number(0, 365);
    }
    if (take('/')) read.time_seconds = clock(167);
    return read;
  }

  std::string_view in_;
  bool good_{true};
};

} // namespace detail

/// "CET-1CEST,M3.5.0,M10.5.0/3", for example. Nothing for other text.
[[nodiscard]] constexpr auto parse_zone_rule(std::string_view text) noexcept
    -> std::optional<zone_rule> {
  return detail::rule_reader{text}.read();
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
