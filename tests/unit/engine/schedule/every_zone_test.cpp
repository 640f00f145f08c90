// Goal: around every change of every zone's clocks, 1970 to 2037, schedules act exactly as often as
// documented. Method: Python's zoneinfo, which shares no code with the library, prints the times.
#include <perdure/backend/zone_files.hpp>
#include <perdure/engine/schedule/compiled_spec.hpp>

#include "support/catch.hpp"

#include <cstdio>
#include <memory>

namespace {

using perdure::engine::at_second;
using perdure::engine::compiled_spec;

struct figures {
  std::int64_t count{};
  std::int64_t sum{};
  friend auto operator==(figures, figures) -> bool = default;
};

auto times_between(compiled_spec const& spec, std::int64_t from, std::int64_t until) -> figures {
  figures all{};
  auto at = spec.next(at_second(from) - perdure::duration{1}, "");
  for (; at && at->nominal < at_second(until); at = spec.next(at->nominal, "")) {
    ++all.count;
    all.sum += perdure::engine::seconds_of(at->nominal);
  }
  return all;
}

TEST_CASE("schedules act around every change of every zone as Python's zoneinfo says",
          "[unit][engine][zones]") {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const oracle{
      popen(PERDURE_PYTHON " '" PERDURE_TESTS_DIR "/unit/engine/schedule/zone_oracle.py'", "r"),
      &pclose};
  REQUIRE(oracle);
  perdure::zone_files<> zones{};
  auto const compile = [&](perdure::schedule_calendar calendar, char const* zone) {
    perdure::schedule_spec spec{};
    spec.time_zone_name = zone;
    spec.calendars.push_back(std::move(calendar));
    return compiled_spec::compile(spec, [&](auto const& name) { return zones.find(name); });
  };
  perdure::schedule_calendar half_hourly{};
  half_hourly.hour = {{0, 23}};
  half_hourly.minute = {{0, 59, 30}};
  long long lines = 0;
  long long announced = -1;
  char line[512];
  while (std::fgets(line, sizeof line, oracle.get()) != nullptr) {
    char zone[256];
    long long at{}, before{}, after{}, wall{};
    long long hourly[2]{}, daily[2]{};
    if (std::sscanf(line, "end %lld", &announced) == 1) break;
    CAPTURE(line);
    REQUIRE(std::sscanf(line, "%255s %lld %lld %lld %lld %lld %lld %lld %lld", zone, &at, &before,
                        &after, &hourly[0], &hourly[1], &wall, &daily[0], &daily[1]) == 9);
    ++lines;
    perdure::schedule_calendar once_a_day{};
    once_a_day.hour = {{static_cast<int>(wall / 3'600)}};
    once_a_day.minute = {{static_cast<int>(wall / 60 % 60)}};
    once_a_day.second = {{static_cast<int>(wall % 60)}};
    REQUIRE(times_between(compile(half_hourly, zone), at - 5 * 3'600, at + 5 * 3'600) ==
            figures{hourly[0], hourly[1]});
    REQUIRE(times_between(compile(once_a_day, zone), at - 12 * 3'600, at + 12 * 3'600) ==
            figures{daily[0], daily[1]});
    // The rule in words: what is skipped is not made up for, what is repeated counts twice.
    if (after - before < 12 * 3'600 && before - after < 12 * 3'600)
      REQUIRE(daily[0] == (after > before ? 0 : 2));
  }
  CHECK(lines == announced);
  CHECK(lines > 10'000);
}

} // namespace
