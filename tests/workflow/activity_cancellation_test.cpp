#include "support/hand_worker.hpp"
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::cancellation_type;
using perdure::event_type;

inline constexpr perdure::remote_activity<"by_hand", int()> by_hand;

auto how(perdure::outcome<int> const& got) -> std::string {
  if (got) return "gave " + std::to_string(*got);
  if (std::holds_alternative<perdure::canceled_failure_info>(got.error().info)) return "cancelled";
  return perdure::describe(got.error());
}

/// Starts an activity, waits a second, cancels it, and says what its await gave and when.
perdure::workflow<std::string> cancels(cancellation_type type) {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  options.task_queue = "hand";
  options.cancellation_type = type;
  auto running = perdure::start_activity<by_hand>(options);
  co_await perdure::sleep(1s);
  running.cancel();
  auto const got = co_await perdure::as_outcome(running);
  co_return how(got) + " at " + std::to_string((perdure::now() - perdure::info().start_time) / 1s);
}

struct cancelling : virtual_world<cancels> {
  hand_worker hand{backend, "hand"};
  std::optional<perdure::activity_task> task;
  perdure::workflow_handle<std::string, perdure::memory_backend> handle;

  explicit cancelling(cancellation_type type, std::size_t cached = 0)
      : virtual_world<cancels>{cached}, handle{start<cancels>(type)} {
    settle();
    task = hand.poll_activity();
    REQUIRE(task);
    backend.advance(1s); // the cancellation
  }
  void acknowledge() { backend.cancel_activity({}, task->token, perdure::to_payloads(1), {}); }
};

TEST_CASE("try_cancel asks the activity to stop and does not wait, what it answers is ignored",
          "[workflow][activity][cancellation]") {
  cancelling world{cancellation_type::try_cancel};
  CHECK(world.count(event_type::activity_task_cancel_requested) == 1);
  CHECK(!world.hand.cancelled.empty());
  CHECK(world.handle.result() == "cancelled at 1");
  CHECK_THROWS_AS(world.acknowledge(), perdure::error); // its run is over
  world.check_replay();
}

TEST_CASE("wait_cancellation_completed waits for the answer",
          "[workflow][activity][cancellation]") {
  cancelling world{cancellation_type::wait_cancellation_completed};
  world.backend.advance(5s);
  CHECK(world.handle.describe().status == perdure::workflow_execution_status::running);
  world.acknowledge();
  CHECK(world.handle.result() == "cancelled at 6");
  world.check_replay();
}

TEST_CASE("an activity that completes although it was asked to stop has completed",
          "[workflow][activity][cancellation]") {
  cancelling world{cancellation_type::wait_cancellation_completed};
  world.backend.complete_activity({}, world.task->token, perdure::to_payloads(7));
  CHECK(world.handle.result() == "gave 7 at 1");
  world.check_replay();
}

TEST_CASE("abandon tells the activity nothing", "[workflow][activity][cancellation]") {
  cancelling world{cancellation_type::abandon};
  CHECK(world.count(event_type::activity_task_cancel_requested) == 0);
  CHECK(world.handle.result() == "cancelled at 1");
  world.check_replay();
}

perdure::workflow<std::string> goes_on_after(cancellation_type type) {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  options.task_queue = "hand";
  options.cancellation_type = type;
  auto running = perdure::start_activity<by_hand>(options);
  co_await perdure::sleep(1s);
  running.cancel();
  auto const got = co_await perdure::as_outcome(running);
  co_await perdure::sleep(10s); // what the activity answers meanwhile is nobody's
  co_return how(got);
}

TEST_CASE("a late answer after try_cancel or abandon changes nothing, live and replayed",
          "[workflow][activity][cancellation]") {
  for (auto const type : {cancellation_type::try_cancel, cancellation_type::abandon})
    live_and_replayed<virtual_world<goes_on_after>>([&](auto& world) {
      hand_worker hand{world.backend, "hand"};
      auto const handle = world.template start<goes_on_after>(type);
      world.settle();
      auto const task = hand.activity();
      world.backend.advance(2s);
      world.backend.complete_activity({}, task.token, perdure::to_payloads(7));
      CHECK(handle.result() == "cancelled");
      CHECK(world.count(event_type::activity_task_completed) == 1);
      world.check_replay();
    });
}

perdure::workflow<std::string> cancels_before_it_is_sent() {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  auto first = perdure::start_activity<by_hand>(options);
  first.cancel();
  auto second = perdure::start_activity<by_hand>(options);
  second.cancel();
  auto const got = co_await perdure::as_outcome(first);
  co_await perdure::sleep(1s);
  co_return how(got) + " " + second.id();
}

TEST_CASE("an activity cancelled in the task that asks for it is never asked for, though its "
          "number is used",
          "[workflow][activity][cancellation]") {
  live_and_replayed<virtual_world<cancels_before_it_is_sent>>([](auto& world) {
    CHECK(world.template run<cancels_before_it_is_sent>() == "cancelled 2");
    CHECK(world.count(event_type::activity_task_scheduled) == 0);
    CHECK(world.count(event_type::activity_task_cancel_requested) == 0);
  });
}

perdure::workflow<std::string> waits_for_it() {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  options.task_queue = "hand";
  options.cancellation_type = cancellation_type::wait_cancellation_completed;
  std::string text = how(co_await perdure::as_outcome(perdure::execute_activity<by_hand>(options)));
  co_return text + " at " + std::to_string((perdure::now() - perdure::info().start_time) / 1s);
}

TEST_CASE("the cancellation of a run reaches its activity, and the await waits if its type says so",
          "[workflow][activity][cancellation]") {
  live_and_replayed<virtual_world<waits_for_it>>([](auto& world) {
    hand_worker hand{world.backend, "hand"};
    auto const handle = world.template start<waits_for_it>();
    world.settle();
    auto const task = hand.activity();
    handle.cancel();
    world.backend.advance(3s);
    CHECK(world.backend.record_heartbeat(task.token, {}));
    world.backend.cancel_activity({}, task.token, {}, {});
    CHECK(handle.result() == "cancelled at 3");
    world.check_replay();
  });
}

TEST_CASE("an activity that fails after it was asked to stop fails its await",
          "[workflow][activity][cancellation]") {
  cancelling world{cancellation_type::wait_cancellation_completed};
  world.backend.fail_activity({}, world.task->token, application_failure("Odd"));
  CHECK_THAT(world.handle.result(), contains("activity 'by_hand' failed") && contains("Odd"));
  world.check_replay();
}

} // namespace
