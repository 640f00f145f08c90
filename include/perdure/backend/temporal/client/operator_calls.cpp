#include "perdure/backend/temporal/client/operator_calls.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "perdure/backend/random_uuid.hpp"
#include "perdure/backend/temporal/calls/call_errors.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

/// What is refused, and why.
enum class unsupported : std::uint8_t { fork, override_result, pause, unpause, audit };
constexpr std::array<char const*, 5> reasons{
    "begin another workflow with the history of this one",
    "give an activity that has ended another result",
    "pause a workflow, but where an experiment is turned on",
    "unpause a workflow, but where an experiment is turned on",
    "keep records of what was done to runs from outside",
};
[[noreturn]] void refuse(char const* call, unsupported what) {
  throw error{errc::not_supported, std::string{call} + ": Temporal servers cannot " +
                                       reasons[static_cast<std::size_t>(what)] +
                                       ": use a memory or SQLite backend"};
}

} // namespace

operator_calls::operator_calls(connection& server)
    : server_{&server}, self_{server.options().namespace_, server.identity()} {}

auto operator_calls::fork_workflow(fork_request const&) -> workflow_execution {
  refuse("fork_workflow", unsupported::fork);
}
auto operator_calls::override_activity_result(override_request const&) -> workflow_execution {
  refuse("override_activity_result", unsupported::override_result);
}
void operator_calls::pause_workflow(workflow_execution const&, std::string_view, std::string_view) {
  refuse("pause_workflow", unsupported::pause);
}
void operator_calls::unpause_workflow(workflow_execution const&, std::string_view,
                                      std::string_view) {
  refuse("unpause_workflow", unsupported::unpause);
}
auto operator_calls::read_audit(workflow_execution const&) -> std::vector<audit_record> {
  refuse("read_audit", unsupported::audit);
}

// ------------------------------------------------------------------------------------ single runs
void operator_calls::delete_workflow(workflow_execution const& run, std::string_view,
                                     std::string_view) {
  service::DeleteWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_workflow_execution());
  try {
    (void)server_->call(delete_workflow_execution, message);
  } catch (call_failed const& why) {
    throw_refused("cannot delete " + name_of(run), why);
  }
}

auto operator_calls::reset_workflow(reset_request const& request) -> workflow_execution {
  service::ResetWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(request.execution, *message.mutable_workflow_execution());
  message.set_reason(utf8_of(request.reason));
  message.set_workflow_task_finish_event_id(request.event);
  message.set_request_id(random_uuid());
  message.set_identity(request.identity.empty() ? self_.identity : utf8_of(request.identity));
  using namespace api::enums::v1;
  if (!request.reapply_signals)
    message.add_reset_reapply_exclude_types(RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL);
  if (!request.reapply_updates)
    message.add_reset_reapply_exclude_types(RESET_REAPPLY_EXCLUDE_TYPE_UPDATE);
  if (!request.reapply_cancel_requests)
    message.add_reset_reapply_exclude_types(RESET_REAPPLY_EXCLUDE_TYPE_CANCEL_REQUEST);
  try {
    return {request.execution.workflow_id,
            server_->call(reset_workflow_execution, message).run_id()};
  } catch (call_failed const& why) {
    throw_refused("cannot reset " + name_of(request.execution) + " to event " +
                      std::to_string(request.event) +
                      ": name an event at which a workflow task started, completed, failed or "
                      "timed out",
                  why);
  }
}

void operator_calls::retry_activity_now(workflow_execution const& run, std::string_view activity_id,
                                        std::string_view, std::string_view identity) {
  std::string const which = "activity '" + std::string{activity_id} + "' of " + name_of(run);
  service::DescribeWorkflowExecutionRequest look;
  look.set_namespace_(self_.namespace_);
  write_execution(run, *look.mutable_execution());
  service::ResetActivityRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_execution());
  message.set_identity(identity.empty() ? self_.identity : utf8_of(identity));
  message.set_id(checked_utf8(activity_id, "the activity id"));
  try {
    auto const now = server_->call(describe_workflow_execution, look);
    if (now.workflow_execution_info().has_close_time())
      throw error{errc::already_closed, "cannot retry " + which + ": its run is over"};
    auto const& open = now.pending_activities();
    auto const found = std::find_if(open.begin(), open.end(), [&](auto const& each) {
      return each.activity_id() == activity_id;
    });
    if (found == open.end()) throw error{errc::not_found, "there is no open " + which};
    bool const waits = found->state() == api::enums::v1::PENDING_ACTIVITY_STATE_SCHEDULED &&
                       found->has_next_attempt_schedule_time();
    if (!waits) throw error{errc::invalid_argument, which + " does not wait for its next attempt"};
    (void)server_->call(reset_activity, message);
  } catch (call_failed const& why) {
    throw_refused("cannot retry " + which, why);
  }
}

// ------------------------------------------------------------------------------------ deployments
void operator_calls::set_current_version(std::string_view deployment, std::string_view build_id) {
  service::SetWorkerDeploymentCurrentVersionRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_deployment_name(checked_utf8(deployment, "the name of the deployment"));
  message.set_build_id(checked_utf8(build_id, "the build id"));
  message.set_identity(self_.identity);
  message.set_allow_no_pollers(true); // the workers may come later
  message.set_ignore_missing_task_queues(true);
  try {
    (void)server_->call(set_worker_deployment_current_version, message);
  } catch (call_failed const& why) {
    throw_refused("cannot make build '" + std::string{build_id} +
                      "' the current one of deployment '" + std::string{deployment} + "'",
                  why);
  }
}

auto operator_calls::describe_deployment(std::string_view name) -> deployment_description {
  service::DescribeWorkerDeploymentRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_deployment_name(checked_utf8(name, "the name of the deployment"));
  deployment_description made{};
  made.name = name;
  try {
    auto const told = server_->call(describe_worker_deployment, message);
    auto const& info = told.worker_deployment_info();
    made.current_build_id = info.routing_config().current_deployment_version().build_id();
    auto known = info.version_summaries();
    std::sort(known.begin(), known.end(), [](auto const& a, auto const& b) {
      return read_time(a.create_time()) < read_time(b.create_time());
    });
    for (auto const& each : known) {
      auto& version = made.versions.emplace_back();
      version.build_id = each.deployment_version().build_id();
    }
  } catch (call_failed const& why) {
    throw_refused("cannot describe deployment '" + made.name + "'", why);
  }
  for (auto& each : made.versions) each.open_pinned_runs = count_pinned(made.name, each.build_id);
  return made;
}

} // namespace perdure::inline v0::temporal
