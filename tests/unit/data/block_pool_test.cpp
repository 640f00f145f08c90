// Blocks of memory that one thread cuts and any thread gives back. The heaps of these tests are
// their own: what another thread would do is then one call, at a place that the test chooses.
#include "perdure/data/detail/block_pool.hpp"

#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using perdure::detail::block_heap;
using perdure::detail::block_slab;
using perdure::detail::free_block;
using perdure::detail::give_block;
using perdure::detail::resting_heaps;
using perdure::detail::take_block;

namespace {

constexpr std::size_t size_class = 4; // 64 bytes
constexpr std::size_t in_slab = (block_slab::bytes - sizeof(block_slab)) / 64;

/// A heap that one test uses as its threads would.
struct heap_in_test {
  heap_in_test() = default;
  heap_in_test(heap_in_test const&) = delete;
  auto operator=(heap_in_test const&) -> heap_in_test& = delete;
  ~heap_in_test() {
    give_all_back();
    heap->lie_down();
    delete heap;
  }

  auto cut() -> void* { return made.emplace_back(heap->cut(size_class)); }
  void cut_many(std::size_t count) {
    while (count-- != 0) cut();
  }
  /// The owner gives them back.
  void give_all_back() {
    for (void* const each : made) give_back(each);
    made.clear();
  }
  void give_back(void* block) {
    heap->take_back(*block_slab::of(block), static_cast<free_block*>(block));
  }
  /// Another thread gives them back.
  void return_all() {
    for (void* const each : made) return_one(each);
    made.clear();
  }
  void return_one(void* block) {
    heap->return_to(*block_slab::of(block), static_cast<free_block*>(block));
  }
  [[nodiscard]] auto slabs() const -> std::set<block_slab*> {
    std::set<block_slab*> found;
    for (void* const each : made) found.insert(block_slab::of(each));
    return found;
  }

  resting_heaps rest{};
  block_heap* heap{block_heap::wake(rest)};
  std::vector<void*> made{};
};

/// A block that knows what it must hold.
struct filled {
  unsigned char* memory{};
  std::size_t size{};
  unsigned char with{};

  static auto make(std::size_t size, std::uint64_t number) -> filled {
    filled const made{static_cast<unsigned char*>(take_block(size)), size,
                      static_cast<unsigned char>(number)};
    std::memset(made.memory, made.with, size);
    return made;
  }
  [[nodiscard]] auto intact() const -> bool {
    for (std::size_t i = 0; i < size; ++i)
      if (memory[i] != with) return false;
    return true;
  }
  void give() const { give_block(memory, size); }
};

} // namespace

TEST_CASE("blocks that are made together lie together", "[data][block_pool]") {
  heap_in_test a;
  a.cut_many(in_slab);
  CHECK(a.slabs().size() == 1);
  for (std::size_t i = 1; i < a.made.size(); ++i)
    CHECK(static_cast<std::byte*>(a.made[i]) - static_cast<std::byte*>(a.made[i - 1]) == 64);
  a.cut();
  CHECK(a.slabs().size() == 2);
}

TEST_CASE("the block that came back last is cut first", "[data][block_pool]") {
  heap_in_test a;
  a.cut_many(3);
  void* const back = a.made[1];
  a.give_back(back);
  a.made.erase(a.made.begin() + 1);
  CHECK(a.cut() == back);
}

TEST_CASE("a slab that has all its blocks again is cut from anew, from its begin",
          "[data][block_pool]") {
  heap_in_test a;
  void* const first = a.cut();
  void* const second = a.cut();
  a.give_all_back();
  CHECK(a.cut() == first);
  CHECK(a.cut() == second);
}

TEST_CASE("a full slab that gets a block back is cut from again", "[data][block_pool]") {
  heap_in_test a;
  a.cut_many(2 * in_slab); // the first slab is full, and the second one
  void* const back = a.made[7];
  a.give_back(back);
  a.made.erase(a.made.begin() + 7);
  CHECK(a.cut() == back);
}

TEST_CASE("the owner cuts what others gave back before it asks for memory", "[data][block_pool]") {
  heap_in_test a;
  a.cut_many(2 * in_slab);
  auto const before = a.slabs();
  a.return_all();
  a.cut_many(2 * in_slab);
  CHECK(a.slabs() == before);
}

TEST_CASE("a slab serves blocks of another size once it is empty", "[data][block_pool]") {
  heap_in_test a;
  a.cut_many(2 * in_slab);
  auto const before = a.slabs();
  a.give_all_back(); // one of them stays the current one of its size
  a.made.push_back(a.heap->cut(size_class + 3));
  CHECK(before.contains(block_slab::of(a.made.back())));
}

TEST_CASE("a heap at rest takes back what is given to it, and serves the next thread",
          "[data][block_pool]") {
  heap_in_test a;
  a.cut_many(in_slab + 1);
  void* const kept = a.made.back();
  a.made.pop_back();
  auto* const slab = block_slab::of(kept);
  a.heap->lie_down();
  a.return_all();         // its first slab goes
  CHECK(slab->used == 1); // the other one waits
  a.return_one(a.made.emplace_back(block_heap::cut_at_rest(a.rest, size_class)));
  a.made.clear();
  CHECK(slab->used == 1);
  CHECK(block_heap::wake(a.rest) == a.heap);
  CHECK(block_slab::of(a.cut()) == slab);
  a.made.push_back(kept);
}

TEST_CASE("two threads that begin get two heaps", "[data][block_pool]") {
  resting_heaps rest;
  auto* const one = block_heap::wake(rest);
  auto* const other = block_heap::wake(rest);
  CHECK(one != other);
  one->lie_down();
  CHECK(block_heap::wake(rest) == one);
  delete one;
  delete other;
}

TEST_CASE("blocks of all sizes are aligned, and keep what is written to them",
          "[data][block_pool]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    perdure_test::numbers random{seed};
    std::vector<filled> all;
    for (int i = 0; i < 3'000; ++i) {
      if (!all.empty() && random.one_in(2)) {
        std::size_t const at = random.below(all.size());
        REQUIRE(all[at].intact());
        all[at].give();
        all[at] = all.back();
        all.pop_back();
      } else {
        std::size_t const most = random.one_in(8) ? 1'500 : 200;
        all.push_back(filled::make(random.below(most), random.next()));
        REQUIRE(reinterpret_cast<std::uintptr_t>(all.back().memory) % 16 == 0);
      }
    }
    for (filled const& each : all) {
      REQUIRE(each.intact());
      each.give();
    }
  }
}

TEST_CASE("threads that begin, wait and end pass their blocks on", "[data][block_pool]") {
  // Each round, threads make blocks, take some of those that others have made, and give these
  // back; the rest is given back by the next round, when those who made it are gone. Now and then
  // one of them waits.
  std::mutex mutex;
  std::vector<filled> passed;
  bool broken = false;
  auto const work = [&](std::uint64_t seed) {
    perdure_test::numbers random{seed};
    for (int i = 0; i < 2'000; ++i) {
      filled const made = filled::make(1 + random.below(300), random.next());
      filled taken{};
      {
        std::lock_guard const lock{mutex};
        passed.push_back(made);
        if (passed.size() > 500) {
          std::size_t const at = random.below(passed.size());
          taken = passed[at];
          passed[at] = passed.back();
          passed.pop_back();
          broken = broken || !taken.intact();
        }
      }
      if (taken.memory != nullptr) taken.give();
      if (random.one_in(50)) perdure::detail::rest_blocks();
    }
  };
  for (std::uint64_t round = 1; round <= 5; ++round) {
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) threads.emplace_back(work, round * 10 + i);
    for (std::thread& each : threads) each.join();
  }
  for (filled const& each : passed) {
    broken = broken || !each.intact();
    each.give();
  }
  CHECK_FALSE(broken);
}

namespace {

/// Ends after what the thread needs to make blocks has ended: it is made before.
struct late_user {
  std::vector<filled> blocks{};
  bool* intact{};

  ~late_user() {
    for (std::uint64_t i = 0; i < 100; ++i) blocks.push_back(filled::make(48, i));
    for (filled const& each : blocks) {
      *intact = *intact && each.intact();
      each.give();
    }
  }
};

} // namespace

TEST_CASE("a thread makes blocks and gives them back to its last breath", "[data][block_pool]") {
  bool intact = true;
  std::thread{[&] {
    static thread_local late_user user;
    user.intact = &intact;
    for (std::uint64_t i = 0; i < 100; ++i) user.blocks.push_back(filled::make(48, 100 + i));
  }}.join();
  CHECK(intact);
}

#ifndef PERDURE_BLOCKS_BY_NEW
TEST_CASE("a thread that waits for long has its blocks collected by those who give them back",
          "[data][block_pool]") {
  std::thread{[] {
    std::vector<void*> blocks(2 * in_slab);
    for (void*& each : blocks) each = take_block(64);
    void* const kept = blocks.back();
    blocks.pop_back();
    auto* const slab = block_slab::of(kept);
    CHECK(slab->used > 1);
    REQUIRE(perdure::detail::makes_blocks());
    perdure::detail::rest_blocks();
    CHECK_FALSE(perdure::detail::makes_blocks());
    CHECK(slab->heap->rests());
    std::thread{[&] {
      for (void* const each : blocks) give_block(each, 64);
    }}.join();
    CHECK(slab->used == 1);
    void* const next = take_block(64); // it goes on
    CHECK(perdure::detail::makes_blocks());
    give_block(next, 64);
    perdure::detail::rest_blocks();
    give_block(kept, 64); // its own, while it rests
    CHECK_FALSE(perdure::detail::makes_blocks());
  }}.join(); // and ends so
}

TEST_CASE("a heap at rest may be another thread's while blocks of it are in use",
          "[data][block_pool]") {
  // The order in which heaps rest decides who gets which: the last one is the next.
  std::thread{[] {
    std::vector<filled> mine;
    for (std::uint64_t i = 0; i < 100; ++i) mine.push_back(filled::make(64, i));
    auto* const heap = block_slab::of(mine.front().memory)->heap;
    perdure::detail::rest_blocks();
    std::thread{[&] {
      std::vector<filled> theirs;
      for (std::uint64_t i = 0; i < 100; ++i) theirs.push_back(filled::make(64, 100 + i));
      CHECK(block_slab::of(theirs.front().memory)->heap == heap);
      for (filled const& each : mine) {
        CHECK(each.intact());
        each.give();
      }
      for (filled const& each : theirs) {
        CHECK(each.intact());
        each.give();
      }
    }}.join();
  }}.join();
}
#endif
