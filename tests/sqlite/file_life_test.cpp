// Goal: a file lives long: it is opened again, by newer and older programs, copied, cleaned up.
#include "sqlite/programs.hpp"
#include "support/temporary_folder.hpp"
#include "support/catch.hpp"

#include <fstream>

namespace {

using namespace perdure_test;

auto code_of(std::string const& path) -> perdure::errc {
  try {
    perdure::sqlite_backend const backend{path};
  } catch (perdure::error const& why) {
    INFO(why.what());
    return why.code();
  }
  return {};
}

TEST_CASE("a run that waits goes on when its file is opened again", "[sqlite]") {
  temporary_folder const place;
  {
    durable_world world{place.file()};
    (void)world.client.start_workflow<waits_for_number>({.id = "w", .task_queue = "tests"});
  }
  durable_world world{place.file()};
  auto const handle = world.client.get_handle<waits_for_number>("w");
  handle.signal(number, 40);
  CHECK(handle.result() == 42);
}

TEST_CASE("a result is there when the file is opened without a worker", "[sqlite]") {
  temporary_folder const place;
  {
    durable_world world{place.file()};
    CHECK(world.client.execute_workflow<one_step>(21, {.id = "w", .task_queue = "tests"}) == 42);
  }
  perdure::sqlite_backend backend{place.file()};
  perdure::client const client{backend};
  CHECK(client.get_handle<one_step>("w").result() == 42);
}

TEST_CASE("a file of a newer version is refused and left as it is", "[sqlite]") {
  temporary_folder const place;
  {
    perdure::sqlite_backend const made{place.file()};
  }
  {
    perdure::sqlite::connection db{place.file()};
    db.execute("PRAGMA user_version = 1000");
  }
  CHECK(code_of(place.file()) == perdure::errc::file_refused);
  perdure::sqlite::connection db{place.file()};
  CHECK(db.number("PRAGMA user_version") == 1000);
}

TEST_CASE("a file that belongs to another program is refused and left as it is", "[sqlite]") {
  temporary_folder const place;
  {
    perdure::sqlite::connection db{place.file()};
    db.execute("CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
  }
  CHECK(code_of(place.file()) == perdure::errc::file_refused);
  perdure::sqlite::connection db{place.file()};
  CHECK(db.text("PRAGMA journal_mode") == "delete");
  CHECK(db.number("SELECT count(*) FROM sqlite_schema") == 1);
}

TEST_CASE("a file that lacks a table is an error that names it", "[sqlite]") {
  temporary_folder const place;
  {
    perdure::sqlite_backend const made{place.file()};
  }
  perdure::sqlite::connection{place.file()}.execute("DROP TABLE stops");
  CHECK_THROWS_WITH(perdure::sqlite_backend{place.file()}, contains("no such table: stops"));
}

TEST_CASE("a file that is no database is refused", "[sqlite]") {
  temporary_folder const place;
  std::ofstream{place.file()} << std::string(4'096, 'x');
  CHECK(code_of(place.file()) == perdure::errc::file_refused);
}

TEST_CASE("a file in a folder that does not exist is refused", "[sqlite]") {
  temporary_folder const place;
  CHECK(code_of(place.file("no/such/folder.db")) == perdure::errc::file_refused);
}

TEST_CASE("a backup holds what was kept when it was made, and works as a file", "[sqlite]") {
  temporary_folder const place;
  durable_world world{place.file()};
  auto const handle =
      world.client.start_workflow<waits_for_number>({.id = "w", .task_queue = "tests"});
  world.backend.backup(place.file("copy.db"));
  handle.signal(number, 1);
  CHECK(handle.result() == 3);

  durable_world copy{place.file("copy.db")};
  auto const again = copy.client.get_handle<waits_for_number>("w");
  CHECK(again.describe().status == perdure::workflow_execution_status::running);
  again.signal(number, 5);
  CHECK(again.result() == 7);
}

TEST_CASE("a backup does not overwrite a file", "[sqlite]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  std::ofstream{place.file("other")} << "precious";
  CHECK_THROWS_AS(backend.backup(place.file("other")), perdure::error);
}

TEST_CASE("runs that closed before a time are deleted, and open ones are not", "[sqlite]") {
  temporary_folder const place;
  durable_world world{place.file()};
  CHECK(world.client.execute_workflow<fan_out>(300, {.id = "f", .task_queue = "tests"}) == 89'700);
  (void)world.client.start_workflow<waits_for_number>({.id = "w", .task_queue = "tests"});
  CHECK(world.backend.delete_closed_before(world.backend.now() + 1h) == 301);
  CHECK(world.backend.count_workflows({}) == 1);
  world.backend.vacuum();
  auto const handle = world.client.get_handle<waits_for_number>("w");
  handle.signal(number, 1);
  CHECK(handle.result() == 3);
}

TEST_CASE("vacuum makes the file smaller after a deletion", "[sqlite]") {
  temporary_folder const place;
  durable_world world{place.file(), {.checkpoint_bytes = 1}};
  (void)world.client.execute_workflow<fan_out>(300, {.id = "f", .task_queue = "tests"});
  world.backend.vacuum();
  auto const before = std::filesystem::file_size(place.file());
  (void)world.backend.delete_closed_before(world.backend.now() + 1h);
  world.backend.vacuum();
  CHECK(std::filesystem::file_size(place.file()) < before / 2);
}

TEST_CASE("a sequential step costs one commit, and children share theirs", "[sqlite]") {
  temporary_folder const place;
  durable_world world{place.file()};
  auto const commits = [&] { return world.backend.statistics().commits; };
  auto before = commits();
  CHECK(world.client.execute_workflow<steps>(50, {.id = "s", .task_queue = "tests"}) == 2'450);
  CHECK(commits() - before <= 50 + 8);
  before = commits();
  CHECK(world.client.execute_workflow<fan_out>(1'000, {.id = "f", .task_queue = "tests"}) ==
        999'000);
  CHECK(commits() - before <= 250); // a quarter each; the benchmark shows less
}

} // namespace
