// Sagas: what has been done is undone, the latest first, when a later step fails or is cancelled.
#include "support/virtual_world.hpp"

#include <algorithm>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

perdure::activity_options const once{.start_to_close_timeout = 10s};

std::vector<std::string> done;

auto does(std::string what) -> std::string {
  done.push_back(what);
  if (what.starts_with("fails"))
    throw perdure::application_error{what, {.type = "No", .non_retryable = true}};
  return what;
}
auto undoes(std::string what) -> void {
  done.push_back("undo " + what);
  if (what.starts_with("stuck"))
    throw perdure::application_error{"stuck", {.type = "Stuck", .non_retryable = true}};
}

/// Does the steps; those it has done are undone when one fails.
perdure::workflow<std::string> trip(std::vector<std::string> steps, bool parallel) {
  co_return co_await perdure::with_compensations(
      [&](perdure::compensations& undo) -> perdure::workflow<std::string> {
        std::string last;
        for (std::string const& each : steps) {
          last = co_await perdure::execute_activity<does>(each, once);
          undo.add([=] { return perdure::execute_activity<undoes>(last, once); });
        }
        co_return last;
      },
      {.parallel = parallel});
}

using steps = std::vector<std::string>;

TEST_CASE("a saga whose steps succeed undoes nothing", "[workflow][saga]") {
  done.clear();
  virtual_world<trip, does, undoes> world;
  CHECK(world.run<trip>(steps{"hotel", "flight"}, false) == "flight");
  CHECK(done == steps{"hotel", "flight"});
}

TEST_CASE("a saga undoes what it has done, the latest first, and fails with its own failure",
          "[workflow][saga]") {
  live_and_replayed<virtual_world<trip, does, undoes>>([](auto& world) {
    done.clear();
    auto const handle = world.template start<trip>(steps{"hotel", "flight", "fails"}, false);
    try {
      (void)handle.result();
      FAIL("it did not fail");
    } catch (perdure::activity_error const& why) {
      CHECK(why.cause()->message == "fails");
    }
    CHECK(done == steps{"hotel", "flight", "fails", "undo flight", "undo hotel"});
    world.check_replay();
  });
}

TEST_CASE("a compensation that fails stops no other, and is told with how many did",
          "[workflow][saga]") {
  for (bool const parallel : {false, true}) {
    CAPTURE(parallel);
    done.clear();
    virtual_world<trip, does, undoes> world;
    auto const handle =
        world.start<trip>(steps{"a", "stuck one", "b", "stuck two", "fails"}, parallel);
    try {
      (void)handle.result();
      FAIL("it did not fail");
    } catch (perdure::application_error const& why) {
      CHECK(why.type() == "CompensationFailed");
      CHECK(why.failure().message == "2 of 4 compensations failed");
      CHECK(why.cause()->cause->message == "stuck");
      CHECK(why.non_retryable());
    }
    CHECK(std::ranges::count_if(done, [](auto& each) { return each.starts_with("undo"); }) == 4);
    world.check_replay();
  }
}

/// Waits for ever between its steps.
perdure::workflow<std::string> waits(int) {
  co_return co_await perdure::with_compensations(
      [](perdure::compensations& undo) -> perdure::workflow<std::string> {
        auto const hotel = co_await perdure::execute_activity<does>("hotel", once);
        undo.add([=]() -> perdure::workflow<void> {
          co_await perdure::sleep(1h); // it may take its time
          co_await perdure::execute_activity<undoes>(hotel, once);
        });
        co_await perdure::sleep(24h);
        co_return "never";
      });
}
TEST_CASE("a saga that is cancelled undoes what it has done, deaf to the cancellation",
          "[workflow][saga]") {
  live_and_replayed<virtual_world<waits, does, undoes>>([](auto& world) {
    done.clear();
    auto const handle = world.template start<waits>(0);
    world.settle();
    handle.cancel();
    world.settle();
    handle.cancel(); // while it undoes
    CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
    CHECK(done == steps{"hotel", "undo hotel"});
    CHECK(world.count(event_type::workflow_execution_canceled) == 1);
    world.check_replay();
  });
}

/// By hand, with a point of no return.
perdure::workflow<std::size_t> by_hand(bool goes_back) {
  perdure::compensations undo;
  for (std::string const each : {"1", "2"}) {
    undo.add([=] { return perdure::execute_activity<undoes>(each, once); });
    (void)co_await perdure::execute_activity<does>(each, once);
  }
  if (goes_back) co_await undo.run();
  undo.clear();
  co_await undo.run(); // nothing is left
  co_return undo.size();
}
TEST_CASE("compensations are run by hand, or forgotten", "[workflow][saga]") {
  virtual_world<by_hand, does, undoes> world;
  done.clear();
  CHECK(world.start_with<by_hand>({.id = "back"}, true).result() == 0);
  CHECK(done == steps{"1", "2", "undo 2", "undo 1"});
  done.clear();
  CHECK(world.start_with<by_hand>({.id = "on"}, false).result() == 0);
  CHECK(done == steps{"1", "2"});
}

/// A mistake in the code, which a deployment can mend.
bool is_mended = false;
perdure::workflow<int> has_a_bug(int) {
  co_return co_await perdure::with_compensations(
      [](perdure::compensations& undo) -> perdure::workflow<int> {
        undo.add([] { return perdure::execute_activity<undoes>("all", once); });
        (void)co_await perdure::execute_activity<does>("one", once);
        if (!is_mended) throw std::logic_error{"a bug"};
        co_return 1;
      });
}
TEST_CASE("a bug fails the workflow task and undoes nothing", "[workflow][saga]") {
  done.clear();
  is_mended = false;
  virtual_world<has_a_bug, does, undoes> world;
  auto const handle = world.start<has_a_bug>(0);
  world.settle();
  CHECK(done == steps{"one"});
  CHECK(world.count(event_type::workflow_task_failed) >= 1);
  is_mended = true;
  CHECK(handle.result() == 1);
  CHECK(done == steps{"one"});
}

} // namespace
