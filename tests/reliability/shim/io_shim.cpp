// Stands between libsqlite3 and the C library, and makes the disk misbehave at the n-th call.
//
// Watched are a database, its -wal and its -journal, and the directory they are in; not the -shm
// (which is mapped, and which SQLite does not trust after a crash) nor any other file. To use it on
// any program: LD_PRELOAD=libperdure_io_shim.so PERDURE_IO="db=/dir/file.db mode=power at=17
// seed=3"
#include "io_shim.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "durable_files.hpp"
#include "real_calls.hpp"

namespace reliability {
namespace {

constexpr int no_file = -1;
constexpr int directory = watched_files::count;
constexpr int side_log = watched_files::count + 1;

/// Everything there is to know. Never destroyed: other threads may still do I/O at exit.
struct state {
  io_plan plan{};
  watched_files files{};
  std::string side_log_path{};
  std::atomic<std::int64_t> calls{0};
  std::atomic<std::int64_t> syncs{0};
  std::atomic<bool> struck{false};
  io_record* trace{nullptr};
  std::int64_t trace_capacity{0};
  std::atomic<signed char> kinds[4096]{}; ///< Of descriptors: 1 + what they are.

  [[nodiscard]] auto file_of(int fd) const -> int {
    return fd < 0 || fd >= 4096 ? no_file : kinds[fd].load(std::memory_order_acquire) - 1;
  }
};

auto shim() -> state& {
  static state* const only = new state;
  return *only;
}
constinit std::mutex order{}; // of calls on watched files, where the order matters

[[noreturn]] void die() {
  real().kill_self();
  while (true) pause();
}
[[noreturn]] void lose_power() {
  state& s = shim();
  s.files.lose({s.plan.loss, s.plan.names_are_lost, s.plan.seed});
  die();
}

/// What the plan wants of one call.
enum class verdict { proceed, tear, fail };

auto judge(unsigned kind, std::size_t size) -> verdict {
  state& s = shim();
  if ((s.plan.calls & kind) == 0) return verdict::proceed;
  std::int64_t const n = s.calls.fetch_add(1) + 1;
  if (s.trace != nullptr && n <= s.trace_capacity)
    s.trace[n - 1] = {kind, static_cast<std::uint32_t>(size)};
  if (s.plan.at <= 0 || n < s.plan.at) return verdict::proceed;
  switch (s.plan.mode) {
  case io_mode::kill:
    if (n == s.plan.at) die();
    break;
  case io_mode::power:
    if (n == s.plan.at) lose_power();
    break;
  case io_mode::torn:
    if (n == s.plan.at) return verdict::tear;
    break;
  case io_mode::fault:
    if (n - s.plan.at >= s.plan.times) break;
    s.struck = true;
    return verdict::fail;
  case io_mode::pause:
    if (n != s.plan.at && (s.plan.again == 0 || (n - s.plan.at) % s.plan.again != 0)) break;
    s.struck = true;
    std::raise(SIGSTOP);
    break;
  default: break;
  }
  return verdict::proceed;
}

/// Calls must not overlap with the loss of power, nor change places on their way to the record.
auto lock_if_recorded() -> std::unique_lock<std::mutex> {
  return shim().plan.mode == io_mode::power ? std::unique_lock{order}
                                            : std::unique_lock<std::mutex>{};
}
void record_write(int file, void const* data, ssize_t size, off64_t at) {
  if (shim().plan.mode == io_mode::power && size > 0 && file < watched_files::count)
    shim().files.wrote(file, data, static_cast<std::size_t>(size), at);
}

auto write_at(int fd, void const* data, std::size_t size, off64_t at) -> ssize_t {
  int const file = shim().file_of(fd);
  if (file == no_file || file == directory) return real().pwrite64(fd, data, size, at);
  auto const lock = lock_if_recorded();
  io_plan const& plan = shim().plan;
  switch (judge(file == side_log ? io_activity : io_write, size)) {
  case verdict::proceed: break;
  case verdict::tear: {
    auto const* const bytes = static_cast<char const*>(data);
    std::size_t const from = std::min(plan.torn_from, size);
    std::size_t const some = std::min(plan.torn_size, size - from);
    (void)real().pwrite64(fd, bytes + from, some, at + static_cast<off64_t>(from));
    die();
  }
  case verdict::fail:
    if (plan.fault == io_fault::short_write)
      return real().pwrite64(fd, data, size > 1 ? size / 2 : size, at);
    if (plan.fault == io_fault::done_anyway) (void)real().pwrite64(fd, data, size, at);
    errno = plan.error;
    return -1;
  }
  ssize_t const done = real().pwrite64(fd, data, size, at);
  record_write(file, data, done, at);
  return done;
}

auto append(int fd, void const* data, std::size_t size) -> ssize_t {
  int const file = shim().file_of(fd);
  if (file == no_file) return real().write(fd, data, size);
  if (file == side_log) {
    (void)judge(io_activity, size);
    return real().write(fd, data, size);
  }
  off64_t const at = lseek64(fd, 0, SEEK_CUR);
  ssize_t const done = write_at(fd, data, size, at);
  if (done > 0) (void)lseek64(fd, done, SEEK_CUR);
  return done;
}

template <class Call>
auto sync(int fd, Call call) -> int {
  state& s = shim();
  int const file = s.file_of(fd);
  if (file == no_file || file == side_log) return call(fd);
  auto const lock = lock_if_recorded();
  bool const fails = judge(io_sync, 0) == verdict::fail;
  if (++s.syncs == s.plan.skipped_sync) return 0;
  if (fails && s.plan.fault != io_fault::done_anyway) {
    if (s.plan.fault == io_fault::sync_dropped && file != directory) s.files.drop(file);
    errno = s.plan.error;
    return -1;
  }
  int const result = call(fd);
  if (result == 0 && file == directory) s.files.synced_names();
  if (result == 0 && file != directory) s.files.synced(file);
  if (!fails) return result;
  errno = s.plan.error;
  return -1;
}

auto truncate_to(int fd, off64_t size) -> int {
  state& s = shim();
  int const file = s.file_of(fd);
  if (file == no_file || file >= watched_files::count) return real().ftruncate64(fd, size);
  auto const lock = lock_if_recorded();
  if (judge(io_truncate, 0) == verdict::fail) {
    if (s.plan.fault == io_fault::done_anyway) (void)real().ftruncate64(fd, size);
    errno = s.plan.error;
    return -1;
  }
  int const result = real().ftruncate64(fd, size);
  if (result == 0 && s.plan.mode == io_mode::power) s.files.truncated(file, size);
  return result;
}

auto remove_name(char const* path) -> int {
  state& s = shim();
  int const file = s.files.find(path);
  if (file == no_file) return real().unlink(path);
  auto const lock = lock_if_recorded();
  if (judge(io_unlink, 0) == verdict::fail) {
    if (s.plan.fault == io_fault::done_anyway) (void)real().unlink(path);
    errno = s.plan.error;
    return -1;
  }
  int const result = real().unlink(path);
  if (result == 0) s.files.removed(file);
  return result;
}

auto open_name(char const* path, int flags, mode_t mode) -> int {
  state& s = shim();
  int file = s.files.find(path);
  if (file == no_file && s.files.is_directory(path)) file = directory;
  if (file == no_file && !s.side_log_path.empty() && s.side_log_path == path) file = side_log;
  if (file == no_file) return real().open64(path, flags, mode);
  auto const lock = lock_if_recorded();
  if (file != side_log && judge(io_open, 0) == verdict::fail) {
    errno = s.plan.error;
    return -1;
  }
  bool const was_there = access(path, F_OK) == 0;
  int const fd = real().open64(path, flags, mode);
  if (fd < 0 || fd >= 4096) return fd;
  if (file < watched_files::count && s.plan.mode == io_mode::power) s.files.opened(file, was_there);
  s.kinds[fd] = static_cast<signed char>(file + 1);
  return fd;
}

auto read_at(int fd, void* data, std::size_t size, off64_t at) -> ssize_t {
  int const file = shim().file_of(fd);
  if (file != no_file && file < watched_files::count && judge(io_read, size) == verdict::fail) {
    errno = shim().plan.error;
    return -1;
  }
  return real().pread64(fd, data, size, at);
}

} // namespace

extern "C" {
void io_shim_watch(char const* database, char const* log) {
  state& s = shim();
  s.files.watch(database);
  s.side_log_path = log == nullptr ? "" : log;
}
void io_shim_arm(io_plan const* plan) {
  state& s = shim();
  s.plan = *plan;
  s.calls = 0;
  s.syncs = 0;
  s.struck = false;
}
void io_shim_trace(io_record* records, std::int64_t capacity) {
  shim().trace = records;
  shim().trace_capacity = capacity;
}
auto io_shim_calls() -> std::int64_t { return shim().calls; }
auto io_shim_struck() -> bool { return shim().struck; }
void io_shim_end_of_run() {
  state const& s = shim();
  if (s.plan.at != io_plan::at_end) return;
  auto const lock = lock_if_recorded();
  if (s.plan.mode == io_mode::kill) die();
  if (s.plan.mode == io_mode::power) lose_power();
}
}

/// For programs that do not know of the shim: `PERDURE_IO="db=PATH mode=kill at=N ..."`.
__attribute__((constructor)) static void read_environment() {
  char const* const text = std::getenv("PERDURE_IO");
  if (text == nullptr) return;
  static char const* const modes[] = {"count", "kill", "torn", "power", "fault", "pause"};
  io_plan plan{};
  std::string const all{text};
  for (std::size_t from = 0; from < all.size();) {
    std::size_t const end = std::min(all.find(' ', from), all.size());
    std::string const word = all.substr(from, end - from);
    from = end + 1;
    std::size_t const is = std::min(word.find('='), word.size() - 1);
    std::string const key = word.substr(0, is);
    std::string const value = word.substr(is + 1);
    long const number = std::strtol(value.c_str(), nullptr, 10);
    if (key == "db") io_shim_watch(value.c_str(), nullptr);
    for (int i = 0; i < 6; ++i)
      if (key == "mode" && value == modes[i]) plan.mode = static_cast<io_mode>(i);
    if (key == "at") plan.at = number;
    if (key == "again") plan.again = number;
    if (key == "seed") plan.seed = static_cast<std::uint64_t>(number);
    if (key == "calls") plan.calls = static_cast<unsigned>(number);
    if (key == "loss") plan.loss = static_cast<io_loss>(number);
    if (key == "names") plan.names_are_lost = number != 0;
    if (key == "from") plan.torn_from = static_cast<std::size_t>(number);
    if (key == "size") plan.torn_size = static_cast<std::size_t>(number);
    if (key == "errno") plan.error = static_cast<int>(number);
    if (key == "fault") plan.fault = static_cast<io_fault>(number);
    if (key == "times") plan.times = number;
    if (key == "skip_sync") plan.skipped_sync = number;
  }
  io_shim_arm(&plan);
}

} // namespace reliability

// The names that libsqlite3 calls: on Debian those for 64-bit offsets, elsewhere perhaps the
// others.
extern "C" {
auto pwrite64(int fd, void const* data, size_t size, off64_t at) -> ssize_t {
  return reliability::write_at(fd, data, size, at);
}
auto pwrite(int fd, void const* data, size_t size, off_t at) -> ssize_t {
  return reliability::write_at(fd, data, size, at);
}
auto write(int fd, void const* data, size_t size) -> ssize_t {
  return reliability::append(fd, data, size);
}
auto pread64(int fd, void* data, size_t size, off64_t at) -> ssize_t {
  return reliability::read_at(fd, data, size, at);
}
auto pread(int fd, void* data, size_t size, off_t at) -> ssize_t {
  return reliability::read_at(fd, data, size, at);
}
auto fsync(int fd) -> int {
  return reliability::sync(fd, [](int f) { return reliability::real().fsync(f); });
}
auto fdatasync(int fd) -> int {
  return reliability::sync(fd, [](int f) { return reliability::real().fdatasync(f); });
}
auto ftruncate64(int fd, off64_t size) noexcept -> int {
  return reliability::truncate_to(fd, size);
}
auto ftruncate(int fd, off_t size) noexcept -> int { return reliability::truncate_to(fd, size); }
auto unlink(char const* path) noexcept -> int { return reliability::remove_name(path); }
auto close(int fd) -> int {
  if (fd >= 0 && fd < 4096) reliability::shim().kinds[fd] = 0;
  return reliability::real().close(fd);
}
auto open64(char const* path, int flags, ...) -> int {
  va_list rest;
  va_start(rest, flags);
  mode_t const mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return reliability::open_name(path, flags, mode);
}
auto open(char const* path, int flags, ...) -> int {
  va_list rest;
  va_start(rest, flags);
  mode_t const mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return reliability::open_name(path, flags, mode);
}
}
