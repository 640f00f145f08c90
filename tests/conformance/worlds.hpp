// The backends that the behaviours are checked on. To add one: name it in the lists below, and say
// in worlds.cpp how it is opened.
#pragma once

#include "conformance/any_backend.hpp"

#include <memory>

#ifdef PERDURE_WORLDS_ON_A_SERVER
  // tests/cluster/conformance: the same behaviours, in a program of their own.
  #define PERDURE_WORLDS(each, ...) each(temporal, __VA_ARGS__)
  #define PERDURE_CLEAR_WORLDS(each, ...) each(temporal, __VA_ARGS__)
  #define PERDURE_DURABLE_WORLDS(each, ...)
  #define PERDURE_DURABLE_CLEAR_WORLDS(each, ...)
#else

  /// Every backend, in virtual and in real time. `each(name, ...)` is expanded for each of them.
  #define PERDURE_WORLDS(each, ...)                                                                \
    each(memory, __VA_ARGS__) each(sqlite, __VA_ARGS__) each(coded, __VA_ARGS__)

  /// Those that can read what they keep: behind codecs payloads are larger, and failures say
  /// nothing.
  #define PERDURE_CLEAR_WORLDS(each, ...) each(memory, __VA_ARGS__) each(sqlite, __VA_ARGS__)
  #define PERDURE_DURABLE_CLEAR_WORLDS(each, ...)                                                  \
    each(journal, __VA_ARGS__) each(sqlite, __VA_ARGS__)

  /// Those that can be closed and opened again, in virtual time. The journal is a tool of this
  /// suite and is checked for that alone.
  #define PERDURE_DURABLE_WORLDS(each, ...)                                                        \
    each(journal, __VA_ARGS__) each(sqlite, __VA_ARGS__) each(coded_sqlite, __VA_ARGS__)

#endif

namespace perdure_test::conformance {

struct world_options {
  perdure::clock_mode clock{perdure::clock_mode::virtual_time};
  perdure::engine_limits limits{};
};

namespace worlds {

/// One function for each name in the lists: a fresh backend with nothing in it.
[[nodiscard]] auto memory(world_options const& options) -> std::unique_ptr<any_backend>;
[[nodiscard]] auto sqlite(world_options const& options) -> std::unique_ptr<any_backend>;
[[nodiscard]] auto journal(world_options const& options) -> std::unique_ptr<any_backend>;
/// Behind a codec that ties every payload to its place.
[[nodiscard]] auto coded(world_options const& options) -> std::unique_ptr<any_backend>;
[[nodiscard]] auto coded_sqlite(world_options const& options) -> std::unique_ptr<any_backend>;
/// Defined in tests/cluster/conformance.
[[nodiscard]] auto temporal(world_options const& options) -> std::unique_ptr<any_backend>;

} // namespace worlds

} // namespace perdure_test::conformance
