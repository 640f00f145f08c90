// What a run may know of the one before it, when a cron schedule or a schedule starts them one
// after the other.
#pragma once

#include <optional>
#include <type_traits>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0 {

/// The result of the last run of this workflow's cron schedule, or of the schedule that started it,
/// that completed; nothing if none has, and for runs that are not part of one.
/// \throws error (outside_workflow) outside of workflow code; (bad_payload) if it is no `T`
template <class T>
  requires(!std::is_void_v<T>)
[[nodiscard]] auto last_completion_result() -> std::optional<T> {
  auto& run = detail::require_run("last_completion_result()");
  auto const& started = run.machine.started().template get<events::workflow_execution_started>();
  if (started.last_completion_result.empty()) return std::nullopt;
  return from_payload<T>(started.last_completion_result[0]);
}

/// How the run before this one failed, if it did. \throws error (outside_workflow)
[[nodiscard]] auto last_failure() -> std::optional<failure>;

#if PERDURE_DEFINES
PERDURE_INLINE auto last_failure() -> std::optional<failure> {
  auto& run = detail::require_run("last_failure()");
  auto const& why =
      run.machine.started().get<events::workflow_execution_started>().continued_failure;
  return why ? std::optional{*why} : std::nullopt;
}
#endif

} // namespace perdure::inline v0
