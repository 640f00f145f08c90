// Queries: answered by a task of their own, or with the run's next workflow task.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using reject = perdure::query_reject_condition;

namespace {

/// A worker that answers query tasks with `value` while a client waits, and remembers the task.
struct answering {
  answering(world& in, int with) : w{in} {
    w.hand.on_turn = [this, with] {
      auto task = w.hand.poll_workflow();
      if (!task) return false;
      last = std::move(task);
      if (last->query) {
        w.hand.tell(*last, to_payloads(with));
        return true;
      }
      perdure::workflow_task_completion answer{};
      for (auto const& each : last->queries)
        answer.queries.push_back({each.id, to_payloads(with), {}});
      w.hand.answer_with(*last, std::move(answer));
      return true;
    };
  }
  ~answering() { w.hand.on_turn = nullptr; }
  world& w;
  std::optional<perdure::workflow_task> last{};
};

[[nodiscard]] auto ask(world& w, reject condition) -> perdure::query_result {
  perdure::query_workflow_request request{};
  request.execution = {"w", {}};
  request.type = "state";
  request.reject = condition;
  return w.backend.query_workflow(request);
}

} // namespace

BEHAVIOUR("an idle run is asked by a query task, which leaves no history", "[query]") {
  w.begin({});
  auto const before = w.history().size();
  answering worker{w, 42};
  CHECK(w.query("state", to_payloads(7)).result == to_payloads(42));
  REQUIRE(worker.last->query);
  CHECK(worker.last->query->type == "state");
  CHECK(worker.last->query->arguments == to_payloads(7));
  CHECK(worker.last->execution == w.runs()[0]);
  CHECK(worker.last->queries.empty());
  CHECK(w.history().size() == before);
  CHECK_FALSE(w.hand.poll_workflow());
}

BEHAVIOUR("a worker that holds the live run is asked without events", "[query]") {
  w.begin({});
  answering worker{w, 1};
  (void)w.query("state");
  CHECK(worker.last->events.empty());
  CHECK(worker.last->previous_started_event_id == 3);
}

BEHAVIOUR("a worker that does not hold the live run is asked with the whole history", "[query]") {
  w.start();
  {
    by_hand other{w.backend};
    other.decide();
  }
  answering worker{w, 1};
  (void)w.query("state");
  CHECK(types_of(worker.last->events) == w.types());
  CHECK(w.backend.read_history(worker.last->token).size() == 4);
}

BEHAVIOUR("a query of a run with a workflow task on its way is answered with that", "[query]") {
  w.begin({});
  w.signal();
  answering worker{w, 42};
  CHECK(w.query("state", to_payloads(7)).result == to_payloads(42));
  CHECK_FALSE(worker.last->query);
  REQUIRE(worker.last->queries.size() == 1);
  CHECK(worker.last->queries[0].type == "state");
  CHECK(worker.last->queries[0].arguments == to_payloads(7));
  CHECK(w.types().back() == event_type::workflow_task_completed);
}

BEHAVIOUR("a query of a run that has just started is answered with its first task", "[query]") {
  w.start();
  answering worker{w, 1};
  CHECK(w.query("state").result == to_payloads(1));
  CHECK(worker.last->queries.size() == 1);
}

BEHAVIOUR("a query that an answer says nothing about is asked by itself", "[query]") {
  w.start();
  int turns = 0;
  w.hand.on_turn = [&] {
    auto const task = w.hand.poll_workflow();
    if (!task) return false;
    ++turns;
    if (task->query)
      w.hand.tell(*task, to_payloads(5));
    else
      w.hand.answer(*task);
    return true;
  };
  CHECK(w.query("state").result == to_payloads(5));
  CHECK(turns == 2);
}

BEHAVIOUR("a query of a run that is being worked on waits for the end of the task", "[query]") {
  w.start();
  auto held = std::optional{w.hand.workflow()};
  w.hand.on_turn = [&] {
    auto const task = w.hand.poll_workflow();
    if (task) {
      w.hand.tell(*task, to_payloads(6));
      return true;
    }
    if (!held) return false;
    w.hand.answer(*std::exchange(held, {}));
    return true;
  };
  CHECK(w.query("state").result == to_payloads(6));
}

BEHAVIOUR("a closed run is asked with its whole history", "[query]") {
  w.begin({commands::complete()});
  answering worker{w, 42};
  CHECK(w.query("state").result == to_payloads(42));
  CHECK(types_of(worker.last->events) == w.types());
  CHECK(worker.last->previous_started_event_id == 3);
}

BEHAVIOUR("a run is asked by its run id also when another one has followed", "[query]") {
  w.begin({commands::complete()});
  auto const first = w.runs()[0];
  w.start();
  answering worker{w, 42};
  CHECK(w.query("state", {}, first).result == to_payloads(42));
  CHECK(worker.last->execution == first);
}

BEHAVIOUR("a query can rule out runs that are closed, or closed badly", "[query]") {
  w.begin({});
  answering worker{w, 42};
  CHECK(ask(w, reject::not_open).result == to_payloads(42));
  w.wake_and_decide({commands::complete()});
  CHECK(ask(w, reject::not_open).rejected == workflow_execution_status::completed);
  CHECK(ask(w, reject::not_completed_cleanly).result == to_payloads(42));
  w.start();
  w.terminate();
  CHECK(ask(w, reject::not_completed_cleanly).rejected == workflow_execution_status::terminated);
  CHECK(ask(w, reject::none).result == to_payloads(42));
}

BEHAVIOUR("what a run's code says instead of an answer reaches who asked", "[query]") {
  w.begin({});
  w.hand.on_turn = [&] {
    auto const task = w.hand.workflow();
    perdure::query_answer answer{};
    answer.failed = failure_of("no such handler");
    w.backend.answer_query_task(w.hand, task.token, std::move(answer));
    return true;
  };
  auto const result = w.query("state");
  REQUIRE(result.failed);
  CHECK(result.failed->message == "no such handler");
}

BEHAVIOUR("a child that stands in line begins when it is asked", "[query]") {
  by_hand kids{w.backend, "kids"};
  w.start();
  w.hand.decide({commands::child("kid", "kids")});
  kids.on_turn = [&] {
    auto const task = kids.poll_workflow();
    if (!task) return false;
    perdure::workflow_task_completion answer{};
    for (auto const& each : task->queries) answer.queries.push_back({each.id, to_payloads(9), {}});
    kids.answer_with(*task, std::move(answer));
    return true;
  };
  CHECK(w.query("state", {}, {"kid", {}}).result == to_payloads(9));
}

BEHAVIOUR("a query that no worker takes says so", "[query]") {
  w.start_on("lonely", "elsewhere");
  try {
    (void)w.query("state", {}, {"lonely", {}});
    FAIL("it was answered");
  } catch (perdure::error const& why) {
    CHECK(why.code() == errc::unanswered);
    CHECK_THAT(why.what(), contains("no worker of queue 'elsewhere' took it"));
  }
}

CLEAR_BEHAVIOUR("a query of a run whose task keeps failing fails at once", "[query]") {
  w.start();
  w.hand.fail_task(w.hand.workflow(), "a bug");
  w.hand.fail_task(w.hand.workflow(), "a bug");
  try {
    (void)w.query("state");
    FAIL("it was answered");
  } catch (perdure::error const& why) {
    CHECK(why.code() == errc::unanswered);
    CHECK_THAT(why.what(), contains("keeps failing: a bug"));
  }
}

BEHAVIOUR("a query fails when the task that it waits for keeps failing", "[query]") {
  w.start();
  w.hand.on_turn = [&] {
    auto const task = w.hand.poll_workflow();
    if (task) w.hand.fail_task(*task, "a bug");
    return task.has_value();
  };
  CHECK(error_of([&] { (void)w.query("state"); }) == errc::unanswered);
  CHECK(w.describe().workflow_task_attempt == 3);
}

BEHAVIOUR("a query of a workflow that is not there is refused", "[query]") {
  CHECK(error_of([&] { (void)w.query("state"); }) == errc::not_found);
}

BEHAVIOUR("a paused run is asked as it stands", "[query]") {
  w.begin({});
  w.backend.pause_workflow({"w", {}}, "", "");
  w.signal();
  answering worker{w, 42};
  CHECK(w.query("state").result == to_payloads(42));
  CHECK(worker.last->query);
}

BEHAVIOUR("an answer that nobody waits for any more is refused", "[query]") {
  w.begin({});
  std::optional<perdure::workflow_task> late;
  w.hand.on_turn = [&] { return !late && (late = w.hand.poll_workflow()).has_value(); };
  CHECK(error_of([&] { (void)w.query("state"); }) == errc::unanswered);
  REQUIRE(late);
  CHECK(error_of([&] { w.hand.tell(*late, {}); }) == errc::task_lost);
}

BEHAVIOUR("a query leaves the sticky worker of a run as it is", "[query]") {
  w.begin({});
  {
    answering worker{w, 1};
    (void)w.query("state");
  }
  w.signal();
  CHECK(w.hand.workflow().events.front().id == 4);
}

DURABLE_BEHAVIOUR("a run is asked after the place was opened again", "[query]") {
  w.begin({});
  w.reopen();
  answering worker{w, 42};
  CHECK(w.query("state").result == to_payloads(42));
  CHECK(worker.last->events.size() == 4);
}

} // namespace perdure_test::conformance
