#include "perdure/backend/temporal/client/client_calls.hpp"

#include <chrono>
#include <utility>

#include "perdure/backend/random_uuid.hpp"
#include "perdure/backend/temporal/calls/call_errors.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/translation/description_translation.hpp"
#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/worker/task_reading.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

[[nodiscard]] auto or_else(std::string_view text, std::string const& otherwise) -> std::string {
  return text.empty() ? otherwise : utf8_of(text);
}

/// The run that ContinuedAsNew, or another end that is not the last, names.
template <class Attributes>
[[nodiscard]] auto next_run_in(event const& end) -> std::string {
  return end.as<Attributes>().new_execution_run_id.str();
}

} // namespace

client_calls::client_calls(connection& server, eager_workers* workers)
    : server_{&server}, workers_{workers}, self_{server.options().namespace_, server.identity()} {}

auto client_calls::start_workflow(start_workflow_request const& request) -> start_workflow_result {
  service::StartWorkflowExecutionRequest message;
  write_start(request, self_, message);
  std::uint64_t const offered = workers_ == nullptr ? 0 : workers_->offer(message);
  auto const call = [&] {
    try {
      auto answer = server_->call(start_workflow_execution, message);
      if (offered != 0) workers_->take(message, offered, &answer);
      return answer;
    } catch (...) {
      if (offered != 0) workers_->take(message, offered, nullptr);
      throw;
    }
  };
  try {
    auto const told = call();
    // Servers before 1.25 do not say that they have started it.
    bool const started =
        told.started() || (told.status() == api::enums::v1::WORKFLOW_EXECUTION_STATUS_UNSPECIFIED &&
                           request.id_conflict_policy != workflow_id_conflict_policy::use_existing);
    return {{request.workflow_id, told.run_id()}, started};
  } catch (call_failed const& why) {
    auto const other = run_in_the_way_of(why.status());
    if (other && other->request_id == message.request_id())
      return {{request.workflow_id, other->run_id}, true}; // an earlier try has started it
    throw_not_started(request, why);
  }
}

auto client_calls::signal_with_start_workflow(signal_with_start_request const& request)
    -> start_workflow_result {
  service::SignalWithStartWorkflowExecutionRequest message;
  write_start(request, self_, message);
  try {
    auto const told = server_->call(signal_with_start_workflow_execution, message);
    return {{request.start.workflow_id, told.run_id()}, told.started()};
  } catch (call_failed const& why) {
    throw_not_started(request.start, why);
  }
}

void client_calls::signal_workflow(workflow_execution const& run, std::string_view name,
                                   payloads input, std::string_view identity,
                                   indirect<payload_map> const& header) {
  service::SignalWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_workflow_execution());
  message.set_signal_name(checked_utf8(name, "the name of the signal"));
  if (!input.empty()) write_payloads(input, *message.mutable_input());
  if (header) write_payload_map(*header, *message.mutable_header()->mutable_fields());
  message.set_identity(or_else(identity, self_.identity));
  message.set_request_id(random_uuid());
  try {
    (void)server_->call(signal_workflow_execution, message);
  } catch (call_failed const& why) {
    throw_refused("cannot signal " + name_of(run), why);
  }
}

void client_calls::cancel_workflow(workflow_execution const& run, std::string_view reason,
                                   std::string_view identity) {
  service::RequestCancelWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_workflow_execution());
  message.set_reason(utf8_of(reason));
  message.set_identity(or_else(identity, self_.identity));
  message.set_request_id(random_uuid());
  if (!is_open(describe_workflow(run).status))
    throw error{errc::already_closed, "cannot cancel " + name_of(run) + ": its run is over"};
  try {
    (void)server_->call(request_cancel_workflow_execution, message);
  } catch (call_failed const& why) {
    throw_refused("cannot cancel " + name_of(run), why);
  }
}

void client_calls::terminate_workflow(workflow_execution const& run, std::string_view reason,
                                      std::string_view identity) {
  service::TerminateWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_workflow_execution());
  message.set_reason(utf8_of(reason));
  message.set_identity(or_else(identity, self_.identity));
  try {
    (void)server_->call(terminate_workflow_execution, message);
  } catch (call_failed const& why) {
    throw_refused("cannot terminate " + name_of(run), why);
  }
}

auto client_calls::describe_workflow(workflow_execution const& run) -> workflow_description {
  service::DescribeWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_execution());
  try {
    return read_description(server_->call(describe_workflow_execution, message));
  } catch (call_failed const& why) {
    throw_refused("cannot describe " + name_of(run), why);
  }
}

auto client_calls::read_history(workflow_execution const& run) -> history {
  history made{};
  made.workflow_id = run.workflow_id;
  (void)checked_utf8(run.workflow_id.view(), "the workflow id");
  (void)checked_utf8(run.run_id.view(), "the run id");
  try {
    made.events = read_all_events(*server_, run);
  } catch (call_failed const& why) {
    throw_refused("cannot read the history of " + name_of(run), why);
  }
  return made;
}

// ------------------------------------------------------------------------------------------- ends
auto client_calls::close_event(workflow_execution const& run) -> event {
  service::GetWorkflowExecutionHistoryRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_execution());
  message.set_history_event_filter_type(api::enums::v1::HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT);
  message.set_wait_new_event(true);
  message.set_skip_archival(true);
  try {
    while (true) {
      auto told = server_->call(get_workflow_execution_history, message, long_poll);
      std::vector<event> told_of;
      append_events(told.history(), told_of);
      if (!told_of.empty()) return std::move(told_of.back());
      // The token names the run, where the current one was asked for.
      message.set_next_page_token(std::move(*told.mutable_next_page_token()));
    }
  } catch (call_failed const& why) {
    throw_refused("cannot wait for the end of " + name_of(run), why);
  }
}

auto client_calls::successor_of(workflow_execution const& run, event const& end) -> std::string {
  switch (end.type) {
  case event_type::workflow_execution_continued_as_new:
    return next_run_in<events::workflow_execution_continued_as_new>(end);
  case event_type::workflow_execution_completed:
    return next_run_in<events::workflow_execution_completed>(end);
  case event_type::workflow_execution_failed:
    return next_run_in<events::workflow_execution_failed>(end);
  case event_type::workflow_execution_timed_out:
    return next_run_in<events::workflow_execution_timed_out>(end);
  case event_type::workflow_execution_terminated: break; // perhaps because it was reset
  default: return {};
  }
  service::DescribeWorkflowExecutionRequest message;
  message.set_namespace_(self_.namespace_);
  write_execution(run, *message.mutable_execution());
  try {
    return server_->call(describe_workflow_execution, message, answer)
        .workflow_extended_info()
        .reset_run_id();
  } catch (call_failed const& why) {
    throw_refused("cannot describe " + name_of(run), why);
  }
}

auto client_calls::wait_for_close(workflow_execution const& run) -> event {
  workflow_execution last = run;
  while (true) {
    event end = close_event(last);
    std::string next = successor_of(last, end);
    if (next.empty()) return end;
    last.run_id = next;
  }
}

} // namespace perdure::inline v0::temporal
