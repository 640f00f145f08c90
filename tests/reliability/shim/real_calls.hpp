// The C library's own functions, behind the shim's.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>

namespace reliability {

struct real_calls {
  template <class F>
  static void find(F*& function, char const* name) {
    function = reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
  }
  real_calls() {
    find(pwrite64, "pwrite64");
    find(write, "write");
    find(pread64, "pread64");
    find(fsync, "fsync");
    find(fdatasync, "fdatasync");
    find(ftruncate64, "ftruncate64");
    find(unlink, "unlink");
    find(close, "close");
    find(open64, "open64");
  }
  void kill_self() const { (void)::kill(getpid(), SIGKILL); }

  ssize_t (*pwrite64)(int, void const*, std::size_t, off64_t);
  ssize_t (*write)(int, void const*, std::size_t);
  ssize_t (*pread64)(int, void*, std::size_t, off64_t);
  int (*fsync)(int);
  int (*fdatasync)(int);
  int (*ftruncate64)(int, off64_t);
  int (*unlink)(char const*);
  int (*close)(int);
  int (*open64)(char const*, int, ...);
};

inline auto real() -> real_calls const& {
  static real_calls const calls;
  return calls;
}

} // namespace reliability
