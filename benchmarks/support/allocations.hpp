// Counts allocations of the whole program. Include it in one file of a benchmark.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <malloc.h>
#include <sys/single_threaded.h>

namespace bench {

struct allocation_count {
  std::uint64_t calls{};
  std::uint64_t bytes{};
};
/// Who wants allocations to be looked at: 1 while they are counted, and 2 for each `heap_watch`.
/// That costs as much as a small allocation; all else that stands between the program and `malloc`
/// is a look at this.
inline constinit std::atomic<unsigned> onlookers{0};
inline void count_allocations(bool on) {
  if (on)
    onlookers |= 1U;
  else
    onlookers &= ~1U;
}
inline std::atomic<std::uint64_t> allocation_calls{0};
inline std::atomic<std::uint64_t> allocation_bytes{0};
inline std::atomic<std::int64_t> allocation_live{0};
inline std::atomic<std::int64_t> allocation_peak{0};

/// A locked instruction costs as much as a small allocation: not taken where there is one thread.
template <class T>
auto add(std::atomic<T>& to, T more) -> T {
  if (!__libc_single_threaded) return to.fetch_add(more, std::memory_order_relaxed) + more;
  T const sum = to.load(std::memory_order_relaxed) + more;
  to.store(sum, std::memory_order_relaxed);
  return sum;
}
inline void note_peak(std::int64_t live) {
  auto peak = allocation_peak.load(std::memory_order_relaxed);
  while (live > peak &&
         !allocation_peak.compare_exchange_weak(peak, live, std::memory_order_relaxed)) {
  }
}

/// While one of these lives, the bytes in use on the heap are counted, as the allocator rounds them
/// and with its own words. Not always: it costs as much as a small allocation.
class heap_watch {
public:
  heap_watch() {
    allocation_peak = allocation_live.load();
    onlookers += 2U;
  }
  heap_watch(heap_watch const&) = delete;
  auto operator=(heap_watch const&) -> heap_watch& = delete;
  ~heap_watch() { onlookers -= 2U; }

  /// Bytes more than when it began.
  [[nodiscard]] auto live() const -> std::int64_t { return allocation_live.load() - begun_with_; }
  /// The most they have been.
  [[nodiscard]] auto peak() const -> std::int64_t { return allocation_peak.load() - begun_with_; }

  static void note(void* memory, std::int64_t sign) {
    if (onlookers.load(std::memory_order_relaxed) < 2U) return;
    auto const taken = static_cast<std::int64_t>(malloc_usable_size(memory) + 8);
    note_peak(add(allocation_live, sign * taken));
  }

private:
  std::int64_t begun_with_{allocation_live.load()};
};

inline auto allocations() -> allocation_count {
  return {allocation_calls.load(), allocation_bytes.load()};
}

/// What was allocated while the clock ran for the first time: later the clock alone runs.
class allocation_meter {
public:
  void resume() {
    if (++intervals_ > 1) return;
    count_allocations(true);
    since_ = allocations();
  }
  void pause() {
    if (intervals_ > 1) return;
    auto const now = allocations();
    count_allocations(false);
    used_ = {now.calls - since_.calls, now.bytes - since_.bytes};
  }
  /// Items a second, and allocations and bytes an item. `items` are those of one iteration.
  template <class State>
  void report(State& state, std::int64_t items) const {
    state.SetItemsProcessed(state.iterations() * items);
    auto const counted = static_cast<double>(intervals_ > 1 ? items : state.iterations() * items);
    state.counters["allocations/item"] = static_cast<double>(used_.calls) / counted;
    state.counters["bytes/item"] = static_cast<double>(used_.bytes) / counted;
  }

private:
  std::uint64_t intervals_{0};
  allocation_count since_{};
  allocation_count used_{};
};

} // namespace bench

namespace bench {

/// Whether anybody looks.
[[nodiscard]] inline auto is_watched() noexcept -> bool {
  return onlookers.load(std::memory_order_relaxed) != 0;
}
[[gnu::noinline, gnu::cold]] inline void note_new(void* memory, std::size_t size) {
  if ((onlookers.load(std::memory_order_relaxed) & 1U) != 0) {
    add(allocation_calls, std::uint64_t{1});
    add(allocation_bytes, static_cast<std::uint64_t>(size));
  }
  heap_watch::note(memory, 1);
}
[[nodiscard]] inline auto taken(void* memory, std::size_t size) -> void* {
  if (memory == nullptr) [[unlikely]]
    throw std::bad_alloc{};
  if (is_watched()) [[unlikely]]
    note_new(memory, size);
  return memory;
}

} // namespace bench

auto operator new(std::size_t size) -> void* {
  return bench::taken(std::malloc(size == 0 ? 1 : size), size);
}
/// \pre the size is a multiple of the alignment, as that of what the library aligns is
auto operator new(std::size_t size, std::align_val_t alignment) -> void* {
  return bench::taken(std::aligned_alloc(static_cast<std::size_t>(alignment), size), size);
}
void operator delete(void* memory) noexcept {
  if (bench::is_watched() && memory != nullptr) [[unlikely]]
    bench::heap_watch::note(memory, -1);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { ::operator delete(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { ::operator delete(memory); }
