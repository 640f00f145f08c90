// This process and others: what it takes of the machine, and the program itself run once more.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/// A field of /proc/self/status that is in KiB, in bytes: VmRSS (resident), VmHWM (its peak).
inline auto status_bytes(std::string_view field) -> double {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field) && line[field.size()] == ':')
      return 1'024 * std::strtod(line.c_str() + field.size() + 1, nullptr);
  return 0;
}
/// VmHWM is the peak from here on.
inline void reset_resident_peak() { std::ofstream{"/proc/self/clear_refs"} << "5"; }

inline auto seconds_since(std::chrono::steady_clock::time_point begin) -> double {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The program itself in another process, with other arguments. What it prints can be read here; it
/// is asked to end by the end of its input.
class other_process {
public:
  explicit other_process(std::vector<std::string> arguments) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0)
      throw std::runtime_error{"no pipe"};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    arguments.insert(arguments.begin(), "benchmark");
    std::vector<char*> words;
    for (std::string& each : arguments) words.push_back(each.data());
    words.push_back(nullptr);
    int const failed =
        ::posix_spawn(&id_, "/proc/self/exe", &actions, nullptr, words.data(), ::environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
    if (failed != 0) throw std::runtime_error{"the program cannot start itself"};
  }
  other_process(other_process&& from) noexcept
      : id_{std::exchange(from.id_, -1)},
        input_{std::exchange(from.input_, -1)},
        output_{std::exchange(from.output_, -1)} {}
  auto operator=(other_process&&) -> other_process& = delete;
  ~other_process() { (void)end(); }

  /// Waits for a line; empty when it has ended.
  [[nodiscard]] auto read_line() const -> std::string {
    std::string line;
    for (char c = 0; ::read(output_, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  /// Waits for its end. False if it did not end well.
  auto end() -> bool {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
    if (output_ >= 0) ::close(std::exchange(output_, -1));
    int status = 0;
    return id_ < 0 || (::waitpid(std::exchange(id_, -1), &status, 0) >= 0 && WIFEXITED(status) &&
                       WEXITSTATUS(status) == 0);
  }
  /// For the other process: returns when it is asked to end.
  static void wait_for_end() {
    for (char c = 0; ::read(0, &c, 1) == 1;) {
    }
  }

private:
  pid_t id_{-1};
  int input_{-1};
  int output_{-1};
};

} // namespace bench
