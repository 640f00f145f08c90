// Goal: when a commit fails, what it had handed out goes back, and whoever waits for work gets it.
// Method: SQLite asks a hook of ours before each commit, which refuses one.
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <variant>

#include <sqlite3.h>

namespace {

using namespace perdure_test;

std::atomic<int> commits_to_refuse{0};
std::thread::id main_thread;
std::atomic<bool> commits_elsewhere{false}; // than in that thread

auto refuse(void*) -> int {
  if (std::this_thread::get_id() != main_thread && !commits_elsewhere.exchange(true))
    commits_elsewhere.notify_all();
  int left = commits_to_refuse.load();
  while (left > 0 && !commits_to_refuse.compare_exchange_weak(left, left - 1)) {
  }
  return left > 0 ? 1 : 0;
}
auto add_hook(sqlite3* db, char const**, sqlite3_api_routines const*) -> int {
  sqlite3_commit_hook(db, refuse, nullptr);
  return SQLITE_OK;
}

/// Every connection that is opened while it lives has the hook.
struct commit_hooks {
  commit_hooks() {
    main_thread = std::this_thread::get_id();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(add_hook));
  }
  commit_hooks(commit_hooks const&) = delete;
  auto operator=(commit_hooks const&) -> commit_hooks& = delete;
  ~commit_hooks() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(add_hook));
    commits_to_refuse = 0;
  }
};

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
