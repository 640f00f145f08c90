// Signals, from clients and from other runs.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using failed_cause = perdure::signal_external_workflow_execution_failed_cause;

BEHAVIOUR("a signal is in history with its name, its input and its sender", "[signal]") {
  w.start();
  w.signal("approve", to_payloads(7));
  auto const signal = w.get<e::workflow_execution_signaled>();
  CHECK(signal.signal_name == "approve");
  CHECK(signal.input == to_payloads(7));
  CHECK(signal.identity == "tester");
  CHECK(signal.external_workflow_execution.workflow_id.empty());
}

BEHAVIOUR("a signal wakes a run that waits", "[signal]") {
  w.begin({});
  CHECK_FALSE(w.hand.poll_workflow());
  w.signal();
  CHECK(w.hand.workflow().events.size() == 4);
}

BEHAVIOUR("signals come in the order in which they were sent", "[signal]") {
  w.start();
  for (char const* const name : {"a", "b", "c", "b", "a"}) w.signal(name);
  CHECK(w.signals() == "abcba");
}

BEHAVIOUR("signals that come while a task is worked on keep their order", "[signal]") {
  w.start();
  w.signal("a");
  auto const task = w.hand.workflow();
  for (char const* const name : {"b", "c", "d"}) w.signal(name);
  CHECK(w.signals() == "a");
  w.hand.answer(task);
  CHECK(w.signals() == "abcd");
}

BEHAVIOUR("the same signal twice is two signals", "[signal]") {
  w.start();
  w.signal("same", to_payloads(1));
  w.signal("same", to_payloads(1));
  CHECK(w.count(event_type::workflow_execution_signaled) == 2);
}

BEHAVIOUR("a signal with a run id reaches that run and no other", "[signal]") {
  auto const first = w.start().execution;
  w.terminate();
  auto const second = w.start().execution;
  w.backend.signal_workflow(second, "s", {}, "");
  CHECK(w.signals() == "s");
  CHECK(error_of([&] { w.backend.signal_workflow(first, "s", {}, ""); }) == errc::already_closed);
}

BEHAVIOUR("a run that is over takes no more signals", "[signal]") {
  w.begin({commands::complete()});
  auto const length = w.history().size();
  CHECK(error_of([&] { w.signal(); }) == errc::already_closed);
  CHECK(w.history().size() == length);
}

BEHAVIOUR("signals that wait for the end of a task are in history when the run is terminated",
          "[signal]") {
  w.start();
  (void)w.hand.workflow();
  w.signal("kept");
  w.terminate();
  CHECK(w.signals() == "kept");
  CHECK(w.types().back() == event_type::workflow_execution_terminated);
}

BEHAVIOUR("signals that wait for the end of a task are in history when the run times out",
          "[signal]") {
  perdure::start_workflow_request request{};
  request.workflow_run_timeout = 5s;
  w.start(request);
  (void)w.hand.workflow();
  w.signal("kept");
  w.pass(5s);
  CHECK(w.signals() == "kept");
  CHECK(w.types().back() == event_type::workflow_execution_timed_out);
}

BEHAVIOUR("a thousand signals in one task are all there, in order", "[signal]") {
  w.start();
  auto const task = w.hand.workflow();
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    w.signal(std::to_string(i));
    expected += std::to_string(i);
  }
  w.hand.answer(task);
  CHECK(w.signals() == expected);
}

BEHAVIOUR("a run signals another one, which sees who sent it", "[signal][external]") {
  w.start_on("other", "elsewhere");
  auto const sender = w.start().execution;
  w.hand.decide({commands::signal({"other", {}}, "hello", to_payloads(7))});
  auto const signal = w.get<e::workflow_execution_signaled>("other");
  CHECK(signal.signal_name == "hello");
  CHECK(signal.input == to_payloads(7));
  CHECK(signal.external_workflow_execution == sender);
  CHECK(w.get<e::external_workflow_execution_signaled>().initiated_event_id == 5);
  CHECK(w.types().back() == event_type::workflow_task_scheduled);
}

BEHAVIOUR("a signal to a workflow that is not there fails, and its sender is told",
          "[signal][external]") {
  w.begin({commands::signal({"nobody", {}}, "hello")});
  auto const failed = w.get<e::signal_external_workflow_execution_failed>();
  CHECK(failed.initiated_event_id == 5);
  CHECK(failed.cause == failed_cause::external_workflow_execution_not_found);
  CHECK(failed.workflow_execution.workflow_id == "nobody");
}

BEHAVIOUR("a signal to a run that is over fails, and its sender is told", "[signal][external]") {
  w.start_on("other", "elsewhere");
  w.terminate("", "other");
  w.begin({commands::signal({"other", {}}, "hello")});
  CHECK(w.count(event_type::signal_external_workflow_execution_failed) == 1);
  CHECK(w.signals("other").empty());
}

BEHAVIOUR("a signal that only a child may get is refused to others", "[signal][external]") {
  w.start_on("other", "elsewhere");
  auto to_child = commands::signal({"other", {}}, "hello");
  to_child.attributes.edit<e::signal_external_workflow_execution_initiated>().child_workflow_only =
      true;
  w.begin({to_child});
  CHECK(w.count(event_type::signal_external_workflow_execution_failed) == 1);
  CHECK(w.signals("other").empty());
}

BEHAVIOUR("a signal to a child in the task that asks for the child reaches it",
          "[signal][external]") {
  auto to_child = commands::signal({"kid", {}}, "hello");
  to_child.attributes.edit<e::signal_external_workflow_execution_initiated>().child_workflow_only =
      true;
  w.begin({commands::child("kid", "kids"), to_child});
  CHECK(w.signals("kid") == "hello");
  CHECK(w.count(event_type::external_workflow_execution_signaled) == 1);
}

BEHAVIOUR("a signal of a run to itself fails, as on Temporal's servers", "[signal][external]") {
  w.begin({commands::signal({"w", {}}, "self")});
  CHECK(w.signals().empty());
  CHECK(w.get<e::signal_external_workflow_execution_failed>().cause ==
        failed_cause::external_workflow_execution_not_found);
}

BEHAVIOUR("a signal to another run that is being worked on waits for the end of its task",
          "[signal][external]") {
  w.start_on("other");
  auto const task = w.hand.workflow();
  w.begin({commands::signal({"other", {}}, "hello")});
  CHECK(w.count(event_type::external_workflow_execution_signaled) == 1);
  CHECK(w.signals("other").empty());
  w.hand.answer(task);
  CHECK(w.signals("other") == "hello");
}

BEHAVIOUR("a signal with the run id of a run that continued as new reaches its last run",
          "[signal][external]") {
  by_hand elsewhere{w.backend, "elsewhere"};
  auto const first = w.start_on("other", "elsewhere");
  elsewhere.decide({commands::continue_as_new("elsewhere")});
  w.begin({commands::signal(first, "hello")});
  CHECK(w.signals("other") == "hello");
}

BEHAVIOUR("signals of one task reach another run in their order", "[signal][external]") {
  w.start_on("other", "elsewhere");
  w.begin({commands::signal({"other", {}}, "a"), commands::signal({"other", {}}, "b"),
           commands::signal({"nobody", {}}, "x"), commands::signal({"other", {}}, "c")});
  CHECK(w.signals("other") == "abc");
  CHECK(w.count(event_type::external_workflow_execution_signaled) == 3);
}

BEHAVIOUR("a signal that a run sends in its last task is delivered", "[signal][external]") {
  w.start_on("other", "elsewhere");
  w.begin({commands::signal({"other", {}}, "bye"), commands::complete()});
  CHECK(w.signals("other") == "bye");
  CHECK(w.types().back() == event_type::workflow_execution_completed);
}

} // namespace perdure_test::conformance
