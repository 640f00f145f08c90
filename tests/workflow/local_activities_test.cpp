// Local activities in virtual time: their results, retries and timeouts, and what history holds of
// them. Cancellation and threads have files of their own.
#include "support/virtual_world.hpp"

#include <string>
#include <vector>

namespace {

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::contains;
using perdure_test::virtual_world;

auto markers(history const& of) -> std::vector<replay::local_activity_marker> {
  std::vector<replay::local_activity_marker> found;
  for (event const& each : of.events)
    if (each.type == event_type::marker_recorded)
      found.push_back(replay::parse_local_activity_marker(each.attributes));
  return found;
}

auto twice(int a) -> int { return 2 * a; }
auto refuses(int a) -> int {
  if (a == 3) throw application_error{"not three", {.type = "Three", .non_retryable = true}};
  return a;
}

int calls = 0;
/// Fails until its attempt `good`.
auto flaky(int good) -> int {
  ++calls;
  auto const now = activity_info_now();
  if (now.attempt < good)
    throw application_error{"attempt " + std::to_string(now.attempt), {.type = "Flaky"}};
  return now.attempt;
}

/// Counts its copies.
struct counted {
  explicit counted(int n) : number{n} {}
  counted(counted const& from) : number{from.number} { ++copies; }
  counted(counted&& from) noexcept : number{from.number} {}
  auto operator=(counted const&) -> counted& = delete;
  ~counted() = default;
  int number;
  static inline int copies = 0;
};

} // namespace

template <>
struct perdure::payload_traits<counted> {
  static auto to(counted const& from) -> int { return from.number; }
  static auto from(int number) -> counted { return counted{number}; }
};

namespace {

auto reads(counted one) -> int { return one.number; }
workflow<int> lends_an_argument() {
  counted const one{5};
  int const before = counted::copies;
  auto started = start_local_activity<reads>(one, {.start_to_close_timeout = 1s});
  int const copies = counted::copies - before;
  int const result = co_await started;
  co_return copies == 0 ? result : -copies;
}
TEST_CASE("what starts at once does not copy its arguments", "[workflow][local]") {
  virtual_world<lends_an_argument, reads> w;
  CHECK(w.run<lends_an_argument>() == 5);
}
workflow<int> counts_one(counted one) { co_return one.number; }
TEST_CASE("the action of a schedule does not copy its arguments", "[workflow][schedule]") {
  counted const one{5};
  int const before = counted::copies;
  auto const action = start_workflow_action<counts_one>(one, {.id = "w", .task_queue = "tests"});
  CHECK(action.input[0].data == "5");
  CHECK(counted::copies == before);
}

workflow<int> calls_one() {
  co_return co_await execute_local_activity<twice>(4, {.start_to_close_timeout = 1s});
}
TEST_CASE("a local activity gives its result, which its marker holds", "[workflow][local]") {
  virtual_world<calls_one, twice> w;
  CHECK(w.run<calls_one>() == 8);
  auto const all = markers(w.history());
  REQUIRE(all.size() == 1);
  CHECK(all[0].sequence == 1);
  CHECK(all[0].attempt == 1);
  CHECK(all[0].activity_id == "1");
  CHECK(all[0].activity_type == "twice");
  CHECK(all[0].activation_index == 1);
  CHECK(w.count(event_type::activity_task_scheduled) == 0);
  CHECK(w.count(event_type::workflow_task_completed) == 1);
}

workflow<std::vector<int>> calls_many() {
  std::vector<activity_handle<int>> started;
  for (int i = 0; i < 3; ++i)
    started.push_back(start_local_activity<twice>(i, {.start_to_close_timeout = 1s}));
  auto all = co_await when_all(started);
  all.push_back(co_await execute_activity<twice>(10, {.start_to_close_timeout = 1s}));
  all.push_back(co_await execute_local_activity<twice>(20, {.start_to_close_timeout = 1s}));
  co_return all;
}
TEST_CASE("local and other activities share their numbers, and each result has its own round",
          "[workflow][local]") {
  virtual_world<calls_many, twice> w;
  CHECK(w.run<calls_many>() == std::vector{0, 2, 4, 20, 40});
  auto const all = markers(w.history());
  REQUIRE(all.size() == 4);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(all[i].sequence == i + 1);
    CHECK(all[i].activation_index == i + 1);
  }
  CHECK(w.first(event_type::activity_task_scheduled)
            .as<events::activity_task_scheduled>()
            .activity_id == "4");
  CHECK(all[3].sequence == 5);
  CHECK(all[3].activation_index == 1); // of another workflow task
}

workflow<std::string> one_of_two_fails() {
  auto good = start_local_activity<refuses>(1, {.start_to_close_timeout = 1s});
  auto bad = start_local_activity<refuses>(3, {.start_to_close_timeout = 1s, .activity_id = "bad"});
  auto const value = co_await good;
  try {
    co_await bad;
  } catch (activity_error const& why) {
    auto const& info = std::get<activity_failure_info>(why.failure().info);
    co_return std::to_string(value) + info.activity_id + info.activity_type.str() +
        why.failure().cause->message;
  }
  co_return "";
}
TEST_CASE("one local activity that fails leaves the others alone", "[workflow][local]") {
  virtual_world<one_of_two_fails, refuses> w;
  CHECK(w.run<one_of_two_fails>() == "1badrefusesnot three");
}

// --------------------------------------------------------------------------------- retries
workflow<int> tries_thrice() {
  co_return co_await execute_local_activity<flaky>(
      3, {.start_to_close_timeout = 1s, .retry_policy = {.initial_interval = 1s}});
}
TEST_CASE("a local activity is tried again within its workflow task, and leaves one marker",
          "[workflow][local]") {
  virtual_world<tries_thrice, flaky> w;
  calls = 0;
  CHECK(w.run<tries_thrice>() == 3);
  CHECK(calls == 3);
  CHECK(perdure_test::since_start(w.backend.now()) == 3s); // 1 s, then 2 s
  auto const all = markers(w.history());
  REQUIRE(all.size() == 1);
  CHECK(all[0].attempt == 3);
  CHECK(w.count(event_type::workflow_task_started) == 1);
  CHECK(w.count(event_type::timer_started) == 0);
}

workflow<int> tries_with_policy() {
  co_return co_await execute_local_activity<flaky>(
      9, {.start_to_close_timeout = 1s, .retry_policy = {.non_retryable_error_types = {"Flaky"}}});
}
workflow<int> tries_twice_only() {
  co_return co_await execute_local_activity<flaky>(
      9, {.start_to_close_timeout = 1s, .retry_policy = {.maximum_attempts = 2}});
}
workflow<int> tries_for_five_seconds() {
  co_return co_await execute_local_activity<flaky>(9, {.schedule_to_close_timeout = 5s});
}
TEST_CASE("what a local activity's policy rules out is not tried again", "[workflow][local]") {
  auto const cause_of = [](auto const& handle) {
    try {
      (void)handle.result();
    } catch (activity_error const& why) {
      return why.failure().cause->message;
    }
    return std::string{"it did not fail"};
  };
  virtual_world<tries_with_policy, tries_twice_only, tries_for_five_seconds, flaky> w;
  CHECK(cause_of(w.start<tries_with_policy>()) == "attempt 1");
  CHECK(cause_of(w.start<tries_twice_only>()) == "attempt 2");
  // After 1 s and 2 s another 4 s would pass the 5 s.
  CHECK(cause_of(w.start<tries_for_five_seconds>()) == "attempt 3");
}

workflow<int> backs_off_for_long() {
  co_return co_await execute_local_activity<flaky>(
      3, {.start_to_close_timeout = 1s,
          .retry_policy = {.initial_interval = 90s, .backoff_coefficient = 1},
          .activity_id = "mine"});
}
TEST_CASE("a long backoff of a local activity is a timer, after which the attempts go on",
          "[workflow][local]") {
  virtual_world<backs_off_for_long, flaky> w;
  CHECK(w.run<backs_off_for_long>() == 3);
  CHECK(perdure_test::since_start(w.backend.now()) == 180s);
  auto const all = markers(w.history());
  REQUIRE(all.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(all[i].sequence == i + 1);
    CHECK(all[i].attempt == i + 1);
    CHECK(all[i].activity_id == "mine");
    CHECK(all[i].original_schedule_time == all[0].original_schedule_time);
    CHECK(all[i].backoff == (i < 2 ? std::optional<duration>{90s} : std::nullopt));
  }
  CHECK(w.count(event_type::timer_fired) == 2);
}

workflow<int> has_a_low_threshold() {
  co_return co_await execute_local_activity<flaky>(
      2, {.start_to_close_timeout = 1s, .local_retry_threshold = 999ms});
}
TEST_CASE("the threshold for timers is the caller's", "[workflow][local]") {
  virtual_world<has_a_low_threshold, flaky> w;
  CHECK(w.run<has_a_low_threshold>() == 2);
  CHECK(w.count(event_type::timer_fired) == 1);
}

workflow<int> closes_while_it_backs_off() {
  co_return co_await execute_local_activity<flaky>(
      9, {.schedule_to_close_timeout = 200s,
          .retry_policy = {.initial_interval = 90s, .backoff_coefficient = 1}});
}
TEST_CASE("the time for all attempts counts across backoff timers", "[workflow][local]") {
  virtual_world<closes_while_it_backs_off, flaky> w;
  CHECK_THROWS_AS(w.run<closes_while_it_backs_off>(), activity_error);
  w.check_replay();
  CHECK(markers(w.history()).back().attempt == 3);
  CHECK(perdure_test::since_start(w.backend.now()) == 180s);
}

// ------------------------------------------------------------------------------ heartbeats
workflow<int> takes_longer_than_a_task() {
  co_return co_await execute_local_activity<flaky>(
      2, {.start_to_close_timeout = 1s, .retry_policy = {.initial_interval = 30s}});
}
TEST_CASE("a workflow task with local activities is kept alive", "[workflow][local]") {
  virtual_world<takes_longer_than_a_task, flaky> w;
  calls = 0;
  CHECK(w.run<takes_longer_than_a_task>() == 2);
  CHECK(calls == 2);
  // 10 s each, answered after 8 s: at 8, 16 and 24 s.
  CHECK(w.count(event_type::workflow_task_completed) == 4);
  CHECK(w.count(event_type::workflow_task_timed_out) == 0);
  CHECK(perdure_test::since_start(w.backend.now()) == 30s);
}

TEST_CASE("a run is not forgotten while local activities run, though nothing is to be cached",
          "[workflow][local]") {
  virtual_world<takes_longer_than_a_task, flaky> kept;
  calls = 0;
  auto const result = kept.run<takes_longer_than_a_task>();
  int const attempts = calls;
  virtual_world<takes_longer_than_a_task, flaky> w{0};
  calls = 0;
  CHECK(w.run<takes_longer_than_a_task>() == result);
  CHECK(calls == attempts);
}

constexpr perdure::signal<int> number{"number"};
workflow<int> sums_signals(int& sum) {
  while (true) sum += co_await receive(number);
}
workflow<int> hears_while_it_waits() {
  int sum = 0;
  auto const heard = co_await when_any(
      sums_signals(sum),
      execute_local_activity<flaky>(
          2, {.start_to_close_timeout = 1s, .retry_policy = {.initial_interval = 20s}}));
  co_return 100 * static_cast<int>(heard.index) + sum;
}
TEST_CASE("signals are heard between the tasks of a long local activity", "[workflow][local]") {
  virtual_world<hears_while_it_waits, flaky> w;
  auto const handle = w.start<hears_while_it_waits>();
  w.backend.advance(1s);
  handle.signal(number, 3);
  w.backend.advance(10s);
  handle.signal(number, 4);
  CHECK(handle.result() == 107);
  w.check_replay();
}

// -------------------------------------------------------------------------------- the end
constexpr perdure::signal<> go{"go"};
workflow<int> does_not_wait() {
  auto slow = start_local_activity<flaky>(
      2, {.start_to_close_timeout = 1s, .retry_policy = {.initial_interval = 20s}});
  co_await receive(go);
  co_return 1;
}
TEST_CASE("the end of a run drops its local activities without a marker", "[workflow][local]") {
  virtual_world<does_not_wait, flaky> w;
  calls = 0;
  auto const handle = w.start<does_not_wait>();
  w.backend.advance(1s);
  handle.signal(go);
  CHECK(handle.result() == 1);
  w.check_replay();
  CHECK(markers(w.history()).empty());
  w.backend.advance(1h);
  CHECK(calls == 1);
}

// -------------------------------------------------------------------------- what it may do
auto looks_around(int a) -> std::string {
  auto const now = activity_info_now();
  heartbeat(a); // nothing
  try {
    (void)complete_asynchronously();
  } catch (error const& why) {
    if (why.code() != errc::invalid_argument) throw;
  }
  return std::string{now.is_local ? "local " : ""} + now.activity_id + " " + now.workflow_id +
         (has_heartbeat_details() ? " details" : "") +
         (now.idempotency_key == now.workflow_run_id + "/local/1" ? " key" : "");
}
workflow<std::string> asks() {
  co_return co_await execute_local_activity<looks_around>(1, {.schedule_to_close_timeout = 1s});
}
TEST_CASE("a local activity knows what it is", "[workflow][local]") {
  virtual_world<asks, looks_around> w;
  CHECK(w.run<asks>() == "local 1 w key");
}

constexpr remote_activity<"elsewhere", int()> elsewhere;
workflow<int> calls_what_is_not_here() {
  co_return co_await execute_local_activity<elsewhere>(
      {.start_to_close_timeout = 1s, .retry_policy = {.maximum_attempts = 1}});
}
TEST_CASE("a local activity that the worker does not know fails, saying which it knows",
          "[workflow][local]") {
  virtual_world<calls_what_is_not_here, twice> w;
  try {
    w.run<calls_what_is_not_here>();
    FAIL("it did not fail");
  } catch (activity_error const& why) {
    CHECK_THAT(why.failure().cause->message,
               contains("no activity is registered as 'elsewhere'") && contains("twice"));
  }
}

workflow<void> has_no_timeout() { co_await execute_local_activity<twice>(1, {}); }
TEST_CASE("a local activity without a timeout is refused at the call", "[workflow][local]") {
  virtual_world<has_no_timeout, twice> w;
  auto const handle = w.start<has_no_timeout>();
  CHECK_THROWS_WITH(handle.result(), contains("set .schedule_to_close_timeout"));
}

workflow<int> other_code() {
  co_return co_await execute_local_activity<refuses>(4, {.start_to_close_timeout = 1s});
}
TEST_CASE("code that calls another local activity than history does is found out",
          "[workflow][local]") {
  virtual_world<calls_one, twice> w;
  CHECK(w.run<calls_one>() == 8);
  replayer other{};
  other.add_as<other_code>("calls_one");
  auto const found = other.replay(w.history());
  CHECK(found.divergence);
  CHECK_THAT(found.problem, contains("the recorded marker is not the one"));
}

} // namespace
