// What is kept of a schedule. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "perdure/history/failure.hpp"
#include "perdure/history/schedule.hpp"

namespace perdure::inline v0::engine {

/// An action whose time has come, and which has not been taken yet.
struct due_start {
  time_point nominal{};
  time_point actual{}; ///< With jitter.
  schedule_overlap_policy overlap{};
  bool manual{}; ///< Somebody asked for it: it is taken while paused, too, and never too late.
};

struct schedule_progress {
  time_point processed_until{};     ///< Actions up to this time, included, are dealt with.
  std::vector<due_start> waiting{}; ///< For the end of a run, or for the step to go on.
  std::vector<schedule_backfill> backfills{}; ///< What is left of them; `start_at` is excluded.
  std::int64_t conflict_token{1};             ///< Grows with every change.
};

struct schedule_record {
  std::string id{};
  perdure::schedule schedule{};
  schedule_info info{}; ///< Without what is worked out when it is asked for.
  schedule_progress progress{};
  payloads last_completion_result{};
  indirect<failure> continued_failure{};
  indirect<payload_map> memo{};
  indirect<payload_map> search_attributes{};
  /// When it must be looked at next; none: when a run ends or somebody asks.
  std::optional<time_point> wakes_at{};
};

inline constexpr std::size_t schedule_waiting_max = 1'000;
inline constexpr duration default_catchup_window{365 * 86'400'000'000'000};
inline constexpr duration least_catchup_window{10'000'000'000};
/// How long a schedule that has nothing more to do is kept.
inline constexpr duration schedule_retention{7 * 86'400'000'000'000};

} // namespace perdure::inline v0::engine
