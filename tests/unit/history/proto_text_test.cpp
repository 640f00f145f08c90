#include "support/catch.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "perdure/history/detail/base64.hpp"
#include "perdure/history/detail/proto_text.hpp"

using namespace perdure;
using detail::text_status;

namespace {

constexpr auto duration_of(std::string_view text) -> std::int64_t {
  duration value{-7};
  return detail::parse_proto_duration(text, value) == text_status::ok ? value.count() : -7;
}

auto text_of(duration value) -> std::string {
  std::string text;
  detail::put_duration(text, value);
  return text;
}

auto time_of(std::string_view text) -> std::int64_t {
  time_point value{};
  auto const status = detail::parse_proto_time(text, value);
  CAPTURE(text);
  REQUIRE(status == text_status::ok);
  return value.time_since_epoch().count();
}

auto text_of(std::int64_t nanoseconds) -> std::string {
  std::string text;
  detail::put_time(text, time_point{duration{nanoseconds}});
  return text;
}

} // namespace

static_assert(duration_of("10s") == 10'000'000'000);
static_assert(duration_of("1.5s") == 1'500'000'000);
static_assert(duration_of("-0.000000001s") == -1);
static_assert(duration_of("0s") == 0);
static_assert(duration_of("9223372036.854775807s") == 9'223'372'036'854'775'807);
static_assert(duration_of("-9223372036.854775808s") == std::numeric_limits<std::int64_t>::min());
static_assert(duration_of("-9223372036.854775809s") == -7); // out of range
static_assert(duration_of("-2s") == -2'000'000'000);
static_assert(duration_of("-1.5s") == -1'500'000'000);

TEST_CASE("durations have 0, 3, 6 or 9 digits after the point and read back the same",
          "[history]") {
  CHECK(text_of(duration{10'000'000'000}) == "10s");
  CHECK(text_of(duration{200'000'000}) == "0.200s");
  CHECK(text_of(duration{-1'000}) == "-0.000001s");
  CHECK(text_of(duration{1}) == "0.000000001s");
  CHECK(text_of(duration{}) == "0s");
  CHECK(text_of(duration::max()) == "9223372036.854775807s");
  CHECK(text_of(duration::min()) == "-9223372036.854775808s");
  for (std::int64_t const count :
       {1LL, -1LL, 999'999'999LL, -1'000'000'001LL, 315'360'000'000'000'000LL})
    CHECK(duration_of(text_of(duration{count})) == count);
}

TEST_CASE("text that is not a duration is told from one that is too long", "[history]") {
  duration value{};
  for (char const* text :
       {"", "s", "1", "1 s", "+1s", "--1s", "1.s", ".5s", "1.1234567890s", "1e3s", "1S", "0x1s"}) {
    CAPTURE(text);
    CHECK(detail::parse_proto_duration(text, value) == text_status::malformed);
  }
  for (char const* text : {"9999999999999999s", "9223372037s", "-9223372037s",
                           "99999999999999999999999s", "9223372036.854775808s"}) {
    CAPTURE(text);
    CHECK(detail::parse_proto_duration(text, value) == text_status::out_of_range);
  }
}

TEST_CASE("times are read in UTC and with an offset", "[history]") {
  CHECK(time_of("1970-01-01T00:00:00Z") == 0);
  CHECK(time_of("1969-12-31T23:59:59.999999999Z") == -1);
  CHECK(time_of("2020-07-30T00:30:02.971655189Z") == 1'596'069'002'971'655'189);
  CHECK(time_of("2020-07-30T02:30:02.5+02:00") == 1'596'069'002'500'000'000);
  CHECK(time_of("2020-07-29t23:00:02.5-01:30") == 1'596'069'002'500'000'000);
  CHECK(time_of("2000-02-29T00:00:00z") == 951'782'400'000'000'000);
}

TEST_CASE("times are written in UTC and read back the same", "[history]") {
  CHECK(text_of(0) == "1970-01-01T00:00:00Z");
  CHECK(text_of(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(text_of(1'596'069'002'500'000'000) == "2020-07-30T00:30:02.500Z");
  CHECK(text_of(-86'400'000'000'000) == "1969-12-31T00:00:00Z");
  auto const least = std::numeric_limits<std::int64_t>::min();
  auto const most = std::numeric_limits<std::int64_t>::max();
  CHECK(text_of(least) == "1677-09-21T00:12:43.145224192Z");
  CHECK(text_of(most) == "2262-04-11T23:47:16.854775807Z");
  for (std::int64_t const at :
       {least, least + 1, most, std::int64_t{-1}, std::int64_t{951'825'599'999'999'999}})
    CHECK(time_of(text_of(at)) == at);
}

TEST_CASE("text that is not a time is told from a time that 64 bits cannot hold", "[history]") {
  time_point value{};
  for (char const* text : {"", "2020", "2020-07-30", "2020-07-30T00:30:02", "2020-13-01T00:00:00Z",
                           "2020-00-01T00:00:00Z", "2021-02-29T00:00:00Z", "2020-01-32T00:00:00Z",
                           "2020-01-01T24:00:00Z", "2020-01-01T00:60:00Z", "2020-01-01T00:00:60Z",
                           "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00.1234567890Z",
                           "2020-01-01T00:00:00+0200", "2020-01-01T00:00:00+02:60",
                           "2020-01-01T00:00:00ZZ", "20200101T000000Z", " 2020-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(detail::parse_proto_time(text, value) == text_status::malformed);
  }
  for (char const* text : {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
                           "2262-04-11T23:47:16.854775808Z", "1677-09-21T00:12:43.145224191Z"}) {
    CAPTURE(text);
    CHECK(detail::parse_proto_time(text, value) == text_status::out_of_range);
  }
}

TEST_CASE("bytes survive base64 at every length", "[history]") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    detail::append_base64(text, bytes);
    CHECK(text.size() % 4 == 0);
    std::string back;
    CAPTURE(text);
    REQUIRE(detail::decode_base64(text, back));
    REQUIRE(back == bytes);
    while (text.ends_with('=')) text.pop_back(); // padding is optional when reading
    REQUIRE(detail::decode_base64(text, back));
    REQUIRE(back == bytes);
    bytes += static_cast<char>(i * 37);
  }
  std::string text;
  detail::append_base64(text, "json/plain");
  CHECK(text == "anNvbi9wbGFpbg==");
}

TEST_CASE("both alphabets of base64 are read, and nothing else", "[history]") {
  std::string one;
  std::string other;
  REQUIRE(detail::decode_base64("-_-_", one));
  REQUIRE(detail::decode_base64("+/+/", other));
  CHECK(one == other);
  for (char const* text :
       {"A", "AAAAA", "A===", "AA=A", "AA A", "AA\n", "A*==", "\xff\xff\xff\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(detail::decode_base64(text, one));
  }
}
