// Goal: a worker that stops gives back every attempt that it was handed and has not begun.
// Method: the test polls for workers without threads, so that it knows what each has been handed.
#include "sqlite/programs.hpp"
#include "sqlite/refused_commits.hpp"
#include "support/catch.hpp"
#include "support/commands.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace perdure_test;

struct counting_worker final : perdure::worker_link {
  counting_worker(perdure::sqlite_backend& used, std::uint64_t number) : backend{used} {
    id = number;
    task_queue = "tests";
    identity = "counts";
    backend.attach(*this);
  }
  counting_worker(counting_worker const&) = delete;
  auto operator=(counting_worker const&) -> counting_worker& = delete;
  ~counting_worker() { backend.detach(*this); }

  auto poll_once() -> bool override { return false; }
  void cancel_attempt(perdure::activity_task_token const&,
                      perdure::activity_cancel_reason) noexcept override {}
  auto take_activity_slot() noexcept -> bool override {
    ++slots_taken;
    return true;
  }
  void free_activity_slot() noexcept override { --slots_taken; }

  /// Takes a workflow task and answers it.
  void decide(std::vector<perdure::command> decided) {
    auto const polled = backend.poll(*this, {.activity_tasks = false, .wait = false});
    REQUIRE(std::holds_alternative<perdure::workflow_task>(polled));
    perdure::workflow_task_completion answer{};
    answer.commands = std::move(decided);
    backend.complete_workflow_task(*this, std::get<perdure::workflow_task>(polled).token,
                                   std::move(answer));
  }
  [[nodiscard]] auto take_activity(bool wait = false) -> std::optional<perdure::activity_task> {
    auto polled = backend.poll(*this, {.workflow_tasks = false, .wait = wait});
    if (auto* const found = std::get_if<perdure::activity_task>(&polled)) return std::move(*found);
    return std::nullopt;
  }

  perdure::sqlite_backend& backend;
  int slots_taken{0};
};

auto one_attempt() -> std::vector<perdure::command> {
  return {commands::activity(
      "a", {.start_to_close_timeout = 1h, .retry_policy = {.initial_interval = 1ms}})};
}

TEST_CASE("a worker that stops gives back what it has not begun, whatever became of some of it",
          "[sqlite]") {
  commit_hooks const hooks;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file(), {.lease = 3h, .commit_delay = 500ms}};
  counting_worker stays{backend, 2'000'011};
  counting_worker stops{backend, 2'000'012};
  commits_elsewhere.wait(false); // the backend's own thread has begun, and leaves us alone by now
  std::set<std::string> wanted;
  for (int i = 0; i < 6; ++i) {
    start(backend, "w" + std::to_string(i));
    stays.decide(one_attempt());
    wanted.insert("w" + std::to_string(i));
  }
  auto const begun = stops.take_activity(true); // and is handed the others
  REQUIRE(begun);
  wanted.erase(begun->execution.workflow_id.str());
  CHECK(stops.slots_taken == 6);
  std::int32_t attempt = 1;

  SECTION("a run that was terminated") {
    backend.terminate_workflow({.workflow_id = *wanted.begin()}, "test", "test");
    wanted.erase(wanted.begin());
    backend.stop_polling(stops);
  }
  SECTION("when it cannot be written, some time later") {
    commits_to_refuse = 1;
    backend.stop_polling(stops);
    CHECK(commits_to_refuse == 0);
    attempt = 2; // whether the first one has begun is not known to the file
  }
  CHECK(stops.slots_taken == 1); // of the one that it has begun
  while (!wanted.empty()) {
    auto const again = stays.take_activity(true);
    REQUIRE(again);
    CHECK(again->token.attempt == attempt);
    CHECK(wanted.erase(again->execution.workflow_id.str()) == 1);
  }
}

TEST_CASE("a worker that stops gives back what the open transaction hands out to it", "[sqlite]") {
  temporary_folder const place;
  // The transaction stays open: a workflow task of it is being worked on.
  perdure::sqlite_backend backend{place.file(), {.lease = 3h, .commit_delay = 1h}};
  counting_worker stays{backend, 2'000'021};
  counting_worker stops{backend, 2'000'022};
  start(backend, "w");
  stays.decide(one_attempt());
  start(backend, "other");
  auto const task = backend.poll(stops, {.wait = false}); // the attempt is handed out on the way
  REQUIRE(std::holds_alternative<perdure::workflow_task>(task));
  REQUIRE(stops.slots_taken == 1);

  backend.stop_polling(stops);
  CHECK(stops.slots_taken == 0);
  CHECK(backend.poll(stops, {.wait = false}).index() == 0);
  auto const again = stays.take_activity();
  REQUIRE(again);
  CHECK(again->token.attempt == 1);
}

} // namespace
