// Goal: whatever bytes come, the reader either takes RFC 8259 JSON or says where it is not. Method:
// pull by hand, then tables of texts that must be taken and of texts that must not, each with its
// error.
#include "perdure/data/json_reader.hpp"

#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using perdure::json_kind;
using perdure::json_reader;
using perdure_test::fault_of;

namespace {

auto skipped(std::string_view text) -> std::string {
  json_reader in{text};
  std::string const value{in.skip_value()};
  in.finish();
  return value;
}

auto string_in(std::string_view text) -> std::string {
  json_reader in{text};
  auto value = in.read_string();
  in.finish();
  return value;
}

auto repeated(std::string_view piece, std::size_t times) -> std::string {
  std::string text;
  text.reserve(piece.size() * times);
  while (times-- > 0) text += piece;
  return text;
}

} // namespace

TEST_CASE("values are pulled in the order of the text", "[data][json]") {
  json_reader in{" { \"id\" : 7 , \"tags\":[ \"a\" ,\"b\\n\"], "
                 "\"none\":null,\"deep\":{\"x\":[[],{}]}, \"ok\":true } "};
  CHECK(in.peek() == json_kind::object);
  in.begin_object();
  std::string_view key;
  REQUIRE(in.next_key(key));
  CHECK(key == "id");
  CHECK(in.peek() == json_kind::number);
  CHECK(in.read_int64() == 7);
  std::string own_key;
  REQUIRE(in.next_key(own_key));
  CHECK(own_key == "tags");
  std::vector<std::string> tags;
  for (in.begin_array(); in.next_element();) tags.push_back(in.read_string());
  CHECK(tags == std::vector<std::string>{"a", "b\n"});
  REQUIRE(in.next_key(key));
  CHECK(in.peek() == json_kind::null);
  CHECK(in.read_null_if());
  CHECK_FALSE(in.read_null_if());
  REQUIRE(in.next_key(key));
  CHECK(in.skip_value() == "{\"x\":[[],{}]}");
  REQUIRE(in.next_key(key));
  CHECK(in.peek() == json_kind::boolean);
  CHECK(in.read_bool());
  CHECK_FALSE(in.next_key(key));
  CHECK(in.peek() == json_kind::end);
  in.finish();
}

TEST_CASE("a reader can go back to a place it remembers", "[data][json]") {
  json_reader in{"[1,[2,3],4]"};
  in.begin_array();
  REQUIRE(in.next_element());
  auto const before = in.here();
  CHECK(in.read_int64() == 1);
  in.go(before);
  CHECK(in.read_int64() == 1);
  REQUIRE(in.next_element());
  CHECK(in.skip_value() == "[2,3]");
  REQUIRE(in.next_element());
  CHECK(in.read_uint64() == 4);
  CHECK_FALSE(in.next_element());
}

TEST_CASE("JSON is taken in every form that RFC 8259 allows", "[data][json]") {
  for (std::string_view const text :
       {"0", "-0", "1.5e+300", "1E5", "0e0", "true", "false", "null", "\"\"", "[]", "{}",
        "[[],[{}]]", "{\"\":{\"\":0}}", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", "\"\x7f\"",
        "1e400", "-123456789012345678901234567890.5"}) {
    CAPTURE(text);
    CHECK(skipped(text) == text);
    CHECK(skipped(" \t\r\n" + std::string{text} + "\n") == text);
  }
}

TEST_CASE("escapes are decoded", "[data][json]") {
  CHECK(string_in(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(string_in(R"("\u0041\u00e9\u20AC\ud83d\ude00\uffff")") ==
        "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf");
  CHECK(string_in(R"("\u0000")") == std::string(1, '\0'));
  CHECK(string_in("\"plain text before \\n and after, with \xc3\xa9 too\"") ==
        "plain text before \n and after, with \xc3\xa9 too");
}

TEST_CASE("UTF-8 is taken from the first to the last code point of each length", "[data][json]") {
  for (std::string_view const text :
       {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    for (std::size_t before = 0; before < 17; ++before) {
      auto const whole = std::string(before, 'x') + std::string{text};
      CHECK(string_in('"' + whole + '"') == whole);
      CHECK(string_in('"' + whole + "\\n\"") == whole + '\n');
      CHECK(string_in("\"\\n" + whole + '"') == '\n' + whole);
    }
  }
}

TEST_CASE("what is not UTF-8 is refused wherever it stands", "[data][json][hostile]") {
  std::string_view const broken[]{
      "\x80",
      "\xbf", // continuation without a lead
      "\xc0\x80",
      "\xc1\xbf",
      "\xe0\x80\x80",
      "\xe0\x9f\xbf",
      "\xf0\x80\x80\x80",
      "\xf0\x8f\xbf\xbf", // overlong
      "\xed\xa0\x80",
      "\xed\xbf\xbf", // surrogates
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",
      "\xff",
      "\xfe", // past U+10FFFF, and bytes that never occur
      "\xc3",
      "\xe2\x82",
      "\xf0\x9f\x98",
      "\xc3x",
      "\xe2\x82x",
      "\xf0\x9f\x98x", // cut off
  };
  for (auto const bytes : broken)
    for (std::size_t before = 0; before < 17; ++before) {
      CAPTURE(before);
      auto const start = '"' + std::string(before, 'x');
      auto const expected =
          "[perdure.4] JSON: a string is not UTF-8 (byte " + std::to_string(before + 1) + ")";
      CHECK(fault_of([&] { (void)skipped(start + std::string{bytes} + '"'); }) == expected);
      CHECK_THROWS_WITH(skipped("\"\\n" + std::string(before, 'x') + std::string{bytes} + '"'),
                        perdure_test::contains("a string is not UTF-8"));
      CHECK_THROWS_WITH(skipped("{" + start + std::string{bytes} + "\":1}"),
                        perdure_test::contains("a string is not UTF-8"));
    }
}

TEST_CASE("what is not JSON is refused with the place and the reason", "[data][json][hostile]") {
  std::pair<std::string, std::string> const table[]{
      {"", "the text ends where a value should be (byte 0)"},
      {"  ", "the text ends where a value should be (byte 2)"},
      {"[1,", "[1]: the text ends where a value should be (byte 3)"},
      {"[1", "[0]: the text ends in the middle of a value (byte 2)"},
      {"[", "[0]: the text ends in the middle of a value (byte 1)"},
      {"{", "the text ends in the middle of a value (byte 1)"},
      {"{\"a\"", ".a: expected ':' after a key (byte 4)"},
      {"{\"a\" 1}", ".a: expected ':' after a key (byte 5)"},
      {"{\"a\":}", ".a: expected a value (byte 5)"},
      {"{\"a\":1,}", "a comma with nothing after it (byte 7)"},
      {"[1,]", "[1]: a comma with nothing after it (byte 3)"},
      {"[,1]", "[0]: expected a value (byte 1)"},
      {"[1 2]", "[0]: expected ',' or ']' (byte 3)"},
      {"[1}", "[0]: expected ',' or ']' (byte 2)"},
      {"{\"a\":1]", ".a: expected ',' or '}' (byte 6)"},
      {"{a:1}", "expected a key in double quotes (byte 1)"},
      {"{1:1}", "expected a key in double quotes (byte 1)"},
      {"{'a':1}", "expected a key in double quotes (byte 1)"},
      {"1 2", "text after the end of the value (byte 2)"},
      {"{}}", "text after the end of the value (byte 2)"},
      {"null\xff", "text after the end of the value (byte 4)"},
      {"]", "expected a value (byte 0)"},
      {"nul", "expected a value (byte 0)"},
      {"truE", "expected a value (byte 0)"},
      {"NaN", "expected a value (byte 0)"},
      {"Infinity", "expected a value (byte 0)"},
      {"+1", "expected a value (byte 0)"},
      {".5", "expected a value (byte 0)"},
      {"01", "not a number (byte 0)"},
      {"-01", "not a number (byte 0)"},
      {"00", "not a number (byte 0)"},
      {"-", "not a number (byte 0)"},
      {"1.", "not a number (byte 0)"},
      {"1.e5", "not a number (byte 0)"},
      {"1e", "not a number (byte 0)"},
      {"1e+", "not a number (byte 0)"},
      {"-a", "not a number (byte 0)"},
      {"0x10", "text after the end of the value (byte 1)"},
      {"1_000", "text after the end of the value (byte 1)"},
      {"// no\n1", "expected a value (byte 0)"},
      {"\xef\xbb\xbf[]", "expected a value (byte 0)"},
      {std::string("\0", 1), "expected a value (byte 0)"},
      {std::string("[1\0]", 4), "[0]: expected ',' or ']' (byte 2)"},
      {std::string("\"a\0b\"", 5), "a control character in a string must be escaped (byte 2)"},
      {"\"a\nb\"", "a control character in a string must be escaped (byte 2)"},
      {"\"\\n\tb\"", "a control character in a string must be escaped (byte 3)"},
      {"\"abc", "the text ends inside a string (byte 4)"},
      {"\"\\n", "the text ends inside a string (byte 3)"},
      {"\"\\", "the text ends inside a string (byte 1)"},
      {"\"\\\"", "the text ends inside a string (byte 3)"},
      {"\"\\x41\"", "unknown escape in a string (byte 1)"},
      {"\"\\U0041\"", "unknown escape in a string (byte 1)"},
      {"\"\\u", "the text ends inside a string (byte 1)"},
      {"\"\\u00", "the text ends inside a string (byte 1)"},
      {"\"\\u00g0\"", "\\u needs four hexadecimal digits (byte 1)"},
      {"\"\\u 041\"", "\\u needs four hexadecimal digits (byte 1)"},
      {"\"\\ud800\"", "half of a surrogate pair in a string (byte 7)"},
      {"\"\\ud800\\u0041\"", "half of a surrogate pair in a string (byte 13)"},
      {"\"\\ud800\\ud800\"", "half of a surrogate pair in a string (byte 13)"},
      {"\"\\udc00\"", "half of a surrogate pair in a string (byte 7)"},
  };
  for (auto const& [text, expected] : table) {
    CAPTURE(text);
    CHECK(fault_of([&] { (void)skipped(text); }) == "[perdure.4] JSON: " + expected);
  }
}

TEST_CASE("a key may stand once in an object, however it is written", "[data][json][hostile]") {
  CHECK(fault_of([] { (void)skipped(R"({"a":1,"b":{"a":2},"a":3})"); }) ==
        "[perdure.4] JSON: .a: the key is there twice (byte 22)");
  CHECK_THROWS_WITH(skipped(R"([{"x":{"b":1,"\u0062":2}}])"),
                    perdure_test::contains("the key is there twice"));
  CHECK_THROWS_WITH(skipped(R"({"":1,"":2})"), perdure_test::contains("the key is there twice"));
  CHECK(skipped(R"({"a":{"a":[{"a":1},{"a":"\"a\":"}]},"A":"{","b":"}"})").size() == 52);

  SECTION("among very many keys") {
    std::string keys;
    for (int i = 0; i < 20'000; ++i) keys += "\"k" + std::to_string(i) + "\":[],";
    CHECK(skipped("{" + keys + "\"last\":0}").size() == keys.size() + 10);
    CHECK_THROWS_WITH(skipped("{" + keys + "\"k4711\":0}"),
                      perdure_test::contains(".k4711: the key is there twice"));
  }
}

TEST_CASE("nesting is bounded before it can hurt", "[data][json][hostile]") {
  auto const most = perdure::limits::json_depth_max;
  for (auto const& [open, close] : {std::pair{"[", "]"}, std::pair{"{\"a\":", "}"}}) {
    auto const inner = std::string{open} == "[" ? "" : "0";
    CHECK_NOTHROW(skipped(repeated(open, most) + inner + repeated(close, most)));
    CHECK_THROWS_WITH(skipped(repeated(open, most + 1) + inner + repeated(close, most + 1)),
                      perdure_test::contains("nested deeper than limits::json_depth_max"));
    CHECK_THROWS_WITH(skipped(repeated(open, 1'000'000)), perdure_test::contains("nested deeper"));
  }
  CHECK_NOTHROW(skipped("[" + repeated("[[]],", 100'000) + "0]"));
}

TEST_CASE("an error names the kind that was found, the subject and the argument", "[data][json]") {
  CHECK(fault_of([] { json_reader{"[1]"}.begin_object(); }) ==
        "[perdure.3] JSON: expected an object, found an array (byte 0)");
  CHECK(fault_of([] { (void)json_reader{"{}", "order"}.read_string(); }) ==
        "[perdure.3] order: expected a string, found an object (byte 0)");
  CHECK(fault_of([] { (void)json_reader{"null", "order", 2}.read_bool(); }) ==
        "[perdure.3] order (argument 2): expected a boolean, found null (byte 0)");
  CHECK(fault_of([] { json_reader{"true"}.read_null(); }) ==
        "[perdure.3] JSON: expected null, found a boolean (byte 0)");
  CHECK(fault_of([] { (void)json_reader{"\"7\""}.read_int64(); }) ==
        "[perdure.3] JSON: expected a number, found a string (byte 0)");
}

TEST_CASE("keys that are data show as positions", "[data][json]") {
  json_reader in{R"({"prices":{"secret":1,"other":{"field":"x"}}})"};
  in.begin_object();
  std::string_view key;
  REQUIRE(in.next_key(key));
  in.begin_map();
  REQUIRE(in.next_key(key));
  CHECK(in.read_int64() == 1);
  REQUIRE(in.next_key(key));
  in.begin_object();
  REQUIRE(in.next_key(key));
  CHECK(fault_of([&] { (void)in.read_int64(); }) ==
        "[perdure.3] JSON: .prices{1}.field: expected a number, found a string (byte 39)");
  CHECK_THROWS_WITH(skipped(R"({"not a name!":x})"),
                    perdure_test::contains("JSON: {0}: expected a value"));
}

// Goal: no input makes the reader crash, hang or read past the end. Method: valid texts damaged at
// random, in buffers of exactly their size; the sanitizers watch.
TEST_CASE("damaged texts are refused or taken, and nothing else happens", "[data][json][hostile]") {
  std::string const whole = R"({"a":[1,-2.5e3,"text \u00e9 \"x\"",null,true,{"b":{},"c":[[]]}],)"
                            "\"long key of many bytes\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}";
  std::uint64_t const seed = 4711;
  CAPTURE(seed);
  perdure_test::random_bits random{seed};
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<char> text(whole.begin(), whole.end());
    for (auto edits = random.below(3) + 1; edits > 0; --edits) {
      auto const at = static_cast<std::ptrdiff_t>(random.below(text.size()));
      switch (random.below(3)) {
      case 0: text[static_cast<std::size_t>(at)] = static_cast<char>(random()); break;
      case 1: text.erase(text.begin() + at); break;
      default: text.insert(text.begin() + at, "{}[]\",:\\ue0-."[random.below(13)]); break;
      }
    }
    text.shrink_to_fit();
    try {
      json_reader in{{text.data(), text.size()}};
      in.skip_value();
      in.finish();
      ++taken;
    } catch (perdure::error const& thrown) {
      REQUIRE(thrown.code() == perdure::errc::bad_json);
    }
  }
  CHECK(taken > 100);
  CHECK(taken < 10'000);
}
