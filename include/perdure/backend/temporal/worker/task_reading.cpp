#include "perdure/backend/temporal/worker/task_reading.hpp"

#include <algorithm>

#include "perdure/backend/temporal/calls/arena_message.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/translation/event_translation.hpp"
#include "perdure/backend/temporal/worker/tasks_in_hand.hpp"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

/// Appends the pages that follow, the first of which `page` names. A page may be empty and not the
/// last.
void append_pages(connection& server, workflow_execution const& run, std::string page,
                  std::vector<event>& to) {
  service::GetWorkflowExecutionHistoryRequest request;
  request.set_namespace_(server.options().namespace_);
  request.mutable_execution()->set_workflow_id(run.workflow_id.str());
  request.mutable_execution()->set_run_id(run.run_id.str());
  do {
    request.set_next_page_token(std::move(page));
    auto const answered = make_arena_message<service::GetWorkflowExecutionHistoryResponse>();
    server.call(get_workflow_execution_history.name, request, *answered, brief);
    append_events(answered->history(), to);
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
  append_pages(server, run, {}, events);
  return events;
}

auto read_workflow_task(connection& server, service::PollWorkflowTaskQueueResponse const& polled)
    -> workflow_task {
  workflow_task task{};
  task.execution = {polled.workflow_execution().workflow_id(),
                    polled.workflow_execution().run_id()};
  task.workflow_type = polled.workflow_type().name();
  task.previous_started_event_id = polled.previous_started_event_id();
  append_events(polled.history(), task.events);
  if (!polled.next_page_token().empty())
    append_pages(server, task.execution, polled.next_page_token(), task.events);
  task.token.run = run_number_of(task.execution.run_id.view());
  task.token.started_event_id = polled.started_event_id();
  task.token.attempt = polled.attempt();
  for (auto const& message : polled.messages()) task.updates.push_back(read_update(message));
  add_admitted_updates(task);
  for (auto const& [id, query] : polled.queries()) {
    task.queries.push_back(read_query(query));
    task.queries.back().id = id;
  }
  if (polled.has_query()) task.query = read_query(polled.query());
  return task;
}

auto read_activity_task(service::PollActivityTaskQueueResponse const& polled,
                        shared_string const& queue) -> activity_task {
  activity_task task{};
  task.execution = {polled.workflow_execution().workflow_id(),
                    polled.workflow_execution().run_id()};
  task.workflow_type = polled.workflow_type().name();
  task.opaque_token = polled.task_token();
  task.token.run = run_number_of(task.execution.run_id.view());
  task.token.attempt = polled.attempt();
  task.scheduled_time = read_time(polled.scheduled_time());
  task.attempt_scheduled_time = read_time(polled.current_attempt_scheduled_time());
  task.started_time = read_time(polled.started_time());
  task.heartbeat_details = read_payloads(polled.heartbeat_details());
  events::activity_task_scheduled asked{};
  asked.activity_id = polled.activity_id();
  asked.activity_type = polled.activity_type().name();
  asked.task_queue.name = queue;
  asked.task_queue.kind = task_queue_kind::normal;
  asked.input = read_payloads(polled.input());
  if (polled.header().fields_size() != 0) asked.header = read_payload_map(polled.header().fields());
  if (polled.has_schedule_to_close_timeout())
    asked.schedule_to_close_timeout = read_duration(polled.schedule_to_close_timeout());
  if (polled.has_start_to_close_timeout())
    asked.start_to_close_timeout = read_duration(polled.start_to_close_timeout());
  if (polled.has_heartbeat_timeout())
    asked.heartbeat_timeout = read_duration(polled.heartbeat_timeout());
  if (polled.has_retry_policy()) asked.retry_policy = read_retry_policy(polled.retry_policy());
  if (polled.has_priority()) asked.priority = read_priority(polled.priority());
  task.scheduled = event_attributes::make(std::move(asked));
  return task;
}

} // namespace perdure::inline v0::temporal
