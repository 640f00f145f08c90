// How much of everything an embedded engine takes, and what it does beyond that.
#pragma once

#include <cstddef>
#include <cstdint>

#include "perdure/data/shared_string.hpp"
#include "perdure/history/ids.hpp"
#include "perdure/limits.hpp"

namespace perdure::inline v0 {

/// The limits of an embedded backend. The numbers are Temporal's. By default a run that passes one
/// is logged, once for each limit, and is told that it had better continue as new; with
/// `temporal()` the limits are kept as a Temporal server keeps them:
///  - an input of a client above `payload_bytes_max`: the call throws error (limit_exceeded);
///  - such a payload in a command: the workflow task fails and the run is terminated;
///  - such a result of an activity: the activity fails and is not retried;
///  - a command that would have more than so many pending: the workflow task fails, and is retried;
///  - a history above its maximum: the run is terminated.
/// The numbers of updates are always kept: an update too many is refused, and the client told.
struct engine_limits {
  std::size_t payload_bytes_warn{256u << 10}; ///< Of the payloads of one event.
  std::size_t payload_bytes_max{2u << 20};
  std::size_t history_bytes_suggest{limits::history_bytes_suggest}; ///< Continue as new from here.
  std::size_t history_bytes_warn{10u << 20};
  std::size_t history_bytes_max{50u << 20};
  std::size_t history_events_suggest{limits::history_events_suggest};
  std::size_t history_events_warn{10'240};
  std::size_t history_events_max{51'200};
  std::size_t pending_activities_max{2'000};
  std::size_t pending_children_max{2'000};
  std::size_t pending_signals_max{2'000}; ///< To other workflows.
  std::size_t pending_cancels_max{2'000}; ///< Of other workflows.
  std::size_t updates_in_flight_max{10};  ///< Of one run: admitted or accepted, not completed.
  std::size_t updates_total_max{2'000};   ///< Of one run, without rejected ones.
  // These are always kept: the call throws, or the workflow task fails.
  std::size_t search_attributes_max{100};             ///< Of one run.
  std::size_t search_attribute_bytes_max{2u << 10};   ///< Of one value.
  std::size_t search_attributes_bytes_max{40u << 10}; ///< Of all names and values of one run.
  bool enforced{false};

  /// The same limits, as errors.
  [[nodiscard]] static constexpr auto temporal() noexcept -> engine_limits {
    engine_limits strict{};
    strict.enforced = true;
    return strict;
  }
  /// Whether a payload of this size is an error.
  [[nodiscard]] constexpr auto refuses(std::size_t payload_bytes) const noexcept -> bool {
    return enforced && payload_bytes > payload_bytes_max;
  }
};

namespace engine {

inline constexpr engine_limits standard_limits{};

enum class limit_kind : std::uint8_t {
  payload_bytes,
  history_bytes,
  history_events,
  pending_activities,
  pending_children
};

/// A run has passed a limit for the first time.
struct limit_notice {
  workflow_execution run{};
  shared_string workflow_type{};
  limit_kind what{};
  std::size_t value{};
  std::size_t bound{}; ///< The one that was passed.
};

} // namespace engine

} // namespace perdure::inline v0
