// Updates and the ends of runs: what moves on, what is cut off; and waits.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using stage = perdure::update_stage;

namespace {

using outcome = std::optional<perdure::payloads>;

/// Accepts and completes all updates of the next task with their own input.
void echo(world& w) {
  auto const task = w.hand.workflow();
  w.hand.answer_updates(task, [](auto const& each) { return outcome{each.request.input.args}; });
}
[[nodiscard]] auto type_of(perdure::update_status const& status) -> std::string {
  REQUIRE(status.outcome.failure);
  return std::get<perdure::application_failure_info>(status.outcome.failure->info).type;
}

} // namespace

BEHAVIOUR("there is no update of a workflow that is not there, nor of one that is over",
          "[update]") {
  CHECK(error_of([&] { w.update("u"); }) == errc::not_found);
  w.begin({commands::complete()});
  CHECK(error_of([&] { w.update("u"); }) == errc::already_closed);
  CHECK(error_of([&] { (void)w.poll_update("u"); }) == errc::already_closed);
}

BEHAVIOUR("a run has no update that nobody sent", "[update]") {
  w.begin({});
  CHECK(error_of([&] { (void)w.poll_update("u"); }) == errc::not_found);
}

BEHAVIOUR("an outcome can be asked for after the end of the run", "[update]") {
  w.begin({});
  w.update("u", to_payloads(7));
  w.hand.answer_updates(w.hand.workflow(),
                        [](auto const& each) { return std::optional{each.request.input.args}; },
                        {commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
  CHECK(w.poll_update("u").outcome.success == to_payloads(7));
  CHECK(w.update("u").outcome.success == to_payloads(7));
}

BEHAVIOUR("an accepted update fails when its run ends before it", "[update]") {
  w.begin({});
  w.update("u");
  w.hand.answer_updates(w.hand.workflow(),
                        [](auto const&) { return std::optional<perdure::payloads>{}; },
                        {commands::complete()});
  auto const status = w.poll_update("u");
  CHECK(status.stage == stage::completed);
  CHECK(type_of(status) == "AcceptedUpdateCompletedWorkflow");
}

BEHAVIOUR("an update that was not accepted is gone with its run", "[update]") {
  w.begin({});
  w.update("u");
  w.terminate();
  CHECK(error_of([&] { (void)w.poll_update("u"); }) == errc::already_closed);
}

BEHAVIOUR("an update that was not accepted moves to the run that continues as new", "[update]") {
  auto const first = w.start().execution;
  auto const task = w.hand.workflow();
  w.update("u", to_payloads(7));
  w.hand.answer(task, {commands::continue_as_new()});
  CHECK(w.poll_update("u", first).stage == stage::admitted);
  echo(w);
  auto const status = w.poll_update("u", first);
  CHECK(status.outcome.success == to_payloads(7));
  CHECK_FALSE(status.execution.run_id == first.run_id);
}

BEHAVIOUR("an accepted update does not move to the run that continues as new", "[update]") {
  auto const first = w.start().execution;
  w.update("u");
  w.hand.answer_updates(w.hand.workflow(),
                        [](auto const&) { return std::optional<perdure::payloads>{}; },
                        {commands::continue_as_new()});
  CHECK(type_of(w.poll_update("u", first)) == "AcceptedUpdateCompletedWorkflow");
  CHECK(w.hand.workflow().updates.empty());
}

BEHAVIOUR("an update that was not accepted moves to the run that retries", "[update]") {
  perdure::start_workflow_request request{};
  request.retry_policy.initial_interval = 1s;
  request.retry_policy.maximum_attempts = 2;
  auto const first = w.start(request).execution;
  auto const task = w.hand.workflow();
  w.update("u", to_payloads(7));
  w.hand.answer(task, {commands::fail(application_failure("Odd"))});
  w.pass(1s);
  echo(w);
  CHECK(w.poll_update("u", first).outcome.success == to_payloads(7));
}

BEHAVIOUR("an update does not keep a run from ending", "[update]") {
  w.start();
  auto const task = w.hand.workflow();
  w.update("u");
  w.hand.answer(task, {commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
  CHECK(error_of([&] { (void)w.poll_update("u"); }) == errc::already_closed);
}

BEHAVIOUR("an update of a paused run waits", "[update]") {
  w.begin({});
  w.backend.pause_workflow({"w", {}}, "", "");
  w.update("u", to_payloads(7));
  CHECK_FALSE(w.hand.poll_workflow());
  w.backend.unpause_workflow({"w", {}}, "", "");
  echo(w);
  CHECK(w.poll_update("u").outcome.success == to_payloads(7));
}

BEHAVIOUR("who waits for an update gets its outcome", "[update][waiting]") {
  w.begin({});
  w.hand.on_turn = [&] {
    auto const task = w.hand.poll_workflow();
    if (!task) return false;
    w.hand.answer_updates(*task, [](auto const&) { return std::optional{to_payloads(8)}; });
    return true;
  };
  perdure::update_workflow_request request{};
  request.update.meta.update_id = "u";
  request.wait_for = stage::completed;
  CHECK(w.update(request).outcome.success == to_payloads(8));
}

BEHAVIOUR("who waits for an update waits no longer than it wants to", "[update][waiting]") {
  w.begin({});
  perdure::update_workflow_request request{};
  request.update.meta.update_id = "u";
  request.wait_for = stage::completed;
  request.wait_timeout = 5s;
  auto const before = w.now();
  CHECK(w.update(request).stage == stage::admitted);
  CHECK(w.now() == before + 5s);
  request.wait_timeout = {};
  CHECK(error_of([&] { w.update(request); }) == errc::stalled);
}

} // namespace perdure_test::conformance
