// Where the events and bytes of a history come from.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/engine/ledger.hpp"
#include "perdure/history/enum_names.hpp"
#include "perdure/history/history.hpp"
#include "perdure/replay/markers.hpp"
#include "perdure/replay/task_sequence.hpp"
#include "perdure/testing/call_sites.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/local_work.hpp"

namespace perdure::inline v0 {

/// What one kind of event, or one thing that a workflow does, takes in a history.
struct budget_row {
  std::string name{};
  std::string source{}; ///< `folder/file:line` of the call, where a replay has shown it.
  std::size_t events{};
  /// As the library counts them for its limits: payloads, and 64 for each event beside them.
  std::size_t bytes{};
};

/// What a history is made of.
struct history_budget_report {
  std::size_t events{};
  std::size_t bytes{};
  std::size_t event_bytes_max{};        ///< Of the biggest event: what limits of payloads look at.
  std::size_t pending_activities_max{}; ///< Most that were open at one time.
  std::size_t pending_children_max{};
  std::vector<budget_row> by_kind{}; ///< By type of event, the most bytes first.
  /// By what the workflow does: "activity charge", "local activity log", "child workflow pack",
  /// "timers", ...; the most bytes first. All events of a call count: that it was scheduled,
  /// started and completed. With the lines of the code there is a row for each of them.
  std::vector<budget_row> by_call{};

  /// For people: two tables.
  [[nodiscard]] auto text() const -> std::string {
    std::string out = std::to_string(events) + " events, " + std::to_string(bytes) + " bytes; " +
                      "at most " + std::to_string(pending_activities_max) + " activities and " +
                      std::to_string(pending_children_max) + " child workflows open at a time\n";
    return out + table("by what the workflow does", by_call) + table("by kind of event", by_kind);
  }

private:
  [[nodiscard]] static auto table(std::string_view title, std::vector<budget_row> const& rows)
      -> std::string {
    auto const padded = [](std::size_t number) {
      std::string const digits = std::to_string(number);
      return std::string(digits.size() < 10 ? 10 - digits.size() : 1, ' ') + digits;
    };
    std::string out = "    events     bytes  " + std::string{title} + "\n";
    for (budget_row const& each : rows) {
      out += padded(each.events) + padded(each.bytes) + "  " + each.name;
      if (!each.source.empty()) out += " at " + each.source;
      out += "\n";
    }
    return out;
  }
};

namespace detail {

/// The order of rows: the most bytes first.
template <class Row>
[[nodiscard]] auto comes_first(Row const& a, Row const& b) -> bool {
  return std::tie(b.bytes, a.name, a.source) < std::tie(a.bytes, b.name, b.source);
}

/// The events that end an activity, and a child workflow.
using activity_ends = type_list<events::activity_task_completed, events::activity_task_failed,
                                events::activity_task_timed_out, events::activity_task_canceled>;
using child_ends =
    type_list<events::child_workflow_execution_completed, events::child_workflow_execution_failed,
              events::child_workflow_execution_canceled, events::child_workflow_execution_timed_out,
              events::child_workflow_execution_terminated,
              events::start_child_workflow_execution_failed>;
/// Others that go back to the event of a command.
using activity_steps =
    type_list<events::activity_task_started, events::activity_task_cancel_requested>;
using initiated_steps = type_list<events::child_workflow_execution_started,
                                  events::external_workflow_execution_signaled,
                                  events::signal_external_workflow_execution_failed,
                                  events::external_workflow_execution_cancel_requested,
                                  events::request_cancel_external_workflow_execution_failed>;
using timer_ends = type_list<events::timer_fired, events::timer_canceled>;

/// The event that a later one goes back to if it is one of these; 0 else.
template <class Get, class... E>
[[nodiscard]] auto goes_back_to(event_attributes const& what, Get const& get, type_list<E...>)
    -> event_id {
  event_id found = 0;
  auto const look = [&]<class Event>(std::type_identity<Event>) {
    if (auto const* const is = what.get_if<Event>()) found = get(*is);
  };
  (look(std::type_identity<E>{}), ...);
  return found;
}
template <class Events>
[[nodiscard]] auto scheduled_by(event_attributes const& what, Events among) -> event_id {
  return goes_back_to(what, [](auto const& e) { return e.scheduled_event_id; }, among);
}
template <class Events>
[[nodiscard]] auto initiated_by(event_attributes const& what, Events among) -> event_id {
  return goes_back_to(what, [](auto const& e) { return e.initiated_event_id; }, among);
}
[[nodiscard]] inline auto started_by(event_attributes const& what) -> event_id {
  return goes_back_to(what, [](auto const& e) { return e.started_event_id; }, timer_ends{});
}

/// Takes the events of a history in, one after the other.
class budget_count {
public:
  /// `places`: of the calls whose lines are known, by the events of their commands.
  explicit budget_count(std::map<event_id, std::string> places = {}) : places_{std::move(places)} {}

  void take(event const& e) {
    auto const bytes = static_cast<std::size_t>(engine::approximate_size(e.attributes));
    ++report_.events;
    report_.bytes += bytes;
    report_.event_bytes_max = std::max(report_.event_bytes_max, bytes);
    add(kinds_, {name_of_event(e.type), {}}, bytes);
    add(calls_, call_of(e), bytes);
  }
  [[nodiscard]] auto report() && -> history_budget_report {
    report_.by_kind = sorted(kinds_);
    report_.by_call = sorted(calls_);
    return std::move(report_);
  }

private:
  struct call {
    std::string name{};
    std::string source{};
    friend auto operator<=>(call const&, call const&) = default;
  };
  using table = std::map<call, budget_row>;
  static void add(table& to, call const& of, std::size_t bytes) {
    budget_row& row = to.try_emplace(of, budget_row{of.name, of.source, 0, 0}).first->second;
    ++row.events;
    row.bytes += bytes;
  }
  [[nodiscard]] static auto name_of_event(event_type type) -> std::string {
    return wire_name_of(type);
  }
  [[nodiscard]] static auto sorted(table const& rows) -> std::vector<budget_row> {
    std::vector<budget_row> out;
    for (auto const& [of, row] : rows) out.push_back(row);
    std::ranges::sort(out, comes_first<budget_row>);
    return out;
  }

  /// What the workflow did that the event belongs to.
  [[nodiscard]] auto call_of(event const& e) -> call {
    event_attributes const& what = e.attributes;
    if (event_id const id = scheduled_by(what, activity_ends{})) {
      --open_activities_;
      return origin(id);
    }
    if (event_id const id = initiated_by(what, child_ends{})) {
      --open_children_;
      return origin(id);
    }
    if (event_id const id = scheduled_by(what, activity_steps{})) return origin(id);
    if (event_id const id = initiated_by(what, initiated_steps{})) return origin(id);
    if (event_id const id = started_by(what)) return origin(id);
    if (what.get_if<events::activity_task_scheduled>() != nullptr)
      open(open_activities_, report_.pending_activities_max);
    if (what.get_if<events::start_child_workflow_execution_initiated>() != nullptr)
      open(open_children_, report_.pending_children_max);
    auto const place = places_.find(e.id);
    call made{name_of_call(e), place == places_.end() ? std::string{} : place->second};
    if (replay::is_command_event(e.type)) origins_[e.id] = made;
    return made;
  }
  [[nodiscard]] auto origin(event_id id) const -> call {
    auto const found = origins_.find(id);
    return found == origins_.end() ? call{"calls of another part of the history", {}}
                                   : found->second;
  }
  [[nodiscard]] static auto name_of_call(event const& e) -> std::string {
    event_attributes const& what = e.attributes;
    if (auto const* a = what.get_if<events::activity_task_scheduled>())
      return "activity " + a->activity_type.str();
    if (auto const* c = what.get_if<events::start_child_workflow_execution_initiated>())
      return "child workflow " + c->workflow_type.str();
    if (auto const* s = what.get_if<events::workflow_execution_signaled>())
      return "signal " + s->signal_name.str();
    if (auto const* m = what.get_if<events::marker_recorded>()) return name_of_marker(*m);
    std::string const name = name_of_event(e.type);
    if (name.find("TIMER") != name.npos) return "timers";
    if (name.find("WORKFLOW_TASK") != name.npos) return "workflow tasks";
    if (name.find("UPDATE_") != name.npos) return "updates";
    if (name.find("EXTERNAL") != name.npos) return "messages to other workflows";
    return "the run itself";
  }
  [[nodiscard]] static auto name_of_marker(events::marker_recorded const& marker) -> std::string {
    if (marker.marker_name == replay::local_activity_marker_name) {
      try {
        auto const local = replay::parse_local_activity_marker(event_attributes::make(marker));
        return local.activity_type == side_effect_type ? "side effects"
                                                       : "local activity " + local.activity_type;
      } catch (error const&) { // a budget counts what it cannot read, too
      }
    }
    return "marker " + marker.marker_name.str();
  }
  static void open(std::size_t& now, std::size_t& most) { most = std::max(most, ++now); }

  history_budget_report report_{};
  std::map<event_id, std::string> places_;
  table kinds_;
  table calls_;
  std::map<event_id, call> origins_;
  std::size_t open_activities_{0};
  std::size_t open_children_{0};
};

} // namespace detail

/// Counts a history: `std::cout << history_budget(handle.fetch_history()).text()`. n log n.
[[nodiscard]] inline auto history_budget(history const& of) -> history_budget_report {
  detail::budget_count count;
  for (event const& each : of.events) count.take(each);
  return std::move(count).report();
}

/// The same with the lines of the code that asked for it, which a history does not hold: a replay
/// shows them. `history_budget(handle.fetch_history(), env.get_replayer())`. Of two calls of one
/// activity it says which one fills the history. A call that has no line of its own, such as the
/// answer to an update, has none in the report either.
/// \throws what `replayer::replay` throws; nondeterminism_error, or error (nondeterminism), if the
/// code does not do what the history says
[[nodiscard]] inline auto history_budget(history const& of, replayer const& code)
    -> history_budget_report {
  detail::budget_count count{detail::places_of_calls(of, code)};
  for (event const& each : of.events) count.take(each);
  return std::move(count).report();
}

} // namespace perdure::inline v0
