// How a run that was forked says of which workflow it was.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "perdure/config.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/failure.hpp"

namespace perdure::inline v0::detail {

inline constexpr std::string_view forked_from_type = "ForkedFrom";

/// The cause of the failure that ends a forked run's copy: what `base_run_id` beside it does not
/// say. `earlier`: the note that the base has itself; the copy may end before it.
[[nodiscard]] auto fork_note(std::string_view base_workflow_id, indirect<failure> earlier)
    -> failure;
[[nodiscard]] auto is_fork_note(failure const& note) noexcept -> bool;
/// The note of the last fork that an event of the history tells of, if there is one.
template <class Events>
[[nodiscard]] auto find_fork_note(Events const& history) -> indirect<failure> {
  for (auto each = history.rbegin(); each != history.rend(); ++each) {
    event_attributes const& what = each->attributes;
    if (auto const* const failed = what.get_if<events::workflow_task_failed>())
      if (failed->cause == workflow_task_failed_cause::reset_workflow && failed->failure &&
          failed->failure->cause && is_fork_note(*failed->failure->cause))
        return failed->failure->cause;
  }
  return {};
}
/// Calls `fn(std::string_view workflow_id)` for each workflow that a run was forked from, directly
/// or not, by the failure of its reset.
template <class Fn>
void for_each_fork_base(failure const& reset, Fn&& fn) {
  for (failure const* each = reset.cause.get(); each != nullptr && is_fork_note(*each);
       each = each->cause.get())
    fn(std::string_view{each->message});
}

#if PERDURE_DEFINES
PERDURE_INLINE auto fork_note(std::string_view base_workflow_id, indirect<failure> earlier)
    -> failure {
  failure note{};
  note.message = base_workflow_id;
  note.source = "Server";
  application_failure_info info{};
  info.type = forked_from_type;
  note.info = std::move(info);
  note.cause = std::move(earlier);
  return note;
}
PERDURE_INLINE auto is_fork_note(failure const& note) noexcept -> bool {
  auto const* const info = std::get_if<application_failure_info>(&note.info);
  return info != nullptr && info->type == forked_from_type;
}
#endif

} // namespace perdure::inline v0::detail
