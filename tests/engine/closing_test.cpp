#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;
using perdure::parent_close_policy;
using perdure::workflow_execution_status;

auto child_with(parent_close_policy policy) -> perdure::command {
  auto made = commands::child("kid");
  made.attributes.edit<perdure::events::start_child_workflow_execution_initiated>()
      .parent_close_policy = policy;
  return made;
}

/// A parent whose child is open; `end` ends the parent.
template <class End>
auto child_after(parent_close_policy policy, End end) -> workflow_execution_status {
  server server;
  server.start();
  server.hand.decide({child_with(policy)});
  server.settle_children();
  end(server);
  return server.status("kid");
}

void terminate(server& server) { server.client.get_handle("w").terminate(); }
void complete(server& server) {
  while (auto const task = server.hand.poll_workflow())
    server.hand.answer(*task, task->execution.workflow_id == "w" ? std::vector{commands::complete()}
                                                                 : std::vector<perdure::command>{});
}
void fail(server& server) {
  while (auto const task = server.hand.poll_workflow())
    server.hand.answer(*task, task->execution.workflow_id == "w"
                                  ? std::vector{commands::fail(application_failure("Odd"))}
                                  : std::vector<perdure::command>{});
}

TEST_CASE("however a parent ends, an unset or terminate policy ends its child", "[engine][close]") {
  for (auto const policy : {parent_close_policy::unspecified, parent_close_policy::terminate}) {
    CHECK(child_after(policy, terminate) == workflow_execution_status::terminated);
    CHECK(child_after(policy, complete) == workflow_execution_status::terminated);
    CHECK(child_after(policy, fail) == workflow_execution_status::terminated);
  }
}

TEST_CASE("an abandoned child goes on however its parent ends", "[engine][close]") {
  CHECK(child_after(parent_close_policy::abandon, terminate) == workflow_execution_status::running);
  CHECK(child_after(parent_close_policy::abandon, complete) == workflow_execution_status::running);
  CHECK(child_after(parent_close_policy::abandon, fail) == workflow_execution_status::running);
}

TEST_CASE("the request_cancel policy asks the child to cancel itself, in the parent's name",
          "[engine][close]") {
  server server;
  server.start();
  server.hand.decide({child_with(parent_close_policy::request_cancel)});
  server.settle_children();
  terminate(server);
  CHECK(server.status("kid") == workflow_execution_status::running);
  auto const asked = server.last(event_type::workflow_execution_cancel_requested, "kid")
                         .as<perdure::events::workflow_execution_cancel_requested>();
  CHECK(asked.external_workflow_execution.workflow_id == "w");
}

TEST_CASE("a parent that ends in the task that asks for a child has its policy kept",
          "[engine][close]") {
  auto const after = [](parent_close_policy policy) {
    server server;
    server.start();
    server.hand.decide({child_with(policy), commands::complete()});
    server.settle_children();
    auto const runs = server.client.list({.workflow_id = "kid"});
    return runs.empty() ? workflow_execution_status::unspecified : runs[0].status;
  };
  CHECK(after(parent_close_policy::abandon) == workflow_execution_status::running);
  auto const terminated = after(parent_close_policy::terminate);
  CHECK((terminated == workflow_execution_status::terminated ||
         terminated == workflow_execution_status::unspecified));
}

TEST_CASE("the close policy reaches grandchildren", "[engine][close]") {
  server server;
  server.start();
  server.hand.decide({commands::child("kid")});
  server.settle_children();
  while (auto const task = server.hand.poll_workflow())
    server.hand.answer(*task,
                       task->execution.workflow_id == "kid" && task->previous_started_event_id == 0
                           ? std::vector{commands::child("grandkid")}
                           : std::vector<perdure::command>{});
  server.settle_children();
  CHECK(server.status("grandkid") == workflow_execution_status::running);
  terminate(server);
  CHECK(server.status("kid") == workflow_execution_status::terminated);
  CHECK(server.status("grandkid") == workflow_execution_status::terminated);
}

TEST_CASE("a child that is over is left alone when its parent ends", "[engine][close]") {
  server server;
  server.start();
  server.hand.decide({commands::child("kid")});
  server.settle_children();
  while (auto const task = server.hand.poll_workflow())
    server.hand.answer(*task, task->execution.workflow_id == "kid"
                                  ? std::vector{commands::complete()}
                                  : std::vector<perdure::command>{});
  terminate(server);
  CHECK(server.status("kid") == workflow_execution_status::completed);
}

TEST_CASE("a parent learns of its child's start and end with the ids of the child",
          "[engine][child]") {
  server server;
  server.start();
  server.hand.decide({commands::child("kid")});
  server.settle_children();
  auto const kid = server.client.get_handle("kid").describe().execution;
  {
    auto const started = server.last(event_type::child_workflow_execution_started);
    CHECK(
        started.as<perdure::events::child_workflow_execution_started>().workflow_execution.run_id ==
        kid.run_id);
    server.client.get_handle("kid").terminate();
    auto const ended = server.last(event_type::child_workflow_execution_terminated)
                           .as<perdure::events::child_workflow_execution_terminated>();
    CHECK(ended.initiated_event_id == 5);
    CHECK(ended.started_event_id == started.id);
    CHECK(ended.workflow_execution.run_id == kid.run_id);
  }
}

TEST_CASE("asking a run twice to cancel itself leaves one event", "[engine][cancel]") {
  server server;
  server.start();
  server.client.get_handle("w").cancel("first");
  server.client.get_handle("w").cancel("second");
  int found = 0;
  for (auto const& each : server.history())
    found += each.type == event_type::workflow_execution_cancel_requested ? 1 : 0;
  CHECK(found == 1);
  CHECK(server.last(event_type::workflow_execution_cancel_requested)
            .as<perdure::events::workflow_execution_cancel_requested>()
            .cause == "first");
}

TEST_CASE(
    "timers fire in the order of their deadlines, equal ones in the order in which they were set",
    "[engine][timer]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("c", 2s), commands::timer("a", 1s), commands::timer("d", 2s),
                      commands::timer("b", 1s), commands::timer("e", 24h * 365 * 100),
                      commands::timer("z", 1ns)});
  std::string order;
  auto const fired = [&] {
    order.clear();
    for (auto const& each : server.history())
      if (each.type == event_type::timer_fired)
        order += each.as<perdure::events::timer_fired>().timer_id;
    return order;
  };
  server.pass(1ns);
  CHECK(fired() == "z");
  server.pass(3s);
  CHECK(fired() == "zabcd");
  server.pass(24h * 365 * 100 - 4s);
  CHECK(fired() == "zabcd");
  server.pass(4s);
  CHECK(fired() == "zabcde");
}

TEST_CASE("a cancelled timer does not fire, and the end of a run takes its timers along",
          "[engine][timer]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("1", 5s), commands::timer("2", 6s)});
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  perdure::events::timer_canceled cancel{};
  cancel.timer_id = "1";
  cancel.started_event_id = 5;
  server.hand.decide(
      {commands::of(perdure::command_type::cancel_timer, perdure::event_attributes::make(cancel))});
  terminate(server);
  server.pass(1h);
  CHECK(server.types().back() == event_type::workflow_execution_terminated);
}

TEST_CASE("virtual time that nothing waits for stands still, and says what is missing",
          "[engine][time]") {
  server server;
  server.start();
  CHECK(error_of([&] { server.client.get_handle("w").result(); }) == perdure::errc::stalled);
  CHECK_THROWS_WITH(server.client.get_handle("w").result(), contains("'w'"));
  perdure::memory_backend real;
  CHECK(error_of([&] { real.advance(1s); }) == perdure::errc::invalid_argument);
}

// ------------------------------------------------------------- while a workflow task is worked on

TEST_CASE("what came while a task was worked on is in history when the run is terminated",
          "[engine][close]") {
  server server;
  server.start();
  auto const held = server.hand.workflow();
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  server.client.get_handle("w").terminate();
  CHECK(server.types() ==
        std::vector{event_type::workflow_execution_started, event_type::workflow_task_scheduled,
                    event_type::workflow_task_started, event_type::workflow_task_failed,
                    event_type::workflow_execution_signaled,
                    event_type::workflow_execution_terminated});
  CHECK(server.last(event_type::workflow_task_failed)
            .as<perdure::events::workflow_task_failed>()
            .cause == perdure::workflow_task_failed_cause::force_close_command);
  CHECK(error_of([&] { server.hand.answer(held); }) == perdure::errc::task_lost);
}

TEST_CASE("what came while a task was worked on is in history when the run times out",
          "[engine][close]") {
  server server;
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 5s;
  server.start(request);
  (void)server.hand.workflow();
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  server.pass(5s);
  CHECK(server.last().type == event_type::workflow_execution_timed_out);
  CHECK(server.last(event_type::workflow_execution_signaled).id == 5);
}

} // namespace
