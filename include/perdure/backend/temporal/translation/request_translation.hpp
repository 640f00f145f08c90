// What clients ask for, as requests of WorkflowService.
#pragma once

#include <string>
#include <string_view>

#include "perdure/history/message_requests.hpp"
#include "perdure/history/requests.hpp"

namespace temporal::api::common::v1 {
class WorkflowExecution;
} // namespace temporal::api::common::v1
namespace temporal::api::update::v1 {
class Outcome;
} // namespace temporal::api::update::v1
namespace temporal::api::workflow::v1 {
class NewWorkflowExecutionInfo;
} // namespace temporal::api::workflow::v1
namespace temporal::api::workflowservice::v1 {
class ExecuteMultiOperationRequest;
class SignalWithStartWorkflowExecutionRequest;
class StartWorkflowExecutionRequest;
class UpdateWorkflowExecutionRequest;
} // namespace temporal::api::workflowservice::v1

namespace perdure::inline v0::temporal {

namespace api = ::temporal::api;

/// In whose name requests are made that do not say it themselves.
struct request_sender {
  std::string namespace_{};
  std::string identity{};
};

/// A start without a request id gets a random one: repeated, the same message starts one run.
/// What is written goes to a message in its default state.
/// \throws error (invalid_argument) for names that are not UTF-8
void write_start(start_workflow_request const& from, request_sender const& by,
                 api::workflowservice::v1::StartWorkflowExecutionRequest& to);
void write_start(signal_with_start_request const& from, request_sender const& by,
                 api::workflowservice::v1::SignalWithStartWorkflowExecutionRequest& to);
void write_start(update_with_start_request const& from, request_sender const& by,
                 api::workflowservice::v1::ExecuteMultiOperationRequest& to);
/// The action of a schedule, which has less than a start.
void write_action(start_workflow_request const& from,
                  api::workflow::v1::NewWorkflowExecutionInfo& to);
[[nodiscard]] auto read_action(api::workflow::v1::NewWorkflowExecutionInfo const& from)
    -> start_workflow_request;

/// Waits for `accepted`, where less is asked for: servers wait for nothing less.
/// \throws error (invalid_argument) for an update without a name or an id, or whose id is too long
void write_update(update_workflow_request const& from, request_sender const& by,
                  api::workflowservice::v1::UpdateWorkflowExecutionRequest& to);
[[nodiscard]] auto read_outcome(api::update::v1::Outcome const& from) -> update_outcome;

/// \throws error (invalid_argument) for ids that are not UTF-8
void write_execution(workflow_execution const& from, api::common::v1::WorkflowExecution& to);
[[nodiscard]] auto read_execution(api::common::v1::WorkflowExecution const& from)
    -> workflow_execution;

/// The text, which protobuf takes only as UTF-8. `what` it is: "the workflow id".
/// \throws error (invalid_argument)
[[nodiscard]] auto checked_utf8(std::string_view text, char const* what) -> std::string;

} // namespace perdure::inline v0::temporal
