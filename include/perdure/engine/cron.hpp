// Workflows with a cron schedule: when the next run of their chain begins.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/compiled_spec.hpp"
#include "perdure/engine/store.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// A cron schedule that was read and found to have times.
struct cron_schedule {
  bool is_interval{};
  std::int64_t every_seconds{1}; ///< Counted from the run before.
  compiled_calendar calendar{};
  std::shared_ptr<time_zone const> zone{};

  /// The wait until the first time after `now`, in whole seconds, rounded up as a Temporal server
  /// does; `began`: when the run before did. Nothing if there is no such time.
  [[nodiscard]] auto backoff(time_point began, time_point now) const noexcept
      -> std::optional<duration> {
    std::optional<time_point> next;
    if (is_interval) {
      std::int64_t const base = seconds_of(began < now ? began : now);
      std::int64_t const passed = (seconds_of(now) - base) / every_seconds;
      if (every_seconds > last_second || passed >= (last_second - base) / every_seconds)
        return std::nullopt;
      next = at_second(base + (passed + 1) * every_seconds);
    } else {
      next = next_match(calendar, *zone, now);
    }
    if (!next) return std::nullopt;
    std::int64_t const nanos = (*next - now).count();
    if (nanos > INT64_MAX - nanos_per_second) return std::nullopt;
    return duration{(nanos + nanos_per_second - 1) / nanos_per_second * nanos_per_second};
  }
};

/// `find_zone(name)` gives a shared pointer to a time zone, or throws.
/// \throws error (invalid_argument, bad_time_zone)
template <class FindZone>
[[nodiscard]] auto compile_cron_schedule(std::string_view text, FindZone&& find_zone)
    -> cron_schedule {
  cron_text const read = parse_cron(text, cron_dialect::classic);
  cron_schedule made{};
  made.zone = find_zone(read.time_zone_name);
  made.is_interval = read.is_interval;
  if (read.is_interval) {
    made.every_seconds = read.interval.every.count() / nanos_per_second;
    if (made.every_seconds < 1) made.every_seconds = 1;
    return made;
  }
  made.calendar = compile_calendar(read.calendar, "cron string '" + std::string{text} + "'");
  made.calendar.either_day = !read.any_month_day && !read.any_week_day;
  return made;
}

template <store S>
[[nodiscard]] auto compile_cron_schedule(S& store, std::string_view text) -> cron_schedule {
  return compile_cron_schedule(text, [&](std::string_view name) { return store.find_zone(name); });
}

/// Sets how long the first task of a run that a client or a parent starts waits for its cron
/// schedule. \throws error (invalid_argument, bad_time_zone)
template <store S>
void wait_for_cron(S& store, events::workflow_execution_started& started, time_point now) {
  if (started.cron_schedule.empty()) return;
  started.first_workflow_task_backoff =
      compile_cron_schedule(store, started.cron_schedule.view()).backoff(now, now);
  if (started.workflow_execution_expiration_time && started.first_workflow_task_backoff) {
    time_point const end = *started.workflow_execution_expiration_time;
    duration const wait = *started.first_workflow_task_backoff;
    started.workflow_execution_expiration_time =
        wait >= time_point::max() - end ? time_point::max() : end + wait;
  }
}

/// The first event of the run that a cron schedule brings after this one; nothing if it brings
/// none. `why`: how this one failed; null: it completed with `result`.
template <store S>
[[nodiscard]] auto next_cron_run(S& store, run_state const& run, time_point now, failure const* why,
                                 payloads const& result)
    -> std::optional<events::workflow_execution_started> {
  auto const& first = run.started();
  if (first.cron_schedule.empty()) return std::nullopt;
  std::optional<duration> wait;
  try {
    time_point const began =
        run.start_time + first.first_workflow_task_backoff.value_or(duration{});
    wait = compile_cron_schedule(store, first.cron_schedule.view()).backoff(began, now);
  } catch (error const&) {
    return std::nullopt; // its time zone was known when the chain began, and is gone
  }
  if (!wait || *wait >= time_point::max() - now) return std::nullopt;
  if (first.workflow_execution_expiration_time &&
      now + *wait >= *first.workflow_execution_expiration_time)
    return std::nullopt;
  events::workflow_execution_started next = first;
  next.attempt = 1;
  next.original_execution_run_id = {};
  next.first_workflow_task_backoff = wait;
  next.initiator = continue_as_new_initiator::cron_schedule;
  next.continued_failure.reset();
  if (why != nullptr)
    next.continued_failure = *why;
  else
    next.last_completion_result = result;
  return next;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
