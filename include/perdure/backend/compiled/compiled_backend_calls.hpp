// How a backend that is compiled once passes its calls on.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/compiled/compiled_backend.hpp"

namespace perdure::inline v0::detail {

template <class Backend>
auto compiled_backend<Backend>::start_workflow(start_workflow_request const& request)
    -> start_workflow_result {
  return it_->start_workflow(request);
}
template <class Backend>
void compiled_backend<Backend>::signal_workflow(workflow_execution const& run,
                                                std::string_view name, payloads input,
                                                std::string_view identity,
                                                indirect<payload_map> header) {
  it_->signal_workflow(run, name, std::move(input), identity, std::move(header));
}
template <class Backend>
void compiled_backend<Backend>::cancel_workflow(workflow_execution const& run,
                                                std::string_view reason,
                                                std::string_view identity) {
  it_->cancel_workflow(run, reason, identity);
}
template <class Backend>
void compiled_backend<Backend>::terminate_workflow(workflow_execution const& run,
                                                   std::string_view reason,
                                                   std::string_view identity) {
  it_->terminate_workflow(run, reason, identity);
}
template <class Backend>
auto compiled_backend<Backend>::query_workflow(query_workflow_request const& request)
    -> query_result {
  return it_->query_workflow(request);
}
template <class Backend>
auto compiled_backend<Backend>::update_workflow(update_workflow_request const& request)
    -> update_status {
  return it_->update_workflow(request);
}
template <class Backend>
auto compiled_backend<Backend>::poll_update(poll_update_request const& request) -> update_status {
  return it_->poll_update(request);
}
template <class Backend>
auto compiled_backend<Backend>::signal_with_start_workflow(signal_with_start_request const& request)
    -> start_workflow_result {
  return it_->signal_with_start_workflow(request);
}
template <class Backend>
auto compiled_backend<Backend>::update_with_start_workflow(update_with_start_request const& request)
    -> update_with_start_result {
  return it_->update_with_start_workflow(request);
}
template <class Backend>
auto compiled_backend<Backend>::describe_workflow(workflow_execution const& run)
    -> workflow_description {
  return it_->describe_workflow(run);
}
template <class Backend>
auto compiled_backend<Backend>::list_workflows(list_filter const& filter) -> list_page {
  return it_->list_workflows(filter);
}
template <class Backend>
auto compiled_backend<Backend>::count_workflows(list_filter const& filter) -> std::size_t {
  return it_->count_workflows(filter);
}
template <class Backend>
auto compiled_backend<Backend>::read_history(workflow_execution const& run) -> history {
  return it_->read_history(run);
}
template <class Backend>
auto compiled_backend<Backend>::wait_for_close(workflow_execution const& run) -> event {
  return it_->wait_for_close(run);
}
template <class Backend>
auto compiled_backend<Backend>::reset_workflow(reset_request const& request) -> workflow_execution {
  return it_->reset_workflow(request);
}
template <class Backend>
auto compiled_backend<Backend>::fork_workflow(fork_request const& request) -> workflow_execution {
  return it_->fork_workflow(request);
}
template <class Backend>
auto compiled_backend<Backend>::override_activity_result(override_request const& request)
    -> workflow_execution {
  return it_->override_activity_result(request);
}
template <class Backend>
void compiled_backend<Backend>::retry_activity_now(workflow_execution const& run,
                                                   std::string_view activity_id,
                                                   std::string_view reason,
                                                   std::string_view identity) {
  it_->retry_activity_now(run, activity_id, reason, identity);
}
template <class Backend>
void compiled_backend<Backend>::pause_workflow(workflow_execution const& run,
                                               std::string_view reason, std::string_view identity) {
  it_->pause_workflow(run, reason, identity);
}
template <class Backend>
void compiled_backend<Backend>::unpause_workflow(workflow_execution const& run,
                                                 std::string_view reason,
                                                 std::string_view identity) {
  it_->unpause_workflow(run, reason, identity);
}
template <class Backend>
void compiled_backend<Backend>::delete_workflow(workflow_execution const& run,
                                                std::string_view reason,
                                                std::string_view identity) {
  it_->delete_workflow(run, reason, identity);
}
template <class Backend>
auto compiled_backend<Backend>::read_audit(workflow_execution const& run)
    -> std::vector<audit_record> {
  return it_->read_audit(run);
}
template <class Backend>
auto compiled_backend<Backend>::answer_async_activity(async_activity_answer const& answer) -> bool {
  return it_->answer_async_activity(answer);
}
template <class Backend>
void compiled_backend<Backend>::create_schedule(create_schedule_request const& request) {
  it_->create_schedule(request);
}
template <class Backend>
auto compiled_backend<Backend>::describe_schedule(std::string_view id) -> schedule_description {
  return it_->describe_schedule(id);
}
template <class Backend>
void compiled_backend<Backend>::update_schedule(update_schedule_request const& request) {
  it_->update_schedule(request);
}
template <class Backend>
void compiled_backend<Backend>::patch_schedule(std::string_view id, schedule_patch const& patch) {
  it_->patch_schedule(id, patch);
}
template <class Backend>
void compiled_backend<Backend>::delete_schedule(std::string_view id) {
  it_->delete_schedule(id);
}
template <class Backend>
auto compiled_backend<Backend>::list_schedules(schedule_filter const& filter) -> schedule_page {
  return it_->list_schedules(filter);
}
template <class Backend>
auto compiled_backend<Backend>::list_matching_times(std::string_view id, time_point from,
                                                    time_point to) -> std::vector<time_point> {
  return it_->list_matching_times(id, from, to);
}
template <class Backend>
void compiled_backend<Backend>::set_current_version(std::string_view deployment,
                                                    std::string_view build_id) {
  it_->set_current_version(deployment, build_id);
}
template <class Backend>
auto compiled_backend<Backend>::describe_deployment(std::string_view name)
    -> deployment_description {
  return it_->describe_deployment(name);
}
template <class Backend>
auto compiled_backend<Backend>::attach(worker_link& worker) -> bool {
  return it_->attach(worker);
}
template <class Backend>
void compiled_backend<Backend>::detach(worker_link& worker) {
  it_->detach(worker);
}
template <class Backend>
void compiled_backend<Backend>::stop_polling(worker_link& worker) {
  it_->stop_polling(worker);
}
template <class Backend>
auto compiled_backend<Backend>::poll(worker_link& worker, poll_request request) -> polled_task {
  return it_->poll(worker, request);
}
template <class Backend>
auto compiled_backend<Backend>::read_history(workflow_task_token const& task)
    -> std::vector<event> {
  return it_->read_history(task);
}
template <class Backend>
void compiled_backend<Backend>::complete_workflow_task(worker_link& worker,
                                                       workflow_task_token const& task,
                                                       workflow_task_completion answer) {
  it_->complete_workflow_task(worker, task, std::move(answer));
}
template <class Backend>
void compiled_backend<Backend>::fail_workflow_task(worker_link& worker,
                                                   workflow_task_token const& task,
                                                   workflow_task_failure answer) {
  it_->fail_workflow_task(worker, task, std::move(answer));
}
template <class Backend>
void compiled_backend<Backend>::answer_query_task(worker_link& worker,
                                                  workflow_task_token const& task,
                                                  query_answer answer) {
  it_->answer_query_task(worker, task, std::move(answer));
}
template <class Backend>
void compiled_backend<Backend>::complete_activity(activity_answerer who,
                                                  activity_task_token const& task,
                                                  payloads result) {
  it_->complete_activity(who, task, std::move(result));
}
template <class Backend>
void compiled_backend<Backend>::fail_activity(activity_answerer who,
                                              activity_task_token const& task, failure why) {
  it_->fail_activity(who, task, std::move(why));
}
template <class Backend>
void compiled_backend<Backend>::cancel_activity(activity_answerer who,
                                                activity_task_token const& task, payloads details,
                                                failure why) {
  it_->cancel_activity(who, task, std::move(details), std::move(why));
}
template <class Backend>
auto compiled_backend<Backend>::record_heartbeat(activity_task_token const& task, payloads details)
    -> bool {
  return it_->record_heartbeat(task, std::move(details));
}
template <class Backend>
auto compiled_backend<Backend>::now() -> time_point {
  return it_->now();
}
template <class Backend>
auto compiled_backend<Backend>::delete_closed_before(time_point before) -> std::size_t {
  return it_->delete_closed_before(before);
}
template <class Backend>
void compiled_backend<Backend>::advance(duration wait) {
  it_->advance(wait);
}

template <class Backend>
auto compiled_backend<Backend>::tasks() -> std::shared_ptr<task_source> {
  return std::make_shared<task_source_of<Backend>>(*it_);
}

} // namespace perdure::inline v0::detail
