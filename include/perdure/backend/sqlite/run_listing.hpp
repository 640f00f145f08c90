// Lists of runs, as the file has them: page by page, by the indexes of the table `runs`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/condition_sql.hpp"
#include "perdure/backend/sqlite/run_reader.hpp"
#include "perdure/engine/open_ids.hpp"
#include "perdure/engine/run_attributes.hpp"
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
    if (auto part = narrow(filter.where)) {
      add("(" + part->sql + ")");
      for (bound_value& each : part->values) values_.push_back(std::move(each));
    }
  }
  void number(char const* condition, std::int64_t value) {
    add(condition);
    values_.push_back({bound_value::kind::number, {}, value, 0});
  }
  [[nodiscard]] auto sql() const -> std::string { return sql_.empty() ? "" : " WHERE " + sql_; }
  void bind(statement::use& to) const {
    for (bound_value const& each : values_) sqlite::bind(to, each);
  }

private:
  void add(std::string_view condition) {
    if (!sql_.empty()) sql_ += " AND ";
    sql_ += condition;
  }
  void text(std::string_view condition, std::string_view is) {
    add(condition);
    values_.push_back({bound_value::kind::text, std::string{is}, 0, 0});
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
    std::string const beyond = detail::text_beyond(begins);
    if (beyond.empty()) return;
    text("workflow_id < ?", beyond);
  }

  std::string sql_;
  std::vector<bound_value> values_;
};

namespace detail {

/// What a run has in a field of a condition, as the file has it; see engine::field_of.
[[nodiscard]] inline auto field_of(run_files& files, run_row const& row, std::string_view name)
    -> std::optional<attribute_value> {
  using engine::keyword_value;
  auto const number = [](search_attribute_type type, std::int64_t is) {
    return std::optional{engine::number_value(type, is)};
  };
  auto const started = [&] {
    return files.events.read_one(row.number, 1).as<events::workflow_execution_started>();
  };
  constexpr auto time = search_attribute_type::datetime;
  if (perdure::detail::built_in_field(name) == search_attribute_type::unspecified)
    return files.attributes.read(row.number, name);
  if (name == "WorkflowId") return keyword_value(row.workflow_id);
  if (name == "RunId") return keyword_value(row.run_id);
  if (name == "WorkflowType") return keyword_value(row.workflow_type);
  if (name == "TaskQueue") return keyword_value(row.task_queue);
  if (name == "ExecutionStatus")
    return keyword_value(name_of(static_cast<workflow_execution_status>(row.status)));
  if (name == "ParentWorkflowId")
    return keyword_value(started().parent_workflow_execution.workflow_id);
  if (name == "ParentRunId") return keyword_value(started().parent_workflow_execution.run_id);
  if (name == "StartTime") return number(time, row.start_time);
  if (name == "ExecutionTime")
    return number(time, engine::later(time_point{duration{row.start_time}},
                                      started().first_workflow_task_backoff.value_or(duration{}))
                            .time_since_epoch()
                            .count());
  if (name == "CloseTime") return row.open() ? std::nullopt : number(time, row.close_time);
  if (name == "HistoryLength") return number(search_attribute_type::integer, row.history_length);
  return number(search_attribute_type::integer, row.history_bytes);
}

/// Whether a run satisfies the filter's condition. One that is damaged does not.
[[nodiscard]] inline auto satisfies_where(run_files& files, run_number run,
                                          run_condition const& where) -> bool {
  if (where.is_everything()) return true;
  try {
    auto const found = files.runs.find(run);
    return found && satisfies(where, [&](std::string_view name) {
             return field_of(files, found->row, name);
           });
  } catch (error const& why) {
    if (why.code() != errc::history_corrupt) throw;
    return false;
  }
}

/// Calls `visit(number)` for the runs that match, behind `after` in the filter's order, until it
/// says false. One snapshot of the file.
template <class Visit>
void visit_matching(run_files& files, list_filter const& filter, run_number after, Visit&& visit) {
  constexpr std::size_t batch_size = 512;
  bool const forward = filter.order == list_order::oldest_first;
  std::vector<run_number> batch;
  do {
    run_conditions conditions{filter};
    if (after != 0) conditions.number(forward ? "number > ?" : "number < ?", after);
    batch.clear();
    {
      statement asked{*files.at, "SELECT number FROM runs" + conditions.sql() + " ORDER BY number" +
                                     (forward ? "" : " DESC") + " LIMIT ?"};
      statement::use row{asked};
      conditions.bind(row);
      row.bind(static_cast<std::int64_t>(batch_size));
      while (row.next()) batch.push_back(row.number(0));
    }
    for (run_number const each : batch)
      if (satisfies_where(files, each, filter.where) && !visit(each)) return;
    if (!batch.empty()) after = batch.back();
  } while (batch.size() == batch_size);
}

} // namespace detail

/// One page. \throws error (invalid_argument)
[[nodiscard]] inline auto list_runs(run_reader& reader, list_filter const& filter) -> list_page {
  auto const after = static_cast<run_number>(engine::number_of(filter.next_page_token));
  if (filter.page_size == 0) throw error{errc::invalid_argument, "list: page_size is 0"};
  if (after == 0 && !filter.next_page_token.empty())
    throw error{errc::invalid_argument, "list: next_page_token is not one that a page gave"};
  std::vector<run_number> numbers;
  reader.read([&](run_files& files) {
    detail::visit_matching(files, filter, after, [&](run_number each) {
      numbers.push_back(each);
      return numbers.size() <= filter.page_size;
    });
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
  if (!filter.where.is_everything()) {
    std::size_t count = 0;
    reader.read([&](run_files& files) {
      detail::visit_matching(files, filter, 0, [&](run_number) { return ++count, true; });
    });
    return count;
  }
  run_conditions const conditions{filter};
  return reader.read([&](connection& db) {
    statement asked{db, "SELECT count(*) FROM runs" + conditions.sql()};
    statement::use row{asked};
    conditions.bind(row);
    return row.next() ? static_cast<std::size_t>(row.number(0)) : 0;
  });
}

} // namespace perdure::inline v0::sqlite
