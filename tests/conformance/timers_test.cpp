// Timers: each fires once, at its time, in order.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("a timer fires at its nanosecond and makes a task", "[timer]") {
  w.begin({commands::timer("1", 5s)});
  w.pass(5s - 1ns);
  CHECK(w.types().back() == event_type::timer_started);
  w.pass(1ns);
  CHECK(w.tail(2) == event_types{event_type::timer_fired, event_type::workflow_task_scheduled});
  CHECK(w.get<e::timer_fired>().started_event_id == 5);
  CHECK(w.get<e::timer_fired>().timer_id == "1");
}

BEHAVIOUR("a timer fires once", "[timer]") {
  w.begin({commands::timer("1", 5s)});
  w.pass(1h);
  w.hand.decide();
  w.pass(1h);
  CHECK(w.fired() == "1");
}

BEHAVIOUR("timers fire in the order of their deadlines, whatever the order of their start",
          "[timer]") {
  w.begin({commands::timer("c", 3s), commands::timer("a", 1s), commands::timer("b", 2s)});
  w.pass(1h);
  CHECK(w.fired() == "abc");
}

BEHAVIOUR("timers with one deadline fire in the order in which they were set", "[timer]") {
  w.begin({commands::timer("c", 2s), commands::timer("a", 2s), commands::timer("b", 2s)});
  w.pass(2s);
  CHECK(w.fired() == "cab");
}

BEHAVIOUR("timers with one deadline that tasks at several times have set fire in that order",
          "[timer]") {
  w.begin({commands::timer("a", 3s)});
  w.pass(1s);
  w.wake_and_decide({commands::timer("b", 2s)});
  w.pass(1s);
  w.wake_and_decide({commands::timer("c", 1s)});
  w.pass(1s);
  CHECK(w.fired() == "abc");
}

BEHAVIOUR("each timer has the time of its own deadline, however far time jumps", "[timer]") {
  w.begin({commands::timer("1", 1s), commands::timer("2", 24h * 365)});
  w.pass(24h * 365 * 10);
  std::vector<perdure::duration> at;
  for (auto const& each : w.history())
    if (each.type == event_type::timer_fired) at.push_back(since_start(each.time));
  CHECK(at == std::vector<perdure::duration>{1s, 24h * 365});
}

BEHAVIOUR("a timer of a hundred years fires", "[timer]") {
  w.begin({commands::timer("1", 24h * 365 * 100)});
  w.pass(24h * 365 * 100 - 1ns);
  CHECK(w.fired().empty());
  w.pass(1ns);
  CHECK(w.fired() == "1");
}

BEHAVIOUR("a timer at the end of time never fires", "[timer]") {
  w.begin({commands::timer("1", perdure::duration::max())});
  w.pass(24h * 365 * 150);
  CHECK(w.fired().empty());
}

BEHAVIOUR("a timer that is due after the end of time does not fire when time ends", "[timer]") {
  w.begin({commands::timer("1", 24h * 365 * 290), commands::timer("2", 24h * 365 * 240)});
  w.pass(perdure::duration::max());
  CHECK(w.fired() == "2");
  w.pass(1ns);
  CHECK(w.fired() == "2");
}

BEHAVIOUR("a timer of no time fires as soon as time is looked at", "[timer]") {
  w.begin({commands::timer("1", 0s)});
  w.pass(0s);
  CHECK(w.fired() == "1");
  CHECK(w.when(event_type::timer_fired) == 0s);
}

BEHAVIOUR("a cancelled timer does not fire", "[timer]") {
  w.begin({commands::timer("1", 5s), commands::timer("2", 6s)});
  w.wake_and_decide({commands::cancel_timer("1", 5)});
  CHECK(w.get<e::timer_canceled>().started_event_id == 5);
  CHECK(w.types().back() == event_type::timer_canceled);
  w.pass(1h);
  CHECK(w.fired() == "2");
}

BEHAVIOUR("a timer that fires while the task that cancels it runs is cancelled", "[timer]") {
  w.begin({commands::timer("1", 5s)});
  w.signal();
  auto const task = w.hand.workflow();
  w.pass(5s);
  w.hand.answer(task, {commands::cancel_timer("1", 5)});
  CHECK(w.types().back() == event_type::timer_canceled);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1h);
  CHECK(w.fired().empty());
}

BEHAVIOUR("a timer that fires while a task is worked on comes after it, with its own time",
          "[timer]") {
  w.begin({commands::timer("1", 5s)});
  w.signal();
  auto const task = w.hand.workflow();
  w.pass(7s);
  CHECK(w.fired().empty());
  w.hand.answer(task);
  CHECK(w.fired() == "1");
  check_order(w.history());
}

BEHAVIOUR("the end of a run takes its timers along", "[timer]") {
  w.begin({commands::timer("1", 5s)});
  w.terminate();
  w.pass(1h);
  CHECK(w.types().back() == event_type::workflow_execution_terminated);
}

BEHAVIOUR("a thousand timers fire in their order", "[timer]") {
  std::vector<perdure::command> decided;
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    decided.push_back(commands::timer(std::to_string(i), 1s * (i * 7919 % 1'000)));
  }
  for (int second = 0; second < 1'000; ++second)
    for (int i = 0; i < 1'000; ++i)
      if (i * 7919 % 1'000 == second) expected += std::to_string(i);
  w.begin(std::move(decided));
  CHECK(w.describe().pending_timers_count == 1'000);
  w.pass(1h);
  CHECK(w.fired() == expected);
  CHECK(w.describe().pending_timers_count == 0);
}

BEHAVIOUR("time moves by what it was told, whether anything is due or not", "[timer]") {
  w.pass(3s);
  CHECK(w.now() == 3s);
  w.begin({commands::timer("1", 5s)});
  w.pass(10s);
  CHECK(w.now() == 13s);
}

} // namespace perdure_test::conformance
