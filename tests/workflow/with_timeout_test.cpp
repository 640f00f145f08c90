#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> number{"number"};

perdure::workflow<std::string> receives_in_time() {
  try {
    co_return std::to_string(co_await perdure::with_timeout(perdure::receive(number), 10s));
  } catch (perdure::timeout_error const& e) {
    co_return e.message();
  }
}

TEST_CASE("what is over in time gives its result, and its timer is cancelled",
          "[workflow][with_timeout]") {
  live_and_replayed<virtual_world<receives_in_time>>([](auto& world) {
    auto const handle = world.template start<receives_in_time>();
    world.settle();
    handle.signal(number, 7);
    CHECK(handle.result() == "7");
    CHECK(world.count(event_type::timer_canceled) == 1);
    world.check_replay();
  });
}

TEST_CASE("what is not over in time is a timeout", "[workflow][with_timeout]") {
  live_and_replayed<virtual_world<receives_in_time>>(
      [](auto& world) { CHECK(world.template run<receives_in_time>() == "not over within 10s"); });
}

int never_picked_up() { return 1; }

perdure::workflow<std::string> limits_an_activity() {
  try {
    (void)co_await perdure::with_timeout(
        perdure::execute_activity<never_picked_up>(
            {.schedule_to_close_timeout = 1h, .task_queue = "elsewhere"}),
        10s);
  } catch (perdure::timeout_error const&) {
    co_return "timeout";
  }
  co_return "result";
}

TEST_CASE("an activity that takes too long is asked to cancel", "[workflow][with_timeout]") {
  live_and_replayed<virtual_world<limits_an_activity>>([](auto& world) {
    CHECK(world.template run<limits_an_activity>() == "timeout");
    CHECK(world.count(event_type::activity_task_cancel_requested) == 1);
  });
}

perdure::workflow<int> cleans_up(std::string& log) {
  try {
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
    log += "begins,";
  }
  co_await perdure::sleep(5s);
  log += "ends,";
  throw perdure::cancelled_error{"given up"};
}
perdure::workflow<std::string> joins_a_coroutine() {
  std::string log;
  auto const began = perdure::now();
  try {
    (void)co_await perdure::with_timeout(cleans_up(log), 10s);
  } catch (perdure::timeout_error const&) {
    log += "timeout";
  }
  co_return log + std::to_string((perdure::now() - began) / 1s);
}

TEST_CASE("a coroutine that takes too long is cancelled and joined before the timeout is thrown",
          "[workflow][with_timeout]") {
  live_and_replayed<virtual_world<joins_a_coroutine>>([](auto& world) {
    CHECK(world.template run<joins_a_coroutine>() == "begins,ends,timeout15");
  });
}

perdure::workflow<int> gives_all_the_same() {
  try {
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
  }
  co_return 5;
}
perdure::workflow<int> fails_in_cleanup() {
  try {
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
  }
  throw perdure::application_error{"cleanup failed"};
}
perdure::workflow<std::string> takes_what_comes() {
  auto const value = co_await perdure::with_timeout(gives_all_the_same(), 1s);
  try {
    (void)co_await perdure::with_timeout(fails_in_cleanup(), 1s);
  } catch (perdure::application_error const& e) {
    co_return std::to_string(value) + e.message();
  }
  co_return "";
}

TEST_CASE("a coroutine that was cancelled by the timeout may still give a result or fail",
          "[workflow][with_timeout]") {
  virtual_world<takes_what_comes> world;
  CHECK(world.run<takes_what_comes>() == "5cleanup failed");
}

perdure::workflow<std::string> limits_a_handle() {
  auto timer = perdure::start_timer(1h);
  auto const limited = co_await perdure::as_outcome(perdure::with_timeout(timer, 1s));
  co_return limited ? "over" : describe(limited.error());
}

TEST_CASE("a handle can be limited in time, and the timeout be taken as a value",
          "[workflow][with_timeout]") {
  live_and_replayed<virtual_world<limits_a_handle>>([](auto& world) {
    CHECK_THAT(world.template run<limits_a_handle>(), contains("not over within 1s"));
    CHECK(world.count(event_type::timer_canceled) == 1);
  });
}

perdure::workflow<std::string> is_cancelled_before_the_timeout() {
  try {
    co_await perdure::with_timeout(perdure::sleep(1h), 1min);
  } catch (perdure::cancelled_error const&) {
    co_return "cancelled";
  }
  co_return "";
}

TEST_CASE("a cancelled run leaves its limited await as cancelled, not as timed out",
          "[workflow][with_timeout]") {
  live_and_replayed<virtual_world<is_cancelled_before_the_timeout>>([](auto& world) {
    auto const handle = world.template start<is_cancelled_before_the_timeout>();
    world.settle();
    handle.cancel();
    CHECK(handle.result() == "cancelled");
    CHECK(world.count(event_type::timer_canceled) == 2);
    world.check_replay();
  });
}

perdure::workflow<std::string> nests_timeouts() {
  std::string log;
  auto const inner = [](std::string& l) -> perdure::workflow<void> {
    try {
      co_await perdure::with_timeout(perdure::sleep(1h), 5s);
    } catch (perdure::timeout_error const&) {
      l += "inner";
    }
    co_await perdure::with_timeout(perdure::sleep(1h), 1h);
  };
  try {
    co_await perdure::with_timeout(inner(log), 8s);
  } catch (perdure::timeout_error const&) {
    log += "outer";
  }
  co_return log;
}

TEST_CASE("timeouts nest", "[workflow][with_timeout]") {
  live_and_replayed<virtual_world<nests_timeouts>>(
      [](auto& world) { CHECK(world.template run<nests_timeouts>() == "innerouter"); });
}

} // namespace
