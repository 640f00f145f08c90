// The name of one attempt of an activity, as text that can be sent anywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

[[nodiscard]] inline auto make_token(activity_task_token const& of) -> activity_token {
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

/// \throws error (invalid_argument) for what `make_token` never made
[[nodiscard]] inline auto read_token(activity_token const& token) -> activity_task_token {
  std::string_view left = token.text;
  auto const reject = [&] {
    throw error{errc::invalid_argument,
                "'" + token.text.substr(0, 100) +
                    "' is no activity token: pass what complete_asynchronously() gave"};
  };
  if (!left.starts_with("p1.")) reject();
  left.remove_prefix(2);
  std::uint64_t parts[4]{};
  for (std::uint64_t& part : parts) {
    if (!left.starts_with('.')) reject();
    left.remove_prefix(1);
    std::size_t digits = 0;
    for (; digits < left.size() && left[digits] != '.'; ++digits) {
      char const c = left[digits];
      bool const decimal = c >= '0' && c <= '9';
      if (digits == 16 || (!decimal && (c < 'a' || c > 'f'))) reject();
      part = part << 4U | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
    }
    if (digits == 0) reject();
    left.remove_prefix(digits);
  }
  if (!left.empty() || parts[2] > 0x7fff'ffffU) reject();
  return {static_cast<run_number>(parts[0]), static_cast<event_id>(parts[1]),
          static_cast<std::int32_t>(parts[2]), parts[3]};
}

} // namespace detail
} // namespace perdure::inline v0
