// Starting runs: who may have a workflow id, and when the first task comes.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using reuse = perdure::workflow_id_reuse_policy;
using conflict = perdure::workflow_id_conflict_policy;

static auto with(reuse policy, conflict open_policy = {}) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.id_reuse_policy = policy;
  request.id_conflict_policy = open_policy;
  return request;
}
static auto asked_by(std::string request_id) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.request_id = request_id;
  return request;
}

BEHAVIOUR("a started run is running under the id that was asked for", "[start]") {
  auto const started = w.start();
  CHECK(started.started);
  CHECK(started.execution.workflow_id == "w");
  CHECK(w.status() == workflow_execution_status::running);
}

BEHAVIOUR("every run has a run id of its own, a UUID", "[start]") {
  auto const first = w.start_on("a");
  auto const second = w.start_on("b");
  CHECK(first.run_id.size() == 36);
  CHECK_FALSE(first.run_id == second.run_id);
}

BEHAVIOUR("while a run is open its id is refused unless a policy says otherwise", "[start]") {
  auto const first = w.start().execution;
  CHECK(error_of([&] { w.start(); }) == errc::already_started);
  CHECK(error_of([&] { w.start(with({}, conflict::fail)); }) == errc::already_started);
  CHECK(error_of([&] { w.start(with(reuse::allow_duplicate)); }) == errc::already_started);
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("the conflict policy use_existing gives the open run", "[start]") {
  auto const first = w.start().execution;
  auto const second = w.start(with({}, conflict::use_existing));
  CHECK_FALSE(second.started);
  CHECK(second.execution == first);
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("the conflict policy use_existing starts a run where none is open", "[start]") {
  CHECK(w.start(with({}, conflict::use_existing)).started);
  w.terminate();
  CHECK(w.start(with({}, conflict::use_existing)).started);
}

BEHAVIOUR("the conflict policy terminate_existing replaces the open run", "[start]") {
  auto const first = w.start().execution;
  auto const second = w.start(with({}, conflict::terminate_existing));
  CHECK(second.started);
  CHECK(w.describe(first).status == workflow_execution_status::terminated);
  CHECK(w.describe().execution == second.execution);
}

BEHAVIOUR("the task of a run that was replaced is void", "[start]") {
  w.start();
  auto const task = w.hand.workflow();
  w.start(with({}, conflict::terminate_existing));
  CHECK(error_of([&] { w.hand.answer(task); }) == errc::task_lost);
}

BEHAVIOUR("the reuse policy terminate_if_running replaces an open run", "[start]") {
  auto const first = w.start().execution;
  w.start(with(reuse::terminate_if_running));
  CHECK(w.describe(first).status == workflow_execution_status::terminated);
  CHECK(w.status() == workflow_execution_status::running);
}

BEHAVIOUR("after a run has closed its id may be used again", "[start]") {
  w.begin({commands::complete()});
  CHECK(w.start().started);
  w.hand.decide({commands::complete()});
  CHECK(w.start(with(reuse::allow_duplicate)).started);
  CHECK(w.runs().size() == 3);
}

BEHAVIOUR("the reuse policy reject_duplicate refuses the id of any closed run", "[start]") {
  w.begin({commands::complete()});
  CHECK(error_of([&] { w.start(with(reuse::reject_duplicate)); }) == errc::already_started);
  w.start();
  w.terminate();
  CHECK(error_of([&] { w.start(with(reuse::reject_duplicate)); }) == errc::already_started);
}

BEHAVIOUR("the reuse policy allow_duplicate_failed_only refuses the id of a completed run",
          "[start]") {
  w.begin({commands::complete()});
  CHECK(error_of([&] { w.start(with(reuse::allow_duplicate_failed_only)); }) ==
        errc::already_started);
}

BEHAVIOUR("allow_duplicate_failed_only accepts the id of a run that failed, was cancelled, "
          "terminated or timed out",
          "[start]") {
  auto const again = [&] { return w.start(with(reuse::allow_duplicate_failed_only)).started; };
  w.begin({commands::fail(failure_of("odd"))});
  CHECK(again());
  w.hand.decide({commands::cancel()});
  CHECK(again());
  w.terminate();
  auto timed = with(reuse::allow_duplicate_failed_only);
  timed.workflow_run_timeout = 1s;
  CHECK(w.start(timed).started);
  w.pass(1s);
  CHECK(again());
}

BEHAVIOUR("the same request id finds the run that it started, open or closed", "[start]") {
  auto const first = w.start(asked_by("once"));
  auto const second = w.start(asked_by("once"));
  CHECK_FALSE(second.started);
  CHECK(second.execution == first.execution);
  w.hand.decide({commands::complete()});
  CHECK(w.start(asked_by("once")).execution == first.execution);
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("the same request id is found whatever the policies say", "[start]") {
  auto const first = w.start(asked_by("once")).execution;
  auto replacing = asked_by("once");
  replacing.id_conflict_policy = conflict::terminate_existing;
  CHECK(w.start(replacing).execution == first);
  CHECK(w.status() == workflow_execution_status::running);
}

BEHAVIOUR("another request id is another start", "[start]") {
  w.start(asked_by("once"));
  CHECK(error_of([&] { w.start(asked_by("twice")); }) == errc::already_started);
  w.hand.decide({commands::complete()});
  CHECK(w.start(asked_by("twice")).started);
}

BEHAVIOUR("two starts without a request id are two starts", "[start]") {
  w.begin({commands::complete()});
  CHECK(w.start().started);
  CHECK(error_of([&] { w.start(); }) == errc::already_started);
}

BEHAVIOUR("the same request id under another workflow id is another start", "[start]") {
  w.start(asked_by("once"));
  auto other = asked_by("once");
  other.workflow_id = "other";
  CHECK(w.start(other).started);
}

BEHAVIOUR("start_delay holds the first task back to the nanosecond", "[start]") {
  perdure::start_workflow_request request{};
  request.start_delay = 10s;
  w.start(request);
  CHECK(w.status() == workflow_execution_status::running);
  w.pass(10s - 1ns);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1ns);
  CHECK(w.hand.workflow().events.size() == 3);
}

BEHAVIOUR("a signal during start_delay is kept and does not hasten the first task", "[start]") {
  perdure::start_workflow_request request{};
  request.start_delay = 10s;
  w.start(request);
  w.signal("early");
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(10s);
  auto const task = w.hand.workflow();
  CHECK(types_of(task.events) ==
        event_types{event_type::workflow_execution_started, event_type::workflow_execution_signaled,
                    event_type::workflow_task_scheduled, event_type::workflow_task_started});
}

BEHAVIOUR("a run can be terminated during start_delay and gets no task then", "[start]") {
  perdure::start_workflow_request request{};
  request.start_delay = 10s;
  w.start(request);
  w.terminate();
  w.pass(1h);
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(w.tail(1) == event_types{event_type::workflow_execution_terminated});
}

} // namespace perdure_test::conformance
