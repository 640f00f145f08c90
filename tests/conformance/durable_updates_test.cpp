// Updates where the place is opened again, and where runs are reset.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using stage = perdure::update_stage;
using admitted = e::workflow_execution_update_admitted;

namespace {

void answer_all(world& w, std::optional<perdure::payloads> result,
                std::vector<perdure::command> more = {}) {
  w.hand.answer_updates(w.hand.workflow(), [&](auto const&) { return result; }, std::move(more));
}

} // namespace

DURABLE_BEHAVIOUR("an update that waits for a worker waits after the place was opened again",
                  "[update]") {
  w.begin({});
  w.update("u", to_payloads(7));
  check_same_after_reopening(w);
  CHECK(w.poll_update("u").stage == stage::admitted);
  auto const task = w.hand.workflow();
  REQUIRE(task.updates.size() == 1);
  CHECK(task.updates[0].request.input.args == to_payloads(7));
  CHECK(task.events.front().id == 1);
}

DURABLE_BEHAVIOUR("an update whose task was being worked on comes again after the place was opened "
                  "again",
                  "[update]") {
  w.begin({});
  w.update("u", to_payloads(7));
  (void)w.hand.workflow();
  w.reopen();
  answer_all(w, to_payloads(8));
  CHECK(w.poll_update("u").outcome.success == to_payloads(8));
  check_order(w.history());
}

DURABLE_BEHAVIOUR("an accepted update is completed after the place was opened again", "[update]") {
  w.begin({});
  w.update("u");
  answer_all(w, {});
  check_same_after_reopening(w);
  CHECK(w.poll_update("u").stage == stage::accepted);
  w.signal();
  auto const task = w.hand.workflow();
  CHECK(task.updates.empty());
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.complete("u", to_payloads(5)));
  w.hand.answer_with(task, std::move(answer));
  auto const end = w.get<e::workflow_execution_update_completed>();
  CHECK(end.accepted_event_id == 8);
  CHECK(end.meta.identity == "tester");
}

DURABLE_BEHAVIOUR("an outcome is there after the place was opened again", "[update]") {
  w.begin({});
  w.update("u");
  answer_all(w, to_payloads(5));
  check_same_after_reopening(w);
  CHECK(w.update("u").outcome.success == to_payloads(5));
  CHECK_FALSE(w.hand.poll_workflow());
}

DURABLE_BEHAVIOUR("a rejection can be asked for after the place was opened again", "[update]") {
  w.begin({});
  w.update("u");
  auto const task = w.hand.workflow();
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.reject(task.updates[0], application_failure("No")));
  w.hand.answer_with(task, std::move(answer));
  check_same_after_reopening(w);
  CHECK(w.poll_update("u").outcome.failure);
  CHECK_FALSE(w.hand.poll_workflow());
}

// ------------------------------------------------------------------------------------------ resets

namespace {

/// "w" with an update that was accepted in event 8 and, if there is a result, completed.
void begin_with_update(world& w, std::optional<perdure::payloads> result) {
  w.begin({});
  w.update("u", to_payloads(7));
  answer_all(w, std::move(result));
}
auto reset(world& w, perdure::event_id to, bool reapply = true) -> perdure::workflow_execution {
  perdure::reset_request request{};
  request.execution = {"w", {}};
  request.event = to;
  request.reapply_updates = reapply;
  return w.backend.reset_workflow(request);
}

} // namespace

BEHAVIOUR("an update that was accepted after the point of a reset is admitted anew in history",
          "[update][reset]") {
  begin_with_update(w, to_payloads(1));
  auto const first = w.runs()[0];
  reset(w, 3);
  CHECK(w.tail(3) == event_types{event_type::workflow_task_failed,
                                 event_type::workflow_execution_update_admitted,
                                 event_type::workflow_task_scheduled});
  auto const again = w.get<admitted>();
  CHECK(again.request.meta.update_id == "u");
  CHECK(again.request.input.args == to_payloads(7));
  CHECK(again.origin == perdure::update_admitted_event_origin::reapply);
  CHECK(w.poll_update("u").stage == stage::admitted);
  CHECK(w.poll_update("u", first).outcome.success == to_payloads(1)); // there it is done
  auto const task = w.hand.workflow();
  REQUIRE(task.updates.size() == 1);
  CHECK(task.updates[0].request.input.args == to_payloads(7));
  w.hand.answer_updates(task, [](auto const&) { return std::optional{to_payloads(2)}; });
  auto const yes = w.get<e::workflow_execution_update_accepted>();
  CHECK(yes.accepted_request.input.name.empty()); // history has it in the other event
  CHECK(w.poll_update("u").outcome.success == to_payloads(2));
}

BEHAVIOUR("who waits for an accepted update of a run that is reset waits for the new run's",
          "[update][reset]") {
  begin_with_update(w, {});
  auto const first = w.runs()[0];
  reset(w, 3);
  CHECK(w.poll_update("u", first).stage == stage::admitted);
  answer_all(w, to_payloads(2));
  CHECK(w.poll_update("u", first).outcome.success == to_payloads(2));
}

BEHAVIOUR("an update that was accepted before the point of a reset stays accepted",
          "[update][reset]") {
  begin_with_update(w, {});
  w.wake_and_decide({});
  reset(w, w.last(event_type::workflow_task_started).id);
  CHECK(w.poll_update("u").stage == stage::accepted);
  CHECK(w.count(event_type::workflow_execution_update_admitted) == 0);
  CHECK(w.hand.workflow().updates.empty());
}

BEHAVIOUR("a reset can leave updates out", "[update][reset]") {
  begin_with_update(w, {});
  auto const first = w.runs()[0];
  reset(w, 3, false);
  CHECK(w.count(event_type::workflow_execution_update_admitted) == 0);
  CHECK(error_of([&] { (void)w.poll_update("u"); }) == errc::not_found);
  CHECK(w.poll_update("u", first).outcome.failure);
}

BEHAVIOUR("an update that was not accepted moves to the run that a reset makes",
          "[update][reset]") {
  w.begin({});
  auto const first = w.runs()[0];
  w.update("u", to_payloads(7));
  reset(w, 3);
  answer_all(w, to_payloads(2));
  CHECK(w.poll_update("u", first).outcome.success == to_payloads(2));
}

BEHAVIOUR("a run that was reset can be reset again before its updates were accepted",
          "[update][reset]") {
  begin_with_update(w, {});
  reset(w, 3);
  reset(w, 3);
  CHECK(w.count(event_type::workflow_execution_update_admitted) == 1);
  auto const task = w.hand.workflow();
  CHECK(task.updates.size() == 1);
}

DURABLE_BEHAVIOUR("an update that a reset admitted is delivered after the place was opened again",
                  "[update][reset]") {
  begin_with_update(w, to_payloads(1));
  reset(w, 3);
  check_same_after_reopening(w);
  answer_all(w, to_payloads(2));
  CHECK(w.poll_update("u").outcome.success == to_payloads(2));
}

DURABLE_BEHAVIOUR("an update that a reset admitted and that was rejected does not come again",
                  "[update][reset]") {
  begin_with_update(w, to_payloads(1));
  reset(w, 3);
  auto const task = w.hand.workflow();
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.reject(task.updates[0], application_failure("No")));
  w.hand.answer_with(task, std::move(answer));
  check_same_after_reopening(w);
  w.signal();
  CHECK(w.hand.workflow().updates.empty());
}

} // namespace perdure_test::conformance
