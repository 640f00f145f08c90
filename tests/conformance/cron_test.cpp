// Workflows with a cron schedule: a chain of runs, each at its time.
#include "conformance/schedule_world.hpp"

namespace perdure_test::conformance {

static auto with_cron(std::string cron) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.cron_schedule = cron;
  return request;
}
static auto first_of(world& w) -> e::workflow_execution_started {
  return w.get<e::workflow_execution_started>();
}
/// When the run that was started last got its first task.
static auto began(world& w) -> std::string {
  for (auto const& each : w.history())
    if (each.type == event_type::workflow_task_scheduled) return text_of(each.time);
  return "not yet";
}

BEHAVIOUR("a cron workflow waits for its first time", "[cron]") {
  w.pass(10min);
  w.start(with_cron("30 * * * *"));
  CHECK(first_of(w).cron_schedule == "30 * * * *");
  CHECK(first_of(w).first_workflow_task_backoff == 20min);
  w.pass(20min - 1ns);
  CHECK_FALSE(w.hand.poll_workflow());
  w.pass(1ns);
  CHECK(began(w) == "2020-01-01T00:30:00Z");
}

BEHAVIOUR("the end of a cron run starts the next, which waits for its time", "[cron]") {
  w.start(with_cron("@hourly"));
  w.pass(1h);
  finish(w, to_payloads(1));
  auto const runs = w.runs();
  REQUIRE(runs.size() == 2);
  CHECK(w.describe(runs[0]).status == workflow_execution_status::completed);
  auto const ended = w.events_of(runs[0]).back().as<e::workflow_execution_completed>();
  CHECK(ended.new_execution_run_id == runs[1].run_id);
  CHECK(ended.result == to_payloads(1));
  auto const next = first_of(w);
  CHECK(next.initiator == perdure::continue_as_new_initiator::cron_schedule);
  CHECK(next.first_workflow_task_backoff == 1h);
  CHECK(next.continued_execution_run_id == runs[0].run_id);
  CHECK(next.first_execution_run_id == runs[0].run_id);
  CHECK(next.original_execution_run_id == runs[1].run_id);
  CHECK(next.last_completion_result == to_payloads(1));
  CHECK(next.attempt == 1);
  w.pass(1h);
  CHECK(began(w) == "2020-01-01T02:00:00Z");
}

BEHAVIOUR("times that pass while a cron run goes on are left out", "[cron]") {
  w.start(with_cron("@hourly"));
  w.pass(3h + 15min);
  finish(w);
  CHECK(first_of(w).first_workflow_task_backoff == 45min);
  w.pass(45min);
  CHECK(began(w) == "2020-01-01T04:00:00Z");
}

BEHAVIOUR("a cron run that fails is followed by the next, which knows", "[cron]") {
  w.start(with_cron("@hourly"));
  w.pass(1h);
  finish(w, to_payloads(1));
  w.pass(1h);
  w.hand.decide({commands::fail(failure_of("broken"))});
  auto const runs = w.runs();
  REQUIRE(runs.size() == 3);
  auto const ended = w.events_of(runs[1]).back().as<e::workflow_execution_failed>();
  CHECK(ended.new_execution_run_id == runs[2].run_id);
  CHECK(ended.retry_state == retry_state::retry_policy_not_set);
  CHECK(first_of(w).continued_failure->message == "broken");
  CHECK(first_of(w).last_completion_result == to_payloads(1));
  CHECK(first_of(w).initiator == perdure::continue_as_new_initiator::cron_schedule);
  w.pass(1h);
  finish(w, to_payloads(2));
  CHECK_FALSE(first_of(w).continued_failure);
  CHECK(first_of(w).last_completion_result == to_payloads(2));
}

BEHAVIOUR("a cron run is retried first, and then followed by the next", "[cron]") {
  auto request = with_cron("@hourly");
  request.retry_policy = {.initial_interval = 1min, .maximum_attempts = 2};
  w.start(request);
  w.pass(1h);
  w.hand.decide({commands::fail(failure_of("once"))});
  CHECK(first_of(w).initiator == perdure::continue_as_new_initiator::retry);
  CHECK(first_of(w).first_workflow_task_backoff == 1min);
  CHECK(first_of(w).cron_schedule == "@hourly");
  w.pass(1min);
  w.hand.decide({commands::fail(failure_of("twice"))});
  CHECK(first_of(w).initiator == perdure::continue_as_new_initiator::cron_schedule);
  CHECK(first_of(w).attempt == 1);
  CHECK(first_of(w).first_workflow_task_backoff == 59min);
  CHECK(first_of(w).continued_failure->message == "twice");
}

BEHAVIOUR("a cron run that times out is followed by the next", "[cron]") {
  auto request = with_cron("@hourly");
  request.workflow_run_timeout = 10min;
  w.start(request);
  w.pass(1h + 10min);
  auto const runs = w.runs();
  REQUIRE(runs.size() == 2);
  auto const ended = w.events_of(runs[0]).back().as<e::workflow_execution_timed_out>();
  CHECK(ended.new_execution_run_id == runs[1].run_id);
  CHECK(first_of(w).first_workflow_task_backoff == 50min);
  REQUIRE(first_of(w).continued_failure);
  CHECK(std::holds_alternative<perdure::timeout_failure_info>(first_of(w).continued_failure->info));
}

BEHAVIOUR("a cron workflow ends when it is terminated or cancelled", "[cron]") {
  w.start(with_cron("@hourly"));
  w.terminate();
  CHECK(w.runs().size() == 1);
  w.start(with_cron("@hourly"));
  w.pass(1h);
  w.cancel();
  w.hand.decide({commands::cancel()});
  CHECK(w.runs().size() == 2);
  w.pass(24h);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("the execution timeout ends a cron workflow for good", "[cron]") {
  auto request = with_cron("@hourly");
  request.workflow_execution_timeout = 2h + 30min; // from its first time
  w.start(request);
  w.pass(1h);
  finish(w);
  w.pass(1h);
  finish(w);
  w.pass(1h);
  CHECK(w.runs().size() == 3);
  finish(w); // the next time, 04:00, would be too late
  CHECK(w.runs().size() == 3);
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("a cron workflow that continues as new does so at once, and stays one", "[cron]") {
  w.start(with_cron("@hourly"));
  w.pass(1h);
  finish(w, to_payloads(1));
  w.pass(1h);
  w.hand.decide({commands::continue_as_new()});
  CHECK(first_of(w).cron_schedule == "@hourly");
  CHECK(first_of(w).initiator == perdure::continue_as_new_initiator::workflow);
  CHECK_FALSE(first_of(w).first_workflow_task_backoff);
  CHECK(first_of(w).last_completion_result == to_payloads(1));
  finish(w);
  CHECK(first_of(w).first_workflow_task_backoff == 1h);
}

BEHAVIOUR("@every counts from the start of the run before", "[cron]") {
  w.start(with_cron("@every 40m"));
  CHECK(first_of(w).first_workflow_task_backoff == 40min);
  w.pass(40min + 10min);
  finish(w);
  CHECK(first_of(w).first_workflow_task_backoff == 30min); // at 01:20
  w.pass(30min + 90min);
  finish(w);
  CHECK(first_of(w).first_workflow_task_backoff == 30min); // 02:50, after 02:00 and 02:40
}

BEHAVIOUR("the wait for a cron time is in whole seconds, rounded up", "[cron]") {
  w.pass(500ms);
  w.start(with_cron("@hourly"));
  CHECK(first_of(w).first_workflow_task_backoff == 1h);
}

BEHAVIOUR("a cron schedule may be of a time zone, and skips hours as its clocks do", "[cron]") {
  w.pass(at("2020-03-28T12:00:00Z") - at("2020-01-01T00:00:00Z"));
  w.start(with_cron("CRON_TZ=Europe/Berlin 30 2 * * *"));
  // Not on the 29th, when clocks go from 02:00 to 03:00.
  CHECK(first_of(w).first_workflow_task_backoff == 36h + 30min);
}

BEHAVIOUR("of two restricted days one is enough in a cron schedule", "[cron]") {
  w.start(with_cron("0 0 13 * FRI")); // it is Wednesday, the 1st
  CHECK(first_of(w).first_workflow_task_backoff == 48h);
  w.pass(48h);
  finish(w);
  CHECK(first_of(w).first_workflow_task_backoff == 7 * 24h);
  w.pass(7 * 24h);
  finish(w);
  CHECK(first_of(w).first_workflow_task_backoff == 3 * 24h); // Monday, the 13th
}

BEHAVIOUR("a cron schedule that cannot be is refused at the start", "[cron]") {
  for (char const* const cron : {"* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "@often",
                                 "CRON_TZ=No/Where * * * * *", "@every 0"}) {
    CAPTURE(cron);
    auto const code = error_of([&] { w.start(with_cron(cron)); });
    CHECK((code == errc::invalid_argument || code == errc::bad_time_zone));
  }
  auto delayed = with_cron("@daily");
  delayed.start_delay = 1s;
  CHECK(error_of([&] { w.start(delayed); }) == errc::invalid_argument);
  CHECK(w.ids().empty());
}

BEHAVIOUR("a parent waits for its cron child until the chain has ended", "[cron][child]") {
  auto asked = commands::child("kid", "kids");
  asked.attributes.edit<e::start_child_workflow_execution_initiated>().cron_schedule = "@hourly";
  by_hand kids{w.backend, "kids"};
  w.begin_child(asked);
  CHECK(w.get<e::workflow_execution_started>("kid").first_workflow_task_backoff == 1h);
  w.hand.decide();
  w.pass(1h);
  kids.decide({commands::complete(to_payloads(1))});
  CHECK(w.runs("kid").size() == 2);
  CHECK(w.get<e::workflow_execution_started>("kid").parent_workflow_execution == w.runs()[0]);
  CHECK(w.count(event_type::child_workflow_execution_completed) == 0);
  w.pass(1h);
  w.terminate("enough", "kid");
  CHECK(w.count(event_type::child_workflow_execution_terminated) == 1);
}

BEHAVIOUR("a child's cron schedule that cannot be fails the task of its parent", "[cron][child]") {
  auto asked = commands::child("kid", "kids");
  asked.attributes.edit<e::start_child_workflow_execution_initiated>().cron_schedule = "nonsense";
  w.start();
  w.hand.decide({asked});
  CHECK(w.get<e::workflow_task_failed>().cause ==
        perdure::workflow_task_failed_cause::bad_start_child_execution_attributes);
}

BEHAVIOUR("a workflow without cron and with a delay starts once, after it", "[cron]") {
  perdure::start_workflow_request request{};
  request.start_delay = 90s;
  w.start(request);
  w.pass(90s);
  CHECK(began(w) == "2020-01-01T00:01:30Z");
  finish(w);
  CHECK(w.runs().size() == 1);
}

DURABLE_BEHAVIOUR("a cron workflow goes on after the place was opened again", "[cron]") {
  w.start(with_cron("@hourly"));
  w.reopen();
  w.pass(1h);
  finish(w, to_payloads(1));
  w.reopen();
  check_same_after_reopening(w);
  w.pass(1h);
  CHECK(began(w) == "2020-01-01T02:00:00Z");
  CHECK(first_of(w).last_completion_result == to_payloads(1));
}

DURABLE_BEHAVIOUR("a schedule goes on after the place was opened again", "[schedule]") {
  auto request = hourly(schedule_overlap_policy::buffer_all);
  request.schedule.action.input = to_payloads(7);
  request.schedule.spec.jitter = 1min;
  request.memo = perdure::payload_map{{"m", to_payloads(1)[0]}};
  w.backend.create_schedule(request);
  w.pass(1h + 1min);
  w.hand.decide({commands::complete(to_payloads(5))});
  w.pass(2h);
  auto const before = described(w);
  w.reopen();
  auto const after = described(w);
  CHECK(after.schedule.spec == before.schedule.spec);
  CHECK(after.schedule.action.input == to_payloads(7));
  CHECK(after.memo == before.memo);
  CHECK(after.conflict_token == before.conflict_token);
  CHECK(after.info.action_count == 2);
  CHECK(after.info.running == before.info.running);
  CHECK(after.info.waiting_count == 1);
  CHECK(after.info.next_action_times == before.info.next_action_times);
  CHECK(after.info.created_at == before.info.created_at);
  finish(w);
  CHECK(started(w) == "01:00 02:00 03:00");
  CHECK(w.get<e::workflow_execution_started>(job(2)).last_completion_result == to_payloads(5));
  w.reopen();
  w.pass(1h);
  CHECK(info(w).waiting_count == 1);
}

DURABLE_BEHAVIOUR("no action is lost or taken twice, wherever the process ends", "[schedule]") {
  w.backend.create_schedule(hourly(schedule_overlap_policy::allow_all));
  for (int i = 0; i < 60; ++i) {
    w.pass(i % 3 == 0 ? 5min : i % 3 == 1 ? 1min : 54min); // before, at and after the hour
    w.reopen();
  }
  CHECK(info(w).action_count == 20);
  CHECK(w.client.count_workflows() == 20);
}

} // namespace perdure_test::conformance
