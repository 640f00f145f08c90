#include "support/log_collector.hpp"
#include "support/real_world.hpp"
#include "support/until_stopped.hpp"

#include <coroutine>
#include <csignal>
#include <memory>
#include <stop_token>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

inline constexpr perdure::signal<int> number{"number"};

gate entered;
gate released;
gate left;

void reset_gates() {
  entered.reset();
  released.reset();
  left.reset();
}

/// Stays inside until it is let out.
auto stays_inside(int a) -> int {
  entered.add();
  if (!released.reached(1)) throw std::runtime_error{"nobody released it"};
  left.add();
  return a;
}
perdure::workflow<int> enters(int a) {
  co_return co_await perdure::execute_activity<stays_inside>(a, {.start_to_close_timeout = 10min});
}

perdure::workflow<int> receives_two() {
  int const first = co_await perdure::receive(number);
  int const second = co_await perdure::receive(number);
  co_return 10 * first + second;
}

TEST_CASE("stop() waits for the activity that runs, and its result is recorded", "[worker]") {
  reset_gates();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<enters, stays_inside>();
  worker.start();
  auto const handle = start_on<enters>(backend, "w", 5);
  REQUIRE(entered.reached(1));
  std::thread stops{[&] { worker.stop(); }};
  released.add();
  stops.join();
  CHECK(left.count() == 1);
  auto const events = handle.fetch_history().events;
  bool completed = false;
  for (auto const& each : events)
    completed = completed || each.type == perdure::event_type::activity_task_completed;
  CHECK(completed);
}

auto runs_until_asked() -> int {
  entered.add();
  auto const give_up = std::chrono::steady_clock::now() + deadline;
  while (!perdure::cancellation_requested()) {
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error{"nobody asked it to stop"};
    std::this_thread::yield();
  }
  left.add();
  return 1;
}
perdure::workflow<int> runs_on() {
  co_return co_await perdure::execute_activity<runs_until_asked>({.start_to_close_timeout = 10min});
}

TEST_CASE("after the grace period stop() asks running activities to stop", "[worker]") {
  reset_gates();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .graceful_shutdown_timeout = 1ms}};
  worker.add<runs_on, runs_until_asked>();
  worker.start();
  start_on<runs_on>(backend, "w");
  REQUIRE(entered.reached(1));
  worker.stop();
  CHECK(left.count() == 1);
}

gate stops;

void notes_whether_it_is_asked(std::stop_token const& token) {
  entered.add();
  (void)stops.reached(1);
  // A stop() that does not wait has time to ask.
  for (int i = 0; i < 10'000 && !token.stop_requested(); ++i) std::this_thread::yield();
  if (!token.stop_requested()) left.add();
}
auto is_not_asked() -> int {
  notes_whether_it_is_asked(perdure::activity_stop_token());
  return 1;
}
/// `co_await elsewhere{}`: goes on on a thread of its own.
struct elsewhere {
  std::stop_token token{perdure::activity_stop_token()};
  [[nodiscard]] static auto await_ready() noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<> handle) const {
    std::thread{[handle, own = token] {
      notes_whether_it_is_asked(own);
      handle.resume();
    }}.detach();
  }
  static void await_resume() noexcept {}
};
perdure::activity<int> is_not_asked_elsewhere() {
  co_await elsewhere{};
  co_return 1;
}
perdure::workflow<int> runs_unasked() {
  co_return co_await perdure::execute_activity<is_not_asked>({.start_to_close_timeout = 10min});
}
perdure::workflow<int> runs_unasked_elsewhere() {
  co_return co_await perdure::execute_activity<is_not_asked_elsewhere>(
      {.start_to_close_timeout = 10min});
}

template <auto Workflow, auto Activity>
void check_endless_grace() {
  reset_gates();
  stops.reset();
  perdure::memory_backend backend;
  real_worker worker{
      backend, {.task_queue = "tests", .graceful_shutdown_timeout = perdure::duration::max()}};
  worker.add<Workflow, Activity>();
  worker.start();
  start_on<Workflow>(backend, "w");
  REQUIRE(entered.reached(1));
  stops.add();
  worker.stop();
  CHECK(left.count() == 1);
}

TEST_CASE("a grace period without end asks no activity to stop", "[worker]") {
  check_endless_grace<runs_unasked, is_not_asked>();
}
TEST_CASE("a grace period without end asks no coroutine activity to stop", "[worker]") {
  check_endless_grace<runs_unasked_elsewhere, is_not_asked_elsewhere>();
}

/// Holds an attempt up between its poll and its begin, until somebody lets it go on.
struct holds_up final : perdure::metric_sink {
  gate held{};
  gate goes_on{};
  void record(perdure::metric_point const& point) noexcept override {
    if (point.name != "temporal_activity_task_received") return;
    for (perdure::metric_tag const& each : point.tags)
      if (each.name == "activity_type" && each.value.starts_with("comes_late")) {
        held.add();
        (void)goes_on.reached(1);
      }
  }
};
holds_up* late = nullptr;

/// Asked to stop, it lets the late one begin.
auto is_asked_first() -> int {
  int const result = runs_until_asked();
  late->goes_on.add();
  return result;
}
auto comes_late() -> int { return runs_until_asked(); }
perdure::activity<int> comes_late_and_suspends() {
  entered.add();
  if (!perdure::cancellation_requested()) co_await perdure_test::until_stopped{};
  left.add();
  co_return 1;
}
perdure::workflow<int> runs_first() {
  co_return co_await perdure::execute_activity<is_asked_first>({.start_to_close_timeout = 10min});
}
perdure::workflow<int> runs_late() {
  co_return co_await perdure::execute_activity<comes_late>({.start_to_close_timeout = 10min});
}
perdure::workflow<int> runs_late_and_suspends() {
  co_return co_await perdure::execute_activity<comes_late_and_suspends>(
      {.start_to_close_timeout = 10min});
}

template <auto RunsLate, auto Late>
void check_late_attempt() {
  reset_gates();
  auto const sink = std::make_shared<holds_up>();
  late = sink.get();
  perdure::memory_backend backend;
  real_worker worker{backend,
                     {.task_queue = "tests", .graceful_shutdown_timeout = 1ms, .metrics = sink}};
  worker.add<runs_first, RunsLate, is_asked_first, Late>();
  worker.start();
  start_on<runs_first>(backend, "first");
  start_on<RunsLate>(backend, "late");
  REQUIRE(entered.reached(1));
  REQUIRE(sink->held.reached(1));
  worker.stop();
  CHECK(entered.count() == 2);
  CHECK(left.count() == 2);
}

TEST_CASE("an activity that begins when the grace period is over is asked to stop", "[worker]") {
  check_late_attempt<runs_late, comes_late>();
}
TEST_CASE("a coroutine activity that begins when the grace period is over ends before its worker",
          "[worker]") {
  check_late_attempt<runs_late_and_suspends, comes_late_and_suspends>();
}

TEST_CASE("stop() may be called twice, before start() and by the destructor", "[worker]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.stop();
  worker.start();
  worker.start();
  worker.stop();
  worker.stop();
  SUCCEED();
}

TEST_CASE("a cancellation reaches the running activity without a heartbeat", "[worker]") {
  reset_gates();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<runs_on, runs_until_asked>();
  worker.start();
  auto const handle = start_on<runs_on>(backend, "w");
  REQUIRE(entered.reached(1));
  handle.cancel();
  CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
  CHECK(left.reached(1));
}

TEST_CASE("runs go on with the next worker, from history", "[worker]") {
  perdure::memory_backend backend;
  perdure::workflow_handle<int, perdure::memory_backend> handle =
      start_on<receives_two>(backend, "w");
  {
    real_worker first{backend, {.task_queue = "tests"}};
    first.add<receives_two>();
    first.start();
    handle.signal(number, 4);
    first.stop();
    CHECK(first.cached_workflows() == 0);
    first.start(); // the same worker again
    first.stop();
  }
  handle.signal(number, 2);
  real_worker second{backend, {.task_queue = "tests"}};
  second.add<receives_two>();
  second.start();
  CHECK(handle.result() == 42);
}

TEST_CASE(
    "fifty activities that block at a time get fifty threads, also when the worker starts again",
    "[worker]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<enters, stays_inside>();
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    reset_gates();
    worker.start();
    std::vector<decltype(start_on<enters>(backend, "", 0))> runs;
    for (int i = 0; i < 50; ++i)
      runs.push_back(start_on<enters>(backend, "w" + std::to_string(i), i));
    CHECK(entered.reached(50));
    released.add();
    for (int i = 0; i < 50; ++i) CHECK(runs[static_cast<std::size_t>(i)].result() == i);
    worker.stop();
  }
}

TEST_CASE("a host's own loop drives a worker with poll_once, without threads", "[worker]") {
  reset_gates();
  released.add();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<enters, stays_inside>();
  CHECK_FALSE(worker.poll_once());
  auto const handle = start_on<enters>(backend, "w", 3);
  int polls = 0;
  while (worker.poll_once()) ++polls;
  CHECK(polls == 3); // a workflow task, an activity, a workflow task
  CHECK(handle.describe().status == perdure::workflow_execution_status::completed);
  CHECK(handle.result() == 3);
}

TEST_CASE("run() works until the process gets SIGTERM or SIGINT, and puts the old handlers back",
          "[worker]") {
  for (int const which : {SIGTERM, SIGINT}) {
    reset_gates();
    released.add();
    struct sigaction before{};
    ::sigaction(which, nullptr, &before);
    perdure::memory_backend backend;
    real_worker worker{backend, {.task_queue = "tests"}};
    worker.add<enters, stays_inside>();
    std::thread runs{[&] { worker.run(); }};
    CHECK(start_on<enters>(backend, "w", 3).result() == 3); // so it has begun to catch signals
    std::raise(which);
    runs.join();
    struct sigaction after{};
    ::sigaction(which, nullptr, &after);
    CHECK(before.sa_handler == after.sa_handler);
  }
}

TEST_CASE("a worker needs a queue, and everything registered before it starts", "[worker]") {
  perdure::memory_backend backend;
  CHECK_THROWS_MATCHES((real_worker{backend, {}}), perdure::error,
                       has_code<perdure::error>(perdure::errc::invalid_argument));
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.start();
  CHECK_THROWS_MATCHES(worker.add<receives_two>(), perdure::error,
                       has_code<perdure::error>(perdure::errc::invalid_argument));
  worker.stop();
  CHECK_NOTHROW(worker.add<receives_two>());
}

perdure::workflow<int> destroys_late() {
  struct adds {
    ~adds() { left.add(); }
  } const local;
  co_return co_await perdure::receive(number);
}

TEST_CASE("a cache of one run evicts the others, and nothing is lost", "[worker]") {
  reset_gates();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .max_cached_workflows = 1}};
  worker.add<destroys_late>();
  worker.start();
  std::vector<decltype(start_on<destroys_late>(backend, ""))> runs;
  for (int i = 0; i < 20; ++i)
    runs.push_back(start_on<destroys_late>(backend, "w" + std::to_string(i)));
  REQUIRE(left.reached(19)); // all but the one that was used last
  CHECK(worker.cached_workflows() <= 1);
  for (int i = 0; i < 20; ++i) runs[static_cast<std::size_t>(i)].signal(number, i);
  for (int i = 0; i < 20; ++i) CHECK(runs[static_cast<std::size_t>(i)].result() == i);
}

} // namespace
