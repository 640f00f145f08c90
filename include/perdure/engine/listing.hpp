// Lists of runs, page by page.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "perdure/engine/describe.hpp"
#include "perdure/engine/open_ids.hpp"
#include "perdure/engine/run_attributes.hpp"
#include "perdure/engine/store.hpp"
#include "perdure/error.hpp"

namespace perdure::inline v0::engine {

/// A run's parent is the one it is a child of now: a reset of the parent gives it another one, the
/// deletion of the parent none.
template <store S>
[[nodiscard]] auto matches(S& store, run_state const& run, list_filter const& filter) -> bool {
  auto const within = [](time_point at, std::optional<time_point> const& from,
                         std::optional<time_point> const& before) {
    return (!from || at >= *from) && (!before || at < *before);
  };
  if (!filter.parent.workflow_id.empty() || !filter.parent.run_id.empty()) {
    run_state const* const parent = run.parent == 0 ? nullptr : store.find_run(run.parent);
    if (parent == nullptr || !(parent->execution.workflow_id == filter.parent.workflow_id) ||
        !(filter.parent.run_id.empty() || parent->execution.run_id == filter.parent.run_id))
      return false;
  }
  if ((filter.closed_from || filter.closed_before) &&
      (run.open() || !within(run.close_time, filter.closed_from, filter.closed_before)))
    return false;
  return (filter.workflow_id.empty() || run.execution.workflow_id == filter.workflow_id) &&
         run.execution.workflow_id.view().starts_with(filter.workflow_id_prefix) &&
         (filter.workflow_type.empty() || run.workflow_type == filter.workflow_type) &&
         (filter.task_queue.empty() || run.started().task_queue.name == filter.task_queue) &&
         (filter.status == workflow_execution_status::unspecified || run.status == filter.status) &&
         within(run.start_time, filter.started_from, filter.started_before) &&
         satisfies(filter.where, [&](std::string_view name) { return field_of(run, name); });
}

/// Calls `visit(run)` for the runs that match, in the order asked for, beginning behind run
/// `after`, until it says false. Gives the number of the last run looked at; 0 if none is left.
/// Runs are numbered in the order in which they are started, from 1 to `last`.
template <store S, class Visit>
auto visit_matching(S& store, run_number last, run_number after, list_filter const& filter,
                    Visit&& visit) -> run_number {
  bool const forward = filter.order == list_order::oldest_first;
  run_number const step = forward ? 1 : -1;
  run_number at = after != 0 ? after + step : forward ? 1 : last;
  for (; at >= 1 && at <= last; at += step)
    if (run_state* const run = store.find_run(at);
        run != nullptr && matches(store, *run, filter) && !visit(*run))
      return at == (forward ? last : 1) ? 0 : at;
  return 0;
}

/// One page. Runs that are started meanwhile do not shift what later pages hold. Linear in the runs
/// looked at. \throws error (invalid_argument)
template <store S>
[[nodiscard]] auto list_runs(S& store, run_number last, list_filter const& filter) -> list_page {
  auto const after = static_cast<run_number>(number_of(filter.next_page_token));
  if (filter.page_size == 0) throw error{errc::invalid_argument, "list: page_size is 0"};
  if (after == 0 && !filter.next_page_token.empty())
    throw error{errc::invalid_argument, "list: next_page_token is not one that a page gave"};
  list_page page{};
  run_number const end = visit_matching(store, last, after, filter, [&](run_state& run) {
    page.workflows.push_back(describe(run));
    return page.workflows.size() < filter.page_size;
  });
  if (end != 0) page.next_page_token = std::to_string(end);
  return page;
}

/// How many runs match. Linear in the number of runs.
template <store S>
[[nodiscard]] auto count_runs(S& store, run_number last, list_filter const& filter) -> std::size_t {
  std::size_t count = 0;
  (void)visit_matching(store, last, 0, filter, [&](run_state&) { return ++count, true; });
  return count;
}

} // namespace perdure::inline v0::engine
