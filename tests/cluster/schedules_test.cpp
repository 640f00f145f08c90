// Schedules and deployments on a real server.
#include "cluster/cluster_world.hpp"

#include <string>
#include <vector>

#include "cluster/soon.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::errc;

inline constexpr perdure::search_attribute<perdure::keyword> field{"CustomKeywordField"};

perdure::workflow<int> reports(int n) { co_return n; }
struct scheduling : cluster_world<reports> {
  std::string name{id("schedule")};
  auto hourly() -> perdure::schedule {
    auto asked = options("job");
    asked.static_summary = "every hour";
    perdure::schedule made{};
    made.action = perdure::start_workflow_action<reports>(5, asked);
    made.spec.intervals = {{1h, 0s}};
    made.state.note = "mine";
    return made;
  }
  ~scheduling() {
    (void)code_of([&] { client.get_schedule_handle(name).remove(); });
  }
};

TEST_CASE("a schedule acts when it is told to, and is described", "[cluster][schedule]") {
  scheduling s;
  auto const handle = s.client.create_schedule(
      s.name, s.hourly(),
      {.memo = {{"m", perdure::to_payload(1)}}, .search_attributes = {field("acme")}});
  CHECK(code_of([&] { s.client.create_schedule(s.name, s.hourly()); }) == errc::schedule_exists);
  auto const fresh = handle.describe();
  CHECK(fresh.schedule.action.workflow_type == "reports");
  CHECK(perdure::text_of(fresh.schedule.action.user_metadata->summary) == "every hour");
  CHECK(fresh.schedule.spec.intervals == std::vector<perdure::schedule_interval>{{1h, 0s}});
  CHECK(fresh.schedule.state.note == "mine");
  CHECK(fresh.conflict_token == 1);
  CHECK(fresh.info.next_action_times.size() == 10);
  CHECK(fresh.memo->count("m") == 1);
  CHECK(field.get(*fresh.search_attributes) == "acme");
  handle.trigger();
  REQUIRE(holds_soon([&] { return handle.describe().info.recent_actions.size() == 1; }));
  auto const taken = handle.describe().info.recent_actions[0].started;
  CHECK(s.client.get_handle<reports>(taken.workflow_id.str()).result() == 5);
}

TEST_CASE("a schedule is changed, but not over somebody else's change", "[cluster][schedule]") {
  scheduling s;
  auto const handle = s.client.create_schedule(s.name, s.hourly());
  auto const before = handle.describe();
  handle.update([](perdure::schedule& now) { now.state.note = "changed"; });
  CHECK(handle.describe().schedule.state.note == "changed");
  perdure::update_schedule_request stale{};
  stale.id = s.name;
  stale.schedule = before.schedule;
  stale.conflict_token = before.conflict_token;
  CHECK(code_of([&] { s.backend.update_schedule(stale); }) == errc::schedule_conflict);
  CHECK(handle.describe().schedule.state.note == "changed");
  handle.pause("holidays");
  REQUIRE(holds_soon([&] { return handle.describe().schedule.state.paused; }));
  CHECK(handle.describe().schedule.state.note == "holidays");
  handle.unpause();
  REQUIRE(holds_soon([&] { return !handle.describe().schedule.state.paused; }));
}

TEST_CASE("the times of a schedule are told, and Sundays have two numbers", "[cluster][schedule]") {
  scheduling s;
  auto weekly = s.hourly();
  weekly.spec.intervals.clear();
  weekly.spec.calendars.resize(1);
  weekly.spec.calendars[0].day_of_week = {{6, 7, 0}};
  auto const handle = s.client.create_schedule(s.name, weekly);
  auto const at = [](char const* text) { return *perdure::parse_time<perdure::time_point>(text); };
  CHECK(handle.matching_times(at("2024-02-29T00:00:00Z"), at("2024-03-09T00:00:00Z")) ==
        std::vector{at("2024-03-02T00:00:00Z"), at("2024-03-03T00:00:00Z"),
                    at("2024-03-09T00:00:00Z")});
}

TEST_CASE("schedules are listed by id, and gone when they are removed", "[cluster][schedule]") {
  scheduling s;
  std::vector<std::string> const names{s.name + "-b", s.name + "-a", s.name + "-c"};
  for (auto const& each : names) s.client.create_schedule(each, s.hourly());
  auto const listed = [&] {
    std::string all;
    for (auto const& each : s.client.list_schedules({.id_prefix = s.name, .page_size = 2}))
      all += each.id.back();
    return all;
  };
  CHECK(holds_soon([&] { return listed() == "abc"; }));
  for (auto const& each : names) s.client.get_schedule_handle(each).remove();
  CHECK(code_of([&] { (void)s.client.get_schedule_handle(names[0]).describe(); }) ==
        errc::not_found);
  CHECK(code_of([&] { s.client.get_schedule_handle(names[0]).remove(); }) == errc::not_found);
  CHECK(holds_soon([&] { return listed().empty(); }));
}

TEST_CASE("a schedule that cannot be is refused", "[cluster][schedule]") {
  scheduling s;
  auto const refused = [&](auto change) {
    auto asked = s.hourly();
    change(asked);
    return code_of([&] { s.client.create_schedule(s.name, asked); });
  };
  CHECK(refused([](auto& r) { r.spec.time_zone_name = "No/Where"; }) == errc::bad_time_zone);
  CHECK(refused([](auto& r) { r.spec.intervals[0].every = 0s; }) == errc::invalid_argument);
  CHECK(refused([](auto& r) { r.spec.cron_strings = {"* * * *"}; }) == errc::invalid_argument);
}

// ------------------------------------------------------------------------------------- deployments
TEST_CASE("the current build of a deployment is set before its workers come",
          "[cluster][deployment]") {
  cluster_world<reports> w;
  std::string const name = w.id("deployment");
  CHECK(code_of([&] { (void)w.client.describe_deployment(name); }) == errc::not_found);
  w.client.set_current_version(name, "b1");
  w.client.set_current_version(name, "b2");
  auto const told = w.client.describe_deployment(name);
  CHECK(told.current_build_id == "b2");
  REQUIRE(told.versions.size() == 2);
  CHECK(told.versions[0].build_id == "b1");
  CHECK(told.versions[1].open_pinned_runs == 0);
  w.client.set_current_version(name, "");
  CHECK(w.client.describe_deployment(name).current_build_id.empty());
}

} // namespace
