#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> number{"number"};

perdure::workflow<void> adds(int& sum, int many) {
  for (int i = 0; i < many; ++i) sum += co_await perdure::receive(number);
}
perdure::workflow<int> waits_for(int const& sum, int least) {
  co_await perdure::wait_until([&] { return sum >= least; });
  co_return sum;
}

perdure::workflow<std::vector<int>> waits_for_sums() {
  int sum = 0;
  auto all = co_await perdure::when_all(waits_for(sum, 3), waits_for(sum, 1), adds(sum, 3));
  co_return {std::get<0>(all), std::get<1>(all), sum};
}

TEST_CASE("a wait for a condition ends when code of the run has made it true",
          "[workflow][wait_until]") {
  live_and_replayed<virtual_world<waits_for_sums>>([](auto& world) {
    auto const handle = world.template start<waits_for_sums>();
    world.settle();
    for (int i = 0; i < 3; ++i) {
      handle.signal(number, 1);
      world.settle();
    }
    CHECK(handle.result() == std::vector<int>{3, 1, 3});
    world.check_replay();
  });
}

perdure::workflow<int> waits_for_what_is_so() {
  int const before = static_cast<int>(perdure::info().history_length);
  co_await perdure::wait_until([] { return true; });
  bool const held = co_await perdure::wait_until([] { return true; }, 1h);
  co_return held ? static_cast<int>(perdure::info().history_length) - before : -1;
}

TEST_CASE("a condition that holds at once costs neither a wait nor a timer",
          "[workflow][wait_until]") {
  virtual_world<waits_for_what_is_so> world;
  CHECK(world.run<waits_for_what_is_so>() == 0);
  CHECK(world.count(event_type::timer_started) == 0);
}

// Each takes the token when it sees it: if both were woken at once, one would find it gone.
perdure::workflow<void> takes(int& tokens, std::string& log, std::string name) {
  co_await perdure::wait_until([&] { return tokens > 0; });
  log += name + std::to_string(tokens--);
}
perdure::workflow<void> gives(int& tokens) {
  for (int i = 0; i < 3; ++i) {
    co_await perdure::sleep(1s);
    ++tokens;
  }
}
perdure::workflow<std::string> shares_tokens() {
  int tokens = 0;
  std::string log;
  co_await perdure::when_all(takes(tokens, log, "a"), takes(tokens, log, "b"),
                             takes(tokens, log, "c"), gives(tokens));
  co_return log;
}

TEST_CASE(
    "a condition still holds when its wait is over, and the one that waits longest goes first",
    "[workflow][wait_until]") {
  live_and_replayed<virtual_world<shares_tokens>>(
      [](auto& world) { CHECK(world.template run<shares_tokens>() == "a1b1c1"); });
}

perdure::workflow<void> sets_after(bool& flag, perdure::duration wait) {
  co_await perdure::sleep(wait);
  flag = true;
}
perdure::workflow<bool> waits_at_most(std::int64_t seconds) {
  bool flag = false;
  auto setter = perdure::when_all(
      sets_after(flag, 10s), [](bool& f, std::int64_t limit) -> perdure::workflow<bool> {
        co_return co_await perdure::wait_until([&] { return f; }, std::chrono::seconds{limit});
      }(flag, seconds));
  auto both = co_await std::move(setter);
  co_return std::get<1>(both);
}

TEST_CASE("a wait with a limit tells whether the condition held, and cancels its timer if it did",
          "[workflow][wait_until]") {
  live_and_replayed<virtual_world<waits_at_most>>([](auto& world) {
    CHECK(world.template run<waits_at_most>(std::int64_t{20}));
    CHECK(world.count(event_type::timer_canceled) == 1);
  });
  live_and_replayed<virtual_world<waits_at_most>>([](auto& world) {
    CHECK(!world.template run<waits_at_most>(std::int64_t{5}));
    CHECK(world.count(event_type::timer_canceled) == 0);
  });
}

perdure::workflow<std::string> is_cancelled_in_a_wait() {
  std::string log;
  for (int i = 0; i < 2; ++i) {
    try {
      if (i == 0)
        co_await perdure::wait_until([] { return false; });
      else
        log += co_await perdure::wait_until([] { return false; }, 1s) ? "held" : "timeout";
    } catch (perdure::cancelled_error const&) {
      log += "cancelled,";
    }
  }
  co_return log;
}

TEST_CASE("cancelling a run ends its wait for a condition once", "[workflow][wait_until]") {
  live_and_replayed<virtual_world<is_cancelled_in_a_wait>>([](auto& world) {
    auto const handle = world.template start<is_cancelled_in_a_wait>();
    world.settle();
    handle.cancel();
    CHECK(handle.result() == "cancelled,timeout");
    world.check_replay();
  });
}

perdure::workflow<std::string> waits_in_a_cancelled_scope() {
  std::string log;
  perdure::cancellation_scope scope;
  scope.cancel();
  auto const plain = co_await perdure::as_outcome(perdure::wait_until([] { return true; }));
  auto const limited = co_await perdure::as_outcome(perdure::wait_until([] { return false; }, 1s));
  co_await perdure::shield(perdure::wait_until([] { return true; }));
  log += plain ? "-" : "x";
  log += limited ? "-" : "x";
  co_return log;
}

TEST_CASE("in a cancelled scope a wait for a condition throws, behind a shield it does not",
          "[workflow][wait_until]") {
  virtual_world<waits_in_a_cancelled_scope> world;
  CHECK(world.run<waits_in_a_cancelled_scope>() == "xx");
  CHECK(world.count(event_type::timer_started) == 0);
}

perdure::workflow<std::size_t> races_conditions() {
  int got = 0;
  auto const first = co_await perdure::race(
      perdure::wait_until([&] { return got == 99; }), perdure::sleep(5s),
      [](int& g) -> perdure::workflow<void> { g = co_await perdure::receive(number); }(got),
      perdure::wait_until([&] { return got == 2; }));
  co_return first.index;
}

TEST_CASE("conditions are operands of combinators, and those that lose are left",
          "[workflow][wait_until]") {
  live_and_replayed<virtual_world<races_conditions>>([](auto& world) {
    auto const handle = world.template start<races_conditions>();
    world.settle();
    handle.signal(number, 7);
    CHECK(handle.result() == 2);
    world.check_replay();
  });
  live_and_replayed<virtual_world<races_conditions>>(
      [](auto& world) { CHECK(world.template run<races_conditions>() == 1); });
}

perdure::workflow<std::string> throws_in_a_condition() {
  bool armed = false;
  auto const setter = [](bool& flag) -> perdure::workflow<void> {
    co_await perdure::sleep(1s);
    flag = true;
  };
  auto const waits = [](bool& flag) -> perdure::workflow<std::string> {
    try {
      co_await perdure::wait_until([&] { return flag ? throw std::out_of_range{"gone"} : false; });
    } catch (std::out_of_range const& e) {
      co_return e.what();
    }
    co_return "";
  };
  auto both = co_await perdure::when_all(setter(armed), waits(armed));
  co_return std::get<1>(both);
}

TEST_CASE("what a condition throws is thrown at its await", "[workflow][wait_until]") {
  virtual_world<throws_in_a_condition> world;
  CHECK(world.run<throws_in_a_condition>() == "gone");
}

perdure::workflow<std::string> changes_the_run_in_a_condition() {
  try {
    co_await perdure::wait_until([] { return perdure::random().below(2) == 2; });
  } catch (perdure::error const& e) {
    co_return e.what();
  }
  co_return "";
}

TEST_CASE("a condition that draws a random number is refused by name", "[workflow][wait_until]") {
  virtual_world<changes_the_run_in_a_condition> world;
  auto const text = world.run<changes_the_run_in_a_condition>();
  CHECK_THAT(text, contains("perdure::random() was called in the condition of wait_until"));
}

perdure::workflow<int> waits_many_times() {
  int turn = 0;
  auto const plays = [](int& t, int mine) -> perdure::workflow<void> {
    for (int i = 0; i < 20'000; ++i) {
      co_await perdure::wait_until([&] { return t % 2 == mine; });
      ++t;
    }
  };
  co_await perdure::when_all(plays(turn, 0), plays(turn, 1));
  co_return turn;
}

TEST_CASE("two coroutines can take turns by conditions thousands of times in one task",
          "[workflow][wait_until]") {
  virtual_world<waits_many_times> world;
  CHECK(world.run<waits_many_times>() == 40'000);
}

} // namespace
