// Where small objects of history live: they come and go by the million, in few sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

namespace perdure::inline v0::detail {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool pools_blocks = false;
#elif defined(__has_feature)
  #if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                       \
      __has_feature(memory_sanitizer)
inline constexpr bool pools_blocks = false; // it would hide what they look for
  #else
inline constexpr bool pools_blocks = true;
  #endif
#else
inline constexpr bool pools_blocks = true;
#endif

/// Memory for objects of at most `largest` bytes. Each thread keeps lists of free blocks, one for
/// each size in steps of 16 bytes, so that taking and giving back are a few instructions without a
/// lock. A block may be given back by another thread than took it: what one list has too many of
/// goes to a depot that all share, and comes from there before new memory is asked for. What was
/// taken once is kept for blocks of that size until the program ends.
class block_pool {
public:
  static constexpr std::size_t largest = 512;

  /// \throws std::bad_alloc
  [[nodiscard]] static auto take(std::size_t size) -> void* {
    if (!pools_blocks || size > largest) return ::operator new(size);
    free_list& list = lists[class_of(size)];
    if (list.first == nullptr) [[unlikely]]
      refill(class_of(size));
    block* const taken = list.first;
    list.first = taken->next;
    --list.count;
    return taken;
  }
  /// `size`: as it was taken with.
  static void give(void* memory, std::size_t size) noexcept {
    if (!pools_blocks || size > largest) return ::operator delete(memory, size);
    free_list& list = lists[class_of(size)];
    list.first = ::new (memory) block{list.first, nullptr};
    if (++list.count == list_max) [[unlikely]]
      spill(class_of(size), list_max / 2);
  }

private:
  struct block {
    block* next;
    block* next_chain; ///< Of the first block of a chain in the depot.
  };
  struct free_list {
    block* first;
    std::uint32_t count;
    std::uint32_t made; ///< Blocks that the thread has had made of new memory.
  };
  static constexpr std::size_t step = 16;
  static constexpr std::size_t classes = largest / step + 1;
  static constexpr std::uint32_t list_max = 512;
  static_assert(sizeof(block) <= step);

  [[nodiscard]] static constexpr auto class_of(std::size_t size) noexcept -> std::size_t {
    return (size + step - 1) / step;
  }

  /// Gives the lists to the depot when their thread ends.
  struct at_thread_end {
    at_thread_end() noexcept = default;
    at_thread_end(at_thread_end const&) = delete;
    auto operator=(at_thread_end const&) -> at_thread_end& = delete;
    ~at_thread_end() {
      for (std::size_t of = 0; of < classes; ++of)
        if (lists[of].count != 0) spill(of, lists[of].count);
    }
  };
  static void watch_thread() noexcept {
    thread_local at_thread_end const watch{};
    (void)&watch;
  }

  /// A chain of the depot, or new memory: the more, the more the thread has used.
  [[gnu::noinline]] static void refill(std::size_t of) {
    watch_thread();
    free_list& list = lists[of];
    {
      std::lock_guard const lock{depot.mutex};
      if (block* const chain = depot.chains[of]) {
        depot.chains[of] = chain->next_chain;
        list.first = chain;
        for (block* each = chain; each != nullptr; each = each->next) ++list.count;
        return;
      }
    }
    std::size_t const size = (of == 0 ? 1 : of) * step;
    std::uint32_t const count = list.made < 8              ? 8
                                : list.made < list_max / 4 ? list.made
                                                           : list_max / 4;
    auto* const memory = static_cast<char*>(::operator new(count * size));
    for (std::uint32_t i = count; i-- > 0;)
      list.first = ::new (memory + i * size) block{list.first, nullptr};
    list.count = count;
    list.made += count;
  }
  /// Gives `count` blocks of a list to the depot.
  [[gnu::noinline]] static void spill(std::size_t of, std::uint32_t count) noexcept {
    watch_thread();
    free_list& list = lists[of];
    block* const chain = list.first;
    block* last = chain;
    for (std::uint32_t i = 1; i < count; ++i) last = last->next;
    list.first = last->next;
    list.count -= count;
    last->next = nullptr;
    std::lock_guard const lock{depot.mutex};
    chain->next_chain = depot.chains[of];
    depot.chains[of] = chain;
  }

  struct shared_chains {
    std::mutex mutex;
    block* chains[classes];
  };
  static inline constinit shared_chains depot{};
  static inline constinit thread_local free_list lists[classes]{};
};

/// Base of classes whose objects come from the pool.
struct pooled {
  static auto operator new(std::size_t size) -> void* { return block_pool::take(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    block_pool::give(memory, size);
  }
};

} // namespace perdure::inline v0::detail
