// The memo and the search attributes of a run: what they have become, what is refused, and the
// fields that lists are filtered by.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/engine/activities.hpp"
#include "perdure/engine/deployments.hpp"
#include "perdure/engine/engine_limits.hpp"
#include "perdure/engine/run_state.hpp"
#include "perdure/history/command.hpp"
#include "perdure/history/enum_names.hpp"
#include "perdure/history/search_attribute.hpp"

namespace perdure::inline v0::engine {

/// The search attribute in which a run lists its patches. It tells of one run: a run that continues
/// another begins without it.
inline constexpr std::string_view change_version_attribute = "TemporalChangeVersion";

/// Notes what an event of the run, the next one, says about its memo, search attributes
/// and version.
inline void fold_attributes(run_state& run, event const& e) {
  if (e.type == event_type::workflow_execution_started) {
    auto const& started = e.as<events::workflow_execution_started>();
    perdure::detail::merge_values(run.memo, started.memo);
    perdure::detail::merge_values(run.search_attributes, started.search_attributes);
    fold_version(run, e);
  } else if (e.type == event_type::workflow_task_completed) {
    fold_version(run, e);
  } else if (e.type == event_type::workflow_properties_modified) {
    perdure::detail::merge_values(run.memo,
                                  e.as<events::workflow_properties_modified>().upserted_memo);
  } else if (e.type == event_type::upsert_workflow_search_attributes) {
    perdure::detail::merge_values(
        run.search_attributes, e.as<events::upsert_workflow_search_attributes>().search_attributes);
  }
}

/// Why these search attributes, added to those that the run has, are refused; empty if they are
/// not. `too_large` tells which kind of fault it is.
[[nodiscard]] inline auto find_attribute_fault(engine_limits const& bounds,
                                               indirect<payload_map> const& has,
                                               payload_map const& added, bool& too_large)
    -> std::string {
  indirect<payload_map> all = has;
  perdure::detail::merge_values(all, added);
  too_large = true;
  auto const beyond = [](std::string const& what, std::size_t is, std::size_t bound) {
    return what + " of " + std::to_string(is) + " is above the limit of " + std::to_string(bound);
  };
  if (all && all->size() > bounds.search_attributes_max)
    return beyond("a number of search attributes", all->size(), bounds.search_attributes_max);
  std::size_t total = 0;
  if (all)
    for (auto const& [name, value] : *all) total += name.size() + value.data.size();
  if (total > bounds.search_attributes_bytes_max)
    return beyond("a total size of search attributes", total, bounds.search_attributes_bytes_max);
  for (auto const& [name, value] : added) {
    too_large = true;
    if (name.size() > limits::id_bytes_max)
      return beyond("the length of a search attribute's name", name.size(), limits::id_bytes_max);
    if (value.data.size() > bounds.search_attribute_bytes_max)
      return beyond("search attribute '" + name + "': a size", value.data.size(),
                    bounds.search_attribute_bytes_max);
    too_large = false;
    if (name.empty()) return "a search attribute has no name";
    if (perdure::detail::built_in_field(name) != search_attribute_type::unspecified)
      return "search attribute '" + name + "': every run has a field of this name already";
    try {
      if (!is_unset(value)) (void)read_search_attribute(name, value);
    } catch (error const& why) {
      return why.what();
    }
  }
  return {};
}

/// The search attributes that a command sets; null if it sets none.
[[nodiscard]] inline auto attributes_given_by(command const& c) -> payload_map const* {
  switch (c.type) {
  case command_type::upsert_workflow_search_attributes:
    return c.attributes.get<events::upsert_workflow_search_attributes>().search_attributes.get();
  case command_type::start_child_workflow_execution:
    return c.attributes.get<events::start_child_workflow_execution_initiated>()
        .search_attributes.get();
  case command_type::continue_as_new_workflow_execution:
    return c.attributes.get<events::workflow_execution_continued_as_new>().search_attributes.get();
  default: return nullptr;
  }
}
[[nodiscard]] inline auto find_attribute_fault(engine_limits const& bounds, run_state const& run,
                                               command_type by, payload_map const& given)
    -> std::string {
  bool too_large = false;
  bool const adds = by == command_type::upsert_workflow_search_attributes;
  return find_attribute_fault(bounds, adds ? run.search_attributes : indirect<payload_map>{}, given,
                              too_large);
}

/// \throws error (invalid_argument, limit_exceeded) if search attributes are refused
inline void check_attributes(engine_limits const& bounds, indirect<payload_map> const& given) {
  if (!given) return;
  bool too_large = false;
  if (auto const why = find_attribute_fault(bounds, {}, *given, too_large); !why.empty())
    throw error{too_large ? errc::limit_exceeded : errc::invalid_argument, why};
}

/// The search attributes of the run that continues this one, where it is given none.
[[nodiscard]] inline auto attributes_to_continue(run_state const& run) -> indirect<payload_map> {
  indirect<payload_map> next = run.search_attributes;
  if (next && next->count(std::string{change_version_attribute}) != 0) {
    next.make().erase(std::string{change_version_attribute});
    if (next->empty()) next.reset();
  }
  return next;
}

[[nodiscard]] inline auto keyword_value(std::string_view is) -> std::optional<attribute_value> {
  if (is.empty()) return std::nullopt;
  attribute_value value{};
  value.type = search_attribute_type::keyword;
  value.text = is;
  return value;
}
[[nodiscard]] inline auto number_value(search_attribute_type type, std::int64_t is)
    -> attribute_value {
  attribute_value value{};
  value.type = type;
  value.integer = is;
  return value;
}

/// What a run has in a field of a list's condition; none if it has no such search attribute, or
/// one that cannot be read.
[[nodiscard]] inline auto field_of(run_state const& run, std::string_view name)
    -> std::optional<attribute_value> {
  auto const time = [](time_point at) {
    return number_value(search_attribute_type::datetime, at.time_since_epoch().count());
  };
  if (name == "WorkflowId") return keyword_value(run.execution.workflow_id);
  if (name == "RunId") return keyword_value(run.execution.run_id);
  if (name == "WorkflowType") return keyword_value(run.workflow_type);
  if (name == "TaskQueue") return keyword_value(run.started().task_queue.name);
  if (name == "ExecutionStatus") return keyword_value(name_of(run.status));
  if (name == "ParentWorkflowId")
    return keyword_value(run.started().parent_workflow_execution.workflow_id);
  if (name == "ParentRunId") return keyword_value(run.started().parent_workflow_execution.run_id);
  if (name == "StartTime") return time(run.start_time);
  if (name == "ExecutionTime") {
    auto const delay = run.started().first_workflow_task_backoff.value_or(duration{});
    return time(later(run.start_time, delay));
  }
  if (name == "CloseTime") return run.open() ? std::nullopt : std::optional{time(run.close_time)};
  if (name == "HistoryLength")
    return number_value(search_attribute_type::integer, run.next_event_id() - 1);
  if (name == "HistorySizeBytes")
    return number_value(search_attribute_type::integer, run.history_size_bytes);
  if (!run.search_attributes) return std::nullopt;
  auto const found = run.search_attributes->find(std::string{name});
  if (found == run.search_attributes->end()) return std::nullopt;
  try {
    return read_search_attribute(name, found->second);
  } catch (error const&) {
    return std::nullopt;
  }
}

} // namespace perdure::inline v0::engine
