#include "perdure/backend/temporal/translation/visibility_query.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/temporal/translation/request_translation.hpp"
#include "perdure/data/time_text.hpp"
#include "perdure/error.hpp"
#include "perdure/history/enum_names.hpp"

namespace perdure::inline v0::temporal {

namespace {

using comparison = run_condition::comparison;
using literal = run_condition::literal;

/// A part of a query, and whether it must stand in parentheses beside an AND.
struct rendered {
  visibility_query query{};
  bool is_any{false};
};

[[nodiscard]] auto some(std::string text, bool is_any = false) -> rendered {
  return {{visibility_query::kind::some, std::move(text)}, is_any};
}
[[nodiscard]] auto constant(bool holds) -> rendered {
  return {{holds ? visibility_query::kind::all : visibility_query::kind::none, {}}, false};
}

// --------------------------------------------------------------------------------------- literals
/// In single quotes. Servers take a text apart and put it together again before they look for it,
/// and do not take out the backslashes that they put in.
[[nodiscard]] auto quoted(std::string const& text, bool whole) -> std::string {
  (void)checked_utf8(text, "a text of the query");
  using namespace std::string_view_literals;
  bool const has_quote_at_end = text.starts_with('\'') || text.ends_with('\'');
  if (text.find_first_of("\\\"\n\r\t\b\0"sv) != std::string::npos || (whole && has_quote_at_end))
    throw error{errc::not_supported,
                "Temporal servers cannot look for the text '" + text +
                    "': they do not find texts with a backslash, a double quote or a control "
                    "character, nor those that begin or end with a single quote"};
  std::string made = "'";
  for (char const c : text) {
    if (c == '\'') made += '\'';
    made += c;
  }
  return made += '\'';
}

[[nodiscard]] auto quoted(time_point time) -> std::string {
  std::string made = "'";
  (void)append_time(made, time); // every time_point is within the years that it can write
  return made += '\'';
}

[[nodiscard]] auto number(double value) -> std::string {
  if (!std::isfinite(value))
    throw error{errc::not_supported, "Temporal servers cannot compare with what is no number"};
  char digits[32];
  auto const [end, status] = std::to_chars(std::begin(digits), std::end(digits), value);
  std::string made(std::begin(digits), end);
  if (made.find_first_of(".e") == std::string::npos) made += ".0";
  return made;
}

/// `whole`: the text is compared as a whole.
[[nodiscard]] auto render(literal const& value, search_attribute_type type, bool whole)
    -> std::string {
  switch (value.what) {
  case literal::kind::text:
    if (value.text.empty() && value.time) return quoted(*value.time);
    return quoted(value.text, whole);
  case literal::kind::integer:
    if (type == search_attribute_type::datetime) return quoted(time_point{duration{value.integer}});
    return std::to_string(value.integer);
  case literal::kind::floating: return number(value.floating);
  case literal::kind::boolean: return value.integer != 0 ? "true" : "false";
  }
  return {};
}

// ------------------------------------------------------------------------------------ comparisons
/// In backquotes, unless every run has it: it might be a word of the language otherwise.
[[nodiscard]] auto name_of_field(std::string const& field) -> std::string {
  if (detail::built_in_field(field) != search_attribute_type::unspecified) return field;
  std::string made = "`";
  for (char const c : checked_utf8(field, "the name of a field")) {
    if (c == '`') made += '`';
    made += c;
  }
  return made += '`';
}

/// Whether there is no run without it.
[[nodiscard]] auto is_always_set(std::string_view field) noexcept -> bool {
  for (std::string_view each : {"WorkflowId", "RunId", "WorkflowType", "TaskQueue",
                                "ExecutionStatus", "StartTime", "ExecutionTime"})
    if (each == field) return true;
  return false;
}

[[nodiscard]] auto sign_of(comparison how, bool negated) noexcept -> std::string_view {
  switch (how) {
  case comparison::equal: return negated ? " != " : " = ";
  case comparison::not_equal: return negated ? " = " : " != ";
  case comparison::less: return negated ? " >= " : " < ";
  case comparison::less_equal: return negated ? " > " : " <= ";
  case comparison::greater: return negated ? " <= " : " > ";
  case comparison::greater_equal: return negated ? " < " : " >= ";
  case comparison::starts_with: return negated ? " NOT STARTS_WITH " : " STARTS_WITH ";
  }
  return {};
}

/// Of a run without the field a comparison does not hold, and its negation does. Servers disagree
/// about that among themselves: it is said.
[[nodiscard]] auto render_comparison(run_condition const& c, bool negated) -> rendered {
  std::string const field = name_of_field(c.field);
  std::string text = field;
  text += sign_of(c.how, negated);
  text += render(c.value, detail::built_in_field(c.field), c.how != comparison::starts_with);
  if (is_always_set(c.field)) return some(std::move(text));
  if (negated) return some(std::move(text) + " OR " + field + " IS NULL", true);
  if (c.how == comparison::not_equal)
    return some(std::move(text) + " AND " + field + " IS NOT NULL");
  return some(std::move(text));
}

// ------------------------------------------------------------------------------------ combinations
[[nodiscard]] auto render(run_condition const& c, bool negated) -> rendered;

[[nodiscard]] auto join(std::vector<rendered> parts, bool any) -> rendered {
  rendered made = constant(!any);
  std::size_t joined = 0;
  for (rendered& part : parts) {
    if (part.query.what == visibility_query::kind::all) {
      if (any) return constant(true);
    } else if (part.query.what == visibility_query::kind::none) {
      if (!any) return constant(false);
    } else if (++joined == 1) {
      made = std::move(part);
    } else {
      auto const enclosed = [&](rendered& each) {
        return each.is_any && !any ? "(" + each.query.text + ")" : std::move(each.query.text);
      };
      made = some(enclosed(made) + (any ? " OR " : " AND ") + enclosed(part), any);
    }
  }
  return made;
}

[[nodiscard]] auto render_parts(run_condition const& c, bool any, bool negated) -> rendered {
  std::vector<rendered> parts;
  parts.reserve(c.parts.size());
  for (run_condition const& each : c.parts) parts.push_back(render(each, negated));
  return join(std::move(parts), any);
}

/// A negation is carried down to the comparisons.
auto render(run_condition const& c, bool negated) -> rendered {
  switch (c.what) {
  case run_condition::kind::everything: return constant(!negated);
  case run_condition::kind::is_set:
    return some(name_of_field(c.field) + (negated ? " IS NULL" : " IS NOT NULL"));
  case run_condition::kind::compare: return render_comparison(c, negated);
  case run_condition::kind::negation: return render(c.parts.front(), !negated);
  case run_condition::kind::all: return render_parts(c, negated, negated);
  case run_condition::kind::any: return render_parts(c, !negated, negated);
  }
  return constant(!negated);
}

[[nodiscard]] auto compare(std::string field, comparison how, literal value) -> run_condition {
  run_condition made{};
  made.what = run_condition::kind::compare;
  made.how = how;
  made.field = std::move(field);
  made.value = std::move(value);
  return made;
}

} // namespace

auto render_condition(run_condition const& condition) -> visibility_query {
  return render(condition, false).query;
}

auto render_filter(list_filter const& filter) -> visibility_query {
  run_condition whole = filter.where;
  auto const add_text = [&](char const* field, std::string_view text,
                            comparison how = comparison::equal) {
    if (!text.empty())
      whole = std::move(whole) && compare(field, how, literal_of(std::string{text}));
  };
  auto const add_time = [&](char const* field, comparison how,
                            std::optional<time_point> const& time) {
    if (time) whole = std::move(whole) && compare(field, how, literal_of(*time));
  };
  add_text("WorkflowId", filter.workflow_id);
  add_text("WorkflowId", filter.workflow_id_prefix, comparison::starts_with);
  add_text("WorkflowType", filter.workflow_type);
  add_text("TaskQueue", filter.task_queue);
  if (filter.status != workflow_execution_status::unspecified)
    add_text("ExecutionStatus", name_of(filter.status));
  add_text("ParentWorkflowId", filter.parent.workflow_id.view());
  add_text("ParentRunId", filter.parent.run_id.view());
  add_time("StartTime", comparison::greater_equal, filter.started_from);
  add_time("StartTime", comparison::less, filter.started_before);
  add_time("CloseTime", comparison::greater_equal, filter.closed_from);
  add_time("CloseTime", comparison::less, filter.closed_before);
  return render_condition(whole);
}

} // namespace perdure::inline v0::temporal
