// Where the files of a benchmark go: into PERDURE_BENCHMARK_DIR, if that is set.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace bench {

/// A folder that is gone when the benchmark is.
struct folder {
  std::filesystem::path path;
  folder() {
    char const* const base = std::getenv("PERDURE_BENCHMARK_DIR");
    std::string made = std::string{base != nullptr ? base : "."} + "/perdure-bench-XXXXXX";
    if (::mkdtemp(made.data()) == nullptr) std::abort();
    path = made;
  }
  ~folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] auto file(std::string const& name) const -> std::string { return path / name; }
};

} // namespace bench
