// Which SQLite this program has, and what it cannot be trusted with.
#pragma once

#include <string>

#include <sqlite3.h>

#include "perdure/error.hpp"

namespace perdure::inline v0::sqlite {

inline constexpr int oldest_library = 3'040'000; ///< As sqlite3_libversion_number counts.

/// Whether commits can be lost when one connection commits while another one copies the log into
/// the file. We never do both at once; other programs may. Source: SQLite's notes on WAL, "the WAL
/// reset bug", 3.7.0 to 3.51.2 (a distribution may have mended an older one).
[[nodiscard]] constexpr auto has_log_reset_fault(int library) noexcept -> bool {
  return library >= 3'007'000 && library <= 3'051'002;
}

/// \throws error (file_refused) for a library that is too old
inline void require_library(int library) {
  if (library < oldest_library)
    throw error{errc::file_refused, "SQLite 3.40 or later is needed, this is " +
                                        std::to_string(library / 1'000'000) + "." +
                                        std::to_string(library / 1'000 % 1'000)};
}

} // namespace perdure::inline v0::sqlite
