// Time in workflows: what it is, and waiting for it.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/workflow/operation.hpp"

namespace perdure::inline v0 {

/// A timer that was started; `co_await` it once. `cancel()` makes the await throw
/// `cancelled_error`.
class [[nodiscard("a timer that nobody awaits does nothing")]] timer_handle
    : public operation_handle<void> {
public:
  using operation_handle<void>::operation_handle;
};

/// What a timer may be given beside its duration.
struct timer_options {
  std::string summary{}; ///< Says in one line what is waited for; shown by tools.
};

namespace detail {

auto timer_request(duration d, timer_options const& options, std::source_location source)
    -> operation_request;

} // namespace detail

/// The time of the workflow task that runs: the same on every replay, and still while no await
/// suspends.
/// \throws error (outside_workflow) outside of workflow code.
[[nodiscard]] inline auto now() -> time_point { return detail::require_run("now()").machine.now(); }

namespace detail {

/// How long it is until then; what is further away than 292 years counts as 292 years.
[[nodiscard]] auto until(time_point at) -> duration;

} // namespace detail

/// Waits for a duration, from the moment it is awaited; up to 292 years. Lazy. Zero or less: a
/// timer that fires at once (history records it all the same). Errors at the await:
/// `cancelled_error`.
[[nodiscard]] inline auto sleep(duration d, timer_options const& options = {},
                                std::source_location source = std::source_location::current())
    -> lazy_operation<void> {
  return lazy_operation<void>{detail::timer_request(d, options, source)};
}

/// Waits until a point in time. Lazy; the duration is computed from `now()` at this call.
[[nodiscard]] inline auto sleep_until(time_point at, timer_options const& options = {},
                                      std::source_location source = std::source_location::current())
    -> lazy_operation<void> {
  return lazy_operation<void>{detail::timer_request(detail::until(at), options, source)};
}

/// Starts a timer now and gives a handle to await, or to cancel, later.
auto start_timer(duration d, timer_options const& options = {},
                 std::source_location source = std::source_location::current()) -> timer_handle;

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto timer_request(duration d, timer_options const& options,
                                  std::source_location source) -> operation_request {
  if (d < duration{}) d = duration{};
  events::timer_started asked{};
  asked.start_to_fire_timeout = d;
  operation_request request{replay::operation_kind::timer, replay::cancellation_type::try_cancel,
                            event_attributes::make(std::move(asked)), source};
  if (!options.summary.empty()) request.metadata = metadata_of(options.summary);
  return request;
}
PERDURE_INLINE auto until(time_point at) -> duration {
  time_point const from = now();
  if (at <= from) return {};
  auto const far = static_cast<std::uint64_t>(at.time_since_epoch().count()) -
                   static_cast<std::uint64_t>(from.time_since_epoch().count());
  constexpr auto most = static_cast<std::uint64_t>(duration::max().count());
  return duration{static_cast<duration::rep>(far < most ? far : most)};
}
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_INLINE auto start_timer(duration d, timer_options const& options,
                                std::source_location source) -> timer_handle {
  return timer_handle{
      detail::timer_request(d, options, source).issue(detail::require_run("start_timer"))};
}
} // namespace perdure::inline v0
#endif
