// Everything in memory, where the library is compiled once: see perdure/source.hpp.
#pragma once

#include "perdure/backend/compiled/compiled_backend.hpp"
#include "perdure/backend/memory_options.hpp"

namespace perdure::inline v0 {

template <class Unused>
class basic_memory_backend;
extern template class detail::compiled_backend<basic_memory_backend<void>>;

inline namespace compiled {

/// Keeps runs in memory: they are gone when it is. Thread-safe. For tests, and for measuring.
class memory_backend : public detail::compiled_backend<basic_memory_backend<void>> {
public:
  using compiled_once = memory_backend;

  explicit memory_backend(memory_backend_options options = {});
};

} // namespace compiled
} // namespace perdure::inline v0
