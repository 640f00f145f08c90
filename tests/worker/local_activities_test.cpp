// Local activities on threads, with the real clock.
#include "support/log_collector.hpp"
#include "support/no_more_threads.hpp"
#include "support/real_world.hpp"
#include "support/until_stopped.hpp"

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

gate entered;
gate released;
std::atomic<perdure::activity_cancel_reason> reason;

void reset() {
  entered.reset();
  released.reset();
  reason = perdure::activity_cancel_reason::none;
}

auto stays_inside(int a) -> int {
  entered.add();
  if (!released.reached(1)) throw std::runtime_error{"nobody released it"};
  return a;
}
auto waits_for_its_token() -> int {
  entered.add();
  perdure_test::wait_until_stopped();
  reason = perdure::cancellation_reason();
  throw perdure::cancelled_error{"as asked"};
}

gate left;

/// `co_await told_elsewhere{}`: goes on on a thread of its own when the attempt should stop.
struct told_elsewhere {
  std::stop_token token{perdure::activity_stop_token()};
  [[nodiscard]] static auto await_ready() noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<> handle) const {
    std::thread{[handle, told = token] {
      entered.add();
      std::mutex mutex;
      std::condition_variable_any wakes;
      std::unique_lock lock{mutex};
      wakes.wait(lock, told, [] { return false; });
      // A stop() that does not wait has time to end.
      for (int i = 0; i < 10'000; ++i) std::this_thread::yield();
      handle.resume();
    }}.detach();
  }
  static void await_resume() noexcept {}
};
perdure::activity<int> goes_on_elsewhere() {
  co_await told_elsewhere{};
  left.add();
  co_return 1;
}
perdure::workflow<int> calls_a_coroutine() {
  co_return co_await perdure::execute_local_activity<goes_on_elsewhere>(
      {.start_to_close_timeout = 10min});
}
perdure::workflow<int> calls_several(int count) {
  std::vector<perdure::activity_handle<int>> started;
  for (int i = 0; i < count; ++i)
    started.push_back(
        perdure::start_local_activity<stays_inside>(1, {.start_to_close_timeout = 10min}));
  int sum = 0;
  for (int const each : co_await perdure::when_all(started)) sum += each;
  co_return sum;
}
perdure::workflow<bool> calls_one_that_waits() {
  auto work = perdure::start_local_activity<waits_for_its_token>({.start_to_close_timeout = 10min});
  auto const ended = co_await perdure::as_outcome(work);
  co_return ended.has_value();
}
perdure::workflow<bool> has_a_short_timeout() {
  auto const ended =
      co_await perdure::as_outcome(perdure::execute_local_activity<waits_for_its_token>(
          {.start_to_close_timeout = 20ms,
           .retry_policy = {.initial_interval = 1ms, .maximum_attempts = 2}}));
  co_return ended.has_value();
}

void check_replay(perdure::history const& of) {
  perdure::replayer replayer;
  replayer.add<calls_several, calls_one_that_waits, has_a_short_timeout>();
  auto const replayed = replayer.replay(of);
  INFO(replayed.problem);
  CHECK(replayed.ok());
}

struct world {
  explicit world(perdure::worker_options options = {}) : worker{backend, filled(options)} {
    reset();
    worker.add<calls_several, calls_one_that_waits, has_a_short_timeout, stays_inside,
               waits_for_its_token>();
    worker.start();
  }
  static auto filled(perdure::worker_options options) -> perdure::worker_options {
    options.task_queue = "tests";
    return options;
  }
  perdure::memory_backend backend;
  real_worker worker;
};

TEST_CASE("local activities of a run run at the same time", "[worker][local]") {
  world w;
  auto const handle = start_on<calls_several>(w.backend, "w", 5);
  REQUIRE(entered.reached(5));
  released.add();
  CHECK(handle.result() == 5);
  check_replay(handle.fetch_history());
}

TEST_CASE("no more local activities run at a time than the worker may", "[worker][local]") {
  world w{{.max_concurrent_local_activities = 2}};
  auto const handle = start_on<calls_several>(w.backend, "w", 6);
  REQUIRE(entered.reached(2));
  CHECK(entered.count() == 2);
  released.add();
  CHECK(handle.result() == 6);
}

TEST_CASE("many runs wait for local activities while others go on", "[worker][local]") {
  world w;
  std::vector<perdure::workflow_handle<int, perdure::memory_backend>> handles;
  for (int i = 0; i < 20; ++i)
    handles.push_back(start_on<calls_several>(w.backend, "w" + std::to_string(i), 2));
  REQUIRE(entered.reached(40));
  released.add();
  for (auto const& each : handles) CHECK(each.result() == 2);
}

void check_task_is_kept_alive(std::size_t cached) {
  CAPTURE(cached);
  world w{{.max_cached_workflows = cached}};
  perdure::client const client{w.backend};
  auto const handle = client.start_workflow<calls_several>(
      1, {.id = "w", .task_queue = "tests", .workflow_task_timeout = 1s});
  REQUIRE(entered.reached(1));
  auto const completed = [&] {
    int count = 0;
    for (auto const& each : handle.fetch_history().events) {
      REQUIRE(each.type != perdure::event_type::workflow_task_timed_out);
      count += each.type == perdure::event_type::workflow_task_completed ? 1 : 0;
    }
    return count;
  };
  while (completed() < 3) std::this_thread::yield();
  CHECK(entered.count() == 1); // it was not begun again
  released.add();
  CHECK(handle.result() == 1);
  check_replay(handle.fetch_history());
  w.worker.stop();
  CHECK(w.worker.cached_workflows() == 0);
}
TEST_CASE("a local activity that takes longer than a workflow task may keeps the task alive",
          "[worker][local]") {
  check_task_is_kept_alive(10'000);
}
TEST_CASE("a run stays live while its local activity is at work, though nothing is to be cached",
          "[worker][local]") {
  check_task_is_kept_alive(0);
}

TEST_CASE("a local activity that takes too long is given up and told so", "[worker][local]") {
  world w;
  auto const handle = start_on<has_a_short_timeout>(w.backend, "w");
  CHECK_FALSE(handle.result());
  CHECK(entered.count() == 2);
  w.worker.stop();
  CHECK(reason == perdure::activity_cancel_reason::timed_out);
  check_replay(handle.fetch_history());
}

TEST_CASE("a local activity that ends while the worker stops is recorded", "[worker][local]") {
  world w;
  auto const handle = start_on<calls_several>(w.backend, "w", 1);
  REQUIRE(entered.reached(1));
  std::thread stops{[&] { w.worker.stop(); }};
  released.add();
  stops.join();
  CHECK(handle.result() == 1); // no worker runs any more
}

TEST_CASE("a worker that stops asks local activities to stop, and another begins them anew",
          "[worker][local]") {
  world w{{.graceful_shutdown_timeout = 1ms}};
  auto const handle = start_on<calls_one_that_waits>(w.backend, "w");
  REQUIRE(entered.reached(1));
  w.worker.stop();
  CHECK(reason == perdure::activity_cancel_reason::worker_shutdown);
  w.worker.start();
  REQUIRE(entered.reached(2));
  handle.terminate();
  w.worker.stop();
  CHECK(entered.count() == 2);
}

TEST_CASE("stop() waits for a local activity that is a coroutine", "[worker][local]") {
  reset();
  left.reset();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .graceful_shutdown_timeout = 1ms}};
  worker.add<calls_a_coroutine, goes_on_elsewhere>();
  worker.start();
  start_on<calls_a_coroutine>(backend, "w");
  REQUIRE(entered.reached(1));
  worker.stop();
  CHECK(left.count() == 1);
}

TEST_CASE("a run that is cancelled reaches its local activity at the next task",
          "[worker][local]") {
  world w;
  perdure::client const client{w.backend};
  auto const handle = client.start_workflow<calls_one_that_waits>(
      {.id = "w", .task_queue = "tests", .workflow_task_timeout = 1s});
  REQUIRE(entered.reached(1));
  handle.cancel();
  CHECK_FALSE(handle.result());
  CHECK(reason == perdure::activity_cancel_reason::cancelled);
  check_replay(handle.fetch_history());
}

#if PERDURE_THREADS_CAN_BE_REFUSED
TEST_CASE("local activities wait for the threads there are where the system refuses more",
          "[worker][local]") {
  log_collector const log;
  world w;
  auto const first = start_on<calls_several>(w.backend, "first", 1);
  REQUIRE(entered.reached(1)); // on the pool's first thread
  {
    no_more_threads const refused;
    auto const second = start_on<calls_several>(w.backend, "second", 3);
    released.add();
    REQUIRE(entered.reached(4));
    CHECK(log_collector::with("workflow task failed").empty());
  }
  CHECK(first.result() == 1);
}

TEST_CASE("a local activity for which the system refuses the first thread fails its workflow task, "
          "and runs when there is one",
          "[worker][local]") {
  log_collector const log;
  world w;
  released.add();
  CHECK(start_on<calls_several>(w.backend, "first", 0).result() == 0); // the backend has its thread
  auto refused = std::make_unique<no_more_threads>();
  auto const handle = start_on<calls_several>(w.backend, "w", 1);
  auto const end = std::chrono::steady_clock::now() + deadline;
  while (log_collector::with("workflow task failed").empty() &&
         std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  refused.reset();
  auto const lines = log_collector::with("workflow task failed");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0].fields.at("reason"), contains("no thread for a local activity"));
  CHECK(handle.result() == 1);
}
#endif

} // namespace
