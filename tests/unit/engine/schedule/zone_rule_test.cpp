#include <perdure/engine/schedule/zone_rule.hpp>

#include "support/catch.hpp"

namespace {

using perdure::engine::parse_zone_rule;
using perdure::engine::zone_period;

constexpr auto offset(char const* rule, std::int64_t at) -> std::int64_t {
  return parse_zone_rule(rule)->find(at).offset_seconds;
}

constexpr char const* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr std::int64_t berlin_summer_2024 = 1'711'846'800; // 2024-03-31T01:00:00Z
constexpr std::int64_t berlin_winter_2024 = 1'729'990'800; // 2024-10-27T01:00:00Z

static_assert(offset(berlin, berlin_summer_2024 - 1) == 3'600);
static_assert(offset(berlin, berlin_summer_2024) == 7'200);
static_assert(offset(berlin, berlin_winter_2024 - 1) == 7'200);
static_assert(offset(berlin, berlin_winter_2024) == 3'600);

TEST_CASE("a rule gives the whole period around a time", "[unit][engine]") {
  zone_period const summer = parse_zone_rule(berlin)->find(berlin_summer_2024 + 1'000'000);
  CHECK(summer.from == berlin_summer_2024);
  CHECK(summer.until == berlin_winter_2024);
  CHECK(summer.offset_seconds == 7'200);
}

TEST_CASE("a rule of the south has its summer across the year's end", "[unit][engine]") {
  char const* const sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
  CHECK(offset(sydney, 1'704'067'200) == 39'600); // 2024-01-01
  CHECK(offset(sydney, 1'719'792'000) == 36'000); // 2024-07-01
}

TEST_CASE("a zone without daylight time has one period for ever", "[unit][engine]") {
  zone_period const all = parse_zone_rule("<+0545>-5:45")->find(0);
  CHECK(all.offset_seconds == 5 * 3'600 + 45 * 60);
  CHECK(all.from == INT64_MIN);
  CHECK(all.until == INT64_MAX);
}

TEST_CASE("daylight time that lasts all year never ends", "[unit][engine]") {
  char const* const rule = "XXX3EDT4,0/0,J365/23"; // RFC 9636, section 3.3.1
  for (std::int64_t at = 1'672'531'200 - 100'000; at < 1'672'531'200 + 400 * 86'400; at += 3'600)
    REQUIRE(offset(rule, at) == -4 * 3'600);
}

TEST_CASE("hours of a rule may lie days before or after the day", "[unit][engine]") {
  // Greenland: the last Sunday in March minus an hour, local time.
  char const* const nuuk = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";
  CHECK(offset(nuuk, berlin_summer_2024 - 1) == -7'200);
  CHECK(offset(nuuk, berlin_summer_2024) == -3'600);
  // Israel until 2012-like rules: the Friday before the last Sunday.
  char const* const late = "IST-2IDT,M3.4.4/26,M10.5.0";
  CHECK(parse_zone_rule(late)->find(1'711'670'400).offset_seconds == 10'800); // 2024-03-29
  CHECK(parse_zone_rule(late)->find(1'711'670'399 - 86'400).offset_seconds == 7'200);
}

TEST_CASE("julian days skip the leap day and ordinal days count it", "[unit][engine]") {
  // March 1 is J60 in every year, and day 60 (from 0) only in leap years.
  CHECK(offset("A0B,J60/0,J300", 1'709'251'200) == 3'600);         // 2024-03-01
  CHECK(offset("A0B,J60/0,J300", 1'709'251'200 - 1) == 0);         // 2024-02-29
  CHECK(offset("A0B,59/0,J300", 1'709'251'200 - 86'400) == 3'600); // day 59 of 2024
  CHECK(offset("A0B,59/0,J300", 1'677'628'800) == 3'600);          // 2023-03-01
}

TEST_CASE("text that is no rule is refused whole", "[unit][engine]") {
  for (char const* const text :
       {"", "CET", "CET-", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J300", "CET-1CEST,366,1", "CET-1CEST,M3.5.0/168,M10.5.0", "<CET-1", "-1",
        "CET-1:60", "CET-99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_zone_rule(text));
  }
}

} // namespace
