// Schedules: when a workflow is started again and again, and what is asked of them, in Temporal's
// terms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "perdure/history/requests.hpp"

namespace perdure::inline v0 {

/// The values start, start + step, start + 2 step, ... up to `end` of one field of a calendar.
struct schedule_range {
  int start{};
  int end{};  ///< Included. Below `start`: `start` alone.
  int step{}; ///< 0: 1.

  friend auto operator==(schedule_range const&, schedule_range const&) -> bool = default;
};

/// Times of a wall clock: those whose every field is in one of that field's ranges. A time that a
/// change to daylight saving time skips does not match; one that happens twice matches twice.
struct schedule_calendar {
  std::vector<schedule_range> second{};       ///< 0 to 59. Empty: 0.
  std::vector<schedule_range> minute{};       ///< 0 to 59. Empty: 0.
  std::vector<schedule_range> hour{};         ///< 0 to 23. Empty: 0.
  std::vector<schedule_range> day_of_month{}; ///< 1 to 31. Empty: all, as for those below.
  std::vector<schedule_range> month{};        ///< 1 to 12.
  std::vector<schedule_range> year{};         ///< 1970 to 2262.
  std::vector<schedule_range> day_of_week{};  ///< 0 to 6, Sunday is 0, and 7 too.
  std::string comment{};                      ///< For people; at most 200 bytes.

  friend auto operator==(schedule_calendar const&, schedule_calendar const&) -> bool = default;
};

/// The times `offset + n * every` since 1970, for all n.
struct schedule_interval {
  duration every{};  ///< At least 1 s.
  duration offset{}; ///< From 0, below `every`.

  friend auto operator==(schedule_interval const&, schedule_interval const&) -> bool = default;
};

/// When a schedule acts: at the times of all calendars, intervals and cron strings, without the
/// excluded ones.
struct schedule_spec {
  std::vector<schedule_calendar> calendars{};
  std::vector<schedule_interval> intervals{};
  /// "minute hour day month weekday [year]", or with seconds in front of 7 fields; "@daily" and its
  /// like; "@every 90m/15m". Before it may stand "CRON_TZ=Europe/Berlin ", behind it "# comment".
  /// Both days must match where both are given.
  std::vector<std::string> cron_strings{};
  std::vector<schedule_calendar> exclude_calendars{};
  std::optional<time_point> start_at{}; ///< Nothing before this time.
  std::optional<time_point> end_at{};   ///< Nothing after this time.
  duration jitter{};                    ///< Up to so much later, but before the next time.
  std::string time_zone_name{};         ///< Of calendars and cron strings. Empty: UTC.
  std::string time_zone_data{};         ///< The bytes of a TZif file, instead of the system's.

  friend auto operator==(schedule_spec const&, schedule_spec const&) -> bool = default;
};

/// What happens when it is time for an action while the last one still runs.
enum class schedule_overlap_policy : std::int16_t {
  unspecified = 0, ///< That of the schedule; there: `skip`.
  skip = 1,
  buffer_one = 2,      ///< One waits for the end, more are skipped.
  buffer_all = 3,      ///< All wait for their turn.
  cancel_other = 4,    ///< The running one is cancelled; it starts when that has ended.
  terminate_other = 5, ///< The same with terminate.
  allow_all = 6,       ///< They run side by side, and know nothing of each other's results.
};

struct schedule_policies {
  schedule_overlap_policy overlap{};
  /// How late an action may be, after downtime, before it is given up. 0: one year; at least 10 s.
  duration catchup_window{};
  bool pause_on_failure{}; ///< Pause when a run fails or times out.

  friend auto operator==(schedule_policies const&, schedule_policies const&) -> bool = default;
};

struct schedule_state {
  std::string note{}; ///< For people: why it is paused, for example.
  bool paused{};
  bool limited_actions{}; ///< Only `remaining_actions` more are taken by time.
  std::int64_t remaining_actions{};

  friend auto operator==(schedule_state const&, schedule_state const&) -> bool = default;
};

/// A schedule: what it does, when, and how.
struct schedule {
  /// The workflow that is started. The id of each run is `<workflow_id>-<its time>`, as in
  /// "report-2024-03-31T02:00:00Z". Policies about ids, request id and delay are not used.
  start_workflow_request action{};
  schedule_spec spec{};
  schedule_policies policies{};
  schedule_state state{};
};

/// The actions of a time range, taken now.
struct schedule_backfill {
  time_point start_at{}; ///< Included.
  time_point end_at{};   ///< Included.
  schedule_overlap_policy overlap{};

  friend auto operator==(schedule_backfill const&, schedule_backfill const&) -> bool = default;
};

/// What is done to a schedule beside changing it.
struct schedule_patch {
  bool trigger{}; ///< One action now, also while it is paused.
  schedule_overlap_policy trigger_overlap{};
  std::vector<schedule_backfill> backfills{};
  std::string pause{};   ///< Not empty: pause, with this note.
  std::string unpause{}; ///< Not empty: go on, with this note.
};

struct create_schedule_request {
  std::string id{};
  perdure::schedule schedule{};
  schedule_patch patch{}; ///< Done at once.
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
};

struct update_schedule_request {
  std::string id{};
  perdure::schedule schedule{};
  /// Of the description that the change is based on. 0: whatever was changed since.
  std::int64_t conflict_token{};
  indirect<payload_map> search_attributes{}; ///< None: they stay as they are.
};

/// One action that was taken.
struct schedule_action_result {
  time_point scheduled_at{}; ///< With jitter.
  time_point taken_at{};
  workflow_execution started{};
  workflow_execution_status status{}; ///< Of an action that others may wait for.
};

/// What has become of a schedule.
struct schedule_info {
  std::int64_t action_count{};
  std::int64_t missed_catchup_window_count{}; ///< Actions that came too late.
  std::int64_t skipped_overlap_count{};       ///< Actions skipped because another was running.
  std::int64_t dropped_count{};               ///< Actions that found 1,000 others waiting.
  std::int64_t waiting_count{};               ///< Actions that wait for the end of another.
  std::vector<workflow_execution> running{};  ///< Started and not allowed to overlap.
  std::vector<schedule_action_result> recent_actions{}; ///< The last 10, oldest first.
  std::vector<time_point> next_action_times{};          ///< The next 10.
  time_point created_at{};
  std::optional<time_point> updated_at{};
  std::string invalid_because{}; ///< Why it does nothing: its time zone is gone, for example.
};

struct schedule_description {
  std::string id{};
  perdure::schedule schedule{};
  schedule_info info{};
  std::int64_t conflict_token{};
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
};

/// Which schedules are listed, by id.
struct schedule_filter {
  std::string id_prefix{};
  std::string workflow_type{};
  std::size_t page_size{1'000};
  std::string next_page_token{}; ///< Of the page before; empty: the first page.
};

struct schedule_page {
  std::vector<schedule_description> schedules{};
  std::string next_page_token{}; ///< Empty: this is the last page.
};

} // namespace perdure::inline v0
