#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;
using perdure::event_type;
using types = std::vector<event_type>;
using enum perdure::event_type;

auto quick() -> perdure::activity_options {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  return options;
}
void signal(server& server, char const* name = "wake") {
  server.backend.signal_workflow({"w", {}}, name, {}, "");
}
auto failed(server& server) -> perdure::events::workflow_task_failed {
  return server.last(workflow_task_failed).as<perdure::events::workflow_task_failed>();
}

// -------------------------------------------------------------------------------------- one at a
// time

TEST_CASE("whatever happens before a task is taken is one task", "[engine][task]") {
  server server;
  server.start();
  signal(server);
  signal(server);
  auto const task = server.hand.workflow();
  CHECK_FALSE(server.hand.poll_workflow());
  CHECK(task.events.size() == 5);
  CHECK(task.previous_started_event_id == 0);
  server.hand.answer(task);
  CHECK_FALSE(server.hand.poll_workflow());
}

TEST_CASE("what arrives while a task is worked on waits for its end and makes the next one",
          "[engine][task]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  signal(server);
  CHECK_FALSE(server.hand.poll_workflow());
  CHECK(server.types() ==
        types{workflow_execution_started, workflow_task_scheduled, workflow_task_started});
  server.hand.answer(task);
  CHECK(server.types() == types{workflow_execution_started, workflow_task_scheduled,
                                workflow_task_started, workflow_task_completed,
                                workflow_execution_signaled, workflow_task_scheduled});
}

TEST_CASE("the worker that holds the live run gets the new events, another one gets all",
          "[engine][task]") {
  server server;
  hand_worker other{server.backend};
  server.start();
  server.hand.decide();
  signal(server);
  auto const next = server.hand.workflow();
  CHECK(next.previous_started_event_id == 3);
  CHECK(next.events.front().id == 4);
  CHECK(next.events.size() == 4);
  server.hand.answer(next);
  signal(server);
  auto const elsewhere = other.workflow();
  CHECK(elsewhere.events.front().id == 1);
  CHECK(elsewhere.events.back().id == static_cast<perdure::event_id>(elsewhere.events.size()));
  other.answer(elsewhere);
}

TEST_CASE("a task is answered once", "[engine][task]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  server.hand.answer(task);
  CHECK(error_of([&] { server.hand.answer(task); }) == errc::task_lost);
  CHECK(error_of([&] { server.hand.fail_task(task, "late"); }) == errc::task_lost);
  auto of_nobody = task;
  of_nobody.token.run = 99;
  CHECK(error_of([&] { server.hand.answer(of_nobody); }) == errc::task_lost);
}

TEST_CASE("an answer can ask for another task at once", "[engine][task]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  perdure::workflow_task_completion heartbeat{};
  heartbeat.force_create_new_workflow_task = true;
  server.backend.complete_workflow_task(server.hand, task.token, std::move(heartbeat));
  CHECK(server.hand.workflow().events.back().type == workflow_task_started);
}

// -------------------------------------------------------------------------------------- order of
// events

TEST_CASE("events that close activities and children come after the others that arrived with them",
          "[engine][task]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("1", quick()), commands::timer("1", 5s)});
  auto const activity = server.hand.activity();
  signal(server);
  auto const task = server.hand.workflow();
  server.hand.complete(activity);
  server.pass(5s);
  signal(server, "late");
  server.hand.answer(task);
  auto const all = server.types();
  types const arrived(all.end() - 5, all.end());
  CHECK(arrived == types{timer_fired, workflow_execution_signaled, activity_task_started,
                         activity_task_completed, workflow_task_scheduled});
}

TEST_CASE("a timer that fires while the task that cancels it runs is cancelled", "[engine][task]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("1", 5s)});
  signal(server);
  auto const task = server.hand.workflow();
  server.pass(5s);
  perdure::events::timer_canceled cancel{};
  cancel.timer_id = "1";
  cancel.started_event_id = 5;
  server.hand.answer(task, {commands::of(perdure::command_type::cancel_timer,
                                         perdure::event_attributes::make(cancel))});
  CHECK(server.types().back() == timer_canceled);
  CHECK_FALSE(server.hand.poll_workflow());
  server.pass(1h);
  CHECK(server.types().back() == timer_canceled);
}

TEST_CASE("an activity that completes while the task that cancels it runs has completed",
          "[engine][task]") {
  server server;
  server.start();
  server.hand.decide({commands::activity("1", quick())});
  auto const activity = server.hand.activity();
  signal(server);
  auto const task = server.hand.workflow();
  server.hand.complete(activity);
  server.hand.answer(task, {commands::cancel_activity(5)});
  auto const all = server.types();
  types const after(all.end() - 4, all.end());
  CHECK(after == types{activity_task_cancel_requested, activity_task_started,
                       activity_task_completed, workflow_task_scheduled});
}

// ---------------------------------------------------------------------------------- unhandled
// commands

TEST_CASE("a run does not end over events that its code has not seen", "[engine][task]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  signal(server);
  server.hand.answer(task, {commands::complete()});
  CHECK(failed(server).cause == perdure::workflow_task_failed_cause::unhandled_command);
  CHECK(server.types() == types{workflow_execution_started, workflow_task_scheduled,
                                workflow_task_started, workflow_task_failed,
                                workflow_execution_signaled, workflow_task_scheduled});
  auto const again = server.hand.workflow();
  CHECK(again.events.size() == 7);
  server.hand.answer(again, {commands::complete()});
  CHECK(server.status() == perdure::workflow_execution_status::completed);
}

TEST_CASE("commands are carried out all or not at all", "[engine][task]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("1", 1s), commands::activity("1", {})});
  CHECK(failed(server).cause ==
        perdure::workflow_task_failed_cause::bad_schedule_activity_attributes);
  CHECK_THAT(failed(server).failure->message, contains("timeout"));
  CHECK(server.client.get_handle("w").describe().pending_timers_count == 0);
  server.hand.decide({commands::complete()});
  CHECK(server.status() == perdure::workflow_execution_status::completed);
}

TEST_CASE("commands that cannot be are refused with their cause", "[engine][task]") {
  using cause = perdure::workflow_task_failed_cause;
  auto const refused = [](std::vector<perdure::command> decided) {
    server server;
    server.start();
    server.hand.decide(std::move(decided));
    return failed(server).cause;
  };
  CHECK(refused({commands::activity("", quick())}) == cause::bad_schedule_activity_attributes);
  CHECK(refused({commands::activity(std::string(1'001, 'x'), quick())}) ==
        cause::bad_schedule_activity_attributes);
  CHECK(refused({commands::activity("1", quick(), "")}) == cause::bad_schedule_activity_attributes);
  CHECK(refused({commands::timer("", 1s)}) == cause::bad_start_timer_attributes);
  CHECK(refused({commands::child("")}) == cause::bad_start_child_execution_attributes);
  CHECK(refused({commands::cancel_activity(99)}) == cause::bad_request_cancel_activity_attributes);
  CHECK(refused({commands::complete(), commands::timer("1", 1s)}) != cause{99});
}

// ----------------------------------------------------------------------------- tasks that fail or
// time out

TEST_CASE("a task that nobody answers in time is handed out again, the late answer is refused",
          "[engine][task]") {
  server server;
  server.start();
  auto const first = server.hand.workflow();
  server.pass(10s - 1ns);
  CHECK_FALSE(server.hand.poll_workflow());
  server.pass(1ns);
  CHECK(server.types().back() == workflow_task_timed_out);
  CHECK(error_of([&] { server.hand.answer(first); }) == errc::task_lost);
  auto const second = server.hand.workflow();
  CHECK(second.token.attempt == 2);
  CHECK(second.events.front().id == 1); // whoever takes it replays
  server.hand.answer(second, {commands::complete()});
  CHECK(server.status() == perdure::workflow_execution_status::completed);
}

TEST_CASE("the workflow task timeout can be set", "[engine][task]") {
  server server;
  perdure::start_workflow_request request{};
  request.workflow_task_timeout = 3s;
  server.start(request);
  (void)server.hand.workflow();
  server.pass(3s);
  CHECK(server.types().back() == workflow_task_timed_out);
}

TEST_CASE("of the attempts of a task that keeps failing only the first leaves events",
          "[engine][task]") {
  server server;
  server.start();
  server.hand.fail_task(server.hand.workflow(), "broken at demo.cpp:7");
  auto const length = server.history().size();
  CHECK(server.types().back() == workflow_task_failed);
  perdure::duration const backoff[] = {0s, 100ms, 1s, 2s, 4s, 8s};
  for (int attempt = 2; attempt <= 6; ++attempt) {
    perdure::duration const wait = backoff[attempt - 2];
    if (wait > 0s) {
      server.pass(wait - 1ns);
      CHECK_FALSE(server.hand.poll_workflow());
      server.pass(1ns);
    }
    auto const task = server.hand.workflow();
    CHECK(task.token.attempt == attempt);
    server.hand.fail_task(task, "still broken");
    CHECK(server.history().size() == length);
  }
  auto const seen = server.client.get_handle("w").describe();
  CHECK(seen.workflow_task_attempt == 7);
  CHECK(seen.workflow_task_failure == "still broken");
}

TEST_CASE(
    "an attempt that succeeds at last writes the events of its task, with the ids it was given",
    "[engine][task]") {
  server server;
  server.start();
  server.hand.fail_task(server.hand.workflow(), "broken");
  auto const second = server.hand.workflow();
  REQUIRE(second.events.size() == 6);
  CHECK(second.events[4].type == workflow_task_scheduled);
  CHECK(second.events[5].type == workflow_task_started);
  server.hand.answer(second, {commands::timer("1", 1s)});
  auto const all = server.history();
  CHECK(server.types() == types{workflow_execution_started, workflow_task_scheduled,
                                workflow_task_started, workflow_task_failed,
                                workflow_task_scheduled, workflow_task_started,
                                workflow_task_completed, timer_started});
  CHECK(all[4].as<perdure::events::workflow_task_scheduled>().attempt == 2);
  for (std::size_t i = 0; i < all.size(); ++i)
    CHECK(all[i].id == static_cast<perdure::event_id>(i + 1));
  auto const seen = server.client.get_handle("w").describe();
  CHECK(seen.workflow_task_attempt == 1);
  CHECK(seen.workflow_task_failure.empty());
}

TEST_CASE("something new makes a failing task a first attempt again", "[engine][task]") {
  server server;
  server.start();
  server.hand.fail_task(server.hand.workflow(), "broken");
  auto const second = server.hand.workflow();
  signal(server);
  server.hand.fail_task(second, "broken");
  auto const third = server.hand.workflow();
  CHECK(third.token.attempt == 1);
  CHECK(server.types() == types{workflow_execution_started, workflow_task_scheduled,
                                workflow_task_started, workflow_task_failed,
                                workflow_execution_signaled, workflow_task_scheduled,
                                workflow_task_started});
}

TEST_CASE("a signal to a run whose task keeps failing is kept", "[engine][task]") {
  server server;
  server.start();
  for (int i = 0; i < 3; ++i) {
    server.pass(1s);
    server.hand.fail_task(server.hand.workflow(), "broken");
  }
  signal(server); // while it backs off
  server.pass(1min);
  auto const task = server.hand.workflow();
  bool seen = false;
  for (auto const& each : task.events) seen = seen || each.type == workflow_execution_signaled;
  CHECK(seen);
  server.hand.answer(task, {commands::complete()});
  CHECK(server.status() == perdure::workflow_execution_status::completed);
  auto const all = server.history();
  for (std::size_t i = 0; i < all.size(); ++i)
    CHECK(all[i].id == static_cast<perdure::event_id>(i + 1));
}

TEST_CASE("a run whose task fails can be terminated, and its task is void", "[engine][task]") {
  server server;
  server.start();
  server.hand.fail_task(server.hand.workflow(), "broken");
  server.client.get_handle("w").terminate();
  server.pass(1h);
  CHECK_FALSE(server.hand.poll_workflow());
  CHECK(server.types().back() == workflow_execution_terminated);
}

TEST_CASE("at a certain length of history the task suggests to continue as new", "[engine][task]") {
  server server;
  server.start();
  auto const task = server.hand.workflow();
  CHECK_FALSE(
      task.events.back().as<perdure::events::workflow_task_started>().suggest_continue_as_new);
  server.hand.answer(task);
  for (int i = 0; i < 4'096; ++i) signal(server);
  auto const later = server.hand.workflow();
  CHECK(later.events.back().as<perdure::events::workflow_task_started>().suggest_continue_as_new);
}

} // namespace
