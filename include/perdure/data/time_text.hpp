// Durations and points in time as text, the way protobuf's JSON has them: "1.5s", "2024-02-29T12:00:00.250Z".
#pragma once

#include "perdure/data/detail/json_number.hpp"
#include "perdure/time.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>

namespace perdure::inline v0 {

namespace detail {

__extension__ typedef __int128 wide_int; // a count of 64 bits times a period of 64 bits

constexpr auto power_of_ten(int exponent) noexcept -> wide_int {
  wide_int power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

/// Digits after the point that tell any two counts of `Period` apart.
template <class Period>
inline constexpr int fraction_digits = [] {
  int digits = 0;
  while (power_of_ten(digits) < Period::den) ++digits;
  return digits;
}();

/// Whether 18 digits after the point are enough for any count of `Period`, to the last digit.
template <class Period>
inline constexpr bool is_decimal = power_of_ten(18) % Period::den == 0;

template <class Int>
void append_digits(std::string& out, Int value, int width) {
  char digits[40];
  int count = 0;
  for (; value != 0 || count < width; value /= 10) digits[count++] = static_cast<char>('0' + static_cast<int>(value % 10));
  while (count > 0) out += digits[--count];
}

/// Takes `count` digits from the front, or all there are when `count` is 0. Nothing when there are not.
template <class Unused = void>
auto take_digits(std::string_view& text, std::size_t count) -> std::optional<wide_int> {
  std::size_t taken = 0;
  wide_int value = 0;
  for (; taken < text.size() && is_digit(text[taken]) && (count == 0 || taken < count); ++taken) {
    if (taken == 38) return std::nullopt; // more would not fit
    value = value * 10 + (text[taken] - '0');
  }
  if (taken == 0 || (count != 0 && taken != count)) return std::nullopt;
  text.remove_prefix(taken);
  return value;
}

inline auto take_char(std::string_view& text, char upper) noexcept -> bool {
  if (text.empty() || (text[0] != upper && text[0] != static_cast<char>(upper | 0x20))) return false;
  text.remove_prefix(1);
  return true;
}

template <class Integer>
auto narrow(wide_int value) -> std::optional<Integer> {
  if (value < std::numeric_limits<Integer>::min() || value > std::numeric_limits<Integer>::max()) return std::nullopt;
  return static_cast<Integer>(value);
}

struct civil_date {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// Days since 1970-01-01 of a day in the proleptic Gregorian calendar. Years are counted from March, so that
/// the leap day is a year's last, and 153 days in five months give the lengths of the months.
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
  return {year + era * 400 + (month >= 10 ? 1 : 0), static_cast<unsigned>(month < 10 ? month + 3 : month - 9), day};
}

static_assert(days_of({1970, 1, 1}) == 0 && days_of({2000, 3, 1}) == 11'017 && days_of({1, 1, 1}) == -719'162);

template <class Rep, class Period>
void append_whole_duration(std::string& out, Rep count, Period) {
  wide_int value = static_cast<wide_int>(count) * Period::num;
  if (value < 0) {
    out += '-';
    value = -value;
  }
  append_digits(out, value / Period::den, 1);
  auto rest = value % Period::den;
  if (rest != 0) out += '.';
  for (int digit = 0; rest != 0 && (is_decimal<Period> || digit < fraction_digits<Period>); ++digit) {
    rest *= 10;
    out += static_cast<char>('0' + static_cast<int>(rest / Period::den));
    rest %= Period::den;
  }
}

/// In long double, whose 64 or more bits keep all 53 of a count through the two roundings.
template <class Rep, class Period>
auto count_of_seconds(long double seconds, Period) -> Rep {
  return static_cast<Rep>(seconds * static_cast<long double>(Period::den) / static_cast<long double>(Period::num));
}

template <class Rep, class Period>
auto parse_floating_duration(std::string_view text, Period period) -> std::optional<Rep> {
  if (number_end(text.data(), text.data() + text.size()) != text.data() + text.size()) return std::nullopt;
  long double seconds{};
  if (parse_floating(text, seconds) != number_status::ok) return std::nullopt;
  auto const count = count_of_seconds<Rep>(seconds, period);
  return count - count == 0 ? std::optional{count} : std::nullopt;
}

/// The shortest text of the seconds in the precision of the count, if that reads back as the same count; else
/// in that of long double.
template <class Rep, class Period>
void append_floating_duration(std::string& out, Rep count, Period period) {
  char text[64];
  auto const seconds = static_cast<long double>(count) * static_cast<long double>(Period::num) /
                       static_cast<long double>(Period::den);
  auto const shorter = static_cast<Rep>(seconds);
  if (shorter - shorter == 0) {
    std::string_view const shown{text, static_cast<std::size_t>(write_floating(text, shorter) - text)};
    if (parse_floating_duration<Rep>(shown, period) == count) {
      out += shown;
      return;
    }
  }
  out.append(text, std::to_chars(text, text + sizeof text, seconds).ptr);
}

template <class Rep, class Period>
auto parse_whole_duration(std::string_view text, Period) -> std::optional<Rep> {
  bool const negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  auto const whole = take_digits(text, 0);
  std::optional<wide_int> fraction = 0;
  wide_int scale = 1;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    while (text.size() > 1 && text.back() == '0') text.remove_suffix(1);
    if (text.size() > 19) return std::nullopt;
    scale = power_of_ten(static_cast<int>(text.size()));
    fraction = take_digits(text, 0);
  }
  if (!whole || !fraction || !text.empty()) return std::nullopt;
  // seconds * den == quotient + rest / scale
  wide_int quotient{};
  if (__builtin_mul_overflow(*whole, static_cast<wide_int>(Period::den), &quotient)) return std::nullopt;
  auto const below = *fraction * Period::den;
  if (__builtin_add_overflow(quotient, below / scale, &quotient)) return std::nullopt;
  auto const rest = below % scale;
  auto count = quotient / Period::num;
  if (quotient % Period::num != 0 || rest != 0) {
    // Thirds of a second have no last digit: the next count must lie within the last one that is there.
    ++count;
    if (is_decimal<Period> || (count * Period::num - quotient) * scale - rest >= Period::den) return std::nullopt;
  }
  return narrow<Rep>(negative ? -count : count);
}

} // namespace detail

/// Appends seconds with as many decimals as it takes, and `s`: "90s", "-0.25s", "0.000000001s". Lossless for
/// every built-in count and every period: `parse_duration` gives the same value again.
/// \pre a floating count is finite.
template <class Rep, class Period>
void append_duration(std::string& out, std::chrono::duration<Rep, Period> value) {
  if constexpr (std::is_floating_point_v<Rep>)
    detail::append_floating_duration(out, value.count(), typename Period::type{});
  else
    detail::append_whole_duration(out, value.count(), typename Period::type{});
  out += 's';
}

/// Reads what `append_duration` writes. Nothing for other text, for what is out of range, and for what is
/// finer than an integer count of `D`: "0.5s" is no number of whole seconds.
template <class D>
[[nodiscard]] auto parse_duration(std::string_view text) -> std::optional<D> {
  if (text.empty() || text.back() != 's') return std::nullopt;
  text.remove_suffix(1);
  using rep = typename D::rep;
  using period = typename D::period::type;
  std::optional<rep> count;
  if constexpr (std::is_floating_point_v<rep>)
    count = detail::parse_floating_duration<rep>(text, period{});
  else
    count = detail::parse_whole_duration<rep>(text, period{});
  return count ? std::optional<D>{D{*count}} : std::nullopt;
}

/// Appends RFC 3339 in UTC with none, 3, 6 or 9 decimals, as needed. Answers false, and appends nothing, for
/// years outside 1 to 9999, which RFC 3339 cannot write.
template <class D>
[[nodiscard]] auto append_time(std::string& out, std::chrono::time_point<std::chrono::system_clock, D> time) -> bool {
  using period = typename D::period::type;
  static_assert(std::nano::den % period::den == 0, "perdure: a time finer than nanoseconds");
  constexpr detail::wide_int second = std::nano::den;
  auto const nanos = static_cast<detail::wide_int>(time.time_since_epoch().count()) * period::num * second / period::den;
  auto const seconds = nanos / second - (nanos % second < 0 ? 1 : 0);
  if (seconds < detail::days_of({1, 1, 1}) * 86'400 || seconds >= detail::days_of({10'000, 1, 1}) * 86'400) return false;
  auto const days = static_cast<std::int64_t>(seconds) / 86'400 - (static_cast<std::int64_t>(seconds) % 86'400 < 0 ? 1 : 0);
  auto const of_day = static_cast<int>(static_cast<std::int64_t>(seconds) - days * 86'400);
  auto const date = detail::date_of(days);
  auto const put = [&](auto number, int width, char before) {
    if (before != 0) out += before;
    detail::append_digits(out, number, width);
  };
  put(date.year, 4, 0);
  put(date.month, 2, '-');
  put(date.day, 2, '-');
  put(of_day / 3'600, 2, 'T');
  put(of_day / 60 % 60, 2, ':');
  put(of_day % 60, 2, ':');
  auto const fraction = static_cast<int>(nanos - seconds * second);
  if (fraction % 1'000 != 0) put(fraction, 9, '.');
  else if (fraction % 1'000'000 != 0) put(fraction / 1'000, 6, '.');
  else if (fraction != 0) put(fraction / 1'000'000, 3, '.');
  out += 'Z';
  return true;
}

/// Reads RFC 3339 with any offset and up to nine decimals. Nothing for other text, for days and hours that do
/// not exist (leap seconds included), and for what is out of range of `T` or finer than it counts.
template <class T>
[[nodiscard]] auto parse_time(std::string_view text) -> std::optional<T> {
  auto const next = [&](std::size_t width) { return detail::take_digits(text, width).value_or(1'000'000); };
  auto const then = [&](char c) { return detail::take_char(text, c) ? 0 : 1; };
  int faults = 0;
  auto const year = static_cast<std::int64_t>(next(4));
  faults += then('-');
  auto const month = static_cast<unsigned>(next(2));
  faults += then('-');
  auto const day = static_cast<unsigned>(next(2));
  faults += then('T');
  auto const hour = next(2);
  faults += then(':');
  auto const minute = next(2);
  faults += then(':');
  auto const second = next(2);
  if (faults != 0 || year - 1 > 9'998 || year == 0 || month - 1 > 11 || day - 1 > 30 || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  auto const days = detail::days_of({year, month, day});
  if (detail::date_of(days).day != day) return std::nullopt;
  detail::wide_int fraction = 0;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    auto const before = text.size();
    auto const digits = detail::take_digits(text, 0);
    if (!digits || before - text.size() > 9) return std::nullopt;
    fraction = *digits * detail::power_of_ten(static_cast<int>(9 - (before - text.size())));
  }
  detail::wide_int offset = 0;
  if (!detail::take_char(text, 'Z')) {
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    auto const sign = text[0] == '+' ? 1 : -1;
    text.remove_prefix(1);
    auto const hours = next(2);
    auto const colon = then(':');
    auto const minutes = next(2);
    if (hours > 23 || colon != 0 || minutes > 59) return std::nullopt;
    offset = sign * (hours * 3'600 + minutes * 60);
  }
  if (!text.empty()) return std::nullopt;
  using unit = typename T::duration;
  using period = typename unit::period::type;
  constexpr detail::wide_int nano = std::nano::den;
  auto const seconds = days * detail::wide_int{86'400} + hour * 3'600 + minute * 60 + second - offset;
  auto const scaled = (seconds * nano + fraction) * period::den;
  if (scaled % (period::num * nano) != 0) return std::nullopt;
  auto const count = detail::narrow<typename unit::rep>(scaled / (period::num * nano));
  return count ? std::optional<T>{T{unit{*count}}} : std::nullopt;
}

} // namespace perdure::inline v0
