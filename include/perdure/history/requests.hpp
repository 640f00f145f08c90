// What clients ask of a backend, in Temporal's service terms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/history/event.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/history/run_condition.hpp"
#include "perdure/history/search_attribute.hpp"

namespace perdure::inline v0 {

/// StartWorkflowExecution. Zero durations and unspecified policies are unset.
struct start_workflow_request {
  shared_string workflow_id{};
  shared_string workflow_type{};
  shared_string task_queue{};
  payloads input{};
  duration workflow_execution_timeout{};
  duration workflow_run_timeout{};
  duration workflow_task_timeout{};
  perdure::retry_policy retry_policy{};
  workflow_id_reuse_policy id_reuse_policy{};
  workflow_id_conflict_policy id_conflict_policy{};
  duration start_delay{};
  shared_string cron_schedule{}; ///< When the workflow is run again and again; empty: once.
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
  indirect<perdure::priority> priority{};
  indirect<perdure::user_metadata> user_metadata{}; ///< Shown by tools: summary and details.
  indirect<payload_map> header{}; ///< What interceptors send along; see `workflow_info::header`.
  shared_string identity{};
  /// The same id again starts nothing new: it finds the run it started.
  shared_string request_id{};
};

struct start_workflow_result {
  workflow_execution execution{};
  bool started{true}; ///< False: an existing run is used.
};

/// DescribeWorkflowExecution: one run from the outside.
struct workflow_description {
  workflow_execution execution{};
  std::string workflow_type{};
  std::string task_queue{};
  workflow_execution_status status{};
  time_point start_time{};
  time_point close_time{}; ///< 1970 while it is open.
  event_id history_length{};
  std::int64_t history_size_bytes{};
  workflow_execution parent{};
  std::int32_t workflow_task_attempt{1}; ///< Above 1: its workflow tasks keep failing.
  std::string workflow_task_failure{};   ///< Why, with the source line where known.
  struct pending_activity {
    std::string activity_id{};
    std::string activity_type{};
    std::int32_t attempt{1};
    bool started{};
    std::string last_failure{};
    std::string summary{}; ///< What the call is for, as the workflow says.
    /// The two above as they are recorded, where the backend gives them: a codec may hide them.
    indirect<perdure::failure> recorded_failure{};
    indirect<payload> recorded_summary{};
  };
  std::vector<pending_activity> pending_activities{};
  std::size_t pending_children_count{};
  std::size_t pending_timers_count{};
  std::size_t pending_updates_count{}; ///< Admitted or accepted, and not completed.
  named_values memo{};                 ///< As it is now.
  named_values search_attributes{};
  std::string static_summary{}; ///< What it is for, as its start says.
  std::string static_details{};
  indirect<user_metadata> recorded_metadata{}; ///< Both as they are recorded, likewise.
  /// How it moves between versions of its workers; unspecified: they have none.
  perdure::versioning_behavior versioning_behavior{};
  std::string deployment_name{}; ///< Of the worker that completed its last workflow task, or
  std::string build_id{};        ///< what it has inherited.
};

/// In which order runs are listed: by when they were started.
enum class list_order : unsigned char { oldest_first, newest_first };

/// Which runs are listed; unset members match all. Of a range, the first time is in, the last is
/// not.
struct list_filter {
  std::string workflow_id{};
  std::string workflow_type{};
  std::string task_queue{};
  workflow_execution_status status{};
  std::size_t limit{1'000}; ///< Of `client::list`, which asks for as many pages as it needs.
  std::string workflow_id_prefix{};
  std::optional<time_point> started_from{};
  std::optional<time_point> started_before{};
  std::optional<time_point> closed_from{}; ///< This and the next leave out open runs.
  std::optional<time_point> closed_before{};
  workflow_execution parent{}; ///< Without a run id: any run of that workflow.
  list_order order{};
  /// `customer == "acme" && total >= 3`, see `search_attribute`, or `parse_run_query(text).where`.
  run_condition where{};
  std::size_t page_size{1'000};  ///< From 1; a page may hold fewer runs and yet not be the last.
  std::string next_page_token{}; ///< Of the page before; empty: the first page.
};

/// Some of the runs that match, in the order that was asked for.
struct list_page {
  std::vector<workflow_description> workflows{};
  std::string next_page_token{}; ///< Empty: this is the last page.
};

} // namespace perdure::inline v0
