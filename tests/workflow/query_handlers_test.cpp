#include "support/hand_run.hpp"

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;

inline constexpr perdure::signal<> done{"done"};
inline constexpr perdure::signal<int> number{"number"};
inline constexpr perdure::query<int()> total{"total"};
inline constexpr perdure::query<std::string(std::string, int)> pad{"pad"};

int nothing() { return 0; }

perdure::workflow<int> sums() {
  int sum = 0;
  auto const totals = perdure::handle(total, [&] { return sum; }, {.description = "so far"});
  auto const pads = perdure::handle(pad, [&](std::string const& text, int to) {
    return std::string(static_cast<std::size_t>(to), '.') + text;
  });
  while (sum < 10) sum += co_await perdure::receive(number);
  co_await perdure::execute_activity<nothing>({.schedule_to_close_timeout = 60s});
  co_return sum;
}

TEST_CASE("queries are answered with the state of the run, typed", "[workflow][query]") {
  kept_and_replayed<sums>([](auto& run) {
    run.task();
    CHECK(run.value_of(total) == 0);
    run.signal(number, 4);
    run.task();
    CHECK(run.value_of(total) == 4);
    CHECK(run.value_of(pad, "x", 3) == "...x");
  });
}

TEST_CASE("queries that come with a task are answered after all that it brings",
          "[workflow][query]") {
  hand_run<sums> run{true};
  run.signal(number, 4);
  std::vector<perdure::workflow_query> const asked{{"q1", "total", {}}, {"q2", "unknown", {}}};
  auto const answer = run.task(asked);
  REQUIRE(answer.queries.size() == 2);
  CHECK(answer.queries[0].id == "q1");
  CHECK(std::get<0>(perdure::from_payloads<int>(answer.queries[0].result)) == 4);
  REQUIRE(answer.queries[1].failed);
  CHECK_THAT(answer.queries[1].failed->message,
             contains("no handler of query 'unknown' is registered (registered: total, pad)"));
}

TEST_CASE("a query with arguments of other types is answered by an error", "[workflow][query]") {
  hand_run<sums> run{true};
  run.task();
  auto const answer = run.ask("pad", perdure::to_payloads(1, 2));
  REQUIRE(answer.failed);
  CHECK_THAT(answer.failed->message, contains("string"));
}

TEST_CASE("a query on a live run leaves it as it was", "[workflow][query]") {
  hand_run<sums> run{true};
  run.signal(number, 4);
  run.task();
  for (int i = 0; i < 3; ++i) (void)run.ask(total);
  (void)run.ask("__stack_trace");
  CHECK(run.executor().machine().queued().empty());
  run.signal(number, 6);
  run.task();
  CHECK(run.types_after(perdure::event_type::workflow_task_completed).size() == 1);
  run.check_replay();
}

TEST_CASE("a query on a closed run finds no handler that was a local of the workflow function",
          "[workflow][query]") {
  kept_and_replayed<sums>([](auto& run) {
    run.signal(number, 10);
    run.task();
    CHECK(run.value_of(total) == 10);
  });
  hand_run<sums> run{false};
  run.signal(number, 10);
  run.task();
  auto made = run.history();
  perdure::events::workflow_execution_terminated ended{};
  made.events.push_back({.id = static_cast<perdure::event_id>(made.events.size()) + 1,
                         .type = perdure::event_type::workflow_execution_terminated,
                         .attributes = perdure::event_attributes::make(std::move(ended))});
  perdure::detail::registry registry;
  registry.add<sums>(std::source_location::current());
  perdure::detail::workflow_executor terminated{registry.workflow("sums"), {"id", "run"}, "sums"};
  terminated.catch_up(made.events);
  auto const answer = terminated.answer({"", "total", {}}); // its frame is alive
  CHECK(std::get<0>(perdure::from_payloads<int>(answer.result)) == 10);
}

perdure::workflow<int> ends_at_once() {
  auto const totals = perdure::handle(total, [] { return 1; });
  co_return 1;
}

TEST_CASE("the handler of a function that has ended is missed by name", "[workflow][query]") {
  kept_and_replayed<ends_at_once>([](auto& run) {
    run.task();
    auto const answer = run.ask(total);
    REQUIRE(answer.failed);
    CHECK_THAT(
        answer.failed->message,
        contains("the handler of query 'total' was registered by a function that has ended"));
  });
}

perdure::workflow<void> answers_badly() {
  auto const a = perdure::handle(perdure::query<int()>{"random"},
                                 [] { return static_cast<int>(perdure::random().below(3)); });
  auto const b = perdure::handle(perdure::query<int()>{"starts"}, [] {
    (void)perdure::start_activity<nothing>({.schedule_to_close_timeout = 60s});
    return 1;
  });
  auto const c = perdure::handle(perdure::query<int()>{"timer"}, [] {
    (void)perdure::start_timer(1s);
    return 1;
  });
  auto const d = perdure::handle(perdure::query<int()>{"scope"}, [] {
    perdure::cancellation_scope const scope;
    return 1;
  });
  auto const e = perdure::handle(perdure::query<int()>{"registers"}, [] {
    (void)perdure::on(done, [] {});
    return 1;
  });
  auto const f = perdure::handle(perdure::query<int()>{"throws"},
                                 []() -> int { throw std::out_of_range{"no such item"}; });
  auto timer = perdure::start_timer(1h);
  auto const g = perdure::handle(perdure::query<int()>{"cancels"}, [&] {
    timer.cancel();
    return 1;
  });
  auto const reads = perdure::handle(perdure::query<std::string()>{"reads"}, [] {
    return perdure::info().workflow_id + std::to_string(perdure::now().time_since_epoch() / 1s);
  });
  co_await perdure::receive(done);
}

TEST_CASE("a query handler that would change the run gets an error that names what it called",
          "[workflow][query]") {
  kept_and_replayed<answers_badly>([](auto& run) {
    run.task();
    for (auto const& [name, what] : {std::pair{"random", "random()"},
                                     {"starts", "start_activity"},
                                     {"timer", "start_timer"},
                                     {"scope", "cancellation_scope"},
                                     {"registers", "on"},
                                     {"cancels", "cancel()"}}) {
      auto const answer = run.ask(name);
      REQUIRE(answer.failed);
      CHECK_THAT(answer.failed->message,
                 contains("perdure::" + std::string{what} +
                          " was called in the handler of query '" + name + "'"));
    }
    auto const thrown = run.ask("throws");
    REQUIRE(thrown.failed);
    CHECK(thrown.failed->message == "no such item");
    CHECK(!run.ask("reads").failed);
    run.signal(done);
    run.task();
  });
}

perdure::workflow<void> answers_anything() {
  auto const totals = perdure::handle(total, [] { return 1; });
  auto const any = perdure::handle_any_query([](std::string name, perdure::payloads const& input) {
    return perdure::to_payloads(name + std::to_string(input.size()));
  });
  co_await perdure::receive(done);
}

TEST_CASE("a handler of any query answers those that have no handler of their own",
          "[workflow][query]") {
  hand_run<answers_anything> run{true};
  run.task();
  CHECK(run.value_of(total) == 1);
  CHECK(run.value_of(perdure::query<std::string(int)>{"odd"}, 7) == "odd1");
}

perdure::workflow<void> inner_wait() { co_await perdure::receive(done); }
perdure::workflow<void> inner_sleep() { co_await perdure::sleep(1h); }
perdure::workflow<void> stands_somewhere() {
  auto const handler = perdure::handle(perdure::update<void()>{"slow"},
                                       []() -> perdure::workflow<void> { co_await inner_sleep(); });
  auto const signals = perdure::on(number, [](int) -> perdure::workflow<void> {
    co_await perdure::wait_until([] { return false; });
  });
  perdure::set_current_details("halfway");
  co_await perdure::when_all(
      inner_wait(), perdure::with_timeout(inner_wait(), 5s),
      perdure::execute_activity<nothing>({.schedule_to_close_timeout = 60s}));
}

TEST_CASE("a stack trace shows each coroutine with what it waits for, and where",
          "[workflow][query]") {
  kept_and_replayed<stands_somewhere>([](auto& run) {
    run.signal(number, 1);
    run.update("u1", perdure::update<void()>{"slow"});
    run.task();
    auto const answer = run.ask("__stack_trace");
    auto const text = std::get<0>(perdure::from_payloads<std::string>(answer.result));
    CAPTURE(text);
    for (char const* const part :
         {"workflow stands_somewhere\n  waits for 3 operands: activity 'nothing' (activity id 1) "
          "at ",
          "operand 0\n      waits for signal 'done' at ",
          "waits for a coroutine, for a limited time at ", "query_handlers_test.cpp:",
          "handler of update 'slow' (update id u1)\n  waits for timer (timer id 1) at ",
          "handler of signal 'number'\n  waits for a condition at ", "\n  awaited at "})
      CHECK_THAT(text, contains(part));
  });
}

TEST_CASE("the metadata of a workflow lists its handlers and what it says of itself",
          "[workflow][query]") {
  hand_run<stands_somewhere> run{true};
  run.task();
  auto const answer = run.ask("__temporal_workflow_metadata");
  REQUIRE(answer.result.size() == 1);
  CHECK(answer.result[0].metadata.encoding() == "json/protobuf");
  CHECK(answer.result[0].metadata.find("messageType") == "temporal.api.sdk.v1.WorkflowMetadata");
  CHECK(answer.result[0].data ==
        R"({"definition":{"type":"stands_somewhere","queryDefinitions":[],)"
        R"("signalDefinitions":[{"name":"number"}],"updateDefinitions":[{"name":"slow"}]},)"
        R"("currentDetails":"halfway"})");
}

TEST_CASE("a run that has not begun answers no query", "[workflow][query]") {
  hand_run<sums> run{false};
  auto const answer = run.ask(total);
  REQUIRE(answer.failed);
  CHECK(answer.failed->message == "the run has not begun");
}

} // namespace
