// What the shim can be told. It stands between libsqlite3 and the C library: linked before both, or
// loaded with LD_PRELOAD and told by the variable PERDURE_IO (see io_shim.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace reliability {

/// The kinds of calls that are counted. Bits, so that a plan can name several.
enum io_call : unsigned {
  io_write = 1,
  io_sync = 2,
  io_truncate = 4,
  io_unlink = 8,
  io_open = 16,
  io_read = 32,
  io_activity = 64, ///< A write to the log of side effects: to stop inside of an activity.
  /// What changes the disk.
  io_changes = io_write | io_sync | io_truncate | io_unlink,
};

/// What happens at the n-th call.
enum class io_mode : int {
  count, ///< Nothing.
  kill,  ///< The process dies before the call.
  torn,  ///< A part of the write is done, then the process dies.
  power, ///< What was not synced is lost (all, or a seeded part), then the process dies.
  fault, ///< The call fails, or does less than was asked.
  pause, ///< The process stops itself (SIGSTOP) before the call.
};

/// How a call fails in `io_mode::fault`.
enum class io_fault : int {
  error,        ///< Nothing is done.
  done_anyway,  ///< The call does its work and then says that it failed.
  short_write,  ///< Half of a write is done; not an error. Other calls: as `error`.
  sync_dropped, ///< A sync fails and what it was to make durable never will be (as Linux does it).
};

/// How much of what was not synced is lost in `io_mode::power`.
enum class io_loss : int {
  all,
  writes,  ///< Each write is lost or kept, by a seeded coin.
  sectors, ///< Each 512 bytes of each write.
};

struct io_plan {
  io_mode mode{io_mode::count};
  std::int64_t at{0};    ///< The n-th counted call, from 1; 0: none; `at_end`: at `end_of_run`.
  std::int64_t again{0}; ///< pause: and then each time after so many calls.
  unsigned calls{io_changes}; ///< Which kinds are counted.
  std::uint64_t seed{0};
  io_loss loss{io_loss::all};
  bool names_are_lost{true}; ///< power: files created or removed since the directory was synced.
  std::size_t torn_from{0};  ///< torn: the part of the write that is done.
  std::size_t torn_size{0};
  int error{0}; ///< fault: the errno.
  io_fault fault{io_fault::error};
  std::int64_t times{1};        ///< fault: so many calls from the n-th on.
  std::int64_t skipped_sync{0}; ///< The n-th sync is not done, and said to be: a planted bug.
  static constexpr std::int64_t at_end = -1;
};

/// One counted call, as the trace has it.
struct io_record {
  std::uint32_t kind{};
  std::uint32_t size{}; ///< Of a write.
};

extern "C" {
/// Which database to watch: this file, its -wal and its -journal; and the log of side effects, or
/// null. Forgets what was watched before. Call it before the database is opened.
void io_shim_watch(char const* database, char const* side_log);
/// Sets the plan and counts from 0.
void io_shim_arm(io_plan const* plan);
/// Where to write what was counted: `capacity` records, or null.
void io_shim_trace(io_record* records, std::int64_t capacity);
/// Calls that were counted.
auto io_shim_calls() -> std::int64_t;
/// The plan's call was reached.
auto io_shim_struck() -> bool;
/// Says that the program has done all it wanted, with everything still open.
void io_shim_end_of_run();
}

} // namespace reliability
