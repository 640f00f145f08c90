// The functions that determinism_guard watches, defined for the whole program: include this in one
// file of a test program, and in no other. Each notes its call and goes on to the real one.
//
// They have names of their own, and the names of libc as labels: so they meet no declaration of
// libc's headers, which differ in exceptions, macros and checks.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

#include <cstdarg>
#include <cstdio>

#include "perdure/testing/guard.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  #error "perdure: guard_hooks.hpp and a sanitizer define the same functions: leave one of them out"
#elif defined(__has_feature)
  #if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    #error                                                                                         \
        "perdure: guard_hooks.hpp and a sanitizer define the same functions: leave one of them out"
  #endif
#endif

namespace perdure::inline v0::detail {

bool const guard_hooks_noted = (guard_hooks_linked = true);

/// The next definition of a function after the program's own.
template <class F>
[[nodiscard]] auto real_function(char const* name) noexcept -> F* {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

/// One call on its way to the real function: what that calls in turn is part of it.
class guarded_call {
public:
  guarded_call(char const* name, void* caller) {
    if (guard_exempt_depth++ == 0) note_guarded_call(name, caller);
  }
  guarded_call(guarded_call const&) = delete;
  auto operator=(guarded_call const&) -> guarded_call& = delete;
  ~guarded_call() { --guard_exempt_depth; }
};

[[nodiscard]] inline auto name_of_clock(clockid_t clock) noexcept -> char const* {
  switch (clock) {
  case CLOCK_REALTIME: return "clock_gettime (std::chrono::system_clock::now)";
  case CLOCK_MONOTONIC: return "clock_gettime (std::chrono::steady_clock::now)";
  default: return "clock_gettime";
  }
}

} // namespace perdure::inline v0::detail

// PERDURE_GUARD_HOOK(result, label, (parameters), (arguments)): the common form.
#define PERDURE_GUARD_HOOK(result, label, name, parameters, arguments)                             \
  extern "C" auto perdure_guard_##label parameters->result asm(#label);                            \
  extern "C" auto perdure_guard_##label parameters->result {                                       \
    static auto* const real = perdure::detail::real_function<result parameters>(#label);           \
    perdure::detail::guarded_call const call{name, __builtin_return_address(0)};                   \
    return real arguments;                                                                         \
  }

PERDURE_GUARD_HOOK(int, clock_gettime, perdure::detail::name_of_clock(clock),
                   (clockid_t clock, timespec* now), (clock, now))
PERDURE_GUARD_HOOK(int, gettimeofday, "gettimeofday", (timeval * now, void* zone), (now, zone))
PERDURE_GUARD_HOOK(time_t, time, "time", (time_t* now), (now))

PERDURE_GUARD_HOOK(int, rand, "rand", (), ())
PERDURE_GUARD_HOOK(long, random, "random", (), ())
PERDURE_GUARD_HOOK(double, drand48, "drand48", (), ())
PERDURE_GUARD_HOOK(long, lrand48, "lrand48", (), ())
PERDURE_GUARD_HOOK(ssize_t, getrandom, "getrandom", (void* to, size_t size, unsigned flags),
                   (to, size, flags))
PERDURE_GUARD_HOOK(int, getentropy, "getentropy", (void* to, size_t size), (to, size))
// std::random_device may use an instruction of the processor: its own function, then.
PERDURE_GUARD_HOOK(unsigned, _ZNSt13random_device9_M_getvalEv, "std::random_device", (void* self),
                   (self))

PERDURE_GUARD_HOOK(int, pthread_create, "pthread_create (std::thread)",
                   (pthread_t * made, pthread_attr_t const* how, void* (*run)(void*), void* with),
                   (made, how, run, with))
PERDURE_GUARD_HOOK(unsigned, sleep, "sleep", (unsigned seconds), (seconds))
PERDURE_GUARD_HOOK(int, usleep, "usleep", (unsigned microseconds), (microseconds))
PERDURE_GUARD_HOOK(int, nanosleep, "nanosleep (std::this_thread::sleep_for)",
                   (timespec const* wait, timespec* left), (wait, left))
PERDURE_GUARD_HOOK(int, clock_nanosleep, "clock_nanosleep (std::this_thread::sleep_until)",
                   (clockid_t clock, int flags, timespec const* wait, timespec* left),
                   (clock, flags, wait, left))

PERDURE_GUARD_HOOK(char*, getenv, "getenv", (char const* name), (name))
PERDURE_GUARD_HOOK(char*, secure_getenv, "secure_getenv", (char const* name), (name))

PERDURE_GUARD_HOOK(FILE*, fopen, "fopen", (char const* path, char const* how), (path, how))
PERDURE_GUARD_HOOK(FILE*, fopen64, "fopen", (char const* path, char const* how), (path, how))
PERDURE_GUARD_HOOK(ssize_t, read, "read", (int file, void* to, size_t size), (file, to, size))

// The mode is there only if the flags say so; passing one that is not does no harm.
#define PERDURE_GUARD_OPEN(label, name, parameters, arguments)                                     \
  extern "C" auto perdure_guard_##label parameters->int asm(#label);                               \
  extern "C" auto perdure_guard_##label parameters->int {                                          \
    static auto* const real = perdure::detail::real_function<int parameters>(#label);              \
    mode_t mode = 0;                                                                               \
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {                                                    \
      std::va_list more;                                                                           \
      va_start(more, flags);                                                                       \
      mode = va_arg(more, mode_t);                                                                 \
      va_end(more);                                                                                \
    }                                                                                              \
    perdure::detail::guarded_call const call{name, __builtin_return_address(0)};                   \
    return real arguments;                                                                         \
  }

PERDURE_GUARD_OPEN(open, "open", (char const* path, int flags, ...), (path, flags, mode))
PERDURE_GUARD_OPEN(open64, "open", (char const* path, int flags, ...), (path, flags, mode))
PERDURE_GUARD_OPEN(openat, "openat", (int folder, char const* path, int flags, ...),
                   (folder, path, flags, mode))
PERDURE_GUARD_OPEN(openat64, "openat", (int folder, char const* path, int flags, ...),
                   (folder, path, flags, mode))

#undef PERDURE_GUARD_OPEN
#undef PERDURE_GUARD_HOOK
