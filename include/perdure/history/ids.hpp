// How runs and events are named.
#pragma once

#include <cstdint>

#include "perdure/data/shared_string.hpp"

namespace perdure::inline v0 {

/// Position of an event in its history. The first event is 1; 0 means "none".
using event_id = std::int64_t;

/// One run of one workflow. The workflow id is the caller's choice and may be used again by later
/// runs; the run id is made by the backend and is unique. An empty run id means "the current run".
struct workflow_execution {
  shared_string workflow_id{};
  shared_string run_id{};

  friend auto operator==(workflow_execution const&, workflow_execution const&) noexcept
      -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("workflowId", self.workflow_id);
    on("runId", self.run_id);
  }
};

} // namespace perdure::inline v0
