// The scenes in C++.
//
// perdure_cluster_equal ADDRESS NAMESPACE FOLDER [SCENE]   plays all, or that one, and writes
//                                                 FOLDER/<scene>.<workflow id>.<n>.json
// perdure_cluster_equal --replay FOLDER           replays the histories in it
#include "stage.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace {

auto parts() -> std::vector<equal::part> {
  return {equal::activity_part(), equal::child_part(), equal::control_part(),
          equal::message_part()};
}

auto play_all(std::string const& address, std::string const& name_space,
              std::filesystem::path const& folder, std::string_view only) -> int {
  perdure::temporal_options const options{
      .address = address, .namespace_ = name_space, .identity = equal::identity};
  equal::backend backend{options};
  equal::backend other_backend{options};
  equal::worker worker{backend,
                       {.task_queue = equal::queue,
                        .identity = equal::identity,
                        .max_heartbeat_throttle_interval = std::chrono::milliseconds{100}}};
  equal::client const near{backend};
  equal::client const far{other_backend};
  for (auto const& each : parts()) each.add_to_worker(worker);
  worker.start();
  int count = 0;
  for (auto const& each : parts())
    for (auto const& scene : each.scenes) {
      if (!only.empty() && only != scene.name) continue;
      equal::stage on{far, near, scene.name};
      try {
        scene.play(on);
        count += write_histories(on, folder);
      } catch (std::exception const& failed) {
        throw std::runtime_error{std::string{scene.name} + ": " + failed.what()};
      }
    }
  return count;
}

auto text_of(std::filesystem::path const& path) -> std::string {
  std::ifstream const file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What the code says against a history; empty: nothing.
auto replayed(perdure::replayer const& program, std::filesystem::path const& path) -> std::string {
  auto const history = perdure::history::from_json(text_of(path));
  auto const result = program.replay(history);
  if (!result.ok()) return result.problem;
  if (!result.commands.empty()) return "the code went on after the end of the history";
  return {};
}

auto replay_all(std::filesystem::path const& folder) -> int {
  perdure::replayer program;
  for (auto const& each : parts()) each.add_to_replayer(program);
  std::vector<std::filesystem::path> paths;
  for (auto const& each : std::filesystem::directory_iterator{folder})
    if (each.path().extension() == ".json") paths.push_back(each.path());
  std::ranges::sort(paths);
  int problems = 0;
  for (auto const& each : paths)
    if (auto const problem = replayed(program, each); !problem.empty()) {
      std::printf("%s: %s\n", each.filename().c_str(), problem.c_str());
      ++problems;
    }
  std::printf("%zu histories replayed in C++, %d problems\n", paths.size(), problems);
  return problems;
}

} // namespace

auto main(int count, char** arguments) -> int {
  try {
    if (count == 3 && std::string_view{arguments[1]} == "--replay")
      return replay_all(arguments[2]) == 0 ? 0 : 1;
    if (count != 4 && count != 5) {
      std::fprintf(stderr, "usage: perdure_cluster_equal ADDRESS NAMESPACE FOLDER [SCENE]\n"
                           "       perdure_cluster_equal --replay FOLDER\n");
      return 2;
    }
    std::string_view const only = count == 5 ? arguments[4] : "";
    std::printf("%d histories in C++\n", play_all(arguments[1], arguments[2], arguments[3], only));
    return 0;
  } catch (std::exception const& failed) {
    std::fprintf(stderr, "%s\n", failed.what());
    return 1;
  }
}
