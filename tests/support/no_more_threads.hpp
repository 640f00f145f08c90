// A system that refuses threads. (Sanitizers make threads in ways of their own.)
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  #define PERDURE_THREADS_CAN_BE_REFUSED 0
#elif defined(__has_feature)
  #define PERDURE_THREADS_CAN_BE_REFUSED                                                           \
    !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
  #define PERDURE_THREADS_CAN_BE_REFUSED 1
#endif

#if PERDURE_THREADS_CAN_BE_REFUSED && defined(__GLIBC__)
  #include <pthread.h>

  #include <cstddef>

namespace perdure_test {

/// While it lives, a thread's stack is larger than any memory.
class no_more_threads {
public:
  no_more_threads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_getattr_default_np(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 47);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  no_more_threads(no_more_threads const&) = delete;
  auto operator=(no_more_threads const&) -> no_more_threads& = delete;
  ~no_more_threads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }

private:
  pthread_attr_t before_;
};

} // namespace perdure_test
#else
  #undef PERDURE_THREADS_CAN_BE_REFUSED
  #define PERDURE_THREADS_CAN_BE_REFUSED 0
#endif
