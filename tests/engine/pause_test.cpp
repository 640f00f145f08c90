#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;
using perdure::workflow_execution_status;
using types = std::vector<perdure::event_type>;
using enum perdure::event_type;

auto retried() -> perdure::activity_options {
  perdure::activity_options options{};
  options.schedule_to_close_timeout = 24h;
  options.retry_policy = {.initial_interval = 1min, .backoff_coefficient = 1};
  return options;
}
void signal(server& server) { server.backend.signal_workflow({"w", {}}, "wake", {}, ""); }
auto handle(server& server) { return server.client.get_handle("w"); }

TEST_CASE("a paused run is shown as paused and has it in history", "[engine][pause]") {
  server server;
  server.start();
  server.hand.decide();
  handle(server).pause("maintenance");
  CHECK(server.status() == workflow_execution_status::paused);
  CHECK(server.client.count_workflows({.status = workflow_execution_status::paused}) == 1);
  CHECK(server.client.count_workflows({.status = workflow_execution_status::running}) == 0);
  auto const event = server.last(workflow_execution_paused);
  CHECK(event.as<perdure::events::workflow_execution_paused>().reason == "maintenance");
  CHECK(event.worker_may_ignore);
  handle(server).unpause("done");
  CHECK(server.status() == workflow_execution_status::running);
  CHECK(server.last().type == workflow_execution_unpaused);
  CHECK_FALSE(server.hand.poll_workflow()); // nothing to its code
}

TEST_CASE("while paused no workflow task is handed out but waits", "[engine][pause]") {
  server server;
  server.start();
  handle(server).pause();
  CHECK_FALSE(server.hand.poll_workflow());
  signal(server);
  CHECK_FALSE(server.hand.poll_workflow());
  CHECK(server.last().type == workflow_execution_signaled);
  handle(server).unpause();
  server.hand.decide();
  CHECK_FALSE(server.hand.poll_workflow());
}

TEST_CASE("while paused timers fire into history", "[engine][pause]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("t", 1h)});
  handle(server).pause();
  server.pass(2h);
  CHECK(since_start(server.last(timer_fired).time) == 1h);
  CHECK_FALSE(server.hand.poll_workflow());
  handle(server).unpause();
  server.hand.decide({commands::complete()});
  CHECK(server.status() == workflow_execution_status::completed);
}

TEST_CASE("while paused no activity is handed out, and attempts come due and wait",
          "[engine][pause]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", retried()), commands::activity("b", retried())});
  auto const running = server.hand.activity();
  handle(server).pause();
  CHECK_FALSE(server.hand.poll_activity());
  server.hand.fail(running, application_failure("Odd"));
  server.pass(5min);
  CHECK_FALSE(server.hand.poll_activity());
  handle(server).unpause();
  auto const first = server.hand.activity();
  auto const second = server.hand.activity();
  CHECK(first.token.attempt + second.token.attempt == 3);
  CHECK_FALSE(server.hand.poll_activity());
}

TEST_CASE("a run unpaused before anyone polled hands each task out once", "[engine][pause]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", retried())});
  handle(server).pause();
  handle(server).unpause();
  server.hand.complete(server.hand.activity());
  CHECK_FALSE(server.hand.poll_activity());
  server.hand.decide();
  CHECK_FALSE(server.hand.poll_workflow());
}

TEST_CASE("a task that is worked on when the run is paused is taken, and a close waits",
          "[engine][pause]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  handle(server).pause();
  CHECK(server.status() == workflow_execution_status::paused);
  CHECK(server.last().type == workflow_task_started);
  server.hand.answer(task, {commands::timer("t", 1h)});
  CHECK(server.last().type == workflow_execution_paused);
  handle(server).unpause();
  signal(server);
  auto const last = server.hand.workflow();
  handle(server).pause();
  server.hand.answer(last, {commands::complete()});
  CHECK(server.status() == workflow_execution_status::paused);
  CHECK_FALSE(server.hand.poll_workflow());
  handle(server).unpause();
  server.hand.decide({commands::complete()});
  CHECK(server.status() == workflow_execution_status::completed);
}

TEST_CASE("a paused run can be terminated and times out", "[engine][pause]") {
  server server;
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 1h;
  server.start(request);
  handle(server).pause();
  server.pass(1h);
  CHECK(server.status() == workflow_execution_status::timed_out);
  server.start();
  handle(server).pause();
  handle(server).terminate();
  CHECK(server.status() == workflow_execution_status::terminated);
}

TEST_CASE("pausing what is paused or over is refused", "[engine][pause]") {
  server server;
  server.start();
  CHECK(error_of([&] { handle(server).unpause(); }) == errc::invalid_argument);
  handle(server).pause();
  CHECK(error_of([&] { handle(server).pause(); }) == errc::invalid_argument);
  handle(server).terminate();
  CHECK(error_of([&] { handle(server).pause(); }) == errc::already_closed);
  CHECK(error_of([&] { handle(server).unpause(); }) == errc::already_closed);
  CHECK(error_of([&] { server.client.get_handle("x").pause(); }) == errc::not_found);
}

TEST_CASE("a reset lets a paused run go on", "[engine][pause][reset]") {
  server server;
  server.start();
  server.hand.decide();
  handle(server).pause();
  (void)handle(server).reset(4);
  CHECK(server.status() == workflow_execution_status::running);
  server.hand.decide({commands::complete()});
}

// ---------------------------------------------------------------------------------- retry now

TEST_CASE("an activity that waits for its next attempt is queued at once", "[engine][activity]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", retried())});
  server.hand.fail(server.hand.activity(), application_failure("Odd"));
  CHECK_FALSE(server.hand.poll_activity());
  handle(server).retry_activity_now("a");
  auto const again = server.hand.activity();
  CHECK(again.token.attempt == 2);
  server.pass(2min);
  CHECK_FALSE(server.hand.poll_activity());
  server.hand.complete(again);
  server.hand.decide({commands::complete()});
}

TEST_CASE("an activity that does not wait cannot be hurried", "[engine][activity]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("a", retried())});
  auto const retry = [&](char const* id) {
    return error_of([&] { handle(server).retry_activity_now(id); });
  };
  CHECK(retry("a") == errc::invalid_argument);
  auto const running = server.hand.activity();
  CHECK(retry("a") == errc::invalid_argument);
  CHECK(retry("b") == errc::not_found);
  server.hand.complete(running);
  CHECK(retry("a") == errc::not_found);
  handle(server).terminate();
  CHECK(retry("a") == errc::already_closed);
}

} // namespace
