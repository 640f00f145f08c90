// Goal: every type that payload_type.hpp lists becomes the JSON that json.hpp promises, and comes
// back.
#include "perdure/data/json.hpp"

#include "support/catch.hpp"
#include "unit/data/fault.hpp"

#include <array>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;

namespace {

enum class colour { red, green };

struct point {
  int x{}, y{};
  friend auto operator<=>(point const&, point const&) = default;
};
struct circle {
  double radius{};
  friend auto operator==(circle const&, circle const&) -> bool = default;
};
struct nothing {
  friend auto operator==(nothing const&, nothing const&) -> bool = default;
};
struct tree {
  int value{};
  std::vector<tree> children{};
  friend auto operator==(tree const&, tree const&) -> bool = default;
};
struct chain_link {
  int value{};
  perdure::indirect<chain_link> next{};
  friend auto operator==(chain_link const&, chain_link const&) -> bool = default;
};
struct order_id {
  std::string text{};
  friend auto operator<=>(order_id const&, order_id const&) = default;
};
class money {
public:
  money() = default;
  explicit money(std::int64_t cents) : cents_{cents} {}
  [[nodiscard]] auto cents() const -> std::int64_t { return cents_; }
  friend auto operator==(money const&, money const&) -> bool = default;

private:
  std::int64_t cents_{};
};
struct invoice {
  order_id id{};
  money total{};
  std::optional<money> discount{};
  std::map<order_id, money> parts{};
  friend auto operator==(invoice const&, invoice const&) -> bool = default;
};
using figure = std::variant<std::monostate, circle, colour, int, std::string, std::vector<int>>;

/// For containers of types that hash but do not order.
struct pixel {
  int at{};
  friend auto operator==(pixel const&, pixel const&) -> bool = default;
};
struct pixel_hash {
  auto operator()(pixel const& p) const -> std::size_t {
    return static_cast<std::size_t>(p.at * 7919);
  }
};

template <class T>
void check(T const& value, std::string const& json) {
  CHECK(perdure::to_json(value) == json);
  CHECK(perdure::from_json<T>(json) == value);
}

template <class T>
auto error_in(std::string_view json) -> std::string {
  return perdure_test::fault_of([&] { (void)perdure::from_json<T>(json); });
}

} // namespace

template <>
struct perdure::payload_traits<order_id> : perdure::transparent<order_id> {};
template <>
struct perdure::payload_traits<money> {
  static auto to(money const& m) -> std::int64_t { return m.cents(); }
  static auto from(std::int64_t cents) -> money { return money{cents}; }
};

TEST_CASE("plain values have plain JSON", "[data][json]") {
  check(true, "true");
  check(false, "false");
  check('x', "\"x\"");
  check('"', "\"\\\"\"");
  check('\0', "\"\\u0000\"");
  check(std::string{}, "\"\"");
  check(std::string{"h\xc3\xa9"}, "\"h\xc3\xa9\"");
  check(perdure::shared_string{"id"}, "\"id\"");
  check(std::monostate{}, "null");
  check(std::byte{7}, "7");
  CHECK(perdure::to_json(std::string_view{"view"}) == "\"view\"");
  CHECK(error_in<char>("\"xy\"") == "[perdure.3] char: expected one ASCII character (byte 0)");
  CHECK(error_in<char>("\"\xc3\xa9\"") ==
        "[perdure.3] char: expected one ASCII character (byte 0)");
  CHECK_THROWS_WITH(perdure::to_json('\xe9'), perdure_test::contains("not UTF-8"));
}

TEST_CASE("enumerators go by name, and by number where they have none", "[data][json]") {
  check(colour::green, "\"green\"");
  check(colour{77}, "77");
  CHECK(perdure::from_json<colour>("1") == colour::green);
  CHECK(error_in<colour>("\"pink\"") ==
        "[perdure.3] colour: not the name of an enumerator of colour (red, green) (byte 0)");
  CHECK(error_in<colour>("2147483648") ==
        "[perdure.3] colour: the number is out of the range of 32 bits (byte 0)");
  CHECK(error_in<colour>("null") == "[perdure.3] colour: expected a string, found null (byte 0)");
}

TEST_CASE("an optional is null or its value", "[data][json]") {
  check(std::optional<int>{}, "null");
  check(std::optional<int>{5}, "5");
  check(std::optional<point>{{1, 2}}, R"({"x":1,"y":2})");
  check(chain_link{1, chain_link{2, {}}}, R"({"value":1,"next":{"value":2,"next":null}})");
}

TEST_CASE("sequences are arrays", "[data][json]") {
  check(std::vector<int>{}, "[]");
  check(std::vector<int>{1, 2, 3}, "[1,2,3]");
  check(std::vector<bool>{true, false}, "[true,false]");
  check(std::deque<std::string>{"a", "b"}, R"(["a","b"])");
  check(std::list<point>{{1, 2}}, R"([{"x":1,"y":2}])");
  check(std::array<int, 3>{1, 2, 3}, "[1,2,3]");
  check(std::array<int, 0>{}, "[]");
  check(std::pair<int, std::string>{1, "a"}, R"([1,"a"])");
  check(std::tuple<>{}, "[]");
  check(std::tuple<int, bool, point>{1, true, {2, 3}}, R"([1,true,{"x":2,"y":3}])");
  check(std::vector<std::vector<std::optional<int>>>{{1, {}}, {}}, "[[1,null],[]]");
  check(tree{1, {{2, {}}, {3, {{4, {}}}}}},
        R"({"value":1,"children":[{"value":2,"children":[]},)"
        R"({"value":3,"children":[{"value":4,"children":[]}]}]})");
  using three = std::array<int, 3>;
  CHECK(error_in<three>("[1,2]") == "[perdure.3] array: expected 3 elements, found fewer (byte 5)");
  CHECK(error_in<three>("[1,2,3,4]") ==
        "[perdure.3] array: [3]: expected 3 elements, found more (byte 7)");
  using two = std::pair<int, int>;
  CHECK(error_in<two>("[1]") == "[perdure.3] tuple: expected 2 elements, found fewer (byte 3)");
  CHECK(error_in<two>("[1,2,3]") ==
        "[perdure.3] tuple: [2]: expected 2 elements, found more (byte 5)");
}

TEST_CASE("sets are arrays without repetitions, and sorted", "[data][json]") {
  check(std::set<int>{3, 1, 2}, "[1,2,3]");
  check(std::multiset<int>{2, 1, 2}, "[1,2,2]");
  check(std::unordered_set<int>{30, 4, 200, 1}, "[1,4,30,200]");
  check(std::unordered_multiset<int>{2, 1, 2}, "[1,2,2]");
  check(std::unordered_set<pixel, pixel_hash>{{3}, {1}, {2}}, R"([{"at":1},{"at":2},{"at":3}])");
  CHECK(error_in<std::set<int>>("[1,2,1]") ==
        "[perdure.3] set: [2]: the element is there twice (byte 6)");
}

TEST_CASE("maps are objects for keys that can be text, and arrays of pairs otherwise",
          "[data][json]") {
  check(std::map<std::string, int>{{"b", 2}, {"a", 1}}, R"({"a":1,"b":2})");
  check(std::map<perdure::shared_string, int>{{"k", 1}}, R"({"k":1})");
  check(std::map<int, point>{{-1, {1, 2}}, {10, {}}}, R"({"-1":{"x":1,"y":2},"10":{"x":0,"y":0}})");
  check(std::map<std::uint64_t, bool>{{std::numeric_limits<std::uint64_t>::max(), true}},
        R"({"18446744073709551615":true})");
  check(std::map<colour, int>{{colour::red, 1}, {colour{9}, 2}}, R"({"red":1,"9":2})");
  check(std::map<char, int>{{'"', 1}}, R"({"\"":1})");
  check(std::unordered_map<int, int>{{10, 1}, {9, 2}, {-5, 3}}, R"({"-5":3,"9":2,"10":1})");
  check(std::unordered_map<std::string, int>{{"b", 1}, {"a", 2}}, R"({"a":2,"b":1})");
  check(std::map<point, int>{{{1, 2}, 3}}, R"([[{"x":1,"y":2},3]])");
  check(std::map<bool, int>{{true, 3}}, "[[true,3]]");
  check(std::unordered_map<pixel, int, pixel_hash>{{{2}, 1}, {{1}, 2}},
        R"([[{"at":1},2],[{"at":2},1]])");
  for (auto const* const json : {R"({"":0})", R"({"1.5":0})", R"({"1x":0})", R"({" 1":0})",
                                 R"({"2147483648":0})", R"({"+1":0})"}) {
    CAPTURE(json);
    CHECK_THROWS_WITH((perdure::from_json<std::map<int, int>>(json)),
                      perdure_test::contains("expected a whole number as a key"));
  }
  CHECK_THROWS_WITH((perdure::from_json<std::map<std::string, int>>(R"({"a":1,"a":2})")),
                    perdure_test::contains("twice"));
  CHECK_THROWS_WITH((perdure::from_json<std::map<int, int>>(R"({"1":1,"01":2})")),
                    perdure_test::contains("twice"));
  CHECK_THROWS_WITH((perdure::from_json<std::map<point, int>>(R"([[{"x":1},1],[{"x":1},2]])")),
                    perdure_test::contains("twice"));
}

TEST_CASE("null is an empty container, as Go writes it", "[data][json]") {
  CHECK(perdure::from_json<std::vector<int>>("null").empty());
  CHECK(perdure::from_json<std::map<std::string, int>>("null").empty());
  CHECK(perdure::from_json<std::set<int>>("null").empty());
  CHECK_THROWS(perdure::from_json<std::string>("null"));
  CHECK_THROWS(perdure::from_json<point>("null"));
}

TEST_CASE("bytes are base64", "[data][json]") {
  check(std::vector<std::byte>{}, "\"\"");
  check(std::vector<std::byte>{std::byte{0}, std::byte{255}}, "\"AP8=\"");
  check(std::array<std::byte, 3>{std::byte{1}, std::byte{2}, std::byte{3}}, "\"AQID\"");
  CHECK(error_in<std::vector<std::byte>>("\"AP8\"") ==
        "[perdure.3] bytes: expected base64 (byte 0)");
  using three = std::array<std::byte, 3>;
  CHECK(error_in<three>("\"AP8=\"") == "[perdure.3] bytes: expected 3 bytes (byte 0)");
}

TEST_CASE("a variant says which type it holds", "[data][json]") {
  check(figure{}, R"({"type":"null","value":null})");
  check(figure{circle{2}}, R"({"type":"circle","value":{"radius":2.0}})");
  check(figure{colour::green}, R"({"type":"colour","value":"green"})");
  check(figure{7}, R"({"type":"int32","value":7})");
  check(figure{"x"}, R"({"type":"string","value":"x"})");
  check(figure{std::vector<int>{1}}, R"({"type":"array","value":[1]})");
  check(std::variant<bool, std::int8_t, std::uint64_t, float, double>{2.5F},
        R"({"type":"float","value":2.5})");
  CHECK(perdure::from_json<figure>(
            R"({"more":[],"value":{"radius":3},"x":0,"type":"circle","y":{}})") ==
        figure{circle{3}});
  CHECK(error_in<figure>(R"({"type":"square","value":1})") ==
        "[perdure.3] variant: .value: the type of a variant is none of null circle colour int32 "
        "string array (byte 25)");
  CHECK(error_in<figure>(R"({"value":1})") ==
        "[perdure.3] variant: a variant needs \"type\" and \"value\" (byte 11)");
  CHECK(error_in<figure>(R"({"type":"circle"})") ==
        "[perdure.3] variant: a variant needs \"type\" and \"value\" (byte 17)");
  CHECK_THROWS_WITH(perdure::from_json<figure>(R"({"value":{"radius":"x"},"type":"circle"})"),
                    perdure_test::contains(".value.radius: expected a number"));
  CHECK_THROWS_WITH(perdure::from_json<figure>(R"({"type":"int32","value":1,"value":2})"),
                    perdure_test::contains("twice"));
}

TEST_CASE("time is text", "[data][json]") {
  check(1500ms, "\"1.5s\"");
  check(perdure::time_point{1s}, "\"1970-01-01T00:00:01Z\"");
  CHECK(error_in<std::chrono::seconds>("\"1.5s\"") ==
        "[perdure.3] duration: expected a duration such as \"1.5s\" that the field's unit can hold "
        "(byte 0)");
  CHECK(error_in<perdure::time_point>("\"yesterday\"") ==
        "[perdure.3] time: expected an RFC 3339 time such as \"2024-02-29T12:00:00.5Z\" that the "
        "field's unit can hold (byte 0)");
  CHECK_THROWS_WITH(
      perdure::to_json(std::chrono::duration<double>{std::numeric_limits<double>::infinity()}),
      perdure_test::contains("a duration that is not finite"));
  CHECK_THROWS_WITH(
      perdure::to_json(
          std::chrono::time_point<std::chrono::system_clock, std::chrono::hours>::max()),
      perdure_test::contains("a time outside of the years 1 to 9999"));
}

TEST_CASE("payload_traits stand for a type wherever it occurs", "[data][json]") {
  check(order_id{"a"}, "\"a\"");
  check(money{-5}, "-5");
  check(invoice{{"i"}, money{100}, money{7}, {{{"p"}, money{1}}}},
        R"({"id":"i","total":100,"discount":7,"parts":{"p":1}})");
  check(std::vector<order_id>{{"a"}, {"b"}}, R"(["a","b"])");
  check(std::variant<money, order_id>{order_id{"x"}}, R"({"type":"order_id","value":"x"})");
}

TEST_CASE("an aggregate is an object of its fields in order", "[data][json]") {
  check(nothing{}, "{}");
  check(point{1, -2}, R"({"x":1,"y":-2})");
  CHECK(perdure::from_json<point>(R"( { "y" : 4 , "x" : 3 } )") == point{3, 4});
}

TEST_CASE("a value nested deeper than JSON may be is refused, not written", "[data][json]") {
  chain_link first;
  for (int i = 0; i < 127; ++i) first = chain_link{i, std::move(first)};
  CHECK(perdure::from_json<chain_link>(perdure::to_json(first)) == first);
  first = chain_link{0, std::move(first)};
  CHECK_THROWS_WITH(perdure::to_json(first), perdure_test::contains("nested deeper"));
}

TEST_CASE("what is recorded takes no more memory than its text needs", "[data][json]") {
  auto const text = perdure::to_json(std::vector<std::int64_t>(10'000, 7));
  CHECK(text.size() == 20'001);
  CHECK(text.capacity() < 45'000);
}

TEST_CASE("equal unordered containers have equal bytes, whatever their history", "[data][json]") {
  std::unordered_map<std::string, int> forwards;
  std::unordered_map<std::string, int> backwards;
  backwards.reserve(10'000);
  for (int i = 0; i < 500; ++i) {
    forwards["k" + std::to_string(i)] = i;
    backwards["k" + std::to_string(499 - i)] = 499 - i;
  }
  CHECK(perdure::to_json(forwards) == perdure::to_json(backwards));
  CHECK(perdure::from_json<std::unordered_map<std::string, int>>(perdure::to_json(forwards)) ==
        backwards);
}
