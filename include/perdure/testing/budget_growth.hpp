// How a history grows with the size of its work, and when it meets a limit.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/engine/engine_limits.hpp"
#include "perdure/error.hpp"
#include "perdure/testing/history_budget.hpp"

namespace perdure::inline v0 {

/// One limit, and when work of growing size passes it.
struct budget_limit {
  std::string name{};
  std::size_t limit{};
  double per_item{};                ///< How much one item more takes.
  std::optional<std::size_t> met{}; ///< The least N beyond the limit; nothing: never, as it grows.
};

/// What one item more takes of one thing that a workflow does.
struct budget_growth_row {
  std::string name{};
  std::string source{}; ///< As in `budget_row`.
  double events{};
  double bytes{};
};

/// How a workflow's history grows with N.
struct budget_growth_report {
  std::vector<std::pair<std::size_t, history_budget_report>> measured{}; ///< By N.
  std::vector<budget_limit> limits{}; ///< The first to be met first, those that never are last.
  /// The calls that take more with each item, by the two largest N; the most bytes first.
  std::vector<budget_growth_row> by_call{};
  /// Where measured values are not on one line, within a tenth: names of limits. What is said of
  /// them goes by the two largest N.
  std::vector<std::string> not_linear{};

  /// The least N that passes a limit which ends the run, or keeps its tasks from completing (the
  /// advice to continue as new is none). Nothing: no such N.
  [[nodiscard]] auto first_met() const -> std::optional<std::size_t> {
    for (budget_limit const& each : limits)
      if (!each.name.starts_with("advice")) return each.met;
    return std::nullopt;
  }
  /// For people: a line for each limit, and one for each call.
  [[nodiscard]] auto text() const -> std::string {
    std::string out;
    for (budget_limit const& each : limits) {
      out += each.name + " (" + std::to_string(each.limit) + "): ";
      out += each.met ? "passed at N = " + std::to_string(*each.met) : std::string{"never passed"};
      out += ", " + rounded(each.per_item) + " for each item\n";
    }
    for (budget_growth_row const& each : by_call)
      out += "each item: " + rounded(each.events) + " events, " + rounded(each.bytes) +
             " bytes of " + each.name + (each.source.empty() ? "" : " at " + each.source) + "\n";
    for (std::string const& each : not_linear) out += "not linear: " + each + "\n";
    return out;
  }

private:
  [[nodiscard]] static auto rounded(double rate) -> std::string {
    std::string text = std::to_string(rate);
    text.resize(text.find('.') + 3);
    return text;
  }
};

namespace detail {

struct budget_measure {
  char const* name;
  std::size_t limit;
  std::size_t (*value)(history_budget_report const&);
};

[[nodiscard]] inline auto budget_measures(engine_limits const& limits)
    -> std::vector<budget_measure> {
  using report = history_budget_report;
  constexpr auto events = [](report const& r) { return r.events; };
  constexpr auto bytes = [](report const& r) { return r.bytes; };
  return {{"events of a history", limits.history_events_max, events},
          {"bytes of a history", limits.history_bytes_max, bytes},
          {"bytes of one event", limits.payload_bytes_max,
           [](report const& r) { return r.event_bytes_max; }},
          {"open activities", limits.pending_activities_max,
           [](report const& r) { return r.pending_activities_max; }},
          {"open child workflows", limits.pending_children_max,
           [](report const& r) { return r.pending_children_max; }},
          {"advice to continue as new, by events", limits.history_events_suggest, events},
          {"advice to continue as new, by bytes", limits.history_bytes_suggest, bytes}};
}

using budgets_by_size = std::vector<std::pair<std::size_t, history_budget_report>>;

/// Of each size one, the smallest first. \throws error (invalid_argument) if there are not two
[[nodiscard]] inline auto in_order(budgets_by_size measured) -> budgets_by_size {
  std::ranges::sort(measured, {}, [](auto const& each) { return each.first; });
  auto const same = std::ranges::unique(measured, {}, [](auto const& each) { return each.first; });
  measured.erase(same.begin(), same.end());
  if (measured.size() < 2)
    throw error{errc::invalid_argument, "budget_growth: give histories at two different N or more"};
  return measured;
}

/// What the largest has more than the one before it, for each item.
[[nodiscard]] inline auto growth_by_call(budgets_by_size const& measured)
    -> std::vector<budget_growth_row> {
  auto const& [n, most] = measured[measured.size() - 1];
  auto const& [smaller_n, smaller] = measured[measured.size() - 2];
  auto const items = static_cast<double>(n - smaller_n);
  std::vector<budget_growth_row> rows;
  for (budget_row const& each : most.by_call) {
    auto const before = std::ranges::find_if(smaller.by_call, [&](budget_row const& other) {
      return other.name == each.name && other.source == each.source;
    });
    budget_row const none{};
    budget_row const& less = before == smaller.by_call.end() ? none : *before;
    if (each.events <= less.events && each.bytes <= less.bytes) continue;
    auto const more = [&](std::size_t now, std::size_t was) {
      return (static_cast<double>(now) - static_cast<double>(was)) / items;
    };
    rows.push_back(
        {each.name, each.source, more(each.events, less.events), more(each.bytes, less.bytes)});
  }
  std::ranges::sort(rows, comes_first<budget_growth_row>);
  return rows;
}

[[nodiscard]] inline auto growth_of(budgets_by_size all, engine_limits const& limits)
    -> budget_growth_report {
  budget_growth_report found;
  found.measured = in_order(std::move(all));
  found.by_call = growth_by_call(found.measured);
  auto const& measured = found.measured;

  std::multimap<std::size_t, budget_limit> by_met;
  for (budget_measure const& each : budget_measures(limits)) {
    auto const value = [&](std::size_t i) {
      return static_cast<double>(each.value(measured[i].second));
    };
    auto const n = [&](std::size_t i) { return static_cast<double>(measured[i].first); };
    std::size_t const last = measured.size() - 1;
    double const slope = (value(last) - value(last - 1)) / (n(last) - n(last - 1));
    budget_limit row{each.name, each.limit, slope, std::nullopt};
    auto const bound = static_cast<double>(each.limit);
    if (value(last) > bound || slope > 0) {
      double const at =
          slope > 0 ? std::floor(n(last) + (bound - value(last)) / slope) + 1 : n(last);
      row.met = static_cast<std::size_t>(std::max(at, 0.0));
    }
    for (std::size_t i = 0; i + 2 < measured.size(); ++i)
      if (std::abs(value(last) + (n(i) - n(last)) * slope - value(i)) >
          0.1 * std::abs(value(last) - value(i)) + 1) {
        found.not_linear.emplace_back(each.name);
        break;
      }
    by_met.emplace(row.met.value_or(static_cast<std::size_t>(-1)), std::move(row));
  }
  for (auto& [at, row] : by_met) found.limits.push_back(std::move(row));
  return found;
}

} // namespace detail

/// From the histories of one workflow at several sizes N of its work, the N at which each limit is
/// passed: `budget_growth({{10, small}, {100, bigger}})`. A straight line through the two largest.
/// \throws error (invalid_argument) with fewer than two different N
[[nodiscard]] inline auto
budget_growth(std::vector<std::pair<std::size_t, history>> const& histories,
              engine_limits const& limits = {}) -> budget_growth_report {
  detail::budgets_by_size measured;
  for (auto const& [n, each] : histories) measured.emplace_back(n, history_budget(each));
  return detail::growth_of(std::move(measured), limits);
}
/// The same with the lines of the code, so that `by_call` says which of them grows.
/// \throws that, and what `history_budget` throws
[[nodiscard]] inline auto
budget_growth(std::vector<std::pair<std::size_t, history>> const& histories, replayer const& code,
              engine_limits const& limits = {}) -> budget_growth_report {
  detail::budgets_by_size measured;
  for (auto const& [n, each] : histories) measured.emplace_back(n, history_budget(each, code));
  return detail::growth_of(std::move(measured), limits);
}

} // namespace perdure::inline v0
