// The inside of a worker, where the library is compiled once: see perdure/source.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "perdure/backend/compiled/task_source.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/worker/worker_options.hpp"

namespace perdure::inline v0::detail {

template <class B>
class basic_worker_core;

/// What `basic_worker_core` is, for any backend: there is one, which works behind virtual calls.
class compiled_worker_core {
public:
  template <backend B>
  compiled_worker_core(B& backend, worker_options options, registry const& known)
      : compiled_worker_core{tasks_of(backend), std::move(options), known} {}

  void require_idle() const;
  void set_versioning_behavior(workflow_starter of, versioning_behavior how);
  void start();
  void run();
  auto poll_once() -> bool;
  void stop();
  [[nodiscard]] auto cached_workflows() const -> std::size_t;
  [[nodiscard]] auto cached_bytes() const -> std::size_t;

private:
  compiled_worker_core(std::shared_ptr<task_source> tasks, worker_options options,
                       registry const& known);

  std::shared_ptr<task_source> tasks_;
  std::shared_ptr<basic_worker_core<task_source>> core_; ///< Goes first.
};

template <class B>
using worker_core = compiled_worker_core;

} // namespace perdure::inline v0::detail
