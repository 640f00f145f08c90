// Goal: an error says which type, which field and which byte, and never what the data was.
#include "perdure/data/json.hpp"

#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using perdure_test::fault_of;

namespace {

enum class size_name { small, large };

struct item {
  std::string arg1{};
  std::int8_t count{};
  size_name size{};
  std::vector<std::byte> blob{};
};
struct inputs_args {
  std::vector<item> inputs{};
  std::map<std::string, item> by_name{};
  std::optional<item> extra{};
  std::pair<int, bool> both{};
  std::array<char, 2> letters{};
};

auto error_in(std::string_view json) -> std::string {
  return fault_of([&] { (void)perdure::from_json<inputs_args>(json); });
}

} // namespace

TEST_CASE("an error names the type, the path and the byte", "[data][json]") {
  std::pair<std::string_view, std::string_view> const table[]{
      {R"({"inputs":[{},{},{},{"arg1":7}]})",
       "[perdure.3] inputs_args: .inputs[3].arg1: expected a string, found a number (byte 28)"},
      {R"({"inputs":[{"count":300}]})", "[perdure.3] inputs_args: .inputs[0].count: the number is "
                                        "out of the range of 8 bits (byte 20)"},
      {R"({"inputs":[{"count":1.5}]})",
       "[perdure.3] inputs_args: .inputs[0].count: expected a whole number (byte 20)"},
      {R"({"inputs":{}})",
       "[perdure.3] inputs_args: .inputs: expected an array, found an object (byte 10)"},
      {R"({"by_name":{"a":{},"b":{"count":"x"}}})",
       "[perdure.3] inputs_args: .by_name{1}.count: expected a number, found a string (byte 32)"},
      {R"({"by_name":{"a":{},"a":{}}})",
       "[perdure.4] inputs_args: .by_name{1}: the key is there twice (byte 25)"},
      {R"({"extra":{"size":"medium"}})", "[perdure.3] inputs_args: .extra.size: not the name of an "
                                         "enumerator of size_name (small, large) (byte 17)"},
      {R"({"extra":{"blob":"*"}})",
       "[perdure.3] inputs_args: .extra.blob: expected base64 (byte 17)"},
      {R"({"both":[1,2]})",
       "[perdure.3] inputs_args: .both[1]: expected a boolean, found a number (byte 11)"},
      {R"({"letters":["a","bc"]})",
       "[perdure.3] inputs_args: .letters[1]: expected one ASCII character (byte 16)"},
      {R"({"extra":{"count":1,"count":2}})",
       "[perdure.4] inputs_args: .extra.count: the field is there twice (byte 28)"},
      {R"({"unknown":1,"inputs":[],"unknown":2})",
       "[perdure.4] inputs_args: .unknown: the key is there twice (byte 34)"},
      {R"({"unknown":[{"a":tru}]})",
       "[perdure.4] inputs_args: .unknown[0].a: expected a value (byte 17)"},
      {"[]", "[perdure.3] inputs_args: expected an object, found an array (byte 0)"},
      {"{} x", "[perdure.4] inputs_args: text after the end of the value (byte 3)"},
      {"", "[perdure.4] inputs_args: the text ends where a value should be (byte 0)"},
  };
  for (auto const& [json, expected] : table) {
    CAPTURE(json);
    CHECK(error_in(json) == expected);
  }
}

TEST_CASE("writing names the field that cannot be written", "[data][json]") {
  inputs_args value;
  value.inputs.resize(3);
  value.inputs[2].arg1 = "broken \xc3";
  CHECK(fault_of([&] { (void)perdure::to_json(value); }) ==
        "[perdure.3] inputs_args: .inputs[2].arg1: a string is not UTF-8 (use bytes: "
        "std::vector<std::byte>)");
  value = {};
  value.by_name["secret"].arg1 = "\xff";
  CHECK(fault_of([&] { (void)perdure::to_json(value); }) ==
        "[perdure.3] inputs_args: .by_name{0}.arg1: a string is not UTF-8 (use bytes: "
        "std::vector<std::byte>)");
  value = {};
  value.by_name["\xff"] = {};
  CHECK_THROWS_WITH(perdure::to_json(value), perdure_test::contains("inputs_args: .by_name"));
}

// Method: a token stands in for every value, and every map key, of texts that are wrong for each
// type.
TEST_CASE("no error quotes the data", "[data][json]") {
  for (std::string_view const json :
       {R"({"inputs":["CANARY"]})", R"({"inputs":[{"count":"CANARY"}]})",
        R"({"inputs":[{"size":"CANARY"}]})", R"({"inputs":[{"blob":"CANARY"}]})",
        R"({"by_name":{"CANARY":5}})", R"({"by_name":{"CANARY":{},"CANARY":{}}})",
        R"({"by_name":{"CANARY":{"arg1":"\q"}}})", R"({"letters":["CANARY"]})",
        R"({"extra":"CANARY)", R"("CANARY")", R"({"unknown CANARY":x})", "CANARY"}) {
    CAPTURE(json);
    auto const text = error_in(json);
    CHECK(text.starts_with("[perdure."));
    CHECK(text.find("CANARY") == std::string::npos);
  }
}

TEST_CASE("the path of a deep error stays short", "[data][json]") {
  std::string json;
  for (int i = 0; i < 100; ++i) json += R"({"a_rather_long_name_of_a_field":)";
  auto const text = fault_of([&] {
    perdure::json_reader in{json};
    in.skip_value();
  });
  CHECK(text.size() < 600);
  CHECK_THAT(text, perdure_test::contains("JSON: ..."));
}
