#include "allocations.hpp"

#include <execinfo.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>

namespace reliability {
namespace {

constinit std::atomic<bool> armed{false};
constinit std::atomic<std::int64_t> counted{0};
constinit std::int64_t refuse_from{0}; // the n-th, from 1; 0: none
constinit std::int64_t refuse_until{0};
constinit std::atomic<bool> struck{false};
constinit io_record* records{nullptr};
constinit std::int64_t records_max{0};
constinit thread_local int pauses{0};

/// If PERDURE_OOM_STACK names a file: where the first refused allocation comes from, or the end of
/// the process, for `addr2line`.
void write_stack() noexcept {
  char const* const path = std::getenv("PERDURE_OOM_STACK");
  int const file = path == nullptr ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0) return;
  void* frames[64];
  backtrace_symbols_fd(frames, backtrace(frames, 64), file);
  close(file);
}

/// Whether this allocation is one of those that fail.
auto is_refused(std::size_t size) noexcept -> bool {
  if (!armed.load(std::memory_order_relaxed) || pauses > 0) return false;
  std::int64_t const n = counted.fetch_add(1, std::memory_order_relaxed) + 1;
  if (n <= records_max) records[n - 1] = {io_allocation, static_cast<std::uint32_t>(size)};
  if (refuse_from == 0 || n < refuse_from || n >= refuse_until) return false;
  if (n == refuse_from) write_stack();
  struck = true;
  return true;
}
auto allocate_or_null(std::size_t size) noexcept -> void* {
  return is_refused(size) ? nullptr : std::malloc(size == 0 ? 1 : size);
}
auto allocate(std::size_t size) -> void* {
  void* const memory = allocate_or_null(size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}
auto allocate(std::size_t size, std::align_val_t alignment) -> void* {
  auto const to = static_cast<std::size_t>(alignment);
  std::size_t const rounded = (size + to - 1) / to * to;
  void* const memory = is_refused(size) ? nullptr : std::aligned_alloc(to, rounded);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

} // namespace

undisturbed::undisturbed() { ++pauses; }
undisturbed::~undisturbed() { --pauses; }

extern "C" {
void io_shim_watch(char const*, char const*) {}
void io_shim_arm(io_plan const* plan) {
  counted = 0;
  struck = false;
  refuse_from = plan->mode == io_mode::fault ? plan->at : 0;
  refuse_until = plan->at + plan->times;
  armed = true;
  if (std::getenv("PERDURE_OOM_STACK") != nullptr)
    std::set_terminate([] {
      write_stack();
      std::abort();
    });
}
void io_shim_trace(io_record* to, std::int64_t capacity) {
  records = to;
  records_max = capacity;
}
auto io_shim_calls() -> std::int64_t { return counted; }
auto io_shim_struck() -> bool { return struck; }
void io_shim_end_of_run() { armed = false; }
}

} // namespace reliability

auto operator new(std::size_t size) -> void* { return reliability::allocate(size); }
auto operator new[](std::size_t size) -> void* { return reliability::allocate(size); }
auto operator new(std::size_t size, std::align_val_t to) -> void* {
  return reliability::allocate(size, to);
}
auto operator new[](std::size_t size, std::align_val_t to) -> void* {
  return reliability::allocate(size, to);
}
// What the C++ library has of these calls the ones above, but not what AddressSanitizer has.
auto operator new(std::size_t size, std::nothrow_t const&) noexcept -> void* {
  return reliability::allocate_or_null(size);
}
auto operator new[](std::size_t size, std::nothrow_t const&) noexcept -> void* {
  return reliability::allocate_or_null(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
