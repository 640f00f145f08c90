// Goal: what a disk has damaged fails the run that it belongs to, with an error that names it, and
// nothing else. Method: rows and pages are changed behind the library's back.
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/hand_worker.hpp"
#include "support/log_collector.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>

namespace {

using namespace perdure_test;

/// A file with runs "0" to "9" that wait for their number, and of which none is in memory.
void make_file(std::string const& path) {
  durable_world world{path, {.checkpoint_bytes = 1, .clock = perdure::clock_mode::virtual_time}};
  for (int i = 0; i < 10; ++i)
    (void)world.client.start_workflow<waits_for_number>(
        {.id = std::to_string(i), .task_queue = "tests"});
  world.backend.advance(0s);
}
void change(std::string const& path, char const* sql) {
  perdure::sqlite::connection db{path};
  db.execute(sql);
}
/// The page that `query` gives.
void overwrite_page(std::string const& path, char const* query) {
  std::int64_t page{};
  {
    perdure::sqlite::connection db{path};
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    page = db.number(query);
  }
  REQUIRE(page > 1);
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp((page - 1) * 4'096);
  file << std::string(4'096, '\x5a');
}
/// No run can end without it.
constexpr char const* page_of_ends = "SELECT rootpage FROM sqlite_schema WHERE name = 'ends'";

/// All runs but those named in `broken` can be finished; those fail and say `named`.
void check_all_but(durable_world& world, std::string const& broken, std::string const& named) {
  for (int i = 0; i < 10; ++i) {
    std::string const id = std::to_string(i);
    auto const handle = world.client.get_handle<waits_for_number>(id);
    CAPTURE(id);
    if (broken.find(id) == std::string::npos) {
      handle.signal(number, i);
      CHECK(handle.result() == i + 2);
      continue;
    }
    std::string said;
    try {
      handle.signal(number, i);
    } catch (perdure::error const& why) {
      CHECK(why.code() == perdure::errc::history_corrupt);
      said = why.what();
    }
    CHECK(said.find(named) != std::string::npos);
    CHECK_THROWS_AS(handle.fetch_history(), perdure::error);
  }
}

TEST_CASE("an event that changed on disk fails its run alone and is named", "[sqlite]") {
  log_collector const quiet;
  temporary_folder const place;
  make_file(place.file());
  change(place.file(), "UPDATE events SET attributes = replace(attributes, 'tests', 'tessa')"
                       " WHERE key = (4 << 24 | 1)");
  durable_world world{place.file()};
  check_all_but(world, "3", "of table events (run 4, event");
  CHECK(world.backend.damaged_runs().size() == 1);
}

TEST_CASE("an event that is missing fails its run alone and is named", "[sqlite]") {
  log_collector const quiet;
  temporary_folder const place;
  make_file(place.file());
  change(place.file(), "DELETE FROM events WHERE key ="
                       " (SELECT max(key) FROM events WHERE key < 2 << 24)");
  durable_world world{place.file()};
  check_all_but(world, "0", "of run 1 is missing");
}

TEST_CASE("a run's row that changed on disk fails that run alone and is named", "[sqlite]") {
  log_collector const quiet;
  temporary_folder const place;
  make_file(place.file());
  change(place.file(), "UPDATE runs SET history_length = history_length - 1 WHERE number = 8");
  durable_world world{place.file()};
  check_all_but(world, "7", "row 8 of table runs (workflow '7')");
}

TEST_CASE("a list shows a damaged run with what is wrong", "[sqlite]") {
  log_collector const quiet;
  temporary_folder const place;
  make_file(place.file());
  change(place.file(), "UPDATE events SET time = time + 1 WHERE key = (4 << 24 | 1)");
  durable_world world{place.file()};
  auto const all = world.client.list();
  REQUIRE(all.size() == 10);
  CHECK(all[3].execution.workflow_id == "3");
  CHECK(all[3].workflow_task_failure.find("damaged") != std::string::npos);
  CHECK(all[4].workflow_task_failure.empty());
}

TEST_CASE("a damaged page fails the runs that it holds and no others", "[sqlite]") {
  log_collector log;
  temporary_folder const place;
  make_file(place.file());
  overwrite_page(place.file(),
                 "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf'"
                 " ORDER BY pageno LIMIT 1 OFFSET 1");
  durable_world world{place.file()};
  CHECK(log.with("the file is damaged").size() == 1);
  CHECK(world.client.list().size() == 10);
  int whole = 0;
  for (int i = 0; i < 10; ++i) try {
      auto const handle = world.client.get_handle<waits_for_number>(std::to_string(i));
      handle.signal(number, i);
      whole += handle.result() == i + 2 ? 1 : 0;
    } catch (perdure::error const& why) {
      CHECK(why.code() == perdure::errc::history_corrupt);
      UNSCOPED_INFO(why.what());
    }
  CHECK(whole >= 3); // a page holds the events of some four runs, and has two neighbours
  CHECK(whole < 10);
}

/// A worker by hand and a file in which no run can end; run "0" has a task.
struct endless {
  explicit endless(std::string const& path)
      : backend{path, {.clock = perdure::clock_mode::virtual_time}} {
    server.client.get_handle("0").signal(number, 1);
    meet_damage(); // of some run; from here on it is seen of which
  }
  void meet_damage() {
    server.hand.answer(server.hand.workflow(), {commands::complete()});
    CHECK_THROWS_WITH(server.hand.poll_workflow(), contains("malformed"));
  }
  perdure::sqlite_backend backend;
  basic_server<perdure::sqlite_backend> server{backend};
};

TEST_CASE("a run that meets damage twice is damaged, whatever is kept of others in between",
          "[sqlite]") {
  log_collector const quiet;
  temporary_folder const place;
  make_file(place.file());
  overwrite_page(place.file(), page_of_ends);
  endless world{place.file()};
  world.meet_damage();
  (void)world.server.start({.workflow_id = "another", .task_queue = "others"});
  CHECK(world.backend.damaged_runs().empty()); // the disk may have failed for a moment
  world.meet_damage();
  CHECK(world.backend.damaged_runs().size() == 1);
}

TEST_CASE("a run that meets damage and goes on is not damaged", "[sqlite]") {
  log_collector const quiet;
  temporary_folder const place;
  make_file(place.file());
  overwrite_page(place.file(), page_of_ends);
  endless world{place.file()};
  for (int i = 0; i < 3; ++i) {
    world.meet_damage();
    world.server.hand.decide();
    world.server.client.get_handle("0").signal(number, 1);
    CHECK(world.backend.damaged_runs().empty());
  }
}

TEST_CASE("damage that several runs meet in one commit ends each of them, and no wait",
          "[sqlite]") {
  log_collector log;
  temporary_folder const place;
  make_file(place.file());
  overwrite_page(place.file(), page_of_ends);
  durable_world world{place.file()};
  auto const run = [&](int i) {
    return world.client.get_handle<waits_for_number>(std::to_string(i));
  };
  auto const begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) try {
      run(i).signal(number, i);
    } catch (perdure::error const& why) { // the commit that took it in has also ended the run
      CHECK(why.code() == perdure::errc::history_corrupt);
    }
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    CHECK_THROWS_WITH(run(i).result(), contains("malformed"));
  }
  // No task waited for its timeout: who had it was undone with others, and took it back.
  CHECK(std::chrono::steady_clock::now() - begun < 9s);
  CHECK(world.client.list().size() == 10);
  CHECK(log.with("a run is damaged").size() == 10);
}

} // namespace
