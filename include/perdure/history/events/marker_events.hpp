// What a workflow notes for its own replay.
#pragma once

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/history/raw_json.hpp"

namespace perdure::inline v0::events {

/// A note of the workflow to itself: a patch, the result of a local activity or of a side effect.
/// Also what the command record_marker carries.
struct marker_recorded {
  static constexpr event_type type{event_type::marker_recorded};

  shared_string marker_name{};
  indirect<payloads_map> details{};
  /// The task that decided it. 0 in a command: set when it is recorded.
  event_id workflow_task_completed_event_id{};
  indirect<payload_map> header{};
  indirect<perdure::failure> failure{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("markerName", self.marker_name);
    on("details", self.details);
    on("workflowTaskCompletedEventId", self.workflow_task_completed_event_id);
    on("header", "fields", self.header);
    on("failure", self.failure);
  }
};

} // namespace perdure::inline v0::events
