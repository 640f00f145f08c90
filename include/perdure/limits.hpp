// Every bound of the library, in one place. Each passes to the user as a typed error, never as a
// crash.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::inline v0::limits {

inline constexpr std::size_t json_depth_max = 128; ///< Nesting of arrays and objects in JSON.
inline constexpr std::size_t call_arity_max = 8;   ///< Parameters of a workflow or an activity.
inline constexpr std::size_t id_bytes_max =
    1'000; ///< Workflow, activity and timer ids (Temporal's).
inline constexpr std::size_t payload_bytes_max =
    2u << 20; ///< One payload: Temporal's blobSizeLimitError.
inline constexpr std::size_t history_events_suggest =
    4'096; ///< From here continue-as-new is suggested.
inline constexpr std::size_t history_bytes_suggest = 4u << 20;
inline constexpr std::size_t await_depth_max =
    10'000; ///< Coroutines of one run awaiting each other in a chain.

} // namespace perdure::inline v0::limits
