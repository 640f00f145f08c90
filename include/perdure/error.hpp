// How the library itself fails. How a user's activity or workflow fails is data: see
// history/failure.hpp.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace perdure::inline v0 {

/// Stable codes. They appear in logs and in stored histories, so a value is never reused or
/// renumbered.
enum class errc : std::uint16_t {
  nondeterminism = 1,  ///< Replay and history disagree about the commands of a run.
  history_corrupt = 2, ///< A stored event cannot be decoded, is out of order or of an unknown kind.
  bad_payload = 3,     ///< A payload does not hold a value of the type that was asked for.
  bad_json = 4, ///< Text is not JSON as RFC 8259 defines it, or passes a limit of `limits.hpp`.
  payload_refused = 5, ///< A payload cannot be decoded: its key is not known, it was altered, or it
                       ///< was written for another place.
  backend_busy = 10,   ///< Transient: the same call may succeed later.
  task_lost = 11,      ///< The task was timed out, superseded or closed meanwhile. Drop the work.
  stalled =
      12, ///< In virtual time: nothing is ready, no timer is set, and the result is not there.
  stopped = 13,            ///< The worker or backend was stopped while the call waited.
  invalid_argument = 20,   ///< The caller broke a documented precondition.
  not_registered = 21,     ///< No workflow or activity of that name is registered with this worker.
  already_registered = 22, ///< Two registered functions share one wire name.
  not_found = 23,          ///< No run with that id.
  already_started = 24,    ///< A run with that workflow id exists and the policies forbid another.
  already_closed = 25,     ///< The run is over; it takes no more signals or cancellations.
  handle_used_twice = 26,  ///< A handle's result was awaited a second time.
  outside_workflow =
      27, ///< Workflow API called outside of workflow code, or after the run was evicted.
  limit_exceeded = 28, ///< A bound of `limits.hpp` or of the backend's options was passed.
  read_only = 30, ///< A query handler, validator or condition called what would change its run.
  storage_failed = 40, ///< The file system failed; what was asked has not happened. Transient.
  storage_full = 41,   ///< No space is left; what was asked has not happened. Transient.
  commit_unknown = 42, ///< The file system failed while it made a change durable, and it cannot be
                       ///< read back yet whether the change happened. Ask before you repeat it.
  file_refused = 43,   ///< The file is not ours, is of a newer version, or cannot be opened.
  blob_lost = 44,      ///< What a payload refers to is not in its store, or the store is not known.
  blob_damaged = 45,   ///< What a store holds under a key is not what was put there.
  bad_time_zone = 50,  ///< No time zone of that name is known, or its data cannot be read.
  schedule_exists = 51,   ///< A schedule with that id exists.
  schedule_conflict = 52, ///< The schedule was changed since it was described: describe it again.
  query_rejected = 60,    ///< The status of the run is one that the caller ruled out.
  unanswered = 61,    ///< Nobody answered a query in time, or can: its workflow tasks keep failing.
  access_denied = 70, ///< The server does not know the caller, or does not let it do this.
  not_supported = 71, ///< The backend cannot do this at all: the message says which can.
};

/// Whether the caller may repeat the failed call unchanged.
[[nodiscard]] constexpr auto is_transient(errc code) noexcept -> bool {
  return code == errc::backend_busy || code == errc::storage_failed || code == errc::storage_full;
}

/// The one exception type of this library's own faults. Catch it at the edge and switch on
/// `code()`.
class error : public std::runtime_error {
public:
  [[gnu::cold]] error(errc code, std::string_view what)
      : std::runtime_error{text(code, what)}, code_{code} {}
  [[nodiscard]] auto code() const noexcept -> errc { return code_; }

private:
  static auto text(errc code, std::string_view what) -> std::string {
    return "[perdure." + std::to_string(static_cast<unsigned>(code)) + "] " + std::string{what};
  }
  errc code_;
};

} // namespace perdure::inline v0
