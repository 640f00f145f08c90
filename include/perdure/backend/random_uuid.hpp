// Ids that nobody else has.
#pragma once

#include <cstdint>
#include <string>

#include <sys/random.h>

#include "perdure/workflow/random.hpp"

namespace perdure::inline v0 {

/// A version 4 UUID from the system's random numbers. For clients; workflow code uses `uuid4()`.
[[nodiscard]] inline auto random_uuid() -> std::string {
  std::uint64_t words[2]{};
  auto* at = reinterpret_cast<char*>(words);
  for (std::size_t left = sizeof words; left > 0;) {
    ::ssize_t const got = ::getrandom(at, left, 0);
    if (got <= 0) continue; // interrupted by a signal
    at += got;
    left -= static_cast<std::size_t>(got);
  }
  return detail::uuid_text(words[0], words[1]);
}

} // namespace perdure::inline v0
