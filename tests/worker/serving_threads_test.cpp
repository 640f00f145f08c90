// The threads of a worker: more are added while all are busy and none gets anything done.
#include "support/log_collector.hpp"
#include "support/no_more_threads.hpp"
#include "support/real_world.hpp"

#include "perdure/worker/serving_threads.hpp"

#include <thread>

namespace {

using namespace perdure_test;

/// Each thread is at work from when it may begin until it may end.
struct slow_server {
  perdure::detail::serving_threads& threads;
  gate may_begin{};
  gate begun{};
  gate may_end{};
  void serve() {
    (void)may_begin.reached(1);
    threads.begin_work();
    begun.add();
    (void)may_end.reached(1);
    threads.end_work();
  }
  void nudge() { nudged.add(); }
  gate nudged{};
};

TEST_CASE("threads are added to busy ones, also after much work that was over at once",
          "[worker][threads]") {
  perdure::detail::serving_threads threads;
  slow_server server{threads};
  threads.start(server, 20, true);
  // Over before whoever watches has looked, again and again, and with time to fall asleep between.
  for (int i = 0; i < 20'000; ++i) {
    threads.begin_work();
    threads.end_work();
    if (i % 100 == 0) std::this_thread::yield();
  }
  server.may_begin.add();
  CHECK(server.begun.reached(static_cast<int>(std::thread::hardware_concurrency()) + 3));
  server.may_end.add();
  threads.join();
}

TEST_CASE("a server is nudged while nothing gets done, however short work was before",
          "[worker][threads]") {
  perdure::detail::serving_threads threads;
  slow_server server{threads};
  threads.start(server, 0, true); // no more threads
  for (int i = 0; i < 20'000; ++i) {
    threads.begin_work();
    threads.end_work();
  }
  threads.begin_work();
  CHECK(server.nudged.reached(3));
  threads.end_work();
  server.may_begin.add();
  server.may_end.add();
  threads.join();
}

/// Ends as soon as nobody watches; with false only if that does not come about.
auto becomes_unwatched(perdure::detail::serving_threads const& threads) -> bool {
  auto const end = std::chrono::steady_clock::now() + deadline;
  while (!threads.is_unwatched() && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  return threads.is_unwatched();
}

TEST_CASE("nobody watches while some are at work for long and others are idle, until all are",
          "[worker][threads]") {
  perdure::detail::serving_threads threads;
  slow_server server{threads};
  threads.start(server, 20, false);
  auto const cores = static_cast<int>(std::thread::hardware_concurrency());
  for (int i = 1; i < cores; ++i) threads.begin_work();
  CHECK(becomes_unwatched(threads));
  threads.begin_work(); // now all are: more are added, which begin
  server.may_begin.add();
  CHECK(server.begun.reached(cores + 3));
  server.may_end.add();
  for (int i = 0; i < cores; ++i) threads.end_work();
  CHECK(becomes_unwatched(threads));
  threads.join();
}

TEST_CASE("nobody watches threads that are all at work where none may be added",
          "[worker][threads]") {
  perdure::detail::serving_threads threads;
  slow_server server{threads};
  threads.start(server, 0, false);
  server.may_begin.add();
  CHECK(server.begun.reached(static_cast<int>(std::thread::hardware_concurrency())));
  CHECK(becomes_unwatched(threads));
  CHECK(server.nudged.count() == 0);
  server.may_end.add();
  threads.join();
}

#if PERDURE_THREADS_CAN_BE_REFUSED
TEST_CASE(
    "where the system refuses further threads, those that are there go on, until it gives some",
    "[worker][threads]") {
  log_collector const log;
  perdure::detail::serving_threads threads;
  slow_server server{threads};
  threads.start(server, 20, false);
  auto const cores = static_cast<int>(std::thread::hardware_concurrency());
  {
    no_more_threads const refused;
    server.may_begin.add();
    CHECK(server.begun.reached(cores));
    auto const end = std::chrono::steady_clock::now() + deadline;
    while (log_collector::with("further threads").empty() && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    CHECK(server.begun.count() == cores);
  }
  CHECK(server.begun.reached(cores + 1));
  CHECK(log_collector::with("further threads").size() == 1);
  server.may_end.add();
  threads.join();
}
#endif

} // namespace
