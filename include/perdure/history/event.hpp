// One event of a history, in Temporal's form.
#pragma once

#include <cstdint>
#include <string>

#include "perdure/data/indirect.hpp"
#include "perdure/history/event_attributes.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/event_type.hpp"
#include "perdure/history/events/activity_events.hpp"
#include "perdure/history/events/child_workflow_events.hpp"
#include "perdure/history/events/external_events.hpp"
#include "perdure/history/events/marker_events.hpp"
#include "perdure/history/events/nexus_events.hpp"
#include "perdure/history/events/timer_events.hpp"
#include "perdure/history/events/update_events.hpp"
#include "perdure/history/events/workflow_change_events.hpp"
#include "perdure/history/events/workflow_events.hpp"
#include "perdure/history/events/workflow_task_events.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

namespace events {

/// An event of a type that this version of the library does not know, kept as it was read. Replay
/// skips it when `event::worker_may_ignore` says so and fails otherwise.
struct unknown_event {
  static constexpr event_type type{-1};

  std::string name{}; ///< The type as the document spells it: a name or a number.
  /// Name of the member that holds the attributes; empty: there is none.
  std::string attributes_key{};
  std::string attributes{}; ///< The attributes, as JSON.

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("name", self.name);
    on("attributesKey", self.attributes_key);
    on("attributes", self.attributes);
  }
};

} // namespace events

/// What rarely matters about an event, or only to whoever looks at it.
struct event_extras {
  std::int64_t version{}; ///< Failover version of a replicated namespace.
  std::int64_t task_id{}; ///< The server's own.
  indirect<perdure::user_metadata> user_metadata{};
  indirect<perdure::principal> principal{};
  indirect<raw_json> links{};
  indirect<raw_json> event_group_markers{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("version", self.version);
    on("taskId", self.task_id);
    on("userMetadata", self.user_metadata);
    on("links", self.links);
    on("principal", self.principal);
    on("eventGroupMarkers", self.event_group_markers);
  }
};

/// One event. Cheap to copy (one atomic increment) unless it has extras.
struct event {
  event_id id{};
  time_point time{};
  /// Of an unknown event: its number, or unspecified when only its name is known.
  event_type type{};
  bool worker_may_ignore{};
  event_attributes attributes{};
  indirect<event_extras> extras{};

  /// The attributes. \throws error errc::history_corrupt if the event is not an `A`.
  template <class A>
  [[nodiscard]] auto as() const -> A const& {
    return attributes.get<A>();
  }
};

static_assert(sizeof(event) == 40, "an event is made every 200 ns and kept by the million");

} // namespace perdure::inline v0
