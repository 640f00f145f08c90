// One cancellation reaches a coroutine of a fan-out once, even when a sibling ends of it first.
#include "support/catch.hpp"
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

perdure::workflow<std::string> with_cleanup() {
  auto const work = co_await perdure::as_outcome(perdure::sleep(1h));
  auto const cleanup = co_await perdure::as_outcome(perdure::sleep(1min));
  co_return std::string{work ? "worked" : "cancelled"} + (cleanup ? ", cleaned up" : ", cut off");
}
perdure::workflow<std::string> plain() {
  co_await perdure::sleep(2h);
  co_return "slept";
}
perdure::workflow<std::string> runs_both() {
  std::vector<perdure::workflow<std::string>> both;
  both.push_back(with_cleanup());
  both.push_back(plain());
  try {
    (void)co_await perdure::when_all_settled(std::move(both));
  } catch (perdure::cancelled_error const&) {
    co_return "cancelled at " + std::to_string((perdure::now() - perdure::info().start_time) / 1s);
  }
  co_return "not cancelled";
}
perdure::workflow<std::string> joins_both() {
  std::vector<perdure::workflow<std::string>> both;
  both.push_back(with_cleanup());
  both.push_back(plain());
  try {
    (void)co_await perdure::when_all(std::move(both));
  } catch (perdure::cancelled_error const&) {
    co_return "cancelled at " + std::to_string((perdure::now() - perdure::info().start_time) / 1s);
  }
  co_return "not cancelled";
}

TEST_CASE("a coroutine whose sibling ends of a cancellation first cleans up undisturbed",
          "[workflow]") {
  virtual_world<runs_both, joins_both> world;
  auto const joins = world.start<joins_both>();
  world.settle();
  joins.cancel();
  CHECK(joins.result() == "cancelled at 60");
  auto const settles = world.start<runs_both>();
  world.settle();
  settles.cancel();
  CHECK(settles.result() == "cancelled at 60");
}

} // namespace
