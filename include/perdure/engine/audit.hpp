// The trail that operators leave.
#pragma once

#include <string>
#include <string_view>

#include "perdure/engine/ledger.hpp"

namespace perdure::inline v0::engine {

/// Notes that somebody did something to a run.
template <store S>
void add_audit(step_context<S>& step, run_state const& run, std::string_view what,
               std::string_view who, std::string_view why, std::string details = {}) {
  step.store.add_audit({step.now, run.execution, std::string{what}, std::string{who},
                        std::string{why}, std::move(details)});
}

} // namespace perdure::inline v0::engine
