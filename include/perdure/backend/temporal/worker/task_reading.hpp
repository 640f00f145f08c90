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

/// A workflow task or a query task, without a lease. Fetches the pages of its history that are not
/// in the answer. \throws call_failed; error (history_corrupt)
[[nodiscard]] auto
read_workflow_task(connection& server,
                   ::temporal::api::workflowservice::v1::PollWorkflowTaskQueueResponse const&)
    -> workflow_task;

/// One attempt, without a lease.
[[nodiscard]] auto
read_activity_task(::temporal::api::workflowservice::v1::PollActivityTaskQueueResponse const&,
                   shared_string const& queue) -> activity_task;

} // namespace perdure::inline v0::temporal
