// The life of a timer.
#pragma once

#include <optional>
#include <string>

#include "perdure/data/indirect.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::events {

/// A timer was set. Also what the command start_timer carries.
struct timer_started {
  static constexpr event_type type{event_type::timer_started};

  std::string timer_id{};
  std::optional<duration> start_to_fire_timeout{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("timerId", self.timer_id);
    on("startToFireTimeout", self.start_to_fire_timeout);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
  }
};

/// The time of a timer came.
struct timer_fired {
  static constexpr event_type type{event_type::timer_fired};

  std::string timer_id{};
  event_id started_event_id{}; ///< The timer_started event.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("timerId", self.timer_id);
    on("startedEventId", self.started_event_id);
  }
};

/// A timer was cancelled. Also what the command cancel_timer carries.
struct timer_canceled {
  static constexpr event_type type{event_type::timer_canceled};

  std::string timer_id{};
  event_id started_event_id{}; ///< The timer_started event. 0 in a command.
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  shared_string identity{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("timerId", self.timer_id);
    on("startedEventId", self.started_event_id);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("identity", self.identity);
  }
};

} // namespace perdure::inline v0::events
