#include "support/log_collector.hpp"
#include "support/virtual_world.hpp"

#include <memory>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

perdure::workflow<void> appends(std::string& to, std::string const& what) {
  to += what;
  co_await perdure::sleep(1s);
  to += what;
}

perdure::workflow<std::string> passes_references() {
  std::string text;
  std::string const dash = "-";
  co_await appends(text, dash);
  co_await appends(text, "+");
  co_return text;
}

TEST_CASE("sub-coroutines run in line and may take references", "[workflow][coroutine]") {
  live_and_replayed<virtual_world<passes_references>>([](auto& world) {
    CHECK(world.template run<passes_references>() == "--++");
    CHECK(world.count(perdure::event_type::start_child_workflow_execution_initiated) == 0);
  });
}

struct keeps_log {
  std::string* log;
  char const* name;
  ~keeps_log() { *log += name; }
};

perdure::workflow<int> throws(std::string& log, bool later) {
  keeps_log const inner{&log, "inner "};
  if (later) co_await perdure::sleep(1s);
  throw std::out_of_range{"thrown"};
}
perdure::workflow<int> passes_on(std::string& log, bool later) {
  keeps_log const outer{&log, "outer "};
  co_return co_await throws(log, later);
}

perdure::workflow<std::string> catches() {
  std::string log;
  for (bool const later : {false, true}) {
    try {
      co_await passes_on(log, later);
    } catch (std::out_of_range const& e) {
      log += e.what();
      log += ' ';
    }
  }
  co_return log;
}

TEST_CASE("an exception passes through sub-coroutines as through functions",
          "[workflow][coroutine]") {
  live_and_replayed<virtual_world<catches>>([](auto& world) {
    CHECK(world.template run<catches>() == "inner outer thrown inner outer thrown ");
  });
}

perdure::workflow<std::string> moves_a_coroutine() {
  std::string text;
  std::string const what = "x";
  auto kept = appends(text, what);
  bool const before = text.empty();
  co_await std::move(kept);
  co_return before ? text : "it ran before it was awaited";
}

TEST_CASE("a coroutine that was made does nothing until it is awaited", "[workflow][coroutine]") {
  virtual_world<moves_a_coroutine> world;
  CHECK(world.run<moves_a_coroutine>() == "xx");
}

struct only_moves {
  std::unique_ptr<int> value;
};
perdure::workflow<only_moves> gives_what_only_moves() {
  co_return only_moves{std::make_unique<int>(5)};
}
perdure::workflow<int> takes_what_only_moves() {
  only_moves const got = co_await gives_what_only_moves();
  co_return *got.value;
}

TEST_CASE("a sub-coroutine can give any type that moves", "[workflow][coroutine]") {
  virtual_world<takes_what_only_moves> world;
  CHECK(world.run<takes_what_only_moves>() == 5);
}

// ----------------------------------------------------------------------------------------- the stack

perdure::workflow<std::size_t> awaits_a_million_ready_values() {
  std::vector<perdure::timer_handle> none;
  std::size_t count = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    co_await perdure::when_all(none);
    ++count;
  }
  co_return count;
}

perdure::workflow<int> one() { co_return 1; }
perdure::workflow<int> calls_many() {
  int sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += co_await one();
  co_return sum;
}
perdure::workflow<int> catches_many() {
  int caught = 0;
  for (int i = 0; i < 100'000; ++i) {
    perdure::cancellation_scope scope;
    scope.cancel();
    if (!co_await perdure::as_outcome(perdure::sleep(1s))) ++caught;
  }
  co_return caught;
}

TEST_CASE("a million awaits of ready values do not grow the stack", "[workflow][coroutine]") {
  virtual_world<awaits_a_million_ready_values> world;
  CHECK(world.run<awaits_a_million_ready_values>() == 1'000'000);
}

TEST_CASE("a hundred thousand calls of sub-coroutines do not grow the stack",
          "[workflow][coroutine]") {
  virtual_world<calls_many> world;
  CHECK(world.run<calls_many>() == 100'000);
}

TEST_CASE("a hundred thousand awaits that throw at once do not grow the stack",
          "[workflow][coroutine]") {
  virtual_world<catches_many> world;
  CHECK(world.run<catches_many>() == 100'000);
}

perdure::workflow<int> recurses(int depth) {
  if (depth == 0) {
    co_await perdure::sleep(1s); // suspended at the bottom: an eviction destroys the whole chain
    co_return 0;
  }
  co_return 1 + co_await recurses(depth - 1);
}

TEST_CASE("coroutines may await each other ten thousand deep, suspended and destroyed there",
          "[workflow][coroutine]") {
  live_and_replayed<virtual_world<recurses>>(
      [](auto& world) { CHECK(world.template run<recurses>(9'999) == 9'999); });
}

TEST_CASE("deeper recursion is a limit_exceeded error that says what to do",
          "[workflow][coroutine]") {
  log_collector const log;
  virtual_world<recurses> world;
  auto const handle = world.start<recurses>(10'001);
  CHECK_THROWS_WITH(handle.result(), contains("use a loop"));
}

perdure::workflow<std::string> recovers_from_depth() {
  try {
    co_await recurses(20'000);
  } catch (perdure::error const& e) {
    co_return e.code() == perdure::errc::limit_exceeded ? "caught" : e.what();
  }
  co_return "none";
}

TEST_CASE("the depth limit can be caught like any error, and the depth is free again",
          "[workflow][coroutine]") {
  virtual_world<recovers_from_depth> world;
  CHECK(world.run<recovers_from_depth>() == "caught");
}

} // namespace
