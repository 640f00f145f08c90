// When something that failed is tried again.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/error.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// When a failed attempt is tried again: Temporal's RetryPolicy, field by field.
///
/// Delay before attempt n+1 (n counts from 1, the first try):
///     min(initial_interval * backoff_coefficient^(n-1), maximum_interval)
/// A zero field is unset and takes the default named beside it. Jitter is the backend's business:
/// it never enters `next_delay`, which gives the same answer on replay.
struct retry_policy {
  duration initial_interval{};      ///< Unset: 1 s.
  double backoff_coefficient{};     ///< Unitless, >= 1; exactly 1 means a fixed delay. Unset: 2.
  duration maximum_interval{};      ///< >= initial_interval. Unset: 100 times the initial interval.
  std::uint32_t maximum_attempts{}; ///< Counts the first try. Unset: no limit. 1 means no retry.
  /// Application failures of these types are not retried. Compared exactly.
  std::vector<std::string> non_retryable_error_types{};

  /// Whether any field was set: a policy with none asks for the caller's default.
  [[nodiscard]] constexpr auto is_set() const noexcept -> bool {
    return initial_interval != duration{} || backoff_coefficient > 0 || backoff_coefficient < 0 ||
           maximum_interval != duration{} || maximum_attempts != 0 ||
           !non_retryable_error_types.empty();
  }

  friend auto operator==(retry_policy const&, retry_policy const&) -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("initialInterval", self.initial_interval);
    on("backoffCoefficient", self.backoff_coefficient);
    on("maximumInterval", self.maximum_interval);
    on("maximumAttempts", self.maximum_attempts);
    on("nonRetryableErrorTypes", self.non_retryable_error_types);
  }
};

/// Delay before attempt `attempt + 1`, or nothing when attempt `attempt` was the last one allowed.
/// Never overflows: the delay saturates at the maximum interval, which saturates at 292 years.
/// \pre `attempt >= 1` and the policy passes `validate`. Steps: log(maximum / initial) /
/// log(coefficient).
[[nodiscard]] constexpr auto next_delay(retry_policy const& policy, std::uint32_t attempt) noexcept
    -> std::optional<duration> {
  if (policy.maximum_attempts != 0 && attempt >= policy.maximum_attempts) return std::nullopt;
  constexpr auto forever = std::numeric_limits<duration::rep>::max();
  constexpr duration::rep one_second = 1'000'000'000;
  auto const initial =
      policy.initial_interval == duration{} ? one_second : policy.initial_interval.count();
  auto const longest = policy.maximum_interval != duration{} ? policy.maximum_interval.count()
                       : initial > forever / 100             ? forever
                                                             : initial * 100;
  auto const coefficient = policy.backoff_coefficient > 0 ? policy.backoff_coefficient : 2.0;
  // Multiplying in a loop, not std::pow: libm may differ between the machines that replay.
  auto const limit = static_cast<double>(longest);
  auto delay = static_cast<double>(initial);
  for (std::uint32_t n = 1; n < attempt && delay < limit && coefficient > 1.0; ++n)
    delay *= coefficient;
  // The double nearest to `forever` is one above it: only a smaller delay may be converted back.
  return delay < limit ? duration{static_cast<duration::rep>(delay)} : duration{longest};
}

namespace detail {

/// What is wrong with a policy; null: nothing.
[[nodiscard]] constexpr auto fault_of(retry_policy const& policy) noexcept -> char const* {
  if (policy.initial_interval < duration{}) return "initial_interval is negative";
  if (policy.maximum_interval < duration{}) return "maximum_interval is negative";
  auto const coefficient_is_unset = !(policy.backoff_coefficient < 0) &&
                                    !(policy.backoff_coefficient > 0) &&
                                    policy.backoff_coefficient <= 0;
  if (!coefficient_is_unset && !(policy.backoff_coefficient >= 1))
    return "backoff_coefficient is below 1: set 1 for a fixed delay, or leave it 0 for the default "
           "of 2";
  auto const initial =
      policy.initial_interval == duration{} ? duration{1'000'000'000} : policy.initial_interval;
  if (policy.maximum_interval != duration{} && policy.maximum_interval < initial)
    return "maximum_interval is below initial_interval (1 s when unset)";
  return nullptr;
}

} // namespace detail

/// Checks a policy before it is recorded. The message says whose it is: that of `kind`, or of
/// `kind 'name'` (of an activity, say).
/// \throws error errc::invalid_argument if an interval is negative, the coefficient is set and
/// below 1 (or is not a number), or the maximum interval is set and below the initial one.
void validate(retry_policy const& policy, std::string_view kind, std::string_view name = {});

#if PERDURE_DEFINES
PERDURE_INLINE void validate(retry_policy const& policy, std::string_view kind,
                             std::string_view name) {
  char const* const fault = detail::fault_of(policy);
  if (fault == nullptr) return;
  std::string whose{kind};
  if (!name.empty()) whose.append(" '").append(name).append("'");
  throw error{errc::invalid_argument, "retry policy of " + whose + ": " + fault};
}
#endif

} // namespace perdure::inline v0
