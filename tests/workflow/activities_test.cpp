#include "support/log_collector.hpp"
#include "support/virtual_world.hpp"

#include <stdexcept>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

auto add(int a, int b) -> int { return a + b; }
void touch() {}
auto twice(int a) noexcept -> int { return 2 * a; }
auto eight(int a, int b, int c, int d, int e, int f, int g, int h) -> int {
  return a + b + c + d + e + f + g + h;
}

perdure::workflow<int> sums() {
  int const three = co_await perdure::execute_activity<add>(1, 2, {.start_to_close_timeout = 1s});
  co_await perdure::execute_activity<touch>({.start_to_close_timeout = 1s});
  int const six =
      co_await perdure::execute_activity<twice>(three, {.schedule_to_close_timeout = 1s});
  co_return co_await perdure::execute_activity<eight>(six, 1, 1, 1, 1, 1, 1, 1,
                                                      {.start_to_close_timeout = 1s});
}

struct counter {
  int total{0};
  auto count(int by) -> int { return total += by; }
  [[nodiscard]] auto read() const noexcept -> int { return total; }
};

perdure::workflow<int> counts() {
  co_await perdure::execute_activity<&counter::count>(4, {.start_to_close_timeout = 1s});
  co_await perdure::execute_activity<&counter::count>(5, {.start_to_close_timeout = 1s});
  co_return co_await perdure::execute_activity<&counter::read>({.start_to_close_timeout = 1s});
}

auto charge_card(int cents) -> std::string { return std::to_string(cents) + " charged"; }
inline constexpr perdure::remote_activity<"ChargeCard", std::string(int)> remote_charge;

perdure::workflow<std::string> charges() {
  auto const started = perdure::start_activity<remote_charge>(5, {.start_to_close_timeout = 1s});
  (void)started;
  co_return co_await perdure::execute_activity<remote_charge>(7, {.start_to_close_timeout = 1s});
}

} // namespace

template <>
inline constexpr auto perdure::wire_name<charge_card> = "ChargeCard";

namespace {

TEST_CASE("plain functions with none to eight parameters, void or not, are activities",
          "[workflow][activity]") {
  live_and_replayed<virtual_world<sums, add, touch, twice, eight>>([](auto& world) {
    CHECK(world.template run<sums>() == 13);
    CHECK(world.count(perdure::event_type::activity_task_completed) == 4);
  });
}

TEST_CASE("member functions of a registered object are activities", "[workflow][activity]") {
  counter mine;
  virtual_world<counts> world;
  world.worker.add<&counter::count, &counter::read>(mine);
  CHECK(world.run<counts>() == 9);
  CHECK(mine.total == 9);
}

TEST_CASE("an activity of another program is called by its declared name", "[workflow][activity]") {
  virtual_world<charges, charge_card> world;
  CHECK(world.run<charges>() == "7 charged");
  auto const event = world.first(perdure::event_type::activity_task_scheduled);
  CHECK(event.as<perdure::events::activity_task_scheduled>().activity_type == "ChargeCard");
}

// ------------------------------------------------------------------------------------------
// handles

perdure::workflow<std::string> named_and_numbered() {
  auto first = perdure::start_activity<add>(1, 2, {.start_to_close_timeout = 1s});
  auto second =
      perdure::start_activity<add>(3, 4, {.start_to_close_timeout = 1s, .activity_id = "sum"});
  auto third = perdure::start_activity<add>(5, 6, {.start_to_close_timeout = 1s});
  int const c = co_await third;
  int const a = co_await first;
  int const b = co_await second;
  co_return first.id() + second.id() + third.id() + " " + std::to_string(a) + std::to_string(b) +
      std::to_string(c);
}

TEST_CASE("handles are awaited in any order, and their ids count from 1 unless given",
          "[workflow][activity]") {
  live_and_replayed<virtual_world<named_and_numbered, add>>(
      [](auto& world) { CHECK(world.template run<named_and_numbered>() == "1sum3 3711"); });
}

perdure::workflow<int> awaited_twice() {
  auto sum = perdure::start_activity<add>(1, 2, {.start_to_close_timeout = 1s});
  int const first = co_await sum;
  try {
    co_return co_await sum;
  } catch (perdure::error const& e) {
    co_return e.code() == perdure::errc::handle_used_twice ? first : -1;
  }
}

TEST_CASE("awaiting a handle a second time throws handle_used_twice", "[workflow][activity]") {
  virtual_world<awaited_twice, add> world;
  CHECK(world.run<awaited_twice>() == 3);
}

perdure::workflow<int> dropped_handle() {
  (void)perdure::start_activity<add>(1, 2, {.start_to_close_timeout = 1s});
  co_await perdure::sleep(1s);
  co_return co_await perdure::execute_activity<add>(3, 4, {.start_to_close_timeout = 1s});
}

TEST_CASE("dropping a handle cancels nothing", "[workflow][activity]") {
  live_and_replayed<virtual_world<dropped_handle, add>>([](auto& world) {
    CHECK(world.template run<dropped_handle>() == 7);
    CHECK(world.count(perdure::event_type::activity_task_completed) == 2);
    CHECK(world.count(perdure::event_type::activity_task_cancel_requested) == 0);
  });
}

// -----------------------------------------------------------------------------------------
// failures

struct odd_number : std::runtime_error {
  using std::runtime_error::runtime_error;
};

auto fails(std::string how) -> int {
  if (how == "application")
    throw perdure::application_error{
        "declined",
        {.type = "CardDeclined", .non_retryable = true, .details = perdure::to_payloads(42)}};
  if (how == "registered") throw odd_number{"three"};
  if (how == "standard") throw std::logic_error{"plain"};
  throw 5;
}

perdure::workflow<int> ignores_a_failure() {
  (void)perdure::start_activity<fails>(
      "application", {.start_to_close_timeout = 1s, .retry_policy = {.maximum_attempts = 1}});
  co_await perdure::sleep(1s);
  co_return 1;
}
TEST_CASE("the failure of an activity whose handle was dropped is nobody's",
          "[workflow][activity]") {
  live_and_replayed<virtual_world<ignores_a_failure, fails>>([](auto& world) {
    CHECK(world.template run<ignores_a_failure>() == 1);
    CHECK(world.count(perdure::event_type::activity_task_failed) == 1);
  });
}

perdure::workflow<std::string> reports(std::string how) {
  try {
    co_await perdure::execute_activity<fails>(
        how, {.start_to_close_timeout = 1s, .retry_policy = {.maximum_attempts = 1}});
  } catch (perdure::activity_error const& e) {
    perdure::application_error const why{*e.cause()};
    std::string text =
        e.activity_type().str() + "/" + e.activity_id() + ": " + why.type() + ": " + why.message();
    if (!why.details().empty())
      text += " " + std::to_string(std::get<0>(perdure::from_payloads<int>(why.details())));
    if (e.retry_state() == perdure::retry_state::non_retryable_failure) text += " (not retryable)";
    if (e.retry_state() == perdure::retry_state::maximum_attempts_reached) text += " (enough)";
    co_return text;
  }
  co_return "no failure";
}

TEST_CASE("an activity's failure arrives as activity_error, whose cause says what was thrown",
          "[workflow][activity]") {
  perdure::register_failure_type<odd_number>("OddNumber");
  live_and_replayed<virtual_world<reports, fails>>([](auto& world) {
    CHECK(world.template run<reports>(std::string{"application"}) ==
          "fails/1: CardDeclined: declined 42 (not retryable)");
    CHECK(world.template run<reports>(std::string{"registered"}) ==
          "fails/1: OddNumber: three (enough)");
    CHECK(world.template run<reports>(std::string{"standard"}) ==
          "fails/1: std::exception: plain (enough)");
    CHECK(world.template run<reports>(std::string{"int"}) ==
          "fails/1: unknown: an exception that does not derive from std::exception (enough)");
  });
}

perdure::workflow<int> lets_it_pass() {
  co_return co_await perdure::execute_activity<fails>(
      "application", {.start_to_close_timeout = 1s, .retry_policy = {.maximum_attempts = 1}});
}

TEST_CASE("a run that fails by its activity says so in the words of Temporal, and who ran it",
          "[workflow][activity]") {
  namespace e = perdure::events;
  using perdure::event_type;
  live_and_replayed<virtual_world<lets_it_pass, fails>>([](auto& world) {
    CHECK_THROWS_AS(world.template run<lets_it_pass>(), perdure::activity_error);
    auto const why = world.first(event_type::workflow_execution_failed)
                         .template as<e::workflow_execution_failed>()
                         .failure;
    auto const by = world.first(event_type::activity_task_started)
                        .template as<e::activity_task_started>()
                        .identity;
    CHECK(why->message == "Activity task failed");
    CHECK_FALSE(by.empty());
    CHECK(std::get<perdure::activity_failure_info>(why->info).identity == by);
  });
}

perdure::workflow<std::string> misused(int how) {
  try {
    if (how == 0) co_await perdure::execute_activity<add>(1, 2);
    if (how == 1)
      co_await perdure::execute_activity<add>(
          1, 2, {.start_to_close_timeout = 1s, .heartbeat_timeout = -1s});
    if (how == 2)
      co_await perdure::execute_activity<add>(
          1, 2, {.start_to_close_timeout = 1s, .activity_id = std::string(1'001, 'x')});
    if (how == 3)
      co_await perdure::execute_activity<add>(
          1, 2, {.start_to_close_timeout = 1s, .retry_policy = {.backoff_coefficient = 0.5}});
  } catch (perdure::error const& e) {
    co_return std::string{e.code() == perdure::errc::invalid_argument ? "" : "?"} + e.what();
  }
  co_return "accepted";
}

TEST_CASE(
    "an activity call with missing or bad options throws at the call, naming activity and place",
    "[workflow][activity]") {
  virtual_world<misused, add> world;
  auto const missing = world.run<misused>(0);
  CHECK_THAT(missing, contains("activity 'add'"));
  CHECK_THAT(missing, contains("activities_test.cpp:"));
  CHECK_THAT(missing, contains("set .schedule_to_close_timeout or .start_to_close_timeout"));
  CHECK_THAT(world.run<misused>(1), contains("negative"));
  CHECK_THAT(world.run<misused>(2), contains("1000 bytes"));
  CHECK_THAT(world.run<misused>(3), contains("backoff_coefficient"));
  CHECK(world.count(perdure::event_type::activity_task_scheduled) == 0);
}

perdure::workflow<int> forgetful() { co_return co_await perdure::execute_activity<add>(1, 2); }

TEST_CASE("an activity without a timeout fails the task, not the run, and the run says why",
          "[workflow][activity]") {
  log_collector const log;
  virtual_world<forgetful, add> world;
  auto const handle = world.start<forgetful>();
  CHECK_THROWS_WITH(handle.result(), contains("set .schedule_to_close_timeout"));
  CHECK(handle.describe().status == perdure::workflow_execution_status::running);
  CHECK_THAT(handle.describe().workflow_task_failure, contains("activity 'add'"));
  CHECK(log_collector::with("workflow task failed").size() == 1);
}

auto wants_two(std::string a, int b) -> std::string { return a + std::to_string(b); }
inline constexpr perdure::remote_activity<"wants_two", std::string(std::string)> wants_one;

perdure::workflow<std::string> mistaken() {
  auto const got = co_await perdure::as_outcome(perdure::execute_activity<wants_one>(
      std::string{"x"}, {.start_to_close_timeout = 1s, .retry_policy = {.maximum_attempts = 1}}));
  co_return got ? *got : perdure::describe(got.error());
}

TEST_CASE("an activity that is given too few arguments fails and says so", "[workflow][activity]") {
  virtual_world<mistaken, wants_two> world;
  auto const text = world.run<mistaken>();
  CAPTURE(text);
  CHECK_THAT(text, contains("activity 'wants_two' failed"));
  CHECK_THAT(text, contains("argument"));
}

} // namespace
