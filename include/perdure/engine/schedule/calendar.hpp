// A calendar as sets of bits, and the first of its times in a stretch of a wall clock.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/detail/rfc3339.hpp"
#include "perdure/error.hpp"
#include "perdure/history/schedule.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

inline constexpr int calendar_first_year = 1970;
inline constexpr int calendar_last_year = 2262; // where times end, in April

/// Numbers below 64, or years.
template <int Least, int Most>
class small_set {
public:
  static constexpr int least = Least;
  static constexpr int most = Most;

  constexpr void add(int value) noexcept {
    auto const at = static_cast<unsigned>(value - Least);
    words_[at / 64] |= std::uint64_t{1} << (at % 64);
  }
  constexpr void add_all() noexcept {
    for (int value = Least; value <= Most; ++value) add(value);
  }
  [[nodiscard]] constexpr auto has(int value) const noexcept -> bool {
    if (value < Least || value > Most) return false;
    auto const at = static_cast<unsigned>(value - Least);
    return (words_[at / 64] >> (at % 64) & 1U) != 0;
  }
  /// The first that is not below `value`; `Most` + 1 if there is none.
  [[nodiscard]] constexpr auto next(int value) const noexcept -> int {
    if (value < Least) value = Least;
    for (auto at = static_cast<unsigned>(value - Least); at < words_.size() * 64;
         at = (at / 64 + 1) * 64)
      if (std::uint64_t const rest = words_[at / 64] >> (at % 64); rest != 0)
        return Least + static_cast<int>(at) + std::countr_zero(rest);
    return Most + 1;
  }
  [[nodiscard]] constexpr auto first() const noexcept -> int { return next(Least); }
  [[nodiscard]] constexpr auto is_full() const noexcept -> bool {
    for (int value = Least; value <= Most; ++value)
      if (!has(value)) return false;
    return true;
  }

private:
  std::array<std::uint64_t, static_cast<std::size_t>((Most - Least) / 64 + 1)> words_{};
};

/// Matches seconds of a wall clock, counted since 1970 as if it showed UTC.
struct compiled_calendar {
  small_set<0, 59> seconds{};
  small_set<0, 59> minutes{};
  small_set<0, 23> hours{};
  small_set<1, 31> days{};
  small_set<1, 12> months{};
  small_set<calendar_first_year, calendar_last_year> years{};
  small_set<0, 6> weekdays{};
  /// One of the two days is enough, as in classic cron when both are restricted.
  bool either_day{};

  [[nodiscard]] auto matches(std::int64_t local) const noexcept -> bool {
    return first_in(local, local + 1).has_value();
  }
  /// The first match from `local` on that is before `end`. Linear in the days that it passes over,
  /// which are those of months that match.
  [[nodiscard]] auto first_in(std::int64_t local, std::int64_t end) const noexcept
      -> std::optional<std::int64_t> {
    using perdure::detail::civil_date, perdure::detail::date_of, perdure::detail::day_seconds,
        perdure::detail::days_of;
    std::int64_t day = local / day_seconds - (local % day_seconds < 0 ? 1 : 0);
    auto of_day = static_cast<int>(local - day * day_seconds);
    while (next_day(day, of_day, end)) {
      int const time = next_time(of_day);
      if (time < static_cast<int>(day_seconds)) {
        std::int64_t const found = day * day_seconds + time;
        return found < end ? std::optional{found} : std::nullopt;
      }
      ++day;
      of_day = 0;
    }
    return std::nullopt;
  }
  /// Whether any time matches at all.
  [[nodiscard]] auto ever_matches() const noexcept -> bool {
    return first_in(0, INT64_MAX).has_value();
  }
  /// The end of the stretch around a match in which all times match: a second, a minute, an hour or
  /// a day of the wall clock.
  [[nodiscard]] auto end_of_stretch(std::int64_t local) const noexcept -> std::int64_t {
    std::int64_t unit = 1;
    if (seconds.is_full()) {
      unit = 60;
      if (minutes.is_full()) unit = hours.is_full() ? 86'400 : 3'600;
    }
    std::int64_t const past = local % unit;
    return local - (past < 0 ? past + unit : past) + unit;
  }

private:
  [[nodiscard]] auto day_matches(int day_of_month, std::int64_t day) const noexcept -> bool {
    bool const month_day = days.has(day_of_month);
    bool const week_day = weekdays.has(static_cast<int>(((day + 4) % 7 + 7) % 7));
    return either_day ? month_day || week_day : month_day && week_day;
  }
  /// Moves to the first day that matches, from `day` on. False if that is not before `end`.
  [[nodiscard]] auto next_day(std::int64_t& day, int& of_day, std::int64_t end) const noexcept
      -> bool {
    using perdure::detail::civil_date, perdure::detail::date_of, perdure::detail::day_seconds,
        perdure::detail::days_of;
    auto const go_to = [&](std::int64_t year, int month) {
      day = days_of({year, static_cast<unsigned>(month), 1});
      of_day = 0;
    };
    std::int64_t const first = days_of({calendar_first_year, 1, 1});
    if (day < first) go_to(calendar_first_year, 1);
    while (day <= end / day_seconds) { // `end` may be the end of numbers
      civil_date const date = date_of(day);
      if (date.year > calendar_last_year) return false;
      int const year = years.next(static_cast<int>(date.year));
      if (year > calendar_last_year) return false;
      int const month =
          year > date.year ? months.first() : months.next(static_cast<int>(date.month));
      if (month > 12) {
        go_to(year + 1, 1);
      } else if (year > date.year || month > static_cast<int>(date.month)) {
        go_to(year, month);
      } else {
        if (day_matches(static_cast<int>(date.day), day)) return true;
        ++day;
        of_day = 0;
      }
    }
    return false;
  }
  /// The first time of day that matches, from `of_day` on; a day's length if there is none.
  [[nodiscard]] auto next_time(int of_day) const noexcept -> int {
    int hour = hours.next(of_day / 3'600);
    if (hour > 23) return static_cast<int>(perdure::detail::day_seconds);
    if (hour > of_day / 3'600) return hour * 3'600 + minutes.first() * 60 + seconds.first();
    int minute = minutes.next(of_day / 60 % 60);
    int second = seconds.first();
    if (minute == of_day / 60 % 60) {
      second = seconds.next(of_day % 60);
      if (second > 59) {
        minute = minutes.next(minute + 1);
        second = seconds.first();
      }
    }
    if (minute > 59) {
      hour = hours.next(hour + 1);
      minute = minutes.first();
    }
    if (hour > 23) return static_cast<int>(perdure::detail::day_seconds);
    return hour * 3'600 + minute * 60 + second;
  }
};

namespace detail {

/// \throws error (invalid_argument) saying which field of `what` holds which number
inline void check_range(schedule_range const& range, int end, int least, int most,
                        char const* field, std::string_view what) {
  auto const refuse = [&](std::string const& why) {
    throw error{errc::invalid_argument, std::string{what} + ": " + field + ' ' + why};
  };
  for (int const value : {range.start, end})
    if (value < least || value > most)
      refuse(std::to_string(value) + " is not in " + std::to_string(least) + " to " +
             std::to_string(most));
  if (range.step < 0) refuse("has a step of " + std::to_string(range.step));
}

template <class Set>
auto compile_ranges(std::vector<schedule_range> const& ranges, char const* field,
                    std::string_view what, int most = Set::most) -> Set {
  Set set{};
  for (schedule_range const& range : ranges) {
    int const end = range.end < range.start ? range.start : range.end;
    check_range(range, end, Set::least, most, field, what);
    int const step = range.step == 0 ? 1 : range.step;
    for (int value = range.start; value <= end && value >= range.start; value += step) {
      set.add(value > Set::most ? Set::least : value); // weekday 7 is Sunday
      if (step > end - value) break;
    }
  }
  return set;
}

} // namespace detail

/// `what` names the calendar in errors.
/// \throws error (invalid_argument) for numbers that its fields cannot have, and if it never
/// matches
[[nodiscard]] inline auto compile_calendar(schedule_calendar const& calendar, std::string_view what)
    -> compiled_calendar {
  static std::vector<schedule_range> const zero(1);
  auto const or_zero = [](std::vector<schedule_range> const& ranges) -> auto const& {
    return ranges.empty() ? zero : ranges;
  };
  using c = compiled_calendar;
  using detail::compile_ranges;
  c made{};
  made.seconds = compile_ranges<decltype(c::seconds)>(or_zero(calendar.second), "second", what);
  made.minutes = compile_ranges<decltype(c::minutes)>(or_zero(calendar.minute), "minute", what);
  made.hours = compile_ranges<decltype(c::hours)>(or_zero(calendar.hour), "hour", what);
  made.days = compile_ranges<decltype(c::days)>(calendar.day_of_month, "day of month", what);
  made.months = compile_ranges<decltype(c::months)>(calendar.month, "month", what);
  made.years = compile_ranges<decltype(c::years)>(calendar.year, "year", what);
  made.weekdays =
      compile_ranges<decltype(c::weekdays)>(calendar.day_of_week, "day of week", what, 7);
  if (calendar.day_of_month.empty()) made.days.add_all();
  if (calendar.month.empty()) made.months.add_all();
  if (calendar.year.empty()) made.years.add_all();
  if (calendar.day_of_week.empty()) made.weekdays.add_all();
  if (calendar.comment.size() > 200)
    throw error{errc::invalid_argument,
                std::string{what} + ": its comment has more than 200 bytes"};
  if (!made.ever_matches())
    throw error{errc::invalid_argument,
                std::string{what} + " never matches: no year has such a day"};
  return made;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
