// Which of the actions that are due are taken, wait, or are skipped while another one runs.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/schedule_record.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

struct overlap_decision {
  std::vector<due_start> side_by_side{}; ///< To be started now, whatever runs.
  std::optional<due_start> alone{};      ///< To be started now: nothing else runs.
  std::vector<due_start> keep{};         ///< They wait for the end of what runs.
  std::int64_t skipped_count{};
  bool cancel{};    ///< What runs.
  bool terminate{}; ///< Likewise, and instead.
};

/// Decides about actions in their order. `is_running`: an earlier action is; `policy`: of those
/// that name none. The rules are those of a Temporal server.
[[nodiscard]] inline auto decide_overlap(std::vector<due_start> const& due, bool is_running,
                                         schedule_overlap_policy policy) -> overlap_decision {
  using enum schedule_overlap_policy;
  overlap_decision made{};
  for (due_start const& start : due) {
    schedule_overlap_policy const rule = start.overlap == unspecified ? policy : start.overlap;
    if (rule == allow_all) {
      made.side_by_side.push_back(start);
      continue;
    }
    if (!is_running && !made.alone) {
      made.alone = start;
      continue;
    }
    switch (rule) {
    case buffer_one:
      if (made.keep.empty())
        made.keep.push_back(start);
      else
        ++made.skipped_count;
      break;
    case buffer_all: made.keep.push_back(start); break;
    case cancel_other:
    case terminate_other:
      if (is_running) {
        (rule == cancel_other ? made.cancel : made.terminate) = true;
        made.keep.push_back(start); // until that has ended
      } else {
        made.alone = start; // the one before has not begun: this one replaces it
      }
      break;
    default: ++made.skipped_count; break;
    }
  }
  // What ends the running one would end those beside it next.
  if (made.cancel || made.terminate) made.side_by_side.clear();
  return made;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
