// Bytes as text, RFC 4648 section 4: with padding, and nothing but the alphabet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/error.hpp"

namespace perdure::inline v0::base64 {

[[nodiscard]] constexpr auto encoded_size(std::size_t bytes) noexcept -> std::size_t {
  return (bytes + 2) / 3 * 4;
}

/// Four characters for every three bytes begun.
template <class Unused = void>
[[nodiscard]] auto encode(std::string_view bytes) -> std::string;

/// The bytes, or nothing when `text` is not what `encode` would have written: white space, missing
/// padding, the URL alphabet and stray bits in the last character are refused, so that equal bytes
/// have equal texts.
template <class Unused = void>
[[nodiscard]] auto try_decode(std::string_view text) -> std::optional<std::string>;

/// \throws error errc::bad_payload where try_decode gives nothing.
template <class Unused = void>
[[nodiscard]] auto decode(std::string_view text) -> std::string;

#if PERDURE_DEFINES
namespace detail {

inline constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct inverse_table {
  std::uint8_t digit[256]; // 64 where the byte is not of the alphabet
};

inline constexpr auto inverse = [] {
  inverse_table table{};
  for (auto& digit : table.digit) digit = 64;
  for (std::size_t i = 0; i < 64; ++i)
    table.digit[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

} // namespace detail

template <class Unused>
auto encode(std::string_view bytes) -> std::string {
  std::string text(encoded_size(bytes.size()), '=');
  auto const byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) : 0u;
  };
  std::size_t to = 0;
  for (std::size_t from = 0; from < bytes.size(); from += 3, to += 4) {
    auto const three = byte(from) << 16 | byte(from + 1) << 8 | byte(from + 2);
    text[to] = detail::alphabet[three >> 18];
    text[to + 1] = detail::alphabet[three >> 12 & 63];
    if (from + 1 < bytes.size()) text[to + 2] = detail::alphabet[three >> 6 & 63];
    if (from + 2 < bytes.size()) text[to + 3] = detail::alphabet[three & 63];
  }
  return text;
}
template <class Unused>
auto try_decode(std::string_view text) -> std::optional<std::string> {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t from = 0; from < text.size(); from += 4) {
    auto const last = from + 4 == text.size();
    auto const digits = last ? 4 - padding : 4;
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      auto const digit = i < digits
                             ? detail::inverse.digit[static_cast<unsigned char>(text[from + i])]
                             : std::uint8_t{0};
      if (digit == 64) return std::nullopt;
      three = three << 6 | digit;
    }
    if (digits == 3 && (three & 0xFF) != 0) return std::nullopt;
    if (digits == 2 && (three & 0xFFFF) != 0) return std::nullopt;
    for (std::size_t i = 0; i + 1 < digits; ++i)
      bytes += static_cast<char>(three >> (16 - 8 * i) & 0xFF);
  }
  return bytes;
}
template <class Unused>
auto decode(std::string_view text) -> std::string {
  if (auto bytes = try_decode<Unused>(text)) return *std::move(bytes);
  throw error{errc::bad_payload, "not base64 (" + std::to_string(text.size()) + " characters)"};
}
  #ifdef PERDURE_SOURCE
template auto encode<void>(std::string_view bytes) -> std::string;
template auto try_decode<void>(std::string_view text) -> std::optional<std::string>;
template auto decode<void>(std::string_view text) -> std::string;
  #endif
#endif

} // namespace perdure::inline v0::base64
