#include "perdure/backend/temporal/calls/timed_call.hpp"

#include <thread>

#include <google/protobuf/message_lite.h>

#include "perdure/backend/temporal/calls/call_errors.hpp"

namespace perdure::inline v0::temporal {

auto call_until(connection& server, std::string_view name,
                google::protobuf::MessageLite const& request,
                google::protobuf::MessageLite& response, call_terms const& terms,
                wait_end const& end) -> call_status {
  // A try that has less time than that is not worth it, and its end would hide the last one's.
  constexpr duration shortest{std::chrono::milliseconds{100}};
  wait_end const patience{terms.patience};
  call_status status{status_code::deadline_exceeded, "there was no time for it", {}};
  for (int tries = 1; tries == 1 || end.left() > shortest; ++tries) {
    duration const deadline = end.left(terms.deadline);
    if (deadline <= duration{}) return status;
    status = server.try_once(name, request, response, deadline);
    if (status.ok() || !is_retryable(status) || says_limit_exceeded(status)) return status;
    duration const wait = spread(backoff_after(terms, tries, status));
    if (patience.left() <= wait || end.left() <= wait) return status;
    std::this_thread::sleep_for(wait);
  }
  return status;
}

} // namespace perdure::inline v0::temporal
