// The life of an activity on the server's side: attempts, retries, timeouts, cancellation.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "perdure/engine/deployments.hpp"
#include "perdure/engine/ledger.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/retry_policy.hpp"

namespace perdure::inline v0::engine {

[[nodiscard]] inline auto limit(std::optional<duration> const& timeout) noexcept -> duration {
  return timeout && *timeout > duration{} ? *timeout : duration::max();
}
using perdure::detail::later;

/// The next moment at which something happens to the activity by itself, and what.
struct activity_deadline {
  enum class kind : std::uint8_t { retry, timeout };
  time_point at{time_point::max()};
  kind what{kind::timeout};
  timeout_type timeout{};
};

[[nodiscard]] inline auto next_deadline(activity_state const& activity) -> activity_deadline {
  auto const& asked = activity.scheduled.get<events::activity_task_scheduled>();
  activity_deadline next{};
  auto const consider = [&](time_point at, timeout_type which) {
    if (at < next.at) next = {at, activity_deadline::kind::timeout, which};
  };
  consider(later(activity.scheduled_time, limit(asked.schedule_to_close_timeout)),
           timeout_type::schedule_to_close);
  switch (activity.now) {
  case activity_state::phase::backing_off:
    if (activity.attempt_scheduled_time < next.at)
      next = {activity.attempt_scheduled_time, activity_deadline::kind::retry, {}};
    break;
  case activity_state::phase::scheduled:
    consider(later(activity.attempt_scheduled_time, limit(asked.schedule_to_start_timeout)),
             timeout_type::schedule_to_start);
    break;
  case activity_state::phase::started:
    consider(later(activity.started_time, limit(asked.start_to_close_timeout)),
             timeout_type::start_to_close);
    consider(later(activity.heartbeat_time, limit(asked.heartbeat_timeout)),
             timeout_type::heartbeat);
    break;
  case activity_state::phase::closed: next.at = time_point::max(); break;
  }
  return next;
}

template <store S>
void arm_activity(step_context<S>& step, run_state& run, event_id id, activity_state& activity) {
  time_point const at = next_deadline(activity).at;
  if (at == time_point::max())
    step.store.clear_timer(activity.timer);
  else
    step.store.set_timer(activity.timer, {run.number, timer_key::kind::activity, id}, at);
}

/// Puts the current attempt into its task queue.
template <store S>
void enqueue_activity(step_context<S>& step, run_state& run, event_id id, activity_state& activity,
                      bool hot) {
  auto const& asked = activity.scheduled.get<events::activity_task_scheduled>();
  std::uint32_t const queue = queue_of(step.store, run, asked.task_queue.name);
  enqueue_task(step, run, {run.number, queued_task::kind::activity, activity.attempt, id}, queue,
               hot, asked.priority);
}

/// Begins an activity whose event was appended as `id`.
template <store S>
void schedule_activity(step_context<S>& step, run_state& run, event_id id,
                       event_attributes scheduled, bool hot) {
  activity_state fresh{};
  fresh.scheduled = std::move(scheduled);
  fresh.scheduled_time = fresh.attempt_scheduled_time = step.now;
  activity_state& activity = run.live->activities.insert(id, std::move(fresh));
  arm_activity(step, run, id, activity);
  enqueue_activity(step, run, id, activity, hot);
}

[[nodiscard]] inline auto started_event(event_id id, activity_state const& activity)
    -> event_attributes {
  return event_attributes::build<events::activity_task_started>([&](auto& started) {
    started.scheduled_event_id = id;
    started.identity = activity.identity;
    started.attempt = activity.attempt;
    started.last_failure = activity.last_failure;
  });
}

/// The activity is over: its last events go to history, and it takes no more answers.
template <store S>
void close_activity(step_context<S>& step, run_state& run, event_id id, activity_state& activity,
                    event_attributes outcome, bool hot) {
  bool const ran = activity.now == activity_state::phase::started;
  step.store.touch(run, id);
  step.store.clear_timer(activity.timer);
  activity.now = activity_state::phase::closed;
  event_attributes started = ran ? started_event(id, activity) : event_attributes{};
  take_in(step, run, {std::move(started), std::move(outcome)}, hot);
}

template <store S>
void cancel_activity(step_context<S>& step, run_state& run, event_id id, activity_state& activity,
                     payloads details) {
  events::activity_task_canceled canceled{};
  canceled.details = std::move(details);
  canceled.scheduled_event_id = id;
  canceled.latest_cancel_requested_event_id = activity.cancel_requested_event_id;
  canceled.identity = activity.identity;
  close_activity(step, run, id, activity, event_attributes::make(std::move(canceled)), false);
}

/// Whether and when a failed attempt is tried again.
struct retry_decision {
  std::optional<duration> delay{};
  retry_state state{};
};

[[nodiscard]] inline auto decide_retry(activity_state const& activity, failure const& why,
                                       bool retryable, time_point now) -> retry_decision {
  auto const& asked = activity.scheduled.get<events::activity_task_scheduled>();
  static perdure::retry_policy const standard{};
  perdure::retry_policy const& policy = asked.retry_policy ? *asked.retry_policy : standard;
  if (activity.cancel_requested) return {{}, retry_state::cancel_requested};
  if (!retryable) return {{}, retry_state::non_retryable_failure};
  auto const* const info = std::get_if<application_failure_info>(&why.info);
  if (info != nullptr) {
    if (info->non_retryable) return {{}, retry_state::non_retryable_failure};
    for (auto const& type : policy.non_retryable_error_types)
      if (type == info->type) return {{}, retry_state::non_retryable_failure};
  }
  if (auto const* const server = std::get_if<server_failure_info>(&why.info);
      server != nullptr && server->non_retryable)
    return {{}, retry_state::non_retryable_failure};
  auto delay = next_delay(policy, static_cast<std::uint32_t>(activity.attempt));
  if (!delay) return {{}, retry_state::maximum_attempts_reached};
  if (info != nullptr && info->next_retry_delay) delay = info->next_retry_delay;
  time_point const end = later(activity.scheduled_time, limit(asked.schedule_to_close_timeout));
  if (end != time_point::max() && later(now, *delay) >= end) return {{}, retry_state::timeout};
  return {delay, retry_state::in_progress};
}

template <store S>
void retry_activity(step_context<S>& step, run_state& run, event_id id, activity_state& activity,
                    duration delay, failure why) {
  step.store.touch(run, id);
  activity.last_failure = std::move(why);
  activity.lease = 0;
  ++activity.attempt;
  activity.now = activity_state::phase::backing_off;
  activity.attempt_scheduled_time = later(step.now, delay);
  if (delay <= duration{}) {
    activity.now = activity_state::phase::scheduled;
    enqueue_activity(step, run, id, activity, false);
  }
  arm_activity(step, run, id, activity);
}

/// An attempt failed by its own account.
template <store S>
void fail_attempt(step_context<S>& step, run_state& run, event_id id, activity_state& activity,
                  failure why) {
  retry_decision const decision = decide_retry(activity, why, true, step.now);
  if (decision.delay)
    return retry_activity(step, run, id, activity, *decision.delay, std::move(why));
  events::activity_task_failed failed{};
  failed.failure = std::move(why);
  failed.scheduled_event_id = id;
  failed.identity = activity.identity;
  failed.retry_state = decision.state;
  close_activity(step, run, id, activity, event_attributes::make(std::move(failed)), false);
}

[[nodiscard]] inline auto timeout_failure(activity_state const& activity, timeout_type which)
    -> failure {
  static constexpr char const* names[] = {"", "StartToClose", "ScheduleToStart", "ScheduleToClose",
                                          "Heartbeat"};
  failure why{};
  why.message = std::string{"activity "} + names[static_cast<std::size_t>(which)] + " timeout";
  why.source = "Server";
  timeout_failure_info info{};
  info.timeout_type = which;
  info.last_heartbeat_details = activity.heartbeat_details;
  why.info = std::move(info);
  if (which == timeout_type::schedule_to_close || which == timeout_type::schedule_to_start)
    why.cause = activity.last_failure;
  return why;
}

/// A deadline of the activity has come.
template <store S>
void on_activity_deadline(step_context<S>& step, run_state& run, event_id id,
                          activity_state& activity) {
  activity_deadline const due = next_deadline(activity);
  if (due.at > step.now) return arm_activity(step, run, id, activity);
  if (due.what == activity_deadline::kind::retry) {
    step.store.touch(run, id);
    activity.now = activity_state::phase::scheduled;
    enqueue_activity(step, run, id, activity, false);
    return arm_activity(step, run, id, activity);
  }
  stop_attempt(step, run, id, activity, activity_cancel_reason::timed_out);
  failure why = timeout_failure(activity, due.timeout);
  bool const retryable =
      due.timeout == timeout_type::start_to_close || due.timeout == timeout_type::heartbeat;
  retry_decision decision = decide_retry(activity, why, retryable, step.now);
  if (decision.delay)
    return retry_activity(step, run, id, activity, *decision.delay, std::move(why));
  if (!retryable) decision.state = retry_state::timeout;
  events::activity_task_timed_out timed_out{};
  timed_out.failure = std::move(why);
  timed_out.scheduled_event_id = id;
  timed_out.retry_state = decision.state;
  close_activity(step, run, id, activity, event_attributes::make(std::move(timed_out)), false);
}

} // namespace perdure::inline v0::engine
