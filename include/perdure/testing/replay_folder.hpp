// Histories on disk: recorded by tests or exported from production, replayed against today's code.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/error.hpp"
#include "perdure/execution/replayer.hpp"
#include "perdure/history/history.hpp"

namespace perdure::inline v0 {

namespace detail {

/// \throws error (storage_failed)
[[nodiscard]] inline auto read_file(std::filesystem::path const& path) -> std::string {
  std::ifstream in{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in) throw error{errc::storage_failed, "cannot read " + path.string()};
  return text;
}
/// Writes beside the file first, so that a test that dies leaves the old one or the new one.
/// \throws error (storage_failed)
inline void write_file(std::filesystem::path const& path, std::string_view text) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  auto beside = path;
  beside += ".new";
  {
    std::ofstream out{beside, std::ios::binary | std::ios::trunc};
    out << text;
    out.flush();
    if (!out) throw error{errc::storage_failed, "cannot write " + beside.string()};
  }
  std::filesystem::rename(beside, path, failed);
  if (failed) throw error{errc::storage_failed, "cannot write " + path.string()};
}

/// A text as part of a file's name on any system; at most 80 bytes of it.
[[nodiscard]] inline auto as_file_name(std::string_view text) -> std::string {
  std::string name;
  for (char const c : text.substr(0, 80)) {
    bool const plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || (c == '.' && !name.empty());
    name += plain ? c : '_';
  }
  return name;
}

} // namespace detail

/// Writes a run's history into a folder, which it makes if need be, as `<type>.<workflow id>.json`
/// in Temporal's JSON form, over the file of that name if there is one. Gives its path. With a
/// handle of this environment, of an SQLite file or of a cluster alike.
/// \throws error (not_found, storage_failed)
template <class Handle>
auto record_history(Handle const& run, std::filesystem::path const& folder)
    -> std::filesystem::path {
  history const recorded = run.fetch_history();
  auto const& first = recorded.events.at(0).template as<events::workflow_execution_started>();
  auto path = folder / (detail::as_file_name(first.workflow_type.view()) + "." +
                        detail::as_file_name(run.id()) + ".json");
  detail::write_file(path, recorded.to_json() + "\n");
  return path;
}

/// What replays of a folder of histories have found.
struct folder_replay {
  struct file {
    std::filesystem::path path{};
    std::string problem{}; ///< Empty: code and history agree.
  };
  std::filesystem::path folder{};
  std::vector<file> files{}; ///< By path.

  /// Whether there were histories, and all of them agree with the code.
  [[nodiscard]] auto ok() const noexcept -> bool { return !files.empty() && failed_count() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] auto failed_count() const noexcept -> std::size_t {
    std::size_t failed = 0;
    for (file const& each : files) failed += each.problem.empty() ? 0U : 1U;
    return failed;
  }
  /// For people: how many, and each file that differs with its report.
  [[nodiscard]] auto text() const -> std::string {
    if (files.empty())
      return "there is no history (*.json) in '" + folder.string() + "': nothing was replayed";
    std::string out = std::to_string(files.size() - failed_count()) + " of " +
                      std::to_string(files.size()) + " histories in '" + folder.string() +
                      "' replay";
    for (file const& each : files)
      if (!each.problem.empty()) out += "\n" + each.path.string() + ": " + each.problem;
    return out;
  }
};

/// Replays every history (`*.json`, lists of histories too) in a folder and the folders below it.
/// In any test framework: `auto const found = replay_folder("histories", replayer);
/// REQUIRE_MESSAGE(found.ok(), found.text())`. A folder without histories is not ok: such a test
/// could not fail. A file that cannot be read, and a workflow that the replayer does not know, are
/// problems of that file.
[[nodiscard]] inline auto replay_folder(std::filesystem::path const& folder, replayer const& known)
    -> folder_replay {
  folder_replay found{folder, {}};
  std::error_code failed;
  for (auto at = std::filesystem::recursive_directory_iterator{folder, failed};
       !failed && at != std::filesystem::recursive_directory_iterator{}; at.increment(failed))
    if (at->path().extension() == ".json") found.files.push_back({at->path(), {}});
  std::ranges::sort(found.files, {}, &folder_replay::file::path);
  for (auto& [path, problem] : found.files) {
    try {
      for (history const& each : history::list_from_json(detail::read_file(path)))
        if (auto const replayed = known.replay(each); !replayed.ok() && problem.empty())
          problem = replayed.problem;
    } catch (std::exception const& e) {
      problem = e.what();
    }
  }
  return found;
}
/// The same for workflows by name: `replay_folder<order, ship>("histories")`.
template <auto... F>
  requires(sizeof...(F) > 0)
[[nodiscard]] auto replay_folder(std::filesystem::path const& folder) -> folder_replay {
  return replay_folder(folder, replayer{}.add<F...>());
}

} // namespace perdure::inline v0
