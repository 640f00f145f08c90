// Goal: when a commit fails, what it had handed out goes back, and whoever waits for work gets it.
// Method: SQLite asks a hook of ours before each commit, which refuses one.
#include "sqlite/programs.hpp"
#include "sqlite/refused_commits.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <atomic>
#include <chrono>
#include <future>
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
