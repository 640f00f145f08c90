// How much a worker does at a time, how often, and for which queue.
#include "support/log_collector.hpp"
#include "support/stays_inside.hpp"
#include "support/virtual_world.hpp"

#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

auto plain(int a) -> int { return a; }
auto name_of_queue() -> std::string { return perdure::activity_info_now().task_queue; }

perdure::workflow<int> calls_many(int count) {
  std::vector<perdure::activity_handle<int>> started;
  for (int i = 0; i < count; ++i)
    started.push_back(perdure::start_activity<plain>(1, {.start_to_close_timeout = 10min}));
  int sum = 0;
  for (int const each : co_await perdure::when_all(started)) sum += each;
  co_return sum;
}
perdure::workflow<std::string> calls_here_and_there(std::string there) {
  auto const here =
      co_await perdure::execute_activity<name_of_queue>({.start_to_close_timeout = 10min});
  auto const elsewhere = co_await perdure::execute_activity<name_of_queue>(
      {.start_to_close_timeout = 10min, .task_queue = there});
  co_return here + " " + elsewhere;
}

TEST_CASE("no more workflow tasks are worked on at a time than the worker may", "[worker]") {
  entered.reset();
  released.reset();
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .max_concurrent_workflow_tasks = 1}};
  worker.add<stays_inside_its_task, stays_inside>();
  worker.start();
  auto const first = start_on<stays_inside_its_task>(backend, "v");
  auto const second = start_on<stays_inside_its_task>(backend, "w");
  REQUIRE(entered.reached(1));
  perdure::client const client{backend};
  // The other one's task waits, and nobody has begun it.
  auto const one = client.get_handle("v").fetch_history().events.back().type;
  auto const other = client.get_handle("w").fetch_history().events.back().type;
  CHECK((one == perdure::event_type::workflow_task_scheduled) !=
        (other == perdure::event_type::workflow_task_scheduled));
  released.add();
  CHECK(first.result() + second.result() == 2);
}

TEST_CASE("a worker begins no more activities in a second than it may", "[worker][rate]") {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  real_worker worker{backend, {.task_queue = "tests", .max_activities_per_second = 2}};
  worker.add<calls_many, plain>();
  worker.start();
  CHECK(start_on<calls_many>(backend, "w", 7).result() == 7);
  CHECK(since_start(backend.now()) == 3s); // 7 of them, half a second apart
}

TEST_CASE("a worker's rate leaves other workers alone, a queue's is for all", "[worker][rate]") {
  for (bool const of_queue : {false, true}) {
    CAPTURE(of_queue);
    perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
    real_worker slow{backend,
                     {.task_queue = "tests",
                      .max_activities_per_second = of_queue ? 0.0 : 1.0,
                      .max_task_queue_activities_per_second = of_queue ? 1.0 : 0.0}};
    real_worker fast{backend, {.task_queue = "tests"}};
    slow.add<calls_many, plain>();
    fast.add<calls_many, plain>();
    slow.start();
    fast.start();
    CHECK(start_on<calls_many>(backend, "w", 5).result() == 5);
    CHECK(since_start(backend.now()) == (of_queue ? 4s : 0s));
  }
}

TEST_CASE("with a rate in real time every activity is run", "[worker][rate]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .max_activities_per_second = 1'000}};
  worker.add<calls_many, plain>();
  worker.start();
  CHECK(start_on<calls_many>(backend, "w", 300).result() == 300);
}

TEST_CASE("a rate below 0 is refused", "[worker][rate]") {
  perdure::memory_backend backend;
  CHECK_THROWS_WITH((real_worker{backend, {.task_queue = "q", .max_activities_per_second = -1}}),
                    contains("a rate is negative"));
}

TEST_CASE("activities are routed to the worker that polls their queue", "[worker]") {
  perdure::memory_backend backend;
  real_worker here{backend, {.task_queue = "tests"}};
  real_worker there{backend, {.task_queue = "gpu"}};
  here.add<calls_here_and_there, name_of_queue>();
  there.add<name_of_queue>();
  here.start();
  there.start();
  CHECK(start_on<calls_here_and_there>(backend, "w", std::string{"gpu"}).result() == "tests gpu");
}

TEST_CASE("an activity for a queue that nobody polls is told of, and waits for a worker",
          "[worker]") {
  log_collector const logs;
  perdure::memory_backend backend;
  real_worker here{backend, {.task_queue = "tests"}};
  here.add<calls_here_and_there, name_of_queue>();
  here.start();
  auto const handle = start_on<calls_here_and_there>(backend, "w", std::string{"nobody"});
  auto const waits = [&] { // looks once: between two looks the first one may end
    auto const pending = handle.describe().pending_activities;
    return pending.size() == 1 && pending[0].activity_id == "2";
  };
  while (!waits()) std::this_thread::yield();
  // The log says so once the task is there to be seen: after it, and not at once.
  while (log_collector::with("no worker polls the task queue").empty()) std::this_thread::yield();
  real_worker late{backend, {.task_queue = "nobody"}};
  late.add<name_of_queue>();
  late.start();
  CHECK(handle.result() == "tests nobody");
  CHECK(log_collector::with("no worker polls the task queue").size() == 1);
}

} // namespace
