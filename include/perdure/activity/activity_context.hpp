// What an activity may know and do while it runs: its info, heartbeats, and whether it was
// cancelled.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "perdure/activity/activity_token.hpp"
#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/error.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/history/search_attribute.hpp"
#include "perdure/history/task.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0 {

/// The facts about one attempt of an activity.
struct activity_info {
  std::string activity_id{};
  std::string activity_type{};
  std::string task_queue{};
  std::string workflow_id{};
  std::string workflow_run_id{};
  std::string workflow_type{};
  std::int32_t attempt{1}; ///< Counts from 1.
  bool is_local{false};    ///< A local activity: its workflow's own worker runs it.
  /// The same for every attempt of this activity, unique to it: give it to services that take an
  /// idempotency key, since an attempt may run again after a crash that lost its result.
  std::string idempotency_key{};
  time_point scheduled_time{};          ///< Of the first attempt.
  time_point started_time{};            ///< Of this attempt.
  duration schedule_to_close_timeout{}; ///< Zero: none.
  duration start_to_close_timeout{};
  duration heartbeat_timeout{};
  named_values header{}; ///< What its workflow sent along, by interceptors.
};

namespace detail {

struct activity_context;

/// Where a heartbeat goes; implemented by the worker.
class heartbeat_target {
public:
  /// Sends a heartbeat, or keeps it for a while. What is learnt by it, it does to the context.
  virtual void record_heartbeat(activity_context& context, payloads details) = 0;

protected:
  ~heartbeat_target() = default;
};

struct heartbeat_state; // see heartbeat_throttle.hpp

/// One running attempt. Made by the worker; user code reaches it through the functions below.
struct activity_context {
  activity_task task{};
  heartbeat_target* heartbeats{nullptr}; ///< Null: heartbeats do nothing (local activities).
  std::atomic<activity_cancel_reason> cancelled{activity_cancel_reason::none};
  bool completes_later{false}; ///< Somebody else will give its result.
  std::shared_ptr<heartbeat_state> beats{};
  log_context log{};
  data_converter const* converter{nullptr}; ///< Of the worker.

  /// Says where its lines and measurements come from, and how it converts; it has its task, which
  /// stays where it is.
  void equip(metric_route const* metrics, data_converter const* with);
  [[nodiscard]] auto is_cancelled() const noexcept -> bool {
    return cancelled.load(std::memory_order_acquire) != activity_cancel_reason::none;
  }
  /// Notes why the attempt should stop; the first reason counts. Gives what is to be told then, if
  /// the activity has asked for a stop token: `request_stop()` runs its callbacks, so that no lock
  /// may be held.
  [[nodiscard]] auto cancel(activity_cancel_reason reason) noexcept -> std::stop_source;
  [[nodiscard]] auto stop_token() -> std::stop_token;

private:
  std::mutex mutex_{};
  std::stop_source stop_{std::nostopstate}; ///< Made when it is asked for.
};

inline constinit thread_local activity_context* current_activity = nullptr;

void enter_activity(activity_context& context) noexcept;
void leave_activity() noexcept;

[[nodiscard]] auto require_activity(char const* what) -> activity_context&;

} // namespace detail

/// Whether the code that calls is an activity that a worker runs.
[[nodiscard]] inline auto in_activity() noexcept -> bool {
  return detail::current_activity != nullptr;
}

/// The facts about the running attempt.
/// \throws error (outside_workflow) outside of an activity.
[[nodiscard]] auto activity_info_now() -> activity_info;

/// Whether the running attempt should stop: its workflow cancelled it, it timed out, or the worker
/// stops. On embedded backends no heartbeat is needed to learn it.
/// \throws error (outside_workflow) outside of an activity.
[[nodiscard]] inline auto cancellation_requested() -> bool {
  return detail::require_activity("cancellation_requested()").is_cancelled();
}
/// Why the running attempt should stop; `none` while it should not.
/// \throws error (outside_workflow) outside of an activity.
[[nodiscard]] auto cancellation_reason() -> activity_cancel_reason;
/// A token that is told when the running attempt should stop: for `std::stop_callback`,
/// `std::condition_variable_any::wait` and whatever else takes one. Callbacks run on a thread of
/// the worker, with no context: they wake the activity up, which then asks `cancellation_reason()`.
/// The token may lag behind `cancellation_requested()` by a moment.
/// \throws error (outside_workflow) outside of an activity.
[[nodiscard]] inline auto activity_stop_token() -> std::stop_token {
  return detail::require_activity("activity_stop_token()").stop_token();
}

/// Says that the attempt is alive, with details that the next attempt can read. An attempt with a
/// heartbeat timeout is taken for dead when it is silent for that long. Cheap: the worker sends one
/// of many (see `worker_options::max_heartbeat_throttle_interval`), and the last one at the latest
/// before the attempt fails. In a local activity it sends nothing.
/// False when the attempt should stop.
/// \throws error (outside_workflow) outside of an activity; what the backend throws.
template <class... Details>
auto try_heartbeat(Details const&... details) -> bool {
  auto& context = detail::require_activity("heartbeat()");
  if (context.heartbeats != nullptr)
    context.heartbeats->record_heartbeat(context, to_payloads(details...));
  return !context.is_cancelled();
}
/// The same, for activities that stop at once:
/// \throws cancelled_error when the attempt should stop: let it leave the activity, after cleaning
/// up.
template <class... Details>
void heartbeat(Details const&... details) {
  if (!try_heartbeat(details...)) throw cancelled_error{"the activity was asked to stop"};
}

/// Leaves the running attempt open when its function returns: what that returns is ignored, and
/// whoever has the token gives the result, see `client::get_async_activity_handle`. The worker's
/// slot is free then, and the end of the worker does not end the attempt: only its timeouts do. An
/// exception that leaves the function fails the attempt as ever.
/// \throws error (outside_workflow) outside of an activity; (invalid_argument) in a local one.
[[nodiscard]] auto complete_asynchronously() -> activity_token;

/// The details of the last heartbeat of the attempt before this one.
/// \throws error (bad_payload) if they are not of these types; `has_heartbeat_details()` tells.
template <class... Details>
[[nodiscard]] auto heartbeat_details() -> std::tuple<Details...> {
  return from_payloads<Details...>(
      detail::require_activity("heartbeat_details()").task.heartbeat_details);
}
[[nodiscard]] inline auto has_heartbeat_details() -> bool {
  return !detail::require_activity("has_heartbeat_details()").task.heartbeat_details.empty();
}

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE void activity_context::equip(metric_route const* metrics,
                                            data_converter const* with) {
  log_record& tags = log.tags;
  tags.workflow_type = task.workflow_type;
  tags.workflow_id = task.execution.workflow_id;
  tags.run_id = task.execution.run_id;
  tags.activity_type = task.scheduled.get<events::activity_task_scheduled>().activity_type;
  tags.attempt = task.token.attempt;
  log.metrics = metrics;
  converter = with;
}
PERDURE_INLINE auto activity_context::cancel(activity_cancel_reason reason) noexcept
    -> std::stop_source {
  std::lock_guard const lock{mutex_};
  auto none = activity_cancel_reason::none;
  cancelled.compare_exchange_strong(none, reason);
  return stop_;
}
PERDURE_INLINE auto activity_context::stop_token() -> std::stop_token {
  std::lock_guard const lock{mutex_};
  if (!stop_.stop_possible()) {
    stop_ = std::stop_source{};
    if (is_cancelled()) stop_.request_stop();
  }
  return stop_.get_token();
}
PERDURE_INLINE void enter_activity(activity_context& context) noexcept {
  current_activity = &context;
  current_log_context = &context.log;
  current_converter = context.converter;
}
PERDURE_INLINE void leave_activity() noexcept {
  current_activity = nullptr;
  current_log_context = nullptr;
  current_converter = nullptr;
}
PERDURE_INLINE auto require_activity(char const* what) -> activity_context& {
  if (current_activity == nullptr)
    throw error{errc::outside_workflow,
                "perdure::" + std::string{what} + " was called outside of an activity"};
  return *current_activity;
}
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_INLINE auto activity_info_now() -> activity_info {
  auto const& context = detail::require_activity("activity_info_now()");
  auto const& asked = context.task.scheduled.get<events::activity_task_scheduled>();
  activity_info info{};
  info.activity_id = asked.activity_id;
  info.activity_type = asked.activity_type.str();
  info.task_queue = asked.task_queue.name.str();
  info.workflow_id = context.task.execution.workflow_id.str();
  info.workflow_run_id = context.task.execution.run_id.str();
  info.workflow_type = context.task.workflow_type.str();
  info.attempt = context.task.token.attempt;
  info.is_local = context.task.token.lease == 0;
  info.idempotency_key = info.workflow_run_id + (info.is_local ? "/local/" : "/") +
                         std::to_string(context.task.token.scheduled_event_id);
  info.scheduled_time = context.task.scheduled_time;
  info.started_time = context.task.started_time;
  info.schedule_to_close_timeout = asked.schedule_to_close_timeout.value_or(duration{});
  info.start_to_close_timeout = asked.start_to_close_timeout.value_or(duration{});
  info.header = named_values{asked.header};
  info.heartbeat_timeout = asked.heartbeat_timeout.value_or(duration{});
  return info;
}
PERDURE_INLINE auto cancellation_reason() -> activity_cancel_reason {
  return detail::require_activity("cancellation_reason()")
      .cancelled.load(std::memory_order_acquire);
}
PERDURE_INLINE auto complete_asynchronously() -> activity_token {
  auto& context = detail::require_activity("complete_asynchronously()");
  if (context.task.token.lease == 0)
    throw error{errc::invalid_argument,
                "complete_asynchronously(): a local activity ends with its function"};
  context.completes_later = true;
  return detail::token_of(context.task);
}
} // namespace perdure::inline v0
#endif
