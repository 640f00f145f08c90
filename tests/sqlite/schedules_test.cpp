// Schedules in a file: damage, zones that go, several processes.
#include "sqlite/programs.hpp"
#include "support/temporary_folder.hpp"
#include "support/catch.hpp"
#include "support/log_collector.hpp"
#include "unit/engine/schedule/tzif.hpp"

#include <cstdlib>
#include <filesystem>
#include <semaphore>
#include <string>

namespace {

using namespace perdure_test;
using perdure::errc;

auto action(std::string id) -> perdure::start_workflow_request {
  return perdure::start_workflow_action<one_step>(7, {.id = std::move(id), .task_queue = "tests"});
}
auto hourly(std::string id) -> perdure::schedule {
  perdure::schedule made{};
  made.action = action(std::move(id));
  made.spec.intervals = {{1h, 0s}};
  return made;
}
void change(std::string const& path, char const* sql) {
  perdure::sqlite::connection db{path};
  db.execute(sql);
}

constexpr perdure::sqlite_backend_options virtual_time{.clock = perdure::clock_mode::virtual_time};

TEST_CASE("a schedule that changed on disk is named, does nothing, and stops no other",
          "[sqlite][schedule]") {
  log_collector const log;
  temporary_folder const place;
  for (char const* const column : {"definition", "action", "info", "progress", "results"}) {
    CAPTURE(column);
    temporary_folder const here;
    {
      durable_world world{here.file(), virtual_time};
      world.client.create_schedule("a", hourly("a"));
      world.client.create_schedule("b", hourly("b"));
    }
    change(here.file(), ("UPDATE schedules SET " + std::string{column} + " = ' ' || " + column +
                         " WHERE id = 'a'")
                            .c_str());
    durable_world world{here.file(), virtual_time};
    world.backend.advance(2h);
    CHECK(world.client.list({.workflow_id_prefix = "a-"}).empty());
    CHECK(world.client.list({.workflow_id_prefix = "b-"}).size() == 2);
    try {
      (void)world.client.get_schedule_handle("a").describe();
      FAIL("it was described");
    } catch (perdure::error const& why) {
      CHECK(why.code() == errc::history_corrupt);
      CHECK_THAT(why.what(), contains("schedule 'a'"));
    }
    CHECK(world.client.list_schedules().size() == 1);
    world.client.get_schedule_handle("a").remove();
    world.client.create_schedule("a", hourly("a"));
    world.backend.advance(1h);
    CHECK(world.client.list({.workflow_id_prefix = "a-"}).size() == 1);
  }
}

TEST_CASE("the end of a run counts though its schedule is damaged", "[sqlite][schedule]") {
  log_collector const log;
  temporary_folder const place;
  {
    perdure::sqlite_backend backend{place.file(), virtual_time};
    perdure::client const client{backend};
    client.create_schedule("a", hourly("a"));
    backend.advance(1h);
  }
  change(place.file(), "UPDATE schedules SET info = ' ' || info");
  durable_world world{place.file(), virtual_time};
  auto const run = world.client.list({.workflow_id_prefix = "a-"}).front();
  CHECK(world.client.get_handle<one_step>(run.execution.workflow_id.str()).result() == 14);
}

TEST_CASE("a schedule whose time zone is gone waits until it is there again",
          "[sqlite][schedule]") {
  log_collector const log;
  temporary_folder const place;
  auto const zones = std::filesystem::path{place.file()}.parent_path() / "zones";
  std::filesystem::create_directory(zones);
  auto const home = zones / "Home";
  std::filesystem::copy_file("/usr/share/zoneinfo/Asia/Tokyo", home);
  ::setenv("TZDIR", zones.c_str(), 1);
  {
    durable_world world{place.file(), virtual_time};
    auto what = hourly("a");
    what.spec.intervals.clear();
    what.spec.cron_strings = {"0 * * * *"};
    what.spec.time_zone_name = "Home";
    what.policies.overlap = perdure::schedule_overlap_policy::allow_all;
    world.client.create_schedule("a", what);
    world.backend.advance(1h);
  }
  std::filesystem::rename(home, zones / "Away");
  {
    durable_world world{place.file(), virtual_time};
    world.backend.advance(90min);
    auto const info = world.client.get_schedule_handle("a").describe().info;
    CHECK(info.action_count == 1);
    CHECK_THAT(info.invalid_because, contains("time zone 'Home' is not known"));
  }
  std::filesystem::rename(zones / "Away", home);
  durable_world world{place.file(), virtual_time};
  ::unsetenv("TZDIR");
  world.backend.advance(1h);
  auto const info = world.client.get_schedule_handle("a").describe().info;
  CHECK(info.action_count == 3); // within the catch-up window
  CHECK(info.invalid_because.empty());
}

TEST_CASE("the bytes of a zone and texts that are no UTF-8 are kept", "[sqlite][schedule]") {
  temporary_folder const place;
  auto what = hourly("a");
  what.spec.time_zone_data = tzif{.offsets = {3'600}}.bytes();
  what.state.note = "caf\xe9";
  {
    durable_world world{place.file(), virtual_time};
    world.client.create_schedule("a", what);
  }
  durable_world world{place.file(), virtual_time};
  auto const d = world.client.get_schedule_handle("a").describe();
  CHECK(d.schedule.spec.time_zone_data == what.spec.time_zone_data);
  CHECK(d.schedule.state.note == "caf\xef\xbf\xbd");
}

/// Tells the test that an attempt runs.
std::counting_semaphore<> begun{0};
auto tell() -> void { begun.release(); }
auto tells() -> perdure::workflow<void> {
  co_await perdure::execute_activity<tell>({.start_to_close_timeout = 60s});
}
/// An object with a worker, as another process would have.
struct telling_world {
  explicit telling_world(std::string const& path) : backend{path} {
    worker.add<tells, tell>();
    worker.start();
  }
  perdure::sqlite_backend backend;
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "tests"}};
  perdure::client<perdure::sqlite_backend> client{backend};
};
/// A schedule that acts once, within a second.
auto soon(std::string id, perdure::duration of_second) -> perdure::schedule {
  perdure::schedule made{};
  made.action = perdure::start_workflow_action<tells>({.id = std::move(id), .task_queue = "tests"});
  made.spec.intervals = {{1s, of_second}};
  made.state.limited_actions = true;
  made.state.remaining_actions = 1;
  return made;
}

TEST_CASE("a schedule that one object makes wakes another, which starts its runs",
          "[sqlite][schedule]") {
  temporary_folder const place;
  telling_world const working{place.file()};
  perdure::sqlite_backend asking{place.file()}; // it has no worker, and keeps no time
  perdure::client const client{asking};
  auto const made = client.create_schedule("a", soon("a", 0s));
  begun.acquire();
  CHECK(made.describe().info.action_count == 1);
}

TEST_CASE("of several objects on one file, one takes each action", "[sqlite][schedule]") {
  temporary_folder const place;
  constexpr int count = 60;
  telling_world const worlds[] = {telling_world{place.file()}, telling_world{place.file()},
                                  telling_world{place.file()}};
  for (int i = 0; i < count; ++i) {
    auto const id = std::to_string(i);
    worlds[i % 2].client.create_schedule(id, soon("job-" + id, i * 15ms));
  }
  for (int i = 0; i < count; ++i) begun.acquire();
  CHECK_FALSE(begun.try_acquire());
  CHECK(worlds[2].client.count_workflows() == count);
  for (auto const& each : worlds[2].client.list_schedules()) CHECK(each.info.action_count == 1);
}

} // namespace
