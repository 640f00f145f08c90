// Goal: who misspells a task queue is told, and nobody is told of what another process may do.
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/log_collector.hpp"
#include "support/temporary_folder.hpp"

#include <string>

namespace {

using namespace perdure_test;
using sqlite_client = perdure::client<perdure::sqlite_backend>;

void start(sqlite_client const& client, std::string const& id, std::string const& queue) {
  (void)client.start_workflow<one_step>(1, {.id = id, .task_queue = queue});
}

TEST_CASE("a task queue that no process polls is reported once", "[sqlite][report]") {
  temporary_folder const place;
  log_collector const log;
  perdure::sqlite_backend backend{place.file()};
  sqlite_client const client{backend};
  start(client, "a", "tests");
  start(client, "b", "tests");
  auto const lines = log_collector::with("no worker polls");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == perdure::log_level::warning);
  CHECK(lines[0].fields.at("task_queue") == "tests");
}

TEST_CASE("a misspelt task queue is reported though the worker polls its own, and that one again "
          "when the worker is gone",
          "[sqlite][report]") {
  temporary_folder const place;
  log_collector const log;
  perdure::sqlite_backend backend{place.file()};
  sqlite_client const client{backend};
  {
    perdure::worker worker{backend, {.task_queue = "tests"}};
    worker.add<one_step, twice>();
    worker.start();
    CHECK(client.execute_workflow<one_step>(2, {.id = "a", .task_queue = "tests"}) == 4);
    CHECK(log_collector::with("no worker polls").empty());
    start(client, "b", "test");
    auto const lines = log_collector::with("no worker polls");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].fields.at("task_queue") == "test");
  }
  start(client, "c", "tests");
  CHECK(log_collector::with("no worker polls").size() == 2);
}

TEST_CASE("a task queue that a worker of another process may poll is not reported",
          "[sqlite][report]") {
  temporary_folder const place;
  durable_world elsewhere{place.file()}; // its backend is another member of the file
  log_collector const log;
  perdure::sqlite_backend backend{place.file()};
  sqlite_client const client{backend};
  start(client, "a", "tests");
  start(client, "b", "other");
  CHECK(log_collector::with("no worker polls").empty());
  CHECK(client.get_handle<one_step>("a").result() == 2);
}

} // namespace
