#include "perdure/engine/token_bucket.hpp"

#include "support/catch.hpp"

#include <chrono>

namespace {

using namespace std::chrono_literals;
using perdure::duration;
using perdure::time_point;
using perdure::engine::token_bucket;

constexpr time_point start{1'000'000s};

/// How many of something that is tried every `step` happen within `time`.
auto count(token_bucket& bucket, duration time, duration step) -> int {
  int happened = 0;
  for (time_point now = start; now < start + time; now += step)
    while (bucket.is_ready(now)) {
      bucket.take(now);
      ++happened;
    }
  return happened;
}

TEST_CASE("a slow rate lets one pass at a time, evenly", "[engine][rate]") {
  token_bucket bucket{2};
  CHECK(bucket.is_ready(start));
  bucket.take(start);
  CHECK_FALSE(bucket.is_ready(start + 499ms));
  CHECK(bucket.ready_at() == start + 500ms);
  CHECK(bucket.is_ready(start + 500ms));
}

TEST_CASE("a rate is kept over time, whatever it is", "[engine][rate]") {
  for (double rate : {0.5, 1.0, 7.0, 100.0, 2'500.0}) {
    CAPTURE(rate);
    token_bucket bucket{rate};
    int const expected = static_cast<int>(rate * 20);
    int const burst = static_cast<int>(rate / 10) + 1;
    int const happened = count(bucket, 20s, 1ms);
    CHECK(happened >= expected);
    CHECK(happened <= expected + burst);
  }
}

TEST_CASE("time that passes unused is worth a tenth of a second at most", "[engine][rate]") {
  token_bucket bucket{100};
  bucket.take(start);
  time_point const later = start + 1h;
  int at_once = 0;
  for (; bucket.is_ready(later); ++at_once) bucket.take(later);
  CHECK(at_once == 10);
}

TEST_CASE("however low a rate is, one passes, and the next one years later", "[engine][rate]") {
  for (double rate : {1e-9, 1e-10, 1e-100, 1e-320}) {
    CAPTURE(rate);
    token_bucket bucket{1};
    bucket.set_rate(rate);
    CHECK(bucket.is_ready(start));
    bucket.take(start);
    CHECK_FALSE(bucket.is_ready(start + 24h * 365 * 5));
    CHECK(token_bucket{rate}.interval() == bucket.interval());
  }
}

TEST_CASE("what did not happen after all does not count", "[engine][rate]") {
  token_bucket bucket{1};
  bucket.take(start);
  bucket.give_back();
  CHECK(bucket.is_ready(start));
}

TEST_CASE("a rate that changes counts from then on", "[engine][rate]") {
  token_bucket bucket{1};
  bucket.take(start);
  bucket.set_rate(4);
  bucket.take(start + 1s);
  CHECK(bucket.ready_at() == start + 1250ms);
  token_bucket const restored{bucket.interval(), bucket.due()};
  CHECK(restored.ready_at() == bucket.ready_at());
}

} // namespace
