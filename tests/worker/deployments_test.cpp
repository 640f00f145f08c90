// A worker with a version: what it takes, and what it says about the runs that it works on.
#include "support/catch.hpp"
#include "support/log_collector.hpp"

#include <perdure/perdure.hpp>

#include <optional>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using perdure::versioning_behavior;

inline constexpr perdure::signal<> go{"go"};

/// The same workflow in both builds; its activity tells which build it is of.
struct build {
  std::string id;
  auto name() -> std::string { return id; }
};
auto asks_twice() -> perdure::workflow<std::string> {
  std::string const first =
      co_await perdure::execute_activity<&build::name>({.start_to_close_timeout = 1min});
  co_await perdure::receive(go);
  co_return first +
      co_await perdure::execute_activity<&build::name>({.start_to_close_timeout = 1min});
}

struct two_builds {
  /// `of_workflow`: that of the one workflow, where it is set.
  explicit two_builds(versioning_behavior behavior,
                      std::optional<versioning_behavior> of_workflow = {}) {
    for (auto [worker, of] : {std::pair{&one, &first}, std::pair{&two, &second}}) {
      worker->emplace(backend, perdure::worker_options{
                                   .task_queue = "tests",
                                   .deployment = {.name = "shop",
                                                  .build_id = of->id,
                                                  .default_versioning_behavior = behavior}});
      (*worker)->add<asks_twice>();
      (*worker)->add<&build::name>(*of);
      if (of_workflow) (*worker)->set_versioning_behavior<asks_twice>(*of_workflow);
      (*worker)->start();
    }
    client.set_current_version("shop", "1");
  }
  /// Starts a run on build 1, and lets it go on once build 2 is current.
  auto result_across_builds() -> std::string {
    auto const run = client.start_workflow<asks_twice>({.id = "w", .task_queue = "tests"});
    backend.advance(1s);
    client.set_current_version("shop", "2");
    run.signal(go);
    return run.result();
  }
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  build first{"1"};
  build second{"2"};
  std::optional<perdure::worker<perdure::memory_backend>> one, two;
  perdure::client<perdure::memory_backend> client{backend};
};

TEST_CASE("a run of a worker whose runs are pinned stays on its build to its end", "[worker]") {
  two_builds world{versioning_behavior::pinned};
  CHECK(world.result_across_builds() == "11");
}

TEST_CASE("a run of a worker whose runs upgrade goes on at the new build", "[worker]") {
  two_builds world{versioning_behavior::auto_upgrade};
  CHECK(world.result_across_builds() == "12");
}

TEST_CASE("one workflow can move from version to version in a way of its own", "[worker]") {
  two_builds upgrades{versioning_behavior::pinned, versioning_behavior::auto_upgrade};
  CHECK(upgrades.result_across_builds() == "12");
  two_builds stays{versioning_behavior::auto_upgrade, versioning_behavior::pinned};
  CHECK(stays.result_across_builds() == "11");
}

TEST_CASE("a versioning behavior that says nothing is refused", "[worker]") {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::worker<perdure::memory_backend> worker{backend, {.task_queue = "tests"}};
  CHECK_THROWS_WITH(worker.set_versioning_behavior<asks_twice>(versioning_behavior::unspecified),
                    perdure_test::contains("pinned or auto_upgrade"));
  worker.set_versioning_behavior<asks_twice>(versioning_behavior::pinned); // it has no version
  worker.add<asks_twice>();
  worker.start();
  CHECK_THROWS_AS(worker.set_versioning_behavior<asks_twice>(versioning_behavior::pinned),
                  perdure::error);
}

TEST_CASE("tasks for a build that nobody runs are reported with its name", "[worker]") {
  perdure_test::log_collector const log;
  two_builds world{versioning_behavior::pinned};
  world.client.set_current_version("shop", "9");
  (void)world.client.start_workflow<asks_twice>({.id = "w", .task_queue = "tests"});
  auto const lines = perdure_test::log_collector::with("no worker of the build");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].fields.at("task_queue") == "tests");
  CHECK(lines[0].fields.at("deployment") == "shop");
  CHECK(lines[0].fields.at("build_id") == "9");
}

TEST_CASE("a worker with half of a deployment is refused", "[worker]") {
  perdure::memory_backend backend;
  for (perdure::worker_deployment_options const& half :
       {perdure::worker_deployment_options{.name = "shop"},
        perdure::worker_deployment_options{.build_id = "1"},
        perdure::worker_deployment_options{.name = "shop", .build_id = "1"}})
    CHECK_THROWS_WITH((perdure::worker{backend, perdure::worker_options{.task_queue = "tests",
                                                                        .deployment = half}}),
                      perdure_test::contains("a versioning behavior"));
}

} // namespace
