// Goal: a condition means to a server what it means to us. Method: its text, letter by letter; and,
// for random conditions, the rows that SQL's three-valued logic finds with that text against those
// for which `satisfies` holds.
#include "support/catch.hpp"

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/temporal/translation/visibility_query.hpp"
#include "perdure/error.hpp"
#include "perdure/history/run_query.hpp"
#include "perdure/history/search_attribute.hpp"
#include "temporal/held_by.hpp"
#include "temporal/query_interpreter.hpp"

using namespace perdure;
using namespace perdure::temporal;
using namespace std::chrono_literals;
using perdure_test::contains;
using perdure_test::has_code;

namespace {

constexpr search_attribute<keyword> customer{"Customer"};
constexpr search_attribute<std::int64_t> total{"Total"};
constexpr search_attribute<double> rate{"Rate"};
constexpr search_attribute<bool> paid{"Paid"};
constexpr search_attribute<time_point> due{"Due"};
constexpr search_attribute<keyword_list> labels{"Labels"};

auto text_of(run_condition const& condition) -> std::string {
  auto const made = render_condition(condition);
  REQUIRE(made.what == visibility_query::kind::some);
  return made.text;
}
auto text_of(list_filter const& filter) -> std::string {
  auto const made = render_filter(filter);
  REQUIRE(made.what == visibility_query::kind::some);
  return made.text;
}
auto text_of(char const* query) -> std::string { return text_of(parse_run_query(query).where); }
auto what_of(run_condition const& condition) { return render_condition(condition).what; }
void refused(run_condition const& condition, errc code) {
  CHECK_THROWS_MATCHES(render_condition(condition), error, has_code<error>(code));
}

} // namespace

TEST_CASE("comparisons are written with the field in backquotes", "[temporal][visibility]") {
  CHECK(text_of(customer == "acme") == "`Customer` = 'acme'");
  CHECK(text_of(total < 3) == "`Total` < 3");
  CHECK(text_of(total <= -3) == "`Total` <= -3");
  CHECK(text_of(total > 3) == "`Total` > 3");
  CHECK(text_of(total >= std::numeric_limits<std::int64_t>::min()) ==
        "`Total` >= -9223372036854775808");
  CHECK(text_of(paid == true) == "`Paid` = true");
  CHECK(text_of(paid == false) == "`Paid` = false");
  CHECK(text_of(customer.starts_with("ac")) == "`Customer` STARTS_WITH 'ac'");
  CHECK(text_of(labels == std::string{"x"}) == "`Labels` = 'x'");
  CHECK(text_of("`odd ``name` = 1") == "`odd ``name` = 1");
}

TEST_CASE("fields that every run has are written as they are", "[temporal][visibility]") {
  CHECK(text_of("WorkflowId = 'a' AND StartTime > '2024-02-29T12:00:00Z'") ==
        "WorkflowId = 'a' AND StartTime > '2024-02-29T12:00:00Z'");
  CHECK(text_of("ExecutionStatus != 'Running'") == "ExecutionStatus != 'Running'");
}

TEST_CASE("numbers keep their value and their kind", "[temporal][visibility]") {
  CHECK(text_of(rate > 1.5) == "`Rate` > 1.5");
  CHECK(text_of(rate > 2.0) == "`Rate` > 2.0");
  CHECK(text_of(rate > -0.1) == "`Rate` > -0.1");
  CHECK(text_of(rate > 1e300) == "`Rate` > 1e+300");
  CHECK(text_of(rate > 5e-324) == "`Rate` > 5e-324");
  refused(rate > std::numeric_limits<double>::infinity(), errc::not_supported);
  refused(rate == std::numeric_limits<double>::quiet_NaN(), errc::not_supported);
}

TEST_CASE("times are written to the nanosecond, and numbers of nanoseconds as times",
          "[temporal][visibility]") {
  CHECK(text_of(due >= time_point{1ns}) == "`Due` >= '1970-01-01T00:00:00.000000001Z'");
  CHECK(text_of(due < time_point{-1s}) == "`Due` < '1969-12-31T23:59:59Z'");
  CHECK(text_of(due < time_point::max()) == "`Due` < '2262-04-11T23:47:16.854775807Z'");
  CHECK(text_of("StartTime > 1704067200000000000") == "StartTime > '2024-01-01T00:00:00Z'");
}

TEST_CASE("a single quote is doubled", "[temporal][visibility]") {
  CHECK(text_of(customer == "O'Neill") == "`Customer` = 'O''Neill'");
  CHECK(text_of(customer.starts_with("O'")) == "`Customer` STARTS_WITH 'O'''");
  CHECK(text_of(customer == "") == "`Customer` = ''");
  CHECK(text_of(customer == "100% `real` 漢") == "`Customer` = '100% `real` 漢'");
}

TEST_CASE("texts that servers do not find are refused, with the text", "[temporal][visibility]") {
  for (std::string const& text :
       {std::string{"a\\b"}, std::string{"say \"x\""}, std::string{"two\nlines"},
        std::string{"a\tb"}, std::string{"\b"}, std::string{"a\r"}, std::string{"a\0b", 3}}) {
    refused(customer == text, errc::not_supported);
    refused(customer.starts_with(text), errc::not_supported);
  }
  refused(customer == "'quoted", errc::not_supported);
  refused(customer == "quoted'", errc::not_supported);
  refused(customer == "caf\xe9", errc::invalid_argument);
  CHECK_THROWS_WITH(render_condition(customer == "a\\b"), contains("'a\\b'"));
}

TEST_CASE("a run without the field matches neither a comparison nor its opposite",
          "[temporal][visibility]") {
  CHECK(text_of(customer != "acme") == "`Customer` != 'acme' AND `Customer` IS NOT NULL");
  CHECK(text_of(customer.is_set()) == "`Customer` IS NOT NULL");
  CHECK(text_of(customer.is_not_set()) == "`Customer` IS NULL");
}

TEST_CASE("a negation stands at the comparisons, and runs without the field match it",
          "[temporal][visibility]") {
  CHECK(text_of(!(customer == "a")) == "`Customer` != 'a' OR `Customer` IS NULL");
  CHECK(text_of(!(customer != "a")) == "`Customer` = 'a' OR `Customer` IS NULL");
  CHECK(text_of(!(total < 1)) == "`Total` >= 1 OR `Total` IS NULL");
  CHECK(text_of(!customer.starts_with("a")) ==
        "`Customer` NOT STARTS_WITH 'a' OR `Customer` IS NULL");
  CHECK(text_of(!!(customer == "a")) == "`Customer` = 'a'");
  CHECK(text_of(!(customer == "a" && total < 1)) ==
        "`Customer` != 'a' OR `Customer` IS NULL OR `Total` >= 1 OR `Total` IS NULL");
  CHECK(text_of(!(customer == "a" || total < 1)) ==
        "(`Customer` != 'a' OR `Customer` IS NULL) AND (`Total` >= 1 OR `Total` IS NULL)");
  CHECK(text_of("NOT ExecutionStatus = 'Running'") == "ExecutionStatus != 'Running'");
}

TEST_CASE("AND binds before OR", "[temporal][visibility]") {
  auto const a = total == 1;
  auto const b = total == 2;
  auto const c = total == 3;
  CHECK(text_of((a || b) && c) == "(`Total` = 1 OR `Total` = 2) AND `Total` = 3");
  CHECK(text_of((a && b) || c) == "`Total` = 1 AND `Total` = 2 OR `Total` = 3");
  CHECK(text_of(c && (a || b)) == "`Total` = 3 AND (`Total` = 1 OR `Total` = 2)");
  CHECK(text_of(total.in({1, 2}) && c) == "(`Total` = 1 OR `Total` = 2) AND `Total` = 3");
}

TEST_CASE("what every run matches, or none, is no query", "[temporal][visibility]") {
  using kind = visibility_query::kind;
  CHECK(what_of({}) == kind::all);
  CHECK(what_of(!run_condition{}) == kind::none);
  CHECK(what_of(total.in({})) == kind::none);
  CHECK(what_of(!total.in({})) == kind::all);
  CHECK(what_of(total.in({}) && customer == "a") == kind::none);
  CHECK(text_of(!total.in({}) && customer == "a") == "`Customer` = 'a'");
  CHECK(render_filter({}).what == kind::all);
}

TEST_CASE("a filter is one query", "[temporal][visibility]") {
  list_filter filter{};
  filter.workflow_id = "w";
  filter.workflow_id_prefix = "order-";
  filter.workflow_type = "order";
  filter.task_queue = "q";
  filter.status = workflow_execution_status::timed_out;
  filter.parent = {"p", "r"};
  filter.started_from = time_point{1s};
  filter.started_before = time_point{2s};
  filter.closed_from = time_point{3s};
  filter.closed_before = time_point{4s};
  filter.where = customer == "a" || total == 1;
  CHECK(text_of(filter) ==
        "(`Customer` = 'a' OR `Total` = 1) AND WorkflowId = 'w' AND WorkflowId STARTS_WITH 'order-'"
        " AND WorkflowType = 'order' AND TaskQueue = 'q' AND ExecutionStatus = 'TimedOut'"
        " AND ParentWorkflowId = 'p' AND ParentRunId = 'r'"
        " AND StartTime >= '1970-01-01T00:00:01Z' AND StartTime < '1970-01-01T00:00:02Z'"
        " AND CloseTime >= '1970-01-01T00:00:03Z' AND CloseTime < '1970-01-01T00:00:04Z'");
}

namespace {

/// Random conditions on two fields, and runs that have none, one or both of them.
class condition_maker {
public:
  explicit condition_maker(std::uint64_t seed) : numbers_{seed} {}

  auto make(int depth) -> run_condition {
    if (numbers_.one_in(20)) return numbers_.one_in(2) ? run_condition{} : total.in({});
    switch (numbers_.below(depth == 0 ? 3 : 6)) {
    case 0: return compare_total();
    case 1: return compare_customer();
    case 2: return numbers_.one_in(2) ? total.is_set() : customer.is_set();
    case 3: return !make(depth - 1);
    case 4: return make(depth - 1) && make(depth - 1);
    default: return make(depth - 1) || make(depth - 1);
    }
  }

private:
  auto compare_total() -> run_condition {
    auto const value = static_cast<std::int64_t>(numbers_.below(3));
    switch (numbers_.below(6)) {
    case 0: return total == value;
    case 1: return total != value;
    case 2: return total < value;
    case 3: return total <= value;
    case 4: return total > value;
    default: return total >= value;
    }
  }
  auto compare_customer() -> run_condition {
    std::string const value = std::vector<std::string>{"a", "ab", "it's"}[numbers_.below(3)];
    switch (numbers_.below(3)) {
    case 0: return customer == value;
    case 1: return customer != value;
    default: return customer.starts_with(value);
    }
  }
  perdure_test::numbers numbers_;
};

auto all_rows() -> std::vector<perdure_test::row> {
  std::vector<perdure_test::row> rows;
  for (auto const& who : {std::optional<std::string>{}, std::optional<std::string>{"a"},
                          std::optional<std::string>{"ab"}, std::optional<std::string>{"it's"}})
    for (auto const& count : {std::optional<std::int64_t>{}, std::optional<std::int64_t>{0},
                              std::optional<std::int64_t>{1}, std::optional<std::int64_t>{2}})
      rows.push_back({who, count});
  return rows;
}
auto field_of(perdure_test::row const& row, std::string_view name)
    -> std::optional<attribute_value> {
  attribute_value value{};
  if (name == "Customer" && row.customer) {
    value.type = search_attribute_type::keyword;
    value.text = *row.customer;
    return value;
  }
  if (name == "Total" && row.total) {
    value.type = search_attribute_type::integer;
    value.integer = *row.total;
    return value;
  }
  return std::nullopt;
}

} // namespace

TEST_CASE("random conditions find the same runs as text in SQL's logic", "[temporal][visibility]") {
  auto const rows = all_rows();
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    run_condition const condition = condition_maker{seed}.make(4);
    visibility_query const query = render_condition(condition);
    CAPTURE(seed, query.text);
    for (auto const& row : rows) {
      bool const wanted =
          satisfies(condition, [&](std::string_view name) { return field_of(row, name); });
      bool const found = query.what == visibility_query::kind::some
                             ? perdure_test::sql_finds(query.text, row)
                             : query.what == visibility_query::kind::all;
      if (found != wanted) FAIL("differs for " + perdure_test::name_of(row));
    }
  }
}
