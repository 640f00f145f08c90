// What operators leave behind, and what they take away: audit records and deleted runs.
#include "support/hand_worker.hpp"

#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;
using perdure::workflow_execution_status;
using enum perdure::event_type;

auto handle(server& server) { return server.client.get_handle("w"); }
auto trail(server& server, std::string const& id = "w") -> std::vector<std::string> {
  std::vector<std::string> all;
  for (auto const& each : server.client.get_handle(id).fetch_audit()) all.push_back(each.what);
  return all;
}
using words = std::vector<std::string>;

TEST_CASE("everything done to a run from outside leaves a record", "[engine][audit]") {
  server server;
  server.start();
  perdure::activity_options options{};
  options.schedule_to_close_timeout = 1h;
  options.retry_policy = {.initial_interval = 1min};
  server.hand.decide({commands::activity("a", options)});
  handle(server).pause("one");
  handle(server).unpause("two");
  server.hand.fail(server.hand.activity(), application_failure("Odd"));
  handle(server).retry_activity_now("a");
  perdure::override_request result{};
  result.execution.workflow_id = "w";
  result.activity_id = "a";
  (void)server.backend.override_activity_result(result);
  handle(server).cancel();
  (void)handle(server).fork(4, "v");
  (void)handle(server).reset(4);
  handle(server).terminate();
  handle(server).delete_run();
  CHECK(trail(server) == words{"pause", "unpause", "retry_activity", "override_activity", "cancel",
                               "fork", "reset", "terminate", "delete"});
  CHECK(trail(server, "v").empty());
}

TEST_CASE("a record says when, to which run, who, and why", "[engine][audit]") {
  server server;
  auto const run = server.start().execution;
  server.pass(1min);
  server.backend.terminate_workflow(run, "no longer needed", "operator");
  server.start();
  auto const records = server.backend.read_audit(run);
  REQUIRE(records.size() == 1);
  CHECK(since_start(records[0].time) == 1min);
  CHECK(records[0].run == run);
  CHECK(records[0].who == "operator");
  CHECK(records[0].why == "no longer needed");
  CHECK(server.backend.read_audit({"nobody", {}}).empty());
}

TEST_CASE("what is refused leaves no record", "[engine][audit]") {
  server server;
  server.start();
  CHECK(error_of([&] { handle(server).unpause(); }) == errc::invalid_argument);
  CHECK(error_of([&] { (void)handle(server).reset(1); }) == errc::invalid_argument);
  CHECK(trail(server).empty());
}

// ------------------------------------------------------------------------------------------ delete

TEST_CASE("a deleted run is gone, its id is free and its audit stays", "[engine][delete]") {
  server server;
  auto const run = server.start().execution;
  server.hand.decide({commands::complete()});
  handle(server).delete_run();
  CHECK(error_of([&] { (void)handle(server).describe(); }) == errc::not_found);
  CHECK(error_of([&] { (void)server.backend.read_history(run); }) == errc::not_found);
  CHECK(error_of([&] { handle(server).delete_run(); }) == errc::not_found);
  CHECK(server.client.list().empty());
  CHECK(trail(server) == words{"delete"});
  perdure::start_workflow_request again{};
  again.id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate;
  CHECK(server.start(again).started);
}

TEST_CASE("an open run is terminated before it is deleted: its parent and children hear of it",
          "[engine][delete]") {
  server server;
  server.start();
  server.hand.decide({commands::child("kid")});
  server.settle_children();
  auto task = server.hand.workflow();
  if (task.execution.workflow_id == "w") server.hand.answer(task), task = server.hand.workflow();
  server.hand.answer(task, {commands::child("grandkid")});
  server.settle_children();
  while (auto const more = server.hand.poll_workflow()) server.hand.answer(*more);
  server.client.get_handle("kid").delete_run();
  CHECK(server.last().type == workflow_task_scheduled);
  CHECK(server.last(child_workflow_execution_terminated).id > 0);
  CHECK(server.status("grandkid") == workflow_execution_status::terminated);
  CHECK(server.client.list().size() == 2);
}

TEST_CASE("the tasks of a deleted run are refused and dropped", "[engine][delete]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  handle(server).delete_run();
  CHECK(error_of([&] { server.hand.answer(task); }) == errc::task_lost);
  server.start();
  server.hand.decide({commands::child("kid", "tests"), commands::timer("t", 1h)});
  handle(server).delete_run();
  server.pass(2h);
  CHECK_FALSE(server.hand.poll_workflow());
  CHECK(server.status("kid") == workflow_execution_status::terminated);
}

TEST_CASE("whichever run of an id is deleted, the others are found", "[engine][delete]") {
  for (int const gone : {0, 1, 2}) {
    CAPTURE(gone);
    server server;
    std::vector<perdure::workflow_execution> runs;
    for (int i = 0; i < 3; ++i) {
      runs.push_back(server.start().execution);
      server.hand.decide({commands::complete()});
    }
    server.backend.delete_workflow(runs[static_cast<std::size_t>(gone)], "", "");
    for (int i = 0; i < 3; ++i) {
      auto const& run = runs[static_cast<std::size_t>(i)];
      if (i == gone)
        CHECK(error_of([&] { (void)server.backend.describe_workflow(run); }) == errc::not_found);
      else
        CHECK(server.backend.describe_workflow(run).execution == run);
    }
    CHECK(handle(server).describe().execution == runs[gone == 2 ? 1 : 2]);
    CHECK(server.client.list().size() == 2);
    server.start();
    CHECK(server.client.list().size() == 3);
  }
}

TEST_CASE("many workflow ids are found while others are deleted", "[engine][delete]") {
  server server;
  auto const id = [](int i) { return "w" + std::to_string(i); };
  for (int i = 0; i < 500; ++i) {
    perdure::start_workflow_request request{};
    request.workflow_id = id(i);
    server.start(request);
  }
  for (int i = 0; i < 500; i += 2) server.client.get_handle(id(i)).delete_run();
  for (int i = 0; i < 500; ++i) {
    auto const found = server.client.count_workflows({.workflow_id = id(i)});
    CHECK(found == static_cast<std::size_t>(i % 2));
    if (i % 2 == 1) CHECK(server.status(id(i)) == workflow_execution_status::running);
  }
}

TEST_CASE("who waits for a run that is deleted is told", "[engine][delete]") {
  perdure::memory_backend backend;
  perdure::start_workflow_request request{};
  request.workflow_id = "w";
  request.workflow_type = "workflow";
  request.task_queue = "nobody's";
  auto const run = backend.start_workflow(request).execution;
  std::thread deleting{[&] { backend.delete_workflow(run, "", ""); }}; // before or while it waits
  CHECK(error_of([&] { (void)backend.wait_for_close(run); }) == errc::not_found);
  deleting.join();
}

} // namespace
