// Memory for the small blocks that histories and runs are made of.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>

#include "perdure/config.hpp"

namespace perdure::inline v0::detail {

/// Memory for `size` bytes, aligned as operator new aligns. \throws std::bad_alloc
[[nodiscard]] auto take_block(std::size_t size) -> void*;

/// Gives back what `take_block` gave for that size.
void give_block(void* memory, std::size_t size) noexcept;

/// A thread that is going to wait for long lets its blocks be collected by those who give them
/// back, until it makes one again. This takes longer the more there are to collect now.
void rest_blocks() noexcept;
/// Whether there is something to rest.
[[nodiscard]] auto makes_blocks() noexcept -> bool;
/// Whether there are blocks of this thread to collect.
[[nodiscard]] auto has_blocks_back() noexcept -> bool;

/// For the vectors of a run, most of which are short.
template <class T>
struct block_allocator {
  using value_type = T;

  block_allocator() noexcept = default;
  template <class U>
  block_allocator(block_allocator<U> const&) noexcept {}
  [[nodiscard]] auto allocate(std::size_t count) -> T* {
    return static_cast<T*>(take_block(count * sizeof(T)));
  }
  void deallocate(T* items, std::size_t count) noexcept { give_block(items, count * sizeof(T)); }
  friend auto operator==(block_allocator, block_allocator) noexcept -> bool { return true; }
};

#if PERDURE_DEFINES
// A step makes a dozen blocks, and most stay as long as its run does. Each thread cuts them from
// slabs of its own, one slab for each size, in the order of their addresses, so that what is made
// together lies together; that is a tenth of what `operator new` takes. Any thread may give a block
// back: it goes to a list of its slab if the thread cuts from that slab, else to a second one,
// which the owner takes over when it runs out of blocks. A slab that has all its blocks again is
// cut from anew, or freed. When a thread ends, or waits for long, its heap rests until a thread
// needs one; blocks that come back meanwhile are collected by those who give them.

/// A block that nobody uses.
struct free_block {
  free_block* next;
};

class block_heap;

/// Blocks of one size.
struct block_slab {
  static constexpr std::size_t bytes = 32'768; ///< And its alignment: a block finds its slab.

  // For the owner of the heap:
  free_block* free{nullptr};   ///< Blocks that are back.
  std::byte* fresh{nullptr};   ///< What was never cut starts here, and
  std::byte* end{nullptr};     ///< ends here, after a whole block.
  std::uint32_t used{0};       ///< Blocks that were cut and are not back on `free`.
  std::uint32_t size_class{0}; ///< In steps of `block_heap::step` bytes.
  block_slab* before{nullptr}; ///< In the heap's list of those with blocks.
  block_slab* after{nullptr};
  block_heap* heap{nullptr};
  bool listed{false}; ///< It is the one that blocks are cut from, or in that list.

  // For all others:
  alignas(64) std::atomic<free_block*> returned{nullptr}; ///< They gave these back.
  block_slab* next_returned{nullptr};                     ///< In the heap's list of such slabs.

  [[nodiscard]] static auto of(void* block) noexcept -> block_slab* {
    return reinterpret_cast<block_slab*>(reinterpret_cast<std::uintptr_t>(block) & ~(bytes - 1));
  }
  /// All blocks of it are to be cut.
  void restart(std::size_t block_bytes) noexcept {
    free = nullptr;
    fresh = reinterpret_cast<std::byte*>(this + 1);
    end = fresh + (bytes - sizeof(block_slab)) / block_bytes * block_bytes;
  }
  [[nodiscard]] auto has_blocks() const noexcept -> bool { return free != nullptr || fresh != end; }
  /// \pre it has blocks
  [[nodiscard]] auto cut(std::size_t block_bytes) noexcept -> void* {
    ++used;
    if (free != nullptr) return std::exchange(free, free->next);
    return std::exchange(fresh, fresh + block_bytes);
  }
};
static_assert(sizeof(block_slab) % 16 == 0);

/// Heaps that no thread owns at the moment. Never destroyed.
struct resting_heaps {
  std::mutex mutex{};
  block_heap* first{nullptr};
};
inline constinit resting_heaps heaps_at_rest{};

/// For a thread that has no heap: it has just begun, has waited, or is about to end.
[[nodiscard]] inline auto cut_as_new_thread(std::size_t size_class) -> void*;

/// Where a thread cuts blocks. A member function is called by the thread that owns the heap; or, of
/// one that rests, with the lock of `rest`.
class block_heap {
public:
  /// Sizes are multiples of this, which is their alignment.
  static constexpr std::size_t step = 16;
  static constexpr std::size_t block_max = 1'024; ///< Larger blocks are no business of a heap.
  static constexpr std::size_t empty_max = 32;    ///< Slabs that are kept for the next need.

  /// `rest` is null for the one of threads that have none yet.
  constexpr explicit block_heap(resting_heaps* rest) noexcept : rest_{rest} {
    for (block_slab*& each : current_) each = &no_slab;
  }

  [[nodiscard]] auto cut(std::size_t size_class) -> void* {
    block_slab& slab = *current_[size_class];
    if (!slab.has_blocks()) [[unlikely]]
      return cut_elsewhere(size_class);
    return slab.cut(size_class * step);
  }
  void take_back(block_slab& slab, free_block* block) noexcept {
    block->next = std::exchange(slab.free, block);
    if (--slab.used == 0 || !slab.listed) [[unlikely]]
      after_return(slab);
  }
  /// Called by whoever does not own the heap.
  [[gnu::noinline]] void return_to(block_slab& slab, free_block* block) noexcept {
    free_block* others = slab.returned.load(std::memory_order_relaxed);
    do block->next = others;
    while (!slab.returned.compare_exchange_weak(others, block));
    // The slab stays at least until it is collected, and only who gave the first block lists it.
    if (others != nullptr) return;
    block_slab* slabs = with_returned_.load(std::memory_order_relaxed);
    do slab.next_returned = slabs;
    while (!with_returned_.compare_exchange_weak(slabs, &slab));
    if (!rests_.load()) return;
    std::lock_guard const lock{rest_->mutex};
    if (rests_.load()) collect();
  }

  [[nodiscard]] auto rests() const noexcept -> bool { return rests_.load(); }
  /// Whether others have given blocks back that are not collected yet.
  [[nodiscard]] auto has_returned() const noexcept -> bool {
    return with_returned_.load(std::memory_order_relaxed) != nullptr;
  }
  /// A heap for a thread that begins.
  [[nodiscard]] static auto wake(resting_heaps& rest) -> block_heap* {
    std::lock_guard const lock{rest.mutex};
    block_heap* const heap = any(rest);
    rest.first = heap->next_;
    heap->rests_.store(false);
    return heap;
  }
  /// The thread ends, or waits.
  void lie_down() noexcept {
    collect(); // there may be many: no other heap has to wait for that
    std::lock_guard const lock{rest_->mutex};
    next_ = std::exchange(rest_->first, this);
    rests_.store(true);
    collect();
    while (empty_ != nullptr) free_slab(std::exchange(empty_, empty_->after));
    empties_ = 0;
    for (block_slab*& each : current_)
      if (each != &no_slab && each->used == 0) free_slab(std::exchange(each, &no_slab));
  }
  /// For a thread that has ended and still makes blocks.
  [[nodiscard]] static auto cut_at_rest(resting_heaps& rest, std::size_t size_class) -> void* {
    std::lock_guard const lock{rest.mutex};
    rest.first = any(rest);
    return rest.first->cut(size_class);
  }

private:
  [[nodiscard]] static auto any(resting_heaps& rest) -> block_heap* {
    if (rest.first != nullptr) return rest.first;
    auto* const made = new block_heap{&rest};
    made->rests_.store(true);
    return made;
  }

  [[gnu::noinline]] auto cut_elsewhere(std::size_t size_class) -> void* {
    if (rest_ == nullptr) return cut_as_new_thread(size_class);
    if (has_returned()) collect();
    block_slab*& current = current_[size_class];
    if (!current->has_blocks()) {
      block_slab* slab = with_blocks_[size_class];
      if (slab != nullptr) {
        unlist(*slab);
      } else {
        slab = new_slab();
        slab->size_class = static_cast<std::uint32_t>(size_class);
        slab->restart(size_class * step);
      }
      slab->listed = true;
      if (current != &no_slab) current->listed = false;
      current = slab;
    }
    return current->cut(size_class * step);
  }
  [[gnu::noinline]] void after_return(block_slab& slab) noexcept {
    if (slab.used != 0) return list(slab);
    if (&slab == current_[slab.size_class]) return slab.restart(slab.size_class * step);
    if (slab.listed) unlist(slab);
    if (empties_ == empty_max || rests_.load(std::memory_order_relaxed)) return free_slab(&slab);
    slab.after = std::exchange(empty_, &slab);
    ++empties_;
  }
  /// Takes over what others gave back.
  void collect() noexcept {
    for (block_slab* slab = with_returned_.exchange(nullptr); slab != nullptr;) {
      block_slab* const next = slab->next_returned; // others change it once its blocks are taken
      for (free_block* block = slab->returned.exchange(nullptr); block != nullptr;) {
        free_block* const after = block->next; // the slab may go with its last block
        take_back(*slab, block);
        block = after;
      }
      slab = next;
    }
  }
  void list(block_slab& slab) noexcept {
    block_slab*& first = with_blocks_[slab.size_class];
    slab.listed = true;
    slab.before = nullptr;
    slab.after = first;
    if (first != nullptr) first->before = &slab;
    first = &slab;
  }
  void unlist(block_slab& slab) noexcept {
    (slab.before != nullptr ? slab.before->after : with_blocks_[slab.size_class]) = slab.after;
    if (slab.after != nullptr) slab.after->before = slab.before;
    slab.listed = false;
  }
  [[nodiscard]] auto new_slab() -> block_slab* {
    if (empty_ != nullptr) {
      --empties_;
      return std::exchange(empty_, empty_->after);
    }
    auto* const made =
        ::new (::operator new(block_slab::bytes, std::align_val_t{block_slab::bytes})) block_slab;
    made->heap = this;
    return made;
  }
  static void free_slab(block_slab* slab) noexcept {
    slab->~block_slab();
    ::operator delete(slab, std::align_val_t{block_slab::bytes});
  }

  static constexpr std::size_t classes = block_max / step + 1;
  static constinit inline block_slab no_slab{}; ///< Has no blocks; never changed.

  block_slab* current_[classes];
  block_slab* with_blocks_[classes]{}; ///< Others to cut from.
  block_slab* empty_{nullptr};
  std::size_t empties_{0};
  resting_heaps* rest_;
  block_heap* next_{nullptr}; ///< At rest.
  std::atomic<bool> rests_{false};
  alignas(64) std::atomic<block_slab*> with_returned_{nullptr};
};

inline constinit block_heap no_heap{nullptr};
inline constinit thread_local block_heap* own_heap = &no_heap;

inline constinit thread_local bool heap_is_over = false; ///< The thread is about to end.

/// Has a thread give its heap up when it ends.
struct heap_owner {
  heap_owner() { own_heap = block_heap::wake(heaps_at_rest); }
  heap_owner(heap_owner const&) = delete;
  auto operator=(heap_owner const&) -> heap_owner& = delete;
  ~heap_owner() {
    heap_is_over = true;
    rest_blocks();
  }
};

inline auto cut_as_new_thread(std::size_t size_class) -> void* {
  static thread_local heap_owner const owner;
  if (heap_is_over) return block_heap::cut_at_rest(heaps_at_rest, size_class);
  if (own_heap == &no_heap) own_heap = block_heap::wake(heaps_at_rest); // the thread has waited
  return own_heap->cut(size_class);
}

PERDURE_INLINE void rest_blocks() noexcept {
  if (makes_blocks()) std::exchange(own_heap, &no_heap)->lie_down();
}
PERDURE_INLINE auto makes_blocks() noexcept -> bool { return own_heap != &no_heap; }
PERDURE_INLINE auto has_blocks_back() noexcept -> bool { return own_heap->has_returned(); }

[[gnu::noinline]] PERDURE_INLINE auto take_block(std::size_t size) -> void* {
  #ifndef PERDURE_BLOCKS_BY_NEW
  if (size - 1 < block_heap::block_max)
    return own_heap->cut((size + (block_heap::step - 1)) / block_heap::step);
  #endif
  return ::operator new(size);
}

[[gnu::noinline]] PERDURE_INLINE void give_block(void* memory,
                                                 [[maybe_unused]] std::size_t size) noexcept {
  #ifndef PERDURE_BLOCKS_BY_NEW
  if (size - 1 < block_heap::block_max) {
    block_slab& slab = *block_slab::of(memory);
    auto* const block = ::new (memory) free_block;
    if (slab.heap == own_heap)
      slab.heap->take_back(slab, block);
    else
      slab.heap->return_to(slab, block);
    return;
  }
  #endif
  ::operator delete(memory);
}
#endif

} // namespace perdure::inline v0::detail
