// A run's live state from what is recorded of it: a fold of its history, and the few facts that
// history does not hold yet. For stores that keep runs outside of memory.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/engine/activities.hpp"
#include "perdure/engine/fold.hpp"
#include "perdure/engine/starting.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// What history does not show of an activity that is open; see `activity_state`.
struct activity_record {
  activity_state::phase now{activity_state::phase::scheduled};
  std::int32_t attempt{1};
  time_point scheduled_time{};
  time_point attempt_scheduled_time{};
  time_point started_time{};
  time_point heartbeat_time{};
  task_lease lease{};
  shared_string identity{};
  payloads heartbeat_details{};
  indirect<failure> last_failure{};
};

/// An open activity as its record has it, or, without one, as it is right after it was scheduled.
inline void set_record(activity_state& activity, activity_record record) {
  activity.now = record.now;
  activity.attempt = record.attempt;
  activity.scheduled_time = record.scheduled_time;
  activity.attempt_scheduled_time = record.attempt_scheduled_time;
  activity.started_time = record.started_time;
  activity.heartbeat_time = record.heartbeat_time;
  activity.lease = record.lease;
  activity.identity = std::move(record.identity);
  activity.heartbeat_details = std::move(record.heartbeat_details);
  activity.last_failure = std::move(record.last_failure);
}
[[nodiscard]] inline auto record_of(activity_state const& activity) -> activity_record {
  return {activity.now,
          activity.attempt,
          activity.scheduled_time,
          activity.attempt_scheduled_time,
          activity.started_time,
          activity.heartbeat_time,
          activity.lease,
          activity.identity,
          activity.heartbeat_details,
          activity.last_failure};
}
/// The record of an activity that no worker has had yet: history alone gives it back.
[[nodiscard]] inline auto fresh_record(time_point scheduled) -> activity_record {
  activity_record fresh{};
  fresh.scheduled_time = fresh.attempt_scheduled_time = scheduled;
  return fresh;
}

/// What the facts that wait in the inbox have ended already, though history does not show it.
/// `number_of_run` finds the number of a run that a child began as.
template <class NumberOfRun>
void apply_inbox(run_state& run, NumberOfRun&& number_of_run) {
  live_state& live = *run.live;
  auto const close = [&](event_id scheduled) {
    if (activity_state* const activity = live.activities.find(scheduled))
      activity->now = activity_state::phase::closed;
  };
  for (fact const& f : live.inbox) switch (f.what.type()) {
    case event_type::activity_task_completed:
      close(f.what.get<events::activity_task_completed>().scheduled_event_id);
      break;
    case event_type::activity_task_failed:
      close(f.what.get<events::activity_task_failed>().scheduled_event_id);
      break;
    case event_type::activity_task_timed_out:
      close(f.what.get<events::activity_task_timed_out>().scheduled_event_id);
      break;
    case event_type::activity_task_canceled:
      close(f.what.get<events::activity_task_canceled>().scheduled_event_id);
      break;
    case event_type::workflow_execution_cancel_requested: live.cancel_requested = true; break;
    case event_type::child_workflow_execution_started: {
      auto const& started = f.what.get<events::child_workflow_execution_started>();
      if (child_state* const child = live.children.find(started.initiated_event_id))
        child->run = number_of_run(started.workflow_execution);
      break;
    }
    default: break;
    }
  live.children.for_each([&](event_id, child_state& child) {
    if (child.run == 0 && child.started_event_id != 0)
      child.run = number_of_run(run.history[static_cast<std::size_t>(child.started_event_id - 1)]
                                    .template as<events::child_workflow_execution_started>()
                                    .workflow_execution);
  });
}

/// Whether a timer has fired and only the inbox knows.
[[nodiscard]] inline auto fired_in_inbox(live_state const& live, event_id timer) -> bool {
  for (fact const& f : live.inbox)
    if (f.what.type() == event_type::timer_fired &&
        f.what.get<events::timer_fired>().started_event_id == timer)
      return true;
  return false;
}

/// Sets all deadlines of an open run. `task_due`: when its workflow task, which waits or is with a
/// worker, must go on. \pre the run has no timers in the store
template <store S>
void arm_restored(S& store, run_state& run, std::optional<time_point> task_due) {
  live_state& live = *run.live;
  time_point const run_end = end_of_run(run);
  if (run_end != time_point::max())
    store.set_timer(live.timeout, {run.number, timer_key::kind::run_timeout, 0}, run_end);
  bool const first = run.history.size() == 1;
  if (task_due && live.task.now == task_state::phase::started)
    store.set_timer(live.task.timer, {run.number, timer_key::kind::workflow_task, 0}, *task_due);
  else if (task_due && live.task.now == task_state::phase::waiting && first)
    store.set_timer(live.task_delay, {run.number, timer_key::kind::first_task, 0}, *task_due);
  else if (task_due && live.task.now == task_state::phase::waiting)
    store.set_timer(live.task.timer, {run.number, timer_key::kind::retry_task, 0}, *task_due);
  for (event_id const id : live.activities.ids()) {
    activity_state& activity = *live.activities.find(id);
    time_point const at = next_deadline(activity).at;
    if (at != time_point::max())
      store.set_timer(activity.timer, {run.number, timer_key::kind::activity, id}, at);
  }
  for (event_id const id : live.timers.ids()) {
    timer_state& timer = *live.timers.find(id);
    if (fired_in_inbox(live, id)) continue;
    duration const wait =
        timer.started.get<events::timer_started>().start_to_fire_timeout.value_or(duration{});
    time_point const begun = run.history[static_cast<std::size_t>(id - 1)].time;
    store.set_timer(timer.timer, {run.number, timer_key::kind::user_timer, id}, later(begun, wait));
  }
}

/// Takes all deadlines of an open run off the store.
template <store S>
void disarm(S& store, run_state& run) {
  live_state& live = *run.live;
  store.clear_timer(live.timeout);
  store.clear_timer(live.task_delay);
  store.clear_timer(live.task.timer);
  live.activities.for_each(
      [&](event_id, activity_state& activity) { store.clear_timer(activity.timer); });
  live.timers.for_each([&](event_id, timer_state& timer) { store.clear_timer(timer.timer); });
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
