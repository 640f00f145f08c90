// The queue of a run's signals, against std::deque.
#include "support/catch.hpp"

#include "perdure/workflow/fifo.hpp"

#include <deque>
#include <memory>
#include <random>

namespace {

TEST_CASE("a queue does what std::deque does", "[workflow][fifo]") {
  unsigned const seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  perdure::detail::fifo<int> queue;
  std::deque<int> twin;
  for (int i = 0; i < 20'000; ++i) {
    bool const grows = random() % 100 < (i / 1'000 % 2 == 0 ? 70U : 30U); // to and fro
    if (grows || twin.empty()) {
      queue.push_back(i);
      twin.push_back(i);
    } else if (random() % 4 == 0) {
      auto const at = static_cast<std::ptrdiff_t>(random() % twin.size());
      queue.erase(queue.begin() + at);
      twin.erase(twin.begin() + at);
    } else {
      queue.pop_front();
      twin.pop_front();
    }
    REQUIRE(queue.empty() == twin.empty());
    REQUIRE(queue.size() == twin.size());
    if (!twin.empty()) REQUIRE(queue.front() == twin.front());
    if (i % 97 == 0) REQUIRE(std::deque<int>(queue.begin(), queue.end()) == twin);
  }
}

TEST_CASE("what has been taken from a queue is let go at once", "[workflow][fifo]") {
  perdure::detail::fifo<std::shared_ptr<int>> queue;
  auto const item = std::make_shared<int>(1);
  for (int i = 0; i < 100; ++i) queue.push_back(item);
  queue.pop_front();
  CHECK(item.use_count() == 100);
}

} // namespace
