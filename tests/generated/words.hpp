// What generated workflows note about results and failures.
#pragma once

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include <perdure/perdure.hpp>

namespace generated {

/// A failure in one line, without what differs between the engine and the oracle (ids, messages).
[[nodiscard]] inline auto in_short(perdure::failure const& why) -> std::string {
  static constexpr char const* states[] = {"unset", "in_progress", "non_retryable", "timeout",
                                           "max",   "no_policy",   "server",        "cancel"};
  static constexpr char const* timeouts[] = {"unset", "start_to_close", "schedule_to_start",
                                             "schedule_to_close", "heartbeat"};
  std::string const cause = why.cause ? in_short(*why.cause) : "";
  if (auto const* const a = std::get_if<perdure::application_failure_info>(&why.info))
    return a->type + (a->non_retryable ? "!" : "");
  if (auto const* const a = std::get_if<perdure::activity_failure_info>(&why.info))
    return std::string{"activity("} + states[static_cast<std::size_t>(a->retry_state)] + "," +
           cause + ")";
  if (auto const* const c = std::get_if<perdure::child_workflow_failure_info>(&why.info))
    return std::string{"child("} + states[static_cast<std::size_t>(c->retry_state)] + "," + cause +
           ")";
  if (auto const* const t = std::get_if<perdure::timeout_failure_info>(&why.info))
    return std::string{"timeout:"} + timeouts[static_cast<std::size_t>(t->timeout_type)];
  if (std::holds_alternative<perdure::canceled_failure_info>(why.info)) return "cancelled";
  if (std::holds_alternative<perdure::terminated_failure_info>(why.info)) return "terminated";
  return "other: " + why.message;
}

inline auto show(std::string const& value) -> std::string { return value; }
inline auto show(std::monostate) -> std::string { return "done"; }
inline auto show(std::vector<std::string> const& values) -> std::string {
  std::string all = "[";
  for (auto const& each : values) all += (all.size() == 1 ? "" : ", ") + each;
  return all + "]";
}
inline auto show(std::vector<std::vector<std::string>> const& values) -> std::string {
  std::string all = "[";
  for (auto const& each : values) all += (all.size() == 1 ? "" : ", ") + show(each);
  return all + "]";
}
template <class T>
auto show(perdure::outcome<T> const& got) -> std::string {
  if (!got) return in_short(got.error());
  if constexpr (std::is_void_v<T>)
    return "done";
  else
    return show(*got);
}
template <class T>
auto show(std::vector<perdure::outcome<T>> const& all) -> std::string {
  std::vector<std::string> texts;
  for (auto const& each : all) texts.push_back(show(each));
  return show(texts);
}

} // namespace generated
