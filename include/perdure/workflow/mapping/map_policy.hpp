// How many inputs of a map are under way at a time, and what becomes of failures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/error.hpp"
#include "perdure/history/failure_error.hpp"

namespace perdure::inline v0 {

namespace detail {

/// A number that has no default.
class said_count {
public:
  said_count(std::size_t count) noexcept : count_{count} {}
  operator std::size_t() const noexcept { return count_; }

private:
  std::size_t count_;
};

/// Servers take 2,000 open activities or children of a run.
inline constexpr std::size_t map_concurrency = 1'000;
inline constexpr std::size_t map_shard_inputs = 1'000;

} // namespace detail

/// All must succeed: the first failure, in the order of history, cancels the rest and is rethrown.
/// `map` gives the results.
struct map_options {
  std::size_t max_concurrency{detail::map_concurrency}; ///< At a time; at least 1.
  /// The most inputs of one shard, at least 1. More than twice as many inputs are spread over
  /// shards, see `map`. It decides what children a run has: for runs that live, another number is a
  /// change of code, which needs a patch like any other.
  std::size_t inputs_per_shard{detail::map_shard_inputs};
};

/// Some may fail. `map` gives an `outcome` for each input; one failure more than that cancels the
/// rest and is thrown as `application_error` of type "TooManyFailures", with that failure as its
/// cause.
struct tolerant_map_options {
  std::size_t max_concurrency{detail::map_concurrency};
  detail::said_count tolerated_failures;
  std::size_t inputs_per_shard{detail::map_shard_inputs};
};

/// Enough is enough: when so many have succeeded the rest is cancelled, or not begun. `map` gives
/// an `outcome` for each input, a cancelled one for those that were not needed. When so many cannot
/// succeed any more it throws `application_error` of type "TooFewSuccesses", likewise.
struct sufficient_map_options {
  std::size_t max_concurrency{detail::map_concurrency};
  detail::said_count minimum_successes;
  std::size_t inputs_per_shard{detail::map_shard_inputs};
};

namespace detail {

struct map_bounds {
  std::size_t concurrency{};
  std::size_t inputs_per_shard{};
};

/// \throws error (invalid_argument)
template <class Options>
[[nodiscard]] auto bounds_of(Options const& options) -> map_bounds {
  if (options.max_concurrency == 0)
    throw error{errc::invalid_argument, "map: .max_concurrency is 0: nothing would ever begin"};
  if (options.inputs_per_shard == 0)
    throw error{errc::invalid_argument, "map: .inputs_per_shard is 0"};
  return {options.max_concurrency, options.inputs_per_shard};
}

[[noreturn, gnu::cold]] void throw_map_failure(char const* type, std::string message,
                                               failure cause);

/// When failures end a map.
struct map_rule {
  enum class kind : std::uint8_t { none, tolerated, needed };
  kind what{kind::none}; ///< `none` may fail; so many are `tolerated`; so many successes `needed`.
  std::size_t count{};

  [[nodiscard]] static auto of(map_options const&, std::size_t) -> map_rule { return {}; }
  [[nodiscard]] static auto of(tolerant_map_options const& options, std::size_t) -> map_rule {
    return {kind::tolerated, options.tolerated_failures};
  }
  [[nodiscard]] static auto of(sufficient_map_options const& options, std::size_t inputs)
      -> map_rule;

  /// `why` is the last of so many failures, of so many inputs. Throws if it is one too many.
  void failed(std::size_t failures, std::size_t inputs, failure const& why) const;
};

} // namespace detail

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE void throw_map_failure(char const* type, std::string message, failure cause) {
  throw application_error{std::move(message),
                          {.type = type, .non_retryable = true, .cause = std::move(cause)}};
}
PERDURE_INLINE auto map_rule::of(sufficient_map_options const& options, std::size_t inputs)
    -> map_rule {
  std::size_t const wanted = options.minimum_successes;
  if (wanted > inputs)
    throw error{errc::invalid_argument, "map: .minimum_successes is " + std::to_string(wanted) +
                                            ", of " + std::to_string(inputs) + " inputs"};
  return {kind::needed, wanted};
}
PERDURE_INLINE void map_rule::failed(std::size_t failures, std::size_t inputs,
                                     failure const& why) const {
  if (what == kind::none) throw_failure(why);
  if (what == kind::tolerated && failures > count)
    throw_map_failure("TooManyFailures",
                      std::to_string(failures) + " of " + std::to_string(inputs) +
                          " failed; tolerated are " + std::to_string(count),
                      why);
  if (what == kind::needed && failures > inputs - count)
    throw_map_failure("TooFewSuccesses",
                      std::to_string(failures) + " of " + std::to_string(inputs) +
                          " failed; needed are " + std::to_string(count) + " successes",
                      why);
}
} // namespace perdure::inline v0::detail
#endif
