// How processes on one file take turns, wake each other, and see who has died: a small file beside
// the database. What it holds means nothing once the last process has closed it.
#pragma once

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "perdure/error.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::sqlite {

/// Thread-safe but for `lock`, which one thread at a time may hold. Linux: flock hands a lock to
/// whoever waits without polling and frees it when a process dies, and a futex in shared memory
/// wakes waiters in other processes.
class file_signal {
public:
  /// \throws error (file_refused)
  explicit file_signal(std::string path) : path_{std::move(path)} {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) refuse("cannot be opened");
    if (::ftruncate(descriptor_, size_bytes) != 0) refuse("cannot be sized");
    void* const memory =
        ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
    if (memory == MAP_FAILED) refuse("cannot be mapped into memory");
    words_ = static_cast<words*>(memory);
    enter();
  }
  file_signal(file_signal const&) = delete;
  auto operator=(file_signal const&) -> file_signal& = delete;
  ~file_signal() {
    if (words_ != nullptr) {
      words_->present.fetch_sub(1, std::memory_order_relaxed);
      ::munmap(words_, size_bytes);
    }
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  /// Waits for this process's turn to write.
  void lock() {
    while (::flock(descriptor_, LOCK_EX) != 0)
      if (errno != EINTR) refuse("cannot be locked");
  }
  void unlock() noexcept { ::flock(descriptor_, LOCK_UN); }

  /// A number that grows when another process has something to tell.
  [[nodiscard]] auto generation() const noexcept -> std::uint32_t {
    return words_->generation.load(std::memory_order_acquire);
  }
  /// Wakes those that listen, in this and in other processes.
  void notify() noexcept {
    words_->generation.fetch_add(1, std::memory_order_acq_rel);
    futex(FUTEX_WAKE, INT_MAX, nullptr);
  }
  /// Whether anybody listens who is not `self` listeners of ours. Who was killed may count for
  /// ever: that costs a system call now and then.
  [[nodiscard]] auto is_heard(std::uint32_t self) const noexcept -> bool {
    return words_->listeners.load(std::memory_order_relaxed) > self;
  }
  /// Whether no other backend has the file open, here or elsewhere. \pre it is this one's turn
  [[nodiscard]] auto is_alone() const noexcept -> bool {
    return words_->present.load(std::memory_order_relaxed) == 1;
  }
  /// Callers that wait for the end of a run, of all processes.
  [[nodiscard]] auto awaiting() const noexcept -> std::uint32_t { return words_->awaiting.load(); }
  void await() noexcept { words_->awaiting.fetch_add(1); }
  void stop_awaiting() noexcept { words_->awaiting.fetch_sub(1); }
  void listen() noexcept { words_->listeners.fetch_add(1, std::memory_order_relaxed); }
  void stop_listening() noexcept { words_->listeners.fetch_sub(1, std::memory_order_relaxed); }
  /// Waits until the generation is another than `seen`. May wake early.
  void wait(std::uint32_t seen) noexcept { futex(FUTEX_WAIT, static_cast<int>(seen), nullptr); }

  /// Marks a member as alive for as long as this process lives. False if somebody holds the mark.
  auto hold(std::int64_t member) noexcept -> bool {
    struct flock mark = mark_of(member);
    return ::fcntl(descriptor_, F_OFD_SETLK, &mark) == 0;
  }
  void release(std::int64_t member) noexcept {
    struct flock mark = mark_of(member);
    mark.l_type = F_UNLCK;
    ::fcntl(descriptor_, F_OFD_SETLK, &mark);
  }
  /// Whether another process (or backend) holds the mark of a member.
  [[nodiscard]] auto is_held(std::int64_t member) const noexcept -> bool {
    struct flock mark = mark_of(member);
    return ::fcntl(descriptor_, F_OFD_GETLK, &mark) == 0 && mark.l_type != F_UNLCK;
  }

private:
  struct words {
    std::atomic<std::uint32_t> generation;
    std::atomic<std::uint32_t> listeners;
    std::atomic<std::uint32_t> present; ///< Backends that have the file open, at least.
    std::atomic<std::uint32_t> awaiting;
  };
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
  static constexpr long size_bytes = 4096;

  [[nodiscard]] static auto mark_of(std::int64_t member) noexcept -> struct flock {
    return byte_lock(F_WRLCK, size_bytes + member);
  } [[nodiscard]] static auto byte_lock(short type, long at) noexcept -> struct flock {
    struct flock mark{};
    mark.l_type = type;
    mark.l_whence = SEEK_SET;
    mark.l_start = at;
    mark.l_len = 1;
    return mark;
  }
  /// Counts this backend among those present. The first one forgets those that were killed.
  void
  enter() {
    struct flock alone = byte_lock(F_WRLCK, 0);
    bool const first = ::fcntl(descriptor_, F_OFD_SETLK, &alone) == 0;
    if (first) {
      words_->listeners.store(0);
      words_->present.store(1);
      words_->awaiting.store(0);
    }
    struct flock shared = byte_lock(F_RDLCK, 0);
    while (::fcntl(descriptor_, F_OFD_SETLKW, &shared) != 0)
      if (errno != EINTR) refuse("cannot be locked");
    if (!first) words_->present.fetch_add(1);
  }
  auto futex(int operation, int value, timespec const* timeout) const noexcept -> long {
    return ::syscall(SYS_futex, &words_->generation, operation, value, timeout, nullptr, 0);
  }
  [[noreturn, gnu::cold]] void refuse(char const* what) {
    std::string const why = std::strerror(errno);
    if (words_ == nullptr && descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    throw error{errc::file_refused,
                "'" + path_ + "', which processes on one database share, " + what + ": " + why};
  }

  std::string path_;
  int descriptor_{-1};
  words* words_{nullptr};
};

} // namespace perdure::inline v0::sqlite
