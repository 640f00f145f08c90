// What one logical task has for workflow code, in the order of its delivery.
#pragma once

#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/detail/short_list.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/event.hpp"
#include "perdure/replay/operation.hpp"

namespace perdure::inline v0::replay {

/// The jobs of one logical task, in the order in which they are to be delivered: the start, the new
/// seeds, the signals, then `others` in the order of their events. Source: Temporal Core's job
/// order.
struct job_list {
  bool start{false};
  std::vector<shared_string>
      reseed{}; ///< Run ids: after a reset the random seed follows the new one.
  std::vector<event> signals{};
  std::vector<event> admitted{}; ///< Updates whose request stands in history before its acceptance.
  perdure::detail::short_list<job, 8> others{};

  void clear() noexcept;
};

#if PERDURE_DEFINES
PERDURE_INLINE void job_list::clear() noexcept {
  start = false;
  reseed.clear();
  signals.clear();
  admitted.clear();
  others.clear();
}
#endif

} // namespace perdure::inline v0::replay
