#include "support/hand_worker.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;
using perdure::retry_state;

struct one_activity : server {
  explicit one_activity(perdure::retry_policy const& policy) {
    perdure::activity_options options{};
    options.start_to_close_timeout = 1h;
    options.retry_policy = policy;
    start();
    hand.decide({commands::activity("1", options)});
  }
  /// Fails the attempt that waits, and gives the delay after which the next one is handed out.
  auto delay_after(perdure::failure why) -> perdure::duration {
    hand.fail(hand.activity(), std::move(why));
    auto const before = now();
    for (int i = 0; i < 4'000; ++i) {
      if (auto const queued = client.get_handle("w").describe(); queued.pending_activities.empty())
        return -1s;
      backend.advance(500ms);
      if (waiting()) return now() - before;
    }
    return -2s;
  }
  auto waiting() -> bool {
    held = hand.poll_activity();
    return held.has_value();
  }
  auto fail_again(perdure::failure why) -> perdure::duration {
    hand.fail(*held, std::move(why));
    auto const before = now();
    for (int i = 0; i < 4'000; ++i) {
      backend.advance(500ms);
      if (waiting()) return now() - before;
    }
    return -2s;
  }
  auto failed() -> perdure::events::activity_task_failed {
    return last(event_type::activity_task_failed).as<perdure::events::activity_task_failed>();
  }
  std::optional<perdure::activity_task> held;
};

TEST_CASE("unset, a retry policy means 1 s, doubled up to 100 s, without end", "[engine][retry]") {
  one_activity server{{}};
  CHECK(server.delay_after(application_failure("Odd")) == 1s);
  for (perdure::duration const expected : {2s, 4s, 8s, 16s, 32s, 64s, 100s, 100s, 100s})
    CHECK(server.fail_again(application_failure("Odd")) == expected);
  CHECK(server.held->token.attempt == 11);
}

TEST_CASE("a policy's interval, coefficient and maximum give the delays of Temporal",
          "[engine][retry]") {
  one_activity server{{.initial_interval = 2s, .backoff_coefficient = 1.5, .maximum_interval = 5s}};
  CHECK(server.delay_after(application_failure("Odd")) == 2s);
  CHECK(server.fail_again(application_failure("Odd")) == 3s);
  CHECK(server.fail_again(application_failure("Odd")) == 4500ms);
  CHECK(server.fail_again(application_failure("Odd")) == 5s);
}

TEST_CASE("an attempt is handed out at its nanosecond and not before", "[engine][retry]") {
  one_activity server{{.initial_interval = 2s}};
  server.hand.fail(server.hand.activity(), application_failure("Odd"));
  server.pass(2s - 1ns);
  CHECK_FALSE(server.waiting());
  server.pass(1ns);
  CHECK(server.waiting());
}

TEST_CASE("next_retry_delay replaces one delay, not those after it", "[engine][retry]") {
  one_activity server{{.initial_interval = 1s}};
  CHECK(server.delay_after(application_failure("Odd", false, 7s)) == 7s);
  CHECK(server.fail_again(application_failure("Odd")) == 2s);
}

TEST_CASE("next_retry_delay adds no attempt to those allowed", "[engine][retry]") {
  one_activity server{{.maximum_attempts = 1}};
  server.hand.fail(server.hand.activity(), application_failure("Odd", false, 7s));
  CHECK(server.failed().retry_state == retry_state::maximum_attempts_reached);
}

TEST_CASE("after the maximum of attempts the failure stands, with its state and the last attempt's "
          "number",
          "[engine][retry]") {
  one_activity server{{.initial_interval = 1s, .maximum_attempts = 3}};
  server.hand.fail(server.hand.activity(), application_failure("First"));
  server.pass(1s);
  server.hand.fail(server.hand.activity(), application_failure("Second"));
  CHECK(server.types().back() == event_type::activity_task_scheduled); // retries leave no events
  server.pass(2s);
  server.hand.fail(server.hand.activity(), application_failure("Third"));
  auto const failed = server.failed();
  CHECK(failed.retry_state == retry_state::maximum_attempts_reached);
  CHECK(std::get<perdure::application_failure_info>(failed.failure->info).type == "Third");
  auto const started =
      server.last(event_type::activity_task_started).as<perdure::events::activity_task_started>();
  CHECK(started.attempt == 3);
  CHECK(started.identity == "by hand");
  CHECK(std::get<perdure::application_failure_info>(started.last_failure->info).type == "Second");
}

TEST_CASE("a failure that says it is not retryable is not retried", "[engine][retry]") {
  one_activity server{{}};
  server.hand.fail(server.hand.activity(), application_failure("Odd", true));
  CHECK(server.failed().retry_state == retry_state::non_retryable_failure);
}

TEST_CASE("a failure of a type that the policy lists is not retried", "[engine][retry]") {
  one_activity server{{.non_retryable_error_types = {"Even", "Odd"}}};
  CHECK(server.delay_after(application_failure("Odder")) == 1s);
  server.hand.fail(*server.held, application_failure("Odd"));
  CHECK(server.failed().retry_state == retry_state::non_retryable_failure);
}

TEST_CASE("describe shows the attempts and the last failure of an activity that is retried",
          "[engine][retry]") {
  one_activity server{{.initial_interval = 1s}};
  auto const pending = [&] {
    return server.client.get_handle("w").describe().pending_activities.at(0);
  };
  CHECK(pending().attempt == 1);
  CHECK_FALSE(pending().started);
  auto const task = server.hand.activity();
  CHECK(pending().started);
  server.hand.fail(task, application_failure("Odd"));
  CHECK(pending().attempt == 2);
  CHECK_FALSE(pending().started);
  CHECK_THAT(pending().last_failure, contains("Odd"));
  CHECK(pending().activity_id == "1");
  CHECK(pending().activity_type == "activity");
}

TEST_CASE("an answer is taken once", "[engine][retry]") {
  one_activity server{{}};
  auto const task = server.hand.activity();
  server.hand.complete(task);
  CHECK(error_of([&] { server.hand.complete(task); }) == perdure::errc::task_lost);
  CHECK(error_of([&] { server.hand.fail(task, application_failure("Odd")); }) ==
        perdure::errc::task_lost);
  auto of_nobody = task;
  of_nobody.token.run = 12'345;
  CHECK(error_of([&] { server.hand.complete(of_nobody); }) == perdure::errc::task_lost);
  of_nobody.token.run = -1;
  CHECK(error_of([&] { server.hand.complete(of_nobody); }) == perdure::errc::task_lost);
}

TEST_CASE("the answer of an earlier attempt is refused", "[engine][retry]") {
  one_activity server{{.initial_interval = 1s}};
  auto const first = server.hand.activity();
  server.hand.fail(first, application_failure("Odd"));
  server.pass(1s);
  auto const second = server.hand.activity();
  CHECK(error_of([&] { server.hand.complete(first); }) == perdure::errc::task_lost);
  server.hand.complete(second);
  CHECK(server.last(event_type::activity_task_completed).id != 0);
}

TEST_CASE("what an activity answers after its run has ended is refused", "[engine][retry]") {
  one_activity server{{}};
  auto const task = server.hand.activity();
  server.client.get_handle("w").terminate("over");
  REQUIRE(server.hand.cancelled.size() == 1);
  CHECK(error_of([&] { server.hand.complete(task); }) == perdure::errc::task_lost);
}

TEST_CASE("two open activities cannot share an id", "[engine][command]") {
  perdure::activity_options options{};
  options.start_to_close_timeout = 1h;
  server server;
  server.start();
  server.hand.decide({commands::activity("same", options), commands::activity("same", options)});
  auto const failed =
      server.last(event_type::workflow_task_failed).as<perdure::events::workflow_task_failed>();
  CHECK(failed.cause == perdure::workflow_task_failed_cause::schedule_activity_duplicate_id);
  server.hand.decide({commands::activity("same", options)});
  server.hand.complete(server.hand.activity());
  server.hand.decide({commands::activity("same", options)}); // the first one is over
  CHECK(server.last().type == event_type::activity_task_scheduled);
}

TEST_CASE("two open timers cannot share an id", "[engine][command]") {
  server server;
  server.start();
  server.hand.decide({commands::timer("same", 1s), commands::timer("same", 2s)});
  auto const failed =
      server.last(event_type::workflow_task_failed).as<perdure::events::workflow_task_failed>();
  CHECK(failed.cause == perdure::workflow_task_failed_cause::start_timer_duplicate_id);
}

} // namespace
