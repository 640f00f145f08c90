// From a task to what runs it: a replay of the run from its first event, and the answers of
// queries.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "perdure/error.hpp"
#include "perdure/execution/failure_conversion.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/task.hpp"
#include "perdure/worker/worker_options.hpp"

namespace perdure::inline v0::detail {

/// Whether a live run is the one that a task is for. Numbers of runs that a server names by texts
/// alone are hashes of them.
template <class Executor>
[[nodiscard]] auto is_of(Executor const& executor, workflow_task const& task) noexcept -> bool {
  return executor.run_id() == task.execution.run_id;
}

/// Whether a live run stands where the last completed workflow task left it.
template <class Executor>
[[nodiscard]] auto is_current(Executor const* executor, workflow_task const& task) noexcept
    -> bool {
  return executor != nullptr && executor->last_event_id() == task.previous_started_event_id &&
         is_of(*executor, task);
}

/// Answers a query task. `executor`: the live run or null; afterwards the one that has answered. It
/// may be kept if it `is_current`. `replayable(task)` gives a fresh one, and the task all events.
template <class Executor, class Replayable>
auto answer_query_task(std::unique_ptr<Executor>& executor, workflow_task& task,
                       Replayable&& replayable) -> query_answer {
  try {
    if (!is_current(executor.get(), task)) {
      executor = replayable(task);
      executor->catch_up(task.events);
    }
    return executor->answer(*task.query);
  } catch (...) {
    executor.reset(); // it cannot be replayed, as its next workflow task will say
    query_answer answer{};
    answer.id = task.query->id;
    answer.failed = failure_of_current_exception();
    return answer;
  }
}

/// Puts all of history before the events of a task. Some of those may not be in history: the task
/// that brings an update is recorded only when the update is accepted.
template <class Unused = void>
void prepend_history(workflow_task& task, std::vector<event> recorded) {
  for (event const& e : task.events)
    if (recorded.empty() || e.id > recorded.back().id) recorded.push_back(e);
  task.events = std::move(recorded);
}

/// Runs the code of a run as a worker with these options does. They must outlive it.
template <class Executor>
[[nodiscard]] auto make_executor(workflow_starter starter, workflow_execution const& execution,
                                 shared_string const& workflow_type, worker_options const& options)
    -> std::unique_ptr<Executor> {
  auto made = std::make_unique<Executor>(starter, execution, workflow_type, options.fail_run_on);
  if (!options.interceptors.empty()) made->intercept(options.interceptors);
  made->convert_by(options.data_converter.get());
  return made;
}

/// A fresh executor, and in `task` all events from the first on.
/// \throws error (not_registered)
template <class Executor, class Backend>
[[nodiscard]] auto replayable(registry const& known, worker_options const& options,
                              Backend& backend, workflow_task& task) -> std::unique_ptr<Executor> {
  workflow_starter const starter = known.workflow(task.workflow_type.view());
  if (starter == nullptr)
    throw error{errc::not_registered, "no workflow is registered as '" + task.workflow_type.str() +
                                          "' with the worker of queue '" + options.task_queue +
                                          "' (registered: " + known.workflow_names() + ")"};
  if (task.events.empty() || task.events.front().id != 1)
    prepend_history(task, backend.read_history(task.token));
  return make_executor<Executor>(starter, task.execution, task.workflow_type, options);
}

} // namespace perdure::inline v0::detail
