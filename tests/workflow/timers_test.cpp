#include "support/virtual_world.hpp"

#include <set>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

perdure::workflow<std::vector<std::int64_t>> sleeps() {
  std::vector<std::int64_t> at;
  auto const begin = perdure::now();
  auto const mark = [&] { at.push_back((perdure::now() - begin).count()); };
  co_await perdure::sleep(1ns);
  mark();
  co_await perdure::sleep(0s);
  mark();
  co_await perdure::sleep(-5s);
  mark();
  co_await perdure::sleep_until(begin + 3s);
  mark();
  co_await perdure::sleep_until(begin); // past
  mark();
  co_await perdure::sleep(24h * 365 * 100);
  mark();
  co_return at;
}

TEST_CASE("sleep takes exactly as long as asked for, from a nanosecond to a century",
          "[workflow][timer]") {
  live_and_replayed<virtual_world<sleeps>>([](auto& world) {
    std::int64_t const century = perdure::duration{24h * 365 * 100}.count();
    CHECK(world.template run<sleeps>() == std::vector<std::int64_t>{1, 1, 1, 3'000'000'000,
                                                                    3'000'000'000,
                                                                    3'000'000'000 + century});
    CHECK(world.count(event_type::timer_fired) == 6);
  });
}

perdure::workflow<bool> looks_at_the_clock() {
  auto const first = perdure::now();
  auto const second = perdure::now();
  co_await perdure::sleep(1s);
  co_return first == second&& first == perdure::info().start_time&& perdure::now() == first + 1s;
}

TEST_CASE("now() stands still between awaits", "[workflow][timer]") {
  live_and_replayed<virtual_world<looks_at_the_clock>>(
      [](auto& world) { CHECK(world.template run<looks_at_the_clock>()); });
}

perdure::workflow<std::string> cancels_timers() {
  auto never_sent = perdure::start_timer(1s);
  never_sent.cancel();
  auto sent = perdure::start_timer(50s);
  auto fired = perdure::start_timer(1s);
  co_await perdure::sleep(2s);
  sent.cancel();
  sent.cancel();
  fired.cancel();
  std::string text;
  text += co_await perdure::as_outcome(never_sent) ? "fired " : "cancelled ";
  text += co_await perdure::as_outcome(sent) ? "fired " : "cancelled ";
  text += co_await perdure::as_outcome(fired) ? "fired" : "cancelled";
  co_return text;
}

TEST_CASE("a timer cancelled before it is sent leaves no event, one that runs is cancelled, one "
          "that fired is not",
          "[workflow][timer]") {
  live_and_replayed<virtual_world<cancels_timers>>([](auto& world) {
    CHECK(world.template run<cancels_timers>() == "cancelled cancelled fired");
    CHECK(world.count(event_type::timer_started) == 3);
    CHECK(world.count(event_type::timer_canceled) == 1);
  });
}

perdure::workflow<void> leaves_timers() {
  (void)perdure::start_timer(1h);
  co_await perdure::sleep(1s);
}

TEST_CASE("a run can end before its timers", "[workflow][timer]") {
  virtual_world<leaves_timers> world;
  world.run<leaves_timers>();
  CHECK(world.count(event_type::timer_fired) == 1);
  world.backend.advance(2h);
  CHECK(world.count(event_type::timer_fired) == 1);
}

// ----------------------------------------------------------------------------------------- random, uuid4

perdure::workflow<std::vector<std::string>> draws() {
  std::vector<std::string> drawn;
  drawn.push_back(perdure::uuid4());
  drawn.push_back(std::to_string(perdure::random()()));
  co_await perdure::sleep(1s);
  drawn.push_back(perdure::uuid4());
  drawn.push_back(std::to_string(perdure::random().below(10)));
  co_await perdure::sleep(1s);
  drawn.push_back(std::to_string(perdure::random().uniform()));
  co_return drawn;
}

TEST_CASE("random numbers and uuids are the same on every replay and differ between runs",
          "[workflow][random]") {
  std::set<std::string> uuids;
  std::vector<std::vector<std::string>> results;
  live_and_replayed<virtual_world<draws>>(
      [&](auto& world) { results.push_back(world.template run<draws>()); });
  REQUIRE(results.size() == 2);
  CHECK(results[0] == results[1]); // equal run ids: the seed of the backend is the same
  virtual_world<draws> world;
  for (int i = 0; i < 3; ++i) {
    auto const drawn = world.run<draws>();
    uuids.insert(drawn[0]);
    uuids.insert(drawn[2]);
    CHECK(drawn[0].size() == 36);
    CHECK(drawn[0][14] == '4');
  }
  CHECK(uuids.size() == 6);
}

// -------------------------------------------------------------------------------------------------- info

perdure::workflow<std::string> tells_all() {
  auto const& me = perdure::info();
  std::string text =
      me.workflow_id + " " + me.workflow_type + " " + me.task_queue + " " +
      std::to_string(me.attempt) + " " + std::to_string(me.workflow_run_timeout / 1s) + " " +
      std::to_string(me.workflow_execution_timeout / 1s) + " " +
      std::to_string(me.workflow_task_timeout / 1s) + " " +
      std::to_string(me.retry_policy.maximum_attempts) + " " + std::to_string(me.history_length);
  bool const first = me.first_execution_run_id == me.run_id && me.continued_run_id.empty() &&
                     me.parent_workflow_id.empty();
  co_await perdure::sleep(1s);
  co_return text + "-" + std::to_string(perdure::info().history_length) + (first ? "" : "?") +
      (me.history_size_bytes > 0 && !me.continue_as_new_suggested ? "" : "?");
}

TEST_CASE("info() tells what the first event and the current task say", "[workflow][info]") {
  live_and_replayed<virtual_world<tells_all>>([](auto& world) {
    auto const handle =
        world.template start_with<tells_all>({.workflow_execution_timeout = 20s,
                                              .workflow_run_timeout = 10s,
                                              .workflow_task_timeout = 5s,
                                              .retry_policy = {.maximum_attempts = 4}});
    CHECK(handle.result() == "w tells_all tests 1 10 20 5 4 3-8");
    world.check_replay();
  });
}

TEST_CASE("workflow API called outside of workflow code says so", "[workflow][info]") {
  auto const code_of = [](auto call) {
    try {
      call();
    } catch (perdure::error const& e) {
      return e.code();
    }
    return perdure::errc{};
  };
  CHECK(code_of([] { (void)perdure::now(); }) == perdure::errc::outside_workflow);
  CHECK(code_of([] { (void)perdure::info(); }) == perdure::errc::outside_workflow);
  CHECK(code_of([] { (void)perdure::random(); }) == perdure::errc::outside_workflow);
  CHECK(code_of([] { (void)perdure::start_timer(1s); }) == perdure::errc::outside_workflow);
  CHECK(code_of([] { (void)perdure::patched<"x">(); }) == perdure::errc::outside_workflow);
  CHECK(code_of([] { perdure::cancellation_scope const scope; }) ==
        perdure::errc::outside_workflow);
  CHECK(code_of([] { perdure::upsert_memo({}); }) == perdure::errc::outside_workflow);
}

} // namespace
