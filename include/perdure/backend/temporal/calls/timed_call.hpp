// Calls that are given up at a time.
#pragma once

#include <chrono>
#include <optional>

#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::temporal {

/// How long somebody waits, from now.
class wait_end {
public:
  /// Zero: for ever.
  explicit wait_end(duration wait) {
    if (wait > duration{}) end_ = in(wait);
  }
  [[nodiscard]] auto is_over() const -> bool { return left() <= duration{}; }
  [[nodiscard]] auto left() const -> duration {
    return end_ ? duration{*end_ - clock::now()} : duration::max();
  }
  /// What is left, but no more than that.
  [[nodiscard]] auto left(duration at_most) const -> duration {
    duration const here = left();
    return here < at_most ? here : at_most;
  }

private:
  using clock = std::chrono::steady_clock;
  /// Saturates: who waits for 292 years waits for ever.
  [[nodiscard]] static auto in(duration wait) -> std::optional<clock::time_point> {
    auto const now = clock::now();
    if (wait > clock::time_point::max() - now) return std::nullopt;
    return now + wait;
  }
  std::optional<clock::time_point> end_{};
};

/// Makes a call until it succeeds or is refused, or until the end of the wait, or as the terms say:
/// gives how the last try ended.
[[nodiscard]] auto call_until(connection& server, std::string_view name,
                              google::protobuf::MessageLite const& request,
                              google::protobuf::MessageLite& response, call_terms const& terms,
                              wait_end const& end) -> call_status;

template <class Request, class Response>
[[nodiscard]] auto call_until(connection& server, method<Request, Response> const& which,
                              Request const& request, Response& response, call_terms const& terms,
                              wait_end const& end) -> call_status {
  return call_until(server, which.name, request, response, terms, end);
}

} // namespace perdure::inline v0::temporal
