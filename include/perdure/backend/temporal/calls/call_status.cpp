#include "perdure/backend/temporal/calls/call_status.hpp"

#include <algorithm>
#include <array>

namespace perdure::inline v0::temporal {

auto name_of(status_code code) -> std::string {
  static constexpr std::array<char const*, 17> names{"OK",
                                                     "CANCELLED",
                                                     "UNKNOWN",
                                                     "INVALID_ARGUMENT",
                                                     "DEADLINE_EXCEEDED",
                                                     "NOT_FOUND",
                                                     "ALREADY_EXISTS",
                                                     "PERMISSION_DENIED",
                                                     "RESOURCE_EXHAUSTED",
                                                     "FAILED_PRECONDITION",
                                                     "ABORTED",
                                                     "OUT_OF_RANGE",
                                                     "UNIMPLEMENTED",
                                                     "INTERNAL",
                                                     "UNAVAILABLE",
                                                     "DATA_LOSS",
                                                     "UNAUTHENTICATED"};
  auto const number = static_cast<std::size_t>(code);
  return number < names.size() ? names[number] : "code " + std::to_string(number);
}

auto is_too_large(call_status const& status) noexcept -> bool {
  return status.code == status_code::resource_exhausted &&
         status.message.find("larger than max") != std::string::npos;
}

auto is_retryable(call_status const& status) noexcept -> bool {
  switch (status.code) {
  case status_code::cancelled: // by a server or a proxy: of those that we cancel nobody is told
  case status_code::unknown:
  case status_code::deadline_exceeded:
  case status_code::aborted:
  case status_code::out_of_range:
  case status_code::internal:
  case status_code::unavailable:
  case status_code::data_loss: return true;
  case status_code::resource_exhausted: return !is_too_large(status);
  default: return false;
  }
}

auto errc_of(status_code code) noexcept -> errc {
  switch (code) {
  case status_code::invalid_argument:
  case status_code::failed_precondition: return errc::invalid_argument;
  case status_code::not_found: return errc::not_found;
  case status_code::already_exists: return errc::already_started;
  case status_code::permission_denied:
  case status_code::unauthenticated: return errc::access_denied;
  case status_code::unimplemented: return errc::not_supported;
  case status_code::cancelled: return errc::stopped;
  default: return errc::backend_busy;
  }
}

void throw_as(errc code, std::string const& what, call_failed const& why) {
  throw error{code, what + " (" + why.what() + ")"};
}

void throw_error(std::string const& what, call_failed const& why) {
  throw_as(is_too_large(why.status()) ? errc::limit_exceeded : errc_of(why.code()), what, why);
}

} // namespace perdure::inline v0::temporal
