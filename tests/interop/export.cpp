// Runs every scene on our engine and writes the histories of its runs: export <folder>
//
// <folder>/<backend>/<scene>.<workflow id>.<n>.json; in memory without a cache, so that our own
// replay has made every command of them, and on SQLite with one.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "interop/stage.hpp"

namespace {

namespace worlds = perdure_test::conformance::worlds;
using interop::scene;
using interop::stage;

/// A file for each run that has one event or more; the n-th run of an id has the number n.
void write_histories(stage& on, std::filesystem::path const& folder, scene const& played) {
  std::map<std::string, int> runs;
  for (auto const& each : on.client.list()) {
    std::string const id = each.execution.workflow_id.str();
    auto const history = on.client.get_handle(id, each.execution.run_id.str()).fetch_history();
    std::string const name =
        std::string{played.name} + "." + id + "." + std::to_string(++runs[id]) + ".json";
    std::ofstream file{folder / name};
    file << history.to_json() << '\n';
    file.close();
    if (!file) throw std::runtime_error{"cannot write " + (folder / name).string()};
  }
}

void play_all(std::filesystem::path const& folder, bool on_file) {
  std::filesystem::create_directories(folder);
  std::set<std::string> names;
  for (auto const& scenes :
       {interop::activity_scenes(), interop::child_scenes(), interop::control_scenes(),
        interop::handler_scenes(), interop::life_scenes(), interop::local_activity_scenes(),
        interop::message_scenes(), interop::operator_scenes()})
    for (scene const& each : scenes) {
      if (!names.insert(each.name).second)
        throw std::runtime_error{std::string{"two scenes are called "} + each.name};
      std::size_t const cached = on_file ? 10'000 : 0;
      try {
        stage on{on_file ? worlds::sqlite({}) : worlds::memory({}), cached};
        each.play(on);
        on.worker.stop();
        write_histories(on, folder, each);
      } catch (std::exception const& failed) {
        throw std::runtime_error{std::string{each.name} + ": " + failed.what()};
      }
    }
  std::printf("%zu scenes in %s\n", names.size(), folder.c_str());
}

} // namespace

auto main(int count, char** arguments) -> int {
  if (count != 2) {
    std::fprintf(stderr, "usage: export <folder>\n");
    return 2;
  }
  try {
    std::filesystem::path const folder{arguments[1]};
    std::filesystem::remove_all(folder);
    play_all(folder / "memory", false);
    play_all(folder / "sqlite", true);
    return 0;
  } catch (std::exception const& failed) {
    std::fprintf(stderr, "%s\n", failed.what());
    return 1;
  }
}
