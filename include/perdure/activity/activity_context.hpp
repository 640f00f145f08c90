// What an activity may know and do while it runs: its info, heartbeats, and whether it was
// cancelled.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "perdure/data/converter.hpp"
#include "perdure/error.hpp"
#include "perdure/history/failure_error.hpp"
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
  /// The same for every attempt of this activity, unique to it: give it to services that take an
  /// idempotency key, since an attempt may run again after a crash that lost its result.
  std::string idempotency_key{};
  time_point scheduled_time{};          ///< Of the first attempt.
  time_point started_time{};            ///< Of this attempt.
  duration schedule_to_close_timeout{}; ///< Zero: none.
  duration start_to_close_timeout{};
  duration heartbeat_timeout{};
};

namespace detail {

/// Where a heartbeat goes; implemented by the worker. Answers whether cancellation was asked for.
class heartbeat_target {
public:
  virtual auto record_heartbeat(activity_task_token const& token, payloads details) -> bool = 0;

protected:
  ~heartbeat_target() = default;
};

/// One running attempt. Made by the worker; user code reaches it through the functions below.
struct activity_context {
  activity_task task{};
  heartbeat_target* heartbeats{nullptr};
  std::atomic<bool> cancelled{false};
  log_context log{};
};

inline constinit thread_local activity_context* current_activity = nullptr;

inline void enter_activity(activity_context& context) noexcept {
  current_activity = &context;
  current_log_context = &context.log;
}
inline void leave_activity() noexcept {
  current_activity = nullptr;
  current_log_context = nullptr;
}

[[nodiscard]] inline auto require_activity(char const* what) -> activity_context& {
  if (current_activity == nullptr)
    throw error{errc::outside_workflow,
                "perdure::" + std::string{what} + " was called outside of an activity"};
  return *current_activity;
}

} // namespace detail

/// Whether the code that calls is an activity that a worker runs.
[[nodiscard]] inline auto in_activity() noexcept -> bool {
  return detail::current_activity != nullptr;
}

/// The facts about the running attempt.
/// \throws error (outside_workflow) outside of an activity.
[[nodiscard]] inline auto activity_info_now() -> activity_info {
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
  info.idempotency_key =
      info.workflow_run_id + "/" + std::to_string(context.task.token.scheduled_event_id);
  info.scheduled_time = context.task.scheduled_time;
  info.started_time = context.task.started_time;
  info.schedule_to_close_timeout = asked.schedule_to_close_timeout.value_or(duration{});
  info.start_to_close_timeout = asked.start_to_close_timeout.value_or(duration{});
  info.heartbeat_timeout = asked.heartbeat_timeout.value_or(duration{});
  return info;
}

/// Whether the running attempt should stop: its workflow cancelled it, it timed out, or the worker
/// stops. On embedded backends no heartbeat is needed to learn it.
/// \throws error (outside_workflow) outside of an activity.
[[nodiscard]] inline auto cancellation_requested() -> bool {
  return detail::require_activity("cancellation_requested()")
      .cancelled.load(std::memory_order_acquire);
}

/// Says that the attempt is alive, with details that the next attempt can read. An attempt with a
/// heartbeat timeout is taken for dead when it is silent for that long.
/// \throws cancelled_error when the attempt should stop: let it leave the activity, after cleaning
/// up.
template <class... Details>
void heartbeat(Details const&... details) {
  auto& context = detail::require_activity("heartbeat()");
  if (context.heartbeats != nullptr &&
      context.heartbeats->record_heartbeat(context.task.token, to_payloads(details...)))
    context.cancelled.store(true, std::memory_order_release);
  if (context.cancelled.load(std::memory_order_acquire))
    throw cancelled_error{"the activity was asked to stop"};
}

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
