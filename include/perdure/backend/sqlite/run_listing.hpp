// Lists of runs, as the file has them: page by page, by the indexes of the table `runs`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/run_reader.hpp"
#include "perdure/engine/open_ids.hpp"
#include "perdure/history/requests.hpp"

namespace perdure::inline v0::sqlite {

/// The conditions of a filter, and the values that they compare with. Texts of the filter are
/// bound, never part of a statement.
class run_conditions {
public:
  explicit run_conditions(list_filter const& filter) {
    equal("workflow_id", filter.workflow_id);
    equal("workflow_type", filter.workflow_type);
    equal("task_queue", filter.task_queue);
    if (!filter.workflow_id_prefix.empty()) prefix(filter.workflow_id_prefix);
    if (filter.status != workflow_execution_status::unspecified)
      number("status = ?", static_cast<std::int64_t>(filter.status));
    time("start_time >= ?", filter.started_from);
    time("start_time < ?", filter.started_before);
    if (filter.closed_from || filter.closed_before) add("status NOT IN (1, 8)");
    time("close_time >= ?", filter.closed_from);
    time("close_time < ?", filter.closed_before);
    parent(filter.parent);
  }
  void number(char const* condition, std::int64_t value) {
    add(condition);
    values_.push_back({{}, value, false});
  }
  [[nodiscard]] auto sql() const -> std::string { return sql_.empty() ? "" : " WHERE " + sql_; }
  void bind(statement::use& to) const {
    for (bound_value const& each : values_)
      if (each.is_text)
        to.bind(std::string_view{each.text});
      else
        to.bind(each.number);
  }

private:
  struct bound_value {
    std::string text;
    std::int64_t number;
    bool is_text;
  };
  void add(std::string_view condition) {
    if (!sql_.empty()) sql_ += " AND ";
    sql_ += condition;
  }
  void text(std::string_view condition, std::string_view is) {
    add(condition);
    values_.push_back({std::string{is}, 0, true});
  }
  void equal(std::string const& column, std::string_view is) {
    if (!is.empty()) text(column + " = ?", is);
  }
  void time(char const* condition, std::optional<time_point> at) {
    if (at) number(condition, at->time_since_epoch().count());
  }
  void parent(workflow_execution const& is) {
    if (is.workflow_id.empty() && is.run_id.empty()) return;
    text("parent IN (SELECT number FROM runs WHERE workflow_id = ?", is.workflow_id.view());
    if (!is.run_id.empty()) text("run_id = ?", is.run_id.view());
    sql_ += ')';
  }
  void prefix(std::string const& begins) {
    text("workflow_id >= ?", begins);
    std::string beyond = begins; // the first text behind all that begin so
    while (!beyond.empty() && static_cast<unsigned char>(beyond.back()) == 0xff) beyond.pop_back();
    if (beyond.empty()) return;
    beyond.back() = static_cast<char>(static_cast<unsigned char>(beyond.back()) + 1);
    text("workflow_id < ?", beyond);
  }

  std::string sql_;
  std::vector<bound_value> values_;
};

/// One page. \throws error (invalid_argument)
[[nodiscard]] inline auto list_runs(run_reader& reader, list_filter const& filter) -> list_page {
  auto const after = static_cast<run_number>(engine::number_of(filter.next_page_token));
  if (filter.page_size == 0) throw error{errc::invalid_argument, "list: page_size is 0"};
  if (after == 0 && !filter.next_page_token.empty())
    throw error{errc::invalid_argument, "list: next_page_token is not one that a page gave"};
  bool const forward = filter.order == list_order::oldest_first;
  run_conditions conditions{filter};
  if (after != 0) conditions.number(forward ? "number > ?" : "number < ?", after);
  std::string const sql = "SELECT number FROM runs" + conditions.sql() + " ORDER BY number" +
                          (forward ? "" : " DESC") + " LIMIT ?";
  std::vector<run_number> numbers;
  reader.read([&](connection& db) {
    statement asked{db, sql};
    statement::use row{asked};
    conditions.bind(row);
    row.bind(static_cast<std::int64_t>(filter.page_size) + 1);
    while (row.next()) numbers.push_back(row.number(0));
  });
  list_page page{};
  if (numbers.size() > filter.page_size) {
    numbers.pop_back();
    page.next_page_token = std::to_string(numbers.back());
  }
  for (run_number const each : numbers)
    if (auto description = reader.try_describe(each))
      page.workflows.push_back(std::move(*description));
  return page;
}

[[nodiscard]] inline auto count_runs(run_reader& reader, list_filter const& filter) -> std::size_t {
  run_conditions const conditions{filter};
  return reader.read([&](connection& db) {
    statement asked{db, "SELECT count(*) FROM runs" + conditions.sql()};
    statement::use row{asked};
    conditions.bind(row);
    return row.next() ? static_cast<std::size_t>(row.number(0)) : 0;
  });
}

} // namespace perdure::inline v0::sqlite
