// One update from the outside, and how messages to runs are sent.
#pragma once

#include <string>
#include <utility>

#include "perdure/backend/backend.hpp"
#include "perdure/backend/random_uuid.hpp"
#include "perdure/client/client_route.hpp"
#include "perdure/config.hpp"

namespace perdure::inline v0 {

/// How an update is sent.
struct update_options {
  std::string id{}; ///< The same id again is the same update. Unset: a random one.
  /// What `start_update` waits for: that the run accepts it or rejects it, unless told otherwise.
  update_stage wait_for{update_stage::accepted};
};

/// How a query is asked.
struct query_options {
  query_reject_condition reject{};  ///< Of which runs it is not to be answered.
  duration timeout{10'000'000'000}; ///< Real time, for an answer to come: 10 s.
};

namespace detail {

/// \throws what the update failed with, or was rejected with
template <class R, class Route>
auto result_of_update(Route const& route, update_outcome const& outcome) -> R {
  if (outcome.failure) route.throw_failure(*outcome.failure);
  return route.template decode<R>(outcome.success);
}
[[nodiscard]] auto make_update(std::string id, std::string_view name, payloads arguments)
    -> update_request;

} // namespace detail

/// An update that gives an R. Cheap to copy; the update goes on without it.
template <class R, backend B>
class update_handle {
public:
  update_handle(detail::client_route<B> backend, workflow_execution run, shared_string id)
      : backend_{std::move(backend)}, run_{std::move(run)}, id_{std::move(id)} {}

  [[nodiscard]] auto id() const -> std::string { return id_.str(); }
  [[nodiscard]] auto workflow_id() const -> std::string { return run_.workflow_id.str(); }
  /// Of the run that it was sent to; it may have moved on to a run that continues that one.
  [[nodiscard]] auto run_id() const -> std::string { return run_.run_id.str(); }

  /// Waits until the update has ended and gives its result. Can be called again.
  /// \throws what the update failed with or was rejected with (`application_error`, ...); `error`
  ///         (not_found; already_closed: the run ended before it accepted the update), and in
  ///         virtual time (stalled)
  auto result() const -> R {
    poll_update_request request{};
    request.execution = run_;
    request.update_id = id_;
    request.wait_for = update_stage::completed;
    return detail::result_of_update<R>(backend_, backend_.poll_update(request).outcome);
  }
  /// How far it has come, without waiting. \throws error (not_found, already_closed)
  [[nodiscard]] auto stage() const -> update_stage {
    poll_update_request request{};
    request.execution = run_;
    request.update_id = id_;
    return backend_.poll_update(request).stage;
  }

private:
  detail::client_route<B> backend_;
  workflow_execution run_;
  shared_string id_;
};

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto make_update(std::string id, std::string_view name, payloads arguments)
    -> update_request {
  update_request made{};
  made.meta.update_id = id.empty() ? random_uuid() : std::move(id);
  made.input.name = name;
  made.input.args = std::move(arguments);
  return made;
}
} // namespace perdure::inline v0::detail
#endif
