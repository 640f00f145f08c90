// How a worker works.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "perdure/data/data_converter.hpp"
#include "perdure/execution/worker_interceptor.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/metrics.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// Which version of the program a worker is. Names and meanings are Temporal's.
struct worker_deployment_options {
  std::string name{};     ///< Of the deployment: what is deployed as one. Empty: no version.
  std::string build_id{}; ///< Of this build of it.
  /// How runs move from version to version whose workflow tasks this worker completes. `pinned`:
  /// they stay on this build to their end. `auto_upgrade`: they go on at the build that is current
  /// when their next task comes, so the code must replay what earlier builds began. Must be set;
  /// `worker::set_versioning_behavior` says otherwise for single workflows.
  versioning_behavior default_versioning_behavior{};
};

/// How a worker works. Every bound is per worker.
struct worker_options {
  std::string task_queue{}; ///< The queue it polls; must be set.
  std::string identity{};   ///< Appears in events; empty: `pid@host`.
  /// Worked on at a time, those included that wait for local activities; 0: as many as it has
  /// threads.
  std::size_t max_concurrent_workflow_tasks{};
  std::size_t max_concurrent_activities{
      100};                           ///< Attempts at a time; also the most threads it makes.
  double max_activities_per_second{}; ///< That it begins; 0: no limit. A tenth of it at once.
  /// That all workers of the queue begin together; kept by the backend, as the worker that started
  /// last wants it. 0: as it is.
  double max_task_queue_activities_per_second{};
  std::size_t max_concurrent_local_activities{
      100};                                 ///< Attempts at a time, on threads of their own.
  std::size_t max_cached_workflows{10'000}; ///< Live runs kept; 0: every task replays.
  std::size_t max_cached_bytes{std::size_t{1} << 30}; ///< Of live runs: see `cached_bytes`.
  duration graceful_shutdown_timeout{
      std::chrono::seconds{10}}; ///< Then running activities are asked to stop.
  /// Of the heartbeats of an attempt the worker sends one per interval, the last one at the latest
  /// when the attempt fails: four fifths of its heartbeat timeout, or this if it has none, and
  /// never more than the next. In virtual time all are sent.
  duration default_heartbeat_throttle_interval{std::chrono::seconds{30}};
  duration max_heartbeat_throttle_interval{std::chrono::seconds{60}};
  /// Failure types (see `register_failure_type`) that fail the run when they leave a workflow.
  /// Others, and "std::exception" unless it is listed, fail the workflow task, which is tried
  /// again.
  std::vector<std::string> fail_run_on{};
  /// Stand around the activities and workflows that it runs, the first one outermost. They live as
  /// long as the worker, and may be those of several workers and clients.
  worker_interceptors interceptors{};
  /// Where measurements go; none: nothing is measured. Lives as long as the worker.
  std::shared_ptr<metric_sink> metrics{};
  /// How arguments and results become payloads, and exceptions failures, in what it runs; none: as
  /// usual. Lives as long as the worker.
  std::shared_ptr<perdure::data_converter const> data_converter{};
  /// With a version, it takes tasks that are pinned to its build, and while its build is the
  /// current one (`client::set_current_version`) also all others; without, those of queues for
  /// which no build is current.
  worker_deployment_options deployment{};
};

} // namespace perdure::inline v0
