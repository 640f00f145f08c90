#include "perdure/data/to_text.hpp"

#include "support/catch.hpp"

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using perdure::to_text;

namespace {

struct my_good_activity_result {
  std::string arg1{}, arg2{};
  double random_val{};
};
struct my_good_workflow_result {
  my_good_activity_result result{};
};
struct batch_result {
  std::vector<my_good_workflow_result> results{};
};
struct nothing {};
enum class colour { red };
struct reference {
  std::string text{};
};

} // namespace

template <>
struct perdure::payload_traits<reference> : perdure::transparent<reference> {};

TEST_CASE("an aggregate prints as Python prints a dataclass", "[data][to_text]") {
  batch_result const result{{{{"a", "b", 0.25}}, {}}};
  CHECK(to_text(result) ==
        "batch_result(results=[my_good_workflow_result(result=my_good_activity_result("
        "arg1='a', arg2='b', random_val=0.25)), my_good_workflow_result(result="
        "my_good_activity_result(arg1='', arg2='', random_val=0.0))])");
  CHECK(to_text(nothing{}) == "nothing()");
}

TEST_CASE("plain values print as in Python", "[data][to_text]") {
  CHECK(to_text(true) == "True");
  CHECK(to_text(false) == "False");
  CHECK(to_text(-7) == "-7");
  CHECK(to_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(to_text(1.0) == "1.0");
  CHECK(to_text(0.1F) == "0.1");
  CHECK(to_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(to_text(-std::numeric_limits<float>::infinity()) == "-inf");
  CHECK(to_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(to_text('c') == "'c'");
  CHECK(to_text(std::optional<int>{}) == "None");
  CHECK(to_text(std::optional<int>{3}) == "3");
  CHECK(to_text(std::monostate{}) == "None");
  CHECK(to_text(colour::red) == "red");
  CHECK(to_text(colour{5}) == "5");
  CHECK(to_text(1500ms) == "1.5s");
  CHECK(to_text(std::chrono::duration<double>{std::numeric_limits<double>::infinity()}) == "inf");
  CHECK(to_text(perdure::time_point{}) == "1970-01-01T00:00:00Z");
  CHECK(to_text(std::chrono::time_point<std::chrono::system_clock, std::chrono::hours>::max()) ==
        "time out of range");
  CHECK(to_text(reference{"r"}) == "'r'");
}

TEST_CASE("containers print as lists, sets, tuples and dictionaries", "[data][to_text]") {
  CHECK(to_text(std::vector<int>{}) == "[]");
  CHECK(to_text(std::vector<bool>{true, false}) == "[True, False]");
  CHECK(to_text(std::array<int, 2>{1, 2}) == "[1, 2]");
  CHECK(to_text(std::set<int>{2, 1}) == "{1, 2}");
  CHECK(to_text(std::unordered_set<int>{30, 4, 200}) == "{4, 30, 200}");
  CHECK(to_text(std::map<std::string, int>{{"k", 1}, {"l", 2}}) == "{'k': 1, 'l': 2}");
  CHECK(to_text(std::pair<int, std::string>{1, "x"}) == "(1, 'x')");
  CHECK(to_text(std::tuple<>{}) == "()");
  CHECK(to_text(std::variant<int, std::string>{"v"}) == "'v'");
}

TEST_CASE("text prints on one line, and bytes with a b", "[data][to_text]") {
  CHECK(to_text(std::string{"it's\n\t\r\\ \x01\x7f"}) == R"('it\'s\n\t\r\\ \x01\x7f')");
  CHECK(to_text(std::string{"h\xc3\xa9 \xff \xe2\x82"}) == "'h\xc3\xa9 \\xff \\xe2\\x82'");
  CHECK(to_text(std::string_view{"v"}) == "'v'");
  CHECK(to_text(std::vector<std::byte>{std::byte{'A'}, std::byte{0}, std::byte{255}}) ==
        R"(b'A\x00\xff')");
}

TEST_CASE("a payload prints what it is and not what it holds", "[data][to_text]") {
  CHECK(to_text(perdure::payload{"secret", {"json/plain"}}) == "payload(json/plain, 6 bytes)");
}
