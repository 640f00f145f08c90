// What happens to deployments: workers of a build come, the current build changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/activities.hpp"
#include "perdure/engine/deployments.hpp"
#include "perdure/engine/effects.hpp"
#include "perdure/error.hpp"
#include "perdure/history/deployment_requests.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// Puts a task that waits into the queue that it belongs to now; one that no longer counts is
/// dropped.
template <store S>
void route_again(step_context<S>& step, queued_task const& task) {
  run_state* const run = step.store.find_run(task.run);
  if (run == nullptr || !run->open()) return;
  if (task.what == queued_task::kind::workflow)
    return enqueue_task(step, *run, task, queue_of(step.store, *run), false, {});
  if (task.what == queued_task::kind::start_child)
    return queue_start(step, {effect::kind::start_child, run->number, task.event, 0, 0, {}});
  if (activity_state* const activity = run->live->activities.find(task.event);
      activity != nullptr && activity->attempt == task.attempt)
    enqueue_activity(step, *run, task.event, *activity, false);
}

/// Looks at all tasks that wait in the queues of a deployment; `build`: one that may have tasks
/// though no worker of it was seen. Their order is kept.
template <store S>
void route_again(step_context<S>& step, deployment_record const& of, std::string_view build) {
  std::vector<std::string> names;
  auto const add = [&](std::string name) {
    for (auto const& each : names)
      if (each == name) return;
    names.push_back(std::move(name));
  };
  for (auto const& each : of.queues) {
    add(each.task_queue);
    for (auto const& other : of.queues)
      add(versioned_queue(each.task_queue, of.name, other.build_id));
    if (!build.empty()) add(versioned_queue(each.task_queue, of.name, build));
  }
  std::vector<queued_task> waiting;
  for (auto const& name : names) {
    std::uint32_t const queue = step.store.queue_number(name);
    while (auto const task = step.store.pop_task(queue, true, true)) waiting.push_back(*task);
  }
  for (queued_task const& task : waiting) route_again(step, task);
}

inline void check_version_name(std::string_view what, std::string_view name) {
  if (name.empty() || name.size() > limits::id_bytes_max ||
      name.find(version_separator) != std::string_view::npos)
    throw error{errc::invalid_argument,
                std::string{what} + " must have 1 to 1000 bytes and no control character"};
}

/// A worker of a build polls a task queue. \throws error (invalid_argument)
template <store S>
void register_build(step_context<S>& step, std::string_view task_queue, std::string_view deployment,
                    std::string_view build) {
  check_version_name("the name of a deployment", deployment);
  check_version_name("a build id", build);
  deployment_book book = step.store.deployments();
  deployment_record& record = book.make(deployment);
  for (auto const& each : record.queues)
    if (each.build_id == build && each.task_queue == task_queue) return;
  record.queues.push_back({std::string{build}, std::string{task_queue}});
  deployment_record const changed = record;
  step.store.keep_deployments(std::move(book));
  route_again(step, changed, changed.current);
}

/// New runs, and those that upgrade by themselves, go on at this build from their next task on. An
/// empty one: at unversioned workers. Linear in the tasks that wait in the deployment's queues.
/// \throws error (invalid_argument)
template <store S>
void set_current_version(step_context<S>& step, std::string_view deployment,
                         std::string_view build) {
  check_version_name("the name of a deployment", deployment);
  if (!build.empty()) check_version_name("a build id", build);
  deployment_book book = step.store.deployments();
  std::int64_t highest = 0;
  for (auto const& each : book.deployments)
    highest = each.set_number < highest ? highest : each.set_number;
  deployment_record& record = book.make(deployment);
  if (record.current == build) return;
  std::string const before = std::exchange(record.current, std::string{build});
  record.set_number = highest + 1;
  deployment_record const changed = record;
  step.store.keep_deployments(std::move(book));
  route_again(step, changed, before);
}

/// \throws error (not_found)
template <store S>
[[nodiscard]] auto describe_deployment(step_context<S>& step, std::string_view name)
    -> deployment_description {
  deployment_record const* const found = step.store.deployments().find(name);
  if (found == nullptr)
    throw error{errc::not_found,
                "no worker or client has named a deployment '" + std::string{name} + "'"};
  deployment_description told{};
  told.name = found->name;
  told.current_build_id = found->current;
  for (auto const& each : found->queues) {
    deployment_description::version* build = nullptr;
    for (auto& known : told.versions)
      if (known.build_id == each.build_id) build = &known;
    if (build == nullptr) {
      build = &told.versions.emplace_back();
      build->build_id = each.build_id;
    }
    build->task_queues.push_back(each.task_queue);
  }
  for (auto& each : told.versions)
    each.open_pinned_runs = step.store.count_pinned({told.name, each.build_id, {}});
  return told;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
