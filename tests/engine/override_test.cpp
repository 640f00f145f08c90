#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;
using perdure::workflow_execution_status;
using types = std::vector<perdure::event_type>;
using enum perdure::event_type;

auto once() -> perdure::activity_options {
  perdure::activity_options options{};
  options.start_to_close_timeout = 10min;
  options.retry_policy = {.maximum_attempts = 1};
  return options;
}
auto answer(int value, std::string id = "a") -> perdure::override_request {
  perdure::override_request request{};
  request.execution.workflow_id = "w";
  request.activity_id = std::move(id);
  request.result = perdure::to_payloads(value);
  request.identity = "operator";
  request.reason = "known by hand";
  return request;
}
auto completed(server& server) -> perdure::events::activity_task_completed {
  return server.last(activity_task_completed).as<perdure::events::activity_task_completed>();
}
auto value_of(perdure::payloads const& result) -> int {
  return std::get<0>(perdure::from_payloads<int>(result));
}

TEST_CASE("an activity that waits is completed by hand, in the same run", "[engine][override]") {
  server server;
  auto const run = server.start().execution;
  server.hand.decide({commands::activity("a", once())});
  CHECK(server.backend.override_activity_result(answer(42)) == run);
  CHECK(value_of(completed(server).result) == 42);
  CHECK(completed(server).identity == "operator");
  CHECK(server.last(activity_task_started).as<perdure::events::activity_task_started>().identity ==
        "operator");
  CHECK_FALSE(server.hand.poll_activity());
  server.hand.decide({commands::complete()});
}

TEST_CASE("an attempt that runs is told to stop, and its answer is refused", "[engine][override]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", once())});
  auto const running = server.hand.activity();
  (void)server.backend.override_activity_result(answer(42));
  REQUIRE(server.hand.cancelled.size() == 1);
  CHECK(server.hand.cancelled[0].scheduled_event_id == 5);
  CHECK(error_of([&] { server.hand.complete(running); }) == errc::task_lost);
  server.pass(1h);
  CHECK(value_of(completed(server).result) == 42);
}

TEST_CASE("a result given while a workflow task is worked on waits for its end",
          "[engine][override]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", once()), commands::activity("b", once())});
  server.hand.complete(server.hand.activity());
  auto const task = server.hand.workflow();
  (void)server.backend.override_activity_result(answer(42, "b"));
  CHECK(server.last().type == workflow_task_started);
  CHECK(error_of([&] { (void)server.backend.override_activity_result(answer(1, "b")); }) ==
        errc::backend_busy);
  server.hand.answer(task);
  CHECK(value_of(completed(server).result) == 42);
}

TEST_CASE("an activity that failed gets its result in a copy of history", "[engine][override]") {
  server server;
  auto const base = server.start().execution;
  server.hand.decide({commands::activity("a", once())});
  server.hand.fail(server.hand.activity(), application_failure("Odd"));
  server.hand.decide({commands::fail(application_failure("Odd"))});
  auto const before = server.types();
  auto const made = server.backend.override_activity_result(answer(42));
  CHECK_FALSE(made == base);
  CHECK(server.types() ==
        types{workflow_execution_started, workflow_task_scheduled, workflow_task_started,
              workflow_task_completed, activity_task_scheduled, activity_task_started,
              activity_task_completed, workflow_task_scheduled, workflow_task_started,
              workflow_task_failed, workflow_task_scheduled});
  CHECK(value_of(completed(server).result) == 42);
  CHECK(completed(server).started_event_id == 6);
  auto const of_base = server.backend.read_history(base).events;
  REQUIRE(of_base.size() == before.size());
  CHECK(of_base[6].type == activity_task_failed);
  server.hand.decide({commands::complete()});
  CHECK(server.status() == workflow_execution_status::completed);
  CHECK(server.backend.describe_workflow(base).status == workflow_execution_status::failed);
}

TEST_CASE("a result that no task has seen yet is replaced in a new run too", "[engine][override]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", once())});
  auto const task = server.hand.activity();
  server.backend.complete_activity({}, task.token, perdure::to_payloads(1));
  (void)server.backend.override_activity_result(answer(42));
  CHECK(value_of(completed(server).result) == 42);
  CHECK(server.client.list().size() == 2);
  server.hand.decide({commands::complete()});
  CHECK_FALSE(server.hand.poll_workflow());
}

TEST_CASE("an activity that no worker took in time can be given a result", "[engine][override]") {
  server server;
  server.start();
  auto options = once();
  options.schedule_to_start_timeout = 1min;
  server.hand.decide({commands::activity("a", options)});
  server.pass(1min);
  CHECK(server.last(activity_task_timed_out).id == 6);
  server.client.get_handle("w").terminate();
  (void)server.backend.override_activity_result(answer(42));
  CHECK(completed(server).started_event_id == 0);
  CHECK(server.last(activity_task_completed).id == 6);
  server.hand.decide({commands::complete()});
}

TEST_CASE("the activity is named by its id or by its event", "[engine][override]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", once())});
  auto request = answer(1, "");
  CHECK(error_of([&] { (void)server.backend.override_activity_result(request); }) ==
        errc::invalid_argument);
  request.scheduled_event_id = 4;
  CHECK(error_of([&] { (void)server.backend.override_activity_result(request); }) ==
        errc::invalid_argument);
  CHECK(error_of([&] { (void)server.backend.override_activity_result(answer(1, "b")); }) ==
        errc::not_found);
  request.scheduled_event_id = 5;
  (void)server.backend.override_activity_result(request);
  CHECK(value_of(completed(server).result) == 1);
}

TEST_CASE("an activity that was open when its run ended is refused", "[engine][override]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", once())});
  server.client.get_handle("w").terminate();
  CHECK(error_of([&] { (void)server.backend.override_activity_result(answer(1)); }) ==
        errc::already_closed);
}

} // namespace
