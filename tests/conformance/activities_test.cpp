// Activities: who gets which attempt, and what their answers become.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("an attempt knows its run, its activity and its times", "[activity]") {
  auto const run = w.start().execution;
  w.pass(1s);
  w.hand.decide({commands::activity("a", quick())});
  w.pass(2s);
  auto const task = w.hand.activity();
  CHECK(task.execution == run);
  CHECK(task.workflow_type == "workflow");
  CHECK(id_of(task) == "a");
  CHECK(task.token.attempt == 1);
  CHECK(task.token.scheduled_event_id == 5);
  CHECK(since_start(task.scheduled_time) == 1s);
  CHECK(since_start(task.attempt_scheduled_time) == 1s);
  CHECK(since_start(task.started_time) == 3s);
  CHECK(task.heartbeat_details.empty());
}

BEHAVIOUR("an attempt leaves no event before the activity has ended", "[activity]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  CHECK(w.types().back() == event_type::activity_task_scheduled);
  w.hand.complete(task);
  CHECK(w.tail(3) == event_types{event_type::activity_task_started,
                                 event_type::activity_task_completed,
                                 event_type::workflow_task_scheduled});
}

BEHAVIOUR("the events of an activity name each other and the worker", "[activity]") {
  w.begin_activity(quick());
  w.hand.complete(w.hand.activity(), to_payloads(7));
  auto const started = w.get<e::activity_task_started>();
  CHECK(started.scheduled_event_id == 5);
  CHECK(started.attempt == 1);
  CHECK(started.identity == "by hand");
  CHECK_FALSE(started.last_failure);
  auto const completed = w.get<e::activity_task_completed>();
  CHECK(completed.scheduled_event_id == 5);
  CHECK(completed.started_event_id == 6);
  CHECK(completed.result == to_payloads(7));
}

BEHAVIOUR("the result of an activity is taken once", "[activity]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  w.hand.complete(task, to_payloads(1));
  CHECK(error_of([&] { w.hand.complete(task, to_payloads(2)); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.fail(task, failure_of("late")); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.stop(task); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.heartbeat(task); }) == errc::task_lost);
  CHECK(w.count(event_type::activity_task_completed) == 1);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(1));
}

BEHAVIOUR("a result that comes while a workflow task is worked on is taken once", "[activity]") {
  w.begin_activity(quick());
  auto const attempt = w.hand.activity();
  w.signal();
  auto const task = w.hand.workflow();
  w.hand.complete(attempt, to_payloads(1));
  CHECK(error_of([&] { w.hand.complete(attempt, to_payloads(2)); }) == errc::task_lost);
  w.hand.answer(task);
  CHECK(w.count(event_type::activity_task_completed) == 1);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(1));
}

BEHAVIOUR("an activity whose run has ended takes no answer", "[activity]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  w.terminate();
  CHECK(error_of([&] { w.hand.complete(task); }) == errc::task_lost);
  CHECK(error_of([&] { w.hand.heartbeat(task); }) == errc::task_lost);
  CHECK(w.types().back() == event_type::workflow_execution_terminated);
}

BEHAVIOUR("the end of a run is told to the worker of a running attempt", "[activity]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  w.terminate();
  REQUIRE(w.hand.cancelled.size() == 1);
  CHECK(w.hand.cancelled[0].scheduled_event_id == 5);
}

BEHAVIOUR("an activity that waits when its run ends is not handed out", "[activity]") {
  w.begin_activity(quick());
  w.terminate();
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("the answer of an attempt that nobody knows is refused", "[activity]") {
  w.begin_activity(quick());
  auto task = w.hand.activity();
  task.token.scheduled_event_id = 3;
  CHECK(error_of([&] { w.hand.complete(task); }) == errc::task_lost);
  task.token.scheduled_event_id = 5;
  task.token.attempt = 2;
  CHECK(error_of([&] { w.hand.complete(task); }) == errc::task_lost);
}

BEHAVIOUR("an activity that fails for good leaves its failure and why it is not tried again",
          "[activity]") {
  auto options = quick();
  options.retry_policy.maximum_attempts = 1;
  w.begin_activity(options);
  w.hand.fail(w.hand.activity(), failure_of("card declined"));
  auto const failed = w.get<e::activity_task_failed>();
  CHECK(*failed.failure == failure_of("card declined"));
  CHECK(failed.retry_state == retry_state::maximum_attempts_reached);
  CHECK(failed.scheduled_event_id == 5);
  CHECK(failed.started_event_id == 6);
}

BEHAVIOUR("activities of one task are handed out in the order in which they were asked for",
          "[activity][queue]") {
  std::vector<perdure::command> decided;
  for (char const* const id : {"1", "2", "3", "4", "5"})
    decided.push_back(commands::activity(id, quick()));
  w.begin(std::move(decided));
  std::string order;
  while (auto const task = w.hand.poll_activity()) order += id_of(*task);
  CHECK(order == "12345");
}

BEHAVIOUR("activities end in any order, and history keeps the order of their ends", "[activity]") {
  w.begin({commands::activity("1", quick()), commands::activity("2", quick()),
           commands::activity("3", quick())});
  auto const first = w.hand.activity();
  auto const second = w.hand.activity();
  auto const third = w.hand.activity();
  w.hand.complete(third);
  w.hand.complete(first);
  w.hand.complete(second);
  std::string order;
  for (auto const& each : w.history())
    if (each.type == event_type::activity_task_completed)
      order += std::to_string(each.as<e::activity_task_completed>().scheduled_event_id);
  CHECK(order == "756");
}

BEHAVIOUR("the first result makes one task and the others that follow join it", "[activity]") {
  w.begin({commands::activity("1", quick()), commands::activity("2", quick())});
  auto const first = w.hand.activity();
  auto const second = w.hand.activity();
  w.hand.complete(first);
  w.hand.complete(second);
  auto const task = w.hand.workflow();
  CHECK(types_of(task.events).back() == event_type::workflow_task_started);
  w.hand.answer(task);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("many activities can be open at once", "[activity]") {
  constexpr int many = 500;
  std::vector<perdure::command> decided;
  for (int i = 1; i <= many; ++i) decided.push_back(commands::activity(std::to_string(i), quick()));
  w.begin(std::move(decided));
  CHECK(w.describe().pending_activities.size() == many);
  for (int i = 1; i <= many; ++i) w.hand.complete(w.hand.activity(), to_payloads(i));
  CHECK(w.describe().pending_activities.empty());
  CHECK(w.count(event_type::activity_task_completed) == many);
}

BEHAVIOUR("an activity with schedule-to-close alone runs", "[activity]") {
  w.begin_activity({.schedule_to_close_timeout = 1h});
  w.hand.complete(w.hand.activity());
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

BEHAVIOUR("a heartbeat says whether the attempt should go on", "[activity]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  CHECK_FALSE(w.hand.heartbeat(task, to_payloads(1)));
  w.wake_and_decide({commands::cancel_activity(5)});
  CHECK(w.hand.heartbeat(task, to_payloads(2)));
}

BEHAVIOUR("the events that end activities and children come after others that arrived with them",
          "[activity][task]") {
  w.begin({commands::activity("1", quick()), commands::timer("1", 5s)});
  auto const activity = w.hand.activity();
  w.signal();
  auto const task = w.hand.workflow();
  w.hand.complete(activity);
  w.pass(5s);
  w.signal("late");
  w.hand.answer(task);
  CHECK(w.tail(5) == event_types{event_type::timer_fired, event_type::workflow_execution_signaled,
                                 event_type::activity_task_started,
                                 event_type::activity_task_completed,
                                 event_type::workflow_task_scheduled});
}

} // namespace perdure_test::conformance
