// The engine: what a server does, as steps over a store. It reads no clock and does no I/O; whoever
// calls it says what time it is, and passes its notices on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/engine/audit.hpp"
#include "perdure/engine/effects.hpp"
#include "perdure/engine/finding.hpp"
#include "perdure/engine/lost_workers.hpp"
#include "perdure/engine/start_request.hpp"
#include "perdure/engine/workflow_tasks.hpp"
#include "perdure/error.hpp"
#include "perdure/history/requests.hpp"

namespace perdure::inline v0::engine {

/// One step at a time; see `store` for what is kept where. Every member function is one step: it
/// happens at the given time, all of it, and throws `perdure::error` before it has changed
/// anything.
template <store S>
class engine {
public:
  explicit engine(S& store, engine_limits bounds = {}) : store_{store}, limits_{bounds} {
    // A look at the lower one of each pair tells whether either was passed.
    if (limits_.history_bytes_max < limits_.history_bytes_warn)
      limits_.history_bytes_warn = limits_.history_bytes_max;
    if (limits_.history_events_max < limits_.history_events_warn)
      limits_.history_events_warn = limits_.history_events_max;
  }

  // ------------------------------------------------------------------------------------- clients
  /// \throws error (already_started, invalid_argument)
  auto start_workflow(time_point now, start_workflow_request const& request, notices& news)
      -> start_workflow_result {
    return perform(now, news,
                   [&](auto& step) { return v0::engine::start_workflow(step, request); });
  }

  /// \throws error (not_found, already_closed)
  void signal_workflow(time_point now, workflow_execution const& target, shared_string name,
                       payloads input, shared_string identity, indirect<payload_map> header,
                       notices& news) {
    run_state& run = open_run(target, "signal");
    refuse_large(limits_, "the input of the signal", input);
    step_context<S> step{store_, now, {}, news, &limits_};
    events::workflow_execution_signaled signaled{};
    signaled.signal_name = std::move(name);
    signaled.input = std::move(input);
    signaled.identity = std::move(identity);
    signaled.header = std::move(header);
    take_in(step, run, {{}, event_attributes::make(std::move(signaled))});
    finish(step);
  }
  /// \throws error (not_found, already_closed)
  void cancel_workflow(time_point now, workflow_execution const& target, std::string_view reason,
                       shared_string identity, notices& news) {
    run_state& run = open_run(target, "cancel");
    step_context<S> step{store_, now, {}, news, &limits_};
    add_audit(step, run, "cancel", identity, reason);
    events::workflow_execution_cancel_requested asked{};
    asked.cause = reason;
    asked.identity = std::move(identity);
    request_cancel(step, run, std::move(asked));
    finish(step);
  }
  /// \throws error (not_found, already_closed)
  void terminate_workflow(time_point now, workflow_execution const& target, std::string_view reason,
                          shared_string identity, notices& news) {
    run_state& run = open_run(target, "terminate");
    step_context<S> step{store_, now, {}, news, &limits_};
    add_audit(step, run, "terminate", identity, reason);
    terminate_run(step, run, reason, std::move(identity));
    finish(step);
  }

  /// The run that is meant: the one with that run id, or the current one of the workflow id.
  /// \throws error (not_found)
  [[nodiscard]] auto find(workflow_execution const& target) -> run_state& {
    return find_run(store_, target);
  }

  /// A step of another kind, for example one of `operations.hpp`: gives what `act(step)` gives.
  template <class F>
  auto perform(time_point now, notices& news, F&& act) {
    step_context<S> step{store_, now, {}, news, &limits_};
    if constexpr (std::is_void_v<decltype(act(step))>) {
      act(step);
      finish(step);
    } else {
      auto result = act(step);
      finish(step);
      return result;
    }
  }

  /// The run of that number, which `target` led to. \throws error (not_found) if it was deleted
  [[nodiscard]] auto find(workflow_execution const& target, run_number number) -> run_state& {
    run_state* const run = store_.find_run(number);
    if (run == nullptr)
      throw error{errc::not_found,
                  "the run of workflow '" + target.workflow_id.str() + "' was deleted"};
    return *run;
  }

  // --------------------------------------------------------------------------------------- tasks
  /// Gives the task to a worker, in `given` (\pre empty). False if it counts no more.
  auto poll_workflow_task(time_point now, queued_task const& queued, std::uint64_t worker,
                          shared_string const& identity, workflow_task& given) -> bool {
    run_state* const run = store_.find_run(queued.run);
    if (run == nullptr || !run->open() || run->live->task.now != task_state::phase::scheduled ||
        run->live->task.attempt != queued.attempt || is_paused(*run))
      return false;
    notices unheard{};
    step_context<S> step{store_, now, {}, unheard, &limits_};
    start_task(step, *run, worker, identity, given);
    return true;
  }
  auto poll_activity_task(time_point now, queued_task const& queued, shared_string const& identity,
                          activity_task& given) -> bool {
    run_state* const run = store_.find_run(queued.run);
    if (run == nullptr || !run->open() || is_paused(*run)) return false;
    activity_state* const activity = run->live->activities.find(queued.event);
    if (activity == nullptr || activity->now != activity_state::phase::scheduled ||
        activity->attempt != queued.attempt)
      return false;
    activity->now = activity_state::phase::started;
    activity->started_time = activity->heartbeat_time = now;
    activity->lease = store_.new_lease();
    activity->identity = identity;
    store_.touch(*run, queued.event);
    auto const& asked = activity->scheduled.template get<events::activity_task_scheduled>();
    if (asked.start_to_close_timeout || asked.heartbeat_timeout ||
        asked.schedule_to_start_timeout) {
      notices unheard{};
      step_context<S> step{store_, now, {}, unheard, &limits_};
      arm_activity(step, *run, queued.event, *activity);
    }
    given.token = {run->number, queued.event, activity->attempt, activity->lease};
    given.execution = run->execution;
    given.workflow_type = run->workflow_type;
    given.scheduled = activity->scheduled;
    given.scheduled_time = activity->scheduled_time;
    given.attempt_scheduled_time = activity->attempt_scheduled_time;
    given.started_time = now;
    given.heartbeat_details = activity->heartbeat_details;
    return true;
  }

  /// Starts a child that stood in line. `hot`: whoever calls takes the child's task next. Of
  /// several that are started before any task is taken none may be hot: they would run in reverse.
  void start_child(time_point now, queued_task const& queued, notices& news, bool hot = false) {
    step_context<S> step{store_, now, {}, news, &limits_};
    start_child_now(step, queued, hot);
    finish(step);
  }

  /// \throws error (task_lost)
  void complete_workflow_task(time_point now, workflow_task_token const& token,
                              workflow_task_completion&& answer, notices& news) {
    run_state& run = task_owner(token);
    step_context<S> step{store_, now, std::move(spare_effects_), news, &limits_};
    complete_task(step, run, std::move(answer));
    finish(step);
    spare_effects_ = std::move(step.effects);
  }
  /// \throws error (task_lost)
  void fail_workflow_task(time_point now, workflow_task_token const& token,
                          workflow_task_failure&& answer, notices& news) {
    run_state& run = task_owner(token);
    step_context<S> step{store_, now, {}, news, &limits_};
    fail_task(step, run, answer.cause, std::move(answer.reason));
    finish(step);
  }
  /// \throws error (task_lost)
  void complete_activity(time_point now, activity_task_token const& token, payloads result,
                         notices& news) {
    auto [run, activity] = activity_owner(token);
    if (limits_.refuses(byte_size(result)))
      return fail_activity(now, token, refusal("Complete result exceeds size limit."), news);
    step_context<S> step{store_, now, {}, news, &limits_};
    auto const& identity = activity->identity;
    close_activity(step, *run, token.scheduled_event_id, *activity,
                   event_attributes::build<events::activity_task_completed>([&](auto& completed) {
                     completed.result = std::move(result);
                     completed.scheduled_event_id = token.scheduled_event_id;
                     completed.identity = identity;
                   }),
                   true);
    finish(step);
  }
  /// \throws error (task_lost)
  void fail_activity(time_point now, activity_task_token const& token, failure why, notices& news) {
    auto [run, activity] = activity_owner(token);
    step_context<S> step{store_, now, {}, news, &limits_};
    fail_attempt(step, *run, token.scheduled_event_id, *activity, std::move(why));
    finish(step);
  }
  /// The attempt stopped because it was asked to. An attempt that nobody asked has failed.
  /// \throws error (task_lost)
  void cancel_activity_task(time_point now, activity_task_token const& token, payloads details,
                            failure why, notices& news) {
    auto [run, activity] = activity_owner(token);
    step_context<S> step{store_, now, {}, news, &limits_};
    if (activity->cancel_requested)
      cancel_activity(step, *run, token.scheduled_event_id, *activity, std::move(details));
    else
      fail_attempt(step, *run, token.scheduled_event_id, *activity, std::move(why));
    finish(step);
  }
  /// True if the attempt should stop. \throws error (task_lost)
  auto record_heartbeat(time_point now, activity_task_token const& token, payloads details)
      -> bool {
    auto [run, activity] = activity_owner(token);
    activity->heartbeat_details = std::move(details);
    activity->heartbeat_time = now;
    store_.touch(*run, token.scheduled_event_id);
    notices unheard{};
    step_context<S> step{store_, now, {}, unheard, &limits_};
    arm_activity(step, *run, token.scheduled_event_id, *activity);
    return activity->cancel_requested;
  }

  /// The attempt goes on without the worker it was handed to: somebody who has the token will give
  /// its answer. \throws error (task_lost)
  void detach_activity(activity_task_token const& token) {
    auto [run, activity] = activity_owner(token);
    activity->lease |= detached_lease;
    store_.touch(*run, token.scheduled_event_id);
  }
  /// An attempt that was handed out and not begun is put back into its queue.
  void return_activity(time_point now, activity_task_token const& token, notices& news) {
    auto [run, activity] = activity_owner(token);
    step_context<S> step{store_, now, {}, news, &limits_};
    activity->now = activity_state::phase::scheduled;
    activity->lease = 0;
    store_.touch(*run, token.scheduled_event_id);
    enqueue_activity(step, *run, token.scheduled_event_id, *activity, false);
    arm_activity(step, *run, token.scheduled_event_id, *activity);
    finish(step);
  }
  /// Takes back the tasks of a run that were handed out under leases for which `is_lost(lease)`.
  template <class IsLost>
  void take_back(time_point now, run_state& run, IsLost&& is_lost, notices& news) {
    step_context<S> step{store_, now, {}, news, &limits_};
    v0::engine::take_back(step, run, std::forward<IsLost>(is_lost));
    finish(step);
  }

  // ---------------------------------------------------------------------------------------- time
  /// Does what is due, one deadline. False if nothing is.
  auto fire_next(time_point now, notices& news) -> bool {
    auto const due = store_.pop_due(now);
    if (!due) return fire_schedule(now, news);
    run_state* const run = store_.find_run(due->run);
    step_context<S> step{store_, now, {}, news, &limits_};
    switch (due->what) {
    case timer_key::kind::run_timeout:
      run->live->timeout = unset_timer;
      time_out_run(step, *run);
      break;
    case timer_key::kind::first_task:
      run->live->task_delay = unset_timer;
      run->live->task.now = task_state::phase::none;
      schedule_task_if_needed(step, *run, false);
      break;
    case timer_key::kind::workflow_task:
      run->live->task.timer = unset_timer;
      time_out_task(step, *run);
      break;
    case timer_key::kind::retry_task:
      run->live->task.timer = unset_timer;
      run->live->task.now = task_state::phase::none;
      schedule_task_if_needed(step, *run, false);
      break;
    case timer_key::kind::user_timer: {
      timer_state* const timer = run->live->timers.find(due->id);
      timer->timer = unset_timer;
      events::timer_fired fired{};
      fired.timer_id = timer->started.template get<events::timer_started>().timer_id;
      fired.started_event_id = due->id;
      take_in(step, *run, {{}, event_attributes::make(std::move(fired))});
      break;
    }
    case timer_key::kind::activity: {
      activity_state* const activity = run->live->activities.find(due->id);
      activity->timer = unset_timer;
      on_activity_deadline(step, *run, due->id, *activity);
      break;
    }
    }
    finish(step);
    return true;
  }

private:
  auto fire_schedule(time_point now, notices& news) -> bool {
    auto due = store_.due_schedule(now);
    if (!due) return false;
    step_context<S> step{store_, now, {}, news, &limits_};
    wake_schedule(step, std::move(*due));
    finish(step);
    return true;
  }
  [[nodiscard]] auto open_run(workflow_execution const& target, char const* what) -> run_state& {
    return find_open_run(store_, target, what);
  }
  [[nodiscard]] auto task_owner(workflow_task_token const& token) -> run_state& {
    run_state* const run = store_.find_run(token.run);
    if (run == nullptr || !run->open() || run->live->task.now != task_state::phase::started ||
        run->live->task.started_event_id != token.started_event_id ||
        run->live->task.attempt != token.attempt || run->live->task.lease != token.lease)
      throw error{errc::task_lost,
                  "the workflow task is not open any more: it timed out, or its run has ended"};
    return *run;
  }
  [[nodiscard]] auto activity_owner(activity_task_token const& token)
      -> std::pair<run_state*, activity_state*> {
    run_state* const run = store_.find_run(token.run);
    activity_state* const activity = run == nullptr || !run->open()
                                         ? nullptr
                                         : run->live->activities.find(token.scheduled_event_id);
    if (activity == nullptr || activity->now != activity_state::phase::started ||
        activity->attempt != token.attempt || (activity->lease & ~detached_lease) != token.lease)
      throw error{errc::task_lost, "the activity attempt is not open any more: it timed out, was "
                                   "cancelled, or its run has ended"};
    return {run, activity};
  }

  /// Carries out what the step causes in other runs.
  static void finish(step_context<S>& step) {
    carry_out_effects(step);
    end_oversized(step);
  }

  S& store_;
  engine_limits limits_;
  std::vector<effect> spare_effects_; ///< Empty: memory for the next ones.
};

} // namespace perdure::inline v0::engine
