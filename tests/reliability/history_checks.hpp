// What must be true of the histories in a store, at any time and after a crash.
#pragma once

#include <perdure/perdure.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace reliability {

/// All runs of a store at one moment, by run id.
using survey = std::map<std::string, perdure::history>;

template <class Backend>
auto survey_of(Backend& backend) -> survey {
  survey all;
  perdure::list_filter filter{};
  filter.limit = 1'000'000;
  for (auto const& each : perdure::client{backend}.list(filter))
    all[each.execution.run_id.str()] = backend.read_history(each.execution);
  return all;
}

/// How a run ended, as a client would say it; empty while it is open.
auto end_of(perdure::history const& run) -> std::string;

/// Ids are dense, one event ends the run and it is the last, no activity, timer or child ends twice
/// and none without a beginning, and the workflow's code agrees with it. Empty if all is well.
auto wrong_with(perdure::history const& run) -> std::string;

/// Nothing that was recorded `before` has been changed or lost. Empty if so.
auto lost_between(survey const& before, survey const& after) -> std::string;

/// `<run id> <activity id>` of each activity that was scheduled, or that has ended.
struct activity_sets {
  std::set<std::string> scheduled{};
  std::set<std::string> ended{};
};
auto activities_of(survey const& all) -> activity_sets;

/// Looks for a workflow's events over all of its runs.
auto has_event(survey const& all, std::string const& workflow_id, perdure::event_type type) -> bool;
/// Signals that a workflow got, by value, in any run: how often each.
auto signals_of(survey const& all, std::string const& workflow_id) -> std::map<std::string, int>;

} // namespace reliability
