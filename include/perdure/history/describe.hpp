// Failures in words, for logs and for exceptions.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "perdure/config.hpp"
#include "perdure/history/enum_names.hpp"
#include "perdure/history/failure.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

namespace detail {

/// `what 'name' failed (why no retry)`
template <class Unused = void>
auto describe_wrapper(std::string_view what, std::string_view name, retry_state state)
    -> std::string;

/// One failure of a chain. `wraps` says that its cause is the failure proper.
template <class Unused = void>
auto describe_one(failure const& why, bool& wraps) -> std::string;

} // namespace detail

/// A failure and its causes on one line:
///     activity 'charge' failed (MaximumAttemptsReached): card declined (type CardDeclined), caused
/// by: ... Never the payloads in it: they may be secret. At most 16 causes are shown.
template <class Unused = void>
[[nodiscard]] auto describe(failure const& why) -> std::string;

/// The same with where the code was, if that is known.
template <class Unused = void>
[[nodiscard]] auto describe_with_place(failure const& why) -> std::string;

} // namespace perdure::inline v0

PERDURE_SELDOM_END

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_SELDOM_BEGIN
template <class Unused>
auto describe_wrapper(std::string_view what, std::string_view name, retry_state state)
    -> std::string {
  std::string text{what};
  if (!name.empty()) (((text += " '") += name) += '\'');
  text += " failed";
  if (state != retry_state::unspecified && !name_of(state).empty())
    (((text += " (") += name_of(state)) += ')');
  return text;
}
template <class Unused>
auto describe_one(failure const& why, bool& wraps) -> std::string {
  wraps = true;
  if (auto const* activity = std::get_if<activity_failure_info>(&why.info))
    return describe_wrapper("activity", activity->activity_type, activity->retry_state);
  if (auto const* child = std::get_if<child_workflow_failure_info>(&why.info))
    return describe_wrapper("child workflow", child->workflow_type, child->retry_state);
  if (auto const* nexus = std::get_if<nexus_operation_failure_info>(&why.info))
    return describe_wrapper("nexus operation", nexus->operation, retry_state::unspecified);
  wraps = false;
  auto const text_or = [&](std::string_view otherwise) {
    return why.message.empty() ? std::string{otherwise} : why.message;
  };
  if (auto const* application = std::get_if<application_failure_info>(&why.info))
    return application->type.empty() ? text_or("failed")
                                     : text_or("failed") + " (type " + application->type + ")";
  if (auto const* timeout = std::get_if<timeout_failure_info>(&why.info))
    return text_or("timed out") + " (" + std::string{name_of(timeout->timeout_type)} + " timeout)";
  if (std::holds_alternative<canceled_failure_info>(why.info)) return text_or("cancelled");
  if (std::holds_alternative<terminated_failure_info>(why.info)) return text_or("terminated");
  if (std::holds_alternative<server_failure_info>(why.info)) return text_or("failed") + " (server)";
  if (std::holds_alternative<reset_workflow_failure_info>(why.info)) return text_or("reset");
  if (auto const* handler = std::get_if<nexus_handler_failure_info>(&why.info))
    return text_or("nexus handler failed") + " (type " + handler->type + ")";
  return text_or("failed");
}
PERDURE_SELDOM_END
  #ifdef PERDURE_SOURCE
template auto describe_wrapper<void>(std::string_view what, std::string_view name,
                                     retry_state state) -> std::string;
template auto describe_one<void>(failure const& why, bool& wraps) -> std::string;
  #endif
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_SELDOM_BEGIN
template <class Unused>
auto describe(failure const& why) -> std::string {
  std::string text;
  int shown = 0;
  for (failure const* each = &why; each != nullptr; each = each->cause.get()) {
    bool wraps = false;
    text += detail::describe_one<Unused>(*each, wraps);
    if (wraps && !each->cause && !each->message.empty()) (text += ": ") += each->message;
    if (!each->cause) break;
    text += wraps ? ": " : ", caused by: ";
    if (++shown > 16) return text + "...";
  }
  return text;
}
template <class Unused>
auto describe_with_place(failure const& why) -> std::string {
  std::string text = describe<Unused>(why);
  return why.stack_trace.empty() ? text : text + " (" + why.stack_trace + ")";
}
PERDURE_SELDOM_END
  #ifdef PERDURE_SOURCE
template auto describe<void>(failure const& why) -> std::string;
template auto describe_with_place<void>(failure const& why) -> std::string;
  #endif
} // namespace perdure::inline v0
#endif
