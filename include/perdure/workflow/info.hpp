// What a workflow may know about itself.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "perdure/history/event.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/history/search_attribute.hpp"

namespace perdure::inline v0 {

/// The facts about a run, from its history: the same on every replay.
struct workflow_info {
  std::string workflow_id{};
  std::string run_id{};
  std::string workflow_type{};
  std::string task_queue{};
  std::string first_execution_run_id{}; ///< Of the chain of retries and continue-as-new.
  std::string continued_run_id{};       ///< The run before this one in that chain; empty if none.
  std::string parent_workflow_id{};     ///< Empty for a run that no workflow started.
  std::string parent_run_id{};
  std::int32_t attempt{1};               ///< Of the run, by its retry policy; counts from 1.
  duration workflow_execution_timeout{}; ///< Zero: none.
  duration workflow_run_timeout{};
  duration workflow_task_timeout{};
  perdure::retry_policy retry_policy{};
  time_point start_time{};
  event_id history_length{};         ///< Of the last event that this task brought.
  std::int64_t history_size_bytes{}; ///< At the start of this task.
  bool continue_as_new_suggested{};  ///< History grows long: see `continue_as_new`.
  std::vector<suggest_continue_as_new_reason> continue_as_new_reasons{}; ///< Why it is suggested.
  named_values memo{};              ///< Of the start, with the run's own changes so far.
  named_values search_attributes{}; ///< Likewise: `info().search_attributes.get(customer)`.
  /// What whoever started it sent along, by interceptors: `info().header.get<T>("tenant")`.
  named_values header{};
};

namespace detail {

/// The names of a run that its code and its worker need at hand.
struct run_identity {
  workflow_execution execution{};
  shared_string workflow_type{};
};

inline constexpr std::string_view side_effect_type = "side_effect";

/// A function that a local activity runs, with its result as payloads. May throw.
class local_function {
public:
  virtual ~local_function() = default;
  virtual auto run() -> payloads = 0;
};
/// The function has given its result, and there is no memory to record it.
class no_memory_for_result final : public std::bad_alloc {};

} // namespace detail
} // namespace perdure::inline v0
