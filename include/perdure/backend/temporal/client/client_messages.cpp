// Queries and updates.
#include <thread>
#include <utility>

#include "perdure/backend/temporal/calls/call_errors.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/calls/timed_call.hpp"
#include "perdure/backend/temporal/client/client_calls.hpp"
#include "perdure/backend/temporal/translation/description_translation.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

constexpr bool is_enough(update_stage is, update_stage wanted) noexcept {
  return static_cast<int>(is) >= static_cast<int>(wanted);
}

template <class Response>
[[nodiscard]] auto read_status(workflow_execution const& asked, Response const& from)
    -> update_status {
  update_status made{};
  made.execution = asked;
  if (!from.update_ref().workflow_execution().run_id().empty())
    made.execution.run_id = from.update_ref().workflow_execution().run_id();
  made.stage = static_cast<update_stage>(from.stage());
  if (from.has_outcome()) {
    made.outcome = read_outcome(from.outcome());
    made.stage = update_stage::completed;
  }
  return made;
}

[[nodiscard]] auto name_of_update(shared_string const& id, workflow_execution const& run)
    -> std::string {
  return "update '" + id.str() + "' of " + name_of(run);
}

/// We waited no longer: what the call has done is not known.
[[nodiscard]] auto is_cut_off(call_status const& status) noexcept -> bool {
  return status.code == status_code::deadline_exceeded || status.code == status_code::cancelled;
}

/// Pauses before try `tries + 1`, but not beyond the end.
void back_off(call_terms const& terms, int tries, call_status const& status, wait_end const& end) {
  duration wait = spread(backoff_after(terms, tries, status));
  if (status.ok()) wait = std::chrono::milliseconds{10}; // the server has waited already
  // A run that closes is no sign of overload, though it has that code.
  if (says_closing(status)) wait = terms.first_backoff;
  std::this_thread::sleep_for(end.left(wait));
}

} // namespace

auto client_calls::query_workflow(query_workflow_request const& request) -> query_result {
  service::QueryWorkflowRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(request.execution, *message.mutable_execution());
  message.mutable_query()->set_query_type(checked_utf8(request.type, "the name of the query"));
  if (!request.arguments.empty())
    write_payloads(request.arguments, *message.mutable_query()->mutable_query_args());
  if (request.header)
    write_payload_map(*request.header,
                      *message.mutable_query()->mutable_header()->mutable_fields());
  message.set_query_reject_condition(
      static_cast<api::enums::v1::QueryRejectCondition>(static_cast<int>(request.reject) + 1));
  service::QueryWorkflowResponse told;
  // While nobody answers, the server holds the call.
  call_terms terms = long_poll;
  terms.patience = request.timeout;
  call_status status = call_until(*server_, temporal::query_workflow, message, told, terms,
                                  wait_end{request.timeout});
  if (status.ok()) {
    if (told.has_query_rejected())
      return {{}, {}, static_cast<workflow_execution_status>(told.query_rejected().status())};
    return {read_payloads(told.query_result()), {}, {}};
  }
  if (auto failed = failure_of_query(status)) return {{}, std::move(*failed), {}};
  std::string const which = "query '" + request.type + "' of " + name_of(request.execution);
  call_failed const why{temporal::query_workflow.name, std::move(status)};
  if (is_cut_off(why.status()))
    throw_as(errc::unanswered,
             which + " was not answered in time: no worker of its queue took it, or the one that "
                     "did has not answered; it can be asked again",
             why);
  if (why.code() == status_code::failed_precondition)
    throw_as(errc::unanswered, which + " cannot be answered", why);
  throw_refused(which + " could not be asked", why);
}

// ---------------------------------------------------------------------------------------- updates
auto client_calls::update_workflow(update_workflow_request const& request) -> update_status {
  wait_end const end{request.wait_timeout};
  update_status now = send_update(request, end);
  if (is_enough(now.stage, request.wait_for) || end.is_over()) return now;
  return await_update(now.execution, request.update.meta.update_id, request.wait_for, end);
}

auto client_calls::send_update(update_workflow_request const& request, wait_end const& end,
                               bool was_admitted) -> update_status {
  shared_string const& id = request.update.meta.update_id;
  service::UpdateWorkflowExecutionRequest message;
  write_update(request, self_, message);
  workflow_execution run = request.execution;
  // Servers do not answer when an update is admitted: that is looked at a moment later.
  bool const is_hasty = !is_enough(request.wait_for, update_stage::accepted);
  duration moment{std::chrono::milliseconds{100}};
  wait_end const patience{brief.patience};
  for (int tries = 1;; ++tries) {
    service::UpdateWorkflowExecutionResponse told;
    moment = is_hasty ? moment * 2 : long_poll.deadline;
    call_status const status =
        server_->try_once(update_workflow_execution.name, message, told, end.left(moment));
    call_failed const why{update_workflow_execution.name, status};
    if (status.ok()) {
      update_status now = read_status(run, told);
      was_admitted = true;
      if (is_enough(now.stage, is_hasty ? update_stage::admitted : update_stage::accepted) ||
          end.is_over())
        return now;
    } else if (says_closing(status) || (says_closed(status) && was_admitted)) {
      run = follow_update(run, id, true, why);
      write_execution(run, *message.mutable_workflow_execution());
    } else if (!is_retryable(status) || says_limit_exceeded(status)) {
      throw_refused("cannot send " + name_of_update(id, run), why);
    } else if (is_cut_off(status) && (is_hasty || end.is_over())) {
      if (auto const now = look_at_update(run, id)) return *now;
    }
    if (end.is_over() || (!was_admitted && !is_hasty && patience.is_over()) ||
        (is_hasty && tries == 10))
      throw_as(errc::backend_busy, "cannot send " + name_of_update(id, run) + " in time", why);
    back_off(long_poll, 1, status, end);
  }
}

auto client_calls::look_at_update(workflow_execution const& run, shared_string const& id)
    -> std::optional<update_status> {
  service::PollWorkflowExecutionUpdateRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_identity(self_.identity);
  write_execution(run, *message.mutable_update_ref()->mutable_workflow_execution());
  message.mutable_update_ref()->set_update_id(checked_utf8(id.view(), "the update id"));
  try {
    return read_status(run, server_->call(poll_workflow_execution_update, message));
  } catch (call_failed const& why) {
    if (why.code() == status_code::not_found) return std::nullopt;
    throw_refused("cannot look at " + name_of_update(id, run), why);
  }
}

auto client_calls::poll_update(poll_update_request const& request) -> update_status {
  return await_update(request.execution, request.update_id, request.wait_for,
                      wait_end{request.wait_timeout});
}

auto client_calls::await_update(workflow_execution run, shared_string const& id,
                                update_stage wanted, wait_end const& end) -> update_status {
  service::PollWorkflowExecutionUpdateRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_identity(self_.identity);
  write_execution(run, *message.mutable_update_ref()->mutable_workflow_execution());
  message.mutable_update_ref()->set_update_id(checked_utf8(id.view(), "the update id"));
  bool const waits = is_enough(wanted, update_stage::accepted);
  if (waits)
    message.mutable_wait_policy()->set_lifecycle_stage(
        static_cast<api::enums::v1::UpdateWorkflowExecutionLifecycleStage>(wanted));
  call_terms const& terms = waits ? long_poll : brief;
  wait_end const patience{terms.patience};
  bool followed = false;
  for (int tries = 1;; ++tries) {
    service::PollWorkflowExecutionUpdateResponse told;
    call_status const status = server_->try_once(poll_workflow_execution_update.name, message, told,
                                                 end.left(terms.deadline));
    if (status.ok()) {
      update_status const now = read_status(run, told);
      if (!waits || is_enough(now.stage, wanted) || end.is_over()) return now;
      tries = 0;
    }
    call_failed const why{poll_workflow_execution_update.name, status};
    if (status.code == status_code::not_found || says_closing(status)) {
      run = follow_update(run, id, std::exchange(followed, true), why);
      write_execution(run, *message.mutable_update_ref()->mutable_workflow_execution());
    } else if (!status.ok()) {
      if (!is_retryable(status)) throw_refused("cannot look at " + name_of_update(id, run), why);
      if (is_cut_off(status) && end.is_over())
        if (auto const now = look_at_update(run, id)) return *now;
      if (end.is_over() || patience.is_over())
        throw_refused("cannot look at " + name_of_update(id, run), why);
    }
    back_off(terms, tries == 0 ? 1 : tries, status, end);
  }
}

auto client_calls::follow_update(workflow_execution const& run, shared_string const& id,
                                 bool was_there, call_failed const& why) -> workflow_execution {
  workflow_description const now = describe_workflow(run); // not_found if there is no such run
  bool const is_over = !is_open(now.status);
  if (says_closing(why.status()) && (!is_over || run.run_id.empty())) return run; // soon
  if (is_over && !run.run_id.empty()) {
    std::string const next = successor_of(run, close_event(run));
    if (!next.empty()) return {run.workflow_id, next};
  }
  if (is_over || was_there)
    throw_as(errc::already_closed,
             "the run has ended, and it had accepted no " + name_of_update(id, run), why);
  throw_as(errc::not_found,
           "there is no " + name_of_update(id, run) +
               ": it was never sent, was rejected a while ago, or was lost before the run accepted "
               "it",
           why);
}

// ----------------------------------------------------------------------------- updates that start
auto client_calls::was_begun_by(workflow_execution const& run, std::string const& request_id)
    -> bool {
  service::DescribeWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_execution());
  try {
    auto const told = server_->call(describe_workflow_execution, message);
    auto const& requests = told.workflow_extended_info().request_id_infos();
    auto const found = requests.find(request_id);
    return found != requests.end() &&
           found->second.event_type() == api::enums::v1::EVENT_TYPE_WORKFLOW_EXECUTION_STARTED;
  } catch (call_failed const& why) {
    throw_refused("cannot describe " + name_of(run), why);
  }
}

auto client_calls::settle_start(update_with_start_request const& request,
                                std::string const& request_id, call_status const& status)
    -> std::optional<update_with_start_result> {
  workflow_execution run{request.start.workflow_id, {}};
  if (auto const other = run_in_the_way_of(status)) run.run_id = other->run_id;
  auto const now = look_at_update(run, request.update.meta.update_id);
  if (!now) return std::nullopt;
  return update_with_start_result{{now->execution, was_begun_by(now->execution, request_id)}, *now};
}

auto client_calls::update_with_start_workflow(update_with_start_request const& request)
    -> update_with_start_result {
  wait_end const end{request.wait_timeout};
  wait_end const patience{brief.patience};
  service::ExecuteMultiOperationRequest message;
  write_start(request, self_, message);
  std::string const request_id = message.operations(0).start_workflow().request_id();
  bool const is_hasty = !is_enough(request.wait_for, update_stage::accepted);
  duration moment{std::chrono::milliseconds{100}};
  update_with_start_result made{};
  for (int tries = 1;; ++tries) {
    service::ExecuteMultiOperationResponse told;
    moment = is_hasty ? moment * 2 : long_poll.deadline;
    call_status const status = decisive_status(
        server_->try_once(execute_multi_operation.name, message, told, end.left(moment)));
    if (status.ok() && told.responses_size() == 2) {
      auto const& started = told.responses(0).start_workflow();
      made.start = {{request.start.workflow_id, started.run_id()}, started.started()};
      made.update = read_status(made.start.execution, told.responses(1).update_workflow());
      break;
    }
    call_failed const why{execute_multi_operation.name, status};
    bool const is_settled = says(status, "StartDeduped"); // an earlier try has started it
    bool const is_refused = is_settled || !is_retryable(status) || says_limit_exceeded(status);
    if (is_refused ? is_settled || run_in_the_way_of(status)
                   : is_cut_off(status) && (is_hasty || end.is_over()))
      if (auto settled = settle_start(request, request_id, status)) {
        made = std::move(*settled);
        break;
      }
    if (is_settled)
      throw_as(errc::already_closed,
               "the run ended before it accepted " +
                   name_of_update(request.update.meta.update_id, {request.start.workflow_id, {}}),
               why);
    if (is_refused || end.is_over() || patience.is_over()) throw_not_started(request.start, why);
    back_off(brief, tries, status, end);
  }
  if (is_enough(made.update.stage, request.wait_for) || end.is_over()) return made;
  update_workflow_request rest{made.start.execution, request.update, request.wait_for, {}};
  if (!is_enough(made.update.stage, update_stage::accepted))
    made.update = send_update(rest, end, true);
  if (!is_enough(made.update.stage, request.wait_for) && !end.is_over())
    made.update =
        await_update(made.update.execution, request.update.meta.update_id, request.wait_for, end);
  return made;
}

} // namespace perdure::inline v0::temporal
