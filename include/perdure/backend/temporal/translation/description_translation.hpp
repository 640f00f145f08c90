// Runs as servers describe and list them.
#pragma once

#include "perdure/history/requests.hpp"

namespace temporal::api::workflow::v1 {
class WorkflowExecutionInfo;
} // namespace temporal::api::workflow::v1
namespace temporal::api::workflowservice::v1 {
class DescribeWorkflowExecutionResponse;
} // namespace temporal::api::workflowservice::v1

namespace perdure::inline v0::temporal {

namespace api = ::temporal::api;

[[nodiscard]] constexpr auto is_open(workflow_execution_status status) noexcept -> bool {
  return status == workflow_execution_status::running ||
         status == workflow_execution_status::paused;
}

/// A run in a list. What is pending is not told there; `history_length` and `history_size_bytes`
/// only of a closed run.
[[nodiscard]] auto read_description(api::workflow::v1::WorkflowExecutionInfo const& from)
    -> workflow_description;

/// Servers tell neither how many timers and updates are pending, nor what an activity is for: these
/// are 0 and empty. Why workflow tasks fail is what `TemporalReportedProblems` says.
[[nodiscard]] auto
read_description(api::workflowservice::v1::DescribeWorkflowExecutionResponse const& from)
    -> workflow_description;

} // namespace perdure::inline v0::temporal
