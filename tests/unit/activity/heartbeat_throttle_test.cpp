#include "perdure/activity/heartbeat_throttle.hpp"

#include "perdure/data/converter.hpp"
#include "support/catch.hpp"

#include <chrono>

namespace {

using namespace perdure;
using namespace std::chrono_literals;
using perdure::detail::heartbeat_throttle;
using perdure::detail::throttle_interval;

constexpr time_point start{};

static_assert(throttle_interval(10s, 30s, 60s) == 8s);
static_assert(throttle_interval(0s, 30s, 60s) == 30s);
static_assert(throttle_interval(1h, 30s, 60s) == 60s);
static_assert(throttle_interval(0s, 30s, 5s) == 5s);
static_assert(throttle_interval(1ns, 30s, 60s) == 0s);

TEST_CASE("the first heartbeat is sent at once, the next of an interval are kept",
          "[activity][heartbeat]") {
  heartbeat_throttle throttle{8s};
  CHECK(throttle.offer(start, to_payloads(1)) == to_payloads(1));
  CHECK(throttle.due() == time_point::max());
  CHECK_FALSE(throttle.offer(start + 1s, to_payloads(2)));
  CHECK_FALSE(throttle.offer(start + 7s, to_payloads(3)));
  CHECK(throttle.due() == start + 8s);
}

TEST_CASE("the last kept heartbeat is sent when the interval ends, once", "[activity][heartbeat]") {
  heartbeat_throttle throttle{8s};
  (void)throttle.offer(start, to_payloads(1));
  (void)throttle.offer(start + 1s, to_payloads(2));
  (void)throttle.offer(start + 2s, to_payloads(3));
  CHECK_FALSE(throttle.take_due(start + 7s));
  CHECK(throttle.take_due(start + 8s) == to_payloads(3));
  CHECK_FALSE(throttle.take_due(start + 100s));
  // What was sent late begins an interval of its own.
  CHECK_FALSE(throttle.offer(start + 9s, to_payloads(4)));
  CHECK(throttle.due() == start + 16s);
}

TEST_CASE("a heartbeat after the interval replaces the kept one", "[activity][heartbeat]") {
  heartbeat_throttle throttle{8s};
  (void)throttle.offer(start, to_payloads(1));
  (void)throttle.offer(start + 1s, to_payloads(2));
  CHECK(throttle.offer(start + 8s, to_payloads(3)) == to_payloads(3));
  CHECK_FALSE(throttle.take_last());
}

TEST_CASE("after the first of an interval without end heartbeats are kept",
          "[activity][heartbeat]") {
  heartbeat_throttle throttle{duration::max()};
  CHECK(throttle.offer(start + 1h, to_payloads(1)) == to_payloads(1));
  CHECK_FALSE(throttle.offer(start + 2h, to_payloads(2)));
  CHECK(throttle.due() > start + 100 * 365 * 24h);
  CHECK(throttle.due() < time_point::max()); // which says that none is kept
}

TEST_CASE("what is kept can be had when the attempt ends", "[activity][heartbeat]") {
  heartbeat_throttle throttle{8s};
  (void)throttle.offer(start, to_payloads(1));
  CHECK_FALSE(throttle.take_last());
  (void)throttle.offer(start + 1s, to_payloads(2));
  CHECK(throttle.take_last() == to_payloads(2));
  CHECK_FALSE(throttle.take_last());
}

TEST_CASE("without an interval every heartbeat is sent", "[activity][heartbeat]") {
  heartbeat_throttle throttle{0s};
  for (int i = 0; i < 3; ++i) CHECK(throttle.offer(start, to_payloads(i)) == to_payloads(i));
}

} // namespace
