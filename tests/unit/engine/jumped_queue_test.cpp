// Goal: who jumps a queue comes first, the latest of them before the others; the rest is in order.
// Method: the same random steps on a std::deque.
#include "perdure/engine/jumped_queue.hpp"
#include "perdure/workflow/random.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <deque>

namespace {

void check_steps(std::uint64_t seed) {
  CAPTURE(seed);
  perdure::random_stream draw{seed};
  perdure::engine::jumped_queue<int> queue;
  std::deque<int> expected;
  for (int step = 0; step < 2'000; ++step) {
    auto const kind = draw.below(5);
    if (kind == 0) {
      queue.push_front(step);
      expected.push_front(step);
    } else if (kind < 3) {
      queue.push_back(step);
      expected.push_back(step);
    } else if (!expected.empty()) {
      queue.pop_front();
      expected.pop_front();
    }
    REQUIRE(queue.size() == expected.size());
    REQUIRE(queue.empty() == expected.empty());
    if (expected.empty()) continue;
    REQUIRE(queue.front() == expected.front());
    REQUIRE(queue.back() == expected.back());
  }
}

} // namespace

TEST_CASE("a jumped queue gives what a deque that is filled at both ends gives", "[engine]") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) check_steps(seed);
}
