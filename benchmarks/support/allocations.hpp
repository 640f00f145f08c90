// Counts allocations of the whole program. Include it in one file of a benchmark.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace bench {
struct allocation_count {
  std::uint64_t calls{};
  std::uint64_t bytes{};
};
inline std::atomic<std::uint64_t> allocation_calls{0};
inline std::atomic<std::uint64_t> allocation_bytes{0};
inline std::atomic<std::int64_t> allocation_live{0};
/// Bytes in use on the heap, as the allocator rounds them.
inline auto live_bytes() -> std::int64_t { return allocation_live.load(); }
inline auto allocations() -> allocation_count {
  return {allocation_calls.load(), allocation_bytes.load()};
}
} // namespace bench

auto operator new(std::size_t size) -> void* {
  bench::allocation_calls.fetch_add(1, std::memory_order_relaxed);
  bench::allocation_bytes.fetch_add(size, std::memory_order_relaxed);
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc{};
  bench::allocation_live.fetch_add(static_cast<std::int64_t>(malloc_usable_size(memory) + 8),
                                   std::memory_order_relaxed);
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  bench::allocation_live.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(memory) + 8),
                                   std::memory_order_relaxed);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { ::operator delete(memory); }
