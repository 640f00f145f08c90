// Starts that come with a signal or an update: one step each.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using stage = perdure::update_stage;
using conflict = perdure::workflow_id_conflict_policy;
using reuse = perdure::workflow_id_reuse_policy;

namespace {

auto signal_with_start(world& w, std::string name, perdure::start_workflow_request start = {})
    -> perdure::start_workflow_result {
  if (start.workflow_id.empty()) start.workflow_id = "w";
  start.workflow_type = "workflow";
  start.task_queue = "tests";
  start.identity = "tester";
  return w.backend.signal_with_start_workflow({start, name, to_payloads(7)});
}
auto update_with_start(world& w, std::string id, perdure::start_workflow_request start = {})
    -> perdure::update_with_start_result {
  if (start.workflow_id.empty()) start.workflow_id = "w";
  start.workflow_type = "workflow";
  start.task_queue = "tests";
  perdure::update_with_start_request request{};
  request.start = start;
  request.update.meta.update_id = id;
  request.update.input.name = "set";
  request.update.input.args = to_payloads(7);
  request.wait_for = stage::admitted;
  return w.backend.update_with_start_workflow(request);
}
auto on_conflict(conflict policy) -> perdure::start_workflow_request {
  perdure::start_workflow_request start{};
  start.id_conflict_policy = policy;
  return start;
}

} // namespace

BEHAVIOUR("a signal with a start is in history before the first task", "[with_start]") {
  CHECK(signal_with_start(w, "hello").started);
  CHECK(w.types() == event_types{event_type::workflow_execution_started,
                                 event_type::workflow_execution_signaled,
                                 event_type::workflow_task_scheduled});
  auto const signal = w.get<e::workflow_execution_signaled>();
  CHECK(signal.signal_name == "hello");
  CHECK(signal.input == to_payloads(7));
  CHECK(signal.identity == "tester");
  CHECK(w.hand.workflow().events.size() == 4);
}

BEHAVIOUR("a signal with a start reaches the run that is there", "[with_start]") {
  auto const there = w.start().execution;
  auto const found = signal_with_start(w, "hello");
  CHECK_FALSE(found.started);
  CHECK(found.execution == there);
  CHECK(w.signals() == "hello");
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("a signal with a start begins another run when the last one is over", "[with_start]") {
  w.begin({commands::complete()});
  CHECK(signal_with_start(w, "hello").started);
  CHECK(w.signals() == "hello");
  CHECK(w.runs().size() == 2);
}

BEHAVIOUR("a signal with a start obeys the reuse policy", "[with_start]") {
  w.begin({commands::complete()});
  perdure::start_workflow_request once{};
  once.id_reuse_policy = reuse::reject_duplicate;
  CHECK(error_of([&] { signal_with_start(w, "hello", once); }) == errc::already_started);
  CHECK(w.signals().empty());
}

BEHAVIOUR("a signal with a start can replace the run that is there", "[with_start]") {
  w.start();
  CHECK(signal_with_start(w, "hello", on_conflict(conflict::terminate_existing)).started);
  auto const runs = w.runs();
  REQUIRE(runs.size() == 2);
  CHECK(w.describe(runs[0]).status == workflow_execution_status::terminated);
  CHECK(w.signals() == "hello");
}

BEHAVIOUR("a signal with a start that would fail on a conflict has no meaning", "[with_start]") {
  CHECK(error_of([&] { signal_with_start(w, "s", on_conflict(conflict::fail)); }) ==
        errc::invalid_argument);
}

BEHAVIOUR("the same request of a signal with a start is taken once", "[with_start]") {
  perdure::start_workflow_request start{};
  start.request_id = "r";
  signal_with_start(w, "hello", start);
  CHECK_FALSE(signal_with_start(w, "hello", start).started);
  CHECK(w.signals() == "hello");
}

BEHAVIOUR("a signal with a start that makes no sense starts nothing", "[with_start]") {
  CHECK(error_of([&] { w.backend.signal_with_start_workflow({{}, "s", {}}); }) ==
        errc::invalid_argument);
  CHECK(w.client.list().empty());
}

BEHAVIOUR("an update with a start comes with the first task", "[with_start][update]") {
  auto const made = update_with_start(w, "u");
  CHECK(made.start.started);
  CHECK(made.update.stage == stage::admitted);
  CHECK(made.update.execution == made.start.execution);
  auto const task = w.hand.workflow();
  REQUIRE(task.updates.size() == 1);
  CHECK(task.updates[0].request.input.args == to_payloads(7));
  CHECK(task.events.size() == 3);
}

BEHAVIOUR("an update with a start reaches the run that is there, if the policy allows it",
          "[with_start][update]") {
  auto const there = w.start().execution;
  CHECK(error_of([&] { update_with_start(w, "u", on_conflict(conflict::fail)); }) ==
        errc::already_started);
  CHECK(error_of([&] { (void)w.poll_update("u"); }) == errc::not_found);
  auto const found = update_with_start(w, "u", on_conflict(conflict::use_existing));
  CHECK_FALSE(found.start.started);
  CHECK(found.start.execution == there);
  CHECK(w.hand.workflow().updates.size() == 1);
}

BEHAVIOUR("an update with a start can replace the run that is there", "[with_start][update]") {
  w.start();
  CHECK(update_with_start(w, "u", on_conflict(conflict::terminate_existing)).start.started);
  CHECK(w.runs().size() == 2);
  CHECK(w.hand.workflow().updates.size() == 1);
}

BEHAVIOUR("an update with a start that the current run knows starts nothing",
          "[with_start][update]") {
  update_with_start(w, "u");
  w.hand.answer_updates(w.hand.workflow(),
                        [](auto const&) { return std::optional{to_payloads(8)}; },
                        {commands::complete()});
  auto const again = update_with_start(w, "u");
  CHECK_FALSE(again.start.started);
  CHECK(again.update.outcome.success == to_payloads(8));
  CHECK(w.runs().size() == 1);
}

BEHAVIOUR("a start does not happen when its update cannot be admitted", "[with_start][update]") {
  CHECK(error_of([&] { update_with_start(w, ""); }) == errc::invalid_argument);
  CHECK(w.client.list().empty());
  update_with_start(w, "0");
  for (int i = 1; i < 10; ++i)
    update_with_start(w, std::to_string(i), on_conflict(conflict::use_existing));
  CHECK(error_of([&] { update_with_start(w, "x", on_conflict(conflict::use_existing)); }) ==
        errc::limit_exceeded);
}

DURABLE_BEHAVIOUR("what came with a start is there after the place was opened again",
                  "[with_start]") {
  signal_with_start(w, "hello");
  update_with_start(w, "u", on_conflict(conflict::use_existing));
  check_same_after_reopening(w);
  auto const task = w.hand.workflow();
  CHECK(task.updates.size() == 1);
  CHECK(w.signals() == "hello");
}

} // namespace perdure_test::conformance
