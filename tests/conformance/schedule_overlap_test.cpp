// Schedules whose run still goes on when it is time for the next: one test for each policy and for
// each way they meet.
#include "conformance/schedule_world.hpp"

namespace perdure_test::conformance {

using enum schedule_overlap_policy;

BEHAVIOUR("skip: an action is skipped while the last one runs", "[schedule]") {
  w.backend.create_schedule(hourly(skip));
  w.pass(3h);
  CHECK(started(w) == "01:00");
  CHECK(info(w).skipped_overlap_count == 2);
  finish(w);
  w.pass(1h);
  CHECK(started(w) == "01:00 04:00");
}

BEHAVIOUR("buffer_one: one action waits for the end of the last, more are skipped", "[schedule]") {
  w.backend.create_schedule(hourly(buffer_one));
  w.pass(4h);
  CHECK(started(w) == "01:00");
  CHECK(info(w).waiting_count == 1);
  CHECK(info(w).skipped_overlap_count == 2);
  w.pass(30min);
  finish(w);
  CHECK(started(w) == "01:00 02:00");
  CHECK(w.describe(job(2)).start_time == at("2020-01-01T04:30:00Z"));
  CHECK(info(w).waiting_count == 0);
}

BEHAVIOUR("buffer_all: all actions wait for their turn", "[schedule]") {
  w.backend.create_schedule(hourly(buffer_all));
  w.pass(4h);
  CHECK(started(w) == "01:00");
  CHECK(info(w).waiting_count == 3);
  for (char const* const expected :
       {"01:00 02:00", "01:00 02:00 03:00", "01:00 02:00 03:00 04:00"}) {
    finish(w);
    CHECK(started(w) == expected);
  }
  finish(w);
  CHECK(info(w).running.empty());
  CHECK(info(w).skipped_overlap_count == 0);
}

BEHAVIOUR("cancel_other: the running one is asked to cancel, the next starts when it has ended",
          "[schedule]") {
  w.backend.create_schedule(hourly(cancel_other));
  w.pass(1h);
  w.hand.decide();
  w.pass(1h);
  CHECK(started(w) == "01:00");
  auto const asked = w.get<e::workflow_execution_cancel_requested>(job(1));
  CHECK(asked.cause == "cancelled by schedule overlap policy");
  w.pass(30min);
  w.hand.decide({commands::cancel()});
  CHECK(started(w) == "01:00 02:00");
  CHECK(w.describe(job(2)).start_time == at("2020-01-01T02:30:00Z"));
}

BEHAVIOUR("cancel_other: of several that wait for a slow end, the last is taken", "[schedule]") {
  w.backend.create_schedule(hourly(cancel_other));
  w.pass(1h);
  w.hand.decide();
  w.pass(3h);
  CHECK(w.count(event_type::workflow_execution_cancel_requested, job(1)) == 1);
  CHECK(info(w).waiting_count == 3);
  w.hand.decide({commands::cancel()});
  CHECK(started(w) == "01:00 04:00");
}

BEHAVIOUR("terminate_other: the running one is terminated and the next starts at once",
          "[schedule]") {
  w.backend.create_schedule(hourly(terminate_other));
  w.pass(3h);
  CHECK(started(w) == "01:00 02:00 03:00");
  CHECK(w.status(job(1)) == workflow_execution_status::terminated);
  CHECK(w.status(job(2)) == workflow_execution_status::terminated);
  CHECK(w.status(job(3)) == workflow_execution_status::running);
  CHECK(w.describe(job(3)).start_time == at("2020-01-01T03:00:00Z"));
  CHECK(w.get<e::workflow_execution_terminated>(job(1)).reason ==
        "terminated by schedule overlap policy");
  CHECK(info(w).running.size() == 1);
  CHECK(info(w).recent_actions[0].status == workflow_execution_status::terminated);
}

BEHAVIOUR("allow_all: actions run side by side and know nothing of each other", "[schedule]") {
  w.backend.create_schedule(hourly(allow_all));
  w.pass(2h);
  CHECK(started(w) == "01:00 02:00");
  CHECK(info(w).running.empty());
  finish(w, to_payloads(1));
  w.pass(1h);
  CHECK(started(w) == "01:00 02:00 03:00");
  CHECK(w.get<e::workflow_execution_started>(job(3)).last_completion_result.empty());
}

BEHAVIOUR("a schedule whose policy changes keeps to it with what waits already", "[schedule]") {
  w.backend.create_schedule(hourly(buffer_all));
  w.pass(4h);
  auto changed = described(w).schedule;
  changed.policies.overlap = skip;
  w.backend.update_schedule({"s", changed, 0, {}});
  CHECK(info(w).waiting_count == 0);
  CHECK(info(w).skipped_overlap_count == 3);
}

CLEAR_BEHAVIOUR("pause_on_failure pauses with a note when a run fails", "[schedule]") {
  auto request = hourly();
  request.schedule.policies.pause_on_failure = true;
  w.backend.create_schedule(request);
  w.pass(1h);
  w.hand.decide({commands::fail(failure_of("out of paper"))});
  auto const d = described(w);
  CHECK(d.schedule.state.paused);
  CHECK(d.schedule.state.note == "paused due to workflow failure: " + job(1) + ": out of paper");
  w.pass(24h);
  CHECK(started(w) == "01:00");
  unpause(w);
  w.pass(1h);
  CHECK(started(w) == "01:00 02:00"); // of the next day
}

BEHAVIOUR("pause_on_failure pauses when a run times out, and not when it is terminated",
          "[schedule]") {
  auto request = hourly();
  request.schedule.policies.pause_on_failure = true;
  request.schedule.action.workflow_run_timeout = 90min;
  w.backend.create_schedule(request);
  w.pass(1h);
  w.terminate("tired", job(1));
  CHECK_FALSE(described(w).schedule.state.paused);
  w.pass(1h + 90min);
  auto const d = described(w);
  CHECK(d.schedule.state.paused);
  CHECK(d.schedule.state.note == "paused due to workflow timeout: " + job(2));
  CHECK(d.info.recent_actions[1].status == workflow_execution_status::timed_out);
}

BEHAVIOUR("what waits when a failure pauses the schedule is not started", "[schedule]") {
  auto request = hourly(buffer_all);
  request.schedule.policies.pause_on_failure = true;
  w.backend.create_schedule(request);
  w.pass(3h);
  w.hand.decide({commands::fail(failure_of("broken"))});
  CHECK(started(w) == "01:00");
  CHECK(info(w).waiting_count == 0);
}

BEHAVIOUR("at most a thousand actions wait", "[schedule]") {
  auto request = hourly(buffer_all);
  request.schedule.spec.intervals = {{1min, 0s}};
  w.backend.create_schedule(request);
  w.pass(1'100min);
  CHECK(info(w).waiting_count == 1'000);
  CHECK(info(w).dropped_count == 99);
  CHECK(info(w).action_count == 1);
}

} // namespace perdure_test::conformance
