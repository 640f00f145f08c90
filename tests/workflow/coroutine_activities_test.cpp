#include "support/log_collector.hpp"
#include "support/real_world.hpp"

#include <coroutine>
#include <deque>
#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

/// A thread that resumes what is given to it: any pool, reactor or event loop of a host program.
class one_thread_pool {
public:
  one_thread_pool() : thread_{[this] { serve(); }} {}
  one_thread_pool(one_thread_pool const&) = delete;
  auto operator=(one_thread_pool const&) -> one_thread_pool& = delete;
  ~one_thread_pool() {
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
    }
    wakes_.notify_one();
    thread_.join();
  }
  /// `co_await pool.schedule()`: goes on in the pool's thread.
  auto schedule() {
    struct awaiter {
      one_thread_pool* pool;
      static auto await_ready() noexcept -> bool { return false; }
      void await_suspend(std::coroutine_handle<> handle) const {
        // Once the handle is in the queue, this object may be gone: its coroutine can run to its end.
        one_thread_pool& there = *pool;
        {
          std::lock_guard const lock{there.mutex_};
          there.queue_.push_back(handle);
        }
        there.wakes_.notify_one();
      }
      void await_resume() const noexcept {}
    };
    return awaiter{this};
  }
  [[nodiscard]] auto here() const -> bool { return std::this_thread::get_id() == thread_.get_id(); }

private:
  void serve() {
    std::unique_lock lock{mutex_};
    while (true) {
      wakes_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto const next = queue_.front();
      queue_.pop_front();
      lock.unlock();
      next.resume();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::deque<std::coroutine_handle<>> queue_;
  bool stopping_{false};
  std::thread thread_;
};

/// Alive while a test case runs; activities are plain functions and find it here.
one_thread_pool* pool = nullptr;

struct with_pool {
  one_thread_pool mine;
  with_pool() { pool = &mine; }
  ~with_pool() { pool = nullptr; }
  with_pool(with_pool const&) = delete;
  auto operator=(with_pool const&) -> with_pool& = delete;
};

perdure::activity<int> half(int a) {
  co_await pool->schedule();
  if (!pool->here()) throw std::logic_error{"resumed elsewhere"};
  if (a % 2 != 0) throw perdure::application_error{"odd", {.type = "Odd", .non_retryable = true}};
  co_return a / 2;
}

perdure::activity<std::string> quarter(int a) {
  int const first = co_await half(a);
  co_await pool->schedule();
  int const second = co_await half(first);
  perdure::log().info("quartered");
  co_return perdure::activity_info_now().activity_type + " " + std::to_string(second);
}

perdure::activity<void> at_once() { co_return; }

perdure::workflow<std::string> divides(int a) {
  co_await perdure::execute_activity<at_once>({.start_to_close_timeout = 1min});
  auto const got = co_await perdure::as_outcome(
      perdure::execute_activity<quarter>(a, {.start_to_close_timeout = 1min}));
  if (got) co_return *got;
  co_return perdure::application_error{*got.error().cause}.type();
}

TEST_CASE("a coroutine activity goes on where its awaits resume it, with its context",
          "[workflow][activity]") {
  with_pool const guard;
  log_collector const log;
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<divides, quarter, half, at_once>();
  worker.start();
  CHECK(start_on<divides>(backend, "w", 12).result() == "quarter 3");
  auto const lines = log_collector::with("quartered");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].activity_type == "quarter");
  CHECK(lines[0].workflow_id == "w");
  CHECK(lines[0].attempt == 1);
}

TEST_CASE("what a nested coroutine activity throws fails the attempt of the outer one",
          "[workflow][activity]") {
  with_pool const guard;
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<divides, quarter, half, at_once>();
  worker.start();
  CHECK(start_on<divides>(backend, "first", 7).result() == "Odd");
  CHECK(start_on<divides>(backend, "second", 6).result() == "Odd");
}

struct shop {
  int sold{0};
  perdure::activity<int> sell(int many) {
    co_await pool->schedule();
    co_return sold += many;
  }
};

perdure::workflow<int> sells() {
  co_await perdure::execute_activity<&shop::sell>(2, {.start_to_close_timeout = 1min});
  co_return co_await perdure::execute_activity<&shop::sell>(3, {.start_to_close_timeout = 1min});
}

TEST_CASE("a member function can be a coroutine activity", "[workflow][activity]") {
  with_pool const guard;
  shop mine;
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<sells>();
  worker.add<&shop::sell>(mine);
  worker.start();
  CHECK(start_on<sells>(backend, "w").result() == 5);
}

gate suspended;
gate released;

perdure::activity<int> waits_outside(int a) {
  suspended.add();
  co_await pool->schedule();
  if (!released.reached(1)) throw std::logic_error{"nobody released it"};
  co_return a;
}

perdure::workflow<int> waits(int a) {
  co_return co_await perdure::execute_activity<waits_outside>(a, {.start_to_close_timeout = 1min});
}

TEST_CASE("suspended coroutine activities hold no worker thread", "[workflow][activity]") {
  with_pool const guard;
  suspended.reset();
  released.reset();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<waits, waits_outside>();
  worker.start();
  std::vector<decltype(start_on<waits>(backend, "", 0))> runs;
  for (int i = 0; i < 60; ++i) runs.push_back(start_on<waits>(backend, "w" + std::to_string(i), i));
  REQUIRE(
      suspended.reached(60)); // all at once, though the pool's one thread is held up by the first
  released.add();
  for (int i = 0; i < 60; ++i) CHECK(runs[static_cast<std::size_t>(i)].result() == i);
}

perdure::activity<int> hops(int a) {
  co_await pool->schedule();
  co_return a;
}
perdure::workflow<int> fans_out(int many) {
  std::vector<perdure::activity_handle<int>> handles;
  for (int i = 0; i < many; ++i)
    handles.push_back(perdure::start_activity<hops>(i, {.start_to_close_timeout = 1min}));
  int sum = 0;
  for (int const each : co_await perdure::when_all(handles)) sum += each;
  co_return sum;
}

TEST_CASE("the slot of a coroutine activity that ends on another thread is used at once",
          "[workflow][activity]") {
  with_pool const guard;
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .max_concurrent_activities = 1}};
  worker.add<fans_out, hops>();
  worker.start();
  CHECK(start_on<fans_out>(backend, "w", 300).result() == 44'850);
}

perdure::workflow<std::string> asks_outside() {
  try {
    (void)perdure::activity_info_now();
  } catch (perdure::error const& e) {
    co_return e.what();
  }
  co_return "";
}

TEST_CASE("an activity's info, heartbeat and cancellation belong to activities alone",
          "[workflow][activity]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<asks_outside>();
  worker.start();
  CHECK_THAT(start_on<asks_outside>(backend, "w").result(), contains("outside of an activity"));
  CHECK_THROWS_AS(perdure::heartbeat(1), perdure::error);
  CHECK_THROWS_AS(perdure::cancellation_requested(), perdure::error);
  CHECK_FALSE(perdure::in_activity());
}

auto context_facts() -> std::string {
  auto const info = perdure::activity_info_now();
  return info.workflow_id + " " + info.workflow_type + " " + info.task_queue + " " +
         info.activity_id + " " + std::to_string(info.attempt) + " " +
         std::to_string(info.start_to_close_timeout / 1s) +
         (info.idempotency_key == info.workflow_run_id + "/5" ? " key" : " no key");
}

perdure::workflow<std::string> facts() {
  co_return co_await perdure::execute_activity<context_facts>({.start_to_close_timeout = 60s});
}

TEST_CASE("an activity knows its workflow, queue, id, attempt, timeouts and idempotency key",
          "[workflow][activity]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<facts, context_facts>();
  worker.start();
  CHECK(start_on<facts>(backend, "w").result() == "w facts tests 1 1 60 key");
}

} // namespace
