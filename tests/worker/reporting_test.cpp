#include "support/log_collector.hpp"
#include "support/real_world.hpp"

#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

inline constexpr perdure::signal<int> number{"number"};

/// Waits until some line holds `part`: lines come from worker threads.
auto reported(std::string const& part) -> std::vector<log_collector::line> {
  auto const give_up = std::chrono::steady_clock::now() + deadline;
  while (std::chrono::steady_clock::now() < give_up) {
    if (auto found = log_collector::with(part); !found.empty()) return found;
    std::this_thread::yield();
  }
  return {};
}

auto work(int a) -> int { return a; }
perdure::workflow<int> works(int a) {
  perdure::activity_options options{};
  options.start_to_close_timeout = 10min;
  options.retry_policy = {.initial_interval = 1ms, .backoff_coefficient = 1};
  co_return co_await perdure::execute_activity<work>(a, options);
}
perdure::workflow<int> other_workflow() { co_return 1; }

TEST_CASE(
    "a workflow that nobody registered is reported with what is registered, and runs once it is",
    "[worker][report]") {
  log_collector const log;
  perdure::memory_backend backend;
  auto handle = start_on<works>(backend, "w", 4);
  {
    real_worker without{backend, {.task_queue = "tests"}};
    without.add<other_workflow>();
    without.start();
    auto const lines = reported("workflow task failed");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].level == perdure::log_level::error);
    CHECK_THAT(lines[0].fields.at("reason"), contains("no workflow is registered as 'works'") &&
                                                 contains("other_workflow") && contains("'tests'"));
    CHECK(lines[0].fields.at("workflow_id") == "w");
    CHECK(handle.describe().status == perdure::workflow_execution_status::running);
  }
  real_worker with{backend, {.task_queue = "tests"}};
  with.add<works, work>();
  with.start();
  CHECK(handle.result() == 4);
}

TEST_CASE("an activity that nobody registered is reported and tried again, until it is",
          "[worker][report]") {
  log_collector const log;
  perdure::memory_backend backend;
  auto handle = start_on<works>(backend, "w", 4);
  {
    real_worker without{backend, {.task_queue = "tests"}};
    without.add<works>();
    without.start();
    auto const lines = reported("no activity is registered as 'work'");
    REQUIRE(!lines.empty());
    CHECK_THAT(lines[0].message, contains("registered: none"));
    CHECK(lines[0].fields.at("workflow_id") == "w");
  }
  CHECK(handle.describe().status == perdure::workflow_execution_status::running);
  real_worker with{backend, {.task_queue = "tests"}};
  with.add<works, work>();
  with.start();
  CHECK(handle.result() == 4);
}

TEST_CASE("a queue that nobody polls is reported at the start of a workflow", "[worker][report]") {
  log_collector const log;
  perdure::memory_backend backend;
  start_on<works>(backend, "w", 1);
  auto const lines = log_collector::with("no worker polls");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == perdure::log_level::warning);
  CHECK(lines[0].fields.at("task_queue") == "tests");
}

perdure::workflow<int> asks_elsewhere() {
  perdure::activity_options options{};
  options.start_to_close_timeout = 10min;
  options.task_queue = "elsewhere";
  (void)perdure::start_activity<work>(1, options);
  (void)perdure::start_activity<work>(2, options);
  co_return co_await perdure::receive(perdure::signal<int>{"number"});
}

TEST_CASE("an activity's queue that nobody polls is reported, once until somebody does",
          "[worker][report]") {
  log_collector const log;
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<asks_elsewhere>();
  worker.start();
  auto const handle = start_on<asks_elsewhere>(backend, "w");
  auto const lines = reported("no worker polls");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].fields.at("task_queue") == "elsewhere");
  handle.signal(number, 1);
  CHECK(handle.result() == 1);
}

int broken = 0;
perdure::workflow<int> has_a_bug() {
  int const got = co_await perdure::receive(number);
  if (broken != 0) throw std::logic_error{"a bug"};
  co_return got;
}

TEST_CASE("an exception that is no failure fails the task, is reported once and shown by describe, "
          "the mended run goes on",
          "[worker][report]") {
  log_collector const log;
  broken = 1;
  perdure::memory_backend backend;
  auto const handle = start_on<has_a_bug>(backend, "w");
  {
    real_worker worker{backend, {.task_queue = "tests"}};
    worker.add<has_a_bug>();
    worker.start();
    handle.signal(number, 6);
    auto const lines = reported("workflow task failed");
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0].fields.at("reason"), contains("a bug"));
    CHECK_THAT(lines[0].fields.at("reason"),
               contains("(the last await before it: worker/reporting_test.cpp:"));
  }
  auto const seen = handle.describe();
  CHECK(seen.status == perdure::workflow_execution_status::running);
  CHECK(seen.workflow_task_attempt > 1);
  CHECK_THAT(seen.workflow_task_failure, contains("a bug"));
  broken = 0;
  real_worker mended{backend, {.task_queue = "tests"}};
  mended.add<has_a_bug>();
  mended.start();
  CHECK(handle.result() == 6);
}

struct refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};
perdure::workflow<int> refuses() {
  throw refused{"not with me"};
  co_return 0;
}

TEST_CASE("fail_run_on names the exceptions that fail a run instead of its task",
          "[worker][report]") {
  perdure::register_failure_type<refused>("Refused");
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests", .fail_run_on = {"Refused"}}};
  worker.add<refuses>();
  worker.start();
  auto const handle = start_on<refuses>(backend, "w");
  CHECK_THROWS_WITH(handle.result(), contains("not with me"));
  CHECK(handle.describe().status == perdure::workflow_execution_status::failed);

  auto const recorded = handle.fetch_history();
  perdure::replayer as_the_worker{{.fail_run_on = {"Refused"}}};
  CHECK(as_the_worker.add<refuses>().replay(recorded).problem.empty());
  perdure::replayer without;
  CHECK_THAT(without.add<refuses>().replay(recorded).problem, contains("not with me"));
}

perdure::workflow<int> first_version() {
  co_await perdure::sleep(1ns);
  co_return co_await perdure::receive(number);
}
perdure::workflow<int> second_version() {
  co_await perdure::execute_activity<work>(1, {.start_to_close_timeout = 10min});
  co_return co_await perdure::receive(number);
}

} // namespace

template <>
inline constexpr auto perdure::wire_name<second_version> = "first_version";

namespace {

TEST_CASE("code that disagrees with history fails the task with both commands and the line of the "
          "new one",
          "[worker][report]") {
  log_collector const log;
  perdure::memory_backend backend;
  auto const handle = start_on<first_version>(backend, "w");
  {
    real_worker before{backend, {.task_queue = "tests"}};
    before.add<first_version>();
    before.start();
    auto const give_up = std::chrono::steady_clock::now() + deadline;
    auto const fired = [&] {
      for (auto const& each : handle.fetch_history().events)
        if (each.type == perdure::event_type::timer_fired) return true;
      return false;
    };
    while (!fired() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  }
  {
    real_worker changed{backend, {.task_queue = "tests"}};
    changed.add<second_version>();
    changed.start();
    handle.signal(number, 8);
    auto const lines = reported("workflow task failed");
    REQUIRE(!lines.empty());
    auto const reason = lines[0].fields.at("reason");
    CAPTURE(reason);
    CHECK_THAT(reason,
               contains("TimerStarted") && contains("work") && contains("reporting_test.cpp:"));
    CHECK(handle.describe().status == perdure::workflow_execution_status::running);
  }
  real_worker again{backend, {.task_queue = "tests"}};
  again.add<first_version>();
  again.start();
  CHECK(handle.result() == 8);
}

// ------------------------------------------------------------------------------------------- clients

TEST_CASE("a client that names no id, no queue or an unknown id is told so", "[worker][client]") {
  using perdure::errc;
  perdure::memory_backend backend;
  perdure::client const client{backend};
  CHECK_THROWS_MATCHES(client.start_workflow<works>(1, {.task_queue = "tests"}), perdure::error,
                       has_code<perdure::error>(errc::invalid_argument));
  CHECK_THROWS_MATCHES(client.start_workflow<works>(1, {.id = "w"}), perdure::error,
                       has_code<perdure::error>(errc::invalid_argument));
  CHECK_THROWS_WITH(client.start_workflow<works>(1, {.id = "w"}), contains(".task_queue"));
  auto const nobody = client.get_handle<works>("nobody");
  CHECK_THROWS_MATCHES(nobody.result(), perdure::error, has_code<perdure::error>(errc::not_found));
  CHECK_THROWS_MATCHES(nobody.cancel(), perdure::error, has_code<perdure::error>(errc::not_found));
  CHECK_THROWS_MATCHES(nobody.terminate(), perdure::error,
                       has_code<perdure::error>(errc::not_found));
  CHECK_THROWS_MATCHES(nobody.signal(number, 1), perdure::error,
                       has_code<perdure::error>(errc::not_found));
  CHECK_THROWS_MATCHES(nobody.describe(), perdure::error,
                       has_code<perdure::error>(errc::not_found));
  CHECK_THROWS_WITH(nobody.fetch_history(), contains("'nobody'"));
}

TEST_CASE("a result that is asked for as another type is a bad_payload error", "[worker][client]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<works, work>();
  worker.start();
  start_on<works>(backend, "w", 4).result();
  perdure::client const client{backend};
  CHECK(client.get_handle<int>("w").result() == 4);
  CHECK_NOTHROW(client.get_handle("w").result());
  CHECK_THROWS_MATCHES(client.get_handle<std::string>("w").result(), perdure::error,
                       has_code<perdure::error>(perdure::errc::bad_payload));
}

TEST_CASE("many threads may wait for one result", "[worker][client]") {
  perdure::memory_backend backend;
  real_worker worker{backend, {.task_queue = "tests"}};
  worker.add<has_a_bug>();
  worker.start();
  broken = 0;
  auto const handle = start_on<has_a_bug>(backend, "w");
  gate right;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { right.add(handle.result() == 3 ? 1 : 0); });
  handle.signal(number, 3);
  for (auto& each : threads) each.join();
  CHECK(right.count() == 8);
}

} // namespace
