// Goal: a schedule arrives at a server as it was meant, and is described as it was made. Method:
// protobuf's own JSON, and random schedules that go there and back.
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "perdure/backend/temporal/translation/schedule_translation.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/error.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"
#include "temporal/held_by.hpp"

using namespace perdure;
using namespace perdure::temporal;
using namespace std::chrono_literals;
using perdure_test::has_code;
using perdure_test::json;
using perdure_test::json_of;
using perdure_test::sent;

namespace {

namespace message = ::temporal::api::schedule::v1;

auto written(schedule const& from) -> message::Schedule {
  message::Schedule made;
  write_schedule(from, made);
  return sent(made);
}
auto action() -> start_workflow_request {
  start_workflow_request made{};
  made.workflow_id = "job";
  made.workflow_type = "report";
  made.task_queue = "q";
  return made;
}

} // namespace

TEST_CASE("every member of a schedule arrives", "[temporal][schedule]") {
  schedule asked{};
  asked.action = action();
  asked.spec.calendars.resize(1);
  asked.spec.calendars[0].second = {{1, 2, 3}};
  asked.spec.calendars[0].minute = {{4, 0, 0}};
  asked.spec.calendars[0].hour = {{8, 16, 2}, {20, 0, 0}};
  asked.spec.calendars[0].day_of_month = {{1, 0, 0}};
  asked.spec.calendars[0].month = {{2, 0, 0}};
  asked.spec.calendars[0].year = {{2024, 2030, 2}};
  asked.spec.calendars[0].day_of_week = {{1, 5, 0}};
  asked.spec.calendars[0].comment = "office";
  asked.spec.exclude_calendars.resize(1);
  asked.spec.exclude_calendars[0].hour = {{12, 0, 0}};
  asked.spec.intervals = {{90min, 15min}, {1h, 0s}};
  asked.spec.cron_strings = {"0 12 * * MON"};
  asked.spec.start_at = time_point{1s};
  asked.spec.end_at = time_point{2s};
  asked.spec.jitter = 5min;
  asked.spec.time_zone_name = "Europe/Berlin";
  asked.spec.time_zone_data = "TZif";
  asked.policies = {schedule_overlap_policy::buffer_one, 1min, true};
  asked.state = {"mine", true, true, 7};
  json const expected = json::parse(R"({
    "spec": {
      "structuredCalendar": [{
        "second": [{"start": 1, "end": 2, "step": 3}], "minute": [{"start": 4}],
        "hour": [{"start": 8, "end": 16, "step": 2}, {"start": 20}],
        "dayOfMonth": [{"start": 1}], "month": [{"start": 2}],
        "year": [{"start": 2024, "end": 2030, "step": 2}], "dayOfWeek": [{"start": 1, "end": 5}],
        "comment": "office"}],
      "cronString": ["0 12 * * MON"],
      "interval": [{"interval": "5400s", "phase": "900s"}, {"interval": "3600s"}],
      "excludeStructuredCalendar": [{
        "second": [{"step": 1}], "minute": [{"step": 1}], "hour": [{"start": 12}],
        "dayOfMonth": [{"start": 1, "end": 31, "step": 1}],
        "month": [{"start": 1, "end": 12, "step": 1}], "dayOfWeek": [{"end": 6, "step": 1}]}],
      "startTime": "1970-01-01T00:00:01Z", "endTime": "1970-01-01T00:00:02Z", "jitter": "300s",
      "timezoneName": "Europe/Berlin", "timezoneData": "VFppZg=="},
    "action": {"startWorkflow": {"workflowId": "job", "workflowType": {"name": "report"},
      "taskQueue": {"name": "q", "kind": "TASK_QUEUE_KIND_NORMAL"}}},
    "policies": {"overlapPolicy": "SCHEDULE_OVERLAP_POLICY_BUFFER_ONE", "catchupWindow": "60s",
      "pauseOnFailure": true},
    "state": {"notes": "mine", "paused": true, "limitedActions": true, "remainingActions": "7"}})");
  CHECK(json_of(written(asked)) == expected);
}

TEST_CASE("day 7 is Sunday, which servers call 0", "[temporal][schedule]") {
  auto const days = [](schedule_range asked) {
    schedule made{};
    made.action = action();
    made.spec.calendars.resize(1);
    made.spec.calendars[0].day_of_week = {asked};
    std::string text;
    auto const arrived = written(made);
    for (auto const& each : arrived.spec().structured_calendar(0).day_of_week())
      text += std::to_string(each.start()) + "-" + std::to_string(each.end()) + "/" +
              std::to_string(each.step()) + " ";
    return text;
  };
  CHECK(days({7, 0, 0}) == "0-0/1 ");
  CHECK(days({1, 7, 0}) == "1-6/0 0-0/1 ");
  CHECK(days({1, 7, 2}) == "1-6/2 0-0/1 ");
  CHECK(days({2, 7, 2}) == "2-6/2 ");
  CHECK(days({0, 6, 0}) == "0-6/0 ");
  CHECK(days({3, 0, 0}) == "3-0/0 ");
}

TEST_CASE("what a calendar leaves open is filled in for the server, and left open again",
          "[temporal][schedule]") {
  schedule asked{};
  asked.action = action();
  asked.spec.calendars.resize(1);
  auto const made = written(asked);
  CHECK(json_of(made.spec().structured_calendar(0)) == json::parse(R"({
    "second": [{"step": 1}], "minute": [{"step": 1}], "hour": [{"step": 1}],
    "dayOfMonth": [{"start": 1, "end": 31, "step": 1}],
    "month": [{"start": 1, "end": 12, "step": 1}], "dayOfWeek": [{"end": 6, "step": 1}]})"));
  CHECK(read_schedule(made).spec == asked.spec);
}

namespace {

class schedule_maker {
public:
  explicit schedule_maker(std::uint64_t seed) : numbers_{seed} {}

  auto make() -> schedule {
    schedule made{};
    made.action = action();
    for (auto i = numbers_.below(3); i != 0; --i) made.spec.calendars.push_back(calendar());
    for (auto i = numbers_.below(3); i != 0; --i) made.spec.exclude_calendars.push_back(calendar());
    for (auto i = numbers_.below(3); i != 0; --i)
      made.spec.intervals.push_back({time() + 1ns, time()});
    for (auto i = numbers_.below(3); i != 0; --i) made.spec.cron_strings.push_back(text());
    if (numbers_.one_in(2)) made.spec.start_at = time_point{time()};
    if (numbers_.one_in(2)) made.spec.end_at = time_point{time()};
    if (numbers_.one_in(2)) made.spec.jitter = time();
    made.spec.time_zone_name = text();
    made.spec.time_zone_data = std::string("\x00\xff", numbers_.below(3));
    made.policies.overlap = static_cast<schedule_overlap_policy>(numbers_.below(7));
    made.policies.catchup_window = time();
    made.policies.pause_on_failure = numbers_.one_in(2);
    made.state = {text(), numbers_.one_in(2), numbers_.one_in(2),
                  static_cast<std::int64_t>(numbers_.next() >> 1)};
    return made;
  }

private:
  auto text() -> std::string {
    std::vector<std::string> const texts{"", "a", "Europe/Berlin", "漢字 \"quoted\""};
    return texts[numbers_.below(4)];
  }
  auto time() -> duration { return duration{static_cast<std::int64_t>(numbers_.next() >> 2)}; }
  auto ranges() -> std::vector<schedule_range> {
    std::vector<schedule_range> made;
    for (auto i = numbers_.below(3); i != 0; --i)
      made.push_back({static_cast<int>(1 + numbers_.below(5)), static_cast<int>(numbers_.below(6)),
                      static_cast<int>(numbers_.below(3))});
    return made;
  }
  auto calendar() -> schedule_calendar {
    return {ranges(), ranges(), ranges(), ranges(), ranges(), ranges(), ranges(), text()};
  }
  perdure_test::numbers numbers_;
};

} // namespace

TEST_CASE("random schedules are read as they were written", "[temporal][schedule]") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    schedule const made = schedule_maker{seed}.make();
    schedule const back = read_schedule(written(made));
    CAPTURE(seed);
    REQUIRE(back.spec == made.spec);
    REQUIRE(back.policies == made.policies);
    REQUIRE(back.state == made.state);
  }
}

TEST_CASE("a patch says what it does and no more", "[temporal][schedule]") {
  auto const said = [](schedule_patch const& patch) {
    message::SchedulePatch made;
    write_patch(patch, made);
    return json_of(sent(made));
  };
  CHECK(said({}) == json::object());
  schedule_patch trigger{};
  trigger.trigger = true;
  CHECK(said(trigger) == json::parse(R"({"triggerImmediately": {}})"));
  trigger.trigger_overlap = schedule_overlap_policy::allow_all;
  trigger.backfills = {{time_point{1s}, time_point{2s}, schedule_overlap_policy::skip}};
  trigger.pause = "holidays";
  CHECK(said(trigger) == json::parse(R"({
    "triggerImmediately": {"overlapPolicy": "SCHEDULE_OVERLAP_POLICY_ALLOW_ALL"},
    "backfillRequest": [{"startTime": "1970-01-01T00:00:01Z", "endTime": "1970-01-01T00:00:02Z",
                         "overlapPolicy": "SCHEDULE_OVERLAP_POLICY_SKIP"}],
    "pause": "holidays"})"));
}

TEST_CASE("a conflict token is the number of changes", "[temporal][schedule]") {
  CHECK(conflict_token_bytes(0).empty());
  CHECK(conflict_token_bytes(1) == std::string("\0\0\0\0\0\0\0\1", 8));
  for (std::int64_t const each :
       {std::int64_t{1}, std::int64_t{-1}, std::int64_t{0x0102030405060708}})
    CHECK(conflict_token_of(conflict_token_bytes(each)) == each);
  CHECK_THROWS_MATCHES(conflict_token_of("abc"), error, has_code<error>(errc::not_supported));
}

TEST_CASE("what has become of a schedule is described", "[temporal][schedule]") {
  ::temporal::api::workflowservice::v1::DescribeScheduleResponse told;
  REQUIRE(google::protobuf::util::JsonStringToMessage(R"({
    "schedule": {"action": {"startWorkflow": {"workflowId": "job"}}},
    "info": {
      "actionCount": "15", "missedCatchupWindow": "1", "overlapSkipped": "2",
      "bufferDropped": "3", "bufferSize": "4",
      "runningWorkflows": [{"workflowId": "job-1", "runId": "r"}],
      "recentActions": [{"scheduleTime": "1970-01-01T00:00:01Z",
        "actualTime": "1970-01-01T00:00:02Z",
        "startWorkflowResult": {"workflowId": "job-1", "runId": "r"},
        "startWorkflowStatus": "WORKFLOW_EXECUTION_STATUS_COMPLETED"}],
      "futureActionTimes": ["1970-01-01T00:00:03Z"],
      "createTime": "1970-01-01T00:00:04Z", "updateTime": "1970-01-01T00:00:05Z"},
    "conflictToken": "AAAAAAAAAAI="})",
                                                      &told)
              .ok());
  schedule_description const made = read_description("s", told);
  CHECK(made.id == "s");
  CHECK(made.schedule.action.workflow_id == "job");
  CHECK(made.conflict_token == 2);
  CHECK(made.info.action_count == 15);
  CHECK(made.info.missed_catchup_window_count == 1);
  CHECK(made.info.skipped_overlap_count == 2);
  CHECK(made.info.dropped_count == 3);
  CHECK(made.info.waiting_count == 4);
  CHECK(made.info.running == std::vector<workflow_execution>{{"job-1", "r"}});
  REQUIRE(made.info.recent_actions.size() == 1);
  CHECK(made.info.recent_actions[0].scheduled_at == time_point{1s});
  CHECK(made.info.recent_actions[0].taken_at == time_point{2s});
  CHECK(made.info.recent_actions[0].started.run_id == "r");
  CHECK(made.info.recent_actions[0].status == workflow_execution_status::completed);
  CHECK(made.info.next_action_times == std::vector{time_point{3s}});
  CHECK(made.info.created_at == time_point{4s});
  CHECK(made.info.updated_at == time_point{5s});
  CHECK_FALSE(made.memo);
}
