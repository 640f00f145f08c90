// What people do to schedules: trigger, backfill, pause, limit, change.
#include "conformance/schedule_world.hpp"

namespace perdure_test::conformance {

using enum schedule_overlap_policy;

BEHAVIOUR("a triggered action is taken now, with the time in its id", "[schedule]") {
  w.backend.create_schedule(hourly());
  w.pass(10min + 500ms);
  trigger(w);
  CHECK(started(w) == "00:10");
  CHECK(w.runs("job-2020-01-01T00:10:00Z").size() == 1);
  auto const first = w.get<e::workflow_execution_started>("job-2020-01-01T00:10:00Z");
  CHECK(first.search_attributes->at("TemporalScheduledStartTime").data ==
        "\"2020-01-01T00:10:00Z\"");
}

BEHAVIOUR("a trigger keeps to the overlap policy, or to its own", "[schedule]") {
  w.backend.create_schedule(hourly());
  w.pass(1h);
  trigger(w);
  CHECK(info(w).skipped_overlap_count == 1);
  w.pass(1min);
  trigger(w, allow_all);
  CHECK(started(w) == "01:00 01:01");
  trigger(w, terminate_other);
  CHECK(w.status(job(1)) == workflow_execution_status::terminated);
}

BEHAVIOUR("a paused schedule acts only when it is told to", "[schedule]") {
  w.backend.create_schedule(hourly());
  pause(w, "holidays");
  CHECK(described(w).schedule.state.paused);
  CHECK(described(w).schedule.state.note == "holidays");
  w.pass(2h + 5min);
  CHECK(started(w).empty());
  trigger(w);
  CHECK(started(w) == "02:05");
  finish(w);
  unpause(w, "back");
  CHECK_FALSE(described(w).schedule.state.paused);
  CHECK(described(w).schedule.state.note == "back");
  CHECK(started(w) == "02:05"); // what was due meanwhile is not made up for
  w.pass(55min);
  CHECK(started(w) == "02:05 03:00");
  CHECK(info(w).missed_catchup_window_count == 0);
}

BEHAVIOUR("a schedule may be created paused, and act at once", "[schedule]") {
  auto request = hourly();
  request.schedule.state.paused = true;
  request.patch.trigger = true;
  w.backend.create_schedule(request);
  w.pass(5h);
  CHECK(started(w) == "00:00");
}

BEHAVIOUR("limited actions: so many are taken by time, and triggers do not count", "[schedule]") {
  auto request = hourly(allow_all);
  request.schedule.state.limited_actions = true;
  request.schedule.state.remaining_actions = 2;
  w.backend.create_schedule(request);
  CHECK(info(w).next_action_times.size() == 2);
  w.pass(30min);
  trigger(w);
  CHECK(described(w).schedule.state.remaining_actions == 2);
  w.pass(24h);
  CHECK(started(w) == "00:30 01:00 02:00");
  CHECK(described(w).schedule.state.remaining_actions == 0);
  CHECK(info(w).next_action_times.empty());
}

BEHAVIOUR("a backfill takes the actions of its range, both ends included", "[schedule]") {
  w.backend.create_schedule(hourly(allow_all));
  backfill(w, "2019-12-31T01:00:00Z", "2019-12-31T03:00:00Z");
  CHECK(started(w) == "01:00 02:00 03:00");
  CHECK(w.runs("job-2019-12-31T01:00:00Z").size() == 1);
  CHECK(w.runs("job-2019-12-31T03:00:00Z").size() == 1);
  w.pass(1h);
  CHECK(info(w).action_count == 4);
}

BEHAVIOUR("a backfill that waits for its turn starts one run after the other", "[schedule]") {
  w.backend.create_schedule(hourly());
  backfill(w, "2019-12-31T01:00:00Z", "2019-12-31T03:00:00Z", buffer_all);
  CHECK(started(w) == "01:00");
  finish(w, to_payloads(1));
  CHECK(started(w) == "01:00 02:00");
  finish(w);
  finish(w);
  CHECK(started(w) == "01:00 02:00 03:00");
}

BEHAVIOUR("long backfills are taken ten at a time, a second apart", "[schedule]") {
  w.backend.create_schedule(hourly(allow_all));
  backfill(w, "2019-12-30T00:00:00Z", "2019-12-30T23:00:00Z");
  CHECK(info(w).action_count == 10);
  w.pass(1s);
  CHECK(info(w).action_count == 20);
  w.pass(1s);
  CHECK(info(w).action_count == 24);
  w.pass(10min);
  CHECK(info(w).action_count == 24);
}

BEHAVIOUR("a long backfill goes on when what it waits for has ended", "[schedule]") {
  w.backend.create_schedule(hourly());
  backfill(w, "2019-12-30T00:00:00Z", "2019-12-30T11:00:00Z", buffer_all);
  pause(w); // backfills go on
  for (int i = 0; i < 12; ++i) {
    finish(w);
    w.pass(1s);
  }
  CHECK(info(w).action_count == 12);
  CHECK(info(w).waiting_count == 0);
}

BEHAVIOUR("an update changes when and what, from now on", "[schedule]") {
  w.backend.create_schedule(hourly(allow_all));
  w.pass(1h + 30min);
  auto changed = described(w).schedule;
  changed.spec.intervals = {{24h, 10h}};
  changed.action.workflow_type = "better";
  w.backend.update_schedule({"s", changed, 0, {}});
  CHECK(info(w).updated_at == at("2020-01-01T01:30:00Z"));
  CHECK(described(w).conflict_token == 2);
  w.pass(24h);
  CHECK(started(w) == "01:00 10:00");
  CHECK(w.describe(job(10)).workflow_type == "better");
  CHECK(info(w).action_count == 2);
}

BEHAVIOUR("an update to many more times does not act for the past", "[schedule]") {
  auto request = hourly(allow_all);
  request.schedule.spec.intervals = {{24h * 300, 0s}};
  w.backend.create_schedule(request);
  w.pass(24h * 50);
  request.schedule.spec.intervals = {{1s, 0s}};
  request.schedule.spec.jitter = 500ms;
  auto const before = info(w).action_count;
  w.backend.update_schedule({"s", request.schedule, 0, {}});
  w.pass(10s);
  CHECK(info(w).action_count <= before + 10);
  CHECK(info(w).action_count >= before + 9);
}

BEHAVIOUR("an update that is based on an old description is refused", "[schedule]") {
  w.backend.create_schedule(hourly());
  auto const d = described(w);
  pause(w);
  auto changed = d.schedule;
  changed.state.note = "late";
  CHECK(error_of([&] { w.backend.update_schedule({"s", changed, d.conflict_token, {}}); }) ==
        errc::schedule_conflict);
  CHECK(described(w).schedule.state.note == "paused");
  w.backend.update_schedule({"s", changed, described(w).conflict_token, {}});
  CHECK(described(w).schedule.state.note == "late");
  CHECK_FALSE(described(w).schedule.state.paused);
}

BEHAVIOUR("an update that cannot be leaves the schedule as it is", "[schedule]") {
  w.backend.create_schedule(hourly());
  auto changed = described(w).schedule;
  changed.spec.cron_strings = {"nonsense"};
  CHECK(error_of([&] { w.backend.update_schedule({"s", changed, 0, {}}); }) ==
        errc::invalid_argument);
  CHECK(described(w).conflict_token == 1);
  CHECK(described(w).schedule.spec == hourly().schedule.spec);
  CHECK(error_of([&] { w.backend.update_schedule({"x", hourly().schedule, 0, {}}); }) ==
        errc::not_found);
  CHECK(error_of([&] { patch(w, {}, "x"); }) == errc::not_found);
  perdure::schedule_patch both{};
  both.pause = both.unpause = "?";
  CHECK(error_of([&] { patch(w, both); }) == errc::invalid_argument);
}

BEHAVIOUR("search attributes of a schedule stay until they are replaced", "[schedule]") {
  auto request = hourly();
  request.search_attributes = perdure::payload_map{{"S", to_payloads(1)[0]}};
  w.backend.create_schedule(request);
  w.backend.update_schedule({"s", request.schedule, 0, {}});
  CHECK(described(w).search_attributes == request.search_attributes);
  w.backend.update_schedule({"s", request.schedule, 0, perdure::payload_map{}});
  CHECK(described(w).search_attributes->empty());
}

BEHAVIOUR("actions that downtime has made late are taken within the catch-up window",
          "[schedule]") {
  auto request = hourly(allow_all);
  w.backend.create_schedule(request);
  // Nothing happens between two looks at the clock: as if the process had been down.
  w.pass(3h);
  CHECK(started(w) == "01:00 02:00 03:00");
}

BEHAVIOUR("a schedule that has ended is forgotten after a week", "[schedule]") {
  auto request = hourly();
  request.schedule.spec.end_at = at("2020-01-01T02:30:00Z");
  w.backend.create_schedule(request);
  w.pass(1h);
  finish(w);
  w.pass(1h);
  CHECK(info(w).next_action_times.empty());
  w.pass(30 * 24h);
  CHECK(described(w).info.running.size() == 1); // what runs is waited for
  finish(w);
  CHECK(error_of([&] { (void)described(w); }) == errc::not_found);
}

BEHAVIOUR("a paused schedule is kept for ever", "[schedule]") {
  auto request = hourly();
  request.schedule.spec.end_at = at("2019-12-31T00:00:00Z");
  request.schedule.state.paused = true;
  w.backend.create_schedule(request);
  w.pass(365 * 24h);
  CHECK(described(w).schedule.state.paused);
  unpause(w);
  CHECK(error_of([&] { (void)described(w); }) == errc::not_found);
}

} // namespace perdure_test::conformance
