// What the files about schedules share.
#pragma once

#include "conformance/behaviour.hpp"

#include <perdure/data/time_text.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace perdure_test::conformance {

using perdure::schedule_overlap_policy;

/// Virtual time begins on 2020-01-01, a Wednesday.
[[nodiscard]] inline auto at(char const* text) -> perdure::time_point {
  return perdure::parse_time<perdure::time_point>(text).value();
}
[[nodiscard]] inline auto text_of(perdure::time_point time) -> std::string {
  std::string text;
  (void)perdure::append_time(text, time);
  return text;
}

/// A schedule "s" that starts "job" on the queue "tests" every hour.
[[nodiscard]] inline auto hourly(schedule_overlap_policy overlap = {})
    -> perdure::create_schedule_request {
  perdure::create_schedule_request request{};
  request.id = "s";
  request.schedule.action.workflow_id = "job";
  request.schedule.action.workflow_type = "workflow";
  request.schedule.action.task_queue = "tests";
  request.schedule.spec.intervals = {{1h, 0s}};
  request.schedule.policies.overlap = overlap;
  return request;
}
[[nodiscard]] inline auto described(world& w, std::string const& id = "s")
    -> perdure::schedule_description {
  return w.backend.describe_schedule(id);
}
[[nodiscard]] inline auto info(world& w, std::string const& id = "s") -> perdure::schedule_info {
  return described(w, id).info;
}
inline void patch(world& w, perdure::schedule_patch const& what, std::string const& id = "s") {
  w.backend.patch_schedule(id, what);
}
inline void trigger(world& w, schedule_overlap_policy overlap = {}) {
  perdure::schedule_patch what{};
  what.trigger = true;
  what.trigger_overlap = overlap;
  patch(w, what);
}
inline void pause(world& w, std::string note = "paused") {
  perdure::schedule_patch what{};
  what.pause = std::move(note);
  patch(w, what);
}
inline void unpause(world& w, std::string note = "unpaused") {
  perdure::schedule_patch what{};
  what.unpause = std::move(note);
  patch(w, what);
}
inline void backfill(world& w, char const* from, char const* to,
                     schedule_overlap_policy overlap = {}) {
  perdure::schedule_patch what{};
  what.backfills = {{at(from), at(to), overlap}};
  patch(w, what);
}

/// The times in the ids of all runs of "job", in the order of their start, without the day: "01:00
/// 02:00".
[[nodiscard]] inline auto started(world& w) -> std::string {
  perdure::list_filter filter{};
  filter.workflow_id_prefix = "job-";
  std::string all;
  for (auto const& each : w.client.list(filter)) {
    if (!all.empty()) all += ' ';
    all += each.execution.workflow_id.view().substr(4 + 11, 5);
  }
  return all;
}
/// The id of the run of the first day's `hour`.
[[nodiscard]] inline auto job(int hour) -> std::string {
  return std::string{"job-2020-01-01T"} + (hour < 10 ? "0" : "") + std::to_string(hour) + ":00:00Z";
}
/// Answers the next workflow task with the end of its run.
inline void finish(world& w, perdure::payloads result = {}) {
  w.hand.decide({commands::complete(std::move(result))});
}

} // namespace perdure_test::conformance
