// What the client makes of queries, updates, and starts that come with a message.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

namespace {

struct item {
  std::string name{};
  int count{};
  friend auto operator==(item const&, item const&) -> bool = default;
};
/// The shape of a query's or an update's declaration, as the client needs it.
template <class Signature>
struct message;
template <class R, class... A>
struct message<R(A...)> {
  std::string_view name{};
  [[nodiscard]] static auto encode(A const&... arguments) -> perdure::payloads {
    return to_payloads(arguments...);
  }
};
constexpr message<int()> total{"total"};
constexpr message<item(std::string, int)> find{"find"};
constexpr message<int(item, int)> add{"add"};
constexpr message<void(int)> drop{"drop"};
constexpr perdure::signal<item> announce{"announce"};
constexpr perdure::signal<> wake_up{"wake"};

auto shop(item first) -> perdure::workflow<int> { co_return first.count; }
auto idle() -> perdure::workflow<void> { co_return; }

/// Answers queries with `total` or what was found; accepts updates and completes them with the sum
/// of their numbers, but rejects those of nothing.
void serve(world& w) {
  w.hand.on_turn = [&w] {
    auto const task = w.hand.poll_workflow();
    if (!task) return false;
    if (task->query) {
      perdure::query_answer answer{};
      if (task->query->type == "total") {
        answer.result = to_payloads(42);
      } else {
        auto const [name, count] = perdure::from_payloads<std::string, int>(task->query->arguments);
        if (name.empty())
          answer.failed = application_failure("NoName");
        else
          answer.result = to_payloads(item{name, count});
      }
      w.backend.answer_query_task(w.hand, task->token, std::move(answer));
      return true;
    }
    perdure::workflow_task_completion done{};
    for (auto const& each : task->updates) {
      if (each.request.input.name == "drop") {
        w.hand.say(done, w.hand.accept(each));
        w.hand.say(done, w.hand.complete(each.id.str(), {}));
        continue;
      }
      auto const [what, more] = perdure::from_payloads<item, int>(each.request.input.args);
      if (what.name.empty()) {
        w.hand.say(done, w.hand.reject(each, application_failure("NoName")));
        continue;
      }
      w.hand.say(done, w.hand.accept(each));
      w.hand.say(done, w.hand.complete(each.id.str(), to_payloads(what.count + more)));
    }
    w.hand.answer_with(*task, std::move(done));
    return true;
  };
}

} // namespace

BEHAVIOUR("a client asks with arguments and gets a value of the query's type", "[client][query]") {
  w.begin({});
  serve(w);
  auto const handle = w.client.get_handle("w");
  CHECK(handle.query(total) == 42);
  CHECK(handle.query(find, "bread", 3) == item{"bread", 3});
  CHECK(handle.query(find, "bread", 3, {.reject = perdure::query_reject_condition::not_open}) ==
        item{"bread", 3});
}

BEHAVIOUR("what a query answers instead of a value is thrown as what it is", "[client][query]") {
  w.begin({});
  serve(w);
  try {
    (void)w.client.get_handle("w").query(find, "", 0);
    FAIL("nothing was thrown");
  } catch (perdure::application_error const& why) {
    CHECK(why.type() == "NoName");
  }
}

BEHAVIOUR("a query that is ruled out is an error that says why", "[client][query]") {
  w.begin({commands::complete()});
  try {
    (void)w.client.get_handle("w").query(total,
                                         {.reject = perdure::query_reject_condition::not_open});
    FAIL("nothing was thrown");
  } catch (perdure::error const& why) {
    CHECK(why.code() == errc::query_rejected);
    CHECK_THAT(why.what(), contains("is Completed"));
  }
}

BEHAVIOUR("a client updates and gets the result", "[client][update]") {
  w.begin({});
  serve(w);
  auto const handle = w.client.get_handle("w");
  CHECK(handle.update(add, {"bread", 3}, 4) == 7);
  handle.update(drop, 1);
  CHECK(w.count(event_type::workflow_execution_update_completed) == 2);
}

BEHAVIOUR("an update that is rejected throws what it was rejected with", "[client][update]") {
  w.begin({});
  serve(w);
  auto const handle = w.client.get_handle("w");
  CHECK_THROWS_AS(handle.update(add, {"", 3}, 4), perdure::application_error);
  auto const rejected = handle.start_update(add, {"", 3}, 4);
  CHECK_THROWS_AS(rejected.result(), perdure::application_error);
  CHECK(rejected.stage() == perdure::update_stage::completed);
}

BEHAVIOUR("an update can be started, and be found again by its id", "[client][update]") {
  w.begin({});
  serve(w);
  auto const update = w.client.get_handle("w").start_update(add, {"bread", 3}, 4, {.id = "u"});
  CHECK(update.id() == "u");
  CHECK(update.workflow_id() == "w");
  CHECK(update.run_id() == w.runs()[0].run_id.str());
  CHECK(update.result() == 7);
  CHECK(update.result() == 7);
  CHECK(w.client.get_update_handle<int>("w", "u").result() == 7);
  CHECK(w.client.get_handle("w").get_update_handle<int>("u").result() == 7);
}

BEHAVIOUR("an update without an id gets one of its own each time", "[client][update]") {
  w.begin({});
  serve(w);
  auto const handle = w.client.get_handle("w");
  CHECK_FALSE(handle.start_update(add, {"a", 1}, 1).id() ==
              handle.start_update(add, {"a", 1}, 1).id());
  CHECK(w.count(event_type::workflow_execution_update_accepted) == 2);
}

BEHAVIOUR("an update that nobody sent is not found", "[client][update]") {
  w.begin({});
  CHECK(error_of([&] { w.client.get_update_handle("w", "no").result(); }) == errc::not_found);
}

BEHAVIOUR("a client starts a workflow with a signal", "[client][with_start]") {
  auto const handle = w.client.signal_with_start<shop>(
      {"bread", 3}, {.id = "w", .task_queue = "tests"}, announce, item{"milk", 1});
  CHECK(handle.run_id() == w.runs()[0].run_id.str());
  CHECK(w.signals() == "announce");
  CHECK(w.get<e::workflow_execution_signaled>().input == to_payloads(item{"milk", 1}));
  CHECK(w.get<e::workflow_execution_started>().input == to_payloads(item{"bread", 3}));
  (void)w.client.signal_with_start<idle>({.id = "other", .task_queue = "tests"}, wake_up);
  CHECK(w.signals("other") == "wake");
}

BEHAVIOUR("a client starts a workflow with an update", "[client][with_start][update]") {
  serve(w);
  auto const made = w.client.update_with_start<shop>(
      {"bread", 3},
      {.id = "w",
       .task_queue = "tests",
       .id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing},
      add, item{"milk", 1}, 5, perdure::update_options{.id = "u"});
  CHECK(made.started);
  CHECK(made.update.id() == "u");
  CHECK(made.update.result() == 6);
  CHECK(made.workflow.run_id() == w.runs()[0].run_id.str());
  auto const again = w.client.update_with_start<shop>(
      {"bread", 3},
      {.id = "w",
       .task_queue = "tests",
       .id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing},
      add, item{"milk", 1}, 6);
  CHECK_FALSE(again.started);
  CHECK(again.update.result() == 7);
}

BEHAVIOUR("an update with a start says what it does on a conflict",
          "[client][with_start][update]") {
  CHECK(error_of([&] {
          (void)w.client.update_with_start<shop>({"bread", 3}, {.id = "w", .task_queue = "tests"},
                                                 drop, 1);
        }) == errc::invalid_argument);
  CHECK(w.client.list().empty());
}

} // namespace perdure_test::conformance
