#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> number{"number"};

int destroyed = 0;
int thrown = 0;
struct counts_its_end {
  bool armed{true};
  ~counts_its_end() { destroyed += armed ? 1 : 0; }
};

perdure::workflow<int> counts_down(int left, int sum) {
  counts_its_end const local;
  co_await perdure::sleep(1s);
  if (left == 0) co_return sum;
  try {
    co_await perdure::continue_as_new<counts_down>(left - 1, sum + left);
  } catch (...) {
    ++thrown;
    throw;
  }
  co_return -1; // never comes here
}

TEST_CASE("continue_as_new ends the run, destroys its locals, throws nothing and never resumes",
          "[workflow][continue_as_new]") {
  virtual_world<counts_down> world;
  destroyed = thrown = 0;
  auto const handle = world.start<counts_down>(3, 0);
  CHECK(handle.result() == 6);
  CHECK(destroyed == 4);
  CHECK(thrown == 0);
  auto const runs = world.client.list({.workflow_id = "w"});
  REQUIRE(runs.size() == 4);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(runs[i].status == perdure::workflow_execution_status::continued_as_new);
  CHECK(runs[3].status == perdure::workflow_execution_status::completed);
  world.check_replay();
}

perdure::workflow<std::string> tells_its_chain(int left) {
  if (left > 0) co_await perdure::continue_as_new<tells_its_chain>(left - 1);
  auto const& me = perdure::info();
  co_return (me.first_execution_run_id == me.run_id ? "first " : "later ") +
      std::to_string(me.continued_run_id.size()) + " " +
      std::to_string(me.workflow_run_timeout / 1s) + " " + std::to_string(me.attempt);
}

TEST_CASE("the next run knows its chain and takes over timeouts", "[workflow][continue_as_new]") {
  live_and_replayed<virtual_world<tells_its_chain>>([](auto& world) {
    CHECK(world.template start_with<tells_its_chain>({.workflow_run_timeout = 30s}, 2).result() ==
          "later 36 30 1");
  });
}

perdure::workflow<int> ends_up_here(std::string text) { co_return static_cast<int>(text.size()); }
perdure::workflow<int> becomes_another() {
  co_await perdure::continue_as_new<ends_up_here>(
      std::string{"four"}, {.task_queue = "elsewhere", .workflow_run_timeout = 9s});
  co_return 0;
}

TEST_CASE("a run can continue as another workflow, on another queue, with other timeouts",
          "[workflow][continue_as_new]") {
  virtual_world<becomes_another> world;
  virtual_worker elsewhere{world.backend, {.task_queue = "elsewhere"}};
  elsewhere.add<ends_up_here>();
  elsewhere.start();
  CHECK(world.start<becomes_another>().result() == 4);
  auto const began = world.first(event_type::workflow_execution_started)
                         .as<perdure::events::workflow_execution_started>();
  CHECK(began.workflow_run_timeout == perdure::duration{9s});
  CHECK(began.workflow_type == "ends_up_here");
}

perdure::workflow<void> continues_from_below() {
  co_await perdure::sleep(1s);
  co_await perdure::continue_as_new<ends_up_here>(std::string{"five!"});
}
perdure::workflow<int> continues_in_parallel() {
  co_await perdure::when_all(continues_from_below(), perdure::sleep(1h));
  co_return 0;
}

TEST_CASE("a sub-coroutine of a combinator can continue the run", "[workflow][continue_as_new]") {
  live_and_replayed<virtual_world<continues_in_parallel, ends_up_here>>(
      [](auto& world) { CHECK(world.template start<continues_in_parallel>().result() == 5); });
}

perdure::workflow<int> parent_of_a_chain() {
  co_return co_await perdure::execute_child_workflow<counts_down>(2, 0);
}

TEST_CASE("a parent waits for the last run of its child's chain", "[workflow][continue_as_new]") {
  live_and_replayed<virtual_world<parent_of_a_chain, counts_down>>(
      [](auto& world) { CHECK(world.template run<parent_of_a_chain>() == 3); });
}

perdure::workflow<int> receives_in_the_next_run(int run) {
  if (run == 0) {
    co_await perdure::sleep(1s);
    co_await perdure::continue_as_new<receives_in_the_next_run>(1);
  }
  co_return co_await perdure::receive(number);
}

TEST_CASE("a signal by workflow id reaches the run that is current",
          "[workflow][continue_as_new]") {
  virtual_world<receives_in_the_next_run> world;
  world.start<receives_in_the_next_run>(0);
  world.backend.advance(5s);
  auto const handle = world.client.get_handle<receives_in_the_next_run>("w");
  handle.signal(number, 8);
  CHECK(handle.result() == 8);
}

// ------------------------------------------------------------------------------------------ side effects

int calls = 0;

perdure::workflow<std::string> draws_from_outside() {
  int const first = co_await perdure::side_effect([] { return ++calls; });
  co_await perdure::sleep(1s);
  int const second = co_await perdure::side_effect([] { return ++calls; });
  co_await perdure::side_effect([] { ++calls; });
  auto const both =
      co_await perdure::when_all(perdure::side_effect([] { return ++calls; }), perdure::sleep(1s));
  co_return std::to_string(first) + std::to_string(second) + std::to_string(std::get<0>(both));
}

TEST_CASE("a side effect is called once and its result is recorded", "[workflow][side_effect]") {
  live_and_replayed<virtual_world<draws_from_outside>>([](auto& world) {
    calls = 0;
    CHECK(world.template run<draws_from_outside>() == "124");
    CHECK(calls == 4);
    CHECK(world.count(event_type::marker_recorded) == 4);
  });
}

perdure::workflow<std::string> fails_outside() {
  auto const failed = co_await perdure::as_outcome(perdure::side_effect([]() -> int {
    ++calls;
    throw perdure::application_error{"no file", {.type = "NoFile"}};
  }));
  auto const plain = co_await perdure::as_outcome(perdure::side_effect([]() -> int {
    ++calls;
    throw std::bad_alloc{};
  }));
  co_await perdure::sleep(1s);
  co_return perdure::application_error{failed.error()}.type() + " " +
      perdure::application_error{plain.error()}.type();
}

TEST_CASE("a side effect that throws is recorded as failed and not called again",
          "[workflow][side_effect]") {
  live_and_replayed<virtual_world<fails_outside>>([](auto& world) {
    calls = 0;
    CHECK(world.template run<fails_outside>() == "NoFile std::exception");
    CHECK(calls == 2);
  });
}

perdure::workflow<int> loops_outside() {
  int sum = 0;
  for (int i = 0; i < 100; ++i) sum += co_await perdure::side_effect([i] { return i; });
  co_return sum;
}

TEST_CASE("many side effects in a row happen in one task", "[workflow][side_effect]") {
  live_and_replayed<virtual_world<loops_outside>>([](auto& world) {
    CHECK(world.template run<loops_outside>() == 4'950);
    CHECK(world.count(event_type::workflow_task_completed) == 1);
  });
}

} // namespace
