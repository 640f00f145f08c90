// Who a worker is, for the events it causes.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <unistd.h>

#include "perdure/config.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::detail {

[[nodiscard]] inline auto host_name() -> std::string {
  char host[256]{};
  if (::gethostname(host, sizeof host - 1) != 0) return "?";
  return host;
}

/// `pid@host`, as Temporal's SDKs write it.
[[nodiscard]] inline auto process_identity() -> std::string {
  return std::to_string(::getpid()) + "@" + host_name();
}

[[nodiscard]] inline auto next_worker_id() noexcept -> std::uint64_t {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

} // namespace perdure::inline v0::detail

PERDURE_SELDOM_END
