// Workflow tasks: one at a time, with the events that belong to it, until it is answered.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("whatever happens before a task is taken is one task", "[task]") {
  w.start();
  w.signal();
  w.signal();
  auto const task = w.hand.workflow();
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(task.events.size() == 5);
  w.hand.answer(task);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("the first task of a run says so", "[task]") {
  auto const run = w.start().execution;
  auto const task = w.hand.workflow();
  CHECK(task.previous_started_event_id == 0);
  CHECK(task.execution == run);
  CHECK(task.workflow_type == "workflow");
  CHECK(task.events.front().type == event_type::workflow_execution_started);
  CHECK(task.events.back().type == event_type::workflow_task_started);
}

BEHAVIOUR("of one run one task at a time is with a worker", "[task]") {
  by_hand other{w.backend};
  w.start();
  auto const task = w.hand.workflow();
  w.signal();
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK_FALSE(other.poll_workflow());
  w.hand.answer(task);
  CHECK(other.poll_workflow());
}

BEHAVIOUR("what arrives while a task is worked on comes after it and makes the next one",
          "[task]") {
  w.start();
  auto const task = w.hand.workflow();
  w.signal();
  CHECK(w.types().back() == event_type::workflow_task_started);
  w.hand.answer(task, {commands::timer("1", 1h)});
  CHECK(w.tail(4) == event_types{event_type::workflow_task_completed, event_type::timer_started,
                                 event_type::workflow_execution_signaled,
                                 event_type::workflow_task_scheduled});
}

BEHAVIOUR("a task that nothing new has come after makes no other", "[task]") {
  w.begin({commands::timer("1", 1h)});
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(w.types().back() == event_type::timer_started);
}

BEHAVIOUR("the worker that holds the live run gets the new events alone", "[task]") {
  w.begin({});
  w.signal();
  auto const next = w.hand.workflow();
  CHECK(next.previous_started_event_id == 3);
  CHECK(next.events.front().id == 4);
  CHECK(next.events.size() == 4);
}

BEHAVIOUR("another worker gets all events", "[task]") {
  by_hand other{w.backend};
  w.begin({});
  w.signal();
  auto const next = other.workflow();
  CHECK(next.events.front().id == 1);
  check_order(next.events);
}

BEHAVIOUR("a worker that lost the run to another one gets all events again", "[task]") {
  by_hand other{w.backend};
  w.begin({});
  w.signal();
  other.answer(other.workflow());
  w.signal();
  CHECK(w.hand.workflow().events.front().id == 1);
}

BEHAVIOUR("all events up to a task can be read with its token", "[task]") {
  w.begin({});
  w.signal();
  auto const task = w.hand.workflow();
  w.signal("later");
  auto const read = w.backend.read_history(task.token);
  check_order(read);
  REQUIRE_FALSE(read.empty());
  CHECK(read.back().id == task.events.back().id);
  CHECK(read.front().type == event_type::workflow_execution_started);
}

BEHAVIOUR("a task is answered once", "[task]") {
  w.start();
  auto const task = w.hand.workflow();
  w.hand.answer(task);
  CHECK(error_of([&] { w.hand.answer(task); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.fail_task(task, "late"); }) == errc::task_lost);
}

BEHAVIOUR("the answer to a task of a run that nobody knows is refused", "[task]") {
  w.start();
  auto task = w.hand.workflow();
  task.token.run += 99;
  CHECK(error_of([&] { w.hand.answer(task); }) == errc::task_lost);
}

BEHAVIOUR("a refused answer changes nothing", "[task]") {
  w.start();
  auto const task = w.hand.workflow();
  w.hand.answer(task);
  auto const length = w.history().size();
  CHECK(error_of([&] { w.hand.answer(task, {commands::complete()}); }) == errc::task_lost);
  CHECK(w.history().size() == length);
  CHECK(w.status() == workflow_execution_status::running);
}

BEHAVIOUR("an answer can ask for another task at once", "[task]") {
  w.start();
  perdure::workflow_task_completion heartbeat{};
  heartbeat.force_create_new_workflow_task = true;
  w.hand.answer_with(w.hand.workflow(), std::move(heartbeat));
  CHECK(w.hand.workflow().events.back().type == event_type::workflow_task_started);
}

BEHAVIOUR("a task that nobody answers in time is handed out again, the late answer is refused",
          "[task][timeout]") {
  w.start();
  auto const first = w.hand.workflow();
  w.pass(10s - 1ns);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1ns);
  CHECK(w.tail(1) == event_types{event_type::workflow_task_timed_out});
  CHECK(w.get<e::workflow_task_timed_out>().timeout_type == timeout_type::start_to_close);
  CHECK(w.get<e::workflow_task_timed_out>().started_event_id == 3);
  CHECK(error_of([&] { w.hand.answer(first); }) == errc::task_lost);
  auto const second = w.hand.workflow();
  CHECK(second.token.attempt == 2);
  CHECK(second.events.front().id == 1);
  w.hand.answer(second, {commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("the late answer is refused while another worker has the task", "[task][timeout]") {
  by_hand other{w.backend};
  w.start();
  auto const first = w.hand.workflow();
  w.pass(10s);
  auto const second = other.workflow();
  CHECK(error_of([&] { w.hand.answer(first); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.fail_task(first, "late"); }) == errc::task_lost);
  other.answer(second);
}

BEHAVIOUR("the workflow task timeout can be set", "[task][timeout]") {
  perdure::start_workflow_request request{};
  request.workflow_task_timeout = 3s;
  w.start(request);
  (void)w.hand.workflow();
  w.pass(3s);
  CHECK(w.types().back() == event_type::workflow_task_timed_out);
}

BEHAVIOUR("a task that waits in its queue does not time out", "[task][timeout]") {
  w.start();
  w.pass(24h * 365);
  CHECK(w.types().back() == event_type::workflow_task_scheduled);
  CHECK(w.hand.poll_workflow());
}

BEHAVIOUR("what was taken in by a task that then times out makes no second task",
          "[task][timeout]") {
  w.start();
  (void)w.hand.workflow();
  w.signal();
  w.pass(10s);
  auto const task = w.hand.workflow();
  CHECK(w.signals() == "wake");
  w.hand.answer(task);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("at a certain length of history a task suggests to continue as new", "[task]") {
  w.start();
  auto const task = w.hand.workflow();
  CHECK_FALSE(task.events.back().as<e::workflow_task_started>().suggest_continue_as_new);
  w.hand.answer(task);
  for (int i = 0; i < 4'096; ++i) w.signal();
  auto const later = w.hand.workflow();
  CHECK(later.events.back().as<e::workflow_task_started>().suggest_continue_as_new);
}

BEHAVIOUR("at a certain size of history a task suggests to continue as new", "[task]") {
  w.begin({});
  perdure::payload large = to_payloads(0)[0];
  large.data.assign(1u << 20, 'x');
  for (int i = 0; i < 4; ++i) w.signal("large", large);
  auto const task = w.hand.workflow();
  auto const& started = task.events.back().as<e::workflow_task_started>();
  CHECK(started.suggest_continue_as_new);
  CHECK(started.history_size_bytes >= (4 << 20));
}

} // namespace perdure_test::conformance
