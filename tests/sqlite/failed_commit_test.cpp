// Goal: when a commit fails, what it had handed out goes back, and whoever waits for work gets it.
// Method: SQLite asks a hook of ours before each commit, which refuses one.
#include "sqlite/programs.hpp"
#include "sqlite/refused_commits.hpp"
#include "support/catch.hpp"
#include "support/commands.hpp"
#include "support/temporary_folder.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <new>
#include <string>
#include <thread>
#include <variant>

namespace {

using namespace perdure_test;

/// A worker without threads. Tells when it is polled for.
struct bare_worker final : perdure::worker_link {
  explicit bare_worker(std::uint64_t number) {
    id = number;
    task_queue = "tests";
    identity = "bare";
  }
  auto poll_once() -> bool override { return false; }
  void cancel_attempt(perdure::activity_task_token const&,
                      perdure::activity_cancel_reason) noexcept override {}
  auto take_workflow_slot() noexcept -> bool override {
    if (!asked.exchange(true)) looks.set_value();
    return true;
  }
  std::promise<void> looks;
  std::atomic<bool> asked{false};
};

/// Only the backend's own thread fires it.
void check_that_a_refused_timer_fires() {
  commit_hooks const hooks;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file(), {.lease = 3h, .commit_delay = 500ms}};
  bare_worker worker{2'000'003};
  backend.attach(worker); // and nobody polls: only the backend's own thread is at work
  commits_elsewhere.wait(false);
  start(backend, "w");
  auto const task = backend.poll(worker, {.activity_tasks = false, .wait = false});
  REQUIRE(std::holds_alternative<perdure::workflow_task>(task));
  perdure::workflow_task_completion answer{};
  answer.commands.push_back(commands::timer("t", 200ms));
  backend.complete_workflow_task(worker, std::get<perdure::workflow_task>(task).token,
                                 std::move(answer));
  backend.vacuum(); // commits
  perdure::sqlite::connection file{place.file()};
  auto const is_ready = [&] { return file.number("SELECT count(*) FROM tasks") == 1; };
  REQUIRE(!is_ready());
  commits_to_refuse = 1;
  auto const limit = std::chrono::steady_clock::now() + 10s;
  while (!is_ready() && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  CHECK(commits_to_refuse == 0);
  CHECK(is_ready());
  backend.detach(worker);
}

TEST_CASE("a timer whose commit failed is fired again soon", "[sqlite]") {
  check_that_a_refused_timer_fires();
}

/// What is logged meanwhile finds no memory.
struct sink_without_memory {
  sink_without_memory() {
    perdure::set_log_sink([](perdure::log_record const&) { throw std::bad_alloc{}; });
  }
  sink_without_memory(sink_without_memory const&) = delete;
  auto operator=(sink_without_memory const&) -> sink_without_memory& = delete;
  ~sink_without_memory() { perdure::set_log_sink(&perdure::log_to_stderr); }
};

TEST_CASE("a backend goes on when there is no memory to report a failed commit", "[sqlite]") {
  sink_without_memory const quiet;
  check_that_a_refused_timer_fires();
}

TEST_CASE("a process that does not know whether it has committed lets others commit", "[sqlite]") {
  commit_hooks const hooks;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  perdure::sqlite_backend other{place.file()}; // as another process has it
  start(backend, "first");
  commits_to_refuse = 2; // the second comes when it reads the file anew
  CHECK_THROWS_AS(start(backend, "second"), perdure::error);
  CHECK(commits_to_refuse == 0);
  auto waits = std::async(std::launch::async, [&] { start(other, "third"); });
  bool const came = waits.wait_for(10s) == std::future_status::ready;
  CHECK(came);
  start(backend, "fourth");
  waits.get();
}

TEST_CASE("a task that goes back with a commit wakes a worker that waits", "[sqlite]") {
  commit_hooks const hooks;
  temporary_folder const place;
  // Nothing else looks at the file for an hour, and the commit does not come before its time.
  perdure::sqlite_backend backend{place.file(), {.lease = 3h, .commit_delay = 500ms}};
  bare_worker first{2'000'001};
  bare_worker second{2'000'002};
  backend.attach(first);
  backend.attach(second);
  commits_elsewhere.wait(false); // the backend's own thread has begun, and leaves us alone by now
  perdure::start_workflow_request request{};
  request.workflow_id = "w";
  request.workflow_type = "workflow";
  request.task_queue = "tests";
  (void)backend.start_workflow(request);
  auto const taken = backend.poll(first, {.activity_tasks = false});
  REQUIRE(std::holds_alternative<perdure::workflow_task>(taken)); // in a transaction that is open
  auto waits = std::async(std::launch::async,
                          [&] { return backend.poll(second, {.activity_tasks = false}); });
  second.looks.get_future().wait(); // with the backend's lock, which it gives back when it waits
  commits_to_refuse = 1;
  bool const came = waits.wait_for(10s) == std::future_status::ready;
  backend.stop_polling(second);
  CHECK(came);
  CHECK(std::holds_alternative<perdure::workflow_task>(waits.get()));
  CHECK(commits_to_refuse == 0);
  backend.detach(second);
  backend.detach(first);
}

} // namespace
