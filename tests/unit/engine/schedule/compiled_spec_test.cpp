#include <perdure/backend/zone_files.hpp>
#include <perdure/data/time_text.hpp>
#include <perdure/engine/schedule/compiled_spec.hpp>

#include "support/catch.hpp"
#include "unit/engine/schedule/tzif.hpp"

namespace {

using perdure::duration;
using perdure::errc;
using perdure::schedule_spec;
using perdure::time_point;
using perdure::engine::compiled_spec;
using namespace std::chrono_literals;

auto at(char const* text) -> time_point { return perdure::parse_time<time_point>(text).value(); }

auto compile(schedule_spec const& spec) -> compiled_spec {
  perdure::zone_files<> zones{};
  return compiled_spec::compile(spec, [&](auto const& name) { return zones.find(name); });
}
auto cron(std::string text, std::string zone = {}) -> schedule_spec {
  schedule_spec spec{};
  spec.cron_strings.push_back(std::move(text));
  spec.time_zone_name = std::move(zone);
  return spec;
}
/// The next times after one, with a space between; "-" when there are no more.
auto times(schedule_spec const& spec, char const* after, int count) -> std::string {
  compiled_spec const compiled = compile(spec);
  std::string all;
  time_point last = at(after);
  for (; count > 0; --count) {
    auto const next = compiled.next(last, "s");
    if (!all.empty()) all += ' ';
    if (!next) return all + '-';
    REQUIRE(next->nominal > last);
    last = next->nominal;
    REQUIRE(perdure::append_time(all, last));
  }
  return all;
}
auto refused(schedule_spec const& spec) -> std::string {
  try {
    (void)compile(spec);
  } catch (perdure::error const& e) {
    return e.what();
  }
  return "accepted";
}
auto holds(std::string const& text, char const* part) -> bool {
  return text.find(part) != std::string::npos;
}

TEST_CASE("the next time is after the time given, never that itself", "[unit][engine][schedule]") {
  CHECK(times(cron("0 12 * * *"), "2024-01-01T12:00:00Z", 2) ==
        "2024-01-02T12:00:00Z 2024-01-03T12:00:00Z");
  CHECK(times(cron("0 12 * * *"), "2024-01-01T11:59:59.999999999Z", 1) == "2024-01-01T12:00:00Z");
}

TEST_CASE("calendars find leap days, months' ends and weekdays", "[unit][engine][schedule]") {
  CHECK(times(cron("0 0 29 2 *"), "2024-03-01T00:00:00Z", 2) ==
        "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z");
  CHECK(times(cron("30 6 31 * *"), "2024-03-31T07:00:00Z", 3) ==
        "2024-05-31T06:30:00Z 2024-07-31T06:30:00Z 2024-08-31T06:30:00Z");
  CHECK(times(cron("0 0 13 * 5"), "2024-01-01T00:00:00Z", 2) == // Fridays that are a 13th
        "2024-09-13T00:00:00Z 2024-12-13T00:00:00Z");
  CHECK(times(cron("0 0 * * 1"), "2024-02-28T00:00:00Z", 2) ==
        "2024-03-04T00:00:00Z 2024-03-11T00:00:00Z");
  CHECK(times(cron("*/7 58 23 31 12 * *"), "2024-12-31T23:58:50Z", 3) ==
        "2024-12-31T23:58:56Z 2025-12-31T23:58:00Z 2025-12-31T23:58:07Z");
  CHECK(times(cron("0 0 1 1 * 2030"), "2024-01-01T00:00:00Z", 2) == "2030-01-01T00:00:00Z -");
}

TEST_CASE("a skipped hour is not made up for, a repeated one counts twice",
          "[unit][engine][schedule]") {
  schedule_spec const night = cron("30 2 * * *", "Europe/Berlin");
  CHECK(times(night, "2024-03-30T00:00:00Z", 2) == "2024-03-30T01:30:00Z 2024-04-01T00:30:00Z");
  CHECK(times(night, "2024-10-26T12:00:00Z", 3) ==
        "2024-10-27T00:30:00Z 2024-10-27T01:30:00Z 2024-10-28T01:30:00Z");
}

TEST_CASE("half an hour of daylight time moves a schedule by half an hour",
          "[unit][engine][schedule]") {
  // Lord Howe goes from 02:00 back to 01:30 on 2024-04-06T15:00Z.
  CHECK(times(cron("45 1 * * *", "Australia/Lord_Howe"), "2024-04-06T00:00:00Z", 3) ==
        "2024-04-06T14:45:00Z 2024-04-06T15:15:00Z 2024-04-07T15:15:00Z");
}

TEST_CASE("rules of a zone hold in centuries to come", "[unit][engine][schedule]") {
  CHECK(times(cron("0 12 1 7 *", "America/New_York"), "2199-08-01T00:00:00Z", 1) ==
        "2200-07-01T16:00:00Z");
}

TEST_CASE("a zone may be given as bytes", "[unit][engine][schedule]") {
  perdure_test::tzif file{};
  file.offsets = {5'400};
  schedule_spec spec = cron("0 12 * * *", "My/Zone");
  spec.time_zone_data = file.bytes();
  CHECK(times(spec, "2024-01-01T00:00:00Z", 1) == "2024-01-01T10:30:00Z");
  spec.time_zone_data.resize(20);
  CHECK(holds(refused(spec), "My/Zone"));
}

TEST_CASE("intervals are counted from 1970, with their offset", "[unit][engine][schedule]") {
  schedule_spec spec{};
  spec.intervals = {{1h, 19min}};
  CHECK(times(spec, "2024-01-01T00:19:00Z", 2) == "2024-01-01T01:19:00Z 2024-01-01T02:19:00Z");
  CHECK(times(spec, "1969-12-31T23:00:00Z", 2) == "1969-12-31T23:19:00Z 1970-01-01T00:19:00Z");
  spec.intervals = {{24h * 3, 0s}};
  CHECK(times(spec, "1970-01-01T00:00:00Z", 1) == "1970-01-04T00:00:00Z");
}

TEST_CASE("intervals are exact from one nanosecond to 292 years", "[unit][engine][schedule]") {
  using perdure::engine::next_match;
  auto const t = [](std::int64_t nanos) { return time_point{duration{nanos}}; };
  CHECK(next_match({1ns, 0ns}, t(5)) == t(6));
  CHECK(next_match({7ns, 3ns}, t(10)) == t(17));
  CHECK(next_match({7ns, 3ns}, t(-5)) == t(-4));
  CHECK(next_match({duration::max(), 0ns}, t(1)) == t(INT64_MAX));
  CHECK(next_match({duration::max(), 0ns}, t(INT64_MAX)) == std::nullopt);
  CHECK(next_match({1ns, 0ns}, t(INT64_MAX)) == std::nullopt);
  CHECK(next_match({1ns, 0ns}, t(INT64_MAX - 1)) == t(INT64_MAX));
  CHECK(next_match({1ns, 0ns}, t(INT64_MIN)) == t(INT64_MIN + 1));
  CHECK(next_match({duration::max(), duration::max() - 1ns}, t(INT64_MIN)) == t(-1));
}

TEST_CASE("times end in 2262 without overflow", "[unit][engine][schedule]") {
  CHECK(times(cron("0 0 1 * *"), "2262-03-15T00:00:00Z", 2) == "2262-04-01T00:00:00Z -");
  CHECK(times(cron("0 0 1 * *", "Asia/Tokyo"), "2262-03-15T00:00:00Z", 2) ==
        "2262-03-31T15:00:00Z -");
  CHECK(times(cron("0 0 * * *", "America/New_York"), "2262-04-10T12:00:00Z", 2) ==
        "2262-04-11T04:00:00Z -");
}

TEST_CASE("several parts of a spec act in the order of their times", "[unit][engine][schedule]") {
  schedule_spec spec = cron("0 6 * * *");
  spec.cron_strings.emplace_back("0 7 * * *");
  spec.intervals = {{12h, 30min}};
  CHECK(times(spec, "2024-01-01T00:00:00Z", 4) ==
        "2024-01-01T00:30:00Z 2024-01-01T06:00:00Z 2024-01-01T07:00:00Z 2024-01-01T12:30:00Z");
}

TEST_CASE("excluded times are left out, however long they last", "[unit][engine][schedule]") {
  schedule_spec spec{};
  spec.intervals = {{1s, 0s}};
  perdure::schedule_calendar off{};
  off.second = off.minute = {{0, 59}};
  off.hour = {{0, 23}};
  off.year = {{2025, 2029}};
  spec.exclude_calendars = {off};
  CHECK(times(spec, "2024-12-31T23:59:58Z", 2) == "2024-12-31T23:59:59Z 2030-01-01T00:00:00Z");
  spec.exclude_calendars.front().year.clear();
  CHECK(times(spec, "2024-01-01T00:00:00Z", 1) == "-");
  // Only midnight is meant by a calendar that says no hour.
  schedule_spec hourly = cron("0 * * * *");
  perdure::schedule_calendar christmas{};
  christmas.month = {{12}};
  christmas.day_of_month = {{25}};
  hourly.exclude_calendars = {christmas};
  CHECK(times(hourly, "2024-12-24T23:00:00Z", 1) == "2024-12-25T01:00:00Z");
}

TEST_CASE("a spec that excludes all it names is found out", "[unit][engine][schedule]") {
  schedule_spec spec = cron("* * * * *");
  perdure::schedule_calendar first_seconds{};
  first_seconds.hour = {{0, 23}};
  first_seconds.minute = {{0, 59}};
  spec.exclude_calendars = {first_seconds};
  try {
    (void)compile(spec).next(at("2024-01-01T00:00:00Z"), "");
    FAIL("found a time");
  } catch (perdure::error const& e) {
    CHECK(e.code() == errc::limit_exceeded);
  }
}

TEST_CASE("nothing is before the start or after the end of a spec", "[unit][engine][schedule]") {
  schedule_spec spec = cron("0 0 * * *");
  spec.start_at = at("2024-06-01T00:00:00Z");
  spec.end_at = at("2024-06-02T00:00:00Z");
  CHECK(times(spec, "2024-01-01T00:00:00Z", 3) == "2024-06-01T00:00:00Z 2024-06-02T00:00:00Z -");
  spec.start_at = at("2024-06-01T00:00:00.5Z");
  CHECK(times(spec, "2024-01-01T00:00:00Z", 2) == "2024-06-02T00:00:00Z -");
}

TEST_CASE("jitter is the same for an id and a time, and stays before the next time",
          "[unit][engine][schedule]") {
  schedule_spec spec = cron("* * * * *");
  spec.jitter = 24h;
  compiled_spec const compiled = compile(spec);
  time_point last = at("2024-01-01T00:00:00Z");
  duration most{};
  int differing = 0;
  for (int i = 0; i < 1'000; ++i) {
    auto const next = compiled.next(last, "one");
    REQUIRE(next);
    duration const jitter = next->actual - next->nominal;
    REQUIRE(jitter >= 0s);
    REQUIRE(jitter < 1min);
    REQUIRE(compiled.next(last, "one") == next);
    differing += compiled.next(last, "two")->actual != next->actual ? 1 : 0;
    if (jitter > most) most = jitter;
    // As a schedule goes on: from the time with jitter.
    last = next->actual;
    REQUIRE(next->nominal == at("2024-01-01T00:01:00Z") + i * 1min);
  }
  CHECK(most > 55s);
  CHECK(differing > 900);
}

TEST_CASE("a spec with nothing in it never acts", "[unit][engine][schedule]") {
  CHECK(times({}, "2024-01-01T00:00:00Z", 1) == "-");
}

TEST_CASE("what is wrong with a spec is said", "[unit][engine][schedule]") {
  schedule_spec spec{};
  spec.calendars.resize(2);
  spec.calendars[1].hour = {{1, 24}};
  CHECK(holds(refused(spec), "schedule spec, calendar 2: hour 24 is not in 0 to 23"));
  spec.calendars[1].hour = {{1, 2, -1}};
  CHECK(holds(refused(spec), "hour has a step of -1"));
  spec.calendars[1].hour.clear();
  spec.calendars[1].day_of_month = {{30, 31}};
  spec.calendars[1].month = {{2}};
  CHECK(holds(refused(spec), "calendar 2 never matches"));
  spec.calendars[1] = {};
  spec.calendars[1].year = {{1'969}};
  CHECK(holds(refused(spec), "year 1969 is not in 1970 to 2262"));
  spec.calendars[1] = {};
  spec.calendars[1].comment = std::string(201, 'c');
  CHECK(holds(refused(spec), "comment"));
  spec = {};
  spec.intervals = {{999ms, 0s}};
  CHECK(holds(refused(spec), "interval 1: it must be at least 1 s"));
  spec.intervals = {{1s, 1s}};
  CHECK(holds(refused(spec), "below the interval"));
  spec.intervals = {{1s, -1ns}};
  CHECK(holds(refused(spec), "negative"));
  CHECK(holds(refused(cron("@every 10ms")), "at least 1 s"));
  CHECK(holds(refused(cron("0 0 30 2 *")), "never matches"));
  CHECK(holds(refused(cron("0 0 * * *", "Mars/Base")), "Mars/Base"));
  CHECK(holds(refused(cron("TZ=Asia/Tokyo 0 0 * * *", "Europe/Berlin")), "another time zone"));
  CHECK(refused(cron("TZ=Asia/Tokyo 0 0 * * *", "Asia/Tokyo")) == "accepted");
  spec = cron("TZ=Asia/Tokyo 0 0 * * *");
  spec.cron_strings.emplace_back("0 0 * * *");
  CHECK(holds(refused(spec), "the same time zone"));
  spec = {};
  spec.jitter = -1s;
  CHECK(holds(refused(spec), "jitter is negative"));
  spec.jitter = {};
  spec.exclude_calendars.resize(1);
  spec.exclude_calendars[0].minute = {{60}};
  CHECK(holds(refused(spec), "excluded calendar 1: minute 60"));
}

TEST_CASE("steps near the end of numbers do not overflow", "[unit][engine][schedule]") {
  schedule_spec spec{};
  spec.calendars.resize(1);
  spec.calendars[0].minute = {{0, 59, INT32_MAX}};
  CHECK(times(spec, "2024-01-01T00:00:00Z", 1) == "2024-01-02T00:00:00Z");
}

} // namespace
