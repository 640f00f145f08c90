// Goal: durations and points in time lose nothing as text. Method: known texts, the edges of each
// unit, random counts in units that decimals fit and in those that they do not.
#include "perdure/data/time_text.hpp"

#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace std::chrono_literals;
using perdure::parse_duration;
using perdure::parse_time;

namespace {

template <class D>
auto text_of(D value) -> std::string {
  std::string text;
  perdure::append_duration(text, value);
  return text;
}

template <class T>
auto time_text(T time) -> std::string {
  std::string text;
  return perdure::append_time(text, time) ? text : "refused";
}

template <class Rep, class Period>
void check_round_trips(std::uint64_t seed) {
  using unit = std::chrono::duration<Rep, Period>;
  CAPTURE(seed, Period::num, Period::den, sizeof(Rep));
  perdure_test::random_bits random{seed};
  for (auto const edge : {unit::min(), unit::max(), unit::zero()})
    REQUIRE(parse_duration<unit>(text_of(edge)) == edge);
  for (int i = 0; i < 500; ++i) {
    unit value{};
    if constexpr (std::is_integral_v<Rep>) {
      value = unit{static_cast<Rep>(static_cast<std::int64_t>(random()) >> random.below(64))};
    } else {
      auto const bits = random();
      auto const count =
          sizeof(Rep) == 4
              ? static_cast<Rep>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
              : static_cast<Rep>(std::bit_cast<double>(bits));
      if (!std::isfinite(count)) continue;
      value = unit{count};
    }
    CAPTURE(value.count(), text_of(value));
    REQUIRE(parse_duration<unit>(text_of(value)) == value);
  }
}

template <class Rep>
void check_every_period() {
  check_round_trips<Rep, std::nano>(1);
  check_round_trips<Rep, std::milli>(2);
  check_round_trips<Rep, std::ratio<1>>(3);
  check_round_trips<Rep, std::ratio<3'600>>(4);
  check_round_trips<Rep, std::ratio<31'556'952>>(5);
  check_round_trips<Rep, std::ratio<1, 3>>(6);
  check_round_trips<Rep, std::ratio<1'001, 30'000>>(7);
  check_round_trips<Rep, std::ratio<1, 65'536>>(8);
  check_round_trips<Rep, std::atto>(9);
  check_round_trips<Rep, std::exa>(10);
  check_round_trips<Rep, std::ratio<1, std::numeric_limits<std::int64_t>::max()>>(11);
  check_round_trips<Rep, std::ratio<std::numeric_limits<std::int64_t>::max(), 2>>(12);
}

} // namespace

TEST_CASE("a duration is seconds with the decimals that it needs", "[data][time]") {
  CHECK(text_of(0s) == "0s");
  CHECK(text_of(90s) == "90s");
  CHECK(text_of(2h) == "7200s");
  CHECK(text_of(1500ms) == "1.5s");
  CHECK(text_of(-250ms) == "-0.25s");
  CHECK(text_of(1ns) == "0.000000001s");
  CHECK(text_of(std::chrono::nanoseconds::min()) == "-9223372036.854775808s");
  CHECK(text_of(std::chrono::duration<int, std::ratio<1, 3>>{7}) == "2.3s");
  CHECK(text_of(std::chrono::duration<double>{0.1}) == "0.1s");
  CHECK(text_of(std::chrono::duration<double, std::milli>{0.1}) == "0.0001s");
  CHECK(text_of(std::chrono::duration<float>{0.1F}) == "0.1s");
}

TEST_CASE("every duration comes back", "[data][time]") {
  check_every_period<std::int64_t>();
  check_every_period<std::int32_t>();
  check_every_period<std::uint8_t>();
  check_every_period<double>();
  check_every_period<float>();
}

TEST_CASE("a duration that the unit cannot hold is refused", "[data][time]") {
  CHECK(parse_duration<std::chrono::seconds>("1.0s") == 1s);
  CHECK(parse_duration<std::chrono::hours>("7200s") == 2h);
  CHECK(parse_duration<std::chrono::milliseconds>("-1.500000s") == -1500ms);
  CHECK(parse_duration<std::chrono::milliseconds>("-0s") == 0ms);
  for (std::string_view const text : {"0.5s", "1.0000000000000000001s", "9223372036854775808s",
                                      "99999999999999999999999999999999999999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration<std::chrono::seconds>(text).has_value());
  }
  CHECK_FALSE(parse_duration<std::chrono::hours>("5400s").has_value());
  CHECK_FALSE(parse_duration<std::chrono::milliseconds>("0.0005s").has_value());
  CHECK_FALSE(parse_duration<std::chrono::nanoseconds>("9223372036.854775808s").has_value());
  CHECK_FALSE((parse_duration<std::chrono::duration<std::uint32_t>>("-1s").has_value()));
  CHECK_FALSE((parse_duration<std::chrono::duration<float>>("1e60s").has_value()));
}

TEST_CASE("what is no duration is refused", "[data][time]") {
  for (std::string_view const text :
       {"", "s", "1", "1.s", ".5s", "-s", "--1s", "+1s", "1 s", " 1s", "1ss", "1.5.5s", "1e3s",
        "PT1S", "1m", "-.5s", "1.-5s", "1,5s", "0x1s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration<std::chrono::nanoseconds>(text).has_value());
  }
  for (std::string_view const text : {"", "s", "1", "nans", "infs", "1.s", "1 s", "1e999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration<std::chrono::duration<double>>(text).has_value());
  }
}

TEST_CASE("a point in time is RFC 3339 in UTC", "[data][time]") {
  CHECK(time_text(perdure::time_point{}) == "1970-01-01T00:00:00Z");
  CHECK(time_text(perdure::time_point{-1ns}) == "1969-12-31T23:59:59.999999999Z");
  CHECK(time_text(perdure::time_point{1ms}) == "1970-01-01T00:00:00.001Z");
  CHECK(time_text(perdure::time_point{1us}) == "1970-01-01T00:00:00.000001Z");
  CHECK(time_text(perdure::time_point::max()) == "2262-04-11T23:47:16.854775807Z");
  CHECK(time_text(perdure::time_point::min()) == "1677-09-21T00:12:43.145224192Z");
  using seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;
  CHECK(time_text(seconds{951'825'600s}) == "2000-02-29T12:00:00Z");
  CHECK(time_text(seconds{-62'135'596'800s}) == "0001-01-01T00:00:00Z");
  CHECK(time_text(seconds{253'402'300'799s}) == "9999-12-31T23:59:59Z");
  CHECK(time_text(seconds{-62'135'596'801s}) == "refused");
  CHECK(time_text(seconds{253'402'300'800s}) == "refused");
  CHECK(time_text(seconds::max()) == "refused");
}

// Against the calendar of the standard library, day by day through four centuries.
TEST_CASE("dates are those of the Gregorian calendar", "[data][time]") {
  using std::chrono::sys_days;
  auto const end = sys_days{2101y / std::chrono::January / 1};
  for (auto day = sys_days{1700y / std::chrono::January / 1}; day < end;
       day += std::chrono::days{1}) {
    std::chrono::year_month_day const date{day};
    auto const found = perdure::detail::date_of(day.time_since_epoch().count());
    REQUIRE(found.year == static_cast<int>(date.year()));
    REQUIRE(found.month == static_cast<unsigned>(date.month()));
    REQUIRE(found.day == static_cast<unsigned>(date.day()));
    REQUIRE(perdure::detail::days_of(found) == day.time_since_epoch().count());
  }
}

TEST_CASE("every point in time comes back", "[data][time]") {
  perdure_test::random_bits random{7};
  for (int i = 0; i < 2'000; ++i) {
    perdure::time_point const time{
        std::chrono::nanoseconds{static_cast<std::int64_t>(random() >> random.below(30))}};
    CAPTURE(time_text(time));
    REQUIRE(parse_time<perdure::time_point>(time_text(time)) == time);
  }
}

TEST_CASE("offsets and short fractions are understood", "[data][time]") {
  auto const noon = perdure::time_point{951'825'600s};
  for (std::string_view const text :
       {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00+00:00", "2000-02-29T13:30:00+01:30",
        "2000-02-28T23:00:00-13:00", "2000-02-29t12:00:00.000z", "2000-02-29T12:00:00.0Z"}) {
    CAPTURE(text);
    CHECK(parse_time<perdure::time_point>(text) == noon);
  }
  CHECK(parse_time<perdure::time_point>("2000-02-29T12:00:00.5Z") == noon + 500ms);
}

TEST_CASE("what is no point in time, or too fine or too far, is refused", "[data][time]") {
  for (std::string_view const text : {"",
                                      "2000",
                                      "2000-02-29",
                                      "2000-02-29T12:00:00",
                                      "2000-02-29 12:00:00Z",
                                      "2000-02-30T12:00:00Z",
                                      "1900-02-29T12:00:00Z",
                                      "2000-13-01T12:00:00Z",
                                      "2000-00-01T12:00:00Z",
                                      "2000-01-00T12:00:00Z",
                                      "2000-01-32T12:00:00Z",
                                      "2000-01-01T24:00:00Z",
                                      "2000-01-01T12:60:00Z",
                                      "2000-01-01T12:00:60Z",
                                      "2000-01-01T12:00:00.Z",
                                      "2000-01-01T12:00:00.1234567891Z",
                                      "2000-01-01T12:00:00+0100",
                                      "2000-01-01T12:00:00+24:00",
                                      "2000-01-01T12:00:00+01:60",
                                      "2000-01-01T12:00:00+01:00Z",
                                      "2000-01-01T12:00:00ZZ",
                                      "0000-01-01T00:00:00Z",
                                      "02000-01-01T00:00:00Z",
                                      "-200-01-01T00:00:00Z",
                                      "2000-1-01T00:00:00Z",
                                      "9999-12-31T23:59:59Z",
                                      "2000-01-01T1:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time<perdure::time_point>(text).has_value());
  }
  using seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;
  CHECK(parse_time<seconds>("9999-12-31T23:59:59Z") == seconds{253'402'300'799s});
  CHECK_FALSE(parse_time<seconds>("2000-01-01T12:00:00.5Z").has_value());
}
