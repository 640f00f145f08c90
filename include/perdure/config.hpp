// What the library asks of the compiler, in one place. Everything else assumes what is checked
// here.
#pragma once

#ifndef PERDURE_ALLOW_UNTESTED_COMPILER
  #if defined(__clang__)
    #if __clang_major__ < 17
      #error                                                                                       \
          "perdure needs Clang 17 or later (define PERDURE_ALLOW_UNTESTED_COMPILER to try anyway)"
    #endif
  #elif defined(__GNUC__)
    #if __GNUC__ < 14
      #error                                                                                       \
          "perdure needs GCC 14 or later: GCC 12 destroys aggregates in co_await expressions twice \
(define PERDURE_ALLOW_UNTESTED_COMPILER to try anyway)"
    #endif
  #else
    #error "perdure is tested with GCC 14 and Clang 17 and later on Linux only \
(define PERDURE_ALLOW_UNTESTED_COMPILER to try another compiler)"
  #endif
#endif

static_assert(__cplusplus >= 202002L, "perdure needs C++20: compile with -std=c++20 or later");

// Around code that runs seldom: schedules, reports, texts of errors. A program is a twentieth
// smaller when its compiler does not spread that code for speed.
#if defined(__clang__)
  #define PERDURE_SELDOM_BEGIN                                                                     \
    _Pragma("clang attribute push(__attribute__((minsize)), apply_to = function)")
  #define PERDURE_SELDOM_END _Pragma("clang attribute pop")
#else
  #define PERDURE_SELDOM_BEGIN
  #define PERDURE_SELDOM_END
#endif

// Bodies that a program may compile once stand at the end of their headers, under PERDURE_DEFINES:
// see perdure/source.hpp.
#ifndef PERDURE_SEPARATE_COMPILATION
  #define PERDURE_DEFINES 1
  #define PERDURE_INLINE inline
#elif defined(PERDURE_SOURCE)
  #define PERDURE_DEFINES 1
  #define PERDURE_INLINE
#else
  #define PERDURE_DEFINES 0
#endif

// AddressSanitizer and MemorySanitizer are to see each block of memory by itself.
#if defined(__SANITIZE_ADDRESS__)
  #define PERDURE_BLOCKS_BY_NEW
#elif defined(__has_feature)
  #if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
    #define PERDURE_BLOCKS_BY_NEW
  #endif
#endif
