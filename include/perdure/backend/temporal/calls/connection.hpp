// One connection to a Temporal server, and blocking calls over it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "perdure/backend/temporal/calls/call_loop.hpp"
#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/backend/temporal/configuration/temporal_options.hpp"
#include "perdure/time.hpp"

namespace google::protobuf {
class MessageLite;
} // namespace google::protobuf

namespace perdure::inline v0::temporal {

/// A procedure of WorkflowService, with what it takes and gives; see methods.hpp.
template <class Request, class Response>
struct method {
  using request_type = Request;
  using response_type = Response;
  std::string_view name{};
};

/// How long a call is waited for, and how often it is tried.
struct call_terms {
  duration deadline{};        ///< Of one try.
  duration patience{};        ///< After which it is not tried again; zero: for ever.
  duration first_backoff{};   ///< Between tries; grows up to the next.
  duration longest_backoff{}; ///< Likewise.
};

/// Calls that are answered at once: given up after half a minute of trying.
inline constexpr call_terms brief{std::chrono::seconds{10}, std::chrono::seconds{30},
                                  std::chrono::milliseconds{100}, std::chrono::seconds{5}};
/// Calls that the server holds open (for up to a minute) until there is something to say. They are
/// made again for ever; the server answers an empty one shortly before the deadline.
inline constexpr call_terms long_poll{std::chrono::seconds{70}, duration{},
                                      std::chrono::milliseconds{200}, std::chrono::seconds{10}};
/// What has been done and must be known: said again until the server takes or refuses it.
inline constexpr call_terms answer{std::chrono::seconds{10}, duration{},
                                   std::chrono::milliseconds{100}, std::chrono::seconds{5}};

/// The wait before try `n + 1`, n from 1. The server's own overload is given more time.
[[nodiscard]] auto backoff_after(call_terms const& terms, int tries, call_status const& status)
    -> duration;
/// That wait up to a fifth shorter or longer: who failed together does not come back together.
[[nodiscard]] auto spread(duration wait) -> duration;

/// Reads the answer of a call that ended well. Gives its status, or that the answer is no message.
[[nodiscard]] auto parse_answer(call_status status, std::string_view answered,
                                google::protobuf::MessageLite& to) -> call_status;

struct channel;
class open_calls;

/// A channel with the headers of every call, and the loop on which calls end. Thread-safe.
class connection {
public:
  /// Connects when it is first used. \throws error (invalid_argument) for options that cannot be
  explicit connection(temporal_options options);
  connection(connection const&) = delete;
  auto operator=(connection const&) -> connection& = delete;
  ~connection();

  /// Makes a call on this thread and waits for its answer, trying again as the terms say.
  /// \throws call_failed
  template <class Request, class Response>
  auto call(method<Request, Response> const& which, Request const& request,
            call_terms const& terms = brief) -> Response {
    Response response;
    call(which.name, request, response, terms);
    return response;
  }
  void call(std::string_view name, google::protobuf::MessageLite const& request,
            google::protobuf::MessageLite& response, call_terms const& terms);
  /// One try.
  [[nodiscard]] auto try_once(std::string_view name, google::protobuf::MessageLite const& request,
                              google::protobuf::MessageLite& response, duration deadline)
      -> call_status;

  [[nodiscard]] auto options() const noexcept -> temporal_options const& { return options_; }
  /// That of the options, or `pid@host`.
  [[nodiscard]] auto identity() const noexcept -> std::string const& { return options_.identity; }

  [[nodiscard]] auto loop() noexcept -> call_loop& { return loop_; }

private:
  friend class open_calls;
  temporal_options options_;
  std::unique_ptr<channel> channel_;
  call_loop loop_;
  std::unique_ptr<open_calls> calls_; ///< That threads wait for.
};

} // namespace perdure::inline v0::temporal
