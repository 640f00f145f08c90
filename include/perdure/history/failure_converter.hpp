// Which failures exceptions become, and which exceptions failures, in one client or worker.
#pragma once

#include <exception>
#include <optional>

#include "perdure/config.hpp"
#include "perdure/history/failure.hpp"

namespace perdure::inline v0 {

/// A part of a `data_converter`; see `data_converter::use_failures`. Called by several threads at
/// once.
class failure_converter {
public:
  failure_converter() = default;
  failure_converter(failure_converter const&) = delete;
  auto operator=(failure_converter const&) -> failure_converter& = delete;
  virtual ~failure_converter() = default;

  /// What is recorded for an exception that has left an activity, a workflow or a handler of it;
  /// nothing: the usual failure, which `default_failure(thrown)` gives, to be changed perhaps.
  /// Whether an exception that leaves a workflow fails the run is decided as always, by
  /// `worker_options::fail_run_on` with the type that this gives. Not asked for `cancelled_error`.
  [[nodiscard]] virtual auto to_failure(std::exception_ptr const& thrown) const
      -> std::optional<failure>;
  /// Throws what user code is to see in place of the usual exception for `why`, or returns. In
  /// workflow code it must do the same on every replay. Not asked for cancellations.
  virtual void throw_failure(failure const& why) const { (void)why; }
};

#if PERDURE_DEFINES
PERDURE_INLINE auto failure_converter::to_failure(std::exception_ptr const& thrown) const
    -> std::optional<failure> {
  (void)thrown;
  return std::nullopt;
}
#endif

} // namespace perdure::inline v0
