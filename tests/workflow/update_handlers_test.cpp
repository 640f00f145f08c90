#include "support/hand_run.hpp"
#include "support/log_collector.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;
using strings = std::vector<std::string>;

inline constexpr perdure::signal<> done{"done"};
inline constexpr perdure::signal<int> number{"number"};
inline constexpr perdure::update<int(int)> add{"add"};
inline constexpr perdure::update<std::string(std::string, int)> repeat{"repeat"};
inline constexpr perdure::update<void()> clear{"clear"};

perdure::workflow<int> counts() {
  int sum = 0;
  auto const adds = perdure::handle(
      add,
      [&](int more) -> perdure::workflow<int> {
        co_await perdure::sleep(1s);
        sum += more;
        co_return sum;
      },
      [&](int more) {
        if (more + sum > 100) throw perdure::application_error{"too much", {.type = "TooMuch"}};
      });
  auto const repeats = perdure::handle(repeat, [](std::string text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  });
  auto const clears = perdure::handle(clear, [&] { sum = 0; });
  co_await perdure::receive(done);
  co_await perdure::wait_until(perdure::all_handlers_finished);
  co_return sum;
}

TEST_CASE("an update is accepted, runs, and is completed, each at its place among the commands",
          "[workflow][update]") {
  kept_and_replayed<counts>([](auto& run) {
    run.update("a", add, 5);
    CHECK(said(run.task()) == strings{"accept a"});
    CHECK(run.types_after(event_type::workflow_task_completed) ==
          std::vector{event_type::workflow_execution_update_accepted, event_type::timer_started});
    run.update("b", repeat, "xy", 3);
    run.update("c", clear);
    CHECK(said(run.task()) == strings{"accept b", "complete b", "accept c", "complete c"});
    run.fire_timer("1");
    CHECK(said(run.task()) == strings{"complete a"});
    run.signal(done);
    run.task();
    CHECK(run.template result<int>() == 5);
  });
}

TEST_CASE("the result of an update is the value of its handler, void gives none",
          "[workflow][update]") {
  hand_run<counts> run{true};
  run.task();
  run.update("b", repeat, "xy", 2);
  run.update("c", clear);
  auto const answer = run.task();
  REQUIRE(answer.updates.size() == 4);
  CHECK(answer.updates[0].request.input.name == "repeat");
  CHECK(answer.updates[0].sequencing_event_id == 4);
  CHECK(std::get<0>(perdure::from_payloads<std::string>(answer.updates[1].outcome.success)) ==
        "xyxy");
  CHECK(answer.updates[1].request.meta.identity == "sender of b");
  CHECK(answer.updates[3].outcome.success.empty());
  CHECK(!answer.updates[3].outcome.failure);
}

TEST_CASE("a validator rejects an update without a trace in history", "[workflow][update]") {
  kept_and_replayed<counts>([](auto& run) {
    run.task();
    run.update("a", add, 101);
    auto const answer = run.task();
    CHECK(said(answer) == strings{"reject a"});
    CHECK(answer.commands.empty());
    CHECK(answer.updates.front().message_id == "a/reject");
    CHECK(answer.updates.front().outcome.failure->message == "too much");
    run.signal(done);
    run.task();
  });
}

TEST_CASE("a validator is not asked again in a replay", "[workflow][update]") {
  hand_run<counts> run{false};
  run.update("a", add, 60);
  run.update("b", add, 60); // accepted: its validator has not seen the first one's effect
  run.task();
  run.fire_timer("1");
  run.fire_timer("2");
  CHECK(said(run.task()) == strings{"complete a", "complete b"});
  run.check_replay();
}

TEST_CASE("updates with arguments of other types, and those without a handler, are rejected",
          "[workflow][update]") {
  hand_run<counts> run{true};
  run.task();
  run.update("a", perdure::update<int(std::string)>{"add"}, "five");
  run.update("b", perdure::update<int(int)>{"unknown"}, 1);
  auto const answer = run.task();
  CHECK(said(answer) == strings{"reject a", "reject b"});
  CHECK_THAT(answer.updates[1].outcome.failure->message,
             contains("no handler of update 'unknown' is registered (registered: add, repeat, "
                      "clear)"));
}

perdure::workflow<std::string> keeps_order() {
  std::string log;
  auto const numbers = perdure::on(number, [&](int n) { log += std::to_string(n); });
  auto const adds = perdure::handle(add, [&](int n) {
    log += "(" + std::to_string(n) + ")";
    return n;
  });
  co_await perdure::receive(done);
  co_return log;
}

TEST_CASE("signals and updates are handled in one order, that of history", "[workflow][update]") {
  kept_and_replayed<keeps_order>([](auto& run) {
    run.task();
    run.signal(number, 1);
    run.update("a", add, 2);
    run.signal(number, 3);
    run.update("b", add, 4);
    run.signal(number, 5);
    run.task();
    run.signal(done);
    run.task();
    CHECK(run.template result<std::string>() == "1(2)3(4)5");
  });
}

perdure::workflow<void> fails_in_an_update() {
  auto const adds = perdure::handle(add, [](int n) -> perdure::workflow<int> {
    co_await perdure::sleep(1s);
    if (n == 1) throw perdure::application_error{"refused", {.type = "Refused"}};
    throw std::out_of_range{"a bug"};
  });
  co_await perdure::receive(done);
}

TEST_CASE("a failure that leaves an update's handler is the update's result, the run goes on",
          "[workflow][update]") {
  kept_and_replayed<fails_in_an_update>([](auto& run) {
    run.update("a", add, 1);
    run.task();
    run.fire_timer("1");
    auto const answer = run.task();
    REQUIRE(said(answer) == strings{"complete a"});
    CHECK(answer.updates.front().outcome.failure->message == "refused");
    run.signal(done);
    run.task();
  });
}

TEST_CASE("another exception that leaves an update's handler fails the workflow task",
          "[workflow][update]") {
  hand_run<fails_in_an_update> run{true};
  run.update("a", add, 2);
  run.task();
  run.fire_timer("1");
  CHECK_THAT(run.failing_task(), contains("a bug"));
}

perdure::workflow<void> validates_by_writing() {
  auto const adds = perdure::handle(
      add, [](int n) { return n; },
      [](int) { perdure::upsert_memo({{"k", perdure::to_payload(1)}}); });
  co_await perdure::receive(done);
}

TEST_CASE("a validator that would change the run fails the workflow task by name",
          "[workflow][update]") {
  hand_run<validates_by_writing> run{true};
  run.update("a", add, 2);
  CHECK_THAT(run.failing_task(),
             contains("perdure::upsert_memo() was called in the validator of update 'add'"));
}

perdure::workflow<int> registers_late() {
  co_await perdure::side_effect([] {});
  auto const adds = perdure::handle(add, [](int n) { return n + 1; });
  co_await perdure::receive(done);
  co_return 1;
}

TEST_CASE("an update waits for a handler to the end of its workflow task", "[workflow][update]") {
  hand_run<registers_late> run{true};
  run.update("a", add, 2);
  CHECK(said(run.task()) == strings{"accept a", "complete a"});
  run.check_replay();
}

perdure::workflow<std::string> takes_any_update() {
  std::string log;
  auto const adds = perdure::handle(add, [](int n) { return n; });
  auto const any = perdure::handle_any_update(
      [&](std::string name, perdure::payloads input) -> perdure::workflow<perdure::payloads> {
        co_await perdure::sleep(1s);
        log += name;
        co_return input;
      },
      [](std::string const& name, perdure::payloads const&) {
        if (name == "bad") throw perdure::application_error{"bad"};
      });
  co_await perdure::receive(done);
  co_return log;
}

TEST_CASE("a handler of any update gets those that have no handler of their own",
          "[workflow][update]") {
  kept_and_replayed<takes_any_update>([](auto& run) {
    run.task();
    run.update("a", add, 1);
    run.update("b", perdure::update<int(int)>{"bad"}, 1);
    run.update("c", perdure::update<int(int)>{"odd"}, 7);
    CHECK(said(run.task()) == strings{"accept a", "complete a", "accept c", "reject b"});
    run.fire_timer("1");
    auto const answer = run.task();
    REQUIRE(said(answer) == strings{"complete c"});
    CHECK(std::get<0>(perdure::from_payloads<int>(answer.updates.front().outcome.success)) == 7);
    run.signal(done);
    run.task();
    CHECK(run.template result<std::string>() == "odd");
  });
}

perdure::workflow<void> ends_by_update() {
  bool over = false;
  auto const ends = perdure::handle(clear, [&] { over = true; });
  co_await perdure::wait_until([&] { return over; });
}

TEST_CASE("an update that ends the run is completed before its end", "[workflow][update]") {
  kept_and_replayed<ends_by_update>([](auto& run) {
    run.update("a", clear);
    CHECK(said(run.task()) == strings{"accept a", "complete a"});
    CHECK(run.types_after(event_type::workflow_task_completed) ==
          std::vector{event_type::workflow_execution_update_accepted,
                      event_type::workflow_execution_update_completed,
                      event_type::workflow_execution_completed});
  });
}

perdure::workflow<std::string> updates_itself() {
  std::string log;
  auto const adds = perdure::handle(add, [&](int n) -> perdure::workflow<int> {
    log += "[";
    co_await perdure::wait_until([&] { return log.size() > 2; });
    log += "]";
    co_return n;
  });
  auto const clears = perdure::handle(clear, [&] { log += "!!"; });
  co_await perdure::receive(done);
  co_return log;
}

TEST_CASE("a handler waits for what another one does in the same task", "[workflow][update]") {
  kept_and_replayed<updates_itself>([](auto& run) {
    run.task();
    run.update("a", add, 1);
    run.update("b", clear);
    CHECK(said(run.task()) == strings{"accept a", "accept b", "complete b", "complete a"});
    run.signal(done);
    run.task();
    CHECK(run.template result<std::string>() == "[!!]");
  });
}

perdure::workflow<void> notes_when_it_hears() {
  perdure::time_point heard{};
  auto const asked =
      perdure::handle(add, [&](int) { return static_cast<int>(heard.time_since_epoch() / 1s); });
  co_await perdure::receive(done);
  heard = perdure::now();
  co_await perdure::receive(done);
}

TEST_CASE("a task that an update alone made does not move the time of the task before it",
          "[workflow][update]") {
  kept_and_replayed<notes_when_it_hears>([](auto& run) {
    run.task(); // 2, 3, 4
    run.signal(done);
    run.task(); // its start is event 7, in second 7; it leaves no command
    run.update("a", add, 0);
    auto const answer = run.task();
    REQUIRE(answer.updates.size() == 2);
    CHECK(std::get<0>(perdure::from_payloads<int>(answer.updates[1].outcome.success)) == 7);
    run.signal(done);
    run.task();
  });
}

} // namespace
