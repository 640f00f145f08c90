// One JSON line per metric.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace reliability {

/// What a line says beside its value.
struct metric_context {
  std::string seed{};
  std::int64_t cases{};
  std::chrono::steady_clock::time_point start{std::chrono::steady_clock::now()};

  [[nodiscard]] auto seconds() const -> double {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
};

inline auto commit_of_source() -> std::string {
  std::string found;
  if (FILE* const git =
          popen("git -C '" PERDURE_SOURCE_DIR "' rev-parse --short HEAD 2>/dev/null", "r")) {
    char text[64]{};
    if (std::fgets(text, sizeof text, git) != nullptr) found = text;
    (void)pclose(git);
  }
  while (!found.empty() && found.back() == '\n') found.pop_back();
  return found.empty() ? "unknown" : found;
}

inline void print_metric(std::string const& name, double value, std::string const& unit,
                         metric_context const& context) {
  static std::string const commit = commit_of_source();
  std::printf("{\"metric\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"seed\": \"%s\", "
              "\"commit\": \"%s\", \"compiler\": \"%s\", \"cases\": %lld, \"seconds\": %.1f}\n",
              name.c_str(), value, unit.c_str(), context.seed.c_str(), commit.c_str(), __VERSION__,
              static_cast<long long>(context.cases), context.seconds());
  std::fflush(stdout);
}

} // namespace reliability
