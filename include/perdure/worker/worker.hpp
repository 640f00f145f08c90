// A worker: takes tasks from one queue and runs workflows and activities.
#pragma once

#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "perdure/backend/backend.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/process_identity.hpp"
#include "perdure/worker/activity_side.hpp"
#include "perdure/worker/event_identity.hpp"
#include "perdure/worker/serving_threads.hpp"
#include "perdure/worker/shutdown_signal.hpp"
#include "perdure/worker/worker_options.hpp"
#include "perdure/worker/workflow_side.hpp"

namespace perdure::inline v0 {

/// Takes tasks from a queue of a backend and runs what is registered with it. Register first, then
/// `start()` (threads of its own), `run()` (until SIGINT or SIGTERM) or `poll_once()` (your own
/// loop). Stops, finishing what it began, when it is destroyed.
template <backend B>
class worker final : private worker_link {
public:
  /// \throws error (invalid_argument) without a task queue, with a rate below 0, or with half of a
  ///         deployment.
  worker(B& backend, worker_options options)
      : backend_{&backend},
        options_{std::move(options)},
        workflows_{backend, *this, options_, registry_},
        activities_{backend, *this, options_, registry_} {
    if (options_.task_queue.empty()) throw error{errc::invalid_argument, "worker: set .task_queue"};
    if (options_.max_activities_per_second < 0 || options_.max_task_queue_activities_per_second < 0)
      throw error{errc::invalid_argument, "worker: a rate is negative; 0 means no limit"};
    set_version();
    id = detail::next_worker_id();
    worker_link::task_queue = options_.task_queue;
    worker_link::identity = detail::event_identity(
        options_.identity.empty() ? detail::process_identity() : options_.identity);
  }
  worker(worker const&) = delete;
  auto operator=(worker const&) -> worker& = delete;
  ~worker() { stop(); }

  /// Registers workflows and activities: `worker.add<my_workflow, my_activity>()`.
  /// \throws error (already_registered) if two have the same wire name; (invalid_argument) once it
  /// polls.
  template <auto... F>
  void add(std::source_location source = std::source_location::current()) {
    require_idle();
    (registry_.template add<F>(source), ...);
  }
  /// Registers member functions of an object as activities; the object must outlive the worker.
  template <auto... F, class Object>
    requires(!detail::is_shared_pointer<Object>)
  void add(Object& object, std::source_location source = std::source_location::current()) {
    require_idle();
    (registry_.template add<F>(object, source), ...);
  }
  /// The same for an object that the worker keeps alive.
  template <auto... F, class Object>
  void add(std::shared_ptr<Object> const& object,
           std::source_location source = std::source_location::current()) {
    require_idle();
    (registry_.template add<F>(object, source), ...);
  }
  /// Finds a workflow under a second name too, for histories from before it was renamed.
  template <auto F>
  void add_alias(std::string_view name,
                 std::source_location source = std::source_location::current()) {
    require_idle();
    registry_.template alias<F>(name, source);
  }

  /// How runs of W move from version to version, whatever the default of
  /// `worker_options::deployment` is. Of no effect where the worker has no version.
  /// \throws error (invalid_argument) if it says nothing, and once the worker polls.
  template <auto W>
    requires detail::callable<W>::is_workflow_function
  void set_versioning_behavior(versioning_behavior how) {
    require_idle();
    if (how == versioning_behavior::unspecified)
      throw error{errc::invalid_argument,
                  "worker: a versioning behavior is pinned or auto_upgrade"};
    workflows_.set_versioning_behavior(&detail::workflow_entry<W>::start, how);
  }

  /// Starts polling, on threads of its own (in virtual time the backend drives the worker instead).
  void start() {
    if (attached_) return;
    attach();
    if (driven_) return;
    threads_.start(*this, options_.max_concurrent_activities + 1); // one for workflow tasks
  }

  /// Starts, and stops when the process gets SIGINT or SIGTERM, which it catches meanwhile.
  void run() {
    detail::shutdown_signal signals;
    start();
    signals.wait();
    stop();
  }

  /// Takes one task, if there is one, and works on it, on this thread. False if there was none.
  /// For a host with a loop of its own; do not call it between `start()` and `stop()`.
  auto poll_once() -> bool override {
    if (!attached_) attach();
    if (driven_ && (activities_.tell_stops() || workflows_.go_on())) return true;
    polled_task task = backend_->poll(*this, {.wait = false});
    if (task.index() == 0) return false;
    work_on(std::move(task));
    return true;
  }

  /// Stops polling, waits for what is running (asking activities to stop after the grace period),
  /// and drops cached runs: other workers, or this one later, replay them. Safe to call twice.
  void stop() {
    if (!attached_) return;
    backend_->stop_polling(*this);
    workflows_.begin_stop(options_.graceful_shutdown_timeout);
    activities_.finish(options_.graceful_shutdown_timeout);
    threads_.join();
    backend_->detach(*this);
    workflows_.finish_stop();
    attached_ = false;
  }

  /// Live runs in the cache.
  [[nodiscard]] auto cached_workflows() const -> std::size_t {
    return workflows_.cached_workflows();
  }
  [[nodiscard]] auto cached_bytes() const -> std::size_t { return workflows_.cached_bytes(); }

private:
  friend detail::serving_threads;
  friend detail::registry_access;

  void set_version() {
    worker_deployment_options const& asked = options_.deployment;
    if (asked.name.empty() && asked.build_id.empty()) return;
    if (asked.name.empty() || asked.build_id.empty() ||
        asked.default_versioning_behavior == versioning_behavior::unspecified)
      throw error{errc::invalid_argument,
                  "worker: .deployment needs a name, a build id and a versioning behavior"};
    worker_link::version = worker_deployment_version{asked.name, asked.build_id, {}};
  }
  void require_idle() const {
    if (attached_)
      throw error{errc::invalid_argument, "worker: register everything before it starts"};
  }
  void attach() {
    runs_workflows = registry_.has_workflows();
    runs_activities = registry_.has_activities();
    keeps_runs = options_.max_cached_workflows != 0;
    driven_ = backend_->attach(*this);
    attached_ = true;
    if (auto const meter = detail::worker_meter{options_})
      meter.count("temporal_worker_start", {{"worker_type", "Worker"}});
    workflows_.begin(driven_);
    activities_.begin(driven_);
  }
  /// What each thread does.
  void serve() {
    while (true) {
      polled_task task = backend_->poll(*this, {});
      if (task.index() == 0) return;
      threads_.begin_work();
      work_on(std::move(task));
      threads_.end_work();
    }
  }
  /// Nothing has got done for a while.
  void nudge() noexcept {
    if constexpr (requires { backend_->nudge(*this); }) backend_->nudge(*this);
  }
  void work_on(polled_task&& task) {
    auto* const workflow = std::get_if<workflow_task>(&task);
    if (workflow == nullptr) return activities_.work_on(std::get<activity_task>(task));
    workflows_.work_on(*workflow);
    workflows_.free_slot(); // and this thread polls next
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
  detail::registry registry_;
  detail::workflow_side<B> workflows_;
  detail::activity_side<B> activities_;
  detail::serving_threads threads_;
  bool attached_{false};
  bool driven_{false}; ///< By the backend, in virtual time.
};

template <backend B>
worker(B&, worker_options) -> worker<B>;

} // namespace perdure::inline v0
