// What passes between a live run and whoever runs its local activities.
#pragma once

#include <cstdint>
#include <optional>

#include "perdure/execution/activity_function.hpp"
#include "perdure/history/event.hpp"

namespace perdure::inline v0::detail {

/// A local activity to be run.
struct local_call {
  std::uint32_t sequence{};       ///< Names it within its run.
  std::uint32_t first_sequence{}; ///< The same for all its attempts.
  std::uint32_t attempt{1};       ///< The one to begin with.
  /// Of the first attempt, if others came before a backoff timer.
  std::optional<time_point> original_schedule_time{};
  bool cancel_requested{false};
  event_attributes asked{}; ///< An `events::activity_task_scheduled`; see `retry_threshold_of`.
};

/// How a local activity ended, or that it goes on after a timer.
struct local_result {
  std::uint32_t sequence{};
  std::uint32_t attempt{1}; ///< The last one.
  activity_outcome outcome{};
  std::optional<duration> backoff{}; ///< Before the next attempt: too long to wait for in a task.
  duration run_time{};               ///< Since it was begun.
};

/// A backoff above this is a timer of the run. A local activity sends no heartbeats: its request
/// holds the threshold in their place, which is seen by no one else.
[[nodiscard]] inline auto retry_threshold_of(events::activity_task_scheduled const& asked)
    -> duration {
  return asked.heartbeat_timeout.value_or(duration{60'000'000'000});
}

} // namespace perdure::inline v0::detail
