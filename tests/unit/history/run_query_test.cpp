// Queries about runs: what is read, what it means, and where a mistake is.
#include "perdure/history/run_query.hpp"

#include "support/catch.hpp"

#include <map>
#include <string>

namespace {

using perdure::attribute_value;
using perdure::parse_run_query;
using perdure::search_attribute_type;

/// A run with one value of each type.
auto field(std::string_view name) -> std::optional<attribute_value> {
  attribute_value value{};
  if (name == "Word" || name == "WorkflowId") {
    value.type = search_attribute_type::keyword;
    value.text = "it's";
  } else if (name == "Prose") {
    value.type = search_attribute_type::text;
    value.text = "The quick, brown fox";
  } else if (name == "Whole") {
    value.type = search_attribute_type::integer;
    value.integer = 9'007'199'254'740'993; // no double is this number
  } else if (name == "Real") {
    value.type = search_attribute_type::floating;
    value.floating = 2.5;
  } else if (name == "Yes") {
    value.type = search_attribute_type::boolean;
    value.integer = 1;
  } else if (name == "StartTime" || name == "When") {
    value.type = search_attribute_type::datetime;
    value.integer = 1'709'208'000'000'000'000; // 2024-02-29T12:00:00Z
  } else if (name == "Tags") {
    value.type = search_attribute_type::keyword_list;
    value.words = {"red", "blue"};
  } else if (name == "ExecutionStatus") {
    value.type = search_attribute_type::keyword;
    value.text = "Running";
  } else {
    return std::nullopt;
  }
  return value;
}
auto holds(std::string_view query) -> bool {
  return satisfies(parse_run_query(query).where, field);
}
auto fault(std::string_view query) -> std::string {
  try {
    (void)parse_run_query(query);
  } catch (perdure::error const& why) {
    return why.code() == perdure::errc::invalid_argument ? why.what() : "another code";
  }
  return "none";
}

TEST_CASE("a query compares fields of each type", "[history][query]") {
  for (auto const* const query : {"",
                                  "Word = 'it''s'",
                                  "Word = \"it's\"",
                                  "Word != 'its'",
                                  "Word <> 'x'",
                                  "Word > 'it'",
                                  "Word STARTS_WITH 'it'",
                                  "Word not starts_with 'x'",
                                  "`Word` = 'it''s'",
                                  "Prose = 'FOX quick'",
                                  "Prose != 'wolf'",
                                  "Whole = 9007199254740993",
                                  "Whole > 9007199254740992",
                                  "Whole >= 1.5",
                                  "Real = 2.5",
                                  "Real < 3",
                                  "Real > -1e3",
                                  "Real BETWEEN 2.5 AND 2.5",
                                  "Real NOT BETWEEN 3 AND 4",
                                  "Yes = true",
                                  "Yes != FALSE",
                                  "When = '2024-02-29T13:00:00+01:00'",
                                  "When = 1709208000000000000",
                                  "StartTime < '2024-02-29T12:00:00.000000001Z'",
                                  "Tags = 'red'",
                                  "Tags != 'green'",
                                  "Tags IN ('green', 'blue')",
                                  "Tags NOT IN ('green')",
                                  "Word IS NOT NULL",
                                  "None IS NULL",
                                  "ExecutionStatus = 'Running'",
                                  "ExecutionStatus IN ('Failed', 'Running')",
                                  "NOT None = 1",
                                  "(Word = 'x' OR Real = 2.5) AND Yes = true",
                                  "Word = 'x' OR Real = 2.5 AND Yes = true",
                                  "NOT (Word = 'x' AND None = 1)"}) {
    CAPTURE(query);
    CHECK(holds(query));
  }
}

TEST_CASE("a comparison with a field that is not there, or is of another type, does not hold",
          "[history][query]") {
  for (auto const* const query :
       {"None = 'x'", "None != 'x'", "None NOT IN ('x')", "None NOT BETWEEN 1 AND 2", "Word = 5",
        "Word != 5", "Real = 'x'", "Yes = 1", "Yes < true", "When = 'yesterday'", "Tags < 'red'",
        "Tags STARTS_WITH 'r'", "Prose > 'a'", "Prose = '...'", "Whole = 9007199254740992",
        "Word = 'IT''S'", "Word IS NULL", "word = 'it''s'"}) {
    CAPTURE(query);
    CHECK_FALSE(holds(query));
  }
}

TEST_CASE("AND binds closer than OR, and NOT closer than both", "[history][query]") {
  CHECK(holds("Yes = true OR Yes = true AND Yes = false"));
  CHECK_FALSE(holds("(Yes = true OR Yes = true) AND Yes = false"));
  CHECK_FALSE(holds("NOT Yes = true AND Yes = true"));
  CHECK(holds("NOT (Yes = true AND Yes = false)"));
}

TEST_CASE("a query may say in which order", "[history][query]") {
  CHECK_FALSE(parse_run_query("Word = 'x'").order);
  CHECK(parse_run_query("Word = 'x' ORDER BY StartTime").order ==
        perdure::list_order::oldest_first);
  CHECK(parse_run_query("order by StartTime desc").order == perdure::list_order::newest_first);
}

TEST_CASE("an error of a query names the character and what was expected", "[history][query]") {
  for (auto const& [query, words] : std::map<std::string, std::string>{
           {"Word", "at character 5 (the end): expected a comparison"},
           {"Word = ", "at character 8 (the end): expected a value"},
           {"Word = x", "at character 8 ('x'): expected a value"},
           {"Word = 'x", "at character 8: the text that begins here has no end"},
           {"= 5", "at character 1 ('='): expected the name of a field"},
           {"(Word = 'x'", "at character 12 (the end): expected )"},
           {"Word = 'x' Real = 1", "at character 12 ('Real'): expected AND, OR, ORDER BY"},
           {"Word NOT = 'x'", "at character 10 ('='): expected BETWEEN, IN or STARTS_WITH"},
           {"Word IN 'x'", "at character 9 (''x''): expected ( and the values"},
           {"Word IN ('x'", "at character 13 (the end): expected , or )"},
           {"Word IN ()", "at character 10 (')'): expected a value"},
           {"Real BETWEEN 1 OR 2", "at character 16 ('OR'): expected AND"},
           {"Word IS 5", "at character 9 ('5'): expected NULL"},
           {"Real = 1.2.3", "at character 8 ('1.2.3'): not a number"},
           {"StartTime > 'soon'", "at character 13 (''soon''): StartTime is compared with a time"},
           {"WorkflowId = 5", "at character 14 ('5'): WorkflowId is compared with a text"},
           {"ExecutionStatus = 'Gone'", "at character 19 (''Gone''): no such status"},
           {"HistoryLength > 'x'", "HistoryLength is compared with a whole number"},
           {"ORDER BY CloseTime",
            "at character 10 ('CloseTime'): runs can be ordered by StartTime"},
           {"Word STARTS_WITH 5", "expected a text in quotes"}}) {
    CAPTURE(query);
    CHECK_THAT(fault(query), perdure_test::contains(words));
  }
}

TEST_CASE("a query that is nested without end is refused", "[history][query]") {
  std::string deep(100'000, '(');
  CHECK_THAT(fault(deep), perdure_test::contains("nested too deeply"));
  std::string never;
  for (int i = 0; i < 100'000; ++i) never += "NOT ";
  CHECK_THAT(fault(never), perdure_test::contains("nested too deeply"));
}

} // namespace
