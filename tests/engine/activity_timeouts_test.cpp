#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;
using perdure::retry_state;
using perdure::timeout_type;

/// A run whose first task has scheduled one activity, which is event 5.
struct one_activity : server {
  explicit one_activity(perdure::activity_options const& options, std::string queue = "tests") {
    start();
    hand.decide({commands::activity("1", options, std::move(queue))});
  }
  /// Checks how and when the activity timed out.
  void check_timed_out(timeout_type which, retry_state state, perdure::duration at) {
    auto const event = last(event_type::activity_task_timed_out);
    auto const& timed_out = event.as<perdure::events::activity_task_timed_out>();
    CHECK(since_start(event.time) == at);
    CHECK(timed_out.scheduled_event_id == 5);
    CHECK(timed_out.retry_state == state);
    REQUIRE(timed_out.failure);
    CHECK(std::get<perdure::timeout_failure_info>(timed_out.failure->info).timeout_type == which);
  }
};

TEST_CASE(
    "schedule-to-start passes in a queue that nobody polls, at its nanosecond, and is not retried",
    "[engine][timeout]") {
  one_activity server{{.schedule_to_start_timeout = 3s, .start_to_close_timeout = 1s}, "nobody"};
  server.pass(3s - 1ns);
  CHECK(server.types().back() == event_type::activity_task_scheduled);
  server.pass(1ns);
  server.check_timed_out(timeout_type::schedule_to_start, retry_state::timeout, 3s);
  CHECK(server.last(event_type::activity_task_timed_out)
            .as<perdure::events::activity_task_timed_out>()
            .started_event_id == 0);
  CHECK(server.last().type == event_type::workflow_task_scheduled);
}

TEST_CASE("schedule-to-start does not pass once an attempt has started", "[engine][timeout]") {
  one_activity server{{.schedule_to_start_timeout = 3s, .start_to_close_timeout = 1h}};
  server.pass(2s);
  auto const task = server.hand.activity();
  server.pass(10s);
  server.hand.complete(task);
  CHECK(server.types()[6] == event_type::activity_task_completed);
}

TEST_CASE("start-to-close ends an attempt and the next one begins by the retry policy",
          "[engine][timeout]") {
  one_activity server{{.start_to_close_timeout = 5s,
                       .retry_policy = {.initial_interval = 2s, .maximum_attempts = 2}}};
  server.pass(1s);
  auto const first = server.hand.activity();
  CHECK(first.token.attempt == 1);
  server.pass(5s); // 6 s: timed out, backs off until 8 s
  REQUIRE(server.hand.cancelled.size() == 1);
  CHECK(server.hand.cancelled[0].attempt == 1);
  CHECK(error_of([&] { server.hand.complete(first); }) == perdure::errc::task_lost);
  CHECK_FALSE(server.hand.poll_activity());
  server.pass(2s);
  auto const second = server.hand.activity();
  CHECK(second.token.attempt == 2);
  CHECK(since_start(second.scheduled_time) == 0s);
  CHECK(since_start(second.attempt_scheduled_time) == 8s);
  server.pass(5s);
  server.check_timed_out(timeout_type::start_to_close, retry_state::maximum_attempts_reached, 13s);
  auto const started =
      server.last(event_type::activity_task_started).as<perdure::events::activity_task_started>();
  CHECK(started.attempt == 2);
  REQUIRE(started.last_failure);
  CHECK(std::get<perdure::timeout_failure_info>(started.last_failure->info).timeout_type ==
        timeout_type::start_to_close);
}

TEST_CASE("schedule-to-close covers all attempts and passes while one runs", "[engine][timeout]") {
  one_activity server{{.schedule_to_close_timeout = 10s,
                       .retry_policy = {.initial_interval = 4s, .backoff_coefficient = 1}}};
  server.pass(1s);
  server.hand.fail(server.hand.activity(), application_failure("Odd"));
  server.pass(4s);
  auto const second = server.hand.activity();
  server.pass(5s);
  server.check_timed_out(timeout_type::schedule_to_close, retry_state::timeout, 10s);
  auto const failure = *server.last(event_type::activity_task_timed_out)
                            .as<perdure::events::activity_task_timed_out>()
                            .failure;
  REQUIRE(failure.cause); // what the attempt before had to say
  CHECK(std::get<perdure::application_failure_info>(failure.cause->info).type == "Odd");
  CHECK(error_of([&] { server.hand.complete(second); }) == perdure::errc::task_lost);
}

TEST_CASE("schedule-to-close passes while an activity waits in its queue", "[engine][timeout]") {
  one_activity server{{.schedule_to_close_timeout = 10s}, "nobody"};
  server.pass(1h);
  server.check_timed_out(timeout_type::schedule_to_close, retry_state::timeout, 10s);
}

TEST_CASE("a retry that would begin after schedule-to-close is not tried: the failure stands",
          "[engine][timeout]") {
  one_activity server{
      {.schedule_to_close_timeout = 10s, .retry_policy = {.initial_interval = 10s}}};
  server.hand.fail(server.hand.activity(), application_failure("Odd"));
  auto const failed =
      server.last(event_type::activity_task_failed).as<perdure::events::activity_task_failed>();
  CHECK(failed.retry_state == retry_state::timeout);
}

TEST_CASE(
    "an attempt that is silent for the heartbeat timeout is tried again with its last details",
    "[engine][timeout]") {
  one_activity server{{.start_to_close_timeout = 1h,
                       .heartbeat_timeout = 4s,
                       .retry_policy = {.initial_interval = 1s, .maximum_attempts = 2}}};
  auto const first = server.hand.activity();
  CHECK(first.heartbeat_details.empty());
  for (int i = 1; i <= 3; ++i) {
    server.pass(3s);
    CHECK_FALSE(server.backend.record_heartbeat(first.token, perdure::to_payloads(i)));
  }
  server.pass(4s); // 13 s: silent since 9 s
  CHECK(error_of([&] { (void)server.backend.record_heartbeat(first.token, {}); }) ==
        perdure::errc::task_lost);
  server.pass(1s);
  auto const second = server.hand.activity();
  CHECK(second.heartbeat_details == perdure::to_payloads(3));
  server.pass(4s);
  server.check_timed_out(timeout_type::heartbeat, retry_state::maximum_attempts_reached, 18s);
  auto const failure = *server.last(event_type::activity_task_timed_out)
                            .as<perdure::events::activity_task_timed_out>()
                            .failure;
  CHECK(std::get<perdure::timeout_failure_info>(failure.info).last_heartbeat_details ==
        perdure::to_payloads(3));
}

TEST_CASE("of two deadlines the earlier one counts", "[engine][timeout]") {
  one_activity server{
      {.schedule_to_close_timeout = 5s, .start_to_close_timeout = 6s, .heartbeat_timeout = 7s}};
  (void)server.hand.activity();
  server.pass(1h);
  server.check_timed_out(timeout_type::schedule_to_close, retry_state::timeout, 5s);
}

TEST_CASE("what an activity's timeouts promise holds up to the end of time", "[engine][timeout]") {
  one_activity server{{.schedule_to_close_timeout = perdure::duration::max(),
                       .start_to_close_timeout = 24h * 365 * 100}};
  (void)server.hand.activity();
  server.pass(24h * 365 * 99);
  CHECK(server.types().back() == event_type::activity_task_scheduled);
}

TEST_CASE("a worker is told of the cancellation of a running attempt, by heartbeat too",
          "[engine][cancel]") {
  one_activity server{{.start_to_close_timeout = 1h}};
  auto const task = server.hand.activity();
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  server.hand.decide({commands::cancel_activity(5)});
  REQUIRE(server.hand.cancelled.size() == 1);
  CHECK(server.hand.cancelled[0].scheduled_event_id == 5);
  CHECK(server.backend.record_heartbeat(task.token, {}));
  server.backend.cancel_activity({}, task.token, perdure::to_payloads(1), {});
  auto const canceled =
      server.last(event_type::activity_task_canceled).as<perdure::events::activity_task_canceled>();
  CHECK(canceled.details == perdure::to_payloads(1));
  CHECK(canceled.latest_cancel_requested_event_id ==
        server.last(event_type::activity_task_cancel_requested).id);
}

TEST_CASE("an activity that waits or backs off is cancelled at once, its later task is void",
          "[engine][cancel]") {
  one_activity server{{.start_to_close_timeout = 1h}};
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  server.hand.decide({commands::cancel_activity(5)});
  CHECK(server.last(event_type::activity_task_canceled)
            .as<perdure::events::activity_task_canceled>()
            .started_event_id == 0);
  CHECK_FALSE(server.hand.poll_activity());

  one_activity backing_off{{.start_to_close_timeout = 1h}};
  backing_off.hand.fail(backing_off.hand.activity(), application_failure("Odd"));
  backing_off.backend.signal_workflow({"w", {}}, "wake", {}, "");
  backing_off.hand.decide({commands::cancel_activity(5)});
  CHECK(backing_off.last(event_type::activity_task_canceled).id != 0);
  backing_off.pass(1h);
  CHECK_FALSE(backing_off.hand.poll_activity());
}

TEST_CASE("an attempt that fails or stops after its cancellation was asked for is not retried",
          "[engine][cancel]") {
  one_activity server{{.start_to_close_timeout = 1h}};
  auto const task = server.hand.activity();
  server.backend.signal_workflow({"w", {}}, "wake", {}, "");
  server.hand.decide({commands::cancel_activity(5)});
  server.hand.fail(task, application_failure("Odd"));
  CHECK(server.last(event_type::activity_task_failed)
            .as<perdure::events::activity_task_failed>()
            .retry_state == retry_state::cancel_requested);
}

} // namespace
