// The code of perdure/sqlite.hpp, for a program that compiles it once: beside perdure/source.hpp,
// which says how, and in a file of its own.
#pragma once

#ifndef PERDURE_SEPARATE_COMPILATION
  #error                                                                                           \
      "perdure/sqlite_source.hpp: define PERDURE_SEPARATE_COMPILATION for all files of the program"
#endif

#include "perdure/internals.hpp" // first: the others use more of it than they include

#include "perdure/backend/sqlite_backend.hpp"
#include "perdure/sqlite.hpp"

namespace perdure::inline v0 {

template class detail::compiled_backend<basic_sqlite_backend<void>>;

inline namespace compiled {
sqlite_backend::sqlite_backend(std::string path, sqlite_backend_options options)
    : compiled_backend{
          std::make_shared<basic_sqlite_backend<void>>(std::move(path), std::move(options))} {}
auto sqlite_backend::path() const -> std::string { return it().path(); }
auto sqlite_backend::is_harmed_by_other_writers() noexcept -> bool {
  return basic_sqlite_backend<void>::is_harmed_by_other_writers();
}
auto sqlite_backend::statistics() -> sqlite_statistics { return it().statistics(); }
void sqlite_backend::backup(std::string const& path) { it().backup(path); }
void sqlite_backend::vacuum() { it().vacuum(); }
auto sqlite_backend::damaged_runs() -> std::vector<std::string> { return it().damaged_runs(); }
} // namespace compiled

} // namespace perdure::inline v0
