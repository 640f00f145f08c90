#include "perdure/backend/temporal/worker/task_reading.hpp"

#include <algorithm>

#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/calls/scratch_message.hpp"
#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/worker/tasks_in_hand.hpp"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

/// Appends the pages that follow, the first of which `page` names. A page may be empty and not the
/// last.
void append_pages(connection& server, workflow_execution const& run, std::string page,
                  server_numbers own, std::vector<event>& to) {
  service::GetWorkflowExecutionHistoryRequest request;
  request.set_namespace_(server.options().namespace_);
  request.mutable_execution()->set_workflow_id(run.workflow_id.str());
  request.mutable_execution()->set_run_id(run.run_id.str());
  do {
    request.set_next_page_token(std::move(page));
    scratch_message<service::GetWorkflowExecutionHistoryResponse> answered;
    server.call(get_workflow_execution_history.name, request, *answered, brief);
    append_events(answered->history(), to, own);
    page = answered->next_page_token();
  } while (!page.empty());
}

/// An update that a reset took along is in history, and no message says it again.
void add_admitted_updates(workflow_task& task) {
  for (event const& each : task.events) {
    auto const* const admitted =
        each.attributes.get_if<events::workflow_execution_update_admitted>();
    if (admitted == nullptr || each.id <= task.previous_started_event_id) continue;
    shared_string const& id = admitted->request.meta.update_id;
    bool const is_there = std::any_of(task.updates.begin(), task.updates.end(),
                                      [&](auto const& update) { return update.id == id; });
    if (!is_there) task.updates.push_back({id, each.id, admitted->request});
  }
}

} // namespace

auto read_all_events(connection& server, workflow_execution const& run) -> std::vector<event> {
  std::vector<event> events;
  append_pages(server, run, {}, server_numbers::read, events);
  return events;
}

auto read_whole_task(connection& server, workflow_task_bytes const& polled) -> told_workflow_task {
  auto told = read_task(polled);
  workflow_task& task = told.task;
  if (!told.next_page.empty()) {
    std::vector<event> events = task.events.to_vector();
    append_pages(server, task.execution, std::move(told.next_page), server_numbers::passed_over,
                 events);
    task.events = std::move(events);
  }
  task.token.run = run_number_of(task.execution.run_id.view());
  add_admitted_updates(task);
  return told;
}

} // namespace perdure::inline v0::temporal
