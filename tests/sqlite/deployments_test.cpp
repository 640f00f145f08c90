// Goal: what is known of versions of workers is in the file, for every process that has it open.
#include "sqlite/programs.hpp"
#include "support/catch.hpp"
#include "support/hand_worker.hpp"
#include "support/temporary_folder.hpp"

#include <perdure/sqlite.hpp>

#include <thread>

namespace {

using namespace perdure_test;
using perdure::versioning_behavior;
using by_hand = basic_hand_worker<perdure::sqlite_backend>;
using client = perdure::client<perdure::sqlite_backend>;

TEST_CASE("a current build that one process sets is known to a worker that waits in another",
          "[sqlite][deployment]") {
  temporary_folder const place;
  perdure::sqlite_backend here{place.file()};
  perdure::sqlite_backend there{place.file()};
  by_hand one{here, "1", versioning_behavior::pinned};
  by_hand two{there, "2", versioning_behavior::pinned};
  client{here}.set_current_version("shop", "1");
  start(here, "w");
  perdure::polled_task taken;
  std::thread waiting{[&] { taken = there.poll(two, {true, false, true}); }};
  client{here}.set_current_version("shop", "2");
  waiting.join();
  REQUIRE(std::holds_alternative<perdure::workflow_task>(taken));
  two.answer(std::get<perdure::workflow_task>(taken));
  CHECK(client{here}.describe_deployment("shop").versions.at(1).open_pinned_runs == 1);
}

TEST_CASE("a run that is pinned in one process goes on at its build in another",
          "[sqlite][deployment]") {
  temporary_folder const place;
  {
    perdure::sqlite_backend before{place.file()};
    by_hand one{before, "1", versioning_behavior::pinned};
    client{before}.set_current_version("shop", "1");
    start(before, "w");
    one.decide();
    client{before}.set_current_version("shop", "2");
  }
  perdure::sqlite_backend after{place.file()};
  by_hand two{after, "2", versioning_behavior::pinned};
  after.signal_workflow({"w", {}}, "wake", {}, {});
  CHECK_FALSE(two.poll_workflow());
  by_hand one{after, "1", versioning_behavior::pinned};
  CHECK(one.workflow().execution.workflow_id == "w");
}

TEST_CASE("the runs of a file of version 1 go on at the first build that becomes current",
          "[sqlite][deployment]") {
  temporary_folder const place;
  std::filesystem::copy_file(std::string{PERDURE_GOLDEN_DIR} + "/../files/v1.db", place.file());
  perdure::sqlite_backend opened{place.file(), {.clock = perdure::clock_mode::virtual_time}};
  by_hand one{opened, "1", versioning_behavior::pinned, "golden"};
  CHECK_FALSE(one.poll_workflow());
  client{opened}.set_current_version("shop", "1");
  CHECK(one.workflow().execution.workflow_id == "speaks");
}

} // namespace
