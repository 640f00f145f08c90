// What a worker does with workflow tasks.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/workflow_executor.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/worker/execution_cache.hpp"
#include "perdure/worker/worker_options.hpp"

namespace perdure::inline v0::detail {

/// Runs the code of workflows for their tasks and keeps the live runs. Thread-safe.
template <backend B>
class workflow_side {
public:
  /// All of these must outlive it.
  workflow_side(B& backend, worker_link& link, worker_options const& options, registry const& known)
      : backend_{&backend},
        link_{&link},
        options_{&options},
        registry_{&known},
        cache_{options.max_cached_workflows, options.max_cached_bytes} {}

  void work_on(workflow_task& task) {
    std::unique_ptr<workflow_executor> executor;
    auto const place = [&] { return executor ? executor->place() : std::string{}; };
    {
      std::lock_guard const lock{mutex_};
      executor = cache_.take(task.token.run);
    }
    try {
      if (!executor || executor->last_event_id() + 1 != task.events.front().id)
        executor = replayable(task);
      executor->process(task.events);
      // The run is in the cache before its answer is given: with that, another thread may get its
      // next task, and the backend may call `evict` when it cannot keep the answer.
      workflow_task_completion answer = executor->completion();
      if (!executor->ended()) keep(task.token.run, std::move(executor));
      backend_->complete_workflow_task(*link_, task.token, std::move(answer));
    } catch (nondeterminism_error const& e) {
      return fail(task, workflow_task_failed_cause::non_deterministic_error, e.what());
    } catch (error const& e) {
      evict(task.token.run);
      if (e.code() == errc::task_lost) return; // it was taken from us: someone else goes on
      return fail(task, workflow_task_failed_cause::workflow_worker_unhandled_failure,
                  e.what() + place());
    } catch (...) {
      return fail(task, workflow_task_failed_cause::workflow_worker_unhandled_failure,
                  describe(failure_of_current_exception()) + place());
    }
  }

  /// Forgets a live run.
  void evict(run_number run) noexcept {
    std::unique_ptr<workflow_executor> evicted; // destroyed outside of the lock
    std::lock_guard const lock{mutex_};
    evicted = cache_.take(run);
  }
  void evict_all() {
    std::lock_guard const lock{mutex_};
    cache_.clear();
  }
  [[nodiscard]] auto cached_workflows() const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return cache_.size();
  }
  [[nodiscard]] auto cached_bytes() const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return cache_.bytes();
  }

private:
  void keep(run_number run, std::unique_ptr<workflow_executor> executor) {
    std::unique_ptr<workflow_executor> evicted; // destroyed outside of the lock
    std::lock_guard const lock{mutex_};
    evicted = cache_.put(run, std::move(executor));
  }

  /// A fresh executor, and in `task` all events from the first on.
  [[nodiscard]] auto replayable(workflow_task& task) -> std::unique_ptr<workflow_executor> {
    workflow_starter const starter = registry_->workflow(task.workflow_type.view());
    if (starter == nullptr)
      throw error{errc::not_registered, "no workflow is registered as '" +
                                            task.workflow_type.str() +
                                            "' with the worker of queue '" + options_->task_queue +
                                            "' (registered: " + registry_->workflow_names() + ")"};
    if (task.events.empty() || task.events.front().id != 1)
      task.events = backend_->read_history(task.token);
    return std::make_unique<workflow_executor>(starter, task.execution, task.workflow_type,
                                               options_->fail_run_on);
  }

  void fail(workflow_task const& task, workflow_task_failed_cause cause, std::string why) {
    if (task.token.attempt == 1) // later attempts fail alike: one report is enough
      log().error("workflow task failed; it is tried again until the program is mended",
                  {{"reason", why},
                   {"workflow_type", task.workflow_type},
                   {"workflow_id", task.execution.workflow_id},
                   {"run_id", task.execution.run_id}});
    failure reason{};
    reason.message = std::move(why);
    reason.source = "perdure";
    try {
      backend_->fail_workflow_task(*link_, task.token, {cause, std::move(reason)});
    } catch (error const&) {
      // The task timed out meanwhile: the backend hands it out again by itself.
    }
  }

  B* backend_;
  worker_link* link_;
  worker_options const* options_;
  registry const* registry_;
  mutable std::mutex mutex_; ///< Guards the cache.
  execution_cache<workflow_executor> cache_;
};

} // namespace perdure::inline v0::detail
