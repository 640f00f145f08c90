// What workflow code may ask at any time: who it is, random numbers, its memo
// and search attributes.
#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/workflow/patch.hpp"
#include "perdure/workflow/run_context.hpp"
#include "perdure/workflow/run_values.hpp"
#include "perdure/workflow/wire_name.hpp"

namespace perdure::inline v0 {

namespace detail {

void fill_info(run_context& run, workflow_info& info);

} // namespace detail

/// The facts about the running workflow; the same on every replay. The reference is good as long as
/// the run; its `history_*` members change from task to task.
/// \throws error (outside_workflow) outside of workflow code.
[[nodiscard]] auto info() -> workflow_info const&;

/// The run's random numbers: a uniform random bit generator seeded from its first run id, the same
/// on every replay. Draw on lines of their own: the order of draws inside one argument list is open
/// in C++.
/// \throws error (outside_workflow) outside of workflow code.
[[nodiscard]] auto random() -> random_stream&;

/// A version 4 UUID from the run's random numbers: the same on every replay.
[[nodiscard]] auto uuid4() -> std::string;

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE void fill_info(run_context& run, workflow_info& info) {
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
  info.header = named_values{started.header};
}
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_INLINE auto info() -> workflow_info const& {
  auto& run = detail::require_run("info()");
  if (!run.info) {
    run.info = detail::make_owned<workflow_info>();
    detail::fill_info(run, *run.info);
  }
  run.info->search_attributes = detail::seen_search_attributes(run);
  run.info->memo = detail::seen_memo(run);
  run.info->history_length = run.machine.last_event_id();
  if (run.machine.task_started()) {
    auto const& task = run.machine.task_started().get<events::workflow_task_started>();
    run.info->history_size_bytes = task.history_size_bytes;
    run.info->continue_as_new_suggested = task.suggest_continue_as_new;
    run.info->continue_as_new_reasons = task.suggest_continue_as_new_reasons
                                            ? *task.suggest_continue_as_new_reasons
                                            : std::vector<suggest_continue_as_new_reason>{};
  }
  return *run.info;
}
PERDURE_INLINE auto random() -> random_stream& {
  auto& run = detail::require_run_to_change("random()");
  if (!run.random)
    run.random = detail::make_owned<random_stream>(detail::seed_of(run.machine.run_id().view()));
  return *run.random;
}
PERDURE_INLINE auto uuid4() -> std::string {
  random_stream& draw = random();
  std::uint64_t const high = draw();
  std::uint64_t const low = draw();
  return detail::uuid_text(high, low);
}
} // namespace perdure::inline v0
#endif
