// Waiting for SIGINT or SIGTERM.
#pragma once

#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace perdure::inline v0::detail {

/// Catches SIGINT and SIGTERM while it lives; the handlers from before are put back after. The
/// handler writes one byte into a pipe, which is all that a signal handler may safely do.
class shutdown_signal {
public:
  shutdown_signal() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error{errno, std::generic_category(), "pipe2"};
    read_end_ = ends[0];
    previous_end_ = write_end().exchange(ends[1]);
    struct sigaction action{};
    action.sa_handler = [](int) {
      int const saved = errno;
      char const byte = 1;
      if (::write(write_end().load(), &byte, 1) < 0) {
      } // the pipe is full: it was told already
      errno = saved;
    };
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, &old_int_);
    ::sigaction(SIGTERM, &action, &old_term_);
  }
  shutdown_signal(shutdown_signal const&) = delete;
  auto operator=(shutdown_signal const&) -> shutdown_signal& = delete;
  ~shutdown_signal() {
    ::sigaction(SIGINT, &old_int_, nullptr);
    ::sigaction(SIGTERM, &old_term_, nullptr);
    ::close(write_end().exchange(previous_end_));
    ::close(read_end_);
  }
  void wait() const noexcept {
    char byte = 0;
    while (::read(read_end_, &byte, 1) < 0 && errno == EINTR) {
    }
  }

private:
  static auto write_end() noexcept -> std::atomic<int>& {
    static std::atomic<int> end{-1};
    return end;
  }
  int read_end_{-1};
  int previous_end_{-1};
  struct sigaction old_int_{};
  struct sigaction old_term_{};
};

} // namespace perdure::inline v0::detail
