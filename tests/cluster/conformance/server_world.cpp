#include "cluster/conformance/server_world.hpp"

#include <algorithm>

#include "cluster/conformance/server_calling.hpp"

namespace perdure_test::conformance {

namespace e = perdure::events;
using perdure::event_type;
using clock = std::chrono::steady_clock;

static constexpr auto margin_of_versions = 500ms;

// --------------------------------------------------------------------------------------- calling
server_world::server_world(perdure::temporal_options options, perdure::clock_mode clock)
    : real_{std::make_shared<perdure::temporal_backend>(std::move(options))},
      real_time_{clock == perdure::clock_mode::real},
      runs_{*real_} {}

server_world::~server_world() {
  for (auto const& each : polls_) real_->detach(*each);
}

void server_world::settle() {
  if (!touched_.exchange(false)) return;
  std::lock_guard const lock{runs_mutex_};
  runs_.settle();
}

/// What has happened is in the lists.
void server_world::await_listing() {
  settle();
  std::lock_guard const lock{runs_mutex_};
  runs_.await_listing();
}

auto server_world::keep(perdure::start_workflow_result result) -> perdure::start_workflow_result {
  keep(result.execution);
  return result;
}
auto server_world::keep(perdure::workflow_execution run) -> perdure::workflow_execution {
  std::lock_guard const lock{runs_mutex_};
  runs_.add(run);
  return run;
}

// --------------------------------------------------------------------------------------- clients
auto server_world::start_workflow(perdure::start_workflow_request const& request)
    -> perdure::start_workflow_result {
  return keep(ask([&](auto& to) { return to.start_workflow(request); }));
}
void server_world::signal_workflow(perdure::workflow_execution const& run, std::string_view name,
                                   perdure::payloads input, std::string_view identity,
                                   perdure::indirect<perdure::payload_map> const& header) {
  ask([&](auto& to) { to.signal_workflow(run, name, std::move(input), identity, header); });
}
void server_world::cancel_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                   std::string_view identity) {
  settle();
  ask([&](auto& to) { to.cancel_workflow(run, reason, identity); });
}
void server_world::terminate_workflow(perdure::workflow_execution const& run,
                                      std::string_view reason, std::string_view identity) {
  settle();
  ask([&](auto& to) { to.terminate_workflow(run, reason, identity); });
}
auto server_world::query_workflow(perdure::query_workflow_request const& request)
    -> perdure::query_result {
  settle();
  return wait_for([=](auto& to) { return to.query_workflow(request); });
}
auto server_world::update_workflow(perdure::update_workflow_request const& request)
    -> perdure::update_status {
  return wait_for([=](auto& to) { return to.update_workflow(request); });
}
auto server_world::poll_update(perdure::poll_update_request const& request)
    -> perdure::update_status {
  return wait_for([=](auto& to) { return to.poll_update(request); });
}
auto server_world::signal_with_start_workflow(perdure::signal_with_start_request const& request)
    -> perdure::start_workflow_result {
  return keep(ask([&](auto& to) { return to.signal_with_start_workflow(request); }));
}
auto server_world::update_with_start_workflow(perdure::update_with_start_request const& request)
    -> perdure::update_with_start_result {
  auto made = wait_for([=](auto& to) { return to.update_with_start_workflow(request); });
  keep(made.start.execution);
  return made;
}
auto server_world::describe_workflow(perdure::workflow_execution const& run)
    -> perdure::workflow_description {
  return look([&](auto& to) { return to.describe_workflow(run); });
}
auto server_world::list_workflows(perdure::list_filter const& filter) -> perdure::list_page {
  await_listing();
  return look([&](auto& to) { return to.list_workflows(filter); });
}
auto server_world::count_workflows(perdure::list_filter const& filter) -> std::size_t {
  await_listing();
  return look([&](auto& to) { return to.count_workflows(filter); });
}
auto server_world::read_history(perdure::workflow_execution const& run) -> perdure::history {
  auto told = look([&](auto& to) { return to.read_history(run); });
  // A server shows the task that is tried again at the end, though history does not hold it.
  auto& all = told.events;
  auto tail = all.size();
  while (tail > 0 && (all[tail - 1].type == event_type::workflow_task_scheduled ||
                      all[tail - 1].type == event_type::workflow_task_started))
    --tail;
  if (tail > 0 && (all[tail - 1].type == event_type::workflow_task_failed ||
                   all[tail - 1].type == event_type::workflow_task_timed_out))
    all.resize(tail);
  return told;
}
auto server_world::wait_for_close(perdure::workflow_execution const& run) -> perdure::event {
  return wait_for([=](auto& to) { return to.wait_for_close(run); });
}
auto server_world::answer_async_activity(perdure::async_activity_answer const& answer) -> bool {
  auto given = answer;
  if (given.what != perdure::async_activity_answer::kind::detached && given.opaque.empty()) {
    std::lock_guard const lock{mutex_};
    given.opaque = name_of_[given.token.lease]; // how a process that has not polled it knows it
  }
  return ask([&](auto& to) { return to.answer_async_activity(given); });
}

// ------------------------------------------------------------------------------------- operators
auto server_world::reset_workflow(perdure::reset_request const& request)
    -> perdure::workflow_execution {
  settle();
  return keep(ask([&](auto& to) { return to.reset_workflow(request); }));
}
auto server_world::fork_workflow(perdure::fork_request const& request)
    -> perdure::workflow_execution {
  return ask([&](auto& to) { return to.fork_workflow(request); });
}
auto server_world::override_activity_result(perdure::override_request const& request)
    -> perdure::workflow_execution {
  return ask([&](auto& to) { return to.override_activity_result(request); });
}
void server_world::retry_activity_now(perdure::workflow_execution const& run,
                                      std::string_view activity_id, std::string_view reason,
                                      std::string_view identity) {
  ask([&](auto& to) { to.retry_activity_now(run, activity_id, reason, identity); });
}
void server_world::pause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                  std::string_view identity) {
  ask([&](auto& to) { to.pause_workflow(run, reason, identity); });
}
void server_world::unpause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                    std::string_view identity) {
  ask([&](auto& to) { to.unpause_workflow(run, reason, identity); });
}
void server_world::delete_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                   std::string_view identity) {
  auto const which = run.run_id.empty() ? describe_workflow(run).execution : run;
  ask([&](auto& to) { to.delete_workflow(run, reason, identity); });
  std::lock_guard const lock{runs_mutex_};
  runs_.forget(which);
}
auto server_world::read_audit(perdure::workflow_execution const& run)
    -> std::vector<perdure::audit_record> {
  return ask([&](auto& to) { return to.read_audit(run); });
}
void server_world::create_schedule(perdure::create_schedule_request const& request) {
  ask([&](auto& to) { to.create_schedule(request); });
  ++schedules_;
}
auto server_world::describe_schedule(std::string_view id) -> perdure::schedule_description {
  return ask([&](auto& to) { return to.describe_schedule(id); });
}
void server_world::update_schedule(perdure::update_schedule_request const& request) {
  ask([&](auto& to) { to.update_schedule(request); });
}
void server_world::patch_schedule(std::string_view id, perdure::schedule_patch const& patch) {
  ask([&](auto& to) { to.patch_schedule(id, patch); });
}
void server_world::delete_schedule(std::string_view id) {
  ask([&](auto& to) { to.delete_schedule(id); });
  --schedules_;
}
auto server_world::list_schedules(perdure::schedule_filter const& filter)
    -> perdure::schedule_page {
  auto const listed = [&] {
    perdure::schedule_filter all{};
    return ask([&](auto& to) { return to.list_schedules(all); }).schedules.size();
  };
  for (auto const end = clock::now() + 2s; clock::now() < end && listed() != schedules_;)
    std::this_thread::sleep_for(10ms);
  return ask([&](auto& to) { return to.list_schedules(filter); });
}
auto server_world::list_matching_times(std::string_view id, perdure::time_point from,
                                       perdure::time_point to_)
    -> std::vector<perdure::time_point> {
  return ask([&](auto& to) { return to.list_matching_times(id, from, to_); });
}
void server_world::set_current_version(std::string_view deployment, std::string_view build_id) {
  ask([&](auto& to) { to.set_current_version(deployment, build_id); });
  // The queues learn of it a moment later, and nothing tells when they have.
  std::this_thread::sleep_for(margin_of_versions);
}
auto server_world::describe_deployment(std::string_view name) -> perdure::deployment_description {
  return ask([&](auto& to) { return to.describe_deployment(name); });
}

} // namespace perdure_test::conformance
