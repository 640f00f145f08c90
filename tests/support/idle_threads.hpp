// Threads that wait for long: the memory of their blocks is collected by those who give them back.
// The same on every backend with threads and the real clock.
#pragma once

#include "support/real_world.hpp"

#include <perdure/data/detail/block_pool.hpp>

#include <atomic>
#include <thread>

#if PERDURE_DEFINES && !defined(PERDURE_BLOCKS_BY_NEW)
  #define PERDURE_HEAPS_CAN_REST 1

namespace perdure_test {

/// The heap that one thread cuts its blocks from, for others to watch.
class watched_heap {
public:
  /// It is the calling thread's.
  void watch() {
    void* const block = perdure::detail::take_block(64);
    heap_ = perdure::detail::block_slab::of(block)->heap;
    perdure::detail::give_block(block, 64);
  }
  /// Waits until it rests. False when the deadline came first.
  [[nodiscard]] auto comes_to_rest() -> bool {
    auto const end = std::chrono::steady_clock::now() + deadline;
    while (std::chrono::steady_clock::now() < end) {
      perdure::detail::block_heap const* const heap = heap_.load();
      if (heap != nullptr && heap->rests()) return true;
      std::this_thread::yield();
    }
    return false;
  }

private:
  std::atomic<perdure::detail::block_heap const*> heap_{nullptr};
};

inline watched_heap* watched{nullptr}; ///< By the activity.

inline auto has_its_heap_watched(int n) -> int {
  watched->watch();
  return n;
}
inline auto watches_a_worker() -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<has_its_heap_watched>(
      1, {.start_to_close_timeout = std::chrono::minutes{10}});
}
inline auto watches_a_local_activity() -> perdure::workflow<int> {
  co_return co_await perdure::execute_local_activity<has_its_heap_watched>(
      1, {.start_to_close_timeout = std::chrono::minutes{10}});
}
inline constexpr perdure::update<int()> asked_for_one{"asked_for_one"};
inline auto says_one() -> perdure::workflow<void> {
  bool done = false;
  auto const handler = perdure::handle(asked_for_one, [&] {
    done = true;
    return 1;
  });
  co_await perdure::wait_until([&] { return done; });
}

template <class Backend>
struct idle_threads {
  Backend& backend;
  perdure::client<Backend> client{backend};
  perdure::worker<Backend> worker{backend, {.task_queue = "tests"}};

  explicit idle_threads(Backend& on) : backend{on} {
    worker
        .template add<watches_a_worker, watches_a_local_activity, says_one, has_its_heap_watched>();
  }

  /// A thread on which an activity has run waits for the next task.
  template <auto Workflow>
  void of_a_worker() {
    watched_heap heap;
    watched = &heap;
    worker.start();
    CHECK(client.template execute_workflow<Workflow>({.id = "w", .task_queue = "tests"}) == 1);
    CHECK(heap.comes_to_rest());
    CHECK(client.template execute_workflow<Workflow>({.id = "again", .task_queue = "tests"}) == 1);
  }
  /// A client waits, in `wait(handle)`, for what no worker works on yet.
  template <auto Workflow, class F>
  void of_a_client(F wait) {
    watched_heap heap;
    int got = 0;
    std::thread caller{[&] {
      auto const handle =
          client.template start_workflow<Workflow>({.id = "w", .task_queue = "tests"});
      heap.watch();
      got = wait(handle);
    }};
    CHECK(heap.comes_to_rest());
    watched_heap other;
    watched = &other;
    worker.start();
    caller.join();
    CHECK(got == 1);
  }
};

} // namespace perdure_test
#endif
