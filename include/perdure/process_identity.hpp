// Who a worker is, for the events it causes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "perdure/config.hpp"
#include "perdure/data/shared_string.hpp"

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

/// The text that a worker puts into all its events: permanent, unless the program has had hundreds
/// of different ones.
template <class Unused = void>
[[nodiscard]] auto event_identity(std::string_view text) -> shared_string {
  struct table {
    std::mutex mutex;
    std::vector<shared_string> texts;
  };
  constexpr std::size_t most = 256;
  static table& known = *new table; // events may outlive all statics
  std::lock_guard const lock{known.mutex};
  for (shared_string const& each : known.texts)
    if (each == text) return each;
  if (known.texts.size() == most) return text;
  return known.texts.emplace_back(shared_string::permanent(text));
}

[[nodiscard]] inline auto next_worker_id() noexcept -> std::uint64_t {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

} // namespace perdure::inline v0::detail

PERDURE_SELDOM_END
