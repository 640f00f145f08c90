#include "support/log_collector.hpp"
#include "support/real_world.hpp"

#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

gate entered;
gate released;

/// How many are inside at a time, and the most there ever were.
class occupancy {
public:
  void enter() {
    std::lock_guard const lock{mutex_};
    most_ = ++now_ > most_ ? now_ : most_;
  }
  void leave() {
    std::lock_guard const lock{mutex_};
    --now_;
  }
  void reset() {
    std::lock_guard const lock{mutex_};
    now_ = most_ = 0;
  }
  [[nodiscard]] auto most() -> int {
    std::lock_guard const lock{mutex_};
    return most_;
  }

private:
  std::mutex mutex_;
  int now_{0};
  int most_{0};
};
occupancy inside;

auto counts(int a) -> int {
  inside.enter();
  std::this_thread::yield();
  inside.leave();
  return a;
}
perdure::workflow<int> fans_out(int many) {
  std::vector<perdure::activity_handle<int>> handles;
  for (int i = 0; i < many; ++i)
    handles.push_back(perdure::start_activity<counts>(i, {.start_to_close_timeout = 10min}));
  int sum = 0;
  for (int const each : co_await perdure::when_all(handles)) sum += each;
  co_return sum;
}

TEST_CASE("no more activities run at a time than max_concurrent_activities allows",
          "[worker][concurrency]") {
  for (std::size_t const most : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
    CAPTURE(most);
    inside.reset();
    perdure::memory_backend backend;
    real_worker worker{backend, {.task_queue = "tests", .max_concurrent_activities = most}};
    worker.add<fans_out, counts>();
    worker.start();
    std::vector<decltype(start_on<fans_out>(backend, "", 0))> runs;
    for (int i = 0; i < 10; ++i)
      runs.push_back(start_on<fans_out>(backend, "w" + std::to_string(i), 40));
    for (auto const& each : runs) CHECK(each.result() == 780);
    CHECK(inside.most() <= static_cast<int>(most));
    CHECK(inside.most() >= 1);
  }
}

auto fails_twice(int a) -> int {
  if (perdure::activity_info_now().attempt < 3) throw perdure::application_error{"not yet"};
  return a;
}
perdure::workflow<int> retries(int a) {
  perdure::activity_options options{};
  options.start_to_close_timeout = 10min;
  options.retry_policy = {.initial_interval = 1ms, .backoff_coefficient = 1};
  co_return co_await perdure::execute_activity<fails_twice>(a, options);
}

TEST_CASE("with one slot, an attempt that time brings back finds its way to it",
          "[worker][concurrency]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .max_concurrent_activities = 1}};
  worker.add<retries, fails_twice>();
  worker.start();
  for (int i = 0; i < 200; ++i)
    CHECK(start_on<retries>(backend, "w" + std::to_string(i), i).result() == i);
}

/// A worker that asks for one kind of task only.
class picky_worker final : public perdure::worker_link {
public:
  picky_worker(perdure::memory_backend& backend, bool workflow_tasks)
      : backend_{&backend}, workflow_tasks_{workflow_tasks} {
    static std::uint64_t last = 2'000'000;
    id = ++last;
    task_queue = "tests";
    identity = "picky";
    backend.attach(*this);
    thread_ = std::thread{[this] {
      got_ = backend_->poll(*this, {workflow_tasks_, !workflow_tasks_, true}).index();
      served_.add();
    }};
  }
  picky_worker(picky_worker const&) = delete;
  auto operator=(picky_worker const&) -> picky_worker& = delete;
  ~picky_worker() {
    backend_->stop_polling(*this);
    thread_.join();
    backend_->detach(*this);
  }
  auto poll_once() -> bool override { return false; }
  void cancel_attempt(perdure::activity_task_token const&,
                      perdure::activity_cancel_reason) noexcept override {}
  [[nodiscard]] auto served() -> bool { return served_.reached(1); }

private:
  perdure::memory_backend* backend_;
  bool workflow_tasks_;
  std::size_t got_{0};
  gate served_;
  std::thread thread_;
};

TEST_CASE("a task wakes a poller that wants its kind, whoever else waits",
          "[worker][concurrency]") {
  for (int round = 0; round < 20; ++round) {
    perdure::memory_backend backend;
    picky_worker first{backend, false};
    picky_worker second{backend, false};
    picky_worker wants_it{backend, true};
    start_on<retries>(backend, "w", 1);
    REQUIRE(wants_it.served());
  }
}

auto stays_inside(int a) -> int {
  entered.add();
  if (!released.reached(1)) throw std::runtime_error{"nobody released it"};
  return a;
}
perdure::workflow<int> holds_a_slot(int a) {
  co_return co_await perdure::execute_activity<stays_inside>(a, {.start_to_close_timeout = 10min});
}
perdure::workflow<int> needs_no_slot(int a) {
  co_await perdure::sleep(1ns);
  co_return a;
}

TEST_CASE("workflow tasks go on while every activity slot is taken", "[worker][concurrency]") {
  entered.reset();
  released.reset();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .max_concurrent_activities = 2}};
  worker.add<holds_a_slot, needs_no_slot, stays_inside>();
  worker.start();
  std::vector<decltype(start_on<holds_a_slot>(backend, "", 0))> held;
  for (int i = 0; i < 5; ++i)
    held.push_back(start_on<holds_a_slot>(backend, "held" + std::to_string(i), i));
  REQUIRE(entered.reached(2));
  for (int i = 0; i < 20; ++i)
    CHECK(start_on<needs_no_slot>(backend, "w" + std::to_string(i), i).result() == i);
  CHECK(entered.count() == 2);
  released.add();
  for (int i = 0; i < 5; ++i) CHECK(held[static_cast<std::size_t>(i)].result() == i);
}

// -------------------------------------------------------------------------------------------
// stress

auto square(int a) -> int { return a * a; }
perdure::workflow<int> child_work(int a) {
  co_await perdure::sleep(1ns);
  co_return co_await perdure::execute_activity<square>(a, {.start_to_close_timeout = 10min});
}
perdure::workflow<int> family(int a) {
  auto const both = co_await perdure::when_all(perdure::execute_child_workflow<child_work>(a),
                                               perdure::execute_child_workflow<child_work>(a + 1));
  int const more = co_await perdure::execute_activity<square>(1, {.start_to_close_timeout = 10min});
  co_return std::get<0>(both) + std::get<1>(both) + more;
}

TEST_CASE("two thousand workflows of several clients on several workers all give their results",
          "[worker][stress]") {
  constexpr int clients = 4;
  constexpr int each = 170; // families of three runs: 2,040
  perdure::memory_backend backend;
  real_worker first{backend, {.task_queue = "tests"}};
  real_worker second{
      backend, {.task_queue = "tests", .max_concurrent_activities = 3, .max_cached_workflows = 5}};
  real_worker third{backend, {.task_queue = "tests", .max_cached_workflows = 0}};
  for (real_worker* const worker : {&first, &second, &third}) {
    worker->add<family, child_work, square>();
    worker->start();
  }
  std::vector<std::thread> threads;
  gate right;
  for (int c = 0; c < clients; ++c)
    threads.emplace_back([&, c] {
      std::vector<std::pair<int, decltype(start_on<family>(backend, "", 0))>> runs;
      for (int i = 0; i < each; ++i)
        runs.emplace_back(
            i, start_on<family>(backend, std::to_string(c) + "/" + std::to_string(i), i));
      for (auto const& [i, run] : runs)
        if (run.result() == i * i + (i + 1) * (i + 1) + 1) right.add();
    });
  second.stop(); // its runs go on elsewhere
  second.start();
  for (std::thread& thread : threads) thread.join();
  CHECK(right.count() == clients * each);
  CHECK(perdure::client{backend}
            .list({.status = perdure::workflow_execution_status::completed, .limit = 10'000})
            .size() == 3u * clients * each);
}

} // namespace
