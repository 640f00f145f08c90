// What operators do to single runs: hold them, hurry their activities, delete them.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/engine/audit.hpp"
#include "perdure/engine/effects.hpp"
#include "perdure/engine/finding.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// Holds a run: its timers fire and signals come in, but no task of it is handed out. Tasks that
/// are with workers go on. \throws error (not_found, already_closed, invalid_argument: it is
/// paused)
template <store S>
void pause_workflow(step_context<S>& step, workflow_execution const& target,
                    std::string_view reason, std::string_view identity) {
  run_state& run = find_open_run(step.store, target, "pause");
  if (is_paused(run))
    throw error{errc::invalid_argument,
                "workflow '" + run.execution.workflow_id.str() + "' is paused already"};
  run.status = workflow_execution_status::paused;
  events::workflow_execution_paused paused{};
  paused.identity = identity;
  paused.reason = reason;
  take_in(step, run, {{}, event_attributes::make(std::move(paused))});
  add_audit(step, run, "pause", identity, reason);
}

/// Lets a paused run go on: what became ready meanwhile is queued now.
/// \throws error (not_found, already_closed, invalid_argument: it is not paused)
template <store S>
void unpause_workflow(step_context<S>& step, workflow_execution const& target,
                      std::string_view reason, std::string_view identity) {
  run_state& run = find_open_run(step.store, target, "unpause");
  if (!is_paused(run))
    throw error{errc::invalid_argument,
                "workflow '" + run.execution.workflow_id.str() + "' is not paused"};
  run.status = workflow_execution_status::running;
  events::workflow_execution_unpaused unpaused{};
  unpaused.identity = identity;
  unpaused.reason = reason;
  take_in(step, run, {{}, event_attributes::make(std::move(unpaused))});
  // Queued tasks were dropped when a worker asked for them. Those still queued are there twice
  // then: the first one counts.
  if (run.live->task.now == task_state::phase::scheduled)
    enqueue_task(step, run, {run.number, queued_task::kind::workflow, run.live->task.attempt, 0},
                 queue_of(step.store, run), false, {});
  for (event_id const id : run.live->activities.ids())
    if (activity_state& activity = *run.live->activities.find(id);
        activity.now == activity_state::phase::scheduled)
      enqueue_activity(step, run, id, activity, false);
  add_audit(step, run, "unpause", identity, reason);
}

/// The open activity with this id. \throws error (not_found)
[[nodiscard]] inline auto find_activity(run_state& run, std::string_view activity_id)
    -> std::pair<event_id, activity_state*> {
  for (event_id const id : run.live->activities.ids()) {
    activity_state& activity = *run.live->activities.find(id);
    if (activity.now != activity_state::phase::closed &&
        activity.scheduled.get<events::activity_task_scheduled>().activity_id == activity_id)
      return {id, &activity};
  }
  throw error{errc::not_found, "workflow '" + run.execution.workflow_id.str() +
                                   "' has no open activity with id '" + std::string{activity_id} +
                                   "'"};
}

/// Queues an activity that waits for its next attempt.
/// \throws error (not_found, already_closed, invalid_argument: it does not wait for an attempt)
template <store S>
void retry_activity_now(step_context<S>& step, workflow_execution const& target,
                        std::string_view activity_id, std::string_view reason,
                        std::string_view identity) {
  run_state& run = find_open_run(step.store, target, "retry an activity of");
  auto const [id, activity] = find_activity(run, activity_id);
  if (activity->now != activity_state::phase::backing_off)
    throw error{errc::invalid_argument,
                "activity '" + std::string{activity_id} + "' of workflow '" +
                    run.execution.workflow_id.str() + "' does not wait for its next attempt: " +
                    (activity->now == activity_state::phase::started ? "one is running"
                                                                     : "one is queued already")};
  step.store.touch(run, id);
  activity->now = activity_state::phase::scheduled;
  activity->attempt_scheduled_time = step.now;
  enqueue_activity(step, run, id, *activity, false);
  arm_activity(step, run, id, *activity);
  add_audit(step, run, "retry_activity", identity, reason,
            "activity " + std::string{activity_id} + ", attempt " +
                std::to_string(activity->attempt));
}

/// Takes a run out of the chain of those with its workflow id.
template <store S>
void unlink_run(step_context<S>& step, run_state const& run) {
  run_state* const before = run.previous == 0 ? nullptr : step.store.find_run(run.previous);
  run_state* const current = step.store.current_run(run.execution.workflow_id.view());
  if (current == &run) {
    if (before != nullptr) step.store.set_current_run(*before);
  } else {
    for (run_state* later = current; later != nullptr;
         later = later->previous == 0 ? nullptr : step.store.find_run(later->previous))
      if (later->previous == run.number) {
        later->previous = run.previous;
        break;
      }
  }
  if (before != nullptr && before->next == run.number && run.next != 0) before->next = run.next;
}

/// Deletes a run, its history included; it is terminated first if it is open. Others of its
/// workflow id stay, the one before it is then the current one. Linear in the number of those.
/// \throws error (not_found)
template <store S>
void delete_workflow(step_context<S>& step, workflow_execution const& target,
                     std::string_view reason, std::string_view identity) {
  run_state& run = find_run(step.store, target);
  add_audit(step, run, "delete", identity, reason,
            std::string{run.open() ? "open" : "closed"} + ", " +
                std::to_string(run.history.size()) + " events");
  if (run.open()) {
    terminate_run(step, run, reason.empty() ? "deleted" : reason, identity);
    carry_out_effects(step);
  }
  unlink_run(step, run);
  step.store.drop_run(run);
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
