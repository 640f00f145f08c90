// Updates: admission, delivery with a workflow task, acceptance, rejection, completion.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using stage = perdure::update_stage;
using accepted = e::workflow_execution_update_accepted;
using completed = e::workflow_execution_update_completed;

namespace {

/// Accepts and completes all updates of the next task with their own input.
void echo(world& w) {
  auto const task = w.hand.workflow();
  w.hand.answer_updates(task,
                        [](auto const& each) { return std::optional{each.request.input.args}; });
}
/// Accepts all updates of the next task.
void accept_all(world& w) {
  w.hand.answer_updates(w.hand.workflow(),
                        [](auto const&) { return std::optional<perdure::payloads>{}; });
}
/// Rejects all updates of the next task.
void reject_all(world& w) {
  auto const task = w.hand.workflow();
  perdure::workflow_task_completion answer{};
  for (auto const& each : task.updates)
    w.hand.say(answer, w.hand.reject(each, application_failure("No")));
  w.hand.answer_with(task, std::move(answer));
}
/// Completes an accepted update with a task that a signal makes.
void complete(world& w, std::string id, perdure::payloads result = {}) {
  w.signal();
  auto const task = w.hand.workflow();
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.complete(std::move(id), std::move(result)));
  w.hand.answer_with(task, std::move(answer));
}
[[nodiscard]] auto type_of(perdure::update_status const& status) -> std::string {
  REQUIRE(status.outcome.failure);
  return std::get<perdure::application_failure_info>(status.outcome.failure->info).type;
}

} // namespace

BEHAVIOUR("an update makes a workflow task that brings its request", "[update]") {
  w.begin({});
  CHECK(w.update("u", to_payloads(7)).stage == stage::admitted);
  auto const task = w.hand.workflow();
  REQUIRE(task.updates.size() == 1);
  auto const& update = task.updates[0];
  CHECK(update.id == "u");
  CHECK(update.sequencing_event_id == task.token.started_event_id - 1);
  CHECK(update.request.meta.update_id == "u");
  CHECK(update.request.meta.identity == "tester");
  CHECK(update.request.input.name == "set");
  CHECK(update.request.input.args == to_payloads(7));
  CHECK(task.events.back().id == task.token.started_event_id);
  CHECK(types_of(task.events) == event_types{event_type::workflow_task_completed,
                                             event_type::workflow_task_scheduled,
                                             event_type::workflow_task_started});
}

BEHAVIOUR("an update that is accepted and completed is in history, in the order of its commands",
          "[update]") {
  w.begin({});
  w.update("u", to_payloads(7));
  auto const task = w.hand.workflow();
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.accept(task.updates[0]));
  answer.commands.push_back(commands::marker("between"));
  w.hand.say(answer, w.hand.complete("u", to_payloads(8)));
  w.hand.answer_with(task, std::move(answer));
  CHECK(w.tail(6) ==
        event_types{event_type::workflow_task_scheduled, event_type::workflow_task_started,
                    event_type::workflow_task_completed,
                    event_type::workflow_execution_update_accepted, event_type::marker_recorded,
                    event_type::workflow_execution_update_completed});
  auto const yes = w.get<accepted>();
  CHECK(yes.protocol_instance_id == "u");
  CHECK(yes.accepted_request_message_id == "u/request");
  CHECK(yes.accepted_request_sequencing_event_id == task.updates[0].sequencing_event_id);
  CHECK(yes.accepted_request.input.args == to_payloads(7));
  auto const end = w.get<completed>();
  CHECK(end.meta.update_id == "u");
  CHECK(end.meta.identity == "tester");
  CHECK(end.accepted_event_id == 8);
  CHECK(end.outcome.success == to_payloads(8));
  auto const status = w.poll_update("u");
  CHECK(status.stage == stage::completed);
  CHECK(status.outcome.success == to_payloads(8));
  check_order(w.history());
}

BEHAVIOUR("an update that is rejected while the run is idle leaves no history", "[update]") {
  w.begin({});
  auto const before = w.history().size();
  w.update("u");
  reject_all(w);
  CHECK(w.history().size() == before);
  auto const status = w.poll_update("u");
  CHECK(status.stage == stage::completed);
  CHECK(type_of(status) == "No");
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("after a rejection that left no history the next task begins with the first event",
          "[update]") {
  w.begin({});
  w.update("u");
  reject_all(w);
  w.signal();
  auto const task = w.hand.workflow();
  CHECK(task.events.front().id == 1);
  CHECK(task.events.size() == w.history().size());
  CHECK(task.updates.empty());
}

BEHAVIOUR("an update that is rejected beside other news leaves the task in history", "[update]") {
  w.begin({});
  w.signal();
  w.update("u");
  reject_all(w);
  CHECK(w.tail(4) ==
        event_types{event_type::workflow_execution_signaled, event_type::workflow_task_scheduled,
                    event_type::workflow_task_started, event_type::workflow_task_completed});
  CHECK(type_of(w.poll_update("u")) == "No");
}

BEHAVIOUR("a signal that comes while an update is being rejected keeps the task in history",
          "[update]") {
  w.begin({});
  w.update("u");
  auto const task = w.hand.workflow();
  w.signal("kept");
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.reject(task.updates[0], application_failure("No")));
  w.hand.answer_with(task, std::move(answer));
  CHECK(w.tail(5) ==
        event_types{event_type::workflow_task_scheduled, event_type::workflow_task_started,
                    event_type::workflow_task_completed, event_type::workflow_execution_signaled,
                    event_type::workflow_task_scheduled});
  check_order(w.history());
}

BEHAVIOUR("a signal that comes before the task of an update begins finds it in history",
          "[update]") {
  w.begin({});
  w.update("u", to_payloads(1));
  CHECK(w.tail(1) == event_types{event_type::workflow_task_completed});
  w.signal();
  CHECK(w.tail(2) ==
        event_types{event_type::workflow_task_scheduled, event_type::workflow_execution_signaled});
  auto const task = w.hand.workflow();
  CHECK(task.updates.size() == 1);
  CHECK(task.events.back().id == w.history().back().id);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("an update joins the workflow task that is on its way", "[update]") {
  w.start();
  w.update("u");
  auto const task = w.hand.workflow();
  CHECK(task.updates.size() == 1);
  CHECK(task.events.size() == 3);
  CHECK(task.updates[0].sequencing_event_id == 2);
}

BEHAVIOUR("an update that comes while a task is worked on comes with the next one", "[update]") {
  w.start();
  auto const first = w.hand.workflow();
  w.update("u", to_payloads(3));
  CHECK(first.updates.empty());
  w.hand.answer(first);
  echo(w);
  CHECK(w.poll_update("u").outcome.success == to_payloads(3));
}

BEHAVIOUR("updates come in the order in which they were sent", "[update]") {
  w.begin({});
  for (char const* const id : {"c", "a", "b"}) w.update(id);
  std::string all;
  for (auto const& each : w.hand.workflow().updates) all += each.id.view();
  CHECK(all == "cab");
}

BEHAVIOUR("an accepted update is completed by a later task, and survives other news", "[update]") {
  w.begin({});
  w.update("u");
  accept_all(w);
  CHECK(w.poll_update("u").stage == stage::accepted);
  CHECK(w.describe().pending_updates_count == 1);
  complete(w, "u", to_payloads(5));
  CHECK(w.poll_update("u").outcome.success == to_payloads(5));
  CHECK(w.get<completed>().accepted_event_id == 8);
  CHECK(w.describe().pending_updates_count == 0);
}

BEHAVIOUR("an update can end with a failure", "[update]") {
  w.begin({});
  w.update("u");
  auto const task = w.hand.workflow();
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.accept(task.updates[0]));
  auto end = w.hand.complete("u", {});
  end.outcome.failure = application_failure("Broken");
  w.hand.say(answer, std::move(end));
  w.hand.answer_with(task, std::move(answer));
  CHECK(type_of(w.poll_update("u")) == "Broken");
  CHECK(w.get<completed>().outcome.failure);
}

BEHAVIOUR("the same update id again is the same update, however far it has come", "[update]") {
  w.begin({});
  w.update("u", to_payloads(1));
  CHECK(w.update("u", to_payloads(2)).stage == stage::admitted);
  auto const task = w.hand.workflow();
  CHECK(task.updates.size() == 1);
  w.hand.answer_updates(task, [](auto const&) { return std::optional<perdure::payloads>{}; });
  CHECK(w.update("u").stage == stage::accepted);
  complete(w, "u", to_payloads(9));
  auto const again = w.update("u");
  CHECK(again.stage == stage::completed);
  CHECK(again.outcome.success == to_payloads(9));
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(w.count(event_type::workflow_execution_update_accepted) == 1);
}

BEHAVIOUR("an update that was rejected can be sent again", "[update]") {
  w.begin({});
  w.update("u");
  reject_all(w);
  CHECK(w.update("u", to_payloads(4)).stage == stage::admitted);
  echo(w);
  CHECK(w.poll_update("u").outcome.success == to_payloads(4));
}

BEHAVIOUR("a rejection can be asked for within a minute", "[update]") {
  w.begin({});
  w.update("u");
  reject_all(w);
  w.pass(59s);
  CHECK(type_of(w.poll_update("u")) == "No");
  w.pass(1s);
  CHECK(error_of([&] { (void)w.poll_update("u"); }) == errc::not_found);
}

BEHAVIOUR("an update that an answer says nothing about is rejected", "[update]") {
  w.begin({});
  w.update("u");
  w.hand.decide();
  CHECK(type_of(w.poll_update("u")) == "UnprocessedUpdate");
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("an update that a heartbeat says nothing about stays, and its worker has it",
          "[update]") {
  w.begin({});
  w.update("u", to_payloads(2));
  auto const task = w.hand.workflow();
  perdure::workflow_task_completion heartbeat{};
  heartbeat.force_create_new_workflow_task = true;
  w.hand.answer_with(task, std::move(heartbeat));
  CHECK(w.poll_update("u").stage == stage::admitted);
  auto const next = w.hand.workflow();
  CHECK(next.updates.empty());
  perdure::workflow_task_completion answer{};
  w.hand.say(answer, w.hand.accept(task.updates[0]));
  w.hand.answer_with(next, std::move(answer));
  CHECK(w.poll_update("u").stage == stage::accepted);
}

BEHAVIOUR("an update comes again with the next attempt of a task that failed", "[update]") {
  w.begin({});
  w.update("u", to_payloads(6));
  w.hand.fail_task(w.hand.workflow(), "broken");
  CHECK(w.tail(3) == event_types{event_type::workflow_task_scheduled,
                                 event_type::workflow_task_started,
                                 event_type::workflow_task_failed});
  echo(w);
  CHECK(w.poll_update("u").outcome.success == to_payloads(6));
  check_order(w.history());
}

BEHAVIOUR("an update comes again with the next attempt of a task that timed out", "[update]") {
  w.begin({});
  w.update("u", to_payloads(6));
  auto const lost = w.hand.workflow();
  w.pass(10s);
  CHECK(w.tail(1) == event_types{event_type::workflow_task_timed_out});
  CHECK(error_of([&] { w.hand.answer(lost); }) == errc::task_lost);
  echo(w);
  CHECK(w.poll_update("u").outcome.success == to_payloads(6));
}

BEHAVIOUR("a command whose message is missing fails the task, and the update comes again",
          "[update]") {
  w.begin({});
  w.update("u");
  w.hand.answer(w.hand.workflow(), {commands::message("u/accept")});
  CHECK(w.get<e::workflow_task_failed>().cause ==
        perdure::workflow_task_failed_cause::bad_update_workflow_execution_message);
  CHECK(w.hand.workflow().updates.size() == 1);
}

BEHAVIOUR("an update that is not accepted cannot be completed, nor accepted twice", "[update]") {
  w.begin({});
  w.update("u");
  auto task = w.hand.workflow();
  perdure::workflow_task_completion early{};
  w.hand.say(early, w.hand.complete("u", {}));
  w.hand.answer_with(task, std::move(early));
  CHECK(w.tail(1) == event_types{event_type::workflow_task_failed});
  accept_all(w);
  auto const accepted_one = w.hand.accept({"u", 1, {}});
  w.signal();
  task = w.hand.workflow();
  perdure::workflow_task_completion twice{};
  w.hand.say(twice, accepted_one);
  w.hand.answer_with(task, std::move(twice));
  CHECK(w.tail(1) == event_types{event_type::workflow_task_failed});
  CHECK(w.count(event_type::workflow_execution_update_accepted) == 1);
}

BEHAVIOUR("a run has so many updates in flight and no more", "[update][limits]") {
  w.begin({});
  for (int i = 0; i < 10; ++i) w.update(std::to_string(i));
  CHECK(error_of([&] { w.update("one more"); }) == errc::limit_exceeded);
  CHECK(w.update("3").stage == stage::admitted); // it is there
  echo(w);
  CHECK(w.update("one more").stage == stage::admitted);
}

static auto with_few_updates() -> world_options {
  world_options options{};
  options.limits.updates_total_max = 3;
  return options;
}
BEHAVIOUR_WITH(with_few_updates(),
               "a run has so many updates in all and no more, rejected ones "
               "not counted",
               "[update][limits]") {
  w.begin({});
  w.update("no");
  reject_all(w);
  for (int i = 0; i < 3; ++i) w.update(std::to_string(i));
  echo(w);
  CHECK(error_of([&] { w.update("one more"); }) == errc::limit_exceeded);
  CHECK(w.update("1").stage == stage::completed);
}

BEHAVIOUR("an update without an id or a handler is refused", "[update]") {
  w.begin({});
  CHECK(error_of([&] { w.update(""); }) == errc::invalid_argument);
  CHECK(error_of([&] { w.update(std::string(1'001, 'u')); }) == errc::invalid_argument);
  perdure::update_workflow_request nameless{};
  nameless.execution = {"w", {}};
  nameless.update.meta.update_id = "u";
  CHECK(error_of([&] { w.backend.update_workflow(nameless); }) == errc::invalid_argument);
  CHECK_FALSE(w.hand.poll_workflow());
}

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
