// Runs that follow each other: continue-as-new, and retries of a workflow.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

static auto continued(perdure::payloads input = {}) -> perdure::command {
  return commands::continue_as_new("tests", std::move(input));
}
static auto with_retries(perdure::retry_policy policy) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.retry_policy = std::move(policy);
  return request;
}
static auto sets(std::string name, perdure::payload value) -> perdure::command {
  e::workflow_properties_modified changed{};
  changed.upserted_memo = perdure::payload_map{{std::move(name), std::move(value)}};
  return commands::of(perdure::command_type::modify_workflow_properties, changed);
}

BEHAVIOUR("continue-as-new ends a run and starts another one with its id", "[chain]") {
  w.begin({continued(to_payloads(2))});
  auto const runs = w.runs();
  REQUIRE(runs.size() == 2);
  CHECK(w.describe(runs[0]).status == workflow_execution_status::continued_as_new);
  CHECK(w.describe(runs[1]).status == workflow_execution_status::running);
  CHECK(w.get<e::workflow_execution_started>().input == to_payloads(2));
}

BEHAVIOUR("the runs of a chain name each other", "[chain]") {
  w.begin({continued()});
  auto const runs = w.runs();
  auto const ended = w.events_of(runs[0]).back().as<e::workflow_execution_continued_as_new>();
  CHECK(ended.new_execution_run_id == runs[1].run_id);
  auto const next = w.get<e::workflow_execution_started>();
  CHECK(next.continued_execution_run_id == runs[0].run_id);
  CHECK(next.first_execution_run_id == runs[0].run_id);
  CHECK(next.original_execution_run_id == runs[1].run_id);
  CHECK(next.initiator == perdure::continue_as_new_initiator::workflow);
}

BEHAVIOUR("the third run of a chain still names the first", "[chain]") {
  w.begin({continued()});
  w.hand.decide({continued()});
  auto const runs = w.runs();
  REQUIRE(runs.size() == 3);
  auto const third = w.get<e::workflow_execution_started>();
  CHECK(third.first_execution_run_id == runs[0].run_id);
  CHECK(third.continued_execution_run_id == runs[1].run_id);
}

BEHAVIOUR("a continued run has its first task at once", "[chain]") {
  w.begin({continued()});
  auto const task = w.hand.workflow();
  CHECK(task.previous_started_event_id == 0);
  CHECK(task.events.front().id == 1);
}

BEHAVIOUR("continue-as-new can change the queue and the type", "[chain]") {
  auto next = commands::continue_as_new("elsewhere");
  next.attributes.edit<e::workflow_execution_continued_as_new>().workflow_type = "better";
  w.begin({next});
  by_hand elsewhere{w.backend, "elsewhere"};
  CHECK(elsewhere.workflow().workflow_type == "better");
}

BEHAVIOUR("a continued run inherits what it does not set itself", "[chain]") {
  auto request = with_retries({.initial_interval = 3s, .maximum_attempts = 2});
  request.workflow_run_timeout = 1h;
  request.workflow_task_timeout = 7s;
  request.memo = perdure::payload_map{{"m", to_payloads(1)[0]}};
  request.search_attributes = perdure::payload_map{{"S", to_payloads(2)[0]}};
  w.begin({continued()}, request);
  auto const next = w.get<e::workflow_execution_started>();
  CHECK(next.workflow_run_timeout == 1h);
  CHECK(next.workflow_task_timeout == 7s);
  REQUIRE(next.retry_policy);
  CHECK(next.retry_policy->initial_interval == 3s);
  CHECK(*next.memo == *request.memo);
  CHECK(*next.search_attributes == *request.search_attributes);
}

BEHAVIOUR("a continued run has the memo as the run before had changed it", "[chain]") {
  perdure::start_workflow_request request{};
  request.memo = perdure::payload_map{{"a", to_payloads(1)[0]}, {"b", to_payloads(2)[0]}};
  w.begin({sets("b", to_payloads(3)[0]), sets("c", to_payloads(4)[0]),
           sets("a", perdure::payload::null()), continued()},
          request);
  auto const memo = w.get<e::workflow_execution_started>().memo;
  REQUIRE(memo);
  CHECK(*memo == perdure::payload_map{{"b", to_payloads(3)[0]}, {"c", to_payloads(4)[0]}});
}

BEHAVIOUR("the run timeout counts for each run of a chain anew", "[chain][timeout]") {
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 10s;
  w.start(request);
  w.pass(8s);
  w.hand.decide({continued()});
  w.pass(9s);
  CHECK(w.status() == workflow_execution_status::running);
  w.pass(1s);
  CHECK(w.status() == workflow_execution_status::timed_out);
}

BEHAVIOUR("the execution timeout counts for the whole chain", "[chain][timeout]") {
  perdure::start_workflow_request request{};
  request.workflow_execution_timeout = 10s;
  w.start(request);
  w.pass(8s);
  w.hand.decide({continued()});
  w.pass(2s);
  CHECK(w.status() == workflow_execution_status::timed_out);
}

BEHAVIOUR("what is sent to a workflow id reaches the last run of its chain", "[chain][signal]") {
  w.begin({continued()});
  w.signal("late");
  CHECK(w.signals() == "late");
  CHECK(error_of([&] { w.backend.signal_workflow(w.runs()[0], "s", {}, ""); }) ==
        errc::already_closed);
}

BEHAVIOUR("timers and activities of a run that continued are gone", "[chain]") {
  w.begin({commands::timer("1", 5s), commands::activity("1", quick()), continued()});
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_activity());
  CHECK(w.fired().empty());
  CHECK(w.describe().pending_timers_count == 0);
}

BEHAVIOUR("the request id of a start finds no other run of the chain", "[chain][start]") {
  perdure::start_workflow_request request{};
  request.request_id = "once";
  w.begin({continued()}, request);
  CHECK(error_of([&] { w.start(request); }) == errc::already_started);
}

BEHAVIOUR("without a policy a failed workflow is not tried again", "[chain][retry]") {
  w.begin({commands::fail(failure_of("odd"))});
  CHECK(w.get<e::workflow_execution_failed>().retry_state == retry_state::retry_policy_not_set);
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("a failed workflow is tried again after its policy's wait", "[chain][retry]") {
  w.begin({commands::fail(failure_of("odd"))}, with_retries({.initial_interval = 5s}));
  REQUIRE(w.runs().size() == 2);
  w.pass(5s - 1ns);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1ns);
  CHECK(w.hand.poll_workflow());
}

BEHAVIOUR("a retry knows its attempt, the failure before it and the chain", "[chain][retry]") {
  auto request = with_retries({.initial_interval = 5s});
  request.input = to_payloads(7);
  w.begin({commands::fail(failure_of("odd"))}, request);
  auto const runs = w.runs();
  auto const ended = w.events_of(runs[0]).back().as<e::workflow_execution_failed>();
  CHECK(ended.retry_state == retry_state::in_progress);
  CHECK(ended.new_execution_run_id == runs[1].run_id);
  auto const next = w.get<e::workflow_execution_started>();
  CHECK(next.attempt == 2);
  CHECK(next.input == to_payloads(7));
  CHECK(next.continued_failure->message == "odd");
  CHECK(next.first_workflow_task_backoff == 5s);
  CHECK(next.first_execution_run_id == runs[0].run_id);
  CHECK(next.initiator == perdure::continue_as_new_initiator::retry);
}

BEHAVIOUR("after the last attempt of a workflow its failure stands", "[chain][retry]") {
  w.begin({commands::fail(failure_of("first"))}, with_retries({.maximum_attempts = 2}));
  w.pass(1s);
  w.hand.decide({commands::fail(failure_of("second"))});
  CHECK(w.runs().size() == 2);
  CHECK(w.get<e::workflow_execution_failed>().retry_state == retry_state::maximum_attempts_reached);
  CHECK(w.status() == workflow_execution_status::failed);
}

BEHAVIOUR("a workflow's non-retryable failures are not tried again", "[chain][retry]") {
  w.begin({commands::fail(application_failure("Odd", true))},
          with_retries({.initial_interval = 1s}));
  CHECK(w.get<e::workflow_execution_failed>().retry_state == retry_state::non_retryable_failure);
  w.begin({commands::fail(application_failure("Bad"))},
          with_retries({.non_retryable_error_types = {"Bad"}}));
  CHECK(w.get<e::workflow_execution_failed>().retry_state == retry_state::non_retryable_failure);
}

BEHAVIOUR("a workflow that times out is tried again, within its execution timeout",
          "[chain][retry][timeout]") {
  auto request = with_retries({.initial_interval = 1s, .backoff_coefficient = 1});
  request.workflow_run_timeout = 5s;
  request.workflow_execution_timeout = 14s;
  w.start(request);
  w.pass(1min);
  CHECK(w.runs().size() == 3);
  CHECK(w.status() == workflow_execution_status::timed_out);
  CHECK(w.when(event_type::workflow_execution_timed_out) == 14s);
}

BEHAVIOUR("a workflow that is terminated or cancelled is not tried again", "[chain][retry]") {
  w.start(with_retries({.initial_interval = 1s}));
  w.terminate();
  w.start(with_retries({.initial_interval = 1s}));
  w.hand.decide({commands::cancel()});
  CHECK(w.runs().size() == 2);
}

BEHAVIOUR("a workflow that backs off takes signals, and can be terminated", "[chain][retry]") {
  w.begin({commands::fail(failure_of("odd"))}, with_retries({.initial_interval = 5s}));
  w.signal("early");
  CHECK_FALSE(w.hand.poll_workflow());
  w.terminate();
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(w.signals() == "early");
}

} // namespace perdure_test::conformance
