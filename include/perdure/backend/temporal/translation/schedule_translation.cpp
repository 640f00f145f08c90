#include "perdure/backend/temporal/translation/schedule_translation.hpp"

#include <optional>

#include <google/protobuf/repeated_ptr_field.h>

#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/backend/temporal/translation/request_translation.hpp"
#include "perdure/error.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace message = api::schedule::v1;

// -------------------------------------------------------------------------------------- calendars
using ranges = std::vector<schedule_range>;
using range_messages = google::protobuf::RepeatedPtrField<message::Range>;

/// What an empty list stands for; to servers nothing matches it.
constexpr schedule_range midnight{0, 0, 1};
constexpr schedule_range all_days{1, 31, 1};
constexpr schedule_range all_months{1, 12, 1};
constexpr schedule_range all_weekdays{0, 6, 1};

void write_range(schedule_range const& from, range_messages& to) {
  auto& range = *to.Add();
  range.set_start(from.start);
  range.set_end(from.end);
  range.set_step(from.step);
}
void write_ranges(ranges const& from, schedule_range const& otherwise, range_messages& to) {
  if (from.empty()) write_range(otherwise, to);
  for (schedule_range const& each : from) write_range(each, to);
}
[[nodiscard]] auto read_ranges(range_messages const& from,
                               std::optional<schedule_range> const& otherwise = {}) -> ranges {
  ranges made;
  for (auto const& each : from) made.push_back({each.start(), each.end(), each.step()});
  if (otherwise && made.size() == 1 && made.front() == *otherwise) made.clear();
  return made;
}

/// Sunday is 0 to servers, and not 7 too.
[[nodiscard]] auto with_sunday_as_0(ranges const& from) -> ranges {
  ranges made;
  for (schedule_range each : from) {
    int const last = each.end < each.start ? each.start : each.end;
    int const step = each.step < 1 ? 1 : each.step;
    bool const has_7 = each.start <= 7 && last == 7 && (7 - each.start) % step == 0;
    if (last == 7) each.end = 6;
    if (each.start != 7) made.push_back(each);
    if (has_7) made.push_back({0, 0, 1});
  }
  return made;
}

void write_calendar(schedule_calendar const& from, message::StructuredCalendarSpec& to) {
  write_ranges(from.second, midnight, *to.mutable_second());
  write_ranges(from.minute, midnight, *to.mutable_minute());
  write_ranges(from.hour, midnight, *to.mutable_hour());
  write_ranges(from.day_of_month, all_days, *to.mutable_day_of_month());
  write_ranges(from.month, all_months, *to.mutable_month());
  for (schedule_range const& each : from.year) write_range(each, *to.mutable_year());
  write_ranges(with_sunday_as_0(from.day_of_week), all_weekdays, *to.mutable_day_of_week());
  to.set_comment(utf8_of(from.comment));
}
[[nodiscard]] auto read_calendar(message::StructuredCalendarSpec const& from) -> schedule_calendar {
  schedule_calendar made{};
  made.second = read_ranges(from.second(), midnight);
  made.minute = read_ranges(from.minute(), midnight);
  made.hour = read_ranges(from.hour(), midnight);
  made.day_of_month = read_ranges(from.day_of_month(), all_days);
  made.month = read_ranges(from.month(), all_months);
  made.year = read_ranges(from.year());
  made.day_of_week = read_ranges(from.day_of_week(), all_weekdays);
  made.comment = from.comment();
  return made;
}

// ------------------------------------------------------------------------------------------- spec
void write_spec(schedule_spec const& from, message::ScheduleSpec& to) {
  for (auto const& each : from.calendars) write_calendar(each, *to.add_structured_calendar());
  for (auto const& each : from.exclude_calendars)
    write_calendar(each, *to.add_exclude_structured_calendar());
  for (auto const& each : from.intervals) {
    auto& interval = *to.add_interval();
    write_duration(each.every, *interval.mutable_interval());
    if (each.offset != duration{}) write_duration(each.offset, *interval.mutable_phase());
  }
  for (auto const& each : from.cron_strings)
    to.add_cron_string(checked_utf8(each, "a cron string"));
  if (from.start_at) write_time(*from.start_at, *to.mutable_start_time());
  if (from.end_at) write_time(*from.end_at, *to.mutable_end_time());
  if (from.jitter != duration{}) write_duration(from.jitter, *to.mutable_jitter());
  to.set_timezone_name(checked_utf8(from.time_zone_name, "the name of the time zone"));
  to.set_timezone_data(from.time_zone_data);
}
[[nodiscard]] auto read_spec(message::ScheduleSpec const& from) -> schedule_spec {
  schedule_spec made{};
  for (auto const& each : from.structured_calendar()) made.calendars.push_back(read_calendar(each));
  for (auto const& each : from.exclude_structured_calendar())
    made.exclude_calendars.push_back(read_calendar(each));
  for (auto const& each : from.interval())
    made.intervals.push_back({read_duration(each.interval()), read_duration(each.phase())});
  for (auto const& each : from.cron_string()) made.cron_strings.push_back(each);
  if (from.has_start_time()) made.start_at = read_time(from.start_time());
  if (from.has_end_time()) made.end_at = read_time(from.end_time());
  made.jitter = read_duration(from.jitter());
  made.time_zone_name = from.timezone_name();
  made.time_zone_data = from.timezone_data();
  return made;
}

// ------------------------------------------------------------------------------------ information
[[nodiscard]] auto read_result(message::ScheduleActionResult const& from)
    -> schedule_action_result {
  return {read_time(from.schedule_time()), read_time(from.actual_time()),
          read_execution(from.start_workflow_result()),
          static_cast<workflow_execution_status>(from.start_workflow_status())};
}

/// What descriptions and entries of lists have in common, under the same names.
template <class Info>
void read_actions(Info const& from, schedule_info& to) {
  for (auto const& each : from.recent_actions()) to.recent_actions.push_back(read_result(each));
  for (auto const& each : from.future_action_times())
    to.next_action_times.push_back(read_time(each));
}

[[nodiscard]] auto read_info(message::ScheduleInfo const& from) -> schedule_info {
  schedule_info made{};
  made.action_count = from.action_count();
  made.missed_catchup_window_count = from.missed_catchup_window();
  made.skipped_overlap_count = from.overlap_skipped();
  made.dropped_count = from.buffer_dropped();
  made.waiting_count = from.buffer_size();
  for (auto const& each : from.running_workflows()) made.running.push_back(read_execution(each));
  read_actions(from, made);
  made.created_at = read_time(from.create_time());
  if (from.has_update_time()) made.updated_at = read_time(from.update_time());
  return made;
}

template <class Message>
void read_values(Message const& from, schedule_description& to) {
  if (from.memo().fields_size() != 0) to.memo = read_payload_map(from.memo().fields());
  if (from.search_attributes().indexed_fields_size() != 0)
    to.search_attributes = read_payload_map(from.search_attributes().indexed_fields());
}

[[nodiscard]] auto overlap_of(schedule_overlap_policy policy)
    -> api::enums::v1::ScheduleOverlapPolicy {
  return static_cast<api::enums::v1::ScheduleOverlapPolicy>(policy);
}

} // namespace

void write_schedule(schedule const& from, message::Schedule& to) {
  write_action(from.action, *to.mutable_action()->mutable_start_workflow());
  write_spec(from.spec, *to.mutable_spec());
  auto& policies = *to.mutable_policies();
  policies.set_overlap_policy(overlap_of(from.policies.overlap));
  if (from.policies.catchup_window != duration{})
    write_duration(from.policies.catchup_window, *policies.mutable_catchup_window());
  policies.set_pause_on_failure(from.policies.pause_on_failure);
  auto& state = *to.mutable_state();
  state.set_notes(utf8_of(from.state.note));
  state.set_paused(from.state.paused);
  state.set_limited_actions(from.state.limited_actions);
  state.set_remaining_actions(from.state.remaining_actions);
}

auto read_schedule(message::Schedule const& from) -> schedule {
  schedule made{};
  made.action = read_action(from.action().start_workflow());
  made.spec = read_spec(from.spec());
  made.policies.overlap = static_cast<schedule_overlap_policy>(from.policies().overlap_policy());
  made.policies.catchup_window = read_duration(from.policies().catchup_window());
  made.policies.pause_on_failure = from.policies().pause_on_failure();
  made.state.note = from.state().notes();
  made.state.paused = from.state().paused();
  made.state.limited_actions = from.state().limited_actions();
  made.state.remaining_actions = from.state().remaining_actions();
  return made;
}

void write_patch(schedule_patch const& from, message::SchedulePatch& to) {
  if (from.trigger)
    to.mutable_trigger_immediately()->set_overlap_policy(overlap_of(from.trigger_overlap));
  for (schedule_backfill const& each : from.backfills) {
    auto& backfill = *to.add_backfill_request();
    write_time(each.start_at, *backfill.mutable_start_time());
    write_time(each.end_at, *backfill.mutable_end_time());
    backfill.set_overlap_policy(overlap_of(each.overlap));
  }
  to.set_pause(utf8_of(from.pause));
  to.set_unpause(utf8_of(from.unpause));
}

auto conflict_token_bytes(std::int64_t token) -> std::string {
  std::string bytes;
  auto const number = static_cast<std::uint64_t>(token);
  for (unsigned shift = 64; token != 0 && shift > 0; shift -= 8)
    bytes += static_cast<char>(number >> (shift - 8) & 0xffU);
  return bytes;
}

auto conflict_token_of(std::string_view bytes) -> std::int64_t {
  if (bytes.size() != 8)
    throw error{errc::not_supported, "the server gives a schedule a conflict token of " +
                                         std::to_string(bytes.size()) +
                                         " bytes, which is no number"};
  std::uint64_t number = 0;
  for (char const c : bytes) number = number << 8U | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(number);
}

auto read_description(std::string_view id,
                      api::workflowservice::v1::DescribeScheduleResponse const& from)
    -> schedule_description {
  schedule_description made{};
  made.id = id;
  made.schedule = read_schedule(from.schedule());
  made.info = read_info(from.info());
  read_values(from, made);
  made.conflict_token = conflict_token_of(from.conflict_token());
  return made;
}

auto read_description(message::ScheduleListEntry const& from) -> schedule_description {
  schedule_description made{};
  made.id = from.schedule_id();
  made.schedule.spec = read_spec(from.info().spec());
  made.schedule.action.workflow_type = from.info().workflow_type().name();
  made.schedule.state.note = from.info().notes();
  made.schedule.state.paused = from.info().paused();
  read_actions(from.info(), made.info);
  read_values(from, made);
  return made;
}

} // namespace perdure::inline v0::temporal
