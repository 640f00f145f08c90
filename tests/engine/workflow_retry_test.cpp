#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;
using perdure::retry_state;
using perdure::workflow_execution_status;

auto request(perdure::retry_policy policy = {}) -> perdure::start_workflow_request {
  perdure::start_workflow_request made{};
  made.retry_policy = std::move(policy);
  return made;
}
auto started(server& server) -> perdure::events::workflow_execution_started {
  return server.history().front().as<perdure::events::workflow_execution_started>();
}

// ------------------------------------------------------------------------------------------
// timeouts

TEST_CASE("the run timeout ends a run at its nanosecond", "[engine][timeout]") {
  server server;
  auto wanted = request();
  wanted.workflow_run_timeout = 10s;
  server.start(wanted);
  server.hand.decide({commands::timer("1", 1h)});
  server.pass(10s - 1ns);
  CHECK(server.status() == workflow_execution_status::running);
  server.pass(1ns);
  CHECK(server.status() == workflow_execution_status::timed_out);
  CHECK(since_start(server.last().time) == 10s);
  CHECK(server.last().as<perdure::events::workflow_execution_timed_out>().retry_state ==
        retry_state::retry_policy_not_set);
  CHECK_THROWS_AS(server.client.get_handle("w").result(), perdure::timeout_error);
}

TEST_CASE("a run that nobody works on times out too", "[engine][timeout]") {
  server server;
  auto wanted = request();
  wanted.workflow_run_timeout = 10s;
  wanted.task_queue = "nobody";
  server.start(wanted);
  server.pass(1h);
  CHECK(server.status() == workflow_execution_status::timed_out);
}

TEST_CASE("the run timeout counts from the end of a start delay", "[engine][timeout]") {
  server server;
  auto wanted = request();
  wanted.workflow_run_timeout = 10s;
  wanted.start_delay = 5s;
  server.start(wanted);
  server.pass(15s - 1ns);
  CHECK(server.status() == workflow_execution_status::running);
  server.pass(1ns);
  CHECK(server.status() == workflow_execution_status::timed_out);
}

TEST_CASE("a run that times out is tried again by its retry policy, within the execution timeout",
          "[engine][timeout]") {
  server server;
  auto wanted = request({.initial_interval = 2s, .backoff_coefficient = 1});
  wanted.workflow_run_timeout = 10s;
  wanted.workflow_execution_timeout = 30s;
  server.start(wanted);
  server.pass(10s); // first run over, the second waits until 12 s and has until 22 s
  CHECK(server.client.list().size() == 2);
  server.pass(
      12s); // the third waits until 24 s and would have until 34 s: the execution ends at 30 s
  CHECK(server.client.list().size() == 3);
  server.pass(8s);
  CHECK(server.status() == workflow_execution_status::timed_out);
  CHECK(since_start(server.last().time) == 30s);
  CHECK(server.last().as<perdure::events::workflow_execution_timed_out>().retry_state ==
        retry_state::timeout);
  CHECK(server.client.list().size() == 3);
}

TEST_CASE("the execution timeout covers runs that continue as new", "[engine][timeout]") {
  server server;
  auto wanted = request();
  wanted.workflow_execution_timeout = 10s;
  server.start(wanted);
  server.pass(6s);
  perdure::events::workflow_execution_continued_as_new next{};
  next.workflow_type = "workflow";
  next.task_queue.name = "tests";
  server.hand.decide({commands::of(perdure::command_type::continue_as_new_workflow_execution,
                                   perdure::event_attributes::make(next))});
  CHECK(server.client.list().size() == 2);
  server.pass(4s);
  CHECK(server.status() == workflow_execution_status::timed_out);
  CHECK(since_start(server.last().time) == 10s);
}

// -------------------------------------------------------------------------------------------
// retries

TEST_CASE("a failed run without a policy is not retried", "[engine][retry]") {
  server server;
  server.start();
  server.hand.decide({commands::fail(application_failure("Odd"))});
  CHECK(server.last().as<perdure::events::workflow_execution_failed>().retry_state ==
        retry_state::retry_policy_not_set);
  CHECK(server.status() == workflow_execution_status::failed);
}

TEST_CASE("a failed run is tried again after its backoff, as another run of one chain",
          "[engine][retry]") {
  server server;
  auto const first =
      server.start(request({.initial_interval = 3s, .maximum_attempts = 3})).execution;
  server.hand.decide({commands::fail(application_failure("One"))});
  auto const closed = server.backend.read_history(first)
                          .events.back()
                          .as<perdure::events::workflow_execution_failed>();
  CHECK(closed.retry_state == retry_state::in_progress);
  auto const second = started(server);
  CHECK(closed.new_execution_run_id == second.original_execution_run_id);
  CHECK(second.attempt == 2);
  CHECK(second.first_execution_run_id == first.run_id);
  CHECK(second.continued_execution_run_id == first.run_id);
  CHECK(second.initiator == perdure::continue_as_new_initiator::retry);
  CHECK(second.first_workflow_task_backoff == perdure::duration{3s});
  REQUIRE(second.continued_failure);
  CHECK(std::get<perdure::application_failure_info>(second.continued_failure->info).type == "One");
  server.pass(3s - 1ns);
  CHECK_FALSE(server.hand.poll_workflow());
  server.pass(1ns);
  server.hand.decide({commands::fail(application_failure("Two"))});
  server.pass(6s);
  server.hand.decide({commands::fail(application_failure("Three"))});
  CHECK(server.last().as<perdure::events::workflow_execution_failed>().retry_state ==
        retry_state::maximum_attempts_reached);
  CHECK(server.client.list().size() == 3);
  CHECK_THROWS_WITH(server.client.get_handle("w", first.run_id.str()).result(), contains("Three"));
}

TEST_CASE("a run that succeeds in a later attempt gives its result to who waits for the first",
          "[engine][retry]") {
  server server;
  auto const first = server.start(request({.initial_interval = 3s})).execution;
  server.hand.decide({commands::fail(application_failure("One"))});
  server.pass(3s);
  server.hand.decide({commands::complete()});
  CHECK_NOTHROW(server.client.get_handle("w", first.run_id.str()).result());
}

TEST_CASE("failures that are not retryable end a chain at once", "[engine][retry]") {
  server server;
  server.start(request({.initial_interval = 1s, .non_retryable_error_types = {"Even"}}));
  server.hand.decide({commands::fail(application_failure("Odd", true))});
  CHECK(server.last().as<perdure::events::workflow_execution_failed>().retry_state ==
        retry_state::non_retryable_failure);
  server.start(request({.initial_interval = 1s, .non_retryable_error_types = {"Even"}}));
  server.hand.decide({commands::fail(application_failure("Even"))});
  CHECK(server.last().as<perdure::events::workflow_execution_failed>().retry_state ==
        retry_state::non_retryable_failure);
}

TEST_CASE("a workflow's next_retry_delay replaces the backoff", "[engine][retry]") {
  server server;
  server.start(request({.initial_interval = 3s}));
  server.hand.decide({commands::fail(application_failure("Odd", false, 7s))});
  CHECK(started(server).first_workflow_task_backoff == perdure::duration{7s});
}

TEST_CASE("terminated and cancelled runs are not retried", "[engine][retry]") {
  server server;
  server.start(request({.initial_interval = 1s}));
  server.client.get_handle("w").terminate();
  CHECK(server.status() == workflow_execution_status::terminated);
  server.start(request({.initial_interval = 1s}));
  server.hand.decide({commands::of(
      perdure::command_type::cancel_workflow_execution,
      perdure::event_attributes::make(perdure::events::workflow_execution_canceled{}))});
  CHECK(server.status() == workflow_execution_status::canceled);
}

TEST_CASE("a signal by run id follows a retry, a signal by workflow id reaches the run that waits",
          "[engine][retry]") {
  server server;
  server.start(request({.initial_interval = 3s}));
  server.hand.decide({commands::fail(application_failure("One"))});
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  CHECK(server.last().type == event_type::workflow_execution_signaled);
  CHECK_FALSE(server.hand.poll_workflow()); // it waits out its backoff
  server.pass(3s);
  CHECK(server.hand.workflow().events.size() == 4);
}

// ------------------------------------------------------------------------------- children, with
// real code

int tries = 0;
perdure::workflow<int> third_time_lucky() {
  if (++tries < 3) throw perdure::application_error{"not yet", {.type = "NotYet"}};
  co_return perdure::info().attempt;
}
perdure::workflow<int> never_lucky() {
  throw perdure::application_error{"never", {.type = "Never"}};
  co_return 0;
}

perdure::workflow<std::string> has_stubborn_children() {
  auto const begin = perdure::now();
  perdure::child_workflow_options options{};
  options.retry_policy.maximum_attempts = 3;
  int const lucky = co_await perdure::execute_child_workflow<third_time_lucky>(options);
  std::string text =
      std::to_string(lucky) + " after " + std::to_string((perdure::now() - begin) / 1s) + ", ";
  try {
    co_await perdure::execute_child_workflow<never_lucky>(options);
  } catch (perdure::child_workflow_error const& e) {
    text += perdure::application_error{*e.cause()}.type();
    if (e.retry_state() == retry_state::maximum_attempts_reached) text += " three times";
  }
  co_return text + " after " + std::to_string((perdure::now() - begin) / 1s);
}

TEST_CASE("a child's maximum_attempts = 3 gives it three runs, 1 s and 2 s apart, its parent sees "
          "the last",
          "[engine][retry]") {
  live_and_replayed<virtual_world<has_stubborn_children, third_time_lucky, never_lucky>>(
      [](auto& world) {
        tries = 0;
        CHECK(world.template run<has_stubborn_children>() ==
              "3 after 3, Never three times after 6");
        CHECK(world.count(event_type::child_workflow_execution_started) == 2);
        CHECK(world.client.list().size() == 7);
      });
}

perdure::workflow<int> sleeps_for_ever() {
  co_await perdure::sleep(24h);
  co_return 1;
}
perdure::workflow<std::string> has_a_slow_child() {
  perdure::child_workflow_options options{};
  options.workflow_run_timeout = 5s;
  auto const got =
      co_await perdure::as_outcome(perdure::execute_child_workflow<sleeps_for_ever>(options));
  co_return perdure::describe(got.error());
}

TEST_CASE("a child that times out fails its parent's await with a timeout as cause",
          "[engine][timeout]") {
  live_and_replayed<virtual_world<has_a_slow_child, sleeps_for_ever>>([](auto& world) {
    CHECK_THAT(world.template run<has_a_slow_child>(),
               contains("sleeps_for_ever") && contains("Timed out"));
  });
}

perdure::workflow<std::string> has_a_doomed_child() {
  perdure::child_workflow_options options{};
  options.id = "kid";
  auto const got =
      co_await perdure::as_outcome(perdure::execute_child_workflow<sleeps_for_ever>(options));
  co_return perdure::describe(got.error());
}

TEST_CASE("a child that is terminated fails its parent's await", "[engine][close]") {
  live_and_replayed<virtual_world<has_a_doomed_child, sleeps_for_ever>>([](auto& world) {
    auto const handle = world.template start<has_a_doomed_child>();
    world.settle();
    world.client.get_handle("kid").terminate();
    CHECK_THAT(handle.result(), contains("Terminated"));
  });
}

} // namespace
