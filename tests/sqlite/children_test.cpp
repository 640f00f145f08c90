// Goal: what a child needs of its parent's process does not depend on who polls, or waits, where.
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/hand_worker.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>

namespace {

using namespace perdure_test;
using sqlite_server = basic_server<perdure::sqlite_backend>;

TEST_CASE("a child on a queue without a worker begins, and its timeout runs", "[sqlite]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file(), {.clock = perdure::clock_mode::virtual_time}};
  sqlite_server server{backend};
  (void)server.start();
  perdure::events::start_child_workflow_execution_initiated asked{};
  asked.workflow_id = "child";
  asked.workflow_type = "child";
  asked.task_queue.name = "nobody";
  asked.workflow_execution_timeout = 500ms;
  server.hand.decide(
      {commands::of(perdure::command_type::start_child_workflow_execution, std::move(asked))});
  server.hand.decide(); // it has begun
  server.pass(1s);
  REQUIRE(server.hand.poll_workflow());
  CHECK(server.status("child") == perdure::workflow_execution_status::timed_out);
  CHECK_NOTHROW(server.last(perdure::event_type::child_workflow_execution_timed_out));
}

TEST_CASE("children in line begin when the last worker of their queue leaves", "[sqlite]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file(), {.clock = perdure::clock_mode::virtual_time}};
  sqlite_server server{backend};
  {
    basic_hand_worker const leaves{backend, "other"}; // without having polled
    (void)server.start();
    std::vector<perdure::command> asked;
    for (int i = 0; i < 40; ++i) {
      perdure::events::start_child_workflow_execution_initiated child{};
      child.workflow_id = "child " + std::to_string(i);
      child.workflow_type = "child";
      child.task_queue.name = "other";
      asked.push_back(
          commands::of(perdure::command_type::start_child_workflow_execution, std::move(child)));
    }
    server.hand.decide(std::move(asked));
    CHECK_FALSE(server.hand.poll_workflow());
  }
  auto const task = server.hand.poll_workflow();
  REQUIRE(task);
  int begun = 0;
  for (auto const& each : backend.read_history(task->token))
    if (each.type == perdure::event_type::child_workflow_execution_started) ++begun;
  CHECK(begun == 40);
}

TEST_CASE("who waits for a child of another process hears of its end at once", "[sqlite]") {
  temporary_folder const place;
  // Without being told, a process looks once in an hour.
  perdure::sqlite_backend backend{place.file(), {.lease = 3h}};
  perdure::sqlite_backend other{place.file(), {.lease = 3h}}; // as another process has it
  sqlite_server server{backend};
  perdure::sqlite::file_signal shared{place.file() + "-wake"};
  (void)server.start();
  server.hand.decide({commands::child("child")});
  auto const task = server.hand.workflow();
  REQUIRE(task.execution.workflow_id == "child");
  backend.vacuum(); // commits
  auto waits = std::async(std::launch::async,
                          [&] { return other.wait_for_close({.workflow_id = "child"}); });
  while (shared.awaiting() == 0) std::this_thread::yield();
  server.hand.answer(task, {commands::complete()});
  backend.vacuum();
  bool const came = waits.wait_for(10s) == std::future_status::ready;
  CHECK(came);
  if (!came) shared.notify();
  CHECK(waits.get().type == perdure::event_type::workflow_execution_completed);
}

} // namespace
