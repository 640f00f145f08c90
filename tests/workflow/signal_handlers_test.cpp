#include "support/hand_run.hpp"
#include "support/log_collector.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> number{"number"};
inline constexpr perdure::signal<std::string> word{"word"};
inline constexpr perdure::signal<> done{"done"};

perdure::workflow<std::string> collects() {
  std::string log;
  auto const numbers = perdure::on(number, [&](int n) { log += std::to_string(n); });
  auto const words = perdure::on(word, [&](std::string const& w) -> perdure::workflow<void> {
    log += w;
    co_return;
  });
  co_await perdure::receive(done);
  co_return log;
}

TEST_CASE("handlers are called with each signal, in the order of history, whatever they are",
          "[workflow][signal]") {
  kept_and_replayed<collects>([](auto& run) {
    run.signal(number, 1); // buffered: nobody is there yet
    run.signal(word, std::string{"a"});
    run.task();
    run.signal(word, std::string{"b"});
    run.signal(number, 2);
    run.signal(number, 3);
    run.signal(word, std::string{"c"});
    run.task();
    run.signal(done);
    run.task();
    CHECK(run.template result<std::string>() == "1ab23c");
  });
}

perdure::workflow<std::string> works_in_parallel() {
  std::string log;
  auto const handler = perdure::on(number, [&](int n) -> perdure::workflow<void> {
    log += "(" + std::to_string(n);
    co_await perdure::sleep(std::chrono::seconds{10 - n});
    log += ")" + std::to_string(n);
  });
  co_await perdure::receive(done);
  co_await perdure::wait_until(perdure::all_handlers_finished);
  co_return log;
}

TEST_CASE("a coroutine handler runs once per signal, several at once, beside the workflow",
          "[workflow][signal]") {
  kept_and_replayed<works_in_parallel>([](auto& run) {
    run.signal(number, 1);
    run.signal(number, 2);
    run.task();
    CHECK(run.types_after(event_type::workflow_task_completed) ==
          std::vector{event_type::timer_started, event_type::timer_started});
    run.fire_timer("2");
    run.signal(done);
    run.task();
    run.fire_timer("1");
    run.task();
    CHECK(run.template result<std::string>() == "(1(2)2)1");
  });
}

perdure::workflow<std::string> takes_what_is_left() {
  std::string log;
  auto const named = perdure::on(word, [&](std::string const& w) { log += "word " + w + ","; });
  auto const any = perdure::on_any_signal([&](std::string name, perdure::payloads input) {
    log += name + " " + std::to_string(input.size()) + ",";
  });
  int const asked = co_await perdure::receive(number);
  co_await perdure::sleep(1s);
  int const again = co_await perdure::receive(number);
  co_return log + std::to_string(asked + again);
}

TEST_CASE("a handler of any signal gets those that no other handler takes and nobody receives",
          "[workflow][signal]") {
  constexpr perdure::signal<int> other{"other"};
  kept_and_replayed<takes_what_is_left>([&](auto& run) {
    run.signal(other, 1);
    run.signal(word, std::string{"a"});
    run.task();
    run.signal(done);
    run.signal(number, 5);
    run.task();
    run.signal(number, 6); // nobody waits for it, but the workflow has asked for its name
    run.signal(other, 1);
    run.task();
    run.fire_timer("1");
    run.task();
    CHECK(run.template result<std::string>() == "word a,other 1,done 0,other 1,11");
  });
}

perdure::workflow<int> stops_listening() {
  int sum = 0;
  {
    auto const handler = perdure::on(number, [&](int n) { sum += n; });
    co_await perdure::sleep(1s);
  }
  co_await perdure::sleep(1s);
  auto const again = perdure::on(number, [&](int n) { sum += 100 * n; });
  co_await perdure::sleep(1s);
  co_return sum;
}

TEST_CASE("signals that come while no handler is registered wait for the next one",
          "[workflow][signal]") {
  kept_and_replayed<stops_listening>([](auto& run) {
    run.task();
    run.signal(number, 1);
    run.task();
    run.fire_timer("1");
    run.task();
    run.signal(number, 2);
    run.task();
    run.fire_timer("2");
    run.task();
    run.fire_timer("3");
    run.task();
    CHECK(run.template result<int>() == 201);
  });
}

struct counts_its_life {
  explicit counts_its_life(int& count) : count_{&count} { ++*count_; }
  counts_its_life(counts_its_life const&) = delete;
  auto operator=(counts_its_life const&) -> counts_its_life& = delete;
  ~counts_its_life() { --*count_; }
  int* count_;
};

perdure::workflow<void> waits_for_ever(int& alive) {
  counts_its_life const here{alive};
  co_await perdure::wait_until([] { return false; });
}

perdure::workflow<std::string> drops_handlers_at_work() {
  int alive = 0;
  std::string log;
  {
    auto const handler = perdure::on(number,
                                     [&](int) -> perdure::workflow<void> {
                                       counts_its_life const here{alive};
                                       // Operations, conditions, timers, and coroutines of their
                                       // own, some of them ready to go on.
                                       std::vector<perdure::workflow<void>> many;
                                       many.push_back(waits_for_ever(alive));
                                       many.push_back(waits_for_ever(alive));
                                       co_await perdure::when_all(
                                           perdure::when_all(std::move(many)), perdure::sleep(1h),
                                           perdure::with_timeout(perdure::receive(word), 5s),
                                           perdure::receive(word));
                                     },
                                     {.unfinished = perdure::unfinished_handlers::abandon});
    co_await perdure::receive(done);
    log += std::to_string(alive);
  }
  log += std::to_string(alive);
  co_await perdure::sleep(1s);
  co_return log;
}

TEST_CASE("the end of a registration destroys what its handler has in flight",
          "[workflow][signal]") {
  kept_and_replayed<drops_handlers_at_work>([](auto& run) {
    run.signal(number, 1);
    run.signal(number, 2);
    run.task();
    run.signal(word, std::string{"x"}); // makes one of them ready, which then never goes on
    run.signal(done);
    run.task();
    run.fire_timer("5");
    run.task();
    CHECK(run.template result<std::string>() == "60");
  });
}

perdure::workflow<std::string> handles_once() {
  std::string log;
  perdure::handler_registration once;
  once = perdure::on(number, [&](int n) -> perdure::workflow<void> {
    once.reset();
    log += std::to_string(n);
    co_await perdure::sleep(1s); // never resumed: the handler is gone
    log += "!";
  });
  co_await perdure::receive(done);
  co_return log;
}

TEST_CASE("a handler may drop its own registration: it is destroyed when it suspends",
          "[workflow][signal]") {
  kept_and_replayed<handles_once>([](auto& run) {
    run.task();
    run.signal(number, 1);
    run.task();
    run.fire_timer("1");
    run.task();
    run.signal(done);
    run.task();
    CHECK(run.template result<std::string>() == "1");
  });
}

perdure::workflow<void> fails_in_a_handler() {
  auto const handler = perdure::on(number, [](int n) {
    if (n == 1) throw perdure::application_error{"refused", {.type = "Refused"}};
    throw std::out_of_range{"a bug"};
  });
  co_await perdure::receive(done);
}

TEST_CASE("a failure that leaves a handler fails the run", "[workflow][signal]") {
  kept_and_replayed<fails_in_a_handler>([](auto& run) {
    run.task();
    run.signal(number, 1);
    run.task();
    auto const failed = run.template last<perdure::events::workflow_execution_failed>();
    CHECK(failed.failure->message == "refused");
  });
}

TEST_CASE("another exception that leaves a handler fails the workflow task", "[workflow][signal]") {
  hand_run<fails_in_a_handler> run{true};
  run.task();
  run.signal(number, 2);
  CHECK_THAT(run.failing_task(), contains("a bug"));
  CHECK_THAT(run.failing_task(), contains("a bug")); // the signal is still there
}

TEST_CASE("a signal of the wrong type fails the workflow task of its handler",
          "[workflow][signal]") {
  hand_run<fails_in_a_handler> run{true};
  run.task();
  run.signal(perdure::signal<std::string>{"number"}, std::string{"one"});
  CHECK_THAT(run.failing_task(), contains("string"));
}

perdure::workflow<std::string> registers_wrongly() {
  std::string log;
  auto const first = perdure::on(number, [](int) {});
  for (char const* const name : {"number", "__temporal_x"}) {
    try {
      (void)perdure::on(perdure::signal<int>{name}, [](int) {});
    } catch (perdure::error const& e) {
      log += std::to_string(static_cast<int>(e.code())) + " ";
    }
  }
  co_return log;
}

TEST_CASE("two handlers of one signal, and reserved names, are refused", "[workflow][signal]") {
  hand_run<registers_wrongly> run{true};
  run.task();
  CHECK(run.result<std::string>() == "22 20 ");
}

perdure::workflow<std::string> is_cancelled_beside_a_handler() {
  std::string log;
  auto const handler = perdure::on(number, [&](int) -> perdure::workflow<void> {
    co_await perdure::sleep(1s);
    log += "handled";
  });
  auto const waited = co_await perdure::as_outcome(perdure::receive(done));
  if (!waited) log += "cancelled,";
  co_await perdure::wait_until(perdure::all_handlers_finished);
  co_return log;
}

TEST_CASE("the cancellation of a run does not reach its handlers", "[workflow][signal]") {
  kept_and_replayed<is_cancelled_beside_a_handler>([](auto& run) {
    run.signal(number, 1);
    run.task();
    run.cancel();
    run.task();
    run.fire_timer("1");
    run.task();
    CHECK(run.template result<std::string>() == "cancelled,handled");
  });
}

perdure::workflow<void> leaves_a_handler(bool warned) {
  auto const handler =
      perdure::on(number, [](int) -> perdure::workflow<void> { co_await perdure::sleep(1h); },
                  {.unfinished = warned ? perdure::unfinished_handlers::warn
                                        : perdure::unfinished_handlers::abandon});
  co_await perdure::receive(done);
}

TEST_CASE("a workflow that ends while a handler is at work says so in the log, if it shall",
          "[workflow][signal]") {
  for (bool const warned : {true, false}) {
    CAPTURE(warned);
    log_collector const log;
    hand_run<leaves_a_handler> run{true, warned};
    run.signal(number, 1);
    run.task();
    run.signal(done);
    run.task();
    CHECK(run.last<perdure::events::workflow_execution_completed>().result.empty());
    CHECK(log.with("a handler was removed while it was at work").size() == (warned ? 1U : 0U));
  }
}

} // namespace
