// Points in time as RFC 3339 text, and the Gregorian calendar behind it, without the cost of
// <chrono>.
#pragma once

#include "perdure/config.hpp"
#include "perdure/data/detail/duration_text.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace perdure::inline v0::detail {

inline constexpr std::int64_t day_seconds = 86'400;
inline constexpr wide_int second_nanos = 1'000'000'000;

struct civil_date {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// Days since 1970-01-01 of a day in the proleptic Gregorian calendar. Years are counted from
/// March, so that the leap day is a year's last, and 153 days in five months give the lengths of
/// the months.
constexpr auto days_of(civil_date date) noexcept -> std::int64_t {
  auto const year = date.month <= 2 ? date.year - 1 : date.year;
  auto const month = static_cast<std::int64_t>(date.month <= 2 ? date.month + 9 : date.month - 3);
  auto const era = (year >= 0 ? year : year - 399) / 400;
  auto const of_era = year - era * 400;
  auto const of_year = (153 * month + 2) / 5 + static_cast<std::int64_t>(date.day) - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

constexpr auto date_of(std::int64_t days) noexcept -> civil_date {
  days += 719'468;
  auto const era = (days >= 0 ? days : days - 146'096) / 146'097;
  auto const of_era = days - era * 146'097;
  auto const year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  auto const of_year = of_era - (365 * year + year / 4 - year / 100);
  auto const month = (5 * of_year + 2) / 153;
  auto const day = static_cast<unsigned>(of_year - (153 * month + 2) / 5 + 1);
  return {year + era * 400 + (month >= 10 ? 1 : 0),
          static_cast<unsigned>(month < 10 ? month + 3 : month - 9), day};
}

static_assert(days_of({1970, 1, 1}) == 0 && days_of({2000, 3, 1}) == 11'017 &&
              days_of({1, 1, 1}) == -719'162);

/// `nanos` since 1970-01-01. False for years that have other than four digits, and year 0.
template <class Unused = void>
auto append_rfc3339(std::string& out, wide_int nanos) -> bool;

/// Takes the parts of a text from its front, and remembers whether one was missing.
struct part_reader {
  std::string_view text;
  bool good{true};

  /// Exactly `width` digits.
  auto number(std::size_t width, int least, int most) -> int;
  void letter(char upper) { good = take_char(text, upper) && good; }
};

template <class Unused = void>
auto parse_fraction(part_reader& in) -> wide_int;

/// Seconds to subtract: `Z`, `+01:30`, `-13:00`.
template <class Unused = void>
auto parse_offset(part_reader& in) -> int;

/// Nanoseconds since 1970-01-01.
template <class Unused = void>
auto parse_rfc3339(std::string_view text) -> std::optional<wide_int>;

#if PERDURE_DEFINES
template <class Unused>
auto append_rfc3339(std::string& out, wide_int nanos) -> bool {
  auto const wide_seconds = nanos / second_nanos - (nanos % second_nanos < 0 ? 1 : 0);
  if (wide_seconds < days_of({1, 1, 1}) * day_seconds) return false;
  if (wide_seconds >= days_of({10'000, 1, 1}) * day_seconds) return false;
  auto const seconds = static_cast<std::int64_t>(wide_seconds);
  auto const days = seconds / day_seconds - (seconds % day_seconds < 0 ? 1 : 0);
  auto const of_day = static_cast<int>(seconds - days * day_seconds);
  auto const date = date_of(days);
  append_digits(out, date.year, 4);
  append_digits(out += '-', date.month, 2);
  append_digits(out += '-', date.day, 2);
  append_digits(out += 'T', of_day / 3'600, 2);
  append_digits(out += ':', of_day / 60 % 60, 2);
  append_digits(out += ':', of_day % 60, 2);
  auto const fraction = static_cast<int>(nanos - wide_seconds * second_nanos);
  if (fraction != 0) {
    auto const width = fraction % 1'000 != 0 ? 9 : fraction % 1'000'000 != 0 ? 6 : 3;
    append_digits(out += '.', fraction / static_cast<int>(power_of_ten(9 - width)), width);
  }
  out += 'Z';
  return true;
}
PERDURE_INLINE auto part_reader::number(std::size_t width, int least, int most) -> int {
  wide_int digits = 0;
  good = take_digits(text, width, digits) && good && digits >= least && digits <= most;
  return good ? static_cast<int>(digits) : least;
}
template <class Unused>
auto parse_fraction(part_reader& in) -> wide_int {
  if (in.text.empty() || in.text[0] != '.') return 0;
  in.text.remove_prefix(1);
  auto const before = in.text.size();
  wide_int digits = 0;
  in.good = take_digits(in.text, 0, digits) && in.good;
  auto const width = before - in.text.size();
  in.good = in.good && width <= 9;
  return in.good ? digits * power_of_ten(9 - static_cast<int>(width)) : 0;
}
template <class Unused>
auto parse_offset(part_reader& in) -> int {
  if (take_char(in.text, 'Z')) return 0;
  bool const west = !in.text.empty() && in.text[0] == '-';
  in.letter(west ? '-' : '+');
  auto const hours = in.number(2, 0, 23);
  in.letter(':');
  auto const minutes = in.number(2, 0, 59);
  return (hours * 3'600 + minutes * 60) * (west ? -1 : 1);
}
template <class Unused>
auto parse_rfc3339(std::string_view text) -> std::optional<wide_int> {
  part_reader in{text};
  auto const year = in.number(4, 1, 9'999);
  in.letter('-');
  auto const month = static_cast<unsigned>(in.number(2, 1, 12));
  in.letter('-');
  auto const day = static_cast<unsigned>(in.number(2, 1, 31));
  in.letter('T');
  auto const hour = in.number(2, 0, 23);
  in.letter(':');
  auto const minute = in.number(2, 0, 59);
  in.letter(':');
  auto const second = in.number(2, 0, 59);
  auto const fraction = parse_fraction(in);
  auto const offset = parse_offset(in);
  auto const days = days_of({year, month, day});
  if (!in.good || !in.text.empty() || date_of(days).day != day) return std::nullopt;
  auto const seconds = days * day_seconds + hour * 3'600 + minute * 60 + second - offset;
  return seconds * second_nanos + fraction;
}
  #ifdef PERDURE_SOURCE
template auto append_rfc3339<void>(std::string& out, wide_int nanos) -> bool;
template auto parse_fraction<void>(part_reader& in) -> wide_int;
template auto parse_offset<void>(part_reader& in) -> int;
template auto parse_rfc3339<void>(std::string_view text) -> std::optional<wide_int>;
  #endif
#endif

} // namespace perdure::inline v0::detail
