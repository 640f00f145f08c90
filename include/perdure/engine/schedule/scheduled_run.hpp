// How a run and the schedule that started it know each other: by two search attributes.
#pragma once

#include <string>
#include <string_view>

#include "perdure/data/json.hpp"
#include "perdure/data/time_text.hpp"
#include "perdure/engine/run_state.hpp"

namespace perdure::inline v0::engine {

namespace schedule_attributes {
inline constexpr char const* by_id = "TemporalScheduledById";           ///< The schedule's id.
inline constexpr char const* start_time = "TemporalScheduledStartTime"; ///< Without jitter.
} // namespace schedule_attributes

[[nodiscard]] inline auto is_scheduled(run_state const& run) -> bool {
  auto const* const attributes = run.started().search_attributes.get();
  return attributes != nullptr && attributes->contains(schedule_attributes::by_id);
}
/// Empty if no schedule started the run's chain.
[[nodiscard]] inline auto scheduled_by(run_state const& run) -> std::string {
  auto const* const attributes = run.started().search_attributes.get();
  if (attributes == nullptr) return {};
  auto const found = attributes->find(schedule_attributes::by_id);
  if (found == attributes->end()) return {};
  try {
    return from_json<std::string>(found->second.data);
  } catch (error const&) {
    return {}; // set by somebody else
  }
}
/// A run that continues another one is that schedule's, too, whatever attributes it is given.
inline void keep_schedule_attributes(events::workflow_execution_started const& first,
                                     events::workflow_execution_started& next) {
  for (char const* const name : {schedule_attributes::by_id, schedule_attributes::start_time}) {
    auto const found = first.search_attributes->find(name);
    if (found == first.search_attributes->end()) continue;
    if (next.search_attributes && next.search_attributes->contains(name)) continue;
    next.search_attributes.make()[name] = found->second;
  }
}

[[nodiscard]] inline auto search_attribute(std::string json, std::string_view type) -> payload {
  payload made{std::move(json), {encodings::json}};
  made.metadata.set("type", type);
  return made;
}
/// "2024-03-31T02:00:00Z". \pre whole seconds
[[nodiscard]] inline auto time_label(time_point nominal) -> std::string {
  std::string text;
  (void)append_time(text, nominal); // years 1677 to 2262 have four digits
  return text;
}

} // namespace perdure::inline v0::engine
