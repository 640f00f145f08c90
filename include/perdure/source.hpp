// The code of the library, for a program that compiles it once instead of in each of its files.
//
// Define PERDURE_SEPARATE_COMPILATION for all files of the program, and have in one of them, which
// has nothing else:
//
//     #include <perdure/source.hpp>
//
// With CMake, link perdure::compiled instead of perdure::perdure: it does both. perdure/sqlite.hpp
// has perdure/sqlite_source.hpp, and perdure::sqlite_compiled. What perdure.hpp declares is the
// same; `memory_backend` and `sqlite_backend` are classes that pass their calls on. Files of a
// program that disagree about the macro do not link where they share a worker or a backend.
#pragma once

#ifndef PERDURE_SEPARATE_COMPILATION
  #error "perdure/source.hpp: define PERDURE_SEPARATE_COMPILATION for all files of the program"
#endif
#ifdef PERDURE_DEFINES
  #error "perdure/source.hpp: include it before other headers of perdure"
#endif
#define PERDURE_SOURCE

#include "perdure/internals.hpp"

namespace perdure::inline v0 {

template class detail::compiled_backend<basic_memory_backend<void>>;

inline namespace compiled {
memory_backend::memory_backend(memory_backend_options options)
    : compiled_backend{std::make_shared<basic_memory_backend<void>>(options)} {}
} // namespace compiled

namespace detail {

compiled_worker_core::compiled_worker_core(std::shared_ptr<task_source> tasks,
                                           worker_options options, registry const& known)
    : tasks_{std::move(tasks)},
      core_{std::make_shared<basic_worker_core<task_source>>(*tasks_, std::move(options), known)} {}
void compiled_worker_core::require_idle() const { core_->require_idle(); }
void compiled_worker_core::set_versioning_behavior(workflow_starter of, versioning_behavior how) {
  core_->set_versioning_behavior(of, how);
}
void compiled_worker_core::start() { core_->start(); }
void compiled_worker_core::run() { core_->run(); }
auto compiled_worker_core::poll_once() -> bool { return core_->poll_once(); }
void compiled_worker_core::stop() { core_->stop(); }
auto compiled_worker_core::cached_workflows() const -> std::size_t {
  return core_->cached_workflows();
}
auto compiled_worker_core::cached_bytes() const -> std::size_t { return core_->cached_bytes(); }

} // namespace detail
} // namespace perdure::inline v0
