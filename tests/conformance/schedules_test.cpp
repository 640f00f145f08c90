// Schedules: workflows that are started again and again, each at its time, once.
#include "conformance/schedule_world.hpp"

namespace perdure_test::conformance {

using perdure::limits::id_bytes_max;

BEHAVIOUR("a schedule starts a run at each of its times, and not before", "[schedule]") {
  w.backend.create_schedule(hourly());
  w.pass(1h - 1ns);
  CHECK(started(w).empty());
  w.pass(1ns);
  CHECK(started(w) == "01:00");
  finish(w);
  w.pass(1h);
  CHECK(started(w) == "01:00 02:00");
  CHECK(w.describe(job(2)).start_time == at("2020-01-01T02:00:00Z"));
}

BEHAVIOUR("each run has its time in its id, and is told who started it", "[schedule]") {
  auto request = hourly();
  request.schedule.action.input = to_payloads(7);
  request.schedule.action.memo = perdure::payload_map{{"m", to_payloads(1)[0]}};
  request.schedule.action.search_attributes = perdure::payload_map{{"Mine", to_payloads(2)[0]}};
  request.schedule.action.workflow_run_timeout = 10min;
  request.schedule.action.retry_policy.maximum_attempts = 3;
  request.schedule.action.priority = perdure::priority{.priority_key = 2, .fairness_key = "f"};
  request.schedule.action.user_metadata = perdure::metadata_of("every hour", "**why**");
  w.backend.create_schedule(request);
  w.pass(1h);
  CHECK(w.describe(job(1)).static_summary == "every hour");
  CHECK(w.describe(job(1)).static_details == "**why**");
  auto const first = w.get<e::workflow_execution_started>(job(1));
  CHECK(first.input == to_payloads(7));
  CHECK(first.memo == request.schedule.action.memo);
  CHECK(first.workflow_run_timeout == 10min);
  CHECK(first.retry_policy->maximum_attempts == 3);
  CHECK(first.priority->priority_key == 2);
  CHECK(first.priority->fairness_key == "f");
  auto const& attributes = *first.search_attributes;
  CHECK(attributes.at("Mine") == to_payloads(2)[0]);
  CHECK(attributes.at("TemporalScheduledById").data == "\"s\"");
  CHECK(attributes.at("TemporalScheduledById").metadata.find("type") == "Keyword");
  CHECK(attributes.at("TemporalScheduledStartTime").data == "\"2020-01-01T01:00:00Z\"");
  CHECK(attributes.at("TemporalScheduledStartTime").metadata.find("type") == "Datetime");
}

BEHAVIOUR("a schedule is described as it was made, with defaults filled in", "[schedule]") {
  auto request = hourly();
  request.schedule.spec.calendars.resize(1);
  request.schedule.spec.calendars[0].hour = {{8, 16, 2}};
  request.schedule.spec.calendars[0].comment = "office";
  request.schedule.spec.cron_strings = {"0 12 * * MON"};
  request.schedule.spec.exclude_calendars.resize(1);
  request.schedule.spec.time_zone_name = "Europe/Berlin";
  request.schedule.spec.jitter = 5min;
  request.schedule.spec.end_at = at("2030-01-01T00:00:00Z");
  request.schedule.state.note = "mine";
  request.memo = perdure::payload_map{{"m", to_payloads(1)[0]}};
  request.search_attributes = perdure::payload_map{{"S", to_payloads(2)[0]}};
  w.pass(90s);
  w.backend.create_schedule(request);
  auto const d = described(w);
  CHECK(d.id == "s");
  CHECK(d.schedule.spec == request.schedule.spec);
  CHECK(d.schedule.policies.overlap == schedule_overlap_policy::skip);
  CHECK(d.schedule.policies.catchup_window == 365 * 24h);
  CHECK(d.schedule.state.note == "mine");
  CHECK(d.schedule.action.workflow_id == "job");
  CHECK(d.schedule.action.workflow_type == "workflow");
  CHECK(d.schedule.action.task_queue == "tests");
  CHECK(d.memo == request.memo);
  CHECK(d.search_attributes == request.search_attributes);
  CHECK(d.conflict_token == 1);
  CHECK(d.info.created_at == at("2020-01-01T00:01:30Z"));
  CHECK_FALSE(d.info.updated_at);
  CHECK(d.info.action_count == 0);
  CHECK(d.info.next_action_times.size() == 10);
  CHECK(d.info.invalid_because.empty());
}

BEHAVIOUR("what was done and what comes next is described", "[schedule]") {
  w.backend.create_schedule(hourly());
  w.pass(1h);
  auto const first = info(w);
  CHECK(first.action_count == 1);
  REQUIRE(first.running.size() == 1);
  CHECK(first.running[0].workflow_id == job(1));
  REQUIRE(first.recent_actions.size() == 1);
  CHECK(first.recent_actions[0].scheduled_at == at("2020-01-01T01:00:00Z"));
  CHECK(first.recent_actions[0].taken_at == at("2020-01-01T01:00:00Z"));
  CHECK(first.recent_actions[0].started == first.running[0]);
  CHECK(first.recent_actions[0].status == workflow_execution_status::running);
  REQUIRE(first.next_action_times.size() == 10);
  CHECK(first.next_action_times.front() == at("2020-01-01T02:00:00Z"));
  CHECK(first.next_action_times.back() == at("2020-01-01T11:00:00Z"));
  finish(w);
  CHECK(info(w).running.empty());
  CHECK(info(w).recent_actions[0].status == workflow_execution_status::completed);
  for (int i = 0; i < 14; ++i) {
    w.pass(1h);
    finish(w);
  }
  CHECK(info(w).action_count == 15);
  REQUIRE(info(w).recent_actions.size() == 10);
  CHECK(info(w).recent_actions.front().started.workflow_id == job(6));
}

BEHAVIOUR("the result of a run is given to the next one", "[schedule]") {
  w.backend.create_schedule(hourly());
  w.pass(1h);
  CHECK(w.get<e::workflow_execution_started>(job(1)).last_completion_result.empty());
  finish(w, to_payloads(1));
  w.pass(1h);
  CHECK(w.get<e::workflow_execution_started>(job(2)).last_completion_result == to_payloads(1));
  w.hand.decide({commands::fail(failure_of("broken"))});
  w.pass(1h);
  auto const third = w.get<e::workflow_execution_started>(job(3));
  CHECK(third.last_completion_result == to_payloads(1));
  REQUIRE(third.continued_failure);
  CHECK(third.continued_failure->message == "broken");
  finish(w, to_payloads(3));
  w.pass(1h);
  auto const fourth = w.get<e::workflow_execution_started>(job(4));
  CHECK(fourth.last_completion_result == to_payloads(3));
  CHECK_FALSE(fourth.continued_failure);
}

BEHAVIOUR("a run that is retried or continued as new is one action", "[schedule]") {
  auto request = hourly();
  request.schedule.action.retry_policy = {.initial_interval = 1min, .maximum_attempts = 2};
  w.backend.create_schedule(request);
  w.pass(1h);
  w.hand.decide({commands::fail(failure_of("once"))});
  CHECK(info(w).running.size() == 1);
  w.pass(1min);
  auto next = commands::continue_as_new("tests");
  next.attributes.edit<e::workflow_execution_continued_as_new>().search_attributes =
      perdure::payload_map{{"Other", to_payloads(1)[0]}};
  w.hand.decide({next});
  CHECK(info(w).running.size() == 1);
  w.pass(1h);
  CHECK(info(w).skipped_overlap_count == 1);
  finish(w, to_payloads(5));
  CHECK(info(w).running.empty());
  w.pass(1h);
  CHECK(w.get<e::workflow_execution_started>(job(3)).last_completion_result == to_payloads(5));
}

BEHAVIOUR("a run that is reset is still the action that runs", "[schedule]") {
  w.backend.create_schedule(hourly());
  w.pass(1h);
  w.hand.decide({commands::timer("1", 24h)});
  w.backend.reset_workflow({{job(1), {}}, 3, "again", "tester"});
  w.pass(1h);
  CHECK(info(w).action_count == 1);
  CHECK(info(w).skipped_overlap_count == 1);
  finish(w);
  w.pass(1h);
  CHECK(info(w).action_count == 2);
}

BEHAVIOUR("an action whose workflow id is taken is not taken twice", "[schedule]") {
  perdure::start_workflow_request other{};
  other.workflow_id = job(1);
  w.start(other);
  w.backend.create_schedule(hourly());
  w.pass(2h);
  CHECK(info(w).action_count == 1);
  CHECK(w.runs(job(1)).size() == 1);
  CHECK(w.runs(job(2)).size() == 1);
}

BEHAVIOUR("a deleted schedule does nothing more, and its runs go on", "[schedule]") {
  w.backend.create_schedule(hourly());
  w.pass(1h);
  w.backend.delete_schedule("s");
  w.pass(24h);
  CHECK(started(w) == "01:00");
  finish(w);
  CHECK(w.status(job(1)) == workflow_execution_status::completed);
  CHECK(error_of([&] { (void)described(w); }) == errc::not_found);
  CHECK(error_of([&] { w.backend.delete_schedule("s"); }) == errc::not_found);
  w.backend.create_schedule(hourly());
  CHECK(info(w).action_count == 0);
}

BEHAVIOUR("a schedule's id is taken while it exists", "[schedule]") {
  w.backend.create_schedule(hourly());
  CHECK(error_of([&] { w.backend.create_schedule(hourly()); }) == errc::schedule_exists);
}

BEHAVIOUR("schedules are listed by id, page by page", "[schedule]") {
  for (char const* const id : {"b", "a", "c", "d", "ca"}) {
    auto request = hourly();
    request.id = id;
    request.schedule.action.workflow_id = std::string{"job-of-"} + id;
    if (*id == 'd') request.schedule.action.workflow_type = "other";
    w.backend.create_schedule(request);
  }
  auto const ids = [&](perdure::schedule_filter filter) {
    std::string all;
    do {
      auto const page = w.backend.list_schedules(filter);
      CHECK(page.schedules.size() <= filter.page_size);
      for (auto const& each : page.schedules) all += each.id + ' ';
      all += '|';
      filter.next_page_token = page.next_page_token;
    } while (!filter.next_page_token.empty());
    return all;
  };
  CHECK(ids({}) == "a b c ca d |");
  CHECK(ids({.page_size = 2}) == "a b |c ca |d |");
  CHECK(ids({.page_size = 5}) == "a b c ca d |");
  CHECK(ids({.id_prefix = "c"}) == "c ca |");
  CHECK(ids({.workflow_type = "other"}) == "d |");
  CHECK(error_of([&] { (void)ids({.page_size = 0}); }) == errc::invalid_argument);
}

BEHAVIOUR("three hundred schedules are all listed", "[schedule]") {
  for (int i = 0; i < 300; ++i) {
    auto request = hourly();
    request.id = std::to_string(i);
    request.schedule.action.workflow_id = "job-of-" + request.id;
    w.backend.create_schedule(request);
  }
  CHECK(w.backend.list_schedules({}).schedules.size() == 300);
  CHECK(w.backend.list_schedules({.id_prefix = "29"}).schedules.size() == 11);
  w.pass(1h);
  CHECK(w.client.count_workflows() == 300);
}

BEHAVIOUR("the times of a schedule can be asked for", "[schedule]") {
  w.backend.create_schedule(hourly());
  auto const times =
      w.backend.list_matching_times("s", at("2021-01-01T00:00:00Z"), at("2021-01-01T03:00:00Z"));
  REQUIRE(times.size() == 3);
  CHECK(times[0] == at("2021-01-01T01:00:00Z"));
  CHECK(times[2] == at("2021-01-01T03:00:00Z"));
  auto const many =
      w.backend.list_matching_times("s", at("2021-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z"));
  CHECK(many.size() == 1'000);
  CHECK(error_of([&] { (void)w.backend.list_matching_times("x", {}, {}); }) == errc::not_found);
}

BEHAVIOUR("a schedule that cannot be is refused, with the part named", "[schedule]") {
  auto const refused = [&](auto change) {
    auto request = hourly();
    change(request);
    try {
      w.backend.create_schedule(request);
    } catch (perdure::error const& why) {
      CHECK((why.code() == errc::invalid_argument || why.code() == errc::bad_time_zone));
      CHECK(error_of([&] { (void)described(w); }) == errc::not_found);
      return std::string{why.what()};
    }
    return std::string{"accepted"};
  };
  auto const says = [&](char const* part, auto change) {
    CHECK_THAT(refused(change), contains(part));
  };
  says("its id must have 1 to 1000 bytes", [](auto& r) { r.id.clear(); });
  says("its id must have 1 to 1000 bytes", [](auto& r) { r.id.assign(id_bytes_max + 1, 'i'); });
  says("not UTF-8", [](auto& r) { r.id = "caf\xe9"; });
  says("workflow id of its action", [](auto& r) { r.schedule.action.workflow_id = {}; });
  says("workflow id of its action",
       [](auto& r) { r.schedule.action.workflow_id = std::string(id_bytes_max - 20, 'i'); });
  says("workflow type of its action", [](auto& r) { r.schedule.action.workflow_type = {}; });
  says("no task queue", [](auto& r) { r.schedule.action.task_queue = {}; });
  says("a timeout of its action", [](auto& r) { r.schedule.action.workflow_run_timeout = -1s; });
  says("start delay", [](auto& r) { r.schedule.action.start_delay = 1s; });
  says("cron schedule of its own", [](auto& r) { r.schedule.action.cron_schedule = "@daily"; });
  says("catch-up window", [](auto& r) { r.schedule.policies.catchup_window = -1s; });
  says("overlap policy",
       [](auto& r) { r.schedule.policies.overlap = static_cast<schedule_overlap_policy>(7); });
  says("remaining actions", [](auto& r) { r.schedule.state.remaining_actions = -1; });
  says("interval 1", [](auto& r) { r.schedule.spec.intervals[0].every = 0s; });
  says("cron string '* * * *'", [](auto& r) { r.schedule.spec.cron_strings = {"* * * *"}; });
  says("never matches", [](auto& r) { r.schedule.spec.cron_strings = {"0 0 31 4 *"}; });
  says("'No/Where'", [](auto& r) { r.schedule.spec.time_zone_name = "No/Where"; });
  says("backfill ends before", [](auto& r) {
    r.patch.backfills = {{at("2020-01-02T00:00:00Z"), at("2020-01-01T00:00:00Z"), {}}};
  });
}

} // namespace perdure_test::conformance
