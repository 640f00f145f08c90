// What the tools put to the test: a program that keeps something in a file, and knows afterwards
// whether everything is there that it was told is there.
#pragma once

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shim/io_shim.hpp"

namespace reliability {

/// Where one case has its files.
struct place {
  std::string directory{};

  [[nodiscard]] auto database() const -> std::string { return directory + "/case.db"; }
  /// What activities did to the world: appended to, never lost, no part of the database.
  [[nodiscard]] auto side_log() const -> std::string { return directory + "/ran.log"; }
  [[nodiscard]] auto errors() const -> std::string { return directory + "/stderr.txt"; }
  void clean() const {
    for (char const* name : {"case.db", "case.db-wal", "case.db-shm", "case.db-journal",
                             "case.db-wake", "ran.log", "seen.txt", "stderr.txt"})
      (void)unlink((directory + "/" + name).c_str());
  }
};

/// Tells the tool, from inside of the program under test, what was acknowledged.
class reporter {
public:
  explicit reporter(int pipe) : pipe_{pipe} {}
  /// Needs no memory of its own.
  void say(std::string_view line) const {
    iovec const parts[] = {{const_cast<char*>(line.data()), line.size()},
                           {const_cast<char*>("\n"), 1}};
    (void)!writev(pipe_, parts, 2);
  }
  /// The disk fails and the program can do no more; it has told nobody otherwise.
  void give_up() const { say("!gave up"); }
  /// All is done and everything is still open.
  void end_of_run() const { io_shim_end_of_run(); }

private:
  int pipe_;
};

/// One scenario: what it does follows from its seed alone.
class subject {
public:
  subject() = default;
  subject(subject const&) = delete;
  auto operator=(subject const&) -> subject& = delete;
  virtual ~subject() = default;

  /// In a process that may die at any time. Throws if it does not know how to go on.
  virtual void run(place const& where, reporter const& acked) = 0;
  /// Afterwards, in another process, without faults: finishes what is to be finished and says what
  /// is wrong; empty if nothing is.
  virtual auto check(place const& where, std::vector<std::string> const& acked) -> std::string = 0;

  // Several processes at once on one file (the tool `zombie`): some work, one asks.
  /// Before the others.
  virtual void prepare(place const&) {}
  /// Works until it is told to stop.
  virtual void work(place const&, std::uint64_t /*seed*/, std::atomic<bool> const& /*stop*/) {}
  /// Asks for work and waits until all of it is done.
  virtual void ask(place const&, reporter const&) {}
};

/// A subject by name; see subjects.cpp. Null if there is none of that name.
auto make_subject(std::string_view name, std::uint64_t seed) -> std::unique_ptr<subject>;

/// The same numbers on every machine (splitmix64).
class dice {
public:
  explicit dice(std::uint64_t seed) : state_{seed} {}
  auto next() -> std::uint64_t {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// From `low` to `high`, both included.
  auto between(int low, int high) -> int {
    return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1));
  }

private:
  std::uint64_t state_;
};

} // namespace reliability
