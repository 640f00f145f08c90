#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> number{"number"};

perdure::workflow<int> receives() { co_return co_await perdure::receive(number); }

perdure::workflow<std::string> talks_to(std::string id, std::string run_id, bool cancels) {
  auto const other = perdure::external_workflow(id, run_id);
  auto const got = cancels ? co_await perdure::as_outcome(other.cancel("no need"))
                           : co_await perdure::as_outcome(other.signal(number, 4));
  co_return got ? "delivered" : perdure::application_error{got.error()}.message();
}

TEST_CASE("a workflow signals and cancels runs that it did not start", "[workflow][external]") {
  live_and_replayed<virtual_world<talks_to, receives>>([](auto& world) {
    auto const first = world.template start_with<receives>({.id = "a"});
    auto const second = world.template start_with<receives>({.id = "b"});
    CHECK(world.template run<talks_to>(std::string{"a"}, std::string{}, false) == "delivered");
    CHECK(first.result() == 4);
    CHECK(world.template run<talks_to>(std::string{"b"}, second.run_id(), true) == "delivered");
    CHECK_THROWS_AS(second.result(), perdure::cancelled_error);
    auto const asked = world.first(event_type::workflow_execution_cancel_requested, "b");
    CHECK(asked.template as<perdure::events::workflow_execution_cancel_requested>()
              .external_workflow_execution.workflow_id == "w");
  });
}

TEST_CASE("a signal or cancellation to a run that is unknown or over fails at the await",
          "[workflow][external]") {
  live_and_replayed<virtual_world<talks_to, receives>>([](auto& world) {
    auto const closed = world.template start_with<receives>({.id = "closed"});
    closed.signal(number, 1);
    (void)closed.result();
    for (bool const cancels : {false, true}) {
      CHECK_THAT(world.template run<talks_to>(std::string{"nobody"}, std::string{}, cancels),
                 contains("no open run"));
      CHECK_THAT(world.template run<talks_to>(std::string{"closed"}, std::string{}, cancels),
                 contains("no open run"));
      CHECK_THAT(
          world.template run<talks_to>(std::string{"w"}, std::string{"another-run"}, cancels),
          contains("no open run"));
    }
  });
}

perdure::workflow<std::string> turns_to_itself() {
  auto const self = perdure::external_workflow(perdure::info().workflow_id);
  auto const signalled = co_await perdure::as_outcome(self.signal(number, 12));
  auto const asked = co_await perdure::as_outcome(self.cancel());
  auto const slept = co_await perdure::as_outcome(perdure::sleep(1h));
  co_return std::string{signalled ? "signalled" : "refused"} + (asked ? " asked" : " refused") +
      (slept ? " slept" : " cancelled");
}

TEST_CASE("a run that signals or cancels itself is refused: it is no other run",
          "[workflow][external]") {
  live_and_replayed<virtual_world<turns_to_itself>>(
      [](auto& world) { CHECK(world.template run<turns_to_itself>() == "refused refused slept"); });
}

perdure::workflow<int> fires_and_forgets() {
  auto kid = perdure::start_child_workflow<receives>(
      {.id = "kid", .parent_close_policy = perdure::parent_close_policy::abandon});
  co_await kid.started();
  kid.cancel(); // and ends in the same task
  co_return 1;
}

TEST_CASE("what a run asks of others in its last task is still done", "[workflow][external]") {
  live_and_replayed<virtual_world<fires_and_forgets, receives>>([](auto& world) {
    CHECK(world.template run<fires_and_forgets>() == 1);
    CHECK_THROWS_AS(world.client.template get_handle<receives>("kid").result(),
                    perdure::cancelled_error);
  });
}

} // namespace
