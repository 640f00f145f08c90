// The markers that Temporal's Core family of SDKs writes, as values: patches and local activities.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/json_reader.hpp"
#include "perdure/data/json_writer.hpp"
#include "perdure/error.hpp"
#include "perdure/history/event.hpp"

namespace perdure::inline v0::replay {

inline constexpr std::string_view patch_marker_name = "core_patch";
inline constexpr std::string_view local_activity_marker_name = "core_local_activity";
/// A TemporalChangeVersion attribute of this size or more is left out: servers refuse it.
inline constexpr std::size_t change_version_bytes_max = 2'048;

/// A change of the workflow's code that a run has taken in.
struct patch_marker {
  std::string id{};
  bool deprecated{};
};

/// The outcome of a local activity. Its result or failure stand in the marker event itself.
struct local_activity_marker {
  std::uint32_t sequence{};
  std::uint32_t attempt{1};
  std::string activity_id{};
  std::string activity_type{};
  std::optional<time_point> complete_time{}; ///< Absent: it moves no time (a cancellation).
  std::optional<duration> backoff{}; ///< Not the end: another attempt is to follow after a timer.
  std::optional<time_point> original_schedule_time{}; ///< Of the first attempt.
  std::optional<std::uint32_t> activation_index{};    ///< Absent in old histories.
  event_attributes recorded{};
};

namespace detail {

[[nodiscard]] auto find_detail(events::marker_recorded const& marker, std::string_view name)
    -> payload const*;

[[noreturn, gnu::cold]] void bad_marker(events::marker_recorded const& marker,
                                        std::string_view why);

[[nodiscard]] auto json_payload(std::string json) -> payload;

/// A time or a duration, in seconds and nanoseconds.
void write_time(json_writer& to, std::string_view name, std::optional<duration> since);

[[nodiscard]] auto read_time(json_reader& in) -> std::optional<duration>;
[[nodiscard]] inline auto since_epoch(std::optional<time_point> at) -> std::optional<duration> {
  return at ? std::optional{at->time_since_epoch()} : std::nullopt;
}
[[nodiscard]] inline auto to_time(std::optional<duration> since) -> std::optional<time_point> {
  return since ? std::optional{time_point{*since}} : std::nullopt;
}

} // namespace detail

[[nodiscard]] auto make_patch_marker(patch_marker const& patch) -> events::marker_recorded;

/// Reads both forms: `patch-data` as JSON, and the older `patch_id` and `deprecated` as raw bytes.
[[nodiscard]] auto parse_patch_marker(events::marker_recorded const& marker) -> patch_marker;

/// The upsert that follows a new patch marker: all patch ids so far, sorted. Nothing if it is too
/// large.
[[nodiscard]] auto make_change_version_upsert(std::vector<std::string> ids)
    -> std::optional<events::upsert_workflow_search_attributes>;

/// Whether an event is such an upsert, and not one that workflow code asked for.
[[nodiscard]] auto is_change_version_upsert(event const& e) -> bool;

/// The marker of a finished local activity. Exactly one of `result` and `why` is used. A result is
/// there even if it is nothing: other SDKs cannot read a marker without one.
[[nodiscard]] auto make_local_activity_marker(local_activity_marker const& done,
                                              payloads const& result, indirect<failure> why)
    -> events::marker_recorded;

[[nodiscard]] auto parse_local_activity_marker(event_attributes recorded) -> local_activity_marker;

/// The result that a local activity's marker holds.
[[nodiscard]] auto local_activity_result(events::marker_recorded const& marker) -> payloads;

namespace detail {

/// Which patch or local activity a marker stands for, for a reader: ` (id p1)`; nothing if it does
/// not say.
[[nodiscard]] auto marker_subject(events::marker_recorded const& marker) -> std::string;

} // namespace detail

/// Whether two markers stand for the same thing: the same patch, or the local activity of the same
/// number (and, with `ids`, of the same id and type).
[[nodiscard]] auto same_marker(events::marker_recorded const& a, events::marker_recorded const& b,
                               bool ids = false) -> bool;

} // namespace perdure::inline v0::replay

#if PERDURE_DEFINES
namespace perdure::inline v0::replay::detail {
PERDURE_INLINE auto find_detail(events::marker_recorded const& marker, std::string_view name)
    -> payload const* {
  if (!marker.details) return nullptr;
  for (auto const& [key, values] : *marker.details)
    if (key == name && !values.empty()) return &values[0];
  return nullptr;
}
PERDURE_INLINE void bad_marker(events::marker_recorded const& marker, std::string_view why) {
  throw error{errc::history_corrupt,
              "marker '" + marker.marker_name.str() + "': " + std::string{why}};
}
PERDURE_INLINE auto json_payload(std::string json) -> payload {
  payload made{};
  made.data = std::move(json);
  made.metadata = payload_metadata{"json/plain"};
  return made;
}
PERDURE_INLINE void write_time(json_writer& to, std::string_view name,
                               std::optional<duration> since) {
  if (!since) {
    to.key(name);
    return to.null();
  }
  auto const nanoseconds = since->count();
  auto const seconds = nanoseconds / 1'000'000'000 - (nanoseconds % 1'000'000'000 < 0 ? 1 : 0);
  to.key(name);
  to.begin_object();
  to.member("seconds", seconds);
  to.member("nanos", nanoseconds - seconds * 1'000'000'000);
  to.end_object();
}
PERDURE_INLINE auto read_time(json_reader& in) -> std::optional<duration> {
  if (in.read_null_if()) return std::nullopt;
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  in.begin_object();
  for (std::string_view key; in.next_key(key);) {
    if (key == "seconds")
      seconds = in.read_int64();
    else if (key == "nanos")
      nanos = in.read_int64();
    else
      (void)in.skip_value();
  }
  if (seconds > 9'223'372'035 || seconds < -9'223'372'035)
    in.fail("a time beyond 292 years from 1970");
  if (nanos < 0 || nanos > 999'999'999) in.fail("nanoseconds that do not fit into a second");
  return duration{seconds * 1'000'000'000 + nanos};
}
} // namespace perdure::inline v0::replay::detail
namespace perdure::inline v0::replay {
PERDURE_INLINE auto make_patch_marker(patch_marker const& patch) -> events::marker_recorded {
  std::string json;
  json_writer out{json};
  out.begin_object();
  out.member("id", patch.id);
  out.member("deprecated", patch.deprecated);
  out.end_object();
  out.finish();
  events::marker_recorded marker{};
  marker.marker_name = patch_marker_name;
  marker.details.make().emplace("patch-data", payloads{detail::json_payload(std::move(json))});
  return marker;
}
PERDURE_INLINE auto parse_patch_marker(events::marker_recorded const& marker) -> patch_marker {
  patch_marker patch{};
  if (payload const* const data = detail::find_detail(marker, "patch-data")) {
    json_reader in{data->data};
    in.begin_object();
    for (std::string_view key; in.next_key(key);) {
      if (key == "id")
        patch.id = in.read_string();
      else if (key == "deprecated")
        patch.deprecated = in.read_bool();
      else
        (void)in.skip_value();
    }
  } else if (payload const* const id = detail::find_detail(marker, "patch_id")) {
    patch.id = id->data;
    payload const* const deprecated = detail::find_detail(marker, "deprecated");
    patch.deprecated = deprecated != nullptr && deprecated->data == std::string_view{"\x01", 1};
  } else {
    detail::bad_marker(marker, "it names no patch");
  }
  return patch;
}
PERDURE_INLINE auto make_change_version_upsert(std::vector<std::string> ids)
    -> std::optional<events::upsert_workflow_search_attributes> {
  for (std::size_t i = 1; i < ids.size(); ++i) // a handful: insertion sort
    for (std::size_t j = i; j > 0 && ids[j] < ids[j - 1]; --j) std::swap(ids[j], ids[j - 1]);
  std::string json;
  json_writer out{json};
  out.begin_array();
  for (std::string const& id : ids) out.value(id);
  out.end_array();
  out.finish();
  if (json.size() >= change_version_bytes_max) return std::nullopt;
  payload list = detail::json_payload(std::move(json));
  list.metadata.set("type", "KeywordList");
  events::upsert_workflow_search_attributes upsert{};
  upsert.search_attributes.make().emplace("TemporalChangeVersion", std::move(list));
  return upsert;
}
PERDURE_INLINE auto is_change_version_upsert(event const& e) -> bool {
  auto const* const upsert = e.attributes.get_if<events::upsert_workflow_search_attributes>();
  return upsert != nullptr && upsert->search_attributes &&
         upsert->search_attributes->count("TemporalChangeVersion") != 0;
}
PERDURE_INLINE auto make_local_activity_marker(local_activity_marker const& done,
                                               payloads const& result, indirect<failure> why)
    -> events::marker_recorded {
  std::string json;
  json_writer out{json};
  out.begin_object();
  out.member("seq", done.sequence);
  out.member("attempt", done.attempt);
  out.member("activity_id", done.activity_id);
  out.member("activity_type", done.activity_type);
  detail::write_time(out, "complete_time", detail::since_epoch(done.complete_time));
  detail::write_time(out, "backoff", done.backoff);
  detail::write_time(out, "original_schedule_time",
                     detail::since_epoch(done.original_schedule_time));
  if (done.activation_index) out.member("activation_index", *done.activation_index);
  out.end_object();
  out.finish();
  events::marker_recorded marker{};
  marker.marker_name = local_activity_marker_name;
  auto& details = marker.details.make();
  details.emplace("data", payloads{detail::json_payload(std::move(json))});
  if (why)
    marker.failure = std::move(why);
  else
    details.emplace("result", result.empty() ? payloads{payload::null()} : result);
  return marker;
}
PERDURE_INLINE auto parse_local_activity_marker(event_attributes recorded)
    -> local_activity_marker {
  auto const& marker = recorded.get<events::marker_recorded>();
  payload const* const data = detail::find_detail(marker, "data");
  if (data == nullptr) detail::bad_marker(marker, "it holds no data");
  local_activity_marker done{};
  json_reader in{data->data};
  in.begin_object();
  for (std::string_view key; in.next_key(key);) {
    if (key == "seq")
      done.sequence = in.read_integer<std::uint32_t>();
    else if (key == "attempt")
      done.attempt = in.read_integer<std::uint32_t>();
    else if (key == "activity_id")
      done.activity_id = in.read_string();
    else if (key == "activity_type")
      done.activity_type = in.read_string();
    else if (key == "complete_time")
      done.complete_time = detail::to_time(detail::read_time(in));
    else if (key == "backoff")
      done.backoff = detail::read_time(in);
    else if (key == "original_schedule_time")
      done.original_schedule_time = detail::to_time(detail::read_time(in));
    else if (key == "activation_index" && !in.read_null_if())
      done.activation_index = in.read_integer<std::uint32_t>();
    else if (key != "activation_index")
      (void)in.skip_value();
  }
  done.recorded = std::move(recorded);
  return done;
}
PERDURE_INLINE auto local_activity_result(events::marker_recorded const& marker) -> payloads {
  if (marker.details)
    for (auto const& [key, values] : *marker.details)
      if (key == "result") return values;
  return {};
}
} // namespace perdure::inline v0::replay
namespace perdure::inline v0::replay::detail {
PERDURE_INLINE auto marker_subject(events::marker_recorded const& marker) -> std::string {
  try {
    if (marker.marker_name == patch_marker_name)
      return " (id " + parse_patch_marker(marker).id + ")";
    if (marker.marker_name == local_activity_marker_name) {
      auto const local = parse_local_activity_marker(event_attributes::make(marker));
      return " (local activity '" + local.activity_type + "', id " + local.activity_id + ")";
    }
  } catch (error const&) { // what is wrong with it is said where it is read
  }
  return {};
}
} // namespace perdure::inline v0::replay::detail
namespace perdure::inline v0::replay {
PERDURE_INLINE auto same_marker(events::marker_recorded const& a, events::marker_recorded const& b,
                                bool ids) -> bool {
  if (a.marker_name != b.marker_name) return false;
  if (a.marker_name == patch_marker_name)
    return parse_patch_marker(a).id == parse_patch_marker(b).id;
  if (a.marker_name != local_activity_marker_name) return true;
  auto const one = parse_local_activity_marker(event_attributes::make(a));
  auto const other = parse_local_activity_marker(event_attributes::make(b));
  return one.sequence == other.sequence && (!ids || (one.activity_id == other.activity_id &&
                                                     one.activity_type == other.activity_type));
}
} // namespace perdure::inline v0::replay
#endif
