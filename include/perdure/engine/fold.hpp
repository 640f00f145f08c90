// What history has begun and not ended: a run's lists, as a fold of its events.
#pragma once

#include <utility>

#include "perdure/engine/open_ids.hpp"
#include "perdure/engine/run_state.hpp"

namespace perdure::inline v0::engine {

/// Takes a child off that has ended or could not start.
template <class E>
void forget_child(live_state& live, event_attributes const& what) {
  live.children.erase(what.get<E>().initiated_event_id);
}
template <class E>
void forget_activity(live_state& live, event_attributes const& what) {
  live.activities.erase(what.get<E>().scheduled_event_id);
}

/// What an event of history has begun or ended, on the lists of the run. `e` is an event of an open
/// run, the next one. The inverse of what the engine writes: see `append_fact` and
/// `apply_commands`.
inline void fold(live_state& live, event const& e) {
  event_attributes const& what = e.attributes;
  switch (e.type) {
  case event_type::workflow_task_completed:
    live.task.previous_started_event_id =
        what.get<events::workflow_task_completed>().started_event_id;
    break;
  case event_type::workflow_execution_cancel_requested: live.cancel_requested = true; break;
  case event_type::activity_task_scheduled: {
    activity_state fresh{};
    fresh.scheduled = what;
    fresh.scheduled_time = fresh.attempt_scheduled_time = e.time;
    live.activities.insert(e.id, std::move(fresh));
    auto const number = number_of(what.get<events::activity_task_scheduled>().activity_id);
    if (number > live.highest_activity) live.highest_activity = number;
    break;
  }
  case event_type::activity_task_cancel_requested: {
    auto const& asked = what.get<events::activity_task_cancel_requested>();
    if (activity_state* const activity = live.activities.find(asked.scheduled_event_id)) {
      activity->cancel_requested = true;
      activity->cancel_requested_event_id = e.id;
    }
    break;
  }
  case event_type::activity_task_completed:
    return forget_activity<events::activity_task_completed>(live, what);
  case event_type::activity_task_failed:
    return forget_activity<events::activity_task_failed>(live, what);
  case event_type::activity_task_timed_out:
    return forget_activity<events::activity_task_timed_out>(live, what);
  case event_type::activity_task_canceled:
    return forget_activity<events::activity_task_canceled>(live, what);
  case event_type::timer_started: {
    live.timers.insert(e.id, {what, unset_timer});
    auto const number = number_of(what.get<events::timer_started>().timer_id);
    if (number > live.highest_timer) live.highest_timer = number;
    break;
  }
  case event_type::timer_fired:
    live.timers.erase(what.get<events::timer_fired>().started_event_id);
    break;
  case event_type::timer_canceled:
    live.timers.erase(what.get<events::timer_canceled>().started_event_id);
    break;
  case event_type::workflow_execution_update_admitted:
    return live.make_messages().on_admitted(
        what.get<events::workflow_execution_update_admitted>().request, e.id);
  case event_type::workflow_execution_update_accepted:
    return live.make_messages().on_accepted(what.get<events::workflow_execution_update_accepted>(),
                                            e.id);
  case event_type::workflow_execution_update_completed:
    return live.make_messages().on_completed(
        what.get<events::workflow_execution_update_completed>(), e.id);
  case event_type::start_child_workflow_execution_initiated:
    live.children.insert(e.id, {what, 0, 0});
    break;
  case event_type::child_workflow_execution_started:
    if (child_state* const child = live.children.find(
            what.get<events::child_workflow_execution_started>().initiated_event_id))
      child->started_event_id = e.id;
    break;
  case event_type::start_child_workflow_execution_failed:
    return forget_child<events::start_child_workflow_execution_failed>(live, what);
  case event_type::child_workflow_execution_completed:
    return forget_child<events::child_workflow_execution_completed>(live, what);
  case event_type::child_workflow_execution_failed:
    return forget_child<events::child_workflow_execution_failed>(live, what);
  case event_type::child_workflow_execution_canceled:
    return forget_child<events::child_workflow_execution_canceled>(live, what);
  case event_type::child_workflow_execution_timed_out:
    return forget_child<events::child_workflow_execution_timed_out>(live, what);
  case event_type::child_workflow_execution_terminated:
    return forget_child<events::child_workflow_execution_terminated>(live, what);
  default: break;
  }
}

} // namespace perdure::inline v0::engine
