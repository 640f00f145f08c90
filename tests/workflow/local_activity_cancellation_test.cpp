// Local activities that are cancelled, in virtual time: by each cancellation type, in each state.
#include "support/until_stopped.hpp"
#include "support/virtual_world.hpp"

#include <string>

namespace {

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::until_stopped;
using perdure_test::virtual_world;

int stopped_count = 0;
activity_cancel_reason last_reason{};

/// Runs until it is asked to stop; then does what `then` says.
activity<int> runs_on(std::string then) {
  co_await until_stopped{};
  ++stopped_count;
  last_reason = cancellation_reason();
  if (then == "completes") co_return 7;
  if (then == "fails") throw application_error{"odd"};
  throw cancelled_error{"as asked"};
}
auto never_succeeds() -> int { throw application_error{"never"}; }

constexpr perdure::signal<> stop{"stop"};

/// Cancels a local activity when it is told, and says what became of it.
workflow<std::string> say(activity_handle<int>& work) {
  auto const ended = co_await as_outcome(work);
  if (ended) co_return "value " + std::to_string(*ended);
  bool const cancelled = std::holds_alternative<canceled_failure_info>(ended.error().info);
  co_return cancelled ? "cancelled" : "failed";
}
workflow<std::string> cancels(std::string then, cancellation_type how) {
  auto work = start_local_activity<runs_on>(
      then, {.start_to_close_timeout = 10min, .cancellation_type = how});
  co_await receive(stop);
  work.cancel();
  auto said = co_await say(work);
  co_await sleep(1s); // more follows, which must replay
  co_return said;
}
using world = virtual_world<cancels, runs_on>;

auto cancel_markers(history const& of) -> int {
  int found = 0;
  for (event const& each : of.events)
    if (each.type == event_type::marker_recorded) {
      auto const& failed = each.as<events::marker_recorded>().failure;
      if (failed && std::holds_alternative<canceled_failure_info>(failed->info)) ++found;
    }
  return found;
}
auto run_and_stop(world& w, std::string then, cancellation_type how) -> std::string {
  stopped_count = 0;
  last_reason = {};
  auto const handle = w.start<cancels>(std::move(then), how);
  w.backend.advance(1s);
  handle.signal(stop);
  auto said = handle.result();
  w.check_replay();
  return said;
}

TEST_CASE("who waits for the cancellation of a local activity gets its own outcome",
          "[workflow][local][cancel]") {
  constexpr auto wait = cancellation_type::wait_cancellation_completed;
  for (auto const& [then, said] :
       {std::pair{"stops", "cancelled"}, {"completes", "value 7"}, {"fails", "failed"}}) {
    CAPTURE(then);
    world w;
    CHECK(run_and_stop(w, then, wait) == said);
    CHECK(stopped_count == 1);
    CHECK(last_reason == activity_cancel_reason::cancelled);
    CHECK(w.count(event_type::marker_recorded) == 1);
  }
}

TEST_CASE("who tries to cancel a local activity goes on at once, and a marker tells it",
          "[workflow][local][cancel]") {
  world w;
  CHECK(run_and_stop(w, "completes", cancellation_type::try_cancel) == "cancelled");
  CHECK(stopped_count == 1);
  CHECK(w.count(event_type::marker_recorded) == 1);
  CHECK(cancel_markers(w.history()) == 1);
}

TEST_CASE("who abandons a local activity goes on at once, a marker tells it, and it is not asked",
          "[workflow][local][cancel]") {
  world w;
  CHECK(run_and_stop(w, "completes", cancellation_type::abandon) == "cancelled");
  CHECK(stopped_count == 0);
  CHECK(cancel_markers(w.history()) == 1);
  w.worker.stop(); // which ends what it still runs
  CHECK(last_reason == activity_cancel_reason::worker_shutdown);
}

workflow<std::string> cancels_at_once(cancellation_type how) {
  auto work = start_local_activity<runs_on>(
      "completes", {.start_to_close_timeout = 10min, .cancellation_type = how});
  work.cancel();
  auto said = co_await say(work);
  co_await sleep(1s);
  co_return said;
}
TEST_CASE("a local activity that is cancelled before it begins never does",
          "[workflow][local][cancel]") {
  for (auto how : {cancellation_type::wait_cancellation_completed, cancellation_type::try_cancel,
                   cancellation_type::abandon}) {
    virtual_world<cancels_at_once, runs_on> w;
    stopped_count = 0;
    CHECK(w.run<cancels_at_once>(how) == "cancelled");
    CHECK(stopped_count == 0);
    CHECK(cancel_markers(w.history()) == 1);
  }
}

workflow<std::string> cancels_between_attempts(cancellation_type how, duration threshold) {
  auto work = start_local_activity<never_succeeds>(
      {.start_to_close_timeout = 10min,
       .retry_policy = {.initial_interval = 30s, .backoff_coefficient = 1},
       .local_retry_threshold = threshold,
       .cancellation_type = how});
  co_await receive(stop);
  work.cancel();
  auto said = co_await say(work);
  co_await sleep(1s);
  co_return said;
}
TEST_CASE("a local activity is cancelled while it waits for its next attempt",
          "[workflow][local][cancel]") {
  for (auto how : {cancellation_type::wait_cancellation_completed, cancellation_type::try_cancel,
                   cancellation_type::abandon})
    for (duration threshold : {duration{1h}, duration{1s}}) {
      virtual_world<cancels_between_attempts, never_succeeds> w;
      auto const handle = w.start<cancels_between_attempts>(how, threshold);
      w.backend.advance(1s);
      handle.signal(stop);
      CHECK(handle.result() == "cancelled");
      CHECK(perdure_test::since_start(w.backend.now()) < 30s);
      w.check_replay();
    }
}

workflow<int> awaits_it() {
  auto const first = co_await as_outcome(
      execute_local_activity<runs_on>("stops", {.start_to_close_timeout = 10min}));
  if (first) co_return 0;
  co_return co_await execute_local_activity<runs_on>(
      "completes", {.start_to_close_timeout = 2s, .retry_policy = {.maximum_attempts = 1}});
}
TEST_CASE("the cancellation of a run reaches the local activity that it awaits",
          "[workflow][local][cancel]") {
  virtual_world<awaits_it, runs_on> w;
  auto const handle = w.start<awaits_it>();
  w.backend.advance(1s);
  handle.cancel();
  // The cleanup runs until its timeout: it is asked to stop by nobody before that.
  CHECK_THROWS_AS(handle.result(), activity_error);
  CHECK(perdure_test::since_start(w.backend.now()) == 10s); // heard at the next task, after 8 s
  CHECK(last_reason == activity_cancel_reason::timed_out);
  w.check_replay();
}

workflow<int> times_out() {
  co_return co_await execute_local_activity<runs_on>(
      "stops", {.start_to_close_timeout = 1s,
                .retry_policy = {.initial_interval = 1s, .maximum_attempts = 3}});
}
TEST_CASE("an attempt of a local activity that takes too long is asked to stop and tried again",
          "[workflow][local]") {
  virtual_world<times_out, runs_on> w;
  stopped_count = 0;
  auto const handle = w.start<times_out>();
  try {
    (void)handle.result();
    FAIL("it did not time out");
  } catch (activity_error const& why) {
    auto const& cause = *why.failure().cause;
    CHECK(std::get<timeout_failure_info>(cause.info).timeout_type == timeout_type::start_to_close);
  }
  CHECK(stopped_count == 3);
  CHECK(last_reason == activity_cancel_reason::timed_out);
  w.check_replay();
}

workflow<int> closes() {
  co_return co_await execute_local_activity<runs_on>("stops", {.schedule_to_close_timeout = 15s});
}
TEST_CASE("a local activity as a whole times out, across workflow tasks", "[workflow][local]") {
  virtual_world<closes, runs_on> w;
  auto const handle = w.start<closes>();
  try {
    (void)handle.result();
    FAIL("it did not time out");
  } catch (activity_error const& why) {
    auto const& cause = *why.failure().cause;
    CHECK(std::get<timeout_failure_info>(cause.info).timeout_type ==
          timeout_type::schedule_to_close);
  }
  CHECK(perdure_test::since_start(w.backend.now()) == 15s);
  w.check_replay();
}

TEST_CASE("the end of a run asks its local activities to stop", "[workflow][local][cancel]") {
  world w;
  stopped_count = 0;
  auto const handle = w.start<cancels>(std::string{"stops"}, cancellation_type::abandon);
  w.backend.advance(1s);
  handle.terminate();
  w.worker.stop();
  CHECK(stopped_count == 1);
}

} // namespace
