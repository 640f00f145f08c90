#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> poke{"poke"};

perdure::workflow<int> doubles(int a) { co_return 2 * a; }
perdure::workflow<std::string> tells_who_it_is() {
  auto const& me = perdure::info();
  co_return me.workflow_id + "|" + me.parent_workflow_id + "|" + me.task_queue;
}
perdure::workflow<int> waits_for_poke() { co_return co_await perdure::receive(poke); }

// ------------------------------------------------------------------------------------ ids and options

perdure::workflow<std::string> default_ids() {
  auto first = perdure::start_child_workflow<doubles>(1);
  auto second = perdure::start_child_workflow<doubles>(2, {.id = "mine"});
  auto third = perdure::start_child_workflow<doubles>(3);
  int const sum = co_await first + co_await second + co_await third;
  auto const run = perdure::info().run_id;
  std::string text = std::to_string(sum);
  for (std::string const& id : {first.id(), second.id(), third.id()})
    text += " " + (id.rfind(run, 0) == 0 ? id.substr(run.size()) : id);
  co_return text;
}

TEST_CASE("a child's id is the parent's run id and a number, unless it is given",
          "[workflow][child]") {
  live_and_replayed<virtual_world<default_ids, doubles>>(
      [](auto& world) { CHECK(world.template run<default_ids>() == "12 _1 mine _3"); });
}

perdure::workflow<std::string> asks_who() {
  co_return co_await perdure::execute_child_workflow<tells_who_it_is>({.id = "kid"});
}

TEST_CASE("a child knows its own id, its parent and its queue", "[workflow][child]") {
  virtual_world<asks_who, tells_who_it_is> world;
  CHECK(world.run<asks_who>() == "kid|w|tests");
}

perdure::workflow<int> sets_everything() {
  co_return co_await perdure::execute_child_workflow<doubles>(
      4, {.id = "kid",
          .task_queue = "elsewhere",
          .workflow_execution_timeout = 3h,
          .workflow_run_timeout = 2h,
          .workflow_task_timeout = 7s,
          .retry_policy = {.initial_interval = 2s, .maximum_attempts = 3},
          .parent_close_policy = perdure::parent_close_policy::request_cancel,
          .id_reuse_policy = perdure::workflow_id_reuse_policy::reject_duplicate});
}

TEST_CASE("every option of a child is recorded and reaches it", "[workflow][child]") {
  virtual_world<sets_everything> world;
  virtual_worker elsewhere{world.backend, {.task_queue = "elsewhere"}};
  elsewhere.add<doubles>();
  elsewhere.start();
  CHECK(world.run<sets_everything>() == 8);
  auto const asked = world.first(event_type::start_child_workflow_execution_initiated)
                         .as<perdure::events::start_child_workflow_execution_initiated>();
  CHECK(asked.parent_close_policy == perdure::parent_close_policy::request_cancel);
  CHECK(asked.workflow_id_reuse_policy == perdure::workflow_id_reuse_policy::reject_duplicate);
  auto const began = world.first(event_type::workflow_execution_started, "kid")
                         .as<perdure::events::workflow_execution_started>();
  CHECK(began.task_queue.name == "elsewhere");
  CHECK(began.workflow_execution_timeout == perdure::duration{3h});
  CHECK(began.workflow_run_timeout == perdure::duration{2h});
  CHECK(began.workflow_task_timeout == perdure::duration{7s});
  REQUIRE(began.retry_policy);
  CHECK(began.retry_policy->initial_interval == perdure::duration{2s});
  CHECK(began.retry_policy->maximum_attempts == 3);
  CHECK(began.parent_workflow_execution.workflow_id == "w");
}

// ------------------------------------------------------------------------------- started and signals

perdure::workflow<std::string> waits_for_the_start() {
  auto child = perdure::start_child_workflow<waits_for_poke>({.id = "kid"});
  perdure::workflow_execution const where = co_await child.started();
  co_await child.signal(poke, 5);
  int const got = co_await child;
  bool const again = (co_await child.started()).run_id == where.run_id;
  co_return where.workflow_id.str() + std::to_string(got) + (again ? "" : " another run") +
      (where.run_id.empty() ? " no run" : "");
}

TEST_CASE("started() gives the ids of the child, as often as it is asked", "[workflow][child]") {
  live_and_replayed<virtual_world<waits_for_the_start, waits_for_poke>>(
      [](auto& world) { CHECK(world.template run<waits_for_the_start>() == "kid5"); });
}

perdure::workflow<int> pokes_at_once() {
  auto child = perdure::start_child_workflow<waits_for_poke>();
  co_await child.signal(poke, 6);
  co_return co_await child;
}

TEST_CASE("a signal sent in the task that starts a child arrives after the start",
          "[workflow][child]") {
  live_and_replayed<virtual_world<pokes_at_once, waits_for_poke>>(
      [](auto& world) { CHECK(world.template run<pokes_at_once>() == 6); });
}

// ----------------------------------------------------------------------------------------- failures

perdure::workflow<int> fails_with(std::string type) {
  throw perdure::application_error{"no luck", {.type = type}};
  co_return 0;
}

perdure::workflow<std::string> reports() {
  auto const got = co_await perdure::as_outcome(
      perdure::execute_child_workflow<fails_with>(std::string{"Unlucky"}));
  perdure::child_workflow_error const e{got.error()};
  co_return e.workflow_type().str() + ": " + perdure::application_error{*e.cause()}.type() +
      (e.retry_state() == perdure::retry_state::retry_policy_not_set ? ", not retried" : "");
}

TEST_CASE("a child's failure arrives as child_workflow_error with its cause", "[workflow][child]") {
  live_and_replayed<virtual_world<reports, fails_with>>([](auto& world) {
    CHECK(world.template run<reports>() == "fails_with: Unlucky, not retried");
  });
}

perdure::workflow<int> lets_it_pass() {
  co_return co_await perdure::execute_child_workflow<fails_with>(std::string{"Unlucky"});
}

TEST_CASE("a run that fails by its child says so in the words of Temporal", "[workflow][child]") {
  namespace e = perdure::events;
  live_and_replayed<virtual_world<lets_it_pass, fails_with>>([](auto& world) {
    CHECK_THROWS_AS(world.template run<lets_it_pass>(), perdure::child_workflow_error);
    auto const why = world.first(event_type::workflow_execution_failed)
                         .template as<e::workflow_execution_failed>()
                         .failure;
    CHECK(why->message == "Child Workflow execution failed");
    CHECK(std::get<perdure::child_workflow_failure_info>(why->info).namespace_.empty());
  });
}

perdure::workflow<std::string> starts_a_twin() {
  auto first = perdure::start_child_workflow<waits_for_poke>({.id = "kid"});
  auto second = perdure::start_child_workflow<waits_for_poke>({.id = "kid"});
  std::string text = "started";
  try {
    co_await second.started();
  } catch (perdure::child_workflow_error const& e) {
    text = perdure::application_error{*e.cause()}.type();
  }
  try {
    co_await second;
  } catch (perdure::child_workflow_error const&) {
    text += ", too";
  }
  co_await first.signal(poke, 1);
  co_await first;
  co_return text;
}

TEST_CASE("a child whose id is in use is refused, at started() and at the await",
          "[workflow][child]") {
  live_and_replayed<virtual_world<starts_a_twin, waits_for_poke>>([](auto& world) {
    CHECK(world.template run<starts_a_twin>() == "WorkflowExecutionAlreadyStarted, too");
  });
}

// -------------------------------------------------------------------------------- parent close policy

perdure::workflow<void> leaves_a_child(perdure::parent_close_policy policy) {
  auto child =
      perdure::start_child_workflow<waits_for_poke>({.id = "kid", .parent_close_policy = policy});
  co_await child.started();
}

auto status_after(perdure::parent_close_policy policy) -> perdure::workflow_execution_status {
  virtual_world<leaves_a_child, waits_for_poke> world;
  world.run<leaves_a_child>(policy);
  world.settle();
  return world.client.get_handle("kid").describe().status;
}

TEST_CASE("when a parent closes, its policy terminates, cancels or abandons the child",
          "[workflow][child]") {
  using policy = perdure::parent_close_policy;
  using status = perdure::workflow_execution_status;
  CHECK(status_after(policy::unspecified) == status::terminated);
  CHECK(status_after(policy::terminate) == status::terminated);
  CHECK(status_after(policy::request_cancel) == status::canceled);
  CHECK(status_after(policy::abandon) == status::running);
}

TEST_CASE("an abandoned child outlives its parent and can still be signalled",
          "[workflow][child]") {
  virtual_world<leaves_a_child, waits_for_poke> world;
  world.run<leaves_a_child>(perdure::parent_close_policy::abandon);
  auto const kid = world.client.get_handle<waits_for_poke>("kid");
  kid.signal(poke, 9);
  CHECK(kid.result() == 9);
  CHECK(kid.describe().parent.workflow_id == "w");
}

// -------------------------------------------------------------------------------------- cancellation

perdure::workflow<int> tidies_up() {
  auto const got = co_await perdure::as_outcome(perdure::receive(poke));
  if (got) co_return *got;
  co_await perdure::sleep(10s); // the cancellation is used up: cleanup can await
  perdure::throw_failure(got.error());
}

perdure::workflow<std::string> cancels(perdure::cancellation_type how) {
  auto child = perdure::start_child_workflow<tidies_up>(
      {.id = "kid",
       .parent_close_policy = perdure::parent_close_policy::abandon,
       .cancellation_type = how});
  co_await child.started();
  auto const before = perdure::now();
  child.cancel();
  auto const got = co_await perdure::as_outcome(child);
  bool const cancelled =
      !got && std::holds_alternative<perdure::canceled_failure_info>(got.error().info);
  co_return (cancelled ? "cancelled after " : "? after ") +
      std::to_string((perdure::now() - before) / 1s);
}

TEST_CASE(
    "cancelling a child waits for it, does not wait, or leaves it alone, by its cancellation type",
    "[workflow][child]") {
  using type = perdure::cancellation_type;
  auto const check = [](type how, char const* expected, int requests) {
    live_and_replayed<virtual_world<cancels, tidies_up>>([&](auto& world) {
      CHECK(world.template run<cancels>(how) == expected);
      CHECK(world.count(event_type::request_cancel_external_workflow_execution_initiated) ==
            requests);
      CHECK(world.count(event_type::workflow_execution_cancel_requested, "kid") == requests);
    });
  };
  check(type::wait_cancellation_completed, "cancelled after 10", 1);
  check(type::try_cancel, "cancelled after 0", 1);
  check(type::abandon, "cancelled after 0", 0);
}

perdure::workflow<std::string> cancels_at_once() {
  auto child = perdure::start_child_workflow<tidies_up>({.id = "kid"});
  child.cancel();
  auto const started = co_await perdure::as_outcome(child.started());
  auto const got = co_await perdure::as_outcome(child);
  co_await perdure::sleep(1s);
  co_return std::string{started ? "started " : "not started "} +
      (std::holds_alternative<perdure::canceled_failure_info>(got.error().info) ? "cancelled"
                                                                                : "?");
}

TEST_CASE("a child that is cancelled in the task that starts it is never started",
          "[workflow][child]") {
  live_and_replayed<virtual_world<cancels_at_once, tidies_up>>([](auto& world) {
    CHECK(world.template run<cancels_at_once>() == "not started cancelled");
    CHECK(world.count(event_type::start_child_workflow_execution_initiated) == 0);
    CHECK(world.count(event_type::request_cancel_external_workflow_execution_initiated) == 0);
  });
}

perdure::workflow<int> cancels_too_late() {
  auto child = perdure::start_child_workflow<doubles>(3);
  co_await perdure::sleep(1s);
  child.cancel();
  child.cancel();
  co_return co_await child;
}

TEST_CASE("cancelling a child that is over changes nothing", "[workflow][child]") {
  live_and_replayed<virtual_world<cancels_too_late, doubles>>(
      [](auto& world) { CHECK(world.template run<cancels_too_late>() == 6); });
}

} // namespace
