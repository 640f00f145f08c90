// How a run that was forked says of which workflow it was.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "perdure/history/failure.hpp"

namespace perdure::inline v0::detail {

inline constexpr std::string_view forked_from_type = "ForkedFrom";

/// The cause of the failure that ends a forked run's copy: what `base_run_id` beside it does not
/// say.
[[nodiscard]] inline auto fork_note(std::string_view base_workflow_id) -> failure {
  failure note{};
  note.message = base_workflow_id;
  note.source = "Server";
  application_failure_info info{};
  info.type = forked_from_type;
  note.info = std::move(info);
  return note;
}
/// The workflow that a run was forked from, by the failure of its reset; empty if it was not.
[[nodiscard]] inline auto forked_from(failure const& reset) noexcept -> std::string_view {
  if (!reset.cause) return {};
  auto const* const info = std::get_if<application_failure_info>(&reset.cause->info);
  return info != nullptr && info->type == forked_from_type ? std::string_view{reset.cause->message}
                                                           : std::string_view{};
}

} // namespace perdure::inline v0::detail
