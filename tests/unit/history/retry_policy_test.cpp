#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

#include "perdure/history/retry_policy.hpp"

using namespace std::chrono_literals;
using perdure::next_delay;
using perdure::retry_policy;

// The defaults are Temporal's: 1 s, doubled each time, at most 100 times the first delay, no limit.
static_assert(next_delay({}, 1) == 1s);
static_assert(next_delay({}, 3) == 4s);
static_assert(next_delay({}, 7) == 64s);
static_assert(next_delay({}, 8) == 100s);
static_assert(next_delay({}, 4'000'000'000U) == 100s);
static_assert(next_delay({.maximum_attempts = 3}, 2) == 2s);
static_assert(next_delay({.maximum_attempts = 3}, 3) == std::nullopt);
static_assert(next_delay({.maximum_attempts = 1}, 1) == std::nullopt);
static_assert(next_delay({.backoff_coefficient = 1.0}, 4'000'000'000U) == 1s);
static_assert(next_delay({.initial_interval = 20ms, .backoff_coefficient = 1.5}, 3) == 45ms);
static_assert(next_delay({.initial_interval = 1s, .maximum_interval = 3s}, 2) == 2s);
static_assert(next_delay({.initial_interval = 1s, .maximum_interval = 3s}, 3) == 3s);

// Nothing overflows: neither the delay nor the default maximum, 100 times the initial interval.
constexpr auto forever = perdure::duration::max();
static_assert(next_delay({.initial_interval = forever}, 1) == forever);
static_assert(next_delay({.initial_interval = forever, .backoff_coefficient = 1e300}, 9) ==
              forever);
static_assert(next_delay({.initial_interval = 1s, .maximum_interval = forever}, 4'294'967'295U) ==
              forever);
static_assert(
    next_delay({.initial_interval = 1ns, .backoff_coefficient = 1e300, .maximum_interval = forever},
               4'294'967'295U) == forever);

static_assert(!retry_policy{}.is_set());
static_assert(retry_policy{.initial_interval = 1ns}.is_set());
static_assert(retry_policy{.backoff_coefficient = 2.0}.is_set());
static_assert(retry_policy{.maximum_interval = 1ns}.is_set());
static_assert(retry_policy{.maximum_attempts = 1}.is_set());

TEST_CASE("a retry policy with types that are not retried is set", "[history]") {
  CHECK(retry_policy{.non_retryable_error_types = {"Fatal"}}.is_set());
}

TEST_CASE("delays never shrink from attempt to attempt", "[history]") {
  retry_policy const policy{
      .initial_interval = 3ms, .backoff_coefficient = 1.1, .maximum_interval = 1h};
  auto before = 0ns;
  for (std::uint32_t attempt = 1; attempt < 300; ++attempt) {
    auto const delay = next_delay(policy, attempt).value();
    CAPTURE(attempt);
    REQUIRE(delay >= before);
    before = delay;
  }
  CHECK(before == 1h);
}

TEST_CASE("a retry policy is checked before it is used", "[history]") {
  auto const fails = [](retry_policy const& policy, char const* about) {
    CHECK_THROWS_MATCHES(perdure::validate(policy, "activity 'charge'"), perdure::error,
                         perdure_test::has_code<perdure::error>(perdure::errc::invalid_argument));
    CHECK_THROWS_WITH(perdure::validate(policy, "activity 'charge'"),
                      perdure_test::contains("activity 'charge'"));
    CHECK_THROWS_WITH(perdure::validate(policy, "activity 'charge'"),
                      perdure_test::contains(about));
  };
  fails({.initial_interval = -1ns}, "initial_interval is negative");
  fails({.maximum_interval = -1ns}, "maximum_interval is negative");
  fails({.backoff_coefficient = 0.5}, "backoff_coefficient");
  fails({.backoff_coefficient = -1}, "backoff_coefficient");
  fails({.backoff_coefficient = std::numeric_limits<double>::quiet_NaN()}, "backoff_coefficient");
  fails({.initial_interval = 2s, .maximum_interval = 1s}, "maximum_interval is below");
  // the initial one is 1 s when unset
  fails({.maximum_interval = 1ms}, "maximum_interval is below");

  CHECK_THROWS_WITH(perdure::validate({.initial_interval = -1ns}, "activity", "charge"),
                    perdure_test::contains("retry policy of activity 'charge': "));
  CHECK_NOTHROW(perdure::validate({}, "x"));
  CHECK_NOTHROW(perdure::validate({.backoff_coefficient = 1.0}, "x"));
  CHECK_NOTHROW(perdure::validate({.initial_interval = 1s, .maximum_interval = 1s}, "x"));
}
