// The texts that proto3's JSON mapping uses for durations, times and bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "perdure/data/time_text.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

enum class text_status : std::uint8_t { ok, malformed, out_of_range };

inline constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

/// Takes the decimal digits at the front of `text`, up to `max` of them. Answers how many there
/// were.
constexpr auto take_digits(std::string_view& text, std::size_t max, std::uint64_t& value) noexcept
    -> std::size_t {
  std::size_t count = 0;
  value = 0;
  while (count < text.size() && count < max && text[count] >= '0' && text[count] <= '9')
    value = value * 10 + static_cast<std::uint64_t>(text[count++] - '0');
  text.remove_prefix(count);
  return count;
}

/// Takes `.` and one to nine digits, if a point is next. Answers whether what is there can be
/// taken.
constexpr auto take_fraction(std::string_view& text, std::int64_t& nanoseconds) noexcept -> bool {
  nanoseconds = 0;
  if (!text.starts_with('.')) return true;
  text.remove_prefix(1);
  std::uint64_t fraction{};
  auto const count = take_digits(text, 9, fraction);
  for (auto i = count; i < 9; ++i) fraction *= 10;
  nanoseconds = static_cast<std::int64_t>(fraction);
  return count != 0;
}

/// `seconds` and `nanoseconds` (0 to 999'999'999, added) as one count, if 64 bits hold it.
constexpr auto join_seconds(std::int64_t seconds, std::int64_t nanoseconds,
                            std::int64_t& total) noexcept -> bool {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  if (seconds >= 0) {
    if (seconds > (most - nanoseconds) / nanoseconds_per_second) return false;
    total = seconds * nanoseconds_per_second + nanoseconds;
    return true;
  }
  // One second is held back, so that the product stays in range where only the sum is.
  if (seconds + 1 < (least - (nanoseconds - nanoseconds_per_second)) / nanoseconds_per_second)
    return false;
  total = (seconds + 1) * nanoseconds_per_second + (nanoseconds - nanoseconds_per_second);
  return true;
}

/// "1.5s", "-0.000000001s": an optional sign, seconds, up to nine digits of a fraction.
constexpr auto parse_proto_duration(std::string_view text, duration& to) noexcept -> text_status {
  bool const negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::uint64_t seconds{};
  std::int64_t nanoseconds{};
  auto const digits = take_digits(text, 18, seconds);
  if (digits == 18 && !text.empty() && text.front() >= '0' && text.front() <= '9')
    return text_status::out_of_range;
  if (digits == 0 || !take_fraction(text, nanoseconds) || text != "s")
    return text_status::malformed;
  // Below zero the fraction counts upwards from the second before.
  auto whole = static_cast<std::int64_t>(seconds);
  if (negative) {
    whole = -whole - (nanoseconds == 0 ? 0 : 1);
    nanoseconds = nanoseconds == 0 ? 0 : nanoseconds_per_second - nanoseconds;
  }
  std::int64_t total{};
  if (!join_seconds(whole, nanoseconds, total)) return text_status::out_of_range;
  to = duration{total};
  return text_status::ok;
}

constexpr auto days_in_month(std::int64_t year, std::int64_t month) noexcept -> std::int64_t {
  bool const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr std::int64_t days[]{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap ? 29 : days[month - 1];
}

/// "2020-07-30T00:30:02.971655189Z" or with "+02:00" for "Z" (RFC 3339). No leap seconds.
constexpr auto parse_proto_time(std::string_view text, time_point& to) noexcept -> text_status {
  std::uint64_t part[6]{};
  constexpr std::string_view after = "--T::";
  for (std::size_t i = 0; i < 6; ++i) {
    auto const width = i == 0 ? 4u : 2u;
    if (take_digits(text, width, part[i]) != width) return text_status::malformed;
    if (i == 5) break;
    if (text.empty() || (text.front() != after[i] && !(after[i] == 'T' && text.front() == 't')))
      return text_status::malformed;
    text.remove_prefix(1);
  }
  auto const number = [&](std::size_t i) { return static_cast<std::int64_t>(part[i]); };
  if (number(1) < 1 || number(1) > 12 || number(2) < 1 ||
      number(2) > days_in_month(number(0), number(1)) || number(3) > 23 || number(4) > 59 ||
      number(5) > 59)
    return text_status::malformed;
  std::int64_t nanoseconds{};
  if (!take_fraction(text, nanoseconds)) return text_status::malformed;
  std::int64_t offset = 0;
  if (text != "Z" && text != "z") {
    bool const east = text.starts_with('+');
    if (text.size() != 6 || (!east && text.front() != '-')) return text_status::malformed;
    text.remove_prefix(1);
    std::uint64_t hours{};
    std::uint64_t minutes{};
    if (take_digits(text, 2, hours) != 2 || !text.starts_with(':')) return text_status::malformed;
    text.remove_prefix(1);
    if (take_digits(text, 2, minutes) != 2 || hours > 23 || minutes > 59)
      return text_status::malformed;
    offset = static_cast<std::int64_t>(hours * 3'600 + minutes * 60) * (east ? 1 : -1);
  }
  auto const days =
      days_of({number(0), static_cast<unsigned>(part[1]), static_cast<unsigned>(part[2])});
  auto const seconds = days * 86'400 + number(3) * 3'600 + number(4) * 60 + number(5) - offset;
  std::int64_t total{};
  if (!join_seconds(seconds, nanoseconds, total)) return text_status::out_of_range;
  to = time_point{duration{total}};
  return text_status::ok;
}

/// Appends `value` with at least `width` digits.
constexpr void put_number(std::string& to, std::uint64_t value, std::size_t width) {
  char digits[20]{};
  std::size_t count = 0;
  for (; value != 0 || count < width; value /= 10)
    digits[count++] = static_cast<char>('0' + value % 10);
  while (count != 0) to += digits[--count];
}

/// Appends a point and 3, 6 or 9 digits, or nothing for zero.
constexpr void put_fraction(std::string& to, std::uint64_t nanoseconds) {
  if (nanoseconds == 0) return;
  to += '.';
  if (nanoseconds % 1'000'000 == 0)
    put_number(to, nanoseconds / 1'000'000, 3);
  else if (nanoseconds % 1'000 == 0)
    put_number(to, nanoseconds / 1'000, 6);
  else
    put_number(to, nanoseconds, 9);
}

constexpr void put_duration(std::string& to, duration value) {
  auto const count = value.count();
  if (count < 0) to += '-';
  auto const magnitude =
      count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
  put_number(to, magnitude / nanoseconds_per_second, 1);
  put_fraction(to, magnitude % nanoseconds_per_second);
  to += 's';
}

constexpr void put_time(std::string& to, time_point value) {
  auto const count = value.time_since_epoch().count();
  // rounds towards the past, not towards 1970
  auto const below = count % nanoseconds_per_second < 0;
  auto const seconds = count / nanoseconds_per_second - (below ? 1 : 0);
  auto const nanoseconds = count % nanoseconds_per_second + (below ? nanoseconds_per_second : 0);
  auto const days = seconds / 86'400 - (seconds % 86'400 < 0 ? 1 : 0);
  auto const of_day = static_cast<std::uint64_t>(seconds - days * 86'400);
  auto const [year, month, day] = date_of(days);
  put_number(to, static_cast<std::uint64_t>(year), 4);
  to += '-';
  put_number(to, month, 2);
  to += '-';
  put_number(to, day, 2);
  to += 'T';
  put_number(to, of_day / 3'600, 2);
  to += ':';
  put_number(to, of_day / 60 % 60, 2);
  to += ':';
  put_number(to, of_day % 60, 2);
  put_fraction(to, static_cast<std::uint64_t>(nanoseconds));
  to += 'Z';
}

} // namespace perdure::inline v0::detail
