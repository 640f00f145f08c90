// Goal: mistakes about schedules are told as embedded backends tell them, and no change is lost
// silently where that can be seen. Method: a server in the process with a script.
#include "temporal/scripted_client.hpp"

#include <chrono>
#include <functional>
#include <string>

#include "perdure/backend/temporal/translation/schedule_translation.hpp"

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;
using perdure::errc;
using perdure::time_point;

auto hourly() -> perdure::create_schedule_request {
  perdure::create_schedule_request made{};
  made.id = "s";
  made.schedule.action.workflow_id = "job";
  made.schedule.action.workflow_type = "report";
  made.schedule.action.task_queue = "q";
  made.schedule.spec.intervals = {{1h, 0s}};
  return made;
}
auto described_with(std::int64_t token) -> scripted_answer {
  service::DescribeScheduleResponse told;
  told.set_conflict_token(perdure::temporal::conflict_token_bytes(token));
  return giving(told);
}
auto change_of(std::int64_t token) -> perdure::update_schedule_request {
  perdure::update_schedule_request made{};
  made.id = "s";
  made.schedule = hourly().schedule;
  made.conflict_token = token;
  return made;
}

TEST_CASE("a schedule is created once, however often it is tried",
          "[temporal][operator][schedule]") {
  scripted_client c;
  c.script("CreateSchedule",
           {away(), giving(service::CreateScheduleResponse{}),
            failing(grpc::StatusCode::ALREADY_EXISTS, "schedule \"s\" is already registered")});
  auto request = hourly();
  request.patch.trigger = true;
  c.operators.create_schedule(request);
  auto const tries = c.requests<service::CreateScheduleRequest>("CreateSchedule");
  REQUIRE(tries.size() == 2);
  CHECK_FALSE(tries[0].request_id().empty());
  CHECK(tries[1].request_id() == tries[0].request_id());
  CHECK(tries[0].initial_patch().has_trigger_immediately());
  CHECK(refusal([&] { c.operators.create_schedule(hourly()); }) == errc::schedule_exists);
}

TEST_CASE("a schedule that cannot be is refused before a server takes it",
          "[temporal][operator][schedule]") {
  scripted_client c;
  auto const says = [&](char const* part,
                        std::function<void(perdure::create_schedule_request&)> change) {
    auto request = hourly();
    change(request);
    CHECK_THROWS_WITH(c.operators.create_schedule(request), contains(part));
    CHECK(refusal([&] { c.operators.create_schedule(request); }) == errc::invalid_argument);
  };
  says("its id must have 1 to 1000 bytes", [](auto& r) { r.id.clear(); });
  says("its id must have 1 to 1000 bytes", [](auto& r) { r.id.assign(1'001, 'i'); });
  says("not UTF-8", [](auto& r) { r.id = "caf\xe9"; });
  says("workflow id of its action", [](auto& r) { r.schedule.action.workflow_id = {}; });
  says("workflow id of its action",
       [](auto& r) { r.schedule.action.workflow_id = std::string(980, 'i'); });
  says("workflow type of its action", [](auto& r) { r.schedule.action.workflow_type = {}; });
  says("no task queue", [](auto& r) { r.schedule.action.task_queue = {}; });
  says("a timeout of its action", [](auto& r) { r.schedule.action.workflow_run_timeout = -1s; });
  says("start delay", [](auto& r) { r.schedule.action.start_delay = 1s; });
  says("cron schedule of its own", [](auto& r) { r.schedule.action.cron_schedule = "@daily"; });
  says("catch-up window", [](auto& r) { r.schedule.policies.catchup_window = -1s; });
  says("overlap policy", [](auto& r) {
    r.schedule.policies.overlap = static_cast<perdure::schedule_overlap_policy>(7);
  });
  says("remaining actions", [](auto& r) { r.schedule.state.remaining_actions = -1; });
  says("backfill ends before",
       [](auto& r) { r.patch.backfills = {{time_point{2s}, time_point{1s}, {}}}; });
  says("not both", [](auto& r) { r.patch.pause = r.patch.unpause = "x"; });
  CHECK(c.server.calls().empty());
}

TEST_CASE("a time zone that the server does not know is told from other mistakes",
          "[temporal][operator][schedule]") {
  scripted_client c;
  c.script("CreateSchedule",
           {failing(grpc::StatusCode::INVALID_ARGUMENT,
                    "Invalid schedule spec: unknown time zone No/Where"),
            failing(grpc::StatusCode::INVALID_ARGUMENT, "interval is too small")});
  CHECK(refusal([&] { c.operators.create_schedule(hourly()); }) == errc::bad_time_zone);
  CHECK(refusal([&] { c.operators.create_schedule(hourly()); }) == errc::invalid_argument);
}

TEST_CASE("a change of what was changed meanwhile is refused", "[temporal][operator][schedule]") {
  scripted_client c;
  c.script("DescribeSchedule", {described_with(3), described_with(2)});
  CHECK(refusal([&] { c.operators.update_schedule(change_of(2)); }) == errc::schedule_conflict);
  CHECK(c.server.calls_of("UpdateSchedule") == 0);
  c.operators.update_schedule(change_of(2));
  c.operators.update_schedule(change_of(0)); // whatever was changed
  auto const made = c.requests<service::UpdateScheduleRequest>("UpdateSchedule");
  REQUIRE(made.size() == 2);
  CHECK(made[0].conflict_token() == std::string("\0\0\0\0\0\0\0\2", 8));
  CHECK(made[1].conflict_token().empty());
  CHECK(c.server.calls_of("DescribeSchedule") == 2);
}

TEST_CASE("a server that sees the conflict itself is heard", "[temporal][operator][schedule]") {
  scripted_client c;
  c.script("UpdateSchedule",
           {failing(grpc::StatusCode::FAILED_PRECONDITION, "mismatched conflict token")});
  CHECK(refusal([&] { c.operators.update_schedule(change_of(0)); }) == errc::schedule_conflict);
}

TEST_CASE("a schedule that was deleted is not there", "[temporal][operator][schedule]") {
  scripted_client c;
  c.script("DeleteSchedule", {closed()});
  c.script("PatchSchedule", {closed()});
  c.script("DescribeSchedule", {not_found("schedule not found")});
  CHECK(refusal([&] { c.operators.delete_schedule("s"); }) == errc::not_found);
  CHECK(refusal([&] { c.operators.patch_schedule("s", {}); }) == errc::not_found);
  CHECK(refusal([&] { (void)c.operators.describe_schedule("s"); }) == errc::not_found);
}

TEST_CASE("schedules are listed by id, page by page", "[temporal][operator][schedule]") {
  scripted_client c;
  auto const page = [](std::string const& ids, std::string const& token) {
    service::ListSchedulesResponse told;
    for (char const id : ids) {
      auto& entry = *told.add_schedules();
      entry.set_schedule_id(std::string{id});
      entry.mutable_info()->mutable_workflow_type()->set_name(id == 'd' ? "other" : "report");
      entry.mutable_info()->set_paused(id == 'a');
    }
    told.set_next_page_token(token);
    return giving(told);
  };
  auto const ids = [&](perdure::schedule_filter filter) {
    std::string all;
    do {
      auto const told = c.operators.list_schedules(filter);
      for (auto const& each : told.schedules) all += each.id;
      filter.next_page_token = told.next_page_token;
      if (!filter.next_page_token.empty()) all += '|';
    } while (!filter.next_page_token.empty());
    return all;
  };
  for (int i = 0; i < 5; ++i) c.script("ListSchedules", {page("db", "more"), page("ca", "")});
  CHECK(ids({}) == "abcd");
  CHECK(ids({.page_size = 3}) == "abc|d");
  CHECK(ids({.workflow_type = "other"}) == "d");
  CHECK(c.operators.list_schedules({.id_prefix = "a"}).schedules.at(0).schedule.state.paused);
  CHECK(refusal([&] { (void)ids({.page_size = 0}); }) == errc::invalid_argument);
  CHECK(c.requests<service::ListSchedulesRequest>("ListSchedules").at(1).next_page_token() ==
        "more");
}

TEST_CASE("of the times of a schedule a thousand are given", "[temporal][operator][schedule]") {
  scripted_client c;
  service::ListScheduleMatchingTimesResponse told;
  for (int i = 0; i < 1'500; ++i) told.add_start_time()->set_seconds(i);
  c.script("ListScheduleMatchingTimes", {giving(told)});
  auto const times = c.operators.list_matching_times("s", time_point{1s}, time_point{2s});
  REQUIRE(times.size() == 1'000);
  CHECK(times.back() == time_point{999s});
}

} // namespace
