// The end of a run: what follows it, what it takes along, and who is told.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "perdure/engine/activities.hpp"
#include "perdure/engine/schedule/scheduled_run.hpp"
#include "perdure/engine/starting.hpp"
#include "perdure/engine/updates.hpp"

namespace perdure::inline v0::engine {

/// Takes everything off a run that has ended, and remembers what the world outside must learn.
/// `outcome` is the event for the parent; empty when another run follows (the parent waits for
/// that).
template <store S>
void close_run(step_context<S>& step, run_state& run, workflow_execution_status status,
               event_attributes outcome) {
  run.status = status;
  run.close_time = step.now;
  step.news.awaited_run_closed = step.news.awaited_run_closed || run.waiters != 0;
  if constexpr (requires { step.store.run_closed(run); }) step.store.run_closed(run);
  step.store.clear_timer(run.live->timeout);
  step.store.clear_timer(run.live->task_delay);
  step.store.clear_timer(run.live->task.timer);
  run.live->activities.for_each([&](event_id id, activity_state& activity) {
    step.store.clear_timer(activity.timer);
    stop_attempt(step, run, id, activity, activity_cancel_reason::not_found);
  });
  run.live->timers.for_each(
      [&](event_id, timer_state& timer) { step.store.clear_timer(timer.timer); });
  for (event_id const id : run.live->children.ids()) {
    child_state const& child = *run.live->children.find(id);
    step.effects.push_back(
        {effect::kind::close_child, run.number, id, child.run, 0, child.initiated});
  }
  step.homeless.clear();
  set_updates_free(step, run);
  run.live.reset();
  if (run.parent != 0 && outcome)
    step.effects.push_back({effect::kind::child_closed, run.number, 0, run.parent,
                            run.parent_initiated_event_id, std::move(outcome)});
  if (run.started().search_attributes && is_scheduled(run)) [[unlikely]]
    step.effects.push_back({effect::kind::scheduled_run_closed, run.number, 0, 0, 0, {}});
}

/// Takes the workflow task from the worker that holds it; what arrived meanwhile goes to history.
template <store S>
void break_off_task(step_context<S>& step, run_state& run, workflow_task_failed_cause cause,
                    failure why) {
  task_state& task = run.live->task;
  if (task.now != task_state::phase::started) return;
  if (!task.written_late()) { // others are not in history
    events::workflow_task_failed failed{};
    failed.scheduled_event_id = task.scheduled_event_id;
    failed.started_event_id = task.started_event_id;
    failed.cause = cause;
    if (!why.message.empty()) failed.failure = std::move(why);
    failed.identity = task.identity;
    (void)append(step, run, event_attributes::make(std::move(failed)));
  }
  step.store.clear_timer(task.timer);
  task.now = task_state::phase::none;
  task.speculative = false;
  flush_inbox(step, run);
}

/// The events that tell a parent how its child ended. `started_event_id` is the parent's to fill
/// in.
template <class E>
[[nodiscard]] auto for_parent(run_state const& run) -> E {
  E told{};
  told.workflow_execution = run.execution;
  told.workflow_type = run.workflow_type;
  told.initiated_event_id = run.parent_initiated_event_id;
  return told;
}

/// The version that a run begins on which follows this one. A retry keeps what this one had
/// inherited, as long as it is pinned; a cron run begins at the current version.
template <store S>
void inherit_version(step_context<S>& step, run_state const& run, bool upgrades,
                     events::workflow_execution_started& next) {
  bool const retried = next.initiator == continue_as_new_initiator::retry;
  bool const inherits = next.initiator == continue_as_new_initiator::workflow ||
                        (retried && run.started().inherited_pinned_version);
  next.inherited_pinned_version.reset();
  if (inherits && !upgrades)
    next.inherited_pinned_version =
        inherited_version(step.store.deployments(), run, next.task_queue.name.view());
}

/// Starts the run that follows this one in its chain, with the same id and parent. `upgrades`: at
/// the current version, whatever this one is pinned to.
template <store S>
auto continue_run(step_context<S>& step, run_state& run, shared_string run_id,
                  events::workflow_execution_started next, bool upgrades = false) -> void {
  auto const& first = run.started();
  next.first_execution_run_id = first.first_execution_run_id;
  next.continued_execution_run_id = run.execution.run_id;
  next.parent_workflow_execution = first.parent_workflow_execution;
  next.parent_initiated_event_id = first.parent_initiated_event_id;
  next.root_workflow_execution = first.root_workflow_execution;
  next.workflow_execution_timeout = first.workflow_execution_timeout;
  next.workflow_execution_expiration_time = first.workflow_execution_expiration_time;
  if (first.search_attributes) keep_schedule_attributes(first, next);
  if (run.version || next.inherited_pinned_version) [[unlikely]]
    inherit_version(step, run, upgrades, next);
  run_number const parent = run.parent;
  event_id const parent_event = run.parent_initiated_event_id;
  run_state& made =
      begin_run(step, run.execution.workflow_id, std::move(run_id), std::move(next), run.number);
  made.parent = parent;
  made.parent_initiated_event_id = parent_event;
  run.next = made.number;
  take_updates_in(step, made);
}

/// Whether a failed or timed out run is tried again, by its retry policy, and when.
[[nodiscard]] inline auto decide_run_retry(run_state const& run, failure const* why, time_point now)
    -> retry_decision {
  auto const& first = run.started();
  if (!first.retry_policy) return {{}, retry_state::retry_policy_not_set};
  if (why != nullptr) {
    // What the workflow failed with, or what made its activity or child fail, may rule a retry out.
    if (auto const* const info = std::get_if<application_failure_info>(&why->info)) {
      if (info->non_retryable) return {{}, retry_state::non_retryable_failure};
      for (auto const& type : first.retry_policy->non_retryable_error_types)
        if (type == info->type) return {{}, retry_state::non_retryable_failure};
    }
    if (std::holds_alternative<terminated_failure_info>(why->info))
      return {{}, retry_state::non_retryable_failure};
  }
  auto delay = next_delay(*first.retry_policy, static_cast<std::uint32_t>(first.attempt));
  if (!delay) return {{}, retry_state::maximum_attempts_reached};
  if (why != nullptr)
    if (auto const* const info = std::get_if<application_failure_info>(&why->info);
        info != nullptr && info->next_retry_delay)
      delay = info->next_retry_delay;
  if (first.workflow_execution_expiration_time &&
      later(now, *delay) >= *first.workflow_execution_expiration_time)
    return {{}, retry_state::timeout};
  return {delay, retry_state::in_progress};
}

/// The first event of a retry: as the run before, one attempt later.
[[nodiscard]] inline auto retry_event(run_state const& run, duration delay, failure const* why)
    -> events::workflow_execution_started {
  events::workflow_execution_started next = run.started();
  next.attempt += 1;
  next.original_execution_run_id = {};
  next.first_workflow_task_backoff = delay;
  next.initiator = continue_as_new_initiator::retry;
  if (why != nullptr)
    next.continued_failure = *why;
  else
    next.continued_failure.reset();
  return next;
}

template <store S>
void fail_run(step_context<S>& step, run_state& run, event_attributes failed) {
  auto& e = failed.edit<events::workflow_execution_failed>();
  failure const why = e.failure ? *e.failure : failure{};
  retry_decision const decision = decide_run_retry(run, &why, step.now);
  e.retry_state = decision.state;
  if (decision.delay) {
    e.new_execution_run_id = step.store.new_run_id();
    shared_string const next_id = e.new_execution_run_id;
    (void)append(step, run, std::move(failed));
    close_run(step, run, workflow_execution_status::failed, {});
    return continue_run(step, run, next_id, retry_event(run, *decision.delay, &why));
  }
  if (auto next = next_cron_run(step.store, run, step.now, &why, {})) {
    e.new_execution_run_id = step.store.new_run_id();
    shared_string const next_id = e.new_execution_run_id;
    (void)append(step, run, std::move(failed));
    close_run(step, run, workflow_execution_status::failed, {});
    return continue_run(step, run, next_id, std::move(*next));
  }
  (void)append(step, run, std::move(failed));
  auto told = for_parent<events::child_workflow_execution_failed>(run);
  told.failure = why;
  told.retry_state = decision.state;
  close_run(step, run, workflow_execution_status::failed, event_attributes::make(std::move(told)));
}

template <store S>
[[gnu::cold]] void time_out_run(step_context<S>& step, run_state& run) {
  break_off_task(step, run, workflow_task_failed_cause::force_close_command, {});
  auto const& first = run.started();
  bool const expired = first.workflow_execution_expiration_time &&
                       *first.workflow_execution_expiration_time <= step.now;
  retry_decision decision = decide_run_retry(run, nullptr, step.now);
  if (expired) decision = {{}, retry_state::timeout};
  events::workflow_execution_timed_out ended{};
  ended.retry_state = decision.state;
  if (decision.delay) {
    ended.new_execution_run_id = step.store.new_run_id();
    shared_string const next_id = ended.new_execution_run_id;
    (void)append(step, run, event_attributes::make(std::move(ended)));
    close_run(step, run, workflow_execution_status::timed_out, {});
    return continue_run(step, run, next_id, retry_event(run, *decision.delay, nullptr));
  }
  failure timeout{};
  timeout.message = "workflow timeout";
  timeout.info = timeout_failure_info{{}, timeout_type::start_to_close};
  if (auto next = expired ? std::nullopt : next_cron_run(step.store, run, step.now, &timeout, {})) {
    ended.new_execution_run_id = step.store.new_run_id();
    shared_string const next_id = ended.new_execution_run_id;
    (void)append(step, run, event_attributes::make(std::move(ended)));
    close_run(step, run, workflow_execution_status::timed_out, {});
    return continue_run(step, run, next_id, std::move(*next));
  }
  (void)append(step, run, event_attributes::make(std::move(ended)));
  auto told = for_parent<events::child_workflow_execution_timed_out>(run);
  told.retry_state = decision.state;
  close_run(step, run, workflow_execution_status::timed_out,
            event_attributes::make(std::move(told)));
}

template <store S>
void terminate_run(step_context<S>& step, run_state& run, std::string_view reason,
                   shared_string identity) {
  break_off_task(step, run, workflow_task_failed_cause::force_close_command, {});
  events::workflow_execution_terminated ended{};
  ended.reason = reason;
  ended.identity = std::move(identity);
  (void)append(step, run, event_attributes::make(std::move(ended)));
  close_run(step, run, workflow_execution_status::terminated,
            event_attributes::make(for_parent<events::child_workflow_execution_terminated>(run)));
}

/// Asks a run to cancel itself; asking again changes nothing.
template <store S>
void request_cancel(step_context<S>& step, run_state& run,
                    events::workflow_execution_cancel_requested asked) {
  if (!run.open() || std::exchange(run.live->cancel_requested, true)) return;
  take_in(step, run, {{}, event_attributes::make(std::move(asked))});
}

} // namespace perdure::inline v0::engine
