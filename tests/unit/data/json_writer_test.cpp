#include "perdure/data/json_writer.hpp"

#include "perdure/data/json_reader.hpp"
#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using perdure::json_writer;
using perdure_test::fault_of;

namespace {

auto written(std::string_view text) -> std::string {
  std::string json;
  json_writer out{json};
  out.value(text);
  out.finish();
  return json;
}

} // namespace

TEST_CASE("commas, colons and brackets come by themselves", "[data][json]") {
  std::string text = "before ";
  {
    json_writer out{text, 3};
    out.begin_object();
    out.member("a", 1);
    out.key("b");
    out.begin_array();
    out.value("x");
    out.value(true);
    out.null();
    out.begin_object();
    out.end_object();
    out.begin_array();
    out.end_array();
    out.raw("{\"raw\":0}");
    out.value(std::numeric_limits<std::uint64_t>::max());
    out.value(std::numeric_limits<std::int64_t>::min());
    out.end_array();
    out.member("c", 0.5F);
    out.member("d", std::string{"y"});
    out.member("e", false);
    out.end_object();
  }
  CHECK(text == R"(before {"a":1,"b":["x",true,null,{},[],{"raw":0},18446744073709551615,)"
                "-9223372036854775808],"
                R"("c":0.5,"d":"y","e":false})");
}

TEST_CASE("text is escaped where it must be, at any position", "[data][json]") {
  for (std::size_t before = 0; before < 20; ++before)
    for (std::size_t after = 0; after < 20; ++after) {
      auto const x = std::string(before, 'x');
      auto const y = std::string(after, 'y');
      REQUIRE(written(x + "\"\\\n" + y) == '"' + x + "\\\"\\\\\\n" + y + '"');
      REQUIRE(written(x + "\xc3\xa9" + y) == '"' + x + "\xc3\xa9" + y + '"');
      REQUIRE(written(x + y) == '"' + x + y + '"');
    }
  CHECK(written("\b\f\r\t\x01\x1f\x7f/") == "\"\\b\\f\\r\\t\\u0001\\u001f\x7f/\"");
  CHECK(written(std::string_view{"a\0b", 3}) == "\"a\\u0000b\"");
}

TEST_CASE("any text comes back as it was", "[data][json]") {
  std::uint64_t const seed = 99;
  CAPTURE(seed);
  perdure_test::random_bits random{seed};
  std::string_view const pieces[]{"a",        "plain words",  "\"",
                                  "\\",       "\n",           "\x01",
                                  "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                  "\x7f"};
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (auto count = random.below(40); count > 0; --count)
      text += pieces[random.below(std::size(pieces))];
    auto const json = written(text);
    perdure::json_reader in{json};
    REQUIRE(in.read_string() == text);
    in.finish();
  }
}

TEST_CASE("NaN and infinities become strings", "[data][json]") {
  std::string text;
  json_writer out{text};
  out.begin_array();
  out.value(std::numeric_limits<double>::quiet_NaN());
  out.value(std::numeric_limits<float>::infinity());
  out.value(-std::numeric_limits<double>::infinity());
  out.end_array();
  out.finish();
  CHECK(text == R"(["NaN","Infinity","-Infinity"])");
}

TEST_CASE("text that is not UTF-8 is refused with its path", "[data][json]") {
  std::string text;
  json_writer out{text, 0, "order"};
  out.begin_object();
  out.member("fine", "x");
  out.key("list");
  out.begin_array();
  out.value(1);
  CHECK(fault_of([&] { out.value("so far so good \xff"); }) ==
        "[perdure.3] order: .list[1]: a string is not UTF-8 (use bytes: std::vector<std::byte>)");
}

TEST_CASE("nothing deeper than the reader takes is written", "[data][json]") {
  std::string text;
  json_writer out{text};
  for (std::size_t i = 0; i < perdure::limits::json_depth_max; ++i) out.begin_array();
  CHECK_THROWS_WITH(out.begin_array(),
                    perdure_test::contains("nested deeper than limits::json_depth_max"));
}

TEST_CASE("a string much longer than the hint grows", "[data][json]") {
  std::string const many(1'000'000, 'x');
  CHECK(written(many) == '"' + many + '"');
  std::string const escaped(100'000, '\x01');
  CHECK(written(escaped).size() == 600'002);
}
