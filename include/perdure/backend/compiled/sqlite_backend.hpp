// Durable on one machine, where the library is compiled once: see perdure/sqlite_source.hpp.
#pragma once

#include <string>
#include <vector>

#include "perdure/backend/compiled/compiled_backend.hpp"
#include "perdure/backend/sqlite_options.hpp"

namespace perdure::inline v0 {

template <class Unused>
class basic_sqlite_backend;
extern template class detail::compiled_backend<basic_sqlite_backend<void>>;

inline namespace compiled {

/// Runs in an SQLite file: they survive the process, and, unless the options say otherwise, the
/// machine. Any number of processes of one machine may have backends on one file, with workers,
/// clients or both. Thread-safe. Needs SQLite 3.40 or later; link `perdure::sqlite_compiled`, or
/// what you have compiled with perdure/sqlite_source.hpp and -lsqlite3.
class sqlite_backend : public detail::compiled_backend<basic_sqlite_backend<void>> {
public:
  using compiled_once = sqlite_backend;

  /// Opens the file, or makes it. \throws error (file_refused, storage_failed, history_corrupt)
  explicit sqlite_backend(std::string path, sqlite_backend_options options = {});

  // What these do is said in backend/sqlite_backend.hpp.
  [[nodiscard]] auto path() const -> std::string;
  [[nodiscard]] static auto is_harmed_by_other_writers() noexcept -> bool;
  [[nodiscard]] auto statistics() -> sqlite_statistics;
  void backup(std::string const& path);
  void vacuum();
  [[nodiscard]] auto damaged_runs() -> std::vector<std::string>;
};

} // namespace compiled
} // namespace perdure::inline v0
