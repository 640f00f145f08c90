// The part of a condition on runs that the indexes of a file answer, as SQL. It lets all runs
// through that satisfy the condition; `satisfies` then looks at those alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/attribute_table.hpp"
#include "perdure/history/enum_names.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/history/run_condition.hpp"

namespace perdure::inline v0::sqlite {

/// A value for a `?` of a statement.
struct bound_value {
  enum class kind : std::uint8_t { text, number, real };
  kind what{};
  std::string text{};
  std::int64_t number{};
  double real{};
};
inline void bind(statement::use& to, bound_value const& value) {
  switch (value.what) {
  case bound_value::kind::text: to.bind(std::string_view{value.text}); break;
  case bound_value::kind::number: to.bind(value.number); break;
  case bound_value::kind::real: to.bind(value.real); break;
  }
}

/// A condition of a statement about the table `runs`.
struct sql_condition {
  std::string sql{};
  std::vector<bound_value> values{};

  void add(std::string_view text) {
    values.push_back({bound_value::kind::text, std::string{text}, 0, 0});
  }
  void add(std::int64_t number) { values.push_back({bound_value::kind::number, {}, number, 0}); }
  void add(double real) { values.push_back({bound_value::kind::real, {}, 0, real}); }
};

namespace detail {

/// The first text behind all that begin with `prefix`; empty if there is none.
[[nodiscard]] inline auto text_beyond(std::string prefix) -> std::string {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty())
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

[[nodiscard]] inline auto symbol_of(run_condition::comparison how) -> char const* {
  switch (how) {
  case run_condition::comparison::equal: return " = ?";
  case run_condition::comparison::less: return " < ?";
  case run_condition::comparison::less_equal: return " <= ?";
  case run_condition::comparison::greater: return " > ?";
  case run_condition::comparison::greater_equal: return " >= ?";
  default: return nullptr;
  }
}

/// `column` compared as a text. False if no index helps.
inline auto compare_text(sql_condition& to, std::string const& column, run_condition const& c)
    -> bool {
  if (c.how == run_condition::comparison::starts_with) {
    to.sql += column + " >= ?";
    to.add(c.value.text);
    if (std::string const beyond = text_beyond(c.value.text); !beyond.empty()) {
      to.sql += " AND " + column + " < ?";
      to.add(beyond);
    }
    return true;
  }
  char const* const symbol = symbol_of(c.how);
  if (symbol == nullptr) return false;
  to.sql += column + symbol;
  to.add(c.value.text);
  return true;
}

/// A field that every run has. Nothing if no column has it.
[[nodiscard]] inline auto narrow_built_in(run_condition const& c) -> std::optional<sql_condition> {
  sql_condition made{};
  static constexpr std::pair<std::string_view, char const*> columns[]{
      {"WorkflowId", "workflow_id"}, {"RunId", "run_id"},         {"WorkflowType", "workflow_type"},
      {"TaskQueue", "task_queue"},   {"StartTime", "start_time"}, {"CloseTime", "close_time"}};
  if (c.field == "ExecutionStatus") {
    auto const status = enum_from_name<workflow_execution_status>(c.value.text);
    if (!status || c.how != run_condition::comparison::equal) return std::nullopt;
    made.sql = "status = ?";
    made.add(static_cast<std::int64_t>(*status));
    return made;
  }
  for (auto const& [field, column] : columns) {
    if (field != c.field) continue;
    bool const is_time = perdure::detail::built_in_field(field) == search_attribute_type::datetime;
    if (!is_time) {
      if (c.value.what != run_condition::literal::kind::text || !compare_text(made, column, c))
        return std::nullopt;
      return made;
    }
    char const* const symbol = symbol_of(c.how);
    bool const whole = c.value.what == run_condition::literal::kind::integer;
    if (symbol == nullptr || (!whole && !c.value.time)) return std::nullopt;
    made.sql = std::string{column} + symbol;
    made.add(whole ? c.value.integer : c.value.time->time_since_epoch().count());
    return made;
  }
  return std::nullopt;
}

/// Runs that have rows of an attribute for which one of several tests holds: one look into the
/// index for each test.
class attribute_tests {
public:
  explicit attribute_tests(std::string_view name) : name_{name} {}

  template <class V>
  void compare(attribute_kind kind, char const* symbol, V value) {
    begin(kind);
    (made_.sql += " AND value") += symbol;
    made_.add(value);
  }
  void compare_keyword(run_condition const& c) {
    begin(attribute_kind::keyword);
    made_.sql += " AND ";
    (void)compare_text(made_, "value", c);
  }
  [[nodiscard]] auto finish() && -> std::optional<sql_condition> {
    if (made_.sql.empty()) return std::nullopt;
    made_.sql = "number IN (" + made_.sql + ")";
    return std::move(made_);
  }

private:
  void begin(attribute_kind kind) {
    if (!made_.sql.empty()) made_.sql += " UNION ";
    made_.sql += "SELECT run FROM attributes WHERE name = ? AND kind = ?";
    made_.add(name_);
    made_.add(static_cast<std::int64_t>(kind));
  }
  std::string_view name_;
  sql_condition made_;
};

[[nodiscard]] inline auto runs_with(std::string_view attribute) -> sql_condition {
  sql_condition made{};
  made.sql = "number IN (SELECT run FROM attributes WHERE name = ?)";
  made.add(attribute);
  return made;
}

[[nodiscard]] inline auto narrow_attribute(run_condition const& c) -> std::optional<sql_condition> {
  if (c.how == run_condition::comparison::not_equal) return runs_with(c.field);
  char const* const symbol = symbol_of(c.how);
  attribute_tests tests{c.field};
  switch (c.value.what) {
  case run_condition::literal::kind::integer:
    tests.compare(attribute_kind::number, symbol, c.value.integer);
    tests.compare(attribute_kind::datetime, symbol, c.value.integer);
    break;
  case run_condition::literal::kind::floating:
    tests.compare(attribute_kind::number, symbol, c.value.floating);
    break;
  case run_condition::literal::kind::boolean:
    tests.compare(attribute_kind::boolean, symbol, c.value.integer);
    break;
  case run_condition::literal::kind::text:
    if (c.value.time && symbol != nullptr)
      tests.compare(attribute_kind::datetime, symbol,
                    static_cast<std::int64_t>(c.value.time->time_since_epoch().count()));
    tests.compare_keyword(c);
    if (c.how != run_condition::comparison::equal) break;
    tests.compare(attribute_kind::list_entry, symbol, std::string_view{c.value.text});
    if (auto const words = perdure::detail::words_of(c.value.text); !words.empty())
      tests.compare(attribute_kind::word, symbol, std::string_view{words.front()});
    break;
  }
  return std::move(tests).finish();
}

} // namespace detail

/// Nothing if no index helps: then all runs are looked at. Linear in the size of the condition.
[[nodiscard]] inline auto narrow(run_condition const& c) -> std::optional<sql_condition> {
  bool const built_in =
      perdure::detail::built_in_field(c.field) != search_attribute_type::unspecified;
  switch (c.what) {
  case run_condition::kind::compare:
    return built_in ? detail::narrow_built_in(c) : detail::narrow_attribute(c);
  case run_condition::kind::is_set:
    return built_in ? std::nullopt : std::optional{detail::runs_with(c.field)};
  case run_condition::kind::all:
  case run_condition::kind::any: {
    bool const all = c.what == run_condition::kind::all;
    sql_condition made{};
    for (run_condition const& each : c.parts) {
      auto part = narrow(each);
      if (!part && !all) return std::nullopt; // any of them may be any run
      if (!part) continue;
      if (!made.sql.empty()) made.sql += all ? " AND " : " OR ";
      made.sql += "(" + part->sql + ")";
      for (bound_value& value : part->values) made.values.push_back(std::move(value));
    }
    if (made.sql.empty()) return std::nullopt;
    return made;
  }
  default: return std::nullopt;
  }
}

} // namespace perdure::inline v0::sqlite
