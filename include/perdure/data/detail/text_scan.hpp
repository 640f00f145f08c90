// Scanning text many bytes at a time, and the rules of well-formed UTF-8.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace perdure::inline v0::detail {

/// Which of the eight bytes of `word` end a run that JSON copies as it is: quote, backslash,
/// control characters, non-ASCII. The lowest flagged byte is exact; those above it may be false
/// alarms, because a hit borrows from its neighbour.
[[nodiscard]] constexpr auto special_bytes(std::uint64_t word) noexcept -> std::uint64_t {
  constexpr std::uint64_t ones = 0x0101010101010101u;
  auto const control = word - ones * 0x20u;
  auto const quote = (word ^ (ones * 0x22u)) - ones;
  auto const backslash = (word ^ (ones * 0x5Cu)) - ones;
  return (control | quote | backslash | word) & (ones * 0x80u);
}

/// How many of sixteen bytes come before the first that JSON does not copy as it is.
[[nodiscard]] inline auto plain_bytes(char const* sixteen) noexcept -> std::size_t {
  using vector [[gnu::vector_size(16)]] = signed char;
  vector bytes{};
  std::memcpy(&bytes, sixteen, sizeof bytes);
  // Those outside of ASCII are negative.
  auto const special = (bytes < 0x20) | (bytes == '"') | (bytes == '\\');
  std::uint64_t halves[2];
  std::memcpy(halves, &special, sizeof halves);
  if ((halves[0] | halves[1]) == 0) return 16;
  if constexpr (std::endian::native == std::endian::little)
    return static_cast<std::size_t>(halves[0] != 0 ? std::countr_zero(halves[0]) / 8
                                                   : 8 + std::countr_zero(halves[1]) / 8);
  else
    return static_cast<std::size_t>(halves[0] != 0 ? std::countl_zero(halves[0]) / 8
                                                   : 8 + std::countl_zero(halves[1]) / 8);
}
/// Whether JSON copies all of these sixteen bytes as they are.
[[nodiscard]] inline auto are_plain(char const* sixteen) noexcept -> bool {
  return plain_bytes(sixteen) == 16;
}

/// Whether `size` bytes are the same in both. For short texts: eight bytes at a time, inlined.
[[nodiscard]] inline auto are_same(char const* a, char const* b, std::size_t size) noexcept
    -> bool {
  auto const differ = [&]<class Word>(Word, std::size_t at) {
    Word of_a{}, of_b{};
    std::memcpy(&of_a, a + at, sizeof(Word));
    std::memcpy(&of_b, b + at, sizeof(Word));
    return of_a != of_b;
  };
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8)
      if (differ(std::uint64_t{}, at)) return false;
    return !differ(std::uint64_t{}, size - 8);
  }
  if (size >= 4) return !differ(std::uint32_t{}, 0) && !differ(std::uint32_t{}, size - 4);
  return std::memcmp(a, b, size) == 0;
}

[[nodiscard]] constexpr auto is_plain_byte(char c) noexcept -> bool {
  auto const byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// The end of the run of plain bytes that starts at `at`.
[[nodiscard]] inline auto plain_run_end(char const* at, char const* end) noexcept -> char const* {
  while (end - at >= 16) {
    std::size_t const plain = plain_bytes(at);
    at += plain;
    if (plain != 16) return at;
  }
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t word{};
      std::memcpy(&word, at, 8);
      if (auto const special = special_bytes(word); special != 0)
        return at + std::countr_zero(special) / 8;
      at += 8;
    }
  }
  while (at != end && is_plain_byte(*at)) ++at;
  return at;
}

/// Bytes of the well-formed UTF-8 sequence at `at` (1 to 4), or 0: overlong forms, surrogates, code
/// points past U+10FFFF, stray and missing continuation bytes are not well-formed (Unicode 15,
/// table 3-7).
[[nodiscard]] inline auto utf8_length(char const* at, char const* end) noexcept -> std::size_t {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  auto const left = static_cast<std::size_t>(end - at);
  auto const in = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  if (left == 0) return 0;
  auto const lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return left >= 2 && in(1, 0x80, 0xBF) ? 2 : 0;
  if (lead < 0xF0) {
    auto const low = lead == 0xE0 ? 0xA0u : 0x80u;
    auto const high = lead == 0xED ? 0x9Fu : 0xBFu;
    return left >= 3 && in(1, low, high) && in(2, 0x80, 0xBF) ? 3 : 0;
  }
  auto const low = lead == 0xF0 ? 0x90u : 0x80u;
  auto const high = lead == 0xF4 ? 0x8Fu : 0xBFu;
  return left >= 4 && in(1, low, high) && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
}

/// Whether all of a text is well-formed UTF-8.
[[nodiscard]] inline auto is_utf8(std::string_view text) noexcept -> bool {
  char const* at = text.data();
  char const* const end = at + text.size();
  while (at != end) {
    for (std::uint64_t word{}; end - at >= 8; at += 8) {
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080'8080'8080'8080ULL) != 0) break;
    }
    if (at == end) break;
    auto const length = utf8_length(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

} // namespace perdure::inline v0::detail
