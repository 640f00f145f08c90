// Semaphores, mutexes, latches and channels: coroutines of one run that wait for each other, and
// leave no history.
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::query<std::string()> trace{"__stack_trace"};

// ------------------------------------------------------------------------------------ semaphore
perdure::workflow<void> works(perdure::semaphore& few, int& at_once, int& most, std::string& log,
                              char name) {
  auto const one = co_await few.acquire();
  most = std::max(most, ++at_once);
  log += name;
  co_await perdure::sleep(1s);
  --at_once;
}
perdure::workflow<std::string> shares() {
  perdure::semaphore few{2};
  int at_once = 0;
  int most = 0;
  std::string log;
  std::vector<perdure::workflow<void>> all;
  for (char name = 'a'; name < 'h'; ++name) all.push_back(works(few, at_once, most, log, name));
  co_await perdure::when_all(std::move(all));
  co_return log + " " + std::to_string(most) + " " + std::to_string(few.available());
}
TEST_CASE("no more coroutines have a permit than there are, first come, first served",
          "[workflow][coordination]") {
  live_and_replayed<virtual_world<shares>>([](auto& world) {
    CHECK(world.template run<shares>() == "abcdefg 2 2");
    CHECK(world.count(event_type::timer_started) == 7);
  });
}

perdure::workflow<void> takes_turn(perdure::mutex& door, std::string& log, char name, int turns) {
  for (int i = 0; i < turns; ++i) {
    auto lock = co_await door.lock();
    log += name;
    lock.release(); // and asks again, behind who waits
    co_await perdure::sleep(0s);
  }
}
perdure::workflow<std::string> locks() {
  perdure::mutex door;
  std::string log;
  {
    auto const lock = co_await door.lock();
    if (door.try_lock()) log += "twice";
  }
  if (door.is_locked()) log += "kept";
  if (auto const again = door.try_lock(); !again) log += "lost";
  co_await perdure::when_all(takes_turn(door, log, 'a', 2), takes_turn(door, log, 'b', 2));
  co_return log;
}
TEST_CASE("a mutex is had by one coroutine at a time, to the end of its block",
          "[workflow][coordination]") {
  virtual_world<locks> world;
  CHECK(world.run<locks>() == "abab");
}

perdure::workflow<int> gives_up(perdure::semaphore& none) {
  perdure::cancellation_scope scope{1min};
  auto const end = co_await perdure::as_outcome(none.acquire());
  co_return end ? 1 : scope.timed_out() ? 0 : 2;
}
perdure::workflow<int> waits_behind(perdure::semaphore& none) {
  auto const one = co_await none.acquire();
  co_return 10;
}
perdure::workflow<int> leaves_the_line() {
  perdure::semaphore one{1};
  auto mine = co_await one.acquire();
  auto const gives = [](perdure::permit held) -> perdure::workflow<int> {
    co_await perdure::sleep(2min);
    held.release();
    co_return 0;
  };
  auto all = co_await perdure::when_all(gives_up(one), waits_behind(one), gives(std::move(mine)));
  co_return std::get<0>(all) + std::get<1>(all) + static_cast<int>(one.available());
}
TEST_CASE("who is cancelled leaves the line, and the next one gets the permit",
          "[workflow][coordination]") {
  live_and_replayed<virtual_world<leaves_the_line>>(
      [](auto& world) { CHECK(world.template run<leaves_the_line>() == 0 + 10 + 1); });
}

perdure::workflow<void> holds(perdure::semaphore& one) {
  auto const mine = co_await one.acquire();
  co_await perdure::sleep(24h);
}
perdure::workflow<int> ends_with_permits_out() {
  perdure::semaphore one{1};
  auto limited = co_await perdure::as_outcome(
      perdure::with_timeout(perdure::when_all(holds(one), holds(one)), 1s));
  co_return (limited ? 100 : 0) + static_cast<int>(one.available());
}
TEST_CASE("permits of coroutines that are cancelled come back", "[workflow][coordination]") {
  virtual_world<ends_with_permits_out> world;
  CHECK(world.run<ends_with_permits_out>() == 1);
}

perdure::workflow<void> never_ends() {
  perdure::semaphore one{1};
  co_await perdure::when_all(holds(one), holds(one), holds(one));
}
TEST_CASE("a run that is evicted and terminated while coroutines wait in line is let go",
          "[workflow][coordination]") {
  live_and_replayed<virtual_world<never_ends>>([](auto& world) {
    auto const handle = world.template start<never_ends>();
    world.settle();
    handle.terminate("enough");
    CHECK_THROWS_AS(handle.result(), perdure::terminated_error);
  });
}

TEST_CASE("a stack trace says who waits in which line", "[workflow][coordination]") {
  virtual_world<never_ends> world;
  auto const handle = world.start<never_ends>();
  world.settle();
  CHECK_THAT(handle.query(trace), contains("waits for a semaphore"));
  handle.terminate();
}

// ---------------------------------------------------------------------------------------- latch
perdure::workflow<void> arrives(perdure::latch& all, std::string& log, char name) {
  co_await perdure::sleep(1s * (name - 'a' + 1));
  log += name;
  all.count_down();
  co_await all.wait();
  log += static_cast<char>(name - 'a' + 'A');
}
perdure::workflow<std::string> meets() {
  perdure::latch all{3};
  std::string log;
  co_await perdure::when_all(arrives(all, log, 'c'), arrives(all, log, 'a'),
                             arrives(all, log, 'b'));
  co_await all.wait(); // open for good
  try {
    all.count_down();
  } catch (perdure::error const& why) {
    log += why.code() == perdure::errc::invalid_argument ? "!" : "?";
  }
  co_return log + std::to_string(all.count());
}
TEST_CASE("a latch lets all go on when the last has come", "[workflow][coordination]") {
  live_and_replayed<virtual_world<meets>>(
      [](auto& world) { CHECK(world.template run<meets>() == "abcCAB!0"); });
}

// -------------------------------------------------------------------------------------- channel
perdure::workflow<void> sends(perdure::channel<std::string>& to, int many, std::string& log) {
  for (int i = 0; i < many; ++i) {
    co_await to.send(std::to_string(i));
    log += "s";
  }
  to.close();
}
perdure::workflow<std::string> receives(perdure::channel<std::string>& from, std::string& log) {
  std::string all;
  while (auto const one = co_await from.receive()) {
    log += "r";
    all += *one;
    co_await perdure::sleep(1s);
  }
  co_return all;
}
perdure::workflow<std::string> passes_on(std::size_t capacity) {
  perdure::channel<std::string> between{capacity};
  std::string log;
  auto all = co_await perdure::when_all(sends(between, 5, log), receives(between, log));
  co_return std::get<1>(all) + " " + log;
}
TEST_CASE("values come through a channel in their order, and it holds no more than it may",
          "[workflow][coordination]") {
  live_and_replayed<virtual_world<passes_on>>([](auto& world) {
    auto const passes = [&](std::string const& id, std::size_t capacity) {
      return world.template start_with<passes_on>({.id = id}, capacity).result();
    };
    CHECK(passes("two", 2) == "01234 ssrsrsrsrr");
    CHECK(passes("any", perdure::channel<int>::unbounded) == "01234 sssssrrrrr");
    CHECK(passes("none", 0) == "01234 rsrsrsrsrs");
  });
}

perdure::workflow<std::string> closes() {
  perdure::channel<int> c{1};
  std::string log;
  log += c.try_send(1) ? "1" : "-";
  log += c.try_send(2) ? "2" : "-"; // there is no room
  log += c.try_receive() == 1 ? "1" : "-";
  log += c.try_receive() ? "2" : "-";
  log += c.try_send(3) ? "3" : "-";
  c.close();
  c.close();
  log += c.is_closed() ? "c" : "o";
  log += co_await c.receive() == 3 ? "3" : "-"; // what was sent before is there
  log += co_await c.receive() ? "4" : "-";
  try {
    co_await c.send(4);
  } catch (perdure::error const& why) {
    log += why.code() == perdure::errc::already_closed ? "!" : "?";
  }
  co_return log;
}
TEST_CASE("a closed channel gives what is in it and takes nothing", "[workflow][coordination]") {
  virtual_world<closes> world;
  CHECK(world.run<closes>() == "1-1-3c3-!");
}

perdure::workflow<std::string> one_of(perdure::channel<int>& from) {
  auto const got = co_await from.receive();
  co_return got ? std::to_string(*got) : "-";
}
perdure::workflow<std::string> sends_two(perdure::channel<int>& to) {
  co_await perdure::sleep(1s);
  co_await to.send(1);
  co_await to.send(2);
  to.close();
  co_return "";
}
perdure::workflow<std::string> shares_out() {
  perdure::channel<int> c;
  auto all = co_await perdure::when_all(one_of(c), one_of(c), one_of(c), sends_two(c));
  co_return std::get<0>(all) + std::get<1>(all) + std::get<2>(all);
}
TEST_CASE("who waits longest at a channel gets the first value, who waits for more gets none",
          "[workflow][coordination]") {
  virtual_world<shares_out> world;
  CHECK(world.run<shares_out>() == "12-");
}

perdure::workflow<std::string> sends_to_nobody(perdure::channel<int>& to) {
  auto const end = co_await perdure::as_outcome(perdure::with_timeout(to.send(1), 1s));
  co_return end ? "sent" : "not sent";
}
perdure::workflow<std::string> takes_a_send_back() {
  perdure::channel<int> c{0};
  std::string log = co_await sends_to_nobody(c);
  log += c.try_receive() ? ", received" : ", gone";
  co_return log;
}
TEST_CASE("what could not be sent in time was not sent", "[workflow][coordination]") {
  virtual_world<takes_a_send_back> world;
  CHECK(world.run<takes_a_send_back>() == "not sent, gone");
}

// ----------------------------------------------------------------------------- scopes with time
perdure::workflow<std::string> works_in_time(perdure::duration limit) {
  std::string log;
  {
    perdure::cancellation_scope scope{limit};
    auto const end = co_await perdure::as_outcome(perdure::sleep(10s));
    log += end ? "slept" : "cancelled";
    log += scope.timed_out() ? " late" : " in time";
    if (!end && co_await perdure::as_outcome(perdure::sleep(1s))) log += " but went on";
  }
  co_await perdure::sleep(1s); // outside nothing is cancelled
  co_return log;
}
TEST_CASE("a scope with a deadline cancels what is inside when its time is over",
          "[workflow][cancellation]") {
  live_and_replayed<virtual_world<works_in_time>>([](auto& world) {
    CHECK(
        world.template start_with<works_in_time>({.id = "late"}, perdure::duration{5s}).result() ==
        "cancelled late");
    CHECK(
        world.template start_with<works_in_time>({.id = "early"}, perdure::duration{1h}).result() ==
        "slept in time");
    CHECK(world.count(event_type::timer_canceled, "early") == 1); // the scope's
    world.check_replay("late");
    world.check_replay("early");
  });
}

perdure::workflow<std::string> nests_deadlines() {
  perdure::cancellation_scope outer{3s};
  std::string log;
  for (int i = 0; i < 4; ++i) {
    perdure::cancellation_scope inner{2s};
    auto const end = co_await perdure::as_outcome(perdure::sleep(24h));
    log += inner.timed_out() ? "i" : outer.timed_out() ? "o" : "?";
  }
  co_return log;
}
TEST_CASE("the deadline of an outer scope cancels what is in the inner ones",
          "[workflow][cancellation]") {
  virtual_world<nests_deadlines> world;
  CHECK(world.run<nests_deadlines>() == "iooo");
}

} // namespace
