// Base64 as histories hold it: read as leniently as proto3 asks (either alphabet, any padding),
// into and out of strings that are used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace perdure::inline v0::detail {

inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of every byte as a digit, both of the standard and of the URL-safe alphabet; 0xff:
/// none.
struct base64_values {
  std::uint8_t of[256]{};

  constexpr base64_values() {
    for (auto& value : of) value = 0xff;
    for (std::uint8_t i = 0; i < 64; ++i) of[static_cast<unsigned char>(base64_digits[i])] = i;
    of[static_cast<unsigned char>('-')] = 62;
    of[static_cast<unsigned char>('_')] = 63;
  }
};
inline constexpr base64_values base64_value{};

/// Decodes either alphabet, with or without padding, into `to`. Answers whether `text` could be
/// decoded.
inline auto decode_base64(std::string_view text, std::string& to) -> bool {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  to.resize(text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1));
  char* out = to.data();
  auto const* in = text.data();
  auto const digit = [&](std::size_t i) {
    return std::uint32_t{base64_value.of[static_cast<unsigned char>(in[i])]};
  };
  std::uint32_t seen = 0;
  auto left = text.size();
  for (; left >= 4; left -= 4, in += 4, out += 3) {
    seen |= digit(0) | digit(1) | digit(2) | digit(3);
    auto const word = digit(0) << 18 | digit(1) << 12 | digit(2) << 6 | digit(3);
    out[0] = static_cast<char>(word >> 16);
    out[1] = static_cast<char>(word >> 8);
    out[2] = static_cast<char>(word);
  }
  if (left != 0) {
    auto const third = left == 3 ? digit(2) : 0;
    seen |= digit(0) | digit(1) | third;
    auto const word = digit(0) << 18 | digit(1) << 12 | third << 6;
    out[0] = static_cast<char>(word >> 16);
    if (left == 3) out[1] = static_cast<char>(word >> 8);
  }
  return seen < 64; // values are below 64, and 0xff sets what is above
}

/// Appends the standard alphabet, padded.
inline void append_base64(std::string& to, std::string_view bytes) {
  auto const begin = to.size();
  to.resize(begin + (bytes.size() + 2) / 3 * 4);
  char* out = to.data() + begin;
  auto const byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(bytes[i])};
  };
  auto const put = [&](std::uint32_t word) {
    for (unsigned shift = 24; shift != 0; shift -= 6)
      *out++ = base64_digits[word >> (shift - 6) & 63];
  };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) put(byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2));
  auto const left = bytes.size() - i;
  if (left == 0) return;
  put(byte(i) << 16 | (left == 2 ? byte(i + 1) << 8 : 0));
  out[-1] = '=';
  if (left == 1) out[-2] = '=';
}

} // namespace perdure::inline v0::detail
