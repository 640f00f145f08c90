// The life of a workflow task on the server's side: started, completed, failed, timed out, tried
// again.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/engine/apply_commands.hpp"
#include "perdure/engine/excess.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::engine {

/// How long a workflow task waits after its n-th failure: not at all after the first, 0.1 s after
/// the second, then 1 s, doubled up to ten minutes.
[[nodiscard]] constexpr auto task_backoff(std::int32_t attempt) noexcept -> duration {
  constexpr duration::rep second = 1'000'000'000;
  if (attempt <= 2) return duration{attempt == 2 ? second / 10 : 0};
  constexpr duration::rep longest = 600 * second;
  return duration{attempt >= 13                       ? longest
                  : second << (attempt - 3) < longest ? second << (attempt - 3)
                                                      : longest};
}

/// The event of the task's start. Nothing is appended while a task is worked on: it is the same
/// whether it is made when the task starts or, for one that is written late, when it completes.
template <store S>
[[nodiscard]] auto task_started_event(step_context<S>& step, run_state const& run)
    -> event_attributes {
  bool const many = run.history.size() >= step.limits->history_events_suggest;
  bool const large =
      run.history_size_bytes >= static_cast<std::int64_t>(step.limits->history_bytes_suggest);
  bool const updates = run.live->messages != nullptr && run.live->messages->count_accepted() * 10 >=
                                                            step.limits->updates_total_max * 9;
  return event_attributes::build<events::workflow_task_started>([&](auto& started) {
    started.scheduled_event_id = run.live->task.scheduled_event_id;
    started.identity = run.live->task.identity;
    started.history_size_bytes = run.history_size_bytes;
    started.suggest_continue_as_new = many || large || updates || run.limits_told != 0;
    if (!many && !large && !updates) return;
    auto& reasons = started.suggest_continue_as_new_reasons.make();
    if (large) reasons.push_back(suggest_continue_as_new_reason::history_size_too_large);
    if (updates) reasons.push_back(suggest_continue_as_new_reason::too_many_updates);
    if (many) reasons.push_back(suggest_continue_as_new_reason::too_many_history_events);
  });
}

/// The events from the `from`-th on, with the first two of a task that is written late.
template <store S>
[[nodiscard]] auto with_late_events(step_context<S>& step, run_state const& run, std::size_t from,
                                    event_attributes started) -> std::vector<event> {
  task_state const& task = run.live->task;
  std::vector<event> events = run.history.copy(from, run.history.size());
  events.push_back({task.scheduled_event_id,
                    task.scheduled_time,
                    event_type::workflow_task_scheduled,
                    false,
                    task_scheduled_event(run),
                    {}});
  events.push_back({task.started_event_id,
                    step.now,
                    event_type::workflow_task_started,
                    false,
                    std::move(started),
                    {}});
  return events;
}

/// Hands the scheduled task to a worker. A worker that holds the live run gets the new events only.
template <store S>
void start_task(step_context<S>& step, run_state& run, std::uint64_t worker,
                shared_string const& identity, workflow_task& given) {
  task_state& task = run.live->task;
  bool const sticky = task.worker == worker && task.previous_started_event_id != 0;
  task.now = task_state::phase::started;
  run.live->task_needed = false; // it brings all that was written so far
  task.worker = worker;
  task.lease = step.store.new_lease();
  task.identity = identity;
  task.started_time = step.now;

  if (task.written_late()) { // when it completes, after what came since it was scheduled
    task.scheduled_event_id = run.next_event_id();
    if (run.history.back().time > task.scheduled_time)
      task.scheduled_time = run.history.back().time;
  }
  event_attributes started = task_started_event(step, run);

  given.execution = run.execution;
  given.workflow_type = run.workflow_type;
  given.previous_started_event_id = task.previous_started_event_id;
  std::size_t const from = sticky ? static_cast<std::size_t>(task.previous_started_event_id) : 0;
  if (task.written_late()) [[unlikely]] {
    task.started_event_id = task.scheduled_event_id + 1;
    given.events = with_late_events(step, run, from, std::move(started));
  } else {
    task.started_event_id = append(step, run, std::move(started));
    given.events = run.history.view(from);
  }
  given.token = {run.number, task.scheduled_event_id, task.started_event_id, task.attempt,
                 task.lease};
  deliver_updates(run, given, !sticky);
  duration const timeout = run.started().workflow_task_timeout.value_or(default_task_timeout);
  step.store.set_timer(task.timer, {run.number, timer_key::kind::workflow_task, 0},
                       later(step.now, timeout));
}

/// The task ended without an answer that counts: it is tried again, later and later.
template <store S>
void retry_task(step_context<S>& step, run_state& run, std::string why) {
  task_state& task = run.live->task;
  step.store.clear_timer(task.timer);
  task.now = task_state::phase::none;
  task.last_failure = std::move(why);
  task.worker = 0; // whoever takes it next replays
  task.lease = 0;
  take_updates_back(run);
  duration const wait = task_backoff(task.attempt);
  bool const news = !run.live->inbox.empty();
  flush_inbox(step, run);
  run.live->task_needed = true;
  // Something new may change what the code does: then it is written and tried as a first attempt.
  task.attempt = news ? 1 : task.attempt + 1;
  if (wait <= duration{} || news) return schedule_task_if_needed(step, run, false);
  task.now = task_state::phase::waiting;
  step.store.set_timer(task.timer, {run.number, timer_key::kind::retry_task, 0},
                       later(step.now, wait));
}

/// Writes the first events of a task for which that was put off.
template <store S>
void write_task(step_context<S>& step, run_state& run) {
  task_state& task = run.live->task;
  event_attributes started = task_started_event(step, run);
  (void)append_at(step, run, task.scheduled_time, task_scheduled_event(run));
  (void)append_at(step, run, task.started_time, std::move(started));
  task.speculative = false;
}

template <store S>
void fail_task(step_context<S>& step, run_state& run, workflow_task_failed_cause cause,
               failure why) {
  task_state const& task = run.live->task;
  std::string text = describe_with_place(why);
  if (task.speculative) write_task(step, run);
  if (task.attempt == 1) {
    events::workflow_task_failed failed{};
    failed.scheduled_event_id = task.scheduled_event_id;
    failed.started_event_id = task.started_event_id;
    failed.cause = cause;
    failed.failure = std::move(why);
    failed.identity = task.identity;
    (void)append(step, run, event_attributes::make(std::move(failed)));
  }
  retry_task(step, run, std::move(text));
}

template <store S>
void time_out_task(step_context<S>& step, run_state& run) {
  task_state const& task = run.live->task;
  if (task.speculative) write_task(step, run);
  if (task.attempt == 1) {
    events::workflow_task_timed_out timed_out{};
    timed_out.scheduled_event_id = task.scheduled_event_id;
    timed_out.started_event_id = task.started_event_id;
    timed_out.timeout_type = timeout_type::start_to_close;
    (void)append(step, run, event_attributes::make(std::move(timed_out)));
  }
  retry_task(step, run, "no worker answered the workflow task within its timeout");
}

/// Nothing but rejections came of a task that updates had made: it never was. Whoever has seen it
/// replays before it goes on.
template <store S>
void forget_task(step_context<S>& step, run_state& run, workflow_task_completion& answer) {
  task_state& task = run.live->task;
  step.store.clear_timer(task.timer);
  take_rejections(step, run, answer.updates);
  reject_unprocessed(step, run);
  task.now = task_state::phase::none;
  task.speculative = false;
  task.worker = 0;
  schedule_task_if_needed(step, run, true);
}

/// Takes the worker's answer. \pre the token is that of the run's task.
template <store S>
void complete_task(step_context<S>& step, run_state& run, workflow_task_completion&& answer) {
  task_state& task = run.live->task;
  auto fault = find_fault(step.store, run, answer.commands, *step.limits);
  if (!fault)
    if (std::string why = find_message_fault(run, answer); !why.empty())
      fault = command_fault{workflow_task_failed_cause::bad_update_workflow_execution_message,
                            std::move(why), false};
  if (!fault && step.limits->enforced) fault = find_excess(*step.limits, run, answer.commands);
  if (fault) {
    failure why{};
    why.message = std::move(fault->why);
    why.source = "Server";
    if (!fault->ends_run) return fail_task(step, run, fault->cause, std::move(why));
    std::string const text = why.message;
    break_off_task(step, run, fault->cause, std::move(why));
    return terminate_run(step, run, text, {});
  }
  if (leaves_no_trace(run, answer)) return forget_task(step, run, answer);
  step.store.clear_timer(task.timer);
  if (task.written_late()) write_task(step, run);
  event_id const id =
      append(step, run, event_attributes::build<events::workflow_task_completed>([&](auto& done) {
               done.scheduled_event_id = task.scheduled_event_id;
               done.started_event_id = task.started_event_id;
               done.identity = task.identity;
               done.sdk_metadata = std::move(answer.sdk);
               done.versioning_behavior = answer.versioning_behavior;
               done.deployment_version = std::move(answer.deployment_version);
             }));
  if (answer.versioning_behavior != versioning_behavior::unspecified || run.version) [[unlikely]]
    fold_version(run, run.history.back());
  task.previous_started_event_id = task.started_event_id;
  task.attempt = 1;
  task.last_failure.clear();
  // What the commands cause at once (an activity that had not started is cancelled) comes after
  // them all.
  take_rejections(step, run, answer.updates);
  apply_commands(step, run, std::move(answer), id);
  if (!run.open()) return;
  tell_limit(step, run, limit_kind::pending_activities, run.live->activities.size(),
             step.limits->pending_activities_max);
  tell_limit(step, run, limit_kind::pending_children, run.live->children.size(),
             step.limits->pending_children_max);
  if (!answer.force_create_new_workflow_task) reject_unprocessed(step, run);
  task.now = task_state::phase::none;
  flush_inbox(step, run);
  run.live->task_needed = run.live->task_needed || answer.force_create_new_workflow_task;
  schedule_task_if_needed(step, run, true);
}

} // namespace perdure::inline v0::engine
