// How calls of a Temporal server end.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/error.hpp"

namespace perdure::inline v0::temporal {

/// The codes of gRPC, with their numbers.
enum class status_code : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// `UNAVAILABLE`, or the number of a code that is not known.
[[nodiscard]] auto name_of(status_code code) -> std::string;

struct call_status {
  status_code code{};
  std::string message{};
  std::string details{}; ///< A serialized google.rpc.Status; empty: there are none.

  [[nodiscard]] auto ok() const noexcept -> bool { return code == status_code::ok; }
};

/// The message is larger than one side takes. Such a call fails alike when it is repeated.
[[nodiscard]] auto is_too_large(call_status const& status) noexcept -> bool;

/// Whether the same call may succeed later.
[[nodiscard]] auto is_retryable(call_status const& status) noexcept -> bool;

/// A call that was not retried, or not with success. Leaves no function of the backend: `throw_as`
/// makes an `error` of it.
class call_failed final : public std::exception {
public:
  call_failed(std::string_view method, call_status status)
      : method_{method}, status_{std::move(status)} {
    text_ = method_ + ": " + name_of(status_.code) + ": " + status_.message;
  }
  [[nodiscard]] auto method() const noexcept -> std::string const& { return method_; }
  [[nodiscard]] auto status() const noexcept -> call_status const& { return status_; }
  [[nodiscard]] auto code() const noexcept -> status_code { return status_.code; }
  [[nodiscard]] auto what() const noexcept -> char const* override { return text_.c_str(); }

private:
  std::string method_;
  call_status status_;
  std::string text_;
};

/// The error of this library that a code comes to where a call has nothing better to say.
[[nodiscard]] auto errc_of(status_code code) noexcept -> errc;

/// `what`: what was to be done, "workflow 'a' could not be signalled". \throws error
[[noreturn]] void throw_as(errc code, std::string const& what, call_failed const& why);
[[noreturn]] void throw_error(std::string const& what, call_failed const& why);

} // namespace perdure::inline v0::temporal
