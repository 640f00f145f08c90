// What a worker does with what is registered: polls, runs tasks, stops.
#pragma once

#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "perdure/backend/backend.hpp"
#include "perdure/data/detail/block_pool.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/process_identity.hpp"
#include "perdure/worker/activity_side.hpp"
#include "perdure/worker/event_identity.hpp"
#include "perdure/worker/serving_threads.hpp"
#include "perdure/worker/shutdown_signal.hpp"
#include "perdure/worker/worker_options.hpp"
#include "perdure/worker/workflow_side.hpp"

namespace perdure::inline v0::detail {

/// The inside of a `worker`, which says what its members mean. `B` gives a backend's calls for
/// workers.
template <class B>
class basic_worker_core final : private worker_link {
public:
  basic_worker_core(B& backend, worker_options options, registry const& known)
      : backend_{&backend},
        options_{std::move(options)},
        registry_{&known},
        workflows_{backend, *this, options_, known},
        activities_{backend, *this, options_, known} {
    if (options_.task_queue.empty()) throw error{errc::invalid_argument, "worker: set .task_queue"};
    if (options_.max_activities_per_second < 0 || options_.max_task_queue_activities_per_second < 0)
      throw error{errc::invalid_argument, "worker: a rate is negative; 0 means no limit"};
    set_version();
    id = next_worker_id();
    worker_link::task_queue = options_.task_queue;
    worker_link::identity =
        event_identity(options_.identity.empty() ? process_identity() : options_.identity);
  }
  basic_worker_core(basic_worker_core const&) = delete;
  auto operator=(basic_worker_core const&) -> basic_worker_core& = delete;
  ~basic_worker_core() { stop(); }

  void require_idle() const {
    if (attached_)
      throw error{errc::invalid_argument, "worker: register everything before it starts"};
  }
  void set_versioning_behavior(workflow_starter of, versioning_behavior how) {
    require_idle();
    if (how == versioning_behavior::unspecified)
      throw error{errc::invalid_argument,
                  "worker: a versioning behavior is pinned or auto_upgrade"};
    workflows_.set_versioning_behavior(of, how);
  }

  void start() {
    if (attached_) return;
    try {
      attach();
      if (driven_) return;
      threads_.start(*this, options_.max_concurrent_activities + 1, // one for workflow tasks
                     wants_nudges());
    } catch (...) { // the system refuses threads, or memory
      stop();
      throw;
    }
  }

  void run() {
    shutdown_signal signals;
    start();
    rest_blocks(); // for as long as the program runs
    signals.wait();
    stop();
  }

  auto poll_once() -> bool override {
    if (!attached_) attach();
    if (driven_ && (activities_.tell_stops() || workflows_.go_on())) return true;
    polled_task task = backend_->poll(*this, {.wait = false});
    if (task.index() == 0) return false;
    work_on(std::move(task));
    return true;
  }

  void stop() {
    if (!attached_) return;
    backend_->stop_polling(*this);
    workflows_.begin_stop(options_.graceful_shutdown_timeout);
    activities_.finish(options_.graceful_shutdown_timeout, threads_);
    backend_->detach(*this);
    workflows_.finish_stop();
    attached_ = false;
  }

  [[nodiscard]] auto cached_workflows() const -> std::size_t {
    return workflows_.cached_workflows();
  }
  [[nodiscard]] auto cached_bytes() const -> std::size_t { return workflows_.cached_bytes(); }

private:
  friend serving_threads;

  void set_version() {
    worker_deployment_options const& asked = options_.deployment;
    if (asked.name.empty() && asked.build_id.empty()) return;
    if (asked.name.empty() || asked.build_id.empty() ||
        asked.default_versioning_behavior == versioning_behavior::unspecified)
      throw error{errc::invalid_argument,
                  "worker: .deployment needs a name, a build id and a versioning behavior"};
    worker_link::version = worker_deployment_version{asked.name, asked.build_id, {}};
  }
  void attach() {
    runs_workflows = registry_->has_workflows();
    runs_activities = registry_->has_activities();
    keeps_runs = options_.max_cached_workflows != 0;
    driven_ = backend_->attach(*this);
    attached_ = true;
    if (auto const meter = worker_meter{options_})
      meter.count("temporal_worker_start", {{"worker_type", "Worker"}});
    workflows_.begin(driven_);
    activities_.begin(driven_);
  }
  /// What each thread does, whatever is thrown: it ends when there is nothing left for good.
  void serve() noexcept {
    bool goes_on = true;
    while (goes_on) {
      try {
        goes_on = serve_one();
      } catch (...) { // a task that nobody answers times out
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
      }
    }
  }
  auto serve_one() -> bool {
    polled_task task = backend_->poll(*this, {});
    if (task.index() == 0) return false;
    threads_.begin_work();
    struct end {
      serving_threads& threads;
      ~end() { threads.end_work(); }
    } const at_end{threads_};
    work_on(std::move(task));
    return true;
  }
  /// Nothing has got done for a while.
  void nudge() noexcept {
    if constexpr (requires { backend_->nudge(*this); }) backend_->nudge(*this);
  }
  [[nodiscard]] auto wants_nudges() const noexcept -> bool {
    if constexpr (requires { backend_->wants_nudges(); })
      return backend_->wants_nudges();
    else
      return requires(B& b, basic_worker_core& self) { b.nudge(self); };
  }
  void work_on(polled_task&& task) {
    auto* const workflow = std::get_if<workflow_task>(&task);
    if (workflow == nullptr) return activities_.work_on(std::get<activity_task>(task));
    struct slot {
      workflow_side<B>& of;
      ~slot() { of.free_slot(); } // and this thread polls next
    } const at_end{workflows_};
    workflows_.work_on(*workflow);
  }

  void evict(run_number run) noexcept override { workflows_.evict(run); }
  auto next_wakeup() noexcept -> time_point override { return workflows_.next_wakeup(); }
  void cancel_attempt(activity_task_token const& token,
                      activity_cancel_reason reason) noexcept override {
    activities_.cancel(token, reason);
  }
  auto take_workflow_slot() noexcept -> bool override { return workflows_.take_slot(); }
  void free_workflow_slot() noexcept override { workflows_.free_slot(); }
  auto take_activity_slot() noexcept -> bool override { return activities_.take_slot(); }
  void free_activity_slot() noexcept override { activities_.free_slot(); }
  void return_activity_slot() noexcept override { activities_.return_slot(); }

  B* backend_;
  worker_options options_;
  registry const* registry_;
  workflow_side<B> workflows_;
  activity_side<B> activities_;
  serving_threads threads_;
  bool attached_{false};
  bool driven_{false}; ///< By the backend, in virtual time.
};

/// The one of a `worker<B>`. A program that compiles the library once has another: see
/// worker/compiled_worker_core.hpp.
#ifndef PERDURE_SEPARATE_COMPILATION
template <class B>
using worker_core = basic_worker_core<B>;
#endif

} // namespace perdure::inline v0::detail
