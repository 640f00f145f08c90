#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;
using perdure::workflow_execution_status;
using types = std::vector<perdure::event_type>;
using enum perdure::event_type;

auto minutes() -> perdure::activity_options {
  perdure::activity_options options{};
  options.start_to_close_timeout = 10min;
  return options;
}
void signal(server& server, char const* name) {
  server.backend.signal_workflow({"w", {}}, name, {}, "");
}
auto reset_to(server& server, perdure::event_id event) {
  return server.client.get_handle("w").reset(event, "try again");
}
auto signals(server& server) -> std::string {
  std::string all;
  for (auto const& each : server.history())
    if (each.type == workflow_execution_signaled)
      all += each.as<perdure::events::workflow_execution_signaled>().signal_name.str();
  return all;
}

TEST_CASE("a reset run begins with the history up to the task and ends that as failed",
          "[engine][reset]") {
  server server;
  auto const first = server.start().execution;
  server.hand.decide({commands::activity("a", minutes())});
  server.hand.complete(server.hand.activity());
  server.hand.decide();
  auto const made = reset_to(server, 10);
  CHECK(server.types() ==
        types{workflow_execution_started, workflow_task_scheduled, workflow_task_started,
              workflow_task_completed, activity_task_scheduled, activity_task_started,
              activity_task_completed, workflow_task_scheduled, workflow_task_started,
              workflow_task_failed, workflow_task_scheduled});
  auto const failed = server.last(workflow_task_failed).as<perdure::events::workflow_task_failed>();
  CHECK(failed.cause == perdure::workflow_task_failed_cause::reset_workflow);
  CHECK(failed.scheduled_event_id == 8);
  CHECK(failed.started_event_id == 9);
  CHECK(failed.base_run_id == first.run_id);
  CHECK(failed.new_run_id == made.run_id());
  CHECK(std::holds_alternative<perdure::reset_workflow_failure_info>(failed.failure->info));
  CHECK(failed.failure->message == "try again");
  CHECK(server.backend.describe_workflow(first).status == workflow_execution_status::terminated);
  CHECK(server.status() == workflow_execution_status::running);
}

TEST_CASE("a task's start, end, failure and timeout are reset points, and nothing else",
          "[engine][reset]") {
  for (perdure::event_id const event : {3, 4}) {
    server server;
    server.start();
    server.hand.decide({commands::timer("t", 1h)});
    reset_to(server, event);
    CHECK(server.types() == types{workflow_execution_started, workflow_task_scheduled,
                                  workflow_task_started, workflow_task_failed,
                                  workflow_task_scheduled});
  }
  server failing;
  failing.start();
  failing.hand.fail_task(failing.hand.workflow(), "odd");
  reset_to(failing, 4);
  CHECK(failing.types().size() == 5);

  server timed_out;
  timed_out.start();
  (void)timed_out.hand.workflow();
  timed_out.pass(10s);
  CHECK(timed_out.last(workflow_task_timed_out).id == 4);
  reset_to(timed_out, 4);
  CHECK(timed_out.types().size() == 5);
}

TEST_CASE("another event is refused, with its name and one that would do", "[engine][reset]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("t", 1h)});
  CHECK(error_of([&] { reset_to(server, 5); }) == errc::invalid_argument);
  try {
    reset_to(server, 5);
  } catch (perdure::error const& e) {
    CHECK_THAT(e.what(), contains("event 5 (TimerStarted) is no reset point"));
    CHECK_THAT(e.what(), contains("for example event 4 (WorkflowTaskCompleted)"));
  }
  for (perdure::event_id const event : {-1, 0, 1, 2, 6, 99})
    CHECK(error_of([&] { reset_to(server, event); }) == errc::invalid_argument);
  CHECK(error_of([&] { server.client.get_handle("nobody").reset(4); }) == errc::not_found);
  CHECK(server.client.list().size() == 1);
}

TEST_CASE("signals and cancellations that came later come again, those before are there already",
          "[engine][reset]") {
  server server;
  server.start();
  signal(server, "a");
  server.hand.decide();
  signal(server, "b");
  auto const held = server.hand.workflow();
  signal(server, "c"); // waits for the end of the task
  server.client.get_handle("w").cancel();
  reset_to(server, 5);
  CHECK(signals(server) == "abc");
  CHECK(server.types() == types{workflow_execution_started, workflow_task_scheduled,
                                workflow_execution_signaled, workflow_task_started,
                                workflow_task_failed, workflow_execution_signaled,
                                workflow_execution_signaled, workflow_execution_cancel_requested,
                                workflow_task_scheduled});
  CHECK(error_of([&] { server.hand.answer(held); }) == errc::task_lost);
}

TEST_CASE("a reset can leave out what came later", "[engine][reset]") {
  server server;
  server.start();
  server.hand.decide();
  signal(server, "a");
  server.client.get_handle("w").cancel();
  perdure::reset_request request{};
  request.event = 4;
  request.reapply_signals = false;
  request.reapply_cancel_requests = false;
  (void)server.client.get_handle("w").reset(request);
  CHECK(server.types().size() == 5);
}

TEST_CASE("an activity open at the point is scheduled again, under its event", "[engine][reset]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", minutes())});
  auto const before = server.hand.activity();
  signal(server, "wake");
  server.hand.decide();
  server.pass(1min);
  reset_to(server, 8);
  REQUIRE(server.hand.cancelled.size() == 1);
  CHECK(error_of([&] { server.hand.complete(before); }) == errc::task_lost);
  auto const again = server.hand.activity();
  CHECK(again.token.scheduled_event_id == 5);
  CHECK(again.token.attempt == 1);
  CHECK(since_start(again.scheduled_time) == 1min);
  server.hand.complete(again);
  CHECK(server.last(activity_task_completed).id > 9);
  server.hand.decide({commands::complete()});
  CHECK(server.status() == workflow_execution_status::completed);
}

TEST_CASE("a timer keeps its deadline, and one whose time has come fires at once",
          "[engine][reset]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("t", 1h), commands::timer("u", 10min)});
  signal(server, "wake");
  server.hand.decide();
  server.pass(30min);
  reset_to(server, 9);
  server.hand.decide();
  server.pass(0s);
  CHECK(server.last(timer_fired).as<perdure::events::timer_fired>().timer_id == "u");
  server.hand.decide();
  server.pass(29min);
  CHECK(server.last(timer_fired).as<perdure::events::timer_fired>().timer_id == "u");
  server.pass(1min);
  CHECK(server.last(timer_fired).as<perdure::events::timer_fired>().timer_id == "t");
  CHECK(since_start(server.last(timer_fired).time) == 1h);
}

TEST_CASE("a closed run can be reset, and a later open one of its id is terminated",
          "[engine][reset]") {
  server server;
  auto const first = server.start().execution;
  server.hand.decide({commands::complete()});
  auto const second = server.start().execution;
  (void)server.client.get_handle("w", first.run_id.str()).reset(4);
  CHECK(server.backend.describe_workflow(first).status == workflow_execution_status::completed);
  CHECK(server.backend.describe_workflow(second).status == workflow_execution_status::terminated);
  CHECK(server.status() == workflow_execution_status::running);
  CHECK(server.client.list().size() == 3);
}

TEST_CASE("who waits for a run that is reset gets the result of the new one", "[engine][reset]") {
  server server;
  auto const first = server.start().execution;
  server.hand.decide();
  reset_to(server, 4);
  server.hand.decide({commands::complete()});
  CHECK(server.backend.wait_for_close(first).type == workflow_execution_completed);
}

TEST_CASE("a run can be reset again and again", "[engine][reset]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("t", 1h)});
  reset_to(server, 4);
  server.hand.decide({commands::timer("t", 1h)});
  reset_to(server, 4); // the failed task of the reset before
  reset_to(server, 3);
  server.hand.decide({commands::complete()});
  CHECK(server.status() == workflow_execution_status::completed);
  CHECK(server.client.list().size() == 4);
}

TEST_CASE("the time that a run may take begins anew", "[engine][reset]") {
  server server;
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 1h;
  request.workflow_execution_timeout = 2h;
  server.start(request);
  server.hand.decide();
  server.pass(50min);
  reset_to(server, 4);
  server.pass(59min);
  CHECK(server.status() == workflow_execution_status::running);
  server.pass(1min);
  CHECK(server.status() == workflow_execution_status::timed_out);
}

} // namespace
