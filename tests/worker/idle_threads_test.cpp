// Threads that wait leave no memory behind that others gave back.
#include "support/idle_threads.hpp"

#include <perdure/backend/poller_group.hpp>

#include <vector>

#ifdef PERDURE_HEAPS_CAN_REST
namespace {

using namespace perdure_test;
using perdure::detail::block_slab;
using perdure::detail::give_block;
using perdure::detail::take_block;

TEST_CASE("blocks of a thread that waits for long are collected by those who give them back",
          "[worker][idle]") {
  perdure::detail::poller_group group;
  std::mutex mutex;
  gate rests;
  bool done = false;
  std::vector<void*> blocks(10'000);
  std::thread sleeper{[&] {
    for (void*& each : blocks) each = take_block(64);
    std::unique_lock lock{mutex};
    while (!done) {
      group.wait(lock, perdure::time_point::max());
      if (!perdure::detail::makes_blocks()) rests.add();
    }
  }};
  CHECK(rests.reached(1));
  void* const kept = blocks.back();
  blocks.pop_back();
  for (void* const each : blocks) give_block(each, 64);
  CHECK(block_slab::of(kept)->used == 1);
  {
    std::lock_guard const lock{mutex};
    done = true;
  }
  group.wakes.notify_all();
  sleeper.join();
  give_block(kept, 64);
}

TEST_CASE("a wait that ends at a time lets blocks rest before that, if it is far",
          "[worker][idle]") {
  std::mutex mutex;
  std::condition_variable wakes;
  auto const now = [] {
    return std::chrono::time_point_cast<perdure::duration>(std::chrono::system_clock::now());
  };
  std::thread{[&] {
    void* const block = take_block(64);
    std::unique_lock lock{mutex};
    CHECK_FALSE(perdure::detail::idle_wait(wakes, lock, [] { return false; }, now()));
    CHECK(perdure::detail::makes_blocks());
    auto const far = now() + std::chrono::hours{1};
    CHECK(perdure::detail::idle_wait(
        wakes, lock, [] { return !perdure::detail::makes_blocks(); }, far));
    give_block(block, 64);
  }}.join();
}

TEST_CASE("a wait that goes on after a look that made blocks rests them and lasts",
          "[worker][idle]") {
  std::mutex mutex;
  std::condition_variable wakes;
  watched_heap heap;
  bool called = false;
  std::thread sleeper{[&] {
    std::unique_lock lock{mutex};
    give_block(take_block(64), 64);
    perdure::detail::idle_wait(wakes, lock);
    CHECK_FALSE(perdure::detail::makes_blocks());
    CHECK_FALSE(called);
    heap.watch();
    perdure::detail::idle_wait(wakes, lock);
    CHECK(called);
  }};
  CHECK(heap.comes_to_rest());
  {
    std::lock_guard const lock{mutex};
    called = true;
  }
  wakes.notify_all();
  sleeper.join();
}

TEST_CASE("a thread of a worker rests its blocks while it waits for tasks", "[worker][idle]") {
  perdure::memory_backend backend;
  idle_threads{backend}.of_a_worker<watches_a_worker>();
}

TEST_CASE("a thread of local activities rests its blocks while there are none", "[worker][idle]") {
  perdure::memory_backend backend;
  idle_threads{backend}.of_a_worker<watches_a_local_activity>();
}

TEST_CASE("a client rests its blocks while it waits", "[worker][idle]") {
  perdure::memory_backend backend;
  SECTION("for the end of a run") {
    idle_threads{backend}.of_a_client<watches_a_worker>(
        [](auto const& handle) { return handle.result(); });
  }
  SECTION("for an update") {
    idle_threads{backend}.of_a_client<says_one>(
        [](auto const& handle) { return handle.update(asked_for_one); });
  }
}

} // namespace
#endif
