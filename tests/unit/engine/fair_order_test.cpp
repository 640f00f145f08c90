#include "perdure/engine/fair_order.hpp"

#include "support/catch.hpp"

#include <map>
#include <string>

namespace {

using perdure::priority;
using perdure::engine::fair_order;

/// A queue of letters, as a store would keep it.
struct letters {
  fair_order order{0, 0};
  std::multimap<std::int64_t, char> waiting;
  void push(char letter, priority const& of, bool front = false) {
    waiting.emplace(order.place(of, front), letter);
  }
  auto pop() -> char {
    auto const first = waiting.begin();
    order.passed(first->first);
    char const letter = first->second;
    waiting.erase(first);
    return letter;
  }
  auto all() -> std::string {
    std::string text;
    while (!waiting.empty()) text += pop();
    return text;
  }
};
auto key(int urgency) -> priority { return {.priority_key = urgency}; }
auto fair(std::string name, float weight = 0) -> priority {
  return {.fairness_weight = weight, .fairness_key = name};
}

TEST_CASE("lower priority keys go first, and 3 is the default", "[engine][priority]") {
  letters queue;
  for (int urgency : {5, 3, 1, 4, 0, 2}) queue.push(static_cast<char>('0' + urgency), key(urgency));
  CHECK(queue.all() == "123045");
}

TEST_CASE("tasks of one priority go in the order in which they came", "[engine][priority]") {
  letters queue;
  for (char c : std::string{"abcd"}) queue.push(c, key(2));
  CHECK(queue.all() == "abcd");
}

TEST_CASE("what is pushed to the front goes first within its priority key", "[engine][priority]") {
  letters queue;
  queue.push('a', key(2));
  queue.push('b', key(2), true);
  queue.push('c', key(4), true);
  queue.push('d', key(1));
  CHECK(queue.all() == "dbac");
}

TEST_CASE("fairness keys take turns, however many tasks each has", "[engine][priority]") {
  letters queue;
  for (int i = 0; i < 4; ++i) queue.push('a', fair("a"));
  for (int i = 0; i < 2; ++i) queue.push('b', fair("b"));
  CHECK(queue.all() == "ababaa");
}

TEST_CASE("a key that comes late does not catch up on what it missed", "[engine][priority]") {
  letters queue;
  for (int i = 0; i < 6; ++i) queue.push('a', fair("a"));
  std::string seen;
  for (int i = 0; i < 3; ++i) seen += queue.pop();
  for (int i = 0; i < 3; ++i) queue.push('b', fair("b"));
  CHECK(seen + queue.all() == "aaaababab");
}

TEST_CASE("a key of twice the weight gets twice as many turns", "[engine][priority]") {
  letters queue;
  for (int i = 0; i < 60; ++i) {
    queue.push('a', fair("a", 1));
    queue.push('b', fair("b", 2));
  }
  std::map<char, int> seen;
  for (int i = 0; i < 60; ++i) ++seen[queue.pop()];
  CHECK(seen['a'] == 20);
  CHECK(seen['b'] == 40);
}

TEST_CASE("fairness works within a priority key alone", "[engine][priority]") {
  letters queue;
  for (int i = 0; i < 2; ++i) queue.push('a', fair("a"));
  auto urgent = fair("a");
  urgent.priority_key = 1;
  for (int i = 0; i < 3; ++i) queue.push('A', urgent);
  queue.push('b', fair("b"));
  CHECK(queue.all() == "AAAaba");
}

TEST_CASE("tasks from before the first priority stay in their order", "[engine][priority]") {
  letters queue;
  queue.order = fair_order{-2 * fair_order::unit, 3 * fair_order::unit};
  for (std::int64_t i = -2; i <= 3; ++i)
    queue.waiting.emplace(i * fair_order::unit, static_cast<char>('c' + i));
  queue.push('z', {});
  queue.push('A', key(1));
  queue.push('0', {}, true);
  CHECK(queue.all() == "A0abcdefz");
}

TEST_CASE("a million fairness keys are not all remembered", "[engine][priority]") {
  letters queue;
  std::int64_t last = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    last = queue.order.place(fair(std::to_string(i)), false);
    queue.order.passed(last);
  }
  CHECK(last == 1'000'000 * fair_order::unit); // each waits its turn behind the one before
}

TEST_CASE("an unset field of a priority is that of what asks for it", "[engine][priority]") {
  using perdure::indirect;
  using perdure::engine::merged;
  indirect<priority> const none{};
  indirect<priority> const base{
      priority{.priority_key = 2, .fairness_weight = 3, .fairness_key = "a"}};
  CHECK_FALSE(merged(none, none));
  CHECK(merged(none, base)->priority_key == 2);
  indirect<priority> const own{priority{.fairness_key = "b"}};
  auto const both = merged(own, base);
  CHECK(both->priority_key == 2);
  CHECK(both->fairness_key == "b");
  CHECK(both->fairness_weight == 3.0F);
  CHECK(merged(base, own)->fairness_key == "a");
}

} // namespace
