#include "perdure/backend/temporal/translation/request_translation.hpp"

#include "perdure/backend/random_uuid.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/error.hpp"
#include "perdure/limits.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

[[nodiscard]] auto or_else(shared_string const& text, std::string const& otherwise) -> std::string {
  return text.empty() ? otherwise : utf8_of(text.view());
}

/// What a start and the action of a schedule have in common, under the same names.
template <class Message>
void write_common(start_workflow_request const& from, Message& to) {
  to.set_workflow_id(checked_utf8(from.workflow_id.view(), "the workflow id"));
  to.mutable_workflow_type()->set_name(
      checked_utf8(from.workflow_type.view(), "the workflow type"));
  to.mutable_task_queue()->set_name(checked_utf8(from.task_queue.view(), "the task queue"));
  to.mutable_task_queue()->set_kind(api::enums::v1::TASK_QUEUE_KIND_NORMAL);
  if (!from.input.empty()) write_payloads(from.input, *to.mutable_input());
  // A duration of zero is unset, which is not the same to a server.
  if (from.workflow_execution_timeout != duration{})
    write_duration(from.workflow_execution_timeout, *to.mutable_workflow_execution_timeout());
  if (from.workflow_run_timeout != duration{})
    write_duration(from.workflow_run_timeout, *to.mutable_workflow_run_timeout());
  if (from.workflow_task_timeout != duration{})
    write_duration(from.workflow_task_timeout, *to.mutable_workflow_task_timeout());
  to.set_workflow_id_reuse_policy(
      static_cast<api::enums::v1::WorkflowIdReusePolicy>(from.id_reuse_policy));
  if (from.retry_policy.is_set()) write_retry_policy(from.retry_policy, *to.mutable_retry_policy());
  to.set_cron_schedule(checked_utf8(from.cron_schedule.view(), "the cron schedule"));
  if (from.memo) write_payload_map(*from.memo, *to.mutable_memo()->mutable_fields());
  if (from.search_attributes)
    write_payload_map(*from.search_attributes,
                      *to.mutable_search_attributes()->mutable_indexed_fields());
  if (from.user_metadata) write_user_metadata(*from.user_metadata, *to.mutable_user_metadata());
  if (from.priority) write_priority(*from.priority, *to.mutable_priority());
  if (from.header) write_payload_map(*from.header, *to.mutable_header()->mutable_fields());
}

/// What all starts have and actions have not.
template <class Message>
void write_beginning(start_workflow_request const& from, request_sender const& by, Message& to) {
  write_common(from, to);
  to.set_namespace_(by.namespace_);
  to.set_identity(or_else(from.identity, by.identity));
  to.set_request_id(from.request_id.empty()
                        ? random_uuid()
                        : checked_utf8(from.request_id.view(), "the request id"));
  to.set_workflow_id_conflict_policy(
      static_cast<api::enums::v1::WorkflowIdConflictPolicy>(from.id_conflict_policy));
  if (from.start_delay != duration{})
    write_duration(from.start_delay, *to.mutable_workflow_start_delay());
}

} // namespace

auto checked_utf8(std::string_view text, char const* what) -> std::string {
  std::string checked = utf8_of(text);
  if (checked != text) throw error{errc::invalid_argument, std::string{what} + " is not UTF-8"};
  return checked;
}

void write_start(start_workflow_request const& from, request_sender const& by,
                 service::StartWorkflowExecutionRequest& to) {
  write_beginning(from, by, to);
}

void write_start(signal_with_start_request const& from, request_sender const& by,
                 service::SignalWithStartWorkflowExecutionRequest& to) {
  write_beginning(from.start, by, to);
  to.set_signal_name(checked_utf8(from.signal_name.view(), "the name of the signal"));
  if (!from.signal_input.empty()) write_payloads(from.signal_input, *to.mutable_signal_input());
}

void write_start(update_with_start_request const& from, request_sender const& by,
                 service::ExecuteMultiOperationRequest& to) {
  to.set_namespace_(by.namespace_);
  auto& start = *to.add_operations()->mutable_start_workflow();
  write_start(from.start, by, start);
  if (from.start.id_conflict_policy == workflow_id_conflict_policy::unspecified)
    start.set_workflow_id_conflict_policy(api::enums::v1::WORKFLOW_ID_CONFLICT_POLICY_FAIL);
  update_workflow_request update{};
  update.execution.workflow_id = from.start.workflow_id;
  update.update = from.update;
  update.wait_for = from.wait_for;
  write_update(update, by, *to.add_operations()->mutable_update_workflow());
}

void write_action(start_workflow_request const& from,
                  api::workflow::v1::NewWorkflowExecutionInfo& to) {
  write_common(from, to);
}

auto read_action(api::workflow::v1::NewWorkflowExecutionInfo const& from)
    -> start_workflow_request {
  start_workflow_request made{};
  made.workflow_id = from.workflow_id();
  made.workflow_type = from.workflow_type().name();
  made.task_queue = from.task_queue().name();
  made.input = read_payloads(from.input());
  made.workflow_execution_timeout = read_duration(from.workflow_execution_timeout());
  made.workflow_run_timeout = read_duration(from.workflow_run_timeout());
  made.workflow_task_timeout = read_duration(from.workflow_task_timeout());
  made.id_reuse_policy = static_cast<workflow_id_reuse_policy>(from.workflow_id_reuse_policy());
  if (from.has_retry_policy()) made.retry_policy = read_retry_policy(from.retry_policy());
  if (!from.cron_schedule().empty()) made.cron_schedule = from.cron_schedule();
  if (from.memo().fields_size() != 0) made.memo = read_payload_map(from.memo().fields());
  if (from.search_attributes().indexed_fields_size() != 0)
    made.search_attributes = read_payload_map(from.search_attributes().indexed_fields());
  if (from.has_user_metadata()) made.user_metadata = read_user_metadata(from.user_metadata());
  if (from.has_priority()) made.priority = read_priority(from.priority());
  if (from.header().fields_size() != 0) made.header = read_payload_map(from.header().fields());
  return made;
}

void write_update(update_workflow_request const& from, request_sender const& by,
                  service::UpdateWorkflowExecutionRequest& to) {
  update_request const& update = from.update;
  // Servers make up an id where there is none: each try would be an update of its own.
  if (update.meta.update_id.empty() || update.meta.update_id.size() > limits::id_bytes_max)
    throw error{errc::invalid_argument, "update: the update id must have 1 to 1000 bytes"};
  if (update.input.name.empty())
    throw error{errc::invalid_argument, "update: the name of the handler is empty"};
  (void)checked_utf8(update.meta.update_id.view(), "the update id");
  (void)checked_utf8(update.input.name.view(), "the name of the update");
  to.set_namespace_(by.namespace_);
  write_execution(from.execution, *to.mutable_workflow_execution());
  to.mutable_wait_policy()->set_lifecycle_stage(
      from.wait_for == update_stage::completed
          ? api::enums::v1::UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
          : api::enums::v1::UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED);
  write_update_request(update, *to.mutable_request());
  if (update.meta.identity.empty()) to.mutable_request()->mutable_meta()->set_identity(by.identity);
}

auto read_outcome(api::update::v1::Outcome const& from) -> update_outcome {
  update_outcome made{};
  if (from.has_failure())
    made.failure = read_failure(from.failure());
  else
    made.success = read_payloads(from.success());
  return made;
}

void write_execution(workflow_execution const& from, api::common::v1::WorkflowExecution& to) {
  to.set_workflow_id(checked_utf8(from.workflow_id.view(), "the workflow id"));
  to.set_run_id(checked_utf8(from.run_id.view(), "the run id"));
}

auto read_execution(api::common::v1::WorkflowExecution const& from) -> workflow_execution {
  return {from.workflow_id(), from.run_id()};
}

} // namespace perdure::inline v0::temporal
