// What operators have done is there when the place is opened again.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

DURABLE_BEHAVIOUR("a run that was reset goes on, and hears of its child", "[reset][child]") {
  w.begin_child();
  w.hand.decide();
  auto const again =
      w.backend.reset_workflow({.execution = {"w", {}}, .event = w.history().back().id});
  check_same_after_reopening(w);
  CHECK(w.hand.workflow().execution == again);
  w.pass(10s);
  w.hand.decide();
  by_hand kids{w.backend, "kids"};
  kids.decide({commands::complete(to_payloads(7))});
  CHECK(w.get<e::child_workflow_execution_completed>().result == to_payloads(7));
}

DURABLE_BEHAVIOUR("a paused run is still paused, and goes on when it is let", "[pause]") {
  w.begin({commands::activity("1", quick()), commands::timer("1", 5s)});
  w.backend.pause_workflow({"w", {}}, "", "");
  w.reopen();
  CHECK(w.status() == workflow_execution_status::paused);
  CHECK_FALSE(w.hand.poll_activity());
  w.pass(5s);
  CHECK(w.fired() == "1");
  CHECK_FALSE(w.hand.poll_workflow());
  w.backend.unpause_workflow({"w", {}}, "", "");
  CHECK(w.hand.poll_activity());
  CHECK(w.hand.poll_workflow());
}

DURABLE_BEHAVIOUR("a result that was given by hand is the result", "[override]") {
  w.begin_activity(quick());
  (void)w.backend.override_activity_result(
      {.execution = {"w", {}}, .activity_id = "1", .result = to_payloads(9)});
  check_same_after_reopening(w);
  CHECK(w.get<e::activity_task_completed>().result == to_payloads(9));
  CHECK_FALSE(w.hand.poll_activity());
}

DURABLE_BEHAVIOUR("a hurried activity is still in its queue", "[activity][retry]") {
  w.begin_activity(quick());
  w.hand.fail(w.hand.activity(), failure_of("odd"));
  w.backend.retry_activity_now({"w", {}}, "1", "", "");
  w.reopen();
  CHECK(w.hand.activity().token.attempt == 2);
  w.pass(10s);
  CHECK_FALSE(w.hand.poll_activity());
}

DURABLE_BEHAVIOUR("a deleted run stays deleted, and its record stays", "[delete][audit]") {
  w.begin({commands::complete()});
  w.backend.delete_workflow({"w", {}}, "tidy", "operator");
  w.reopen();
  CHECK(w.ids().empty());
  auto const records = w.backend.read_audit({"w", {}});
  REQUIRE(records.size() == 1);
  CHECK(records[0].what == "delete");
  CHECK(records[0].why == "tidy");
}

DURABLE_BEHAVIOUR("a fork is a workflow of its own", "[fork]") {
  w.begin({commands::timer("1", 1h)});
  auto const made =
      w.backend.fork_workflow({.execution = {"w", {}}, .event = 4, .workflow_id = "other"});
  w.reopen();
  CHECK(w.describe("other").execution == made);
  CHECK(w.hand.workflow().execution == made);
}

} // namespace perdure_test::conformance
