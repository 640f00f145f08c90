// Giving an activity a result by hand.
#pragma once

#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/engine/reset.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// The ActivityTaskScheduled event that is meant: the last one with the activity id, or the one
/// given. \throws error (not_found, invalid_argument)
[[nodiscard]] inline auto find_scheduled(run_state const& run, override_request const& request)
    -> event_id {
  auto const in_run = "workflow '" + run.execution.workflow_id.str() + "' has no activity ";
  if (request.activity_id.empty()) {
    event_id const id = request.scheduled_event_id;
    if (id < 1 || id >= run.next_event_id() ||
        run.history[static_cast<std::size_t>(id - 1)].type != event_type::activity_task_scheduled)
      throw error{errc::invalid_argument, in_run + "that event " + std::to_string(id) +
                                              " began: name an ActivityTaskScheduled event, or set "
                                              "the activity id"};
    return id;
  }
  for (auto each = run.history.rbegin(); each != run.history.rend(); ++each)
    if (each->type == event_type::activity_task_scheduled &&
        each->as<events::activity_task_scheduled>().activity_id == request.activity_id)
      return each->id;
  throw error{errc::not_found, in_run + "with id '" + request.activity_id + "'"};
}

/// Completes an open activity; an attempt that runs is told to stop, and its answer is refused.
template <store S>
void override_open(step_context<S>& step, run_state& run, event_id id, activity_state& activity,
                   override_request const& request) {
  event_attributes started = started_event(id, activity);
  stop_attempt(step, run, id, activity, activity_cancel_reason::not_found);
  if (activity.now != activity_state::phase::started)
    started.edit<events::activity_task_started>().identity = request.identity;
  events::activity_task_completed completed{};
  completed.result = request.result;
  completed.scheduled_event_id = id;
  completed.identity = request.identity;
  step.store.touch(run, id);
  step.store.clear_timer(activity.timer);
  activity.now = activity_state::phase::closed;
  take_in(step, run, {std::move(started), event_attributes::make(std::move(completed))});
}

/// The ids of the events that started and ended an activity.
struct activity_end {
  event_id started{}; ///< 0: it never was.
  event_id ended{};   ///< 0: it has not ended yet.
};
[[nodiscard]] inline auto end_of_activity(run_state const& run, event_id scheduled)
    -> activity_end {
  activity_end found{};
  auto const meet = [&]<class E>(event const& e, std::type_identity<E>) {
    auto const& end = e.as<E>();
    if (end.scheduled_event_id == scheduled) found = {end.started_event_id, e.id};
  };
  for (auto i = static_cast<std::size_t>(scheduled); i < run.history.size(); ++i) {
    event const& e = run.history[i];
    switch (e.type) {
    case event_type::activity_task_completed:
      meet(e, std::type_identity<events::activity_task_completed>{});
      break;
    case event_type::activity_task_failed:
      meet(e, std::type_identity<events::activity_task_failed>{});
      break;
    case event_type::activity_task_timed_out:
      meet(e, std::type_identity<events::activity_task_timed_out>{});
      break;
    case event_type::activity_task_canceled:
      meet(e, std::type_identity<events::activity_task_canceled>{});
      break;
    default: break;
    }
    if (found.ended != 0) break;
  }
  return found;
}

/// The copy of history that a run goes on with when the outcome of an activity is to be another:
/// up to the start of the first workflow task that saw the outcome, or as far as there is history.
[[nodiscard]] inline auto kept_with_outcome(run_state const& run, event_id ended) -> std::size_t {
  auto at = static_cast<std::size_t>(ended);
  for (; at < run.history.size(); ++at) {
    if (run.history[at].type == event_type::workflow_task_started) return at + 1;
    if (replay::is_close_event(run.history[at].type)) return at;
  }
  return at;
}

/// Gives an activity a result. One that is open is completed with it, in the same run. One that
/// has ended, however, has done so for good: then a new run goes on with a copy of history in which
/// it has the new result, as after a reset. Gives the run that goes on.
/// \throws error (not_found, invalid_argument, limit_exceeded; already_closed: it was open when its
///         run ended; backend_busy: its own result is about to be recorded)
template <store S>
auto override_activity_result(step_context<S>& step, override_request const& request)
    -> workflow_execution {
  run_state& run = find_run(step.store, request.execution);
  if (step.limits->refuses(byte_size(request.result)))
    throw error{errc::limit_exceeded, "the result has " +
                                          std::to_string(byte_size(request.result)) +
                                          " bytes, more than payload_bytes_max"};
  event_id const scheduled = find_scheduled(run, request);
  auto const& asked = run.history[static_cast<std::size_t>(scheduled - 1)]
                          .template as<events::activity_task_scheduled>();
  std::string const which =
      "activity " + asked.activity_id + " (event " + std::to_string(scheduled) + ")";
  activity_end const end = end_of_activity(run, scheduled);
  if (end.ended == 0) {
    if (!run.open())
      throw error{errc::already_closed, which + " was open when its run " +
                                            run.execution.run_id.str() +
                                            " ended: reset the workflow"};
    activity_state* const activity = run.live->activities.find(scheduled);
    if (activity == nullptr || activity->now == activity_state::phase::closed)
      throw error{errc::backend_busy, which + " has ended, which is recorded when the workflow "
                                              "task that is being worked on ends: try again then"};
    override_open(step, run, scheduled, *activity, request);
    add_audit(step, run, "override_activity", request.identity, request.reason, which);
    return run.execution;
  }
  events::activity_task_completed completed{};
  completed.result = request.result;
  completed.scheduled_event_id = scheduled;
  completed.started_event_id = end.started;
  completed.identity = request.identity;
  rewind how{};
  how.kept = kept_with_outcome(run, end.ended);
  how.replaced = end.ended;
  how.replacement = event_attributes::make(std::move(completed));
  how.reason =
      request.reason.empty() ? "the result of " + which + " was overridden" : request.reason;
  how.identity = request.identity;
  run_state const& made = reset_run(step, run, how);
  add_audit(step, run, "override_activity", request.identity, request.reason,
            which + ", which had ended; goes on as run " + made.execution.run_id.str());
  return made.execution;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
