// What a start asks for: what is refused, and what becomes of the rest in the first event.
#include "conformance/behaviour.hpp"

#include <functional>

namespace perdure_test::conformance {

using request = perdure::start_workflow_request;

/// The code that a start with one thing changed is refused with.
static auto refusal(world& w, std::function<void(request&)> change) -> errc {
  request asked{};
  asked.workflow_id = "w";
  asked.workflow_type = "workflow";
  asked.task_queue = "tests";
  change(asked);
  return error_of([&] { w.backend.start_workflow(asked); });
}

BEHAVIOUR("a start without a workflow id is refused", "[start]") {
  CHECK(refusal(w, [](request& r) { r.workflow_id = ""; }) == errc::invalid_argument);
  CHECK(w.ids().empty());
}

BEHAVIOUR("a workflow id has at most 1000 bytes", "[start]") {
  CHECK(refusal(w, [](request& r) { r.workflow_id = std::string(1'001, 'x'); }) ==
        errc::invalid_argument);
  w.start_on(std::string(1'000, 'x'));
  CHECK(w.ids() == std::string(1'000, 'x'));
}

BEHAVIOUR("a start without a workflow type is refused", "[start]") {
  CHECK(refusal(w, [](request& r) { r.workflow_type = ""; }) == errc::invalid_argument);
}

BEHAVIOUR("a start without a task queue is refused", "[start]") {
  CHECK(refusal(w, [](request& r) { r.task_queue = ""; }) == errc::invalid_argument);
}

BEHAVIOUR("negative timeouts and delays are refused", "[start]") {
  CHECK(refusal(w, [](request& r) { r.workflow_run_timeout = -1ns; }) == errc::invalid_argument);
  CHECK(refusal(w, [](request& r) { r.workflow_execution_timeout = -1s; }) ==
        errc::invalid_argument);
  CHECK(refusal(w, [](request& r) { r.workflow_task_timeout = -1h; }) == errc::invalid_argument);
  CHECK(refusal(w, [](request& r) { r.start_delay = -1s; }) == errc::invalid_argument);
  CHECK(w.ids().empty());
}

BEHAVIOUR("a retry policy that cannot work is refused", "[start]") {
  CHECK(refusal(w, [](request& r) { r.retry_policy.backoff_coefficient = 0.5; }) ==
        errc::invalid_argument);
  CHECK(refusal(w, [](request& r) { r.retry_policy.initial_interval = -1s; }) ==
        errc::invalid_argument);
  CHECK(refusal(w, [](request& r) {
          r.retry_policy = {.initial_interval = 2s, .maximum_interval = 1s};
        }) == errc::invalid_argument);
}

BEHAVIOUR("a refused start leaves the run alone that has the id", "[start]") {
  auto const first = w.start().execution;
  auto const length = w.history().size();
  CHECK(refusal(w, [](request& r) {
          r.task_queue = "";
          r.id_conflict_policy = perdure::workflow_id_conflict_policy::terminate_existing;
        }) == errc::invalid_argument);
  CHECK(w.describe().execution == first);
  CHECK(w.history().size() == length);
}

BEHAVIOUR("a refused start names the id and the run that has it", "[start]") {
  auto const first = w.start().execution;
  CHECK_THROWS_WITH(w.start(), contains("'w'") && contains(first.run_id.str()));
}

BEHAVIOUR("the first event holds what the start asked for", "[start][history]") {
  request asked{};
  asked.input = to_payloads(std::string{"in"}, 7);
  asked.workflow_execution_timeout = 3h;
  asked.workflow_run_timeout = 2h;
  asked.workflow_task_timeout = 5s;
  asked.retry_policy = {.initial_interval = 2s, .maximum_attempts = 4};
  asked.identity = "somebody";
  w.start(asked);
  auto const first = w.get<e::workflow_execution_started>();
  CHECK(first.workflow_type == "workflow");
  CHECK(first.task_queue.name == "tests");
  CHECK(first.input == asked.input);
  CHECK(first.workflow_execution_timeout == 3h);
  CHECK(first.workflow_run_timeout == 2h);
  CHECK(first.workflow_task_timeout == 5s);
  REQUIRE(first.retry_policy);
  CHECK(*first.retry_policy == asked.retry_policy);
  CHECK(first.identity == "somebody");
}

BEHAVIOUR("what a start leaves out is not in the first event", "[start][history]") {
  w.start();
  auto const first = w.get<e::workflow_execution_started>();
  CHECK(first.input.empty());
  CHECK_FALSE(first.workflow_execution_timeout);
  CHECK_FALSE(first.workflow_run_timeout);
  CHECK_FALSE(first.retry_policy);
  CHECK_FALSE(first.memo);
  CHECK_FALSE(first.search_attributes);
  CHECK_FALSE(first.workflow_execution_expiration_time);
  CHECK(first.parent_workflow_execution.workflow_id.empty());
}

BEHAVIOUR("the workflow task timeout is ten seconds unless it was asked for", "[start][history]") {
  w.start();
  CHECK(w.get<e::workflow_execution_started>().workflow_task_timeout == 10s);
}

BEHAVIOUR("the first event names its run: as first, as original, as attempt one",
          "[start][history]") {
  auto const run = w.start().execution;
  auto const first = w.get<e::workflow_execution_started>();
  CHECK(first.workflow_id == "w");
  CHECK(first.first_execution_run_id == run.run_id);
  CHECK(first.original_execution_run_id == run.run_id);
  CHECK(first.continued_execution_run_id.empty());
  CHECK(first.attempt == 1);
}

BEHAVIOUR("memo and search attributes are in the first event as they were given",
          "[start][history]") {
  request asked{};
  asked.memo = perdure::payload_map{{"why", to_payloads(std::string{"because"})[0]}};
  asked.search_attributes = perdure::payload_map{{"Customer", to_payloads(17)[0]}};
  w.start(asked);
  auto const first = w.get<e::workflow_execution_started>();
  REQUIRE(first.memo);
  CHECK(*first.memo == *asked.memo);
  REQUIRE(first.search_attributes);
  CHECK(*first.search_attributes == *asked.search_attributes);
}

BEHAVIOUR("the execution timeout is recorded as a moment, counted from the end of start_delay",
          "[start][history]") {
  request asked{};
  asked.workflow_execution_timeout = 1h;
  asked.start_delay = 10s;
  w.start(asked);
  auto const first = w.get<e::workflow_execution_started>();
  REQUIRE(first.workflow_execution_expiration_time);
  CHECK(since_start(*first.workflow_execution_expiration_time) == 1h + 10s);
  CHECK(first.first_workflow_task_backoff == 10s);
}

BEHAVIOUR("the run timeout ends a run at its nanosecond", "[start][timeout]") {
  request asked{};
  asked.workflow_run_timeout = 10s;
  w.start(asked);
  w.pass(10s - 1ns);
  CHECK(w.status() == workflow_execution_status::running);
  w.pass(1ns);
  CHECK(w.status() == workflow_execution_status::timed_out);
  CHECK(w.when(event_type::workflow_execution_timed_out) == 10s);
}

BEHAVIOUR("the run timeout begins at the end of start_delay", "[start][timeout]") {
  request asked{};
  asked.workflow_run_timeout = 10s;
  asked.start_delay = 5s;
  w.start(asked);
  w.pass(1h);
  CHECK(w.when(event_type::workflow_execution_timed_out) == 15s);
}

BEHAVIOUR("of run timeout and execution timeout the earlier one ends the run", "[start][timeout]") {
  request asked{};
  asked.workflow_run_timeout = 10s;
  asked.workflow_execution_timeout = 4s;
  w.start(asked);
  w.pass(1h);
  CHECK(w.when(event_type::workflow_execution_timed_out) == 4s);
}

BEHAVIOUR("a run that times out takes its task along", "[start][timeout]") {
  request asked{};
  asked.workflow_run_timeout = 5s;
  w.start(asked);
  auto const task = w.hand.workflow();
  w.pass(5s);
  CHECK(error_of([&] { w.hand.answer(task); }) == errc::task_lost);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("the longest timeouts there are mean never", "[start][timeout]") {
  request asked{};
  asked.workflow_run_timeout = perdure::duration::max();
  asked.workflow_execution_timeout = perdure::duration::max();
  w.start(asked);
  w.pass(24h * 365 * 200);
  CHECK(w.status() == workflow_execution_status::running);
}

} // namespace perdure_test::conformance
