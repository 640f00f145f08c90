// Versions of workers: which build of a deployment a run's tasks go to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/engine/run_state.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::engine {

/// A task queue that workers of one build have polled.
struct deployment_queue {
  std::string build_id{};
  std::string task_queue{};
};

/// One deployment: its current build, and what its workers have polled.
struct deployment_record {
  std::string name{};
  std::string current{};     ///< Build id; empty: none.
  std::int64_t set_number{}; ///< Grows with every change of a current build.
  std::vector<deployment_queue> queues{};
};

/// All deployments: a handful of values. Stores keep it as a whole.
struct deployment_book {
  std::vector<deployment_record> deployments{};

  [[nodiscard]] auto find(std::string_view name) const -> deployment_record const* {
    for (auto const& each : deployments)
      if (each.name == name) return &each;
    return nullptr;
  }
  [[nodiscard]] auto make(std::string_view name) -> deployment_record& {
    for (auto& each : deployments)
      if (each.name == name) return each;
    deployments.push_back({std::string{name}, {}, 0, {}});
    return deployments.back();
  }
  /// Whether workers of that build have polled the queue.
  [[nodiscard]] auto polls(worker_deployment_version const& version, std::string_view queue) const
      -> bool {
    deployment_record const* const found = find(version.deployment_name.view());
    if (found == nullptr) return false;
    for (auto const& each : found->queues)
      if (version.build_id == each.build_id && each.task_queue == queue) return true;
    return false;
  }
  /// The deployment whose current build takes the tasks of a queue that are pinned to none: of
  /// several that poll it, the one whose current build was set last. Null: unversioned workers do.
  [[nodiscard]] auto current_on(std::string_view queue) const -> deployment_record const* {
    deployment_record const* last = nullptr;
    for (auto const& each : deployments) {
      if (each.current.empty() || (last != nullptr && last->set_number > each.set_number)) continue;
      for (auto const& polled : each.queues)
        if (polled.task_queue == queue) {
          last = &each;
          break;
        }
    }
    return last;
  }
};

/// Tasks for one build wait in a queue of their own, with this name.
inline constexpr char version_separator = '\x1f';
[[nodiscard]] inline auto versioned_queue(std::string_view queue, std::string_view deployment,
                                          std::string_view build) -> std::string {
  std::string name{queue};
  name += version_separator;
  name += deployment;
  name += version_separator;
  name += build;
  return name;
}

struct queue_parts {
  std::string_view task_queue{};
  std::string_view deployment{};
  std::string_view build_id{}; ///< Empty: a queue for workers without a version.
};
[[nodiscard]] inline auto parts_of_queue(std::string_view name) noexcept -> queue_parts {
  auto const last = name.rfind(version_separator);
  if (last == std::string_view::npos || last == 0) return {name, {}, {}};
  auto const first = name.rfind(version_separator, last - 1);
  if (first == std::string_view::npos) return {name, {}, {}};
  return {name.substr(0, first), name.substr(first + 1, last - first - 1), name.substr(last + 1)};
}

/// Where a run stands: what the last of its workflow tasks that completed says or, before that,
/// what it has inherited. Kept for versioned runs alone; a fold of history.
inline void fold_version(run_state& run, event const& e) {
  if (e.type == event_type::workflow_task_completed) {
    auto const& completed = e.as<events::workflow_task_completed>();
    if (completed.versioning_behavior == versioning_behavior::unspecified ||
        !completed.deployment_version)
      run.version.reset();
    else
      run.version = run_version{completed.versioning_behavior, *completed.deployment_version};
  } else if (e.type == event_type::workflow_execution_started) {
    auto const& started = e.as<events::workflow_execution_started>();
    if (started.inherited_pinned_version)
      run.version = run_version{versioning_behavior::pinned, *started.inherited_pinned_version};
  }
}

[[nodiscard]] inline auto pinned_version(run_state const& run) noexcept
    -> worker_deployment_version const* {
  return run.version && run.version->behavior == versioning_behavior::pinned ? &run.version->on
                                                                             : nullptr;
}

[[nodiscard]] inline auto is_pinned_to(run_state const& run,
                                       worker_deployment_version const& version) noexcept -> bool {
  worker_deployment_version const* const pin = pinned_version(run);
  return pin != nullptr && pin->deployment_name == version.deployment_name &&
         pin->build_id == version.build_id;
}

/// The name of the queue in which tasks of a run for a task queue wait. Linear in what is
/// deployed. `own_queue`: its workflow tasks; those of a pinned run wait for their build even if
/// no worker of it was ever seen.
[[nodiscard]] inline auto routed_queue(deployment_book const& book, run_state const& run,
                                       std::string_view queue, bool own_queue) -> std::string {
  worker_deployment_version const* const pin = pinned_version(run);
  if (pin != nullptr && (own_queue || book.polls(*pin, queue)))
    return versioned_queue(queue, pin->deployment_name.view(), pin->build_id.view());
  if (deployment_record const* const current = book.current_on(queue))
    return versioned_queue(queue, current->name, current->current);
  return std::string{queue};
}

/// The store's number of the queue for the run's workflow tasks. No more than a look at an empty
/// list where no worker has a version.
template <class Store>
[[nodiscard]] auto queue_of(Store& store, run_state& run) -> std::uint32_t {
  deployment_book const& book = store.deployments();
  if (!book.deployments.empty() || run.version) [[unlikely]]
    run.queue = store.queue_number(routed_queue(book, run, run.started().task_queue.name, true));
  return run.queue;
}
/// The same for what a run wants done in a task queue: an activity, the start of a child.
template <class Store>
[[nodiscard]] auto queue_of(Store& store, run_state& run, shared_string const& queue)
    -> std::uint32_t {
  deployment_book const& book = store.deployments();
  if (!book.deployments.empty()) [[unlikely]]
    return store.queue_number(routed_queue(book, run, queue.view(), false));
  return !run.version && queue == run.started().task_queue.name ? run.queue
                                                                : store.queue_number(queue.view());
}

/// What a run that a pinned one starts or continues as is pinned to from its start; null: nothing.
[[nodiscard]] inline auto inherited_version(deployment_book const& book, run_state const& from,
                                            std::string_view queue)
    -> indirect<worker_deployment_version> {
  worker_deployment_version const* const pin = pinned_version(from);
  if (pin == nullptr || !book.polls(*pin, queue)) return {};
  return *pin;
}

} // namespace perdure::inline v0::engine

PERDURE_SELDOM_END
