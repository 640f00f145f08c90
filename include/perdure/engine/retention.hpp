// Closed runs that are kept no longer.
#pragma once

#include <cstddef>
#include <vector>

#include "perdure/engine/run_control.hpp"

namespace perdure::inline v0::engine {

/// Drops runs that were closed before a time, but for those whose end somebody waits for; gives how
/// many. For stores that list what has closed. Linear in the runs dropped.
template <store S>
auto drop_closed_before(S& store, time_point before) -> std::size_t {
  std::size_t count = 0;
  std::vector<run_number> awaited;
  notices unheard{};
  step_context<S> step{store, before, {}, unheard};
  for (auto& closed = store.closed(); !closed.empty(); closed.pop_front()) {
    run_state* const run = store.find_run(closed.front());
    if (run == nullptr || run->open()) continue; // it was deleted, or rewound
    if (run->close_time >= before) break;
    if (run->waiters != 0) {
      awaited.push_back(run->number);
      continue;
    }
    unlink_run(step, *run);
    store.drop_run(*run);
    ++count;
  }
  for (run_number const each : awaited) store.closed().push_front(each);
  return count;
}

} // namespace perdure::inline v0::engine
