// The name of one attempt of an activity, as text that can be sent anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/error.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0 {

/// Names one attempt of an activity: whoever has it can complete, fail or keep alive that attempt,
/// in any process that reaches the same backend, for as long as the attempt counts. Opaque:
/// letters, digits and dots, fit for JSON, URLs and databases.
struct activity_token {
  std::string text{};

  friend auto operator==(activity_token const&, activity_token const&) -> bool = default;
};

namespace detail {

[[nodiscard]] auto make_token(activity_task_token const& of) -> activity_token;

/// The token of an attempt: the server's own where it has given one, else the backend's numbers.
[[nodiscard]] auto token_of(activity_task const& of) -> activity_token;

[[noreturn]] void reject_token(activity_token const& token);

/// The digit's value, or 16.
[[nodiscard]] constexpr auto hex_digit(char c) noexcept -> unsigned {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return 16;
}

/// The server's own name of an attempt; empty for a token of numbers.
/// \throws error (invalid_argument) for what `make_token` never made
[[nodiscard]] auto read_opaque_token(activity_token const& token) -> std::string;

/// \throws error (invalid_argument) for what `make_token` never made
[[nodiscard]] auto read_token(activity_token const& token) -> activity_task_token;

} // namespace detail

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto make_token(activity_task_token const& of) -> activity_token {
  auto const hex = [](std::uint64_t value) {
    std::string digits;
    do digits.insert(digits.begin(), "0123456789abcdef"[value & 15U]);
    while ((value >>= 4U) != 0);
    return digits;
  };
  return {"p1." + hex(static_cast<std::uint64_t>(of.run)) + "." +
          hex(static_cast<std::uint64_t>(of.scheduled_event_id)) + "." +
          hex(static_cast<std::uint64_t>(of.attempt)) + "." + hex(of.lease)};
}
PERDURE_INLINE auto token_of(activity_task const& of) -> activity_token {
  std::string_view const opaque = of.opaque_token.view();
  if (opaque.empty()) return make_token(of.token);
  std::string text = "t1.";
  text.reserve(3 + 2 * opaque.size());
  for (char const c : opaque) {
    auto const byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return {std::move(text)};
}
PERDURE_INLINE void reject_token(activity_token const& token) {
  throw error{errc::invalid_argument,
              "'" + token.text.substr(0, 100) +
                  "' is no activity token: pass what complete_asynchronously() gave"};
}
PERDURE_INLINE auto read_opaque_token(activity_token const& token) -> std::string {
  std::string_view left = token.text;
  if (!left.starts_with("t1.")) return {};
  left.remove_prefix(3);
  if (left.empty() || left.size() % 2 != 0) reject_token(token);
  std::string bytes;
  for (; !left.empty(); left.remove_prefix(2)) {
    unsigned const high = hex_digit(left[0]);
    unsigned const low = hex_digit(left[1]);
    if (high > 15 || low > 15) reject_token(token);
    bytes += static_cast<char>(high << 4U | low);
  }
  return bytes;
}
PERDURE_INLINE auto read_token(activity_token const& token) -> activity_task_token {
  std::string_view left = token.text;
  if (!left.starts_with("p1.")) reject_token(token);
  left.remove_prefix(2);
  std::uint64_t parts[4]{};
  for (std::uint64_t& part : parts) {
    if (!left.starts_with('.')) reject_token(token);
    left.remove_prefix(1);
    std::size_t digits = 0;
    for (; digits < left.size() && left[digits] != '.'; ++digits) {
      unsigned const digit = hex_digit(left[digits]);
      if (digits == 16 || digit > 15) reject_token(token);
      part = part << 4U | digit;
    }
    if (digits == 0) reject_token(token);
    left.remove_prefix(digits);
  }
  if (!left.empty() || parts[2] > 0x7fff'ffffU) reject_token(token);
  return {static_cast<run_number>(parts[0]), static_cast<event_id>(parts[1]),
          static_cast<std::int32_t>(parts[2]), parts[3]};
}
} // namespace perdure::inline v0::detail
#endif
