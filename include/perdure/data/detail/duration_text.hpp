// Counts of any period as decimal seconds and back, without loss.
#pragma once

#include "perdure/config.hpp"
#include "perdure/data/detail/json_number.hpp"
#include "perdure/time.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>

namespace perdure::inline v0::detail {

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
  for (; value != 0 || count < width; value /= 10)
    digits[count++] = static_cast<char>('0' + static_cast<int>(value % 10));
  while (count > 0) out += digits[--count];
}

/// Takes `count` digits from the front, or all there are when `count` is 0. False when there are
/// not.
[[nodiscard]] auto take_digits(std::string_view& text, std::size_t count, wide_int& value) -> bool;

auto take_char(std::string_view& text, char upper) noexcept -> bool;

template <class Integer>
auto narrow(wide_int value) -> std::optional<Integer> {
  if (value < std::numeric_limits<Integer>::min() || value > std::numeric_limits<Integer>::max())
    return std::nullopt;
  return static_cast<Integer>(value);
}

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
  for (int digit = 0; rest != 0 && (is_decimal<Period> || digit < fraction_digits<Period>);
       ++digit) {
    rest *= 10;
    out += static_cast<char>('0' + static_cast<int>(rest / Period::den));
    rest %= Period::den;
  }
}

/// In long double, whose 64 or more bits keep all 53 of a count through the two roundings.
template <class Rep, class Period>
auto count_of_seconds(long double seconds, Period) -> Rep {
  return static_cast<Rep>(seconds * static_cast<long double>(Period::den) /
                          static_cast<long double>(Period::num));
}

template <class Rep, class Period>
auto parse_floating_duration(std::string_view text, Period period) -> std::optional<Rep> {
  if (number_end(text.data(), text.data() + text.size()) != text.data() + text.size())
    return std::nullopt;
  long double seconds{};
  if (parse_floating(text, seconds) != number_status::ok) return std::nullopt;
  auto const count = count_of_seconds<Rep>(seconds, period);
  return __builtin_isfinite(count) ? std::optional{count} : std::nullopt;
}

/// The shortest text of the seconds in the precision of the count, if that reads back as the same
/// count; else in that of long double.
template <class Rep, class Period>
void append_floating_duration(std::string& out, Rep count, Period period) {
  char text[64];
  auto const seconds = static_cast<long double>(count) * static_cast<long double>(Period::num) /
                       static_cast<long double>(Period::den);
  auto const shorter = static_cast<Rep>(seconds);
  if (__builtin_isfinite(shorter)) {
    std::string_view const shown{text,
                                 static_cast<std::size_t>(write_floating(text, shorter) - text)};
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
  wide_int whole = 0;
  wide_int fraction = 0;
  wide_int scale = 1;
  if (!take_digits(text, 0, whole)) return std::nullopt;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    while (text.size() > 1 && text.back() == '0') text.remove_suffix(1);
    if (text.size() > 19) return std::nullopt;
    scale = power_of_ten(static_cast<int>(text.size()));
    if (!take_digits(text, 0, fraction)) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  // seconds * den == quotient + rest / scale
  wide_int quotient{};
  if (__builtin_mul_overflow(whole, static_cast<wide_int>(Period::den), &quotient))
    return std::nullopt;
  auto const below = fraction * Period::den;
  if (__builtin_add_overflow(quotient, below / scale, &quotient)) return std::nullopt;
  auto const rest = below % scale;
  auto count = quotient / Period::num;
  if (quotient % Period::num != 0 || rest != 0) {
    // Thirds of a second have no last digit: the next count must lie within the last one that is
    // there.
    ++count;
    if (is_decimal<Period> || (count * Period::num - quotient) * scale - rest >= Period::den)
      return std::nullopt;
  }
  return narrow<Rep>(negative ? -count : count);
}

#if PERDURE_DEFINES
PERDURE_INLINE auto take_digits(std::string_view& text, std::size_t count, wide_int& value)
    -> bool {
  std::size_t taken = 0;
  value = 0;
  for (; taken < text.size() && is_digit(text[taken]) && (count == 0 || taken < count); ++taken) {
    if (taken == 38) return false; // more would not fit
    value = value * 10 + (text[taken] - '0');
  }
  if (taken == 0 || (count != 0 && taken != count)) return false;
  text.remove_prefix(taken);
  return true;
}
PERDURE_INLINE auto take_char(std::string_view& text, char upper) noexcept -> bool {
  if (text.empty() || (text[0] != upper && text[0] != static_cast<char>(upper | 0x20)))
    return false;
  text.remove_prefix(1);
  return true;
}
#endif

} // namespace perdure::inline v0::detail
