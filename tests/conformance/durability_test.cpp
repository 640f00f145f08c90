// What was acknowledged is there when the place is opened again.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

DURABLE_BEHAVIOUR("a started run is there, with its task", "[start]") {
  auto const run = w.start().execution;
  check_same_after_reopening(w);
  CHECK(w.hand.workflow().execution == run);
}

DURABLE_BEHAVIOUR("a closed run keeps its history and its end", "[history]") {
  w.begin({commands::complete(to_payloads(7))});
  check_same_after_reopening(w);
  CHECK(w.backend.wait_for_close({"w", {}}).as<e::workflow_execution_completed>().result ==
        to_payloads(7));
}

DURABLE_BEHAVIOUR("all that a run has begun is still pending", "[describe]") {
  w.begin({commands::activity("1", quick()), commands::timer("1", 1h), commands::timer("2", 2h),
           commands::child("kid", "kids")});
  w.settle_children();
  check_same_after_reopening(w);
}

DURABLE_BEHAVIOUR("ids and policies still hold", "[start]") {
  perdure::start_workflow_request request{};
  request.request_id = "once";
  auto const first = w.start(request).execution;
  w.reopen();
  CHECK(error_of([&] { w.start(); }) == errc::already_started);
  CHECK(w.start(request).execution == first);
  w.hand.decide({commands::complete()});
  w.reopen();
  CHECK(w.start(request).execution == first);
  request.request_id = "";
  request.id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate;
  CHECK(error_of([&] { w.start(request); }) == errc::already_started);
}

DURABLE_BEHAVIOUR("run ids are not given twice", "[start]") {
  auto const first = w.start_on("a");
  w.reopen();
  auto const second = w.start_on("b");
  w.reopen();
  auto const third = w.start_on("c");
  CHECK_FALSE(second.run_id == first.run_id);
  CHECK_FALSE(third.run_id == first.run_id);
  CHECK_FALSE(third.run_id == second.run_id);
}

DURABLE_BEHAVIOUR("nothing that a deleted run had is given to another one", "[start]") {
  auto const first = w.start_on("a");
  by_hand hand{w.backend};
  auto const task = hand.workflow();
  w.backend.delete_workflow(first, "", "");
  w.reopen();
  auto const second = w.start_on("a");
  CHECK_FALSE(second.run_id == first.run_id);
  auto const other = w.hand.workflow();
  CHECK_FALSE(other.token.run == task.token.run);
  CHECK(error_of([&] { hand.answer(task, {commands::complete()}); }) == errc::task_lost);
}

DURABLE_BEHAVIOUR("a refused start leaves nothing", "[start]") {
  w.start();
  CHECK(error_of([&] { w.start(); }) == errc::already_started);
  w.reopen();
  CHECK(w.runs().size() == 1);
}

DURABLE_BEHAVIOUR("signals are kept, in their order", "[signal]") {
  w.begin({});
  for (char const* const name : {"a", "b", "c"}) w.signal(name, to_payloads(std::string{name}));
  check_same_after_reopening(w);
  CHECK(w.signals() == "abc");
  CHECK(w.hand.workflow().events.back().id == 9);
}

DURABLE_BEHAVIOUR("signals that came while a task was worked on are kept", "[signal][task]") {
  w.start();
  (void)w.hand.workflow();
  for (char const* const name : {"a", "b", "c"}) w.signal(name);
  w.reopen();
  w.pass(10s);
  auto const task = w.hand.workflow();
  check_order(task.events);
  w.hand.answer(task);
  CHECK(w.signals() == "abc");
}

DURABLE_BEHAVIOUR("a task that a worker had when it died is handed out again, the old answer is "
                  "refused",
                  "[task]") {
  w.start();
  auto const before = w.hand.workflow();
  w.reopen();
  w.pass(10s);
  auto const task = w.hand.workflow();
  CHECK(task.events.front().id == 1);
  CHECK(error_of([&] { w.hand.answer(before); }) == errc::task_lost);
  w.hand.answer(task, {commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

DURABLE_BEHAVIOUR("an answered task is not handed out again", "[task]") {
  w.begin({commands::timer("1", 1h)});
  w.reopen();
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(10s);
  CHECK_FALSE(w.hand.poll_workflow());
}

DURABLE_BEHAVIOUR("a worker of another process gets all events", "[task]") {
  w.begin({});
  w.signal();
  w.reopen();
  CHECK(w.hand.workflow().events.front().id == 1);
}

DURABLE_CLEAR_BEHAVIOUR("a failing task is still failing, with its reason and its wait",
                  "[task][failure]") {
  w.start();
  for (int i = 0; i < 4; ++i) {
    w.hand.fail_task(w.hand.workflow(), "broken at demo.cpp:7");
    if (i < 3) w.pass(1min);
  }
  auto const attempt = w.describe().workflow_task_attempt;
  w.reopen();
  CHECK(w.describe().workflow_task_attempt == attempt);
  CHECK(w.describe().workflow_task_failure == "broken at demo.cpp:7");
  w.pass(2s - 1ns);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1ns);
  CHECK(w.hand.workflow().token.attempt == attempt);
}

DURABLE_BEHAVIOUR("a delayed start is still delayed", "[start]") {
  perdure::start_workflow_request request{};
  request.start_delay = 10s;
  w.start(request);
  w.pass(4s);
  w.reopen();
  w.pass(6s - 1ns);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1ns);
  CHECK(w.hand.poll_workflow());
}

DURABLE_BEHAVIOUR("a delayed start that was signalled is still delayed", "[start][signal]") {
  perdure::start_workflow_request request{};
  request.start_delay = 10s;
  w.start(request);
  w.signal("early");
  w.reopen();
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(10s);
  CHECK(w.hand.poll_workflow());
  CHECK_FALSE(w.hand.poll_workflow());
}

DURABLE_BEHAVIOUR("the deadlines of a run still hold", "[timeout]") {
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 10s;
  w.start(request);
  w.pass(4s);
  w.reopen();
  w.pass(1h);
  CHECK(w.when(event_type::workflow_execution_timed_out) == 10s);
}

DURABLE_BEHAVIOUR("children that stand in line start", "[child]") {
  w.begin({commands::child("a", "kids"), commands::child("b", "kids")});
  w.reopen();
  by_hand kids{w.backend, "kids"};
  CHECK(kids.workflow().execution.workflow_id == "a");
  CHECK(kids.workflow().execution.workflow_id == "b");
  CHECK(w.count(event_type::child_workflow_execution_started) == 2);
}

DURABLE_BEHAVIOUR("parents and children still know each other", "[child]") {
  w.begin_child();
  w.hand.decide();
  w.reopen();
  CHECK(w.describe("kid").parent == w.describe().execution);
  by_hand kids{w.backend, "kids"};
  kids.decide({commands::complete(to_payloads(7))});
  auto const completed = w.get<e::child_workflow_execution_completed>();
  CHECK(completed.result == to_payloads(7));
  CHECK(completed.started_event_id == w.last(event_type::child_workflow_execution_started).id);
}

DURABLE_BEHAVIOUR("the close policies of children still hold", "[child][close]") {
  w.begin_child();
  w.reopen();
  w.terminate();
  CHECK(w.status("kid") == workflow_execution_status::terminated);
}

DURABLE_BEHAVIOUR("a cancel is recorded once, before and after", "[cancel]") {
  w.begin({});
  w.cancel("first");
  w.reopen();
  w.cancel("second");
  CHECK(w.count(event_type::workflow_execution_cancel_requested) == 1);
}

DURABLE_BEHAVIOUR("a cancel that waits for the end of a task is recorded once", "[cancel][task]") {
  w.start();
  (void)w.hand.workflow();
  w.cancel("first");
  w.reopen();
  w.cancel("second");
  w.pass(10s);
  w.hand.decide();
  CHECK(w.count(event_type::workflow_execution_cancel_requested) == 1);
}

DURABLE_BEHAVIOUR("chains of runs are still chains", "[chain]") {
  auto const first = w.start().execution;
  w.hand.decide({commands::continue_as_new()});
  w.reopen();
  w.hand.decide({commands::complete(to_payloads(2))});
  w.reopen();
  CHECK(w.backend.wait_for_close(first).as<e::workflow_execution_completed>().result ==
        to_payloads(2));
  CHECK(w.get<e::workflow_execution_started>().first_execution_run_id == first.run_id);
}

DURABLE_BEHAVIOUR("a workflow that backs off is tried again when its time has come",
                  "[chain][retry]") {
  perdure::start_workflow_request request{};
  request.retry_policy = {.initial_interval = 5s};
  w.begin({commands::fail(failure_of("odd"))}, request);
  w.pass(3s);
  w.reopen();
  w.pass(2s - 1ns);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1ns);
  CHECK(w.hand.poll_workflow());
}

DURABLE_BEHAVIOUR("lists keep their order", "[list]") {
  for (char const* const id : {"b", "a", "c"}) {
    w.start_on(id);
    w.reopen();
  }
  CHECK(w.ids() == "b a c");
}

DURABLE_BEHAVIOUR("bytes and odd names come back", "[values]") {
  for (auto const& text : naughty_strings()) {
    w.start_on(text);
    w.signal(text, to_payloads(text), text);
  }
  w.reopen();
  for (auto const& text : naughty_strings()) {
    CAPTURE(text);
    auto const signal = w.get<e::workflow_execution_signaled>(text);
    CHECK(signal.signal_name == text);
    CHECK(signal.input == to_payloads(text));
  }
}

} // namespace perdure_test::conformance
