#include "perdure/time.hpp"

#include "support/catch.hpp"

using perdure::duration;
using perdure::time_point;
using perdure::detail::later;

TEST_CASE("a moment later is never after the end of time", "[time]") {
  constexpr duration second{1'000'000'000};
  constexpr time_point then{duration{1'700'000'000'000'000'000}};
  CHECK(later(then, second) == then + second);
  CHECK(later(then, -second) == then - second);
  CHECK(later(then, time_point::max() - then - second) == time_point::max() - second);
  CHECK(later(then, time_point::max() - then) == time_point::max());
  CHECK(later(then, duration::max()) == time_point::max());
  CHECK(later(time_point{}, duration::max()) == time_point::max());
  CHECK(later(time_point::min(), duration::max()) == time_point{duration{-1}});
  CHECK(later(time_point::max(), second) == time_point::max());
}

TEST_CASE("the end of the longest wait is not over", "[time]") {
  CHECK(perdure::detail::end_of(duration::max()) > std::chrono::steady_clock::now());
}
