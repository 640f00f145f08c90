// From what a poll has brought to what a worker takes.
#pragma once

#include <string>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/temporal/worker/task_pollers.hpp"

namespace perdure::inline v0::temporal {

class connection;

/// All events of a run, up to the present. \throws call_failed
[[nodiscard]] auto read_all_events(connection& server, workflow_execution const& run)
    -> std::vector<event>;

/// A workflow task or a query task, without a lease. Fetches the pages of its history that did not
/// come with it. \throws call_failed; error (history_corrupt)
[[nodiscard]] auto read_whole_task(connection& server, workflow_task_bytes const& polled)
    -> told_workflow_task;

} // namespace perdure::inline v0::temporal
