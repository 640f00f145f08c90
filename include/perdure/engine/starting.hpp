// Starting runs: the first event, the deadlines of the run, the first workflow task.
#pragma once

#include <optional>
#include <utility>

#include "perdure/engine/activities.hpp"
#include "perdure/engine/cron.hpp"
#include "perdure/engine/ledger.hpp"
#include "perdure/engine/run_attributes.hpp"
#include "perdure/history/requests.hpp"

namespace perdure::inline v0::engine {

inline constexpr duration default_task_timeout{10'000'000'000};

/// When a run times out: by its own timeout, or by that of its chain; the end of time if never.
[[nodiscard]] inline auto end_of_run(run_state const& run) -> time_point {
  auto const& started = run.started();
  duration const backoff = started.first_workflow_task_backoff.value_or(duration{});
  time_point const end = later(later(run.start_time, backoff), limit(started.workflow_run_timeout));
  return started.workflow_execution_expiration_time &&
                 *started.workflow_execution_expiration_time < end
             ? *started.workflow_execution_expiration_time
             : end;
}

/// Begins a run from its first event, whose ids, attempt and expiration the caller has set. `then`
/// is the second one, if there is one before the first task.
template <store S>
auto begin_run(step_context<S>& step, shared_string workflow_id, shared_string run_id,
               events::workflow_execution_started&& started, run_number previous, bool hot = false,
               event_attributes then = {}) -> run_state& {
  run_state& run = step.store.create_run();
  run.execution = {std::move(workflow_id), std::move(run_id)};
  run.workflow_type = started.workflow_type;
  run.queue = step.store.queue_number(started.task_queue.name);
  run.start_time = step.now;
  run.history.reserve(11); // a run with one activity has 11 events
  run.previous = previous;
  if (started.original_execution_run_id.empty())
    started.original_execution_run_id = run.execution.run_id;
  if (started.first_execution_run_id.empty()) started.first_execution_run_id = run.execution.run_id;
  if (!started.workflow_task_timeout) started.workflow_task_timeout = default_task_timeout;
  if (started.attempt == 0) started.attempt = 1;
  started.workflow_id = run.execution.workflow_id;
  started.task_queue.kind = task_queue_kind::normal;
  duration const backoff = started.first_workflow_task_backoff.value_or(duration{});
  step.store.set_current_run(run);
  (void)append(step, run, event_attributes::make(std::move(started)));
  fold_attributes(run, run.history.front());
  time_point const end = end_of_run(run);
  if (end != time_point::max())
    step.store.set_timer(run.live->timeout, {run.number, timer_key::kind::run_timeout, 0}, end);
  if (then) (void)append(step, run, std::move(then));
  run.live->task_needed = true;
  if (backoff > duration{}) {
    run.live->task.now = task_state::phase::waiting;
    step.store.set_timer(run.live->task_delay, {run.number, timer_key::kind::first_task, 0},
                         later(step.now, backoff));
  } else {
    schedule_task_if_needed(step, run, hot);
  }
  return run;
}

[[nodiscard]] inline auto set_or_absent(duration d) -> std::optional<duration> {
  return d == duration{} ? std::nullopt : std::optional{d};
}

/// The first event of a run that a client starts.
[[nodiscard]] inline auto first_event(start_workflow_request const& request, time_point now)
    -> events::workflow_execution_started {
  events::workflow_execution_started started{};
  started.workflow_id = request.workflow_id;
  started.workflow_type = request.workflow_type;
  started.task_queue.name = request.task_queue;
  started.input = request.input;
  started.workflow_execution_timeout = set_or_absent(request.workflow_execution_timeout);
  started.workflow_run_timeout = set_or_absent(request.workflow_run_timeout);
  started.workflow_task_timeout = set_or_absent(request.workflow_task_timeout);
  if (request.retry_policy.is_set()) started.retry_policy = request.retry_policy;
  started.identity = request.identity;
  started.memo = request.memo;
  started.search_attributes = request.search_attributes;
  started.header = request.header;
  started.priority = request.priority;
  started.first_workflow_task_backoff = set_or_absent(request.start_delay);
  started.cron_schedule = request.cron_schedule;
  if (request.workflow_execution_timeout > duration{})
    started.workflow_execution_expiration_time =
        later(later(now, request.start_delay), request.workflow_execution_timeout);
  return started;
}

/// What a schedule starts, from `first_event` of it: the opposite, but for policies about ids, the
/// request id, start delay and cron schedule, which schedules do not have, and for the summary and
/// details, which stand beside an event.
[[nodiscard]] inline auto action_of(events::workflow_execution_started&& started)
    -> start_workflow_request {
  start_workflow_request action{};
  action.workflow_id = std::move(started.workflow_id);
  action.workflow_type = std::move(started.workflow_type);
  action.task_queue = std::move(started.task_queue.name);
  action.input = std::move(started.input);
  action.workflow_execution_timeout = started.workflow_execution_timeout.value_or(duration{});
  action.workflow_run_timeout = started.workflow_run_timeout.value_or(duration{});
  action.workflow_task_timeout = started.workflow_task_timeout.value_or(duration{});
  if (started.retry_policy) action.retry_policy = *started.retry_policy;
  action.identity = std::move(started.identity);
  action.memo = std::move(started.memo);
  action.search_attributes = std::move(started.search_attributes);
  action.header = std::move(started.header);
  action.priority = std::move(started.priority);
  return action;
}

/// The first event of a child.
[[nodiscard]] inline auto first_event(events::start_child_workflow_execution_initiated const& asked,
                                      run_state const& parent, event_id initiated, time_point now)
    -> events::workflow_execution_started {
  events::workflow_execution_started started{};
  started.workflow_type = asked.workflow_type;
  started.parent_workflow_execution = parent.execution;
  started.parent_initiated_event_id = initiated;
  started.task_queue = asked.task_queue;
  started.input = asked.input;
  started.workflow_execution_timeout = asked.workflow_execution_timeout;
  started.workflow_run_timeout = asked.workflow_run_timeout;
  started.workflow_task_timeout = asked.workflow_task_timeout;
  started.retry_policy = asked.retry_policy;
  started.cron_schedule = asked.cron_schedule;
  started.memo = asked.memo;
  started.search_attributes = asked.search_attributes;
  started.header = asked.header;
  started.priority = merged(asked.priority, parent.started().priority);
  auto const& root = parent.started().root_workflow_execution;
  started.root_workflow_execution = root.workflow_id.empty() ? parent.execution : root;
  if (limit(asked.workflow_execution_timeout) != duration::max())
    started.workflow_execution_expiration_time = later(now, *asked.workflow_execution_timeout);
  return started;
}

/// What stands in the way of another run under a workflow id.
enum class id_verdict : unsigned char { free, use_existing, taken, terminate_existing };

[[nodiscard]] inline auto judge_id(run_state const* current, workflow_id_reuse_policy reuse,
                                   workflow_id_conflict_policy conflict) -> id_verdict {
  if (current == nullptr) return id_verdict::free;
  if (current->open()) {
    if (reuse == workflow_id_reuse_policy::terminate_if_running)
      return id_verdict::terminate_existing;
    switch (conflict) {
    case workflow_id_conflict_policy::use_existing: return id_verdict::use_existing;
    case workflow_id_conflict_policy::terminate_existing: return id_verdict::terminate_existing;
    default: return id_verdict::taken;
    }
  }
  switch (reuse) {
  case workflow_id_reuse_policy::reject_duplicate: return id_verdict::taken;
  case workflow_id_reuse_policy::allow_duplicate_failed_only:
    return current->status == workflow_execution_status::completed ? id_verdict::taken
                                                                   : id_verdict::free;
  default: return id_verdict::free;
  }
}

} // namespace perdure::inline v0::engine
