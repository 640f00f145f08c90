// Which run a caller means.
#pragma once

#include <string>

#include "perdure/engine/engine_limits.hpp"
#include "perdure/engine/store.hpp"
#include "perdure/error.hpp"

namespace perdure::inline v0::engine {

/// The run with that run id, or, without one, the current run of the workflow id.
/// \throws error (not_found)
template <store S>
[[nodiscard]] auto find_run(S& store, workflow_execution const& target) -> run_state& {
  run_state* const run = target.run_id.empty() ? store.current_run(target.workflow_id.view())
                                               : store.find_execution(target);
  if (run == nullptr)
    throw error{errc::not_found,
                "no workflow '" + target.workflow_id.str() + "'" +
                    (target.run_id.empty() ? "" : " with run " + target.run_id.str())};
  return *run;
}

/// The same; it must be open. `what` says what cannot be done to it otherwise.
/// \throws error (not_found, already_closed)
template <store S>
[[nodiscard]] auto find_open_run(S& store, workflow_execution const& target, char const* what)
    -> run_state& {
  run_state& run = find_run(store, target);
  if (!run.open())
    throw error{errc::already_closed, "cannot " + std::string{what} + " workflow '" +
                                          target.workflow_id.str() + "': its run " +
                                          run.execution.run_id.str() + " is over"};
  return run;
}

/// \throws error (limit_exceeded) if that is more than a payload may have
inline void refuse_large(engine_limits const& bounds, char const* what, payloads const& data) {
  if (bounds.refuses(byte_size(data)))
    throw error{errc::limit_exceeded,
                std::string{what} + " has " + std::to_string(byte_size(data)) +
                    " bytes, more than the " + std::to_string(bounds.payload_bytes_max) +
                    " that engine_limits::payload_bytes_max allows"};
}

} // namespace perdure::inline v0::engine
