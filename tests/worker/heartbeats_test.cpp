// What workers do with heartbeats, and what activities learn about their cancellation.
#include "support/real_world.hpp"
#include "support/until_stopped.hpp"

#include <atomic>
#include <coroutine>
#include <optional>
#include <stop_token>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::activity_cancel_reason;

gate entered;
gate released;
std::atomic<activity_cancel_reason> reason;
std::atomic<int> found_details;

void reset() {
  entered.reset();
  released.reset();
  reason = activity_cancel_reason::none;
  found_details = 0;
}

/// A worker that knows F, on a backend with the real clock.
template <auto... F>
struct running_world {
  explicit running_world(perdure::worker_options options = {}) : worker{backend, filled(options)} {
    reset();
    worker.template add<F...>();
    worker.start();
  }
  static auto filled(perdure::worker_options options) -> perdure::worker_options {
    options.task_queue = "tests";
    return options;
  }
  perdure::memory_backend backend;
  real_worker worker;
};

// -------------------------------------------------------------------------------- heartbeats
auto beats_often_and_fails_once() -> int {
  if (perdure::activity_info_now().attempt > 1) {
    auto const [last] = perdure::heartbeat_details<int>();
    return last;
  }
  for (int i = 1; i <= 1'000; ++i) perdure::heartbeat(i);
  throw perdure::application_error{"odd"};
}
perdure::workflow<int> retries() {
  co_return co_await perdure::execute_activity<beats_often_and_fails_once>(
      {.start_to_close_timeout = 10min,
       .heartbeat_timeout = 5min,
       .retry_policy = {.initial_interval = 1ms}});
}

TEST_CASE("the last heartbeat of an attempt that fails is there for the next one",
          "[worker][heartbeat]") {
  running_world<retries, beats_often_and_fails_once> w;
  CHECK(start_on<retries>(w.backend, "w").result() == 1'000);
}

auto stops_when_it_has_beaten() -> int {
  perdure::heartbeat(1);
  perdure::heartbeat(2);
  throw perdure::cancelled_error{"enough"};
}
auto reads_what_was_left() -> int {
  if (perdure::activity_info_now().attempt == 1) return stops_when_it_has_beaten();
  return std::get<0>(perdure::heartbeat_details<int>());
}
perdure::workflow<int> stops_once() {
  co_return co_await perdure::execute_activity<reads_what_was_left>(
      {.start_to_close_timeout = 10min, .retry_policy = {.initial_interval = 1ms}});
}
TEST_CASE("the last heartbeat of an attempt that stops by itself is there for the next one",
          "[worker][heartbeat]") {
  running_world<stops_once, reads_what_was_left> w;
  CHECK(start_on<stops_once>(w.backend, "w").result() == 2);
}

auto beats_twice_then_waits() -> int {
  if (perdure::activity_info_now().attempt > 1)
    return std::get<0>(perdure::heartbeat_details<int>());
  perdure::heartbeat(1);
  perdure::heartbeat(2); // kept, and sent by the worker, since this thread does not come back
  entered.add();
  (void)released.reached(1);
  return 0;
}
perdure::workflow<int> is_given_up() {
  co_return co_await perdure::execute_activity<beats_twice_then_waits>(
      {.start_to_close_timeout = 10min,
       .heartbeat_timeout = 100ms,
       .retry_policy = {.initial_interval = 1ms}});
}
TEST_CASE("a kept heartbeat is sent though its activity says nothing more", "[worker][heartbeat]") {
  running_world<is_given_up, beats_twice_then_waits> w{{.max_heartbeat_throttle_interval = 1ms}};
  CHECK(start_on<is_given_up>(w.backend, "w").result() == 2);
  released.add();
}

// ------------------------------------------------------------------------------- stop tokens
auto waits_for_its_token() -> int {
  entered.add();
  perdure_test::wait_until_stopped();
  reason = perdure::cancellation_reason();
  throw perdure::cancelled_error{"as asked"};
}
perdure::workflow<bool> is_cancelled() {
  auto work = perdure::start_activity<waits_for_its_token>(
      {.start_to_close_timeout = 10min,
       .cancellation_type = perdure::cancellation_type::wait_cancellation_completed});
  auto const ended = co_await perdure::as_outcome(work);
  co_return ended.has_value();
}

TEST_CASE("a stop token wakes an activity up when its workflow cancels it, without a heartbeat",
          "[worker][cancel]") {
  running_world<is_cancelled, waits_for_its_token> w;
  auto const handle = start_on<is_cancelled>(w.backend, "w");
  REQUIRE(entered.reached(1));
  handle.cancel();
  CHECK_FALSE(handle.result());
  CHECK(reason == activity_cancel_reason::cancelled);
}

perdure::workflow<void> has_a_short_timeout() {
  co_await perdure::execute_activity<waits_for_its_token>(
      {.start_to_close_timeout = 50ms, .retry_policy = {.maximum_attempts = 1}});
}
TEST_CASE("a stop token tells that the attempt has timed out", "[worker][cancel]") {
  running_world<has_a_short_timeout, waits_for_its_token> w;
  CHECK_THROWS_AS(start_on<has_a_short_timeout>(w.backend, "w").result(), perdure::activity_error);
  w.worker.stop(); // waits until the attempt has ended
  CHECK(reason == activity_cancel_reason::timed_out);
}

TEST_CASE("a stop token tells that the run is gone", "[worker][cancel]") {
  running_world<is_cancelled, waits_for_its_token> w;
  auto const handle = start_on<is_cancelled>(w.backend, "w");
  REQUIRE(entered.reached(1));
  handle.terminate();
  w.worker.stop();
  CHECK(reason == activity_cancel_reason::not_found);
}

TEST_CASE("a stop token tells that the worker stops, after the grace period", "[worker][cancel]") {
  running_world<is_cancelled, waits_for_its_token> w{{.graceful_shutdown_timeout = 1ms}};
  (void)start_on<is_cancelled>(w.backend, "w");
  REQUIRE(entered.reached(1));
  w.worker.stop();
  CHECK(reason == activity_cancel_reason::worker_shutdown);
}

auto beats_while_the_worker_stops() -> int {
  if (perdure::activity_info_now().attempt > 1)
    return std::get<0>(perdure::heartbeat_details<int>());
  entered.add();
  int count = 0;
  while (perdure::try_heartbeat(++count)) std::this_thread::yield();
  (void)perdure::try_heartbeat(-1); // heartbeats go on while it cleans up
  throw perdure::cancelled_error{"the worker stops"};
}
perdure::workflow<int> goes_on_elsewhere() {
  co_return co_await perdure::execute_activity<beats_while_the_worker_stops>(
      {.start_to_close_timeout = 10min, .retry_policy = {.initial_interval = 1ms}});
}
TEST_CASE("heartbeats work while the worker stops, and the next attempt has the last one",
          "[worker][heartbeat]") {
  running_world<goes_on_elsewhere, beats_while_the_worker_stops> w{
      {.graceful_shutdown_timeout = 1ms}};
  auto const handle = start_on<goes_on_elsewhere>(w.backend, "w");
  REQUIRE(entered.reached(1));
  w.worker.stop();
  w.worker.start();
  CHECK(handle.result() == -1);
}

/// `co_await stopped{}`: goes on when the activity should stop, on the thread that says so.
struct stopped {
  /// The later of two goes on: who suspends, and who says that it should stop.
  struct resume {
    stopped* waits;
    std::coroutine_handle<> handle;
    void operator()() const {
      if (waits->met.exchange(true)) handle.resume();
    }
  };
  std::stop_token token{perdure::activity_stop_token()};
  std::atomic<bool> met{false};
  std::optional<std::stop_callback<resume>> callback{};
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  auto await_suspend(std::coroutine_handle<> handle) -> bool {
    entered.add();
    callback.emplace(token, resume{this, handle});
    return !met.exchange(true);
  }
  void await_resume() const noexcept {}
};
perdure::activity<void> coroutine_that_waits() {
  co_await stopped{};
  reason = perdure::cancellation_reason();
  perdure::heartbeat(); // throws
}
perdure::workflow<bool> cancels_a_coroutine() {
  auto work = perdure::start_activity<coroutine_that_waits>(
      {.start_to_close_timeout = 10min,
       .cancellation_type = perdure::cancellation_type::wait_cancellation_completed});
  auto const ended = co_await perdure::as_outcome(work);
  co_return ended.has_value();
}
TEST_CASE("a coroutine activity is resumed by its stop token", "[worker][cancel]") {
  running_world<cancels_a_coroutine, coroutine_that_waits> w;
  auto const handle = start_on<cancels_a_coroutine>(w.backend, "w");
  REQUIRE(entered.reached(1));
  handle.cancel();
  CHECK_FALSE(handle.result());
  CHECK(reason == activity_cancel_reason::cancelled);
}

// --------------------------------------------------------------------- asynchronous completion
perdure::activity_token given;

auto hands_over() -> int {
  perdure::heartbeat(7);
  perdure::heartbeat(8);
  given = perdure::complete_asynchronously();
  entered.add();
  return -1; // means nothing
}
perdure::workflow<int> waits_for_others() {
  co_return co_await perdure::execute_activity<hands_over>({.start_to_close_timeout = 10min});
}
TEST_CASE("an activity that hands its completion over is completed by its token",
          "[worker][async]") {
  running_world<waits_for_others, hands_over> w{{.max_concurrent_activities = 1}};
  auto const handle = start_on<waits_for_others>(w.backend, "w");
  REQUIRE(entered.reached(1));
  auto const first = given;
  // Its slot is free: another one runs though the first has not ended.
  auto const another = start_on<waits_for_others>(w.backend, "v");
  REQUIRE(entered.reached(2));
  w.worker.stop(); // and does not wait for it
  perdure::client const client{w.backend};
  client.get_async_activity_handle(first).complete(42);
  client.get_async_activity_handle(given).complete(43);
  w.worker.start();
  CHECK(handle.result() == 42);
  CHECK(another.result() == 43);
}

auto fails_to_hand_over() -> int {
  (void)perdure::complete_asynchronously();
  if (perdure::activity_info_now().attempt == 1) throw perdure::application_error{"queue full"};
  given = perdure::complete_asynchronously();
  entered.add();
  return 0;
}
perdure::workflow<int> waits_for_the_second() {
  co_return co_await perdure::execute_activity<fails_to_hand_over>(
      {.start_to_close_timeout = 10min, .retry_policy = {.initial_interval = 1ms}});
}
TEST_CASE("an exception fails the attempt though it was to be completed elsewhere",
          "[worker][async]") {
  running_world<waits_for_the_second, fails_to_hand_over> w;
  auto const handle = start_on<waits_for_the_second>(w.backend, "w");
  REQUIRE(entered.reached(1));
  perdure::client{w.backend}.get_async_activity_handle(given).complete(2);
  CHECK(handle.result() == 2);
}

} // namespace
