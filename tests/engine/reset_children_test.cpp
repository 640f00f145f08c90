// What becomes of the children of a run that is reset.
#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::workflow_execution_status;
using enum perdure::event_type;

/// A workflow "w" with a child "kid", which runs; their first tasks are done.
struct family : server {
  family() {
    start();
    hand.decide({commands::child("kid")});
    settle_children();
    while (auto const task = hand.poll_workflow()) hand.answer(*task);
  }
  auto reset_to(perdure::event_id event) { return client.get_handle("w").reset(event); }
  void work(std::string const& id, std::vector<perdure::command> decided) {
    client.get_handle(id).signal(perdure::signal<>{"wake"});
    while (auto const task = hand.poll_workflow())
      hand.answer(*task,
                  task->execution.workflow_id == id ? decided : std::vector<perdure::command>{});
  }
  auto task_completed(int n) -> perdure::event_id {
    for (auto const& each : history())
      if (each.type == workflow_task_completed && n-- == 0) return each.id;
    return 0;
  }
};

TEST_CASE("a child that was asked for before the point stays the child", "[engine][reset]") {
  family family;
  auto const kid = family.client.get_handle("kid").describe().execution;
  family.reset_to(family.task_completed(1));
  CHECK(family.status("kid") == workflow_execution_status::running);
  CHECK(family.client.get_handle("kid").describe().execution == kid);
  family.work("kid", {commands::complete()});
  auto const told = family.last(child_workflow_execution_completed)
                        .as<perdure::events::child_workflow_execution_completed>();
  CHECK(told.initiated_event_id == 5);
  CHECK(told.workflow_execution == kid);
  family.work("w", {commands::complete()});
  CHECK(family.status() == workflow_execution_status::completed);
}

TEST_CASE("a child that ended after the point has its end taken in again", "[engine][reset]") {
  family family;
  auto const point = family.task_completed(1);
  family.work("kid", {commands::complete()});
  family.reset_to(point);
  auto const told = family.last(child_workflow_execution_completed)
                        .as<perdure::events::child_workflow_execution_completed>();
  CHECK(told.initiated_event_id == 5);
  CHECK(family.client.get_handle("w").describe().pending_children_count == 0);
}

TEST_CASE("the start of a child after the point is taken in again", "[engine][reset]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  server.hand.answer(task, {commands::child("kid")});
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  // The child starts before the next workflow task does: all of that is before the point.
  server.hand.decide();
  server.hand.decide();
  (void)server.client.get_handle("w").reset(server.last(workflow_task_completed).id);
  CHECK(server.last(child_workflow_execution_started).id < server.last(workflow_task_failed).id);
  CHECK(server.client.get_handle("w").describe().pending_children_count == 1);
}

TEST_CASE("a child asked for after the point stays alone until its id is asked for again",
          "[engine][reset]") {
  family family;
  auto const before = family.client.get_handle("kid").describe().execution;
  family.reset_to(4);
  CHECK(family.status("kid") == workflow_execution_status::running);
  CHECK(family.client.get_handle("w").describe().pending_children_count == 0);
  family.hand.decide({commands::child("kid")});
  family.settle_children();
  CHECK(family.backend.describe_workflow(before).status == workflow_execution_status::terminated);
  auto const after = family.client.get_handle("kid").describe();
  CHECK(after.status == workflow_execution_status::running);
  CHECK_FALSE(after.execution == before);
  auto const started = family.last(child_workflow_execution_started)
                           .as<perdure::events::child_workflow_execution_started>();
  CHECK(started.workflow_execution == after.execution);
}

TEST_CASE("a child that ended with its parent tells the run that goes on", "[engine][reset]") {
  family family;
  auto const point = family.task_completed(1);
  family.client.get_handle("w").terminate();
  CHECK(family.status("kid") == workflow_execution_status::terminated);
  family.reset_to(point);
  CHECK(family.last(child_workflow_execution_terminated)
            .as<perdure::events::child_workflow_execution_terminated>()
            .initiated_event_id == 5);
}

TEST_CASE("the parent of a run that is reset waits for the new run", "[engine][reset]") {
  family family;
  (void)family.client.get_handle("kid").reset(4);
  CHECK(family.client.get_handle("w").describe().pending_children_count == 1);
  family.work("kid", {commands::complete()});
  CHECK(family.last(child_workflow_execution_completed)
            .as<perdure::events::child_workflow_execution_completed>()
            .workflow_execution.workflow_id == "kid");
}

TEST_CASE("a parent that closes ends the run that a reset made of its child", "[engine][reset]") {
  family family;
  (void)family.client.get_handle("kid").reset(4);
  family.client.get_handle("w").terminate();
  CHECK(family.status("kid") == workflow_execution_status::terminated);
}

// ---------------------------------------------------------------------------------------------
// fork

TEST_CASE("a fork begins as its base did and leaves it alone", "[engine][fork]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("t", 1h)});
  server.backend.signal_workflow({"w", {}}, "later", {}, "");
  server.hand.decide();
  auto const before = server.types();
  auto const other = server.client.get_handle("w").fork(8, "v", "what if");
  CHECK(other.id() == "v");
  CHECK(server.types() == before);
  CHECK(server.status() == workflow_execution_status::running);
  CHECK(server.status("v") == workflow_execution_status::running);
  CHECK(server.history("v").front().as<perdure::events::workflow_execution_started>().workflow_id ==
        "v");
  server.hand.decide({});
  server.pass(1h);
  CHECK(server.last(timer_fired, "w").time == server.last(timer_fired, "v").time);
}

TEST_CASE("a fork takes signals that came later only when it is asked to", "[engine][fork]") {
  server server;
  server.start();
  server.hand.decide();
  server.backend.signal_workflow({"w", {}}, "later", {}, "");
  (void)server.client.get_handle("w").fork(4, "v");
  CHECK(server.types("v").size() == 5);
  perdure::fork_request request{{"w", {}}, 4, "u"};
  request.reapply_signals = true;
  (void)server.backend.fork_workflow(request);
  CHECK(server.types("u").size() == 6);
}

TEST_CASE("a fork needs an id that no open run has, and no child that its base still has",
          "[engine][fork]") {
  family family;
  auto const w = family.client.get_handle("w");
  auto const point = family.task_completed(1);
  CHECK(error_of([&] { (void)w.fork(4, "w"); }) == perdure::errc::already_started);
  CHECK(error_of([&] { (void)w.fork(4, ""); }) == perdure::errc::invalid_argument);
  CHECK(error_of([&] { (void)w.fork(5, "v"); }) == perdure::errc::invalid_argument);
  CHECK(error_of([&] { (void)w.fork(point, "v"); }) == perdure::errc::invalid_argument);
  family.work("kid", {commands::complete()});
  (void)w.fork(point, "v");
  CHECK(family.last(child_workflow_execution_completed, "v").id > point);
}

} // namespace
