// JSON numbers to C++ numbers and back: exact, checked, independent of the locale.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace perdure::inline v0::detail {

enum class number_status : std::uint8_t { ok, not_whole, out_of_range };

[[nodiscard]] constexpr auto is_digit(char c) noexcept -> bool { return c >= '0' && c <= '9'; }

/// The end of the number that starts at `at`, or null where RFC 8259 section 6 does not allow it.
[[nodiscard]] inline auto number_end(char const* at, char const* end) noexcept -> char const* {
  auto const digits = [&] {
    auto const* const first = at;
    while (at != end && is_digit(*at)) ++at;
    return at - first;
  };
  if (at != end && *at == '-') ++at;
  bool const zero = at != end && *at == '0';
  if (auto const count = digits(); count == 0 || (zero && count > 1)) return nullptr;
  if (at != end && *at == '.') {
    ++at;
    if (digits() == 0) return nullptr;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (digits() == 0) return nullptr;
  }
  return at;
}

template <class Integer>
[[nodiscard]] constexpr auto from_magnitude(std::uint64_t magnitude, bool negative,
                                            Integer& to) noexcept -> number_status {
  auto const most = static_cast<std::uint64_t>(std::numeric_limits<Integer>::max());
  auto const limit = !negative ? most : std::is_signed_v<Integer> ? most + 1 : 0;
  if (magnitude > limit) return number_status::out_of_range;
  to = static_cast<Integer>(negative ? ~magnitude + 1 : magnitude);
  return number_status::ok;
}

/// A decimal taken apart: digits (which may hold one point), and the power of ten of the last
/// digit.
struct decimal {
  std::string_view digits{};
  std::size_t count{}; ///< Digits after leading zeros and before trailing ones; 0 for zero.
  std::int64_t last_exponent{}; ///< Power of ten of the last of those `count` digits.
  bool negative{};
};

/// \pre `token` is a number as RFC 8259 has it.
[[nodiscard]] constexpr auto split_decimal(std::string_view token) noexcept -> decimal {
  decimal d;
  d.negative = token.front() == '-';
  if (d.negative) token.remove_prefix(1);
  std::int64_t exponent = 0;
  if (auto const e = token.find_first_of("eE"); e != std::string_view::npos) {
    bool const down = token[e + 1] == '-';
    for (char const c : token.substr(e + 1))
      if (is_digit(c) && exponent < (std::int64_t{1} << 40)) exponent = exponent * 10 + (c - '0');
    if (down) exponent = -exponent;
    token = token.substr(0, e);
  }
  bool fraction = false;
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '.') {
      fraction = true;
      continue;
    }
    if (fraction) --exponent;
    if (token[i] != '0') {
      if (d.count == 0) d.digits = token.substr(i);
      d.count += (d.count == 0 ? 0 : zeros) + 1;
      zeros = 0;
    } else {
      ++zeros;
    }
  }
  d.last_exponent = exponent + static_cast<std::int64_t>(zeros);
  return d;
}

/// Reads a whole number whatever way it is written: `100`, `1e2` and `100.0` are one number, `1.5`
/// is none.
template <class Integer>
[[nodiscard]] constexpr auto parse_integer(std::string_view token, Integer& to) noexcept
    -> number_status {
  auto const d = split_decimal(token);
  if (d.count == 0) return from_magnitude(0, false, to);
  if (d.last_exponent < 0) return number_status::not_whole;
  if (d.count + static_cast<std::uint64_t>(d.last_exponent) > 20)
    return number_status::out_of_range;
  std::uint64_t magnitude = 0;
  auto const push = [&](unsigned digit) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (magnitude > (most - digit) / 10) return false;
    magnitude = magnitude * 10 + digit;
    return true;
  };
  std::size_t taken = 0;
  for (std::size_t i = 0; taken < d.count; ++i) {
    if (d.digits[i] == '.') continue;
    if (!push(static_cast<unsigned>(d.digits[i] - '0'))) return number_status::out_of_range;
    ++taken;
  }
  for (std::int64_t i = 0; i < d.last_exponent; ++i)
    if (!push(0)) return number_status::out_of_range;
  return from_magnitude(magnitude, d.negative, to);
}

/// Reads a whole number that is written the plain way, as nearly all are, and is all of `text`.
/// False: it is something else, or no number; nothing is read then.
template <class Integer>
[[nodiscard]] auto parse_plain_integer(std::string_view text, Integer& to) noexcept -> bool {
  bool const negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 18 || (text[0] == '0' && text.size() > 1)) return false;
  std::uint64_t magnitude = 0;
  for (char const c : text) {
    if (!is_digit(c)) return false;
    magnitude = magnitude * 10 + static_cast<unsigned char>(c - '0');
  }
  return from_magnitude(magnitude, negative, to) == number_status::ok;
}
/// A whole number as JSON has it.
template <class Integer>
[[nodiscard]] auto integer_text(Integer value) -> std::string {
  char room[std::numeric_limits<Integer>::digits10 + 3];
  auto const* const end = std::to_chars(room, room + sizeof room, value).ptr;
  return {room, static_cast<std::size_t>(end - room)};
}

/// The nearest `Floating`, ties to even. What is too small becomes a zero of the same sign; what is
/// too large is out of range.
template <class Floating>
[[nodiscard]] auto parse_floating(std::string_view token, Floating& to) noexcept -> number_status {
  Floating value{};
  auto const result = std::from_chars(token.data(), token.data() + token.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    auto const d = split_decimal(token);
    if (d.last_exponent + static_cast<std::int64_t>(d.count) > 0)
      return number_status::out_of_range;
    value = d.negative ? -Floating{} : Floating{};
  }
  if (value > std::numeric_limits<Floating>::max() ||
      value < std::numeric_limits<Floating>::lowest())
    return number_status::out_of_range;
  to = value;
  return number_status::ok;
}

/// The number that starts at `at`, in one pass, and its end; or null, where that does not settle
/// what it is or whether it is one: then `number_end` and `parse_floating` do.
template <class Floating>
[[nodiscard]] auto parse_plain_floating(char const* at, char const* end, Floating& to) noexcept
    -> char const* {
  auto const [last, fault] = std::from_chars(at, end, to);
  if (fault != std::errc{}) return nullptr;
  // It takes more than JSON does: inf, .5, 05 and 1. too; and of 1e+ the 1.
  if (last != end &&
      (is_digit(*last) || (*last >= '+' && *last <= '.' && *last != ',') || (*last | 0x20) == 'e'))
    return nullptr;
  if (*at == '-') ++at;
  if (!is_digit(*at) || (*at == '0' && last - at > 1 && is_digit(at[1]))) return nullptr;
  auto const* const point =
      std::char_traits<char>::find(at, static_cast<std::size_t>(last - at), '.');
  return point == nullptr || (point + 1 != last && is_digit(point[1])) ? last : nullptr;
}

/// Room that `write_floating` needs.
inline constexpr std::size_t floating_chars_max = 32;

/// Lays `[digit].[digits]e[exponent]` out as a fixed-point number where Python's `repr` does.
template <class Unused = void>
auto lay_out_floating(char* to, char const* at, char const* end) noexcept -> char* {
  if (*at == '-') *to++ = *at++;
  char digits[floating_chars_max];
  int count = 0;
  for (; at != end && *at != 'e'; ++at)
    if (*at != '.') digits[count++] = *at;
  int exponent = 0;
  std::from_chars(at + (at[1] == '+' ? 2 : 1), end, exponent);
  auto const copy = [&](int from, int until) {
    for (int i = from; i < until; ++i) *to++ = i < count ? digits[i] : '0';
  };
  if (exponent >= 16 || exponent < -4) {
    copy(0, 1);
    if (count > 1) *to++ = '.';
    copy(1, count);
    std::memcpy(to, at, static_cast<std::size_t>(end - at));
    return to + (end - at);
  }
  if (exponent < 0) {
    *to++ = '0';
    *to++ = '.';
    for (int i = exponent + 1; i < 0; ++i) *to++ = '0';
    copy(0, count);
    return to;
  }
  copy(0, exponent + 1);
  *to++ = '.';
  copy(exponent + 1, count > exponent + 1 ? count : exponent + 2);
  return to;
}

/// The shortest text that reads back as the same finite number, laid out as Python's `repr` does:
/// `0.25`, `1.0`, `1e+16`, `1e-05`. A whole number keeps its `.0`, so that other languages read a
/// float again.
template <class Floating>
auto write_floating(char* to, Floating value) noexcept -> char* {
  auto* const end = std::to_chars(to, to + floating_chars_max, value).ptr;
  // The usual case: to_chars chose a fixed point, as repr does whenever there are decimals. An
  // exponent has two or three digits.
  auto const* point = to;
  while (point != end && *point != '.') ++point;
  if (end - point >= 2 && (end - point < 5 || (end[-4] != 'e' && end[-5] != 'e'))) return end;
  char text[floating_chars_max];
  auto const* const text_end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  return lay_out_floating(to, text, text_end);
}

} // namespace perdure::inline v0::detail
