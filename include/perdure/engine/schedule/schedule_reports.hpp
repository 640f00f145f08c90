// Schedules from the outside.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/schedule/schedules.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// The next times at which it acts, at most `most`.
template <store S>
[[nodiscard]] auto next_action_times(schedule_machine<S>& machine, schedule_state const& state,
                                     std::int64_t most) -> std::vector<time_point> {
  std::vector<time_point> times;
  if (state.limited_actions && state.remaining_actions < most) most = state.remaining_actions;
  auto next = machine.next_after(machine.base());
  for (; next && static_cast<std::int64_t>(times.size()) < most;
       next = machine.next_after(next->actual))
    if (!machine.is_before_update(next->actual)) times.push_back(next->actual);
  return times;
}

template <store S>
[[nodiscard]] auto describe(step_context<S>& step, schedule_record record) -> schedule_description {
  constexpr std::int64_t listed_times = 10;
  schedule_machine<S> machine{step, record};
  record.info.next_action_times = next_action_times(machine, record.schedule.state, listed_times);
  record.info.waiting_count = static_cast<std::int64_t>(record.progress.waiting.size());
  schedule_description d{};
  d.id = std::move(record.id);
  d.schedule = std::move(record.schedule);
  d.info = std::move(record.info);
  d.conflict_token = record.progress.conflict_token;
  d.memo = std::move(record.memo);
  d.search_attributes = std::move(record.search_attributes);
  return d;
}

/// One page, by id. Linear in the schedules looked at. \throws error (invalid_argument)
template <store S>
[[nodiscard]] auto list_schedules(step_context<S>& step, schedule_filter const& filter)
    -> schedule_page {
  if (filter.page_size == 0) throw error{errc::invalid_argument, "list: page_size is 0"};
  constexpr std::size_t at_a_time = 100;
  schedule_page page{};
  // The token is the last id of the page before.
  std::string after = filter.next_page_token;
  while (true) {
    auto some = step.store.list_schedules(after, at_a_time);
    for (schedule_record& each : some) {
      after = each.id;
      if (!each.id.starts_with(filter.id_prefix)) continue;
      if (!filter.workflow_type.empty() &&
          !(each.schedule.action.workflow_type == filter.workflow_type))
        continue;
      if (page.schedules.size() == filter.page_size) {
        page.next_page_token = page.schedules.back().id;
        return page;
      }
      page.schedules.push_back(describe(step, std::move(each)));
    }
    if (some.size() < at_a_time) return page;
  }
}

/// When a schedule acts in (from, to]; at most 1,000 times.
/// \throws error (not_found, invalid_argument, limit_exceeded)
template <store S>
[[nodiscard]] auto list_matching_times(step_context<S>& step, std::string_view id, time_point from,
                                       time_point to) -> std::vector<time_point> {
  schedule_record record = find_schedule(step.store, id);
  schedule_machine<S> machine{step, record};
  std::vector<time_point> times;
  constexpr std::size_t most = 1'000;
  auto next = machine.next_after(from);
  for (; next && next->actual <= to && times.size() < most; next = machine.next_after(next->actual))
    times.push_back(next->actual);
  if (!record.info.invalid_because.empty())
    throw error{errc::invalid_argument,
                "schedule '" + record.id + "': " + record.info.invalid_because};
  return times;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
