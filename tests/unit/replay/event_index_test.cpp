#include "support/catch.hpp"

#include <cstdint>
#include <iostream>
#include <map>
#include <random>
#include <vector>

#include "perdure/replay/event_index.hpp"

using perdure::replay::event_index;

TEST_CASE("an empty index holds no memory and finds nothing", "[replay][event_index]") {
  event_index index;
  CHECK(index.heap_bytes() == 0);
  CHECK(index.find(1) == event_index::none);
  CHECK(index.find(0) == event_index::none);
  index.erase(1);
  index.erase(0);
  CHECK(index.size() == 0);
}

TEST_CASE("what was inserted is found until it is erased", "[replay][event_index]") {
  event_index index;
  index.insert(5, 50);
  index.insert(7, 70);
  CHECK(index.find(5) == 50);
  CHECK(index.find(7) == 70);
  index.erase(5);
  CHECK(index.find(5) == event_index::none);
  CHECK(index.find(7) == 70);
  CHECK(index.size() == 1);
  CHECK(index.heap_bytes() > 0);
}

// Goal: probing never loses an entry when others around it go. Method: the same random operations
// on a std::map; few ids at first, so that they collide, and then many.
TEST_CASE("an index holds what a map holds, after any operations", "[replay][event_index]") {
  auto const seed = std::random_device{}();
  std::cout << "event index: seed " << seed << '\n';
  CAPTURE(seed);
  std::mt19937_64 draw{seed};
  for (std::int64_t const ids : {6, 40, 1'000, 1'000'000}) {
    CAPTURE(ids);
    event_index index;
    std::map<std::int64_t, std::uint32_t> model;
    for (int i = 0; i < 20'000; ++i) {
      auto const id = static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>(ids)) + 1;
      auto const value = static_cast<std::uint32_t>(draw() % 1'000);
      // Phases in which it grows, and phases in which it shrinks.
      bool const grow = draw() % 10 < (i / 2'000 % 2 == 0 ? 7U : 3U);
      if (grow && model.count(id) == 0) {
        index.insert(id, value);
        model.emplace(id, value);
      } else if (!grow) {
        index.erase(id);
        model.erase(id);
      }
      auto const found = model.find(id);
      auto const expected = found == model.end() ? event_index::none : found->second;
      if (index.find(id) != expected) FAIL("operation " << i << ", id " << id);
      if (index.size() != model.size()) FAIL("operation " << i << ": other sizes");
    }
    for (auto const& [id, value] : model) CHECK(index.find(id) == value);
  }
}

TEST_CASE("ids that come in order, as events do, are found in a large index",
          "[replay][event_index]") {
  event_index index;
  for (std::uint32_t i = 1; i <= 100'000; ++i) index.insert(i, i * 2);
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 1; i <= 100'000; i += 2) index.erase(i);
  for (std::uint32_t i = 1; i <= 100'000; ++i)
    if (index.find(i) != (i % 2 == 0 ? i * 2 : event_index::none)) ++wrong;
  CHECK(wrong == 0);
  CHECK(index.size() == 50'000);
}
