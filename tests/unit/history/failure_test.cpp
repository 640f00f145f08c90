#include "support/catch.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <type_traits>

#include "perdure/history/failure_error.hpp"
#include "perdure/history/outcome.hpp"

using namespace perdure;
using std::chrono::seconds;

namespace {

// A class over its variant takes what the variant does.
static_assert(std::is_convertible_v<timeout_failure_info, failure_info>);
static_assert(!std::is_constructible_v<failure_info, int>);
static_assert(std::is_nothrow_move_constructible_v<failure_info>);

auto charge_failed() -> failure {
  failure why{};
  why.message = "activity error";
  why.info = activity_failure_info{.scheduled_event_id = 5,
                                   .activity_type = "charge",
                                   .activity_id = "1",
                                   .retry_state = retry_state::maximum_attempts_reached};
  failure declined =
      application_error{"card declined", {.type = "CardDeclined", .details = payload{"secret", {}}}}
          .failure();
  declined.cause = failure{.message = "socket closed"};
  why.cause = std::move(declined);
  return why;
}

template <class Error, class Info>
void check_throws_as(Info info) {
  failure why{.message = "m"};
  why.info = std::move(info);
  bool caught = false;
  try {
    throw_failure(why);
  } catch (Error const& error) {
    caught = true;
    CHECK(error.failure() == why);
    CHECK(error.message() == "m");
    CHECK(std::string{error.what()}.find('m') != std::string::npos);
  } catch (...) {
  }
  CHECK(caught);
}

} // namespace

static_assert(std::is_nothrow_copy_constructible_v<failure_error>);
static_assert(std::is_nothrow_copy_assignable_v<failure_error>);
static_assert(std::is_nothrow_copy_constructible_v<application_error>);
static_assert(std::is_nothrow_copy_constructible_v<activity_error>);
static_assert(std::is_base_of_v<std::exception, failure_error>);

TEST_CASE("a failure is thrown as the exception that matches its info", "[history]") {
  check_throws_as<application_error>(application_failure_info{.type = "T"});
  check_throws_as<activity_error>(activity_failure_info{.activity_id = "1"});
  check_throws_as<child_workflow_error>(child_workflow_failure_info{.workflow_type = "w"});
  check_throws_as<nexus_operation_error>(nexus_operation_failure_info{.operation = "o"});
  check_throws_as<timeout_error>(timeout_failure_info{.timeout_type = timeout_type::heartbeat});
  check_throws_as<cancelled_error>(canceled_failure_info{});
  check_throws_as<terminated_error>(terminated_failure_info{});
  check_throws_as<server_error>(server_failure_info{.non_retryable = true});
  check_throws_as<failure_error>(std::monostate{});
  check_throws_as<failure_error>(reset_workflow_failure_info{});
  check_throws_as<failure_error>(nexus_handler_failure_info{.type = "NOT_FOUND"});
}

TEST_CASE("an exception shows its message and causes, and no payloads", "[history]") {
  activity_error const error{charge_failed()};
  CHECK(std::string{error.what()} == "activity 'charge' failed (MaximumAttemptsReached): "
                                     "card declined (type CardDeclined), caused by: socket closed");
  CHECK(error.activity_type() == "charge");
  CHECK(error.activity_id() == "1");
  CHECK(error.retry_state() == retry_state::maximum_attempts_reached);
  REQUIRE(error.cause() != nullptr);
  CHECK(error.cause()->message == "card declined");
  CHECK(error.root_cause().message == "socket closed");
  CHECK(failure_error{failure{.message = "alone"}}.root_cause().message == "alone");
  CHECK(failure_error{failure{}}.cause() == nullptr);
}

TEST_CASE("failures are described whatever is missing in them", "[history]") {
  auto const text = [](failure_info info) {
    failure why{};
    why.info = std::move(info);
    return describe(why);
  };
  CHECK(text({}) == "failed");
  CHECK(text(application_failure_info{}) == "failed");
  CHECK(text(timeout_failure_info{.timeout_type = timeout_type::start_to_close}) ==
        "timed out (StartToClose timeout)");
  CHECK(text(canceled_failure_info{}) == "cancelled");
  CHECK(text(terminated_failure_info{}) == "terminated");
  CHECK(text(server_failure_info{}) == "failed (server)");
  CHECK(text(reset_workflow_failure_info{}) == "reset");
  CHECK(text(activity_failure_info{}) == "activity failed");
  CHECK(text(child_workflow_failure_info{.workflow_type = "w"}) == "child workflow 'w' failed");
  CHECK(text(nexus_operation_failure_info{.operation = "o"}) == "nexus operation 'o' failed");
  CHECK(text(nexus_handler_failure_info{.type = "INTERNAL"}) ==
        "nexus handler failed (type INTERNAL)");
}

TEST_CASE("a wrapper without a cause is described by its own message", "[history]") {
  failure why{.message = "lost"};
  why.info = child_workflow_failure_info{.workflow_type = "w"};
  CHECK(describe(why) == "child workflow 'w' failed: lost");
}

TEST_CASE("a long chain of causes is described up to a bound", "[history]") {
  failure chain{.message = "end"};
  for (int i = 0; i < 100; ++i) {
    failure outer{.message = "x"};
    outer.cause = std::move(chain);
    chain = std::move(outer);
  }
  auto const text = describe(chain);
  CHECK(text.size() < 400);
  CHECK(text.ends_with("..."));
  CHECK(failure_error{chain}.root_cause().message == "end");
}

TEST_CASE("an application error keeps what it was given", "[history]") {
  application_error const error{"declined",
                                {.type = "CardDeclined",
                                 .non_retryable = true,
                                 .next_retry_delay = seconds{5},
                                 .details = payload{"d", {encodings::json}},
                                 .category = application_error_category::benign,
                                 .cause = failure{.message = "why"}}};
  CHECK(error.type() == "CardDeclined");
  CHECK(error.message() == "declined");
  CHECK(error.non_retryable());
  CHECK(error.next_retry_delay() == seconds{5});
  REQUIRE(error.details().size() == 1);
  CHECK(error.details()[0].data == "d");
  CHECK(error.root_cause().message == "why");
  CHECK(std::get<application_failure_info>(error.failure().info).category ==
        application_error_category::benign);

  application_error const plain{"just this"};
  CHECK(plain.type().empty());
  CHECK_FALSE(plain.non_retryable());
  CHECK(plain.next_retry_delay() == std::nullopt);
  CHECK(plain.details().empty());
}

TEST_CASE("copies of an exception share the failure and outlive the original", "[history]") {
  auto original = std::make_unique<cancelled_error>("stop");
  failure_error copy{*original};
  failure_error other{failure{.message = "other"}};
  CHECK(&copy.failure() == &original->failure());
  other = copy;
  auto const& itself = other;
  other = itself;
  original.reset();
  CHECK(copy.message() == "stop");
  CHECK(&other.failure() == &copy.failure());
}

TEST_CASE("a typed exception around another kind of failure is safe to ask", "[history]") {
  failure why{.message = "plain"};
  CHECK(timeout_error{why}.type() == timeout_type::unspecified);
  CHECK(activity_error{why}.activity_id().empty());
  CHECK(timeout_error("late", timeout_type::heartbeat).type() == timeout_type::heartbeat);
}

TEST_CASE("an outcome holds a value or a failure", "[history]") {
  outcome<std::string> good{std::string{"value"}};
  CHECK(good.has_value());
  CHECK(static_cast<bool>(good));
  CHECK(good.value() == "value");
  CHECK(*good == "value");
  CHECK(good->size() == 5);
  CHECK(good.value_or("other") == "value");
  CHECK(std::move(good).value() == "value");

  outcome<std::string> const bad{charge_failed()};
  CHECK_FALSE(bad.has_value());
  CHECK(bad.error() == charge_failed());
  CHECK(bad.value_or("other") == "other");
  CHECK_THROWS_AS(bad.value(), activity_error);
  CHECK(bad == outcome<std::string>{charge_failed()});
  CHECK_FALSE(bad == outcome<std::string>{std::string{}});
}

TEST_CASE("an outcome without a value is a success or a failure", "[history]") {
  outcome<void> const good{};
  CHECK(good.has_value());
  CHECK_NOTHROW(good.value());
  outcome<void> const bad{cancelled_error{"stop"}.failure()};
  CHECK_FALSE(bad.has_value());
  CHECK_THROWS_AS(bad.value(), cancelled_error);
  CHECK(bad.error().message == "stop");
}

TEST_CASE("failures compare by what they record", "[history]") {
  CHECK(charge_failed() == charge_failed());
  auto other = charge_failed();
  other.cause.make().cause.make().message = "socket reset";
  CHECK_FALSE(charge_failed() == other);
  other = charge_failed();
  std::get<activity_failure_info>(other.info).retry_state = retry_state::timeout;
  CHECK_FALSE(charge_failed() == other);
}
