// Activities on a real server: retries, failures, heartbeats, cancellation, completion from
// elsewhere.
#include "cluster/cluster_world.hpp"
#include "support/until_stopped.hpp"

#include <atomic>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

gate entered;

auto flaky(int good) -> int {
  int const attempt = perdure::activity_info_now().attempt;
  if (attempt < good)
    throw perdure::application_error{"attempt " + std::to_string(attempt), {.type = "Flaky"}};
  return attempt;
}
perdure::workflow<int> retries(int good) {
  co_return co_await perdure::execute_activity<flaky>(
      good, {.start_to_close_timeout = 10s,
             .retry_policy = {.initial_interval = 1ms, .backoff_coefficient = 1}});
}
TEST_CASE("an activity that fails is tried again", "[cluster][activity]") {
  cluster_world<retries, flaky> w;
  CHECK(w.run<retries>(3) == 3);
  CHECK(w.count(event_type::activity_task_started) == 1); // earlier attempts leave no events
  w.check_replay();
}

struct reason {
  int code{};
  std::string text{};
};
auto refuses() -> int {
  throw perdure::application_error{"no",
                                   {.type = "Refused",
                                    .non_retryable = true,
                                    .details = perdure::to_payloads(reason{7, "odd"})}};
}
perdure::workflow<std::string> sees_failure() {
  try {
    co_return std::to_string(
        co_await perdure::execute_activity<refuses>({.start_to_close_timeout = 10s}));
  } catch (perdure::activity_error const& why) {
    perdure::failure const& cause = *why.failure().cause;
    auto const& info = std::get<perdure::application_failure_info>(cause.info);
    auto const [told] = perdure::from_payloads<reason>(info.details);
    co_return info.type + " " + cause.message + " " + std::to_string(told.code) + " " + told.text;
  }
}
TEST_CASE("an activity's failure arrives with its type, message and details",
          "[cluster][activity]") {
  cluster_world<sees_failure, refuses> w;
  CHECK(w.run<sees_failure>() == "Refused no 7 odd");
}

auto gives_up() -> int { throw perdure::cancelled_error{"on its own"}; }
perdure::workflow<std::string> sees_giving_up() {
  try {
    co_await perdure::execute_activity<gives_up>(
        {.start_to_close_timeout = 60s, .retry_policy = {.maximum_attempts = 1}});
  } catch (perdure::activity_error const& why) {
    co_return why.failure().cause->message;
  }
  co_return "nothing was thrown";
}
TEST_CASE("an activity that stops as if it were cancelled, and nobody asked for it, has failed",
          "[cluster][activity]") {
  cluster_world<sees_giving_up, gives_up> w;
  CHECK(w.run<sees_giving_up>() == "on its own");
  CHECK(w.count(event_type::activity_task_failed) == 1);
}

auto never_ends() -> int {
  entered.add();
  wait_until_stopped();
  throw perdure::cancelled_error{"stopped"};
}
perdure::workflow<std::string> times_out() {
  try {
    co_await perdure::execute_activity<never_ends>(
        {.start_to_close_timeout = 300ms, .retry_policy = {.maximum_attempts = 1}});
  } catch (perdure::activity_error const& why) {
    co_return std::string{perdure::name_of(
        std::get<perdure::timeout_failure_info>(why.failure().cause->info).timeout_type)};
  }
  co_return "no timeout";
}
TEST_CASE("an activity that takes too long fails with its timeout", "[cluster][activity]") {
  entered.reset();
  cluster_world<times_out, never_ends> w{{.graceful_shutdown_timeout = 0s}};
  CHECK(w.run<times_out>() == "StartToClose");
}

auto beats() -> int {
  for (int i = 0;; ++i)
    if (!perdure::try_heartbeat(i)) throw perdure::cancelled_error{"told to stop"};
}
perdure::workflow<std::string> cancels() {
  auto running = perdure::start_activity<beats>(
      {.start_to_close_timeout = 60s,
       .heartbeat_timeout = 1s,
       .cancellation_type = perdure::cancellation_type::wait_cancellation_completed});
  co_await perdure::sleep(100ms);
  running.cancel();
  try {
    co_await running;
  } catch (perdure::activity_error const&) {
    co_return "cancelled";
  } catch (perdure::cancelled_error const&) {
    co_return "cancelled";
  }
  co_return "it went on";
}
TEST_CASE("an activity learns of its cancellation by a heartbeat", "[cluster][activity]") {
  cluster_world<cancels, beats> w;
  CHECK(w.run<cancels>() == "cancelled");
  CHECK(w.count(event_type::activity_task_canceled) == 1);
}

auto resumes() -> int {
  if (perdure::activity_info_now().attempt == 1) {
    perdure::heartbeat(41);
    throw perdure::application_error{"once"};
  }
  return std::get<0>(perdure::heartbeat_details<int>()) + 1;
}
perdure::workflow<int> goes_on() {
  co_return co_await perdure::execute_activity<resumes>(
      {.start_to_close_timeout = 10s, .retry_policy = {.initial_interval = 1ms}});
}
TEST_CASE("the last heartbeat of an attempt is there for the next one", "[cluster][activity]") {
  cluster_world<goes_on, resumes> w;
  CHECK(w.run<goes_on>() == 42);
}

std::mutex token_mutex;
std::string token;
auto completed_elsewhere() -> int {
  std::lock_guard const lock{token_mutex};
  token = perdure::complete_asynchronously().text;
  entered.add();
  return 0;
}
perdure::workflow<int> waits() {
  co_return co_await perdure::execute_activity<completed_elsewhere>(
      {.start_to_close_timeout = 60s, .retry_policy = {.maximum_attempts = 1}});
}
TEST_CASE("an attempt is completed by its token, from a backend of another process",
          "[cluster][async]") {
  entered.reset();
  cluster_world<waits, completed_elsewhere> w;
  auto const handle = w.start<waits>();
  REQUIRE(entered.reached(1));
  perdure::temporal_backend elsewhere{options_of_server()};
  perdure::client const other{elsewhere};
  auto const attempt = other.get_async_activity_handle(perdure::activity_token{token});
  attempt.heartbeat(1);
  attempt.complete(12);
  CHECK(handle.result() == 12);
  CHECK_THROWS_MATCHES(attempt.complete(13), perdure::error,
                       has_code<perdure::error>(perdure::errc::task_lost));
}
TEST_CASE("an attempt is failed by the ids of its activity", "[cluster][async]") {
  entered.reset();
  cluster_world<waits, completed_elsewhere> w;
  auto const handle = w.start<waits>();
  REQUIRE(entered.reached(1));
  w.client.get_async_activity_handle(w.id(), "", "1").fail(perdure::application_error{"by hand"});
  CHECK_THROWS_WITH(handle.result(), contains("by hand"));
}

auto quick(int a) -> int { return a + 1; }
gate released;
auto slow_local(int a) -> int {
  (void)released.reached(1);
  return a;
}
perdure::workflow<int> local_one() {
  int const first =
      co_await perdure::execute_local_activity<quick>(1, {.start_to_close_timeout = 10s});
  co_return first +
      co_await perdure::execute_local_activity<slow_local>(10, {.start_to_close_timeout = 20s});
}
TEST_CASE("a local activity that outlasts its workflow task keeps it alive", "[cluster][local]") {
  cluster_world<local_one, quick, slow_local> w;
  auto options = w.options();
  options.workflow_task_timeout = 1s;
  released.reset();
  auto const handle = w.client.start_workflow<local_one>(options);
  while (w.count(event_type::workflow_task_completed) < 3) std::this_thread::yield();
  released.add();
  CHECK(handle.result() == 12);
  CHECK(w.count(event_type::marker_recorded) == 2);
  CHECK(w.count(event_type::workflow_task_timed_out) == 0);
  CHECK(w.count(event_type::workflow_task_completed) > 2);
  w.check_replay();
}

} // namespace
