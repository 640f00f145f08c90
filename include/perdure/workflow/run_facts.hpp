// What workflow code may ask at any time: who it is, random numbers, patches, memo and search
// attributes.
#pragma once

#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/data/converter.hpp"
#include "perdure/workflow/run_context.hpp"
#include "perdure/workflow/wire_name.hpp"

namespace perdure::inline v0 {

namespace detail {

inline void fill_info(run_context& run, workflow_info& info) {
  auto const& started = run.machine.started().get<events::workflow_execution_started>();
  info.workflow_id = run.identity.execution.workflow_id.str();
  info.run_id = run.identity.execution.run_id.str();
  info.workflow_type = started.workflow_type.str();
  info.task_queue = started.task_queue.name.str();
  info.first_execution_run_id = started.first_execution_run_id.str();
  info.continued_run_id = started.continued_execution_run_id.str();
  info.parent_workflow_id = started.parent_workflow_execution.workflow_id.str();
  info.parent_run_id = started.parent_workflow_execution.run_id.str();
  info.attempt = started.attempt > 1 ? started.attempt : 1;
  info.workflow_execution_timeout = started.workflow_execution_timeout.value_or(duration{});
  info.workflow_run_timeout = started.workflow_run_timeout.value_or(duration{});
  info.workflow_task_timeout = started.workflow_task_timeout.value_or(duration{});
  if (started.retry_policy) info.retry_policy = *started.retry_policy;
  info.start_time = run.start_time;
}

} // namespace detail

/// The facts about the running workflow; the same on every replay. The reference is good as long as
/// the run; its `history_*` members change from task to task.
/// \throws error (outside_workflow) outside of workflow code.
[[nodiscard]] inline auto info() -> workflow_info const& {
  auto& run = detail::require_run("info()");
  if (!run.info) {
    run.info = std::make_unique<workflow_info>();
    detail::fill_info(run, *run.info);
  }
  run.info->history_length = run.machine.last_event_id();
  if (run.machine.task_started()) {
    auto const& task = run.machine.task_started().get<events::workflow_task_started>();
    run.info->history_size_bytes = task.history_size_bytes;
    run.info->continue_as_new_suggested = task.suggest_continue_as_new;
  }
  return *run.info;
}

/// The run's random numbers: a uniform random bit generator seeded from its first run id, the same
/// on every replay. Draw on lines of their own: the order of draws inside one argument list is open
/// in C++.
/// \throws error (outside_workflow) outside of workflow code.
[[nodiscard]] inline auto random() -> random_stream& {
  return detail::require_run_to_change("random()").random;
}

/// A version 4 UUID from the run's random numbers: the same on every replay.
[[nodiscard]] inline auto uuid4() -> std::string {
  random_stream& draw = random();
  std::uint64_t const high = draw();
  std::uint64_t const low = draw();
  return detail::uuid_text(high, low);
}

/// Whether this run takes the new branch of a change: `if (patched<"pay-first">()) new(); else
/// old();`. New runs do, and record it; a run that passed here before the change was deployed does
/// not. The answer for an id never changes within a run.
template <detail::fixed_string Id>
[[nodiscard]] auto patched(std::source_location source = std::source_location::current()) -> bool {
  static_assert(!Id.view().empty(), "perdure: a patch needs an id");
  return detail::require_run_to_change("patched()").machine.patched(Id.view(), false, source);
}

/// Replaces `patched` once no run without the patch is left: the old branch is gone, runs with the
/// marker still replay. Remove it when those are gone, too.
template <detail::fixed_string Id>
void deprecate_patch(std::source_location source = std::source_location::current()) {
  static_assert(!Id.view().empty(), "perdure: a patch needs an id");
  (void)detail::require_run_to_change("deprecate_patch()").machine.patched(Id.view(), true, source);
}

/// Sets entries of the run's memo; others stay. `upsert_memo({{"stage", to_payload("paid")}})`. A
/// `payload::null()` removes one. \throws error (invalid_argument) if there are none.
inline void upsert_memo(payload_map entries,
                        std::source_location source = std::source_location::current()) {
  auto& run = detail::require_run_to_change("upsert_memo()");
  if (entries.empty()) throw error{errc::invalid_argument, "upsert_memo: there are no entries"};
  events::workflow_properties_modified asked{};
  asked.upserted_memo = std::move(entries);
  run.machine.record(command_type::modify_workflow_properties,
                     event_attributes::make(std::move(asked)), source);
}

/// Sets search attributes of the run; others stay. \throws error (invalid_argument) if there are
/// none.
inline void
upsert_search_attributes(payload_map attributes,
                         std::source_location source = std::source_location::current()) {
  auto& run = detail::require_run_to_change("upsert_search_attributes()");
  if (attributes.empty())
    throw error{errc::invalid_argument, "upsert_search_attributes: there are no attributes"};
  events::upsert_workflow_search_attributes asked{};
  asked.search_attributes = std::move(attributes);
  run.machine.record(command_type::upsert_workflow_search_attributes,
                     event_attributes::make(std::move(asked)), source);
}

} // namespace perdure::inline v0
