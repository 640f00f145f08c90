#include <perdure/engine/schedule/cron_text.hpp>

#include "support/catch.hpp"

namespace {

using perdure::schedule_calendar;
using perdure::schedule_range;
using perdure::engine::cron_dialect;
using perdure::engine::cron_text;
using perdure::engine::parse_cron;
using ranges = std::vector<schedule_range>;
using namespace std::chrono_literals;

auto refused(std::string const& text, cron_dialect dialect = cron_dialect::schedule)
    -> std::string {
  try {
    (void)parse_cron(text, dialect);
  } catch (perdure::error const& e) {
    CHECK(e.code() == perdure::errc::invalid_argument);
    return e.what();
  }
  return "accepted";
}

TEST_CASE("five fields are minute, hour, day, month and weekday", "[unit][engine][cron]") {
  schedule_calendar const c = parse_cron("1 2 3 4 5").calendar;
  CHECK(c.second.empty());
  CHECK(c.minute == ranges{{1, 1, 0}});
  CHECK(c.hour == ranges{{2, 2, 0}});
  CHECK(c.day_of_month == ranges{{3, 3, 0}});
  CHECK(c.month == ranges{{4, 4, 0}});
  CHECK(c.day_of_week == ranges{{5, 5, 0}});
  CHECK(c.year.empty());
}

TEST_CASE("a sixth field is the year, and seven begin with seconds", "[unit][engine][cron]") {
  CHECK(parse_cron("1 2 3 4 5 2024").calendar.year == ranges{{2024, 2024, 0}});
  schedule_calendar const c = parse_cron("9 1 2 3 4 5 2024-2030/2").calendar;
  CHECK(c.second == ranges{{9, 9, 0}});
  CHECK(c.minute == ranges{{1, 1, 0}});
  CHECK(c.year == ranges{{2024, 2030, 2}});
}

TEST_CASE("fields have ranges, steps, lists and names", "[unit][engine][cron]") {
  schedule_calendar const c = parse_cron("*/15 3/5,1-5/2,7 * jan-March,DEC mon-fri,SUN").calendar;
  CHECK(c.minute == ranges{{0, 59, 15}});
  CHECK(c.hour == ranges{{3, 23, 5}, {1, 5, 2}, {7, 7, 0}});
  CHECK(c.day_of_month == ranges{{1, 31, 0}});
  CHECK(c.month == ranges{{1, 3, 0}, {12, 12, 0}});
  CHECK(c.day_of_week == ranges{{1, 5, 0}, {0, 0, 0}});
}

TEST_CASE("sunday is 0 and 7", "[unit][engine][cron]") {
  auto const sundays = [](char const* text) {
    return perdure::engine::compile_calendar(parse_cron(text).calendar, "test").weekdays;
  };
  for (char const* const text : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 7/2"}) {
    CAPTURE(text);
    CHECK(sundays(text).has(0));
    CHECK_FALSE(sundays(text).has(1));
  }
  CHECK(sundays("0 0 * * 5-7").has(0));
  CHECK(sundays("0 0 * * *").is_full());
}

TEST_CASE("words stand for whole cron strings", "[unit][engine][cron]") {
  auto const same = [](char const* word, char const* text) {
    return parse_cron(word).calendar == parse_cron(text).calendar;
  };
  CHECK(same("@yearly", "0 0 1 1 *"));
  CHECK(same("@annually", "0 0 1 1 *"));
  CHECK(same("@monthly", "0 0 1 * *"));
  CHECK(same("@weekly", "0 0 * * 0"));
  CHECK(same("@daily", "0 0 * * *"));
  CHECK(same("@midnight", "0 0 * * *"));
  CHECK(same("@hourly", "0 * * * *"));
}

TEST_CASE("@every is an interval with an offset", "[unit][engine][cron]") {
  cron_text const plain = parse_cron("@every 1h30m");
  CHECK(plain.is_interval);
  CHECK(plain.interval.every == 90min);
  CHECK(plain.interval.offset == 0s);
  CHECK(parse_cron("@every 14h/3h").interval.offset == 3h);
  CHECK(parse_cron("@every 2d").interval.every == 48h);
  CHECK(parse_cron("@every 1.5s").interval.every == 1'500ms);
  CHECK(parse_cron("@every 1m5ms7us9ns").interval.every == 1min + 5ms + 7us + 9ns);
}

TEST_CASE("a cron string may begin with a time zone and end with a comment",
          "[unit][engine][cron]") {
  cron_text const berlin = parse_cron("CRON_TZ=Europe/Berlin 0 8 * * 1-5 # opening hours ");
  CHECK(berlin.time_zone_name == "Europe/Berlin");
  CHECK(berlin.calendar.comment == "opening hours");
  CHECK(berlin.calendar.hour == ranges{{8, 8, 0}});
  CHECK(parse_cron("TZ=Asia/Tokyo @daily").time_zone_name == "Asia/Tokyo");
}

TEST_CASE("classic cron strings tell which days are restricted", "[unit][engine][cron]") {
  auto const classic = [](char const* text) { return parse_cron(text, cron_dialect::classic); };
  CHECK(classic("0 0 ? * *").any_month_day);
  CHECK(classic("0 0 13 * ?").any_week_day);
  CHECK_FALSE(classic("0 0 13 * 5").any_month_day);
  CHECK_FALSE(classic("0 0 13 * 5").any_week_day);
  CHECK_FALSE(classic("0 0 */2 * *").any_month_day);
}

TEST_CASE("what is wrong with a cron string is said", "[unit][engine][cron]") {
  CHECK(refused("").find("has 0 fields") != std::string::npos);
  CHECK(refused("* * * *").find("has 4 fields") != std::string::npos);
  CHECK(refused("* * * * * * * *").find("has 8 fields") != std::string::npos);
  CHECK(refused("60 * * * *").find("has 60 as its minute, which goes from 0 to 59") !=
        std::string::npos);
  CHECK(refused("* 24 * * *").find("hour") != std::string::npos);
  CHECK(refused("* * 0 * *").find("day of month") != std::string::npos);
  CHECK(refused("* * * 13 *").find("month") != std::string::npos);
  CHECK(refused("* * * * 8").find("day of week") != std::string::npos);
  CHECK(refused("* * * foo *").find("has 'foo' as its month") != std::string::npos);
  CHECK(refused("@fortnightly").find("unknown word") != std::string::npos);
  CHECK(refused("TZ=Europe/Berlin").find("needs a time zone") != std::string::npos);
  for (char const* const text : {"1,,2 * * * *",
                                 "1, * * * *",
                                 ",1 * * * *",
                                 "1-2-3 * * * *",
                                 "1/2/3 * * * *",
                                 "*/0 * * * *",
                                 "5-3 * * * *",
                                 "-1 * * * *",
                                 "1- * * * *",
                                 "*-5 * * * *",
                                 "1/ * * * *",
                                 "+1 * * * *",
                                 "99999999999 * * * *",
                                 "0x1 * * * *",
                                 "? * * * *",
                                 "* * L * *",
                                 "* * * * 5#3",
                                 "@every",
                                 "@every x",
                                 "@every 5",
                                 "@every 1h/",
                                 "@every -1h",
                                 "@every 1h1",
                                 "@every 999999999h",
                                 "@every 99999999999999999999999999999999999999999s",
                                 "@every 1.s",
                                 "TZ= * * * * *"}) {
    CAPTURE(text);
    CHECK(refused(text).find("cron string") != std::string::npos);
  }
  CHECK(refused("* * * * * *", cron_dialect::classic).find("has 6 fields") != std::string::npos);
  CHECK(refused("@every 1h/5m", cron_dialect::classic).find("'@every'") != std::string::npos);
  CHECK(refused(std::string(2'000, '*')).find("1000 bytes") != std::string::npos);
}

} // namespace
