// A guard in tests: finds calls from workflow code whose answer a replay would not get again.
#pragma once

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/error.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0 {

/// A call of a clock, a source of random numbers, a thread, the environment or a file, made while
/// workflow code ran.
struct guard_finding {
  std::string call{}; ///< `clock_gettime (std::chrono::steady_clock::now)`.
  std::string workflow_type{};
  std::string after{};              ///< The workflow's last await before it: `file:line`.
  std::vector<std::string> stack{}; ///< From the call outward; see `determinism_guard`.
  std::size_t count{1};             ///< How often it was made from there.

  [[nodiscard]] auto text() const -> std::string {
    std::string all = "workflow '" + workflow_type + "' called " + call;
    if (count > 1) all += " " + std::to_string(count) + " times";
    if (!after.empty()) all += " after its await at " + after;
    for (std::string const& frame : stack) all += "\n    " + frame;
    return all;
  }
};

namespace detail {

inline bool guard_hooks_linked = false; ///< Set by guard_hooks.hpp, before main.

/// What the hooks write to.
struct guard_book {
  struct entry {
    guard_finding found{};
    std::vector<void*> frames{};
  };
  std::atomic<int> active{0}; ///< Guards that live.
  std::mutex mutex{};
  std::vector<entry> entries{};
};
inline auto guards() -> guard_book& {
  static guard_book book;
  return book;
}
/// Above 0, calls of this thread are not looked at: a hook is at work, or code is exempt.
inline constinit thread_local int guard_exempt_depth = 0;

/// Whether this thread runs workflow code right now. Activities, side effects, queries, clients and
/// the destructors of an eviction run outside of a strand's turn.
[[nodiscard]] inline auto runs_workflow_code() noexcept -> bool {
  return current_run != nullptr && current_run->current != nullptr && !current_run->closing;
}

[[nodiscard]] inline auto frame_text(void* address) -> std::string {
  Dl_info info{};
  if (dladdr(address, &info) == 0) return "?";
  std::string_view module{info.dli_fname == nullptr ? "?" : info.dli_fname};
  module.remove_prefix(module.rfind('/') + 1);
  if (info.dli_sname != nullptr) {
    int status = 0;
    char* const readable = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
    std::string name{status == 0 ? readable : info.dli_sname};
    std::free(readable);
    return name;
  }
  // Not exported: what addr2line takes.
  auto const offset = static_cast<char const*>(address) - static_cast<char const*>(info.dli_fbase);
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (auto rest = static_cast<std::uintptr_t>(offset); rest != 0; rest /= 16)
    hex.insert(hex.begin(), digits[rest % 16]);
  return std::string{module} + "+0x" + hex;
}

/// Notes a call if workflow code makes it while a guard lives. `caller`: where the call returns to.
inline void note_guarded_call(char const* call, void* caller) {
  auto& book = guards();
  if (book.active.load(std::memory_order_relaxed) == 0 || !runs_workflow_code()) return;
  void* frames[40];
  int const depth = backtrace(frames, 40);
  int first = 0; // what is inside of the call is not the user's
  while (first < depth && frames[first] != caller) ++first;
  std::vector<void*> const from(frames + (first < depth ? first : 0), frames + depth);
  std::lock_guard const lock{book.mutex};
  for (guard_book::entry& each : book.entries)
    if (each.frames == from && each.found.call == call) {
      ++each.found.count;
      return;
    }
  guard_finding found{};
  found.call = call;
  found.workflow_type = current_run->identity.workflow_type.str();
  if (auto const at = current_run->last_await; at.line() != 0)
    found.after = std::string{at.file_name()} + ":" + std::to_string(at.line());
  for (void* const each : from) found.stack.push_back(frame_text(each));
  book.entries.push_back({std::move(found), from});
}

} // namespace detail

/// While it lives, calls of clocks (`std::chrono::system_clock::now`, `steady_clock::now`, `time`),
/// random numbers (`rand`, `std::random_device`), threads (`std::thread`), sleeps, the environment
/// (`getenv`) and files (`open`, `fopen`, `std::ifstream`, `read`) that workflow code makes, on any
/// thread, are kept with their stacks, and go through. Not looked at are activities, side effects,
/// queries, clients and everything else in the program. Opt-in, Linux with glibc: one file of the
/// test program includes `perdure/testing/guard_hooks.hpp`, which defines these functions for the
/// whole program. Not for programs under a sanitizer, which defines some of them itself. Names in
/// stacks are those that the program exports: link it with -rdynamic (CMake: ENABLE_EXPORTS);
/// others are `module+0x<offset>`, for addr2line. A call that the compiler made part of another
/// one is not seen, nor are instructions like rdtsc.
///
///     perdure::determinism_guard guard;
///     ... // run workflows
///     CHECK(guard.ok()); // guard.text() names the calls
class determinism_guard {
public:
  /// \throws error (invalid_argument) if no file of the program includes guard_hooks.hpp
  determinism_guard() {
    if (!detail::guard_hooks_linked)
      throw error{errc::invalid_argument, "determinism_guard: one file of the program must include "
                                          "perdure/testing/guard_hooks.hpp"};
    void* first[1];
    (void)backtrace(first, 1); // its first call loads a library
    auto& book = detail::guards();
    std::lock_guard const lock{book.mutex};
    if (book.active.fetch_add(1) == 0) book.entries.clear();
  }
  determinism_guard(determinism_guard const&) = delete;
  auto operator=(determinism_guard const&) -> determinism_guard& = delete;
  ~determinism_guard() { detail::guards().active.fetch_sub(1); }

  /// All calls so far, those from one place as one, in the order of their first.
  [[nodiscard]] auto findings() const -> std::vector<guard_finding> {
    auto& book = detail::guards();
    std::lock_guard const lock{book.mutex};
    std::vector<guard_finding> all;
    for (auto const& each : book.entries) all.push_back(each.found);
    return all;
  }
  [[nodiscard]] auto ok() const -> bool { return findings().empty(); }
  [[nodiscard]] auto text() const -> std::string {
    std::string all;
    for (guard_finding const& each : findings()) all += each.text() + "\n";
    return all;
  }
};

/// While it lives, no guard looks at what this thread calls: for a log sink that writes the time.
class guard_exemption {
public:
  guard_exemption() noexcept { ++detail::guard_exempt_depth; }
  guard_exemption(guard_exemption const&) = delete;
  auto operator=(guard_exemption const&) -> guard_exemption& = delete;
  ~guard_exemption() { --detail::guard_exempt_depth; }
};

} // namespace perdure::inline v0
