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

/// How a workflow's history grows with N.
struct budget_growth_report {
  std::vector<std::pair<std::size_t, history_budget_report>> measured{}; ///< By N.
  std::vector<budget_limit> limits{}; ///< The first to be met first, those that never are last.
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
  /// For people: a line for each limit.
  [[nodiscard]] auto text() const -> std::string {
    std::string out;
    for (budget_limit const& each : limits) {
      out += each.name + " (" + std::to_string(each.limit) + "): ";
      out += each.met ? "passed at N = " + std::to_string(*each.met) : std::string{"never passed"};
      std::string rate = std::to_string(each.per_item);
      rate.resize(rate.find('.') + 3);
      out += ", " + rate + " for each item\n";
    }
    for (std::string const& each : not_linear) out += "not linear: " + each + "\n";
    return out;
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

} // namespace detail

/// From the histories of one workflow at several sizes N of its work, the N at which each limit is
/// passed: `budget_growth({{10, small}, {100, bigger}})`. A straight line through the two largest.
/// \throws error (invalid_argument) with fewer than two different N
[[nodiscard]] inline auto
budget_growth(std::vector<std::pair<std::size_t, history>> const& histories,
              engine_limits const& limits = {}) -> budget_growth_report {
  budget_growth_report found;
  for (auto const& [n, each] : histories) found.measured.emplace_back(n, history_budget(each));
  auto& measured = found.measured;
  std::ranges::sort(measured, {}, [](auto const& each) { return each.first; });
  auto const same = std::ranges::unique(measured, {}, [](auto const& each) { return each.first; });
  measured.erase(same.begin(), same.end());
  if (measured.size() < 2)
    throw error{errc::invalid_argument, "budget_growth: give histories at two different N or more"};

  std::multimap<std::size_t, budget_limit> by_met;
  for (detail::budget_measure const& each : detail::budget_measures(limits)) {
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

} // namespace perdure::inline v0
