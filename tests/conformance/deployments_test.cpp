// Versions of workers: pinned runs stay on their build, others go to the current one.
#include "conformance/behaviour.hpp"

#include <memory>
#include <thread>

namespace perdure_test::conformance {

using perdure::versioning_behavior;

/// Two builds of deployment "shop" with a worker each; "1" is current.
struct two_builds {
  explicit two_builds(world& w, versioning_behavior behavior = versioning_behavior::pinned)
      : one{w.backend, "1", behavior}, two{w.backend, "2", behavior} {
    w.client.set_current_version("shop", "1");
  }
  by_hand one;
  by_hand two;
};
/// "w" has answered its first task on build 1; then build 2 became current.
struct moved_on : two_builds {
  explicit moved_on(world& w, std::vector<perdure::command> decided = {},
                    versioning_behavior behavior = versioning_behavior::pinned)
      : two_builds{w, behavior} {
    w.start();
    one.decide(std::move(decided));
    w.client.set_current_version("shop", "2");
  }
};
auto pinned_runs(world& w, std::size_t build) -> std::size_t {
  return w.client.describe_deployment("shop").versions.at(build).open_pinned_runs;
}

BEHAVIOUR("a new run starts at the current build", "[deployment]") {
  two_builds builds{w};
  w.start();
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK_FALSE(builds.two.poll_workflow());
  CHECK(builds.one.poll_workflow());
}

BEHAVIOUR("a pinned run goes on at its build when another is current", "[deployment]") {
  moved_on builds{w};
  w.signal();
  CHECK_FALSE(builds.two.poll_workflow());
  builds.one.decide({commands::complete()});
  CHECK(w.status() == workflow_execution_status::completed);
}

BEHAVIOUR("a run that upgrades by itself goes on at the current build", "[deployment]") {
  moved_on builds{w, {}, versioning_behavior::auto_upgrade};
  w.signal();
  CHECK_FALSE(builds.one.poll_workflow());
  auto const task = builds.two.workflow();
  CHECK(task.events.front().id == 1); // all of its history: its worker is a new one
  builds.two.answer(task);
  CHECK(w.describe().build_id == "2");
}

BEHAVIOUR("a task that waits moves with the current build, in its order", "[deployment]") {
  two_builds builds{w};
  for (char const* const id : {"a", "b", "c"}) w.start_on(id);
  w.client.set_current_version("shop", "2");
  CHECK_FALSE(builds.one.poll_workflow());
  std::string order;
  while (auto const task = builds.two.poll_workflow()) order += task->execution.workflow_id.view();
  CHECK(order == "abc");
}

BEHAVIOUR("a pinned task that waits stays when the current build changes", "[deployment]") {
  two_builds builds{w};
  w.start();
  builds.one.decide();
  w.signal();
  w.client.set_current_version("shop", "2");
  CHECK_FALSE(builds.two.poll_workflow());
  CHECK(builds.one.poll_workflow());
}

BEHAVIOUR("a first task that failed is tried again at the current build", "[deployment]") {
  two_builds builds{w};
  w.start();
  auto const task = builds.one.workflow();
  w.client.set_current_version("shop", "2");
  builds.one.fail_task(task, "odd");
  CHECK_FALSE(builds.one.poll_workflow());
  CHECK(builds.two.poll_workflow());
}

BEHAVIOUR("without a current build, workers without a version take what is not pinned",
          "[deployment]") {
  two_builds builds{w};
  w.start_on("a");
  w.client.set_current_version("shop", "");
  w.start_on("b");
  CHECK_FALSE(builds.one.poll_workflow());
  CHECK(w.hand.workflow().execution.workflow_id == "a");
  CHECK(w.hand.workflow().execution.workflow_id == "b");
}

BEHAVIOUR("a run without a version goes on at the first build that becomes current",
          "[deployment]") {
  w.start();
  w.hand.decide();
  w.signal();
  two_builds builds{w};
  CHECK_FALSE(w.hand.poll_workflow());
  builds.one.decide();
  CHECK(w.describe().versioning_behavior == versioning_behavior::pinned);
}

BEHAVIOUR("tasks wait for a worker of their build", "[deployment]") {
  auto one = std::make_unique<by_hand>(w.backend, "1", versioning_behavior::pinned);
  w.client.set_current_version("shop", "1");
  w.start();
  one->decide();
  one.reset();
  w.signal();
  w.pass(24h);
  CHECK_FALSE(w.hand.poll_workflow());
  by_hand again{w.backend, "1", versioning_behavior::pinned};
  CHECK(again.poll_workflow());
}

BEHAVIOUR("a build may become current before its first worker comes", "[deployment]") {
  w.client.set_current_version("shop", "7");
  w.start();
  by_hand seventh{w.backend, "7", versioning_behavior::pinned};
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(seventh.poll_workflow());
}

BEHAVIOUR("what waited for a current build that never came goes on at the next", "[deployment]") {
  two_builds builds{w};
  w.client.set_current_version("shop", "never");
  w.start();
  w.client.set_current_version("shop", "2");
  CHECK(builds.two.poll_workflow());
}

BEHAVIOUR("activities of a pinned run go to its build", "[deployment][activity]") {
  moved_on builds{w, {commands::activity("1", quick())}};
  CHECK_FALSE(builds.two.poll_activity());
  builds.one.fail(builds.one.activity(), failure_of("odd"));
  w.pass(1s);
  CHECK_FALSE(builds.two.poll_activity());
  CHECK(builds.one.activity().token.attempt == 2);
}

BEHAVIOUR("an activity of a pinned run goes to others where its build polls no such queue",
          "[deployment][activity]") {
  by_hand elsewhere{w.backend, "elsewhere"};
  moved_on builds{w, {commands::activity("1", quick(), "elsewhere")}};
  CHECK(elsewhere.poll_activity());
}

BEHAVIOUR("activities of a run that upgrades by itself go to the current build",
          "[deployment][activity]") {
  moved_on builds{w, {commands::activity("1", quick())}, versioning_behavior::auto_upgrade};
  CHECK_FALSE(builds.one.poll_activity());
  CHECK(builds.two.poll_activity());
}

BEHAVIOUR("the child of a pinned run inherits its build", "[deployment][child]") {
  moved_on builds{w, {commands::child("kid")}};
  w.settle_children();
  auto const started = w.history("kid").front().as<e::workflow_execution_started>();
  REQUIRE(started.inherited_pinned_version);
  CHECK(started.inherited_pinned_version->build_id == "1");
  CHECK(w.describe("kid").build_id == "1");
  std::string both;
  while (auto const task = builds.one.poll_workflow()) both += task->execution.workflow_id.view();
  CHECK(both.find("kid") != std::string::npos);
  CHECK_FALSE(builds.two.poll_workflow());
}

BEHAVIOUR("the child of a run that upgrades by itself starts at the current build",
          "[deployment][child]") {
  moved_on builds{w, {commands::child("kid")}, versioning_behavior::auto_upgrade};
  w.settle_children();
  CHECK_FALSE(
      w.history("kid").front().as<e::workflow_execution_started>().inherited_pinned_version);
  CHECK_FALSE(builds.one.poll_workflow());
}

BEHAVIOUR("what continues a pinned run inherits its build unless it asks to upgrade",
          "[deployment]") {
  moved_on builds{w};
  w.signal();
  builds.one.decide({commands::continue_as_new()});
  CHECK_FALSE(builds.two.poll_workflow());
  auto upgrade = commands::continue_as_new();
  upgrade.attributes.edit<e::workflow_execution_continued_as_new>().initial_versioning_behavior =
      perdure::continue_as_new_versioning_behavior::auto_upgrade;
  builds.one.decide({upgrade});
  CHECK_FALSE(builds.one.poll_workflow());
  CHECK(builds.two.poll_workflow());
}

BEHAVIOUR("history and describe tell a run's version", "[deployment]") {
  moved_on builds{w};
  auto const completed = w.get<e::workflow_task_completed>();
  CHECK(completed.versioning_behavior == versioning_behavior::pinned);
  REQUIRE(completed.deployment_version);
  CHECK(completed.deployment_version->deployment_name == "shop");
  CHECK(completed.deployment_version->build_id == "1");
  CHECK(w.describe().versioning_behavior == versioning_behavior::pinned);
  CHECK(w.describe().deployment_name == "shop");
  CHECK(w.describe().build_id == "1");
}

BEHAVIOUR("a build is drained when no open run is pinned to it", "[deployment]") {
  moved_on builds{w};
  CHECK(w.client.describe_deployment("shop").current_build_id == "2");
  CHECK(pinned_runs(w, 0) == 1);
  CHECK(pinned_runs(w, 1) == 0);
  w.terminate();
  CHECK(pinned_runs(w, 0) == 0);
}

BEHAVIOUR("a deployment that nobody has named is not found", "[deployment]") {
  CHECK_THROWS_AS(w.client.describe_deployment("none"), perdure::error);
}

BEHAVIOUR("a query of a run that upgrades by itself is asked at the current build",
          "[deployment][query]") {
  moved_on builds{w, {}, versioning_behavior::auto_upgrade};
  builds.two.on_turn = [&] {
    auto const task = builds.two.poll_workflow();
    if (task) builds.two.tell(*task, to_payloads(2));
    return task.has_value();
  };
  CHECK(std::get<0>(perdure::from_payloads<int>(w.query("state").result)) == 2);
}

REAL_TIME_BEHAVIOUR("a current build that changes is known to waiting workers", "[deployment]") {
  two_builds builds{w};
  w.start();
  perdure::polled_task taken;
  std::thread waiting{[&] { taken = w.backend.poll(builds.two, {true, false, true}); }};
  w.client.set_current_version("shop", "2");
  waiting.join();
  CHECK(std::holds_alternative<perdure::workflow_task>(taken));
}

DURABLE_BEHAVIOUR("builds, the current one and what is pinned survive", "[deployment]") {
  moved_on builds{w};
  w.reopen();
  w.signal();
  w.start_on("new");
  CHECK(builds.one.workflow().execution.workflow_id == "w");
  CHECK(builds.two.workflow().execution.workflow_id == "new");
  CHECK(w.client.describe_deployment("shop").current_build_id == "2");
  CHECK(pinned_runs(w, 0) == 1);
}

} // namespace perdure_test::conformance
