// When a schedule acts next. Pure: time zones come from whoever compiles a spec.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/cron_text.hpp"
#include "perdure/engine/schedule/zoned_calendar.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

struct action_time {
  time_point nominal{}; ///< What the spec says.
  time_point actual{};  ///< With jitter.

  friend auto operator==(action_time const&, action_time const&) -> bool = default;
};

/// The first time of an interval after `after`. Exact for every interval from 1 ns.
[[nodiscard]] inline auto next_match(schedule_interval const& interval, time_point after) noexcept
    -> std::optional<time_point> {
  using perdure::detail::wide_int;
  wide_int const every = interval.every.count();
  wide_int const since = wide_int{after.time_since_epoch().count()} - interval.offset.count();
  wide_int const passed = since / every - (since % every < 0 ? 1 : 0);
  wide_int const next = (passed + 1) * every + interval.offset.count();
  if (next > INT64_MAX) return std::nullopt;
  return time_point{duration{static_cast<std::int64_t>(next)}};
}

/// A schedule's spec, checked and ready to be asked.
class compiled_spec {
public:
  /// `find_zone(name)` gives a shared pointer to a time zone, or throws.
  /// \throws error (invalid_argument, bad_time_zone) that names the part of the spec
  template <class FindZone>
  [[nodiscard]] static auto compile(schedule_spec const& spec, FindZone&& find_zone)
      -> compiled_spec;

  /// The first action after a time. `seed` makes the jitter: the schedule's id. Linear in what is
  /// excluded in a row, whole days, hours and minutes counting as one.
  /// \throws error (limit_exceeded) if that is more than 100,000
  [[nodiscard]] auto next(time_point after, std::string_view seed) const
      -> std::optional<action_time> {
    if (start_at_ && after < *start_at_) after = *start_at_ - duration{1};
    constexpr int excluded_max = 100'000;
    for (int excluded = 0;; ++excluded) {
      auto const nominal = next_raw(after);
      if (!nominal || (end_at_ && *nominal > *end_at_)) return std::nullopt;
      auto const skip = end_of_exclusion(*nominal);
      if (!skip) return action_time{*nominal, jittered(*nominal, seed)};
      if (*skip == time_point::max()) return std::nullopt;
      after = *skip - duration{1};
      if (excluded == excluded_max)
        throw error{errc::limit_exceeded,
                    "schedule spec: 100,000 times in a row are excluded; no other was found"};
    }
  }

private:
  /// Without exclusions and bounds.
  [[nodiscard]] auto next_raw(time_point after) const noexcept -> std::optional<time_point> {
    std::optional<time_point> first;
    auto const consider = [&](std::optional<time_point> at) {
      if (at && (!first || *at < *first)) first = at;
    };
    for (compiled_calendar const& each : calendars_) consider(next_match(each, *zone_, after));
    for (schedule_interval const& each : intervals_) consider(next_match(each, after));
    return first;
  }
  [[nodiscard]] auto end_of_exclusion(time_point at) const noexcept -> std::optional<time_point> {
    std::optional<time_point> last;
    for (compiled_calendar const& each : excluded_)
      if (auto const end = end_of_match(each, *zone_, at); end && (!last || *end > *last))
        last = end;
    return last;
  }
  [[nodiscard]] auto jittered(time_point nominal, std::string_view seed) const noexcept
      -> time_point {
    if (jitter_ <= duration{}) return nominal;
    duration room = jitter_;
    if (auto const following = next_raw(nominal)) {
      // Both may be 292 years from 1970, on either side.
      auto const gap = static_cast<std::uint64_t>(following->time_since_epoch().count()) -
                       static_cast<std::uint64_t>(nominal.time_since_epoch().count());
      if (gap < static_cast<std::uint64_t>(room.count()))
        room = duration{static_cast<std::int64_t>(gap)};
    }
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325ULL; // FNV-1a
    auto const take = [&](unsigned char byte) { hash = (hash ^ byte) * 0x0000'0100'0000'01b3ULL; };
    auto const second = static_cast<std::uint64_t>(seconds_of(nominal));
    for (int i = 0; i < 8; ++i) take(static_cast<unsigned char>(second >> (8 * i)));
    for (char const c : seed) take(static_cast<unsigned char>(c));
    hash ^= hash >> 32; // the last bytes have reached the low bits only
    hash *= 0x9e37'79b9'7f4a'7c15ULL;
    // As on a Temporal server: 32 bits of the hash, as a part of the milliseconds there are.
    auto const millis = static_cast<std::uint64_t>(room.count() / 1'000'000);
    std::uint64_t const part = (hash >> 32) * (millis > 0xffff'ffffU ? 0xffff'ffffU : millis) >> 32;
    duration const wait{static_cast<std::int64_t>(part) * 1'000'000};
    return wait >= time_point::max() - nominal ? time_point::max() : nominal + wait;
  }

  std::shared_ptr<time_zone const> zone_;
  std::vector<compiled_calendar> calendars_;
  std::vector<compiled_calendar> excluded_;
  std::vector<schedule_interval> intervals_;
  std::optional<time_point> start_at_;
  std::optional<time_point> end_at_;
  duration jitter_{};
};

namespace detail {

[[nodiscard]] inline auto check_interval(schedule_interval const& interval, std::string const& what)
    -> schedule_interval {
  auto const refuse = [&](char const* why) { throw error{errc::invalid_argument, what + why}; };
  if (interval.every < duration{nanos_per_second}) refuse(": it must be at least 1 s");
  if (interval.offset < duration{}) refuse(": its offset is negative");
  if (interval.offset >= interval.every) refuse(": its offset must be below the interval");
  return interval;
}

} // namespace detail

template <class FindZone>
auto compiled_spec::compile(schedule_spec const& spec, FindZone&& find_zone) -> compiled_spec {
  auto const name = [](char const* what, std::size_t at) {
    return std::string{"schedule spec, "} + what + ' ' + std::to_string(at + 1);
  };
  compiled_spec made{};
  for (std::size_t i = 0; i < spec.calendars.size(); ++i)
    made.calendars_.push_back(compile_calendar(spec.calendars[i], name("calendar", i)));
  for (std::size_t i = 0; i < spec.exclude_calendars.size(); ++i)
    made.excluded_.push_back(
        compile_calendar(spec.exclude_calendars[i], name("excluded calendar", i)));
  for (std::size_t i = 0; i < spec.intervals.size(); ++i)
    made.intervals_.push_back(detail::check_interval(spec.intervals[i], name("interval", i)));
  std::string zone = spec.time_zone_name;
  std::optional<std::string> zone_of_cron;
  for (std::string const& each : spec.cron_strings) {
    cron_text cron = parse_cron(each);
    std::string const what = "cron string '" + each + "'";
    if (zone_of_cron && *zone_of_cron != cron.time_zone_name)
      throw error{errc::invalid_argument, what + ": all of a spec must name the same time zone"};
    if (cron.is_interval)
      made.intervals_.push_back(detail::check_interval(cron.interval, what));
    else
      made.calendars_.push_back(compile_calendar(cron.calendar, what));
    zone_of_cron = std::move(cron.time_zone_name);
  }
  if (zone_of_cron && !zone_of_cron->empty()) {
    if ((!zone.empty() && zone != *zone_of_cron) || !spec.time_zone_data.empty())
      throw error{errc::invalid_argument,
                  "schedule spec: its cron strings name another time zone than the spec"};
    zone = *zone_of_cron;
  }
  if (spec.jitter < duration{})
    throw error{errc::invalid_argument, "schedule spec: its jitter is negative"};
  made.zone_ = spec.time_zone_data.empty()
                   ? find_zone(zone)
                   : std::make_shared<time_zone const>(time_zone::parse(
                         spec.time_zone_data, zone.empty() ? std::string{"(given)"} : zone));
  made.start_at_ = spec.start_at;
  made.end_at_ = spec.end_at;
  made.jitter_ = spec.jitter;
  return made;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
