#include "perdure/history/search_attribute.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace {

using perdure::payload;
using perdure::payload_map;
using perdure::search_attribute;
using perdure::search_attribute_type;

inline constexpr search_attribute<perdure::keyword> word{"Word"};
inline constexpr search_attribute<perdure::text> prose{"Prose"};
inline constexpr search_attribute<perdure::keyword_list> tags{"Tags"};
inline constexpr search_attribute<std::int64_t> whole{"Whole"};
inline constexpr search_attribute<double> real{"Real"};
inline constexpr search_attribute<bool> yes{"Yes"};
inline constexpr search_attribute<perdure::time_point> when{"When"};

/// The JSON of a value and the type beside it.
auto shown(payload_map::value_type const& entry) -> std::string {
  return entry.second.data + " " + std::string{entry.second.metadata.find("type").value_or("?")};
}
auto fault(payload const& from) -> std::string {
  try {
    (void)perdure::read_search_attribute("Some", from);
  } catch (perdure::error const& why) {
    return why.what();
  }
  return "none";
}

TEST_CASE("values are written as Temporal's SDKs write them, with their type beside them",
          "[history][search_attributes]") {
  CHECK(shown(word("a\"b")) == R"("a\"b" Keyword)");
  CHECK(shown(prose("some words")) == R"("some words" Text)");
  CHECK(shown(tags({"x", "y"})) == R"(["x","y"] KeywordList)");
  CHECK(shown(whole(-9'223'372'036'854'775'807)) == "-9223372036854775807 Int");
  CHECK(shown(real(0.5)) == "0.5 Double");
  CHECK(shown(yes(true)) == "true Bool");
  CHECK(shown(when(perdure::time_point{std::chrono::seconds{1}})) ==
        R"("1970-01-01T00:00:01Z" Datetime)");
  CHECK(is_unset(word.unset().second));
  CHECK(shown(word.unset()) == " Keyword");
}

TEST_CASE("a value is read as what it was written", "[history][search_attributes]") {
  payload_map const map{word("w"), prose("p q"), tags({"x"}), whole(7),
                        real(2.5), yes(false),   when({})};
  CHECK(word.get(map) == "w");
  CHECK(prose.get(map) == "p q");
  CHECK(tags.get(map) == std::vector<std::string>{"x"});
  CHECK(whole.get(map) == 7);
  CHECK(real.get(map) == 2.5);
  CHECK(yes.get(map) == false);
  CHECK(when.get(map) == perdure::time_point{});
  CHECK_FALSE(word.get({}));
  CHECK_FALSE(word.get({word.unset()}));
}

TEST_CASE("a value of another type is an error that names the attribute",
          "[history][search_attributes]") {
  payload_map const map{{"Whole", word("seven").second}};
  try {
    (void)whole.get(map);
    FAIL("it was read");
  } catch (perdure::error const& why) {
    CHECK(why.code() == perdure::errc::invalid_argument);
    CHECK_THAT(why.what(), perdure_test::contains("search attribute 'Whole' is not a Int"));
  }
}

TEST_CASE("a payload that says no type is taken for what its JSON looks like",
          "[history][search_attributes]") {
  auto const type_of = [](payload const& from) {
    return perdure::read_search_attribute("Some", from).type;
  };
  CHECK(type_of(perdure::to_payload(std::string{"x"})) == search_attribute_type::keyword);
  CHECK(type_of(perdure::to_payload(7)) == search_attribute_type::integer);
  CHECK(type_of(perdure::to_payload(0.5)) == search_attribute_type::floating);
  CHECK(type_of(perdure::to_payload(true)) == search_attribute_type::boolean);
  CHECK(type_of(perdure::to_payload(std::vector<std::string>{"x"})) ==
        search_attribute_type::keyword_list);
}

TEST_CASE("what is no value of a search attribute is refused", "[history][search_attributes]") {
  CHECK_THAT(fault(perdure::to_payload(std::vector<int>{1})),
             perdure_test::contains("'Some': not a KeywordList"));
  CHECK_THAT(fault(perdure::to_payload(std::map<std::string, int>{{"a", 1}})),
             perdure_test::contains("not a"));
  payload odd = whole(7).second;
  odd.metadata.set("type", "Datetime");
  CHECK_THAT(fault(odd), perdure_test::contains("not a Datetime"));
  odd.metadata.set("type", "datetime");
  CHECK_THAT(fault(odd), perdure_test::contains("its type is none of Text, Keyword"));
  CHECK_THAT(fault({"{", {"json/plain"}}), perdure_test::contains("'Some'"));
}

TEST_CASE("conditions join without nesting what is alike", "[history][search_attributes]") {
  using kind = perdure::run_condition::kind;
  auto const all = word == "a" && whole > 1 && whole < 9;
  CHECK(all.what == kind::all);
  CHECK(all.parts.size() == 3);
  auto const any = all || word == "b" || !(yes == true);
  CHECK(any.what == kind::any);
  CHECK(any.parts.size() == 3);
  CHECK((perdure::run_condition{} && word == "a").what == kind::compare);
  CHECK((perdure::run_condition{} || word == "a").is_everything());
}

} // namespace
