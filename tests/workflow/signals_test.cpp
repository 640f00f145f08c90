#include "support/log_collector.hpp"
#include "support/virtual_world.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

struct order {
  std::string item{};
  int count{};
};
inline constexpr perdure::signal<order> buy{"buy"};
inline constexpr perdure::signal<int> number{"number"};
inline constexpr perdure::signal<> done{"done"};

perdure::workflow<std::string> shops() {
  order const first = co_await perdure::receive(buy);
  order const second = co_await perdure::receive(buy);
  co_await perdure::receive(done);
  co_return first.item + std::to_string(first.count) + second.item + std::to_string(second.count);
}

TEST_CASE("typed and void signals are received in the order of history", "[workflow][signal]") {
  live_and_replayed<virtual_world<shops>>([](auto& world) {
    auto const handle = world.template start<shops>();
    world.settle();
    handle.signal(buy, order{"a", 1});
    world.settle();
    handle.signal(done);
    handle.signal(buy, order{"b", 2});
    CHECK(handle.result() == "a1b2");
    world.check_replay();
  });
}

perdure::workflow<std::vector<int>> receives_late() {
  co_await perdure::sleep(1h);
  std::vector<int> got;
  for (int i = 0; i < 3; ++i) got.push_back(co_await perdure::receive(number));
  co_return got;
}

TEST_CASE("signals are buffered until they are received, also from before the first task",
          "[workflow][signal]") {
  live_and_replayed<virtual_world<receives_late>>([](auto& world) {
    auto const handle = world.template start<receives_late>();
    handle.signal(number, 1);
    world.settle();
    handle.signal(number, 2);
    handle.signal(number, 3);
    CHECK(handle.result() == std::vector<int>{1, 2, 3});
    world.check_replay();
  });
}

perdure::workflow<void> collects(std::string& log, std::string name, int many) {
  for (int i = 0; i < many; ++i) log += name + std::to_string(co_await perdure::receive(number));
}

perdure::workflow<std::string> two_receivers() {
  std::string log;
  co_await perdure::when_all(collects(log, "a", 2), collects(log, "b", 2));
  co_return log;
}

TEST_CASE("of two receivers the one that waits longer is served first, each signal goes to one",
          "[workflow][signal]") {
  live_and_replayed<virtual_world<two_receivers>>([](auto& world) {
    auto const handle = world.template start<two_receivers>();
    world.settle();
    for (int i = 1; i <= 3; ++i) {
      handle.signal(number, i);
      world.settle();
    }
    handle.signal(number, 4);
    CHECK(handle.result() == "a1b2a3b4");
    world.check_replay();
  });
}

TEST_CASE("several signals in one task wake several receivers", "[workflow][signal]") {
  live_and_replayed<virtual_world<two_receivers>>([](auto& world) {
    auto const handle = world.template start<two_receivers>();
    world.settle();
    for (int i = 1; i <= 4; ++i) handle.signal(number, i);
    auto const log = handle.result();
    CAPTURE(log);
    for (char const* const each : {"1", "2", "3", "4"}) CHECK_THAT(log, contains(each));
    world.check_replay();
  });
}

perdure::workflow<std::string> gives_up_and_receives() {
  auto const first = co_await perdure::race(perdure::receive(number), perdure::sleep(1s));
  co_return std::to_string(first.index) + std::to_string(co_await perdure::receive(number));
}

TEST_CASE("a receiver that gave up takes no signal away", "[workflow][signal]") {
  live_and_replayed<virtual_world<gives_up_and_receives>>([](auto& world) {
    auto const handle = world.template start<gives_up_and_receives>();
    world.backend.advance(2s);
    handle.signal(number, 5);
    CHECK(handle.result() == "15");
    world.check_replay();
  });
}

perdure::workflow<int> finishes() {
  co_await perdure::receive(done);
  co_return 1;
}

TEST_CASE("signals that nobody receives do no harm", "[workflow][signal]") {
  virtual_world<finishes> world;
  auto const handle = world.start<finishes>();
  handle.signal(number, 5);
  handle.signal(done);
  CHECK(handle.result() == 1);
}

TEST_CASE("a signal to a run that is over or unknown is refused", "[workflow][signal]") {
  virtual_world<finishes> world;
  auto const handle = world.start<finishes>();
  handle.signal(done);
  handle.result();
  CHECK_THROWS_MATCHES(handle.signal(done), perdure::error,
                       has_code<perdure::error>(perdure::errc::already_closed));
  CHECK_THROWS_MATCHES(world.client.get_handle("nobody").signal(done), perdure::error,
                       has_code<perdure::error>(perdure::errc::not_found));
}

// ------------------------------------------------------------------------------------------- bad input

perdure::workflow<std::string> wants_numbers() {
  std::string text;
  for (int i = 0; i < 3; ++i) text += std::to_string(co_await perdure::receive(number));
  co_return text;
}
perdure::workflow<std::string> wants_anything() {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    try {
      text += std::to_string(co_await perdure::receive(number));
    } catch (perdure::error const& e) {
      text += e.code() == perdure::errc::bad_payload ? "?" : "!";
    }
  }
  co_return text;
}

} // namespace

template <>
inline constexpr auto perdure::wire_name<wants_anything> = "wants_numbers";

namespace {

TEST_CASE("a signal that carries the wrong type fails the task and loses nothing: the mended "
          "program goes on",
          "[workflow][signal]") {
  log_collector const log;
  constexpr perdure::signal<std::string> mistyped{"number"};
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  perdure::client<perdure::memory_backend> const client{backend};
  auto const handle = client.start_workflow<wants_numbers>({.id = "w", .task_queue = "tests"});
  {
    virtual_worker broken{backend, {.task_queue = "tests"}};
    broken.add<wants_numbers>();
    broken.start();
    handle.signal(number, 1);
    handle.signal(mistyped, std::string{"two"});
    handle.signal(number, 3);
    CHECK_THROWS_MATCHES(handle.result(), perdure::error,
                         has_code<perdure::error>(perdure::errc::stalled));
    auto const now = handle.describe();
    CHECK(now.status == perdure::workflow_execution_status::running);
    CHECK(now.workflow_task_attempt > 1);
    CHECK(!now.workflow_task_failure.empty());
  }
  virtual_worker mended{backend, {.task_queue = "tests"}};
  mended.add<wants_anything>();
  mended.start();
  CHECK(handle.result() == "1?3");
}

} // namespace
