#include <perdure/testing.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <string>

using namespace std::chrono_literals;

namespace {

auto ship(std::string id) -> int { return static_cast<int>(id.size()); }

perdure::workflow<int> order(std::string id) {
  co_await perdure::sleep(1h);
  co_return co_await perdure::execute_activity<ship>(id, {.start_to_close_timeout = 60s});
}

} // namespace
namespace changed {
namespace {
perdure::workflow<int> order(std::string id) {
  co_return co_await perdure::execute_activity<ship>(id, {.start_to_close_timeout = 60s});
}
} // namespace
} // namespace changed

TEST_CASE("a history that a test records replays from its folder", "[testing]") {
  perdure_test::temporary_folder const folder;
  perdure::test_environment env;
  env.add<order, ship>();
  auto const handle = env.start_workflow<order>("abc", {.id = "shop/../1"});
  CHECK(handle.result() == 3);
  auto const path =
      perdure::record_history(handle, std::filesystem::path{folder.path()} / "histories");
  CHECK(path.filename() == "order.shop_.._1.json");
  auto const found = perdure::replay_folder<order>(folder.path());
  CHECK(found.ok());
  REQUIRE(found.files.size() == 1);
  CHECK(found.files[0].path == path);
  CHECK(perdure::replay_folder(folder.path(), env.get_replayer()).ok());
}

TEST_CASE("a folder's report names each history that differs, and why", "[testing]") {
  perdure_test::temporary_folder const folder;
  perdure::test_environment env;
  env.add<order, ship>();
  for (char const* const id : {"a", "b"}) {
    auto const handle = env.start_workflow<order>("abc", {.id = id});
    handle.result();
    perdure::record_history(handle, folder.path());
  }
  (void)folder.write("z.json", "{");
  auto const found = perdure::replay_folder<changed::order>(folder.path());
  CHECK_FALSE(found.ok());
  CHECK(found.failed_count() == 3);
  CHECK(found.text().find("0 of 3 histories") == 0);
  CHECK(found.text().find("order.a.json: ") != std::string::npos);
  CHECK(found.files[0].problem.find("TimerStarted") != std::string::npos);
  CHECK(found.files[2].problem.find("perdure.4") != std::string::npos);
  CHECK(perdure::replay_folder<order>(folder.path()).failed_count() == 1);
}

TEST_CASE("a folder without histories is not taken for success", "[testing]") {
  perdure_test::temporary_folder const folder;
  auto const found = perdure::replay_folder<order>(folder.path());
  CHECK_FALSE(found.ok());
  CHECK(found.text().find("nothing was replayed") != std::string::npos);
  CHECK_FALSE(perdure::replay_folder<order>(folder.path("missing")).ok());
}
