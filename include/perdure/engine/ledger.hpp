// Writing history: events, the facts that wait for a workflow task to end, and the need for the
// next task.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "perdure/engine/deployments.hpp"
#include "perdure/engine/engine_limits.hpp"
#include "perdure/engine/fair_order.hpp"
#include "perdure/engine/run_state.hpp"
#include "perdure/engine/store.hpp"
#include "perdure/limits.hpp"
#include "perdure/replay/task_sequence.hpp"

namespace perdure::inline v0::engine {

/// Something one run causes outside of itself; carried out after the step that caused it.
struct effect {
  enum class kind : std::uint8_t {
    start_child,
    signal,
    cancel,
    child_closed,
    close_child,
    scheduled_run_closed
  };
  kind what{};
  run_number from{};       ///< The run that causes it.
  event_id initiated{};    ///< Its event (start_child, signal, cancel).
  run_number to{};         ///< The parent (child_closed), the child (close_child; 0: not started).
  event_id parent_event{}; ///< Of the parent (child_closed).
  event_attributes
      what_it_says{}; ///< child_closed: the event for the parent; close_child: what was asked.
};

/// What a caller of the engine must pass on after a step.
struct notices {
  std::vector<stopped_attempt> cancelled_activities{}; ///< Attempts that should stop.
  bool awaited_run_closed{false}; ///< Somebody waits for the end of a run that has come.
  std::size_t tasks_added{0};
  std::vector<limit_notice> limits{};
  bool updates_changed{false}; ///< Some update has come further: whoever waits for one looks.
};

/// One step of an engine: its store, the time it happens at, and what it causes.
template <store S>
struct step_context {
  S& store;
  time_point now{};
  std::vector<effect> effects{};
  notices& news; ///< For whoever called the engine.
  engine_limits const* limits{&standard_limits};
  std::vector<run_number> oversized{};    ///< Runs that must end, for their history is too long.
  std::vector<pending_update> homeless{}; ///< Of a run that has ended: for the one that follows.
};

/// Set in the lease of an attempt that goes on without the worker it was handed to.
inline constexpr task_lease detached_lease = task_lease{1} << 63U;
[[nodiscard]] constexpr auto is_detached(task_lease lease) noexcept -> bool {
  return (lease & detached_lease) != 0;
}

/// Has an attempt that a worker runs told that it should stop.
template <store S>
void stop_attempt(step_context<S>& step, run_state const& run, event_id id,
                  activity_state const& activity, activity_cancel_reason reason) {
  if (activity.now == activity_state::phase::started && !is_detached(activity.lease))
    step.news.cancelled_activities.push_back(
        {{run.number, id, activity.attempt, activity.lease}, reason});
}

/// What every event is taken to need in history beside its payloads.
inline constexpr std::int64_t event_fixed_bytes = 64;

/// Roughly what an event takes in history, for the limits: payload bytes plus a constant.
[[nodiscard]] inline auto approximate_size(event_attributes const& what) -> std::int64_t {
  auto const plus = [](payloads const& p) {
    return event_fixed_bytes + static_cast<std::int64_t>(byte_size(p));
  };
  switch (what.type()) {
  case event_type::workflow_execution_started:
    return plus(what.get<events::workflow_execution_started>().input);
  case event_type::workflow_execution_completed:
    return plus(what.get<events::workflow_execution_completed>().result);
  case event_type::activity_task_scheduled:
    return plus(what.get<events::activity_task_scheduled>().input);
  case event_type::activity_task_completed:
    return plus(what.get<events::activity_task_completed>().result);
  case event_type::workflow_execution_signaled:
    return plus(what.get<events::workflow_execution_signaled>().input);
  case event_type::start_child_workflow_execution_initiated:
    return plus(what.get<events::start_child_workflow_execution_initiated>().input);
  case event_type::child_workflow_execution_completed:
    return plus(what.get<events::child_workflow_execution_completed>().result);
  case event_type::workflow_execution_continued_as_new:
    return plus(what.get<events::workflow_execution_continued_as_new>().input);
  case event_type::workflow_execution_canceled:
    return plus(what.get<events::workflow_execution_canceled>().details);
  case event_type::signal_external_workflow_execution_initiated:
    return plus(what.get<events::signal_external_workflow_execution_initiated>().input);
  case event_type::workflow_execution_update_admitted:
    return plus(what.get<events::workflow_execution_update_admitted>().request.input.args);
  case event_type::workflow_execution_update_accepted:
    return plus(what.get<events::workflow_execution_update_accepted>().accepted_request.input.args);
  case event_type::workflow_execution_update_completed:
    return plus(what.get<events::workflow_execution_update_completed>().outcome.success);
  case event_type::marker_recorded: {
    std::int64_t size = event_fixed_bytes;
    if (auto const& details = what.get<events::marker_recorded>().details)
      for (auto const& [name, values] : *details)
        size += static_cast<std::int64_t>(name.size() + byte_size(values));
    return size;
  }
  default: return event_fixed_bytes;
  }
}

/// Has it reported, once for each run, that a limit was passed.
template <store S>
void tell_limit(step_context<S>& step, run_state& run, limit_kind what, std::size_t value,
                std::size_t bound) {
  auto const bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(what));
  if (value <= bound || (run.limits_told & bit) != 0) return;
  run.limits_told = static_cast<std::uint8_t>(run.limits_told | bit);
  step.news.limits.push_back({run.execution, run.workflow_type, what, value, bound});
}
/// A run has become long, or has taken in something big.
template <store S>
void check_size(step_context<S>& step, run_state& run, std::int64_t payload_bytes) {
  if (run.history.back().type == event_type::workflow_task_started)
    return; // written by a poll, which has nobody to tell: the next event will do
  engine_limits const& bounds = *step.limits;
  auto const bytes = static_cast<std::size_t>(run.history_size_bytes);
  tell_limit(step, run, limit_kind::payload_bytes, static_cast<std::size_t>(payload_bytes),
             bounds.payload_bytes_warn);
  tell_limit(step, run, limit_kind::history_bytes, bytes, bounds.history_bytes_warn);
  tell_limit(step, run, limit_kind::history_events, run.history.size(), bounds.history_events_warn);
  if (bounds.enforced &&
      (bytes > bounds.history_bytes_max || run.history.size() > bounds.history_events_max))
    step.oversized.push_back(run.number);
}

/// Appends an event now. Returns its id.
template <store S>
auto append(step_context<S>& step, run_state& run, event_attributes what) -> event_id {
  event_id const id = run.next_event_id();
  std::int64_t const size = approximate_size(what);
  run.history_size_bytes += size;
  event_type const type = what.type();
  run.history.add(id, step.now, type, false, std::move(what));
  engine_limits const& bounds = *step.limits;
  if (size > static_cast<std::int64_t>(bounds.payload_bytes_warn) ||
      run.history_size_bytes > static_cast<std::int64_t>(bounds.history_bytes_warn) ||
      run.history.size() > bounds.history_events_warn) [[unlikely]]
    check_size(step, run, size - event_fixed_bytes);
  return id;
}

template <store S>
void push_urgent(step_context<S>& step, std::uint32_t queue, queued_task task, bool front,
                 indirect<priority> const& urgent) {
  step.store.push_task(queue, task, front, &*urgent);
}
/// Puts the run's workflow task into its queue; it jumps the queue if the thread that caused it can
/// go on with it, but not for ever.
template <store S>
void enqueue_task(step_context<S>& step, run_state& run, queued_task task, std::uint32_t queue,
                  bool hot, indirect<priority> const& own) {
  constexpr std::uint8_t streak_max = 64;
  bool const front = hot && run.live->hot_streak < streak_max;
  run.live->hot_streak = front ? static_cast<std::uint8_t>(run.live->hot_streak + 1) : 0;
  auto const& base = run.started().priority;
  if (own || base) [[unlikely]]
    push_urgent(step, queue, task, front, merged(own, base));
  else
    step.store.push_task(queue, task, front);
  ++step.news.tasks_added;
}

[[nodiscard]] inline auto task_scheduled_event(run_state const& run) -> event_attributes {
  events::workflow_execution_started const& started = run.started();
  // What was said of the task before is nearly always to be said again: events share it.
  auto const before = static_cast<std::size_t>(run.live->task.scheduled_event_id);
  if (before != 0 && before <= run.history.size()) {
    event_attributes const& said = run.history[before - 1].attributes;
    auto const* const e = said.get_if<events::workflow_task_scheduled>();
    if (e != nullptr && !e->unknown && e->attempt == run.live->task.attempt &&
        e->task_queue == started.task_queue &&
        e->start_to_close_timeout == started.workflow_task_timeout)
      return said;
  }
  events::workflow_task_scheduled scheduled{};
  scheduled.task_queue = started.task_queue;
  scheduled.start_to_close_timeout = started.workflow_task_timeout;
  scheduled.attempt = run.live->task.attempt;
  return event_attributes::make(std::move(scheduled));
}

/// Writes at `at` what happened then.
template <store S>
auto append_at(step_context<S>& step, run_state& run, time_point at, event_attributes what)
    -> event_id {
  time_point const now = std::exchange(step.now, at);
  event_id const id = append(step, run, std::move(what));
  step.now = now;
  return id;
}

/// Schedules a workflow task if one is needed, by events or by updates, and none is on its way.
template <store S>
void schedule_task_if_needed(step_context<S>& step, run_state& run, bool hot) {
  if (!run.open() || run.live->task.now != task_state::phase::none) return;
  bool const for_updates = run.live->messages != nullptr && run.live->messages->has_undelivered();
  if (!run.live->task_needed && !for_updates) return;
  run.live->task.speculative = !run.live->task_needed && run.live->task.attempt == 1;
  run.live->task_needed = false;
  run.live->task.now = task_state::phase::scheduled;
  run.live->task.scheduled_time = step.now;
  if (!run.live->task.written_late())
    run.live->task.scheduled_event_id = append(step, run, task_scheduled_event(run));
  enqueue_task(step, run, {run.number, queued_task::kind::workflow, run.live->task.attempt, 0},
               queue_of(step.store, run), hot, {});
}

/// Fills in what the parent alone knows about a child that closed, and forgets the child.
template <class Closed>
void end_child(run_state& run, Closed& closed) {
  event_id const initiated = closed.initiated_event_id;
  if (child_state const* const child = run.live->children.find(initiated))
    closed.started_event_id = child->started_event_id;
  run.live->children.erase(initiated);
}

/// Writes a fact and takes what it ends off the run's lists.
template <store S>
void append_fact(step_context<S>& step, run_state& run, fact&& f) {
  bool const needed = std::exchange(run.live->task_needed, true);
  switch (f.what.type()) {
  case event_type::activity_task_completed: {
    auto& e = f.what.edit<events::activity_task_completed>();
    e.started_event_id = append(step, run, std::move(f.started));
    run.live->activities.erase(e.scheduled_event_id);
    break;
  }
  case event_type::activity_task_failed: {
    auto& e = f.what.edit<events::activity_task_failed>();
    e.started_event_id = append(step, run, std::move(f.started));
    run.live->activities.erase(e.scheduled_event_id);
    break;
  }
  case event_type::activity_task_timed_out: {
    auto& e = f.what.edit<events::activity_task_timed_out>();
    if (f.started) e.started_event_id = append(step, run, std::move(f.started));
    run.live->activities.erase(e.scheduled_event_id);
    break;
  }
  case event_type::activity_task_canceled: {
    auto& e = f.what.edit<events::activity_task_canceled>();
    if (f.started) e.started_event_id = append(step, run, std::move(f.started));
    run.live->activities.erase(e.scheduled_event_id);
    break;
  }
  case event_type::timer_fired:
    run.live->timers.erase(f.what.get<events::timer_fired>().started_event_id);
    break;
  case event_type::workflow_execution_paused:
  case event_type::workflow_execution_unpaused: // nothing to the run's code
    run.live->task_needed = needed;
    (void)append(step, run, std::move(f.what));
    run.history.edit_back().worker_may_ignore = true;
    return;
  case event_type::child_workflow_execution_started: {
    auto const initiated =
        f.what.get<events::child_workflow_execution_started>().initiated_event_id;
    event_id const id = append(step, run, std::move(f.what));
    if (child_state* const child = run.live->children.find(initiated)) child->started_event_id = id;
    return;
  }
  case event_type::start_child_workflow_execution_failed:
    run.live->children.erase(
        f.what.get<events::start_child_workflow_execution_failed>().initiated_event_id);
    break;
  case event_type::child_workflow_execution_completed:
    end_child(run, f.what.edit<events::child_workflow_execution_completed>());
    break;
  case event_type::child_workflow_execution_failed:
    end_child(run, f.what.edit<events::child_workflow_execution_failed>());
    break;
  case event_type::child_workflow_execution_canceled:
    end_child(run, f.what.edit<events::child_workflow_execution_canceled>());
    break;
  case event_type::child_workflow_execution_timed_out:
    end_child(run, f.what.edit<events::child_workflow_execution_timed_out>());
    break;
  case event_type::child_workflow_execution_terminated:
    end_child(run, f.what.edit<events::child_workflow_execution_terminated>());
    break;
  default: break;
  }
  (void)append(step, run, std::move(f.what));
}

/// Takes in a fact: at once, or, while a workflow task is being worked on, when that has ended.
template <store S>
void take_in(step_context<S>& step, run_state& run, fact f, bool hot = false) {
  if (!run.open()) return;
  if (run.live->task.now == task_state::phase::started) {
    run.live->inbox.push_back(std::move(f));
    return;
  }
  if (task_state& task = run.live->task;
      task.speculative && task.now == task_state::phase::scheduled) {
    // It is a task like others from here on, and was scheduled before this.
    task.speculative = false;
    task.scheduled_event_id = append_at(step, run, task.scheduled_time, task_scheduled_event(run));
  }
  append_fact(step, run, std::move(f));
  schedule_task_if_needed(step, run, hot);
}

/// Writes what arrived while a workflow task was being worked on. As on a Temporal server, the
/// events that close activities and children come after the others.
template <store S>
void flush_inbox(step_context<S>& step, run_state& run) {
  if (run.live->inbox.empty()) return;
  auto inbox = std::exchange(run.live->inbox, {});
  auto const closes = [](fact const& f) {
    switch (f.what.type()) {
    case event_type::activity_task_completed:
    case event_type::activity_task_failed:
    case event_type::activity_task_timed_out:
    case event_type::activity_task_canceled:
    case event_type::child_workflow_execution_completed:
    case event_type::child_workflow_execution_failed:
    case event_type::child_workflow_execution_canceled:
    case event_type::child_workflow_execution_timed_out:
    case event_type::child_workflow_execution_terminated: return true;
    default: return false;
    }
  };
  for (bool const closing : {false, true})
    for (fact& f : inbox)
      if (f.what && closes(f) == closing) append_fact(step, run, std::move(f));
}

} // namespace perdure::inline v0::engine
