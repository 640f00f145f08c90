// A run that begins with a part of another run's history: its lists, its deadlines, and what came
// to the other run later and is not to be lost.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/engine/closing.hpp"
#include "perdure/engine/fold.hpp"
#include "perdure/error.hpp"
#include "perdure/history/forked_from.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// How a run is made of the history of another one, its base.
struct rewind {
  std::size_t kept{};             ///< Events that are copied, from the first on.
  event_id replaced{};            ///< The one that the copy has otherwise; 0: none.
  event_attributes replacement{}; ///< What it has instead.
  std::string reason{};
  shared_string identity{};
  bool reapply_signals{true};
  bool reapply_cancel_requests{true};
  bool reapply_updates{true};
  bool forks{false}; ///< The base goes on; what it has open stays with it.
};

[[nodiscard]] constexpr auto is_reset_point(event_type type) noexcept -> bool {
  return type == event_type::workflow_task_started || type == event_type::workflow_task_completed ||
         type == event_type::workflow_task_failed || type == event_type::workflow_task_timed_out;
}

/// How many events a copy of the run begins with when its workflow task at event `at` is to be
/// worked on again. \throws error (invalid_argument) that says which events are reset points
[[nodiscard]] inline auto events_kept(run_state const& base, event_id at) -> std::size_t {
  auto const named = [&](event_id id) {
    return "event " + std::to_string(id) + " (" +
           std::string{name_of(base.history[static_cast<std::size_t>(id - 1)].type)} + ")";
  };
  event_id const last = base.next_event_id() - 1;
  if (at >= 1 && at <= last) {
    event_type const type = base.history[static_cast<std::size_t>(at - 1)].type;
    if (type == event_type::workflow_task_started) return static_cast<std::size_t>(at);
    if (is_reset_point(type)) return static_cast<std::size_t>(at - 1);
  }
  std::string why = "workflow '" + base.execution.workflow_id.str() + "': " +
                    (at >= 1 && at <= last ? named(at)
                                           : "event " + std::to_string(at) + " does not exist (" +
                                                 std::to_string(last) + " do), so it") +
                    " is no reset point: name an event at which a workflow task started, completed,"
                    " failed or timed out";
  event_id near = at > last ? last : at;
  while (near > 0 && !is_reset_point(base.history[static_cast<std::size_t>(near - 1)].type)) --near;
  if (near > 0) why += ", for example " + named(near);
  throw error{errc::invalid_argument, why};
}

/// The run that begins with the events kept, of which nothing has been set going yet.
template <store S>
auto copy_run(step_context<S>& step, run_state const& base, workflow_execution as,
              rewind const& how) -> run_state& {
  run_state* const current = step.store.current_run(as.workflow_id.view());
  run_state& made = step.store.create_run();
  made.execution = std::move(as);
  made.workflow_type = base.workflow_type;
  made.queue = base.queue;
  made.start_time = step.now;
  made.previous = current == nullptr ? 0 : current->number;
  made.history.reserve(how.kept + 11);
  made.history.append(base.history.copy(0, how.kept));
  auto first = base.started();
  first.workflow_id = made.execution.workflow_id;
  if (how.forks) first.first_execution_run_id = made.execution.run_id;
  if (limit(first.workflow_execution_timeout) != duration::max())
    first.workflow_execution_expiration_time = later(step.now, *first.workflow_execution_timeout);
  made.history.edit(0).attributes = event_attributes::make(std::move(first));
  if (how.replaced != 0) {
    event& changed = made.history.edit(static_cast<std::size_t>(how.replaced - 1));
    changed.type = how.replacement.type();
    changed.attributes = how.replacement;
  }
  for (event const& each : made.history) {
    made.history_size_bytes += approximate_size(each.attributes);
    fold(*made.live, each);
    fold_attributes(made, each);
  }
  step.store.set_current_run(made);
  return made;
}

/// Ends the workflow task at which the copy stops, as one that never was; begins it first if the
/// copy stops before it.
template <store S>
void fail_task_by_reset(step_context<S>& step, run_state& made, run_state const& base,
                        rewind const& how) {
  event_id scheduled = 0;
  event_id started = 0;
  for (event const& each : made.history) switch (each.type) {
    case event_type::workflow_task_scheduled:
      scheduled = each.id;
      started = 0;
      break;
    case event_type::workflow_task_started: started = each.id; break;
    case event_type::workflow_task_completed:
    case event_type::workflow_task_failed:
    case event_type::workflow_task_timed_out: scheduled = started = 0; break;
    default: break;
    }
  if (scheduled == 0) {
    events::workflow_task_scheduled asked{};
    asked.task_queue = made.started().task_queue;
    asked.start_to_close_timeout = made.started().workflow_task_timeout;
    asked.attempt = 1;
    scheduled = append(step, made, event_attributes::make(std::move(asked)));
  }
  if (started == 0) {
    events::workflow_task_started begun{};
    begun.scheduled_event_id = scheduled;
    begun.identity = how.identity;
    begun.history_size_bytes = made.history_size_bytes;
    started = append(step, made, event_attributes::make(std::move(begun)));
  }
  failure why{};
  why.message = how.reason;
  why.source = "Server";
  why.info = reset_workflow_failure_info{};
  why.cause = perdure::detail::find_fork_note(base.history);
  if (how.forks)
    why.cause = perdure::detail::fork_note(base.execution.workflow_id.view(), std::move(why.cause));
  events::workflow_task_failed failed{};
  failed.scheduled_event_id = scheduled;
  failed.started_event_id = started;
  failed.cause = workflow_task_failed_cause::reset_workflow;
  failed.failure = std::move(why);
  failed.identity = how.identity;
  failed.base_run_id = base.execution.run_id;
  failed.new_run_id = made.execution.run_id;
  (void)append(step, made, event_attributes::make(std::move(failed)));
}

/// Sets going again what the copy has open: activities begin anew, timers keep their deadlines.
template <store S>
void resume_copy(step_context<S>& step, run_state& made) {
  live_state& live = *made.live;
  if (time_point const end = end_of_run(made); end != time_point::max())
    step.store.set_timer(live.timeout, {made.number, timer_key::kind::run_timeout, 0}, end);
  for (event_id const id : live.timers.ids()) {
    timer_state& timer = *live.timers.find(id);
    duration const wait =
        timer.started.template get<events::timer_started>().start_to_fire_timeout.value_or(
            duration{});
    time_point const begun = made.history[static_cast<std::size_t>(id - 1)].time;
    step.store.set_timer(timer.timer, {made.number, timer_key::kind::user_timer, id},
                         later(begun, wait));
  }
  for (event_id const id : live.activities.ids()) {
    activity_state& activity = *live.activities.find(id);
    activity.scheduled_time = activity.attempt_scheduled_time = step.now;
    step.store.touch(made, id);
    if (activity.cancel_requested) { // nobody works on it: it is cancelled before anyone does
      cancel_activity(step, made, id, activity, {});
      continue;
    }
    arm_activity(step, made, id, activity);
    enqueue_activity(step, made, id, activity, false);
  }
}

/// The same event with attributes of its own: those of the base are not to be touched.
template <class E>
[[nodiscard]] auto copy_of(event const& e) -> event_attributes {
  return event_attributes::make(E{e.as<E>()});
}

/// The event of a child's life that `e` is, for the child that the copy has open as well.
[[nodiscard]] inline auto child_event(live_state& live, event const& e) -> event_attributes {
  auto const of = [&]<class E>(std::type_identity<E>) {
    return live.children.find(e.as<E>().initiated_event_id) == nullptr ? event_attributes{}
                                                                       : copy_of<E>(e);
  };
  switch (e.type) {
  case event_type::start_child_workflow_execution_failed:
    return of(std::type_identity<events::start_child_workflow_execution_failed>{});
  case event_type::child_workflow_execution_started:
    return of(std::type_identity<events::child_workflow_execution_started>{});
  case event_type::child_workflow_execution_completed:
    return of(std::type_identity<events::child_workflow_execution_completed>{});
  case event_type::child_workflow_execution_failed:
    return of(std::type_identity<events::child_workflow_execution_failed>{});
  case event_type::child_workflow_execution_canceled:
    return of(std::type_identity<events::child_workflow_execution_canceled>{});
  case event_type::child_workflow_execution_timed_out:
    return of(std::type_identity<events::child_workflow_execution_timed_out>{});
  case event_type::child_workflow_execution_terminated:
    return of(std::type_identity<events::child_workflow_execution_terminated>{});
  default: return {};
  }
}

/// Admits an update anew that the base was given after the point, unless the copy has it.
template <store S>
void reapply_update(step_context<S>& step, run_state& made, update_request const& request) {
  if (request.input.name.empty()) return; // it was admitted before it was accepted: see there
  run_messages const& known = made.live->make_messages();
  shared_string const& id = request.meta.update_id;
  if (made.live->messages->find(id.view()) != nullptr || known.find_completed(id.view()) != 0)
    return;
  events::workflow_execution_update_admitted admitted{};
  admitted.request = request;
  admitted.origin = update_admitted_event_origin::reapply;
  auto const what = event_attributes::make(std::move(admitted));
  append_fact(step, made, {{}, what});
  made.live->messages->on_admitted(request, made.next_event_id() - 1);
}

/// Takes in again what came to the base, and to the runs that continued it, after the point.
template <store S>
void reapply(step_context<S>& step, run_state& made, run_state const& base, rewind const& how) {
  std::size_t from = how.kept;
  for (run_state const* run = &base; run != nullptr && run != &made;) {
    for (std::size_t i = from; i < run->history.size(); ++i) {
      event const& e = run->history[i];
      if (e.type == event_type::workflow_execution_signaled && how.reapply_signals)
        append_fact(step, made, {{}, e.attributes});
      else if (e.type == event_type::workflow_execution_cancel_requested &&
               how.reapply_cancel_requests && !std::exchange(made.live->cancel_requested, true))
        append_fact(step, made, {{}, e.attributes});
      else if (e.type == event_type::workflow_execution_update_admitted && how.reapply_updates)
        reapply_update(step, made, e.as<events::workflow_execution_update_admitted>().request);
      else if (e.type == event_type::workflow_execution_update_accepted && how.reapply_updates)
        reapply_update(step, made,
                       e.as<events::workflow_execution_update_accepted>().accepted_request);
      else if (run == &base) // of later runs, event ids mean other children
        if (event_attributes what = child_event(*made.live, e))
          append_fact(step, made, {{}, std::move(what)});
    }
    from = 1;
    run = run->next == 0 ? nullptr : step.store.find_run(run->next);
  }
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
