// A run is cancelled while it awaits outcomes: outcomes as values must not hide that from its code.
#include "support/catch.hpp"
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

perdure::workflow<std::string> settles() {
  std::string seen = "outcomes";
  try {
    (void)co_await perdure::when_all_settled(perdure::sleep(1h), perdure::sleep(2h));
  } catch (perdure::cancelled_error const&) {
    seen = "thrown";
  }
  co_await perdure::sleep(1s); // cancelled once: cleanup can await
  co_return seen;
}

TEST_CASE("cancelling a run throws at its when_all_settled, once", "[workflow]") {
  virtual_world<settles> world;
  auto const handle = world.start<settles>();
  world.settle();
  handle.cancel();
  CHECK(handle.result() == "thrown");
}

} // namespace
