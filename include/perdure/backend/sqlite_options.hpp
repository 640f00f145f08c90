// How a backend in an SQLite file behaves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "perdure/backend/clock_mode.hpp"
#include "perdure/engine/engine_limits.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// What a commit waits for.
enum class sqlite_synchronous : unsigned char {
  full,   ///< The disk: what was acknowledged survives a power loss.
  normal, ///< The operating system: it survives the death of the process; a power loss may take the
          ///< last commits. Never damages the file.
};

struct sqlite_backend_options {
  sqlite_synchronous synchronous{sqlite_synchronous::full};
  /// How long a process may be paused, or hang, before its tasks are given to others. Tasks of a
  /// process that has died are given away at once.
  duration lease{std::chrono::seconds{10}};
  /// How long closed runs are kept; zero: until they are deleted.
  duration retention{};
  /// Runs that are kept in memory, at most, beside those being worked on.
  std::size_t max_cached_runs{10'000};
  /// The write-ahead log is copied into the file when it has grown to this.
  std::size_t checkpoint_bytes{std::size_t{16} << 20};
  /// How long what is done waits for more, to share a commit, while workers are busy.
  duration commit_delay{std::chrono::milliseconds{1}};
  engine_limits limits{}; ///< What is warned of, or refused: see `engine_limits`.
  bool quick_check{
      true}; ///< Check the file's structure when it is opened; what is found is logged.
  clock_mode clock{clock_mode::real};
  std::uint64_t seed{0}; ///< Of run ids; 0: from the system, or 1 in virtual time.
  time_point start_time{
      duration{1'577'836'800'000'000'000}}; ///< Of virtual time: 2020-01-01T00:00:00Z.
  std::int32_t task_attempts_max{10};       ///< In virtual time: then the wait stops.
};

/// What a backend in a file has done so far, in this process.
struct sqlite_statistics {
  std::uint64_t commits{};     ///< Transactions that wrote; each waited for the disk once.
  std::uint64_t checkpoints{}; ///< Copies of the log into the file; each waits for the disk twice.
  std::uint64_t rollbacks{};   ///< Transactions that failed and were undone.
};

} // namespace perdure::inline v0
