// The opaque token of an attempt as workers behind codecs see it: it says where the payloads of
// whoever completes the attempt live, in whatever process that is.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "perdure/history/operations.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::detail {

struct attempt_name {
  workflow_execution execution{};
  std::string activity_id{};
  std::string opaque{};        ///< The backend's own; or, if it is empty:
  activity_task_token token{}; ///< its numbers.
};

inline constexpr std::string_view attempt_name_mark = "perdure attempt 1";

[[nodiscard]] inline auto write_attempt_name(activity_task const& of, std::string_view activity_id)
    -> std::string {
  std::string text{attempt_name_mark};
  auto const add = [&](std::string_view part) {
    text += ' ';
    text += std::to_string(part.size());
    text += ':';
    text += part;
  };
  add(of.execution.workflow_id);
  add(of.execution.run_id);
  add(activity_id);
  add(of.opaque_token);
  add(std::to_string(of.token.run));
  add(std::to_string(of.token.scheduled_event_id));
  add(std::to_string(of.token.attempt));
  add(std::to_string(of.token.lease));
  return text;
}

/// Nothing if `write_attempt_name` never made it.
[[nodiscard]] inline auto read_attempt_name(std::string_view text) -> std::optional<attempt_name> {
  if (!text.starts_with(attempt_name_mark)) return std::nullopt;
  text.remove_prefix(attempt_name_mark.size());
  bool good = true;
  auto const next = [&]() -> std::string_view {
    std::size_t size = 0;
    if (!text.starts_with(' ')) return good = false, std::string_view{};
    text.remove_prefix(1);
    auto const read = std::from_chars(text.data(), text.data() + text.size(), size);
    auto const digits = static_cast<std::size_t>(read.ptr - text.data());
    if (read.ec != std::errc{} || !text.substr(digits).starts_with(':') ||
        size > text.size() - digits - 1)
      return good = false, std::string_view{};
    auto const part = text.substr(digits + 1, size);
    text.remove_prefix(digits + 1 + size);
    return part;
  };
  auto const number = [&](auto& to) {
    auto const part = next();
    auto const read = std::from_chars(part.data(), part.data() + part.size(), to);
    good = good && read.ec == std::errc{} && read.ptr == part.data() + part.size();
  };
  attempt_name made{};
  made.execution.workflow_id = next();
  made.execution.run_id = next();
  made.activity_id = next();
  made.opaque = next();
  number(made.token.run);
  number(made.token.scheduled_event_id);
  number(made.token.attempt);
  number(made.token.lease);
  return good && text.empty() ? std::optional{made} : std::nullopt;
}

} // namespace perdure::inline v0::detail
