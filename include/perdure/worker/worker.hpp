// A worker: takes tasks from one queue and runs workflows and activities.
#pragma once

#include <cstddef>
#include <memory>
#include <source_location>
#include <string_view>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/worker/worker_options.hpp"
#ifdef PERDURE_SEPARATE_COMPILATION
  #include "perdure/worker/compiled_worker_core.hpp"
#else
  #include "perdure/worker/worker_core.hpp"
#endif

namespace perdure::inline v0 {
#ifdef PERDURE_SEPARATE_COMPILATION
inline namespace compiled { // it is another class then: files of both kinds do not link
#endif

/// Takes tasks from a queue of a backend and runs what is registered with it. Register first, then
/// `start()` (threads of its own), `run()` (until SIGINT or SIGTERM) or `poll_once()` (your own
/// loop). Stops, finishing what it began, when it is destroyed.
template <backend B>
class worker final {
public:
  /// \throws error (invalid_argument) without a task queue, with a rate below 0, or with half of a
  ///         deployment.
  worker(B& backend, worker_options options) : core_{backend, std::move(options), registry_} {}
  worker(worker const&) = delete;
  auto operator=(worker const&) -> worker& = delete;

  /// Registers workflows and activities: `worker.add<my_workflow, my_activity>()`.
  /// \throws error (already_registered) if two have the same wire name; (invalid_argument) once it
  /// polls.
  template <auto... F>
  void add(std::source_location source = std::source_location::current()) {
    core_.require_idle();
    (registry_.template add<F>(source), ...);
  }
  /// Registers member functions of an object as activities; the object must outlive the worker.
  template <auto... F, class Object>
    requires(!detail::is_shared_pointer<Object>)
  void add(Object& object, std::source_location source = std::source_location::current()) {
    core_.require_idle();
    (registry_.template add<F>(object, source), ...);
  }
  /// The same for an object that the worker keeps alive.
  template <auto... F, class Object>
  void add(std::shared_ptr<Object> const& object,
           std::source_location source = std::source_location::current()) {
    core_.require_idle();
    (registry_.template add<F>(object, source), ...);
  }
  /// Finds a workflow under a second name too, for histories from before it was renamed.
  template <auto F>
  void add_alias(std::string_view name,
                 std::source_location source = std::source_location::current()) {
    core_.require_idle();
    registry_.template alias<F>(name, source);
  }

  /// How runs of W move from version to version, whatever the default of
  /// `worker_options::deployment` is. Of no effect where the worker has no version.
  /// \throws error (invalid_argument) if it says nothing, and once the worker polls.
  template <auto W>
    requires detail::callable<W>::is_workflow_function
  void set_versioning_behavior(versioning_behavior how) {
    core_.set_versioning_behavior(&detail::workflow_entry<W>::start, how);
  }

  /// Starts polling, on threads of its own (in virtual time the backend drives the worker instead).
  void start() { core_.start(); }

  /// Starts, and stops when the process gets SIGINT or SIGTERM, which it catches meanwhile.
  void run() { core_.run(); }

  /// Takes one task, if there is one, and works on it, on this thread. False if there was none.
  /// For a host with a loop of its own; do not call it between `start()` and `stop()`.
  auto poll_once() -> bool { return core_.poll_once(); }

  /// Stops polling, waits for what is running (asking activities to stop after the grace period),
  /// and drops cached runs: other workers, or this one later, replay them. Safe to call twice.
  void stop() { core_.stop(); }

  /// Live runs in the cache.
  [[nodiscard]] auto cached_workflows() const -> std::size_t { return core_.cached_workflows(); }
  /// Bytes that these keep alive, as counted after the last task of each: their coroutines,
  /// operations, buffers of signals and handlers, and their places in the cache. Not counted are:
  /// what workflow code itself has on the heap (texts, vectors, what handlers capture); events,
  /// commands and payloads, which an embedded backend shares with its histories, while a worker of
  /// a cluster holds alone what its open operations asked for (some 400 bytes for an activity,
  /// besides its arguments); and what the allocator adds.
  [[nodiscard]] auto cached_bytes() const -> std::size_t { return core_.cached_bytes(); }

private:
  friend detail::registry_access;

  detail::registry registry_;
  detail::worker_core<B> core_;
};

template <backend B>
worker(B&, worker_options) -> worker<B>;

#ifdef PERDURE_SEPARATE_COMPILATION
} // namespace compiled
#endif
} // namespace perdure::inline v0
