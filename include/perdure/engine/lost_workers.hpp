// What happens to tasks whose worker is gone: its process was killed, or paused for too long.
#pragma once

#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/engine/workflow_tasks.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// An attempt whose worker is gone has not sent a heartbeat and never will: it times out as such,
/// and is tried again if its retry policy allows another attempt.
template <store S>
void lose_attempt(step_context<S>& step, run_state& run, event_id id, activity_state& activity) {
  failure why = timeout_failure(activity, timeout_type::heartbeat);
  why.message = "the worker that ran the activity is gone";
  retry_decision const decision = decide_retry(activity, why, true, step.now);
  if (decision.delay)
    return retry_activity(step, run, id, activity, *decision.delay, std::move(why));
  events::activity_task_timed_out timed_out{};
  timed_out.failure = std::move(why);
  timed_out.scheduled_event_id = id;
  timed_out.retry_state = decision.state;
  close_activity(step, run, id, activity, event_attributes::make(std::move(timed_out)), false);
}

/// Takes back what `run` has handed out under leases that `is_lost`. O(open activities).
template <store S, class IsLost>
void take_back(step_context<S>& step, run_state& run, IsLost&& is_lost) {
  if (!run.open()) return;
  for (event_id const id : run.live->activities.ids()) {
    activity_state* const activity = run.live->activities.find(id);
    if (activity != nullptr && activity->now == activity_state::phase::started &&
        is_lost(activity->lease))
      lose_attempt(step, run, id, *activity);
  }
  if (run.open() && run.live->task.now == task_state::phase::started &&
      is_lost(run.live->task.lease))
    time_out_task(step, run);
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
