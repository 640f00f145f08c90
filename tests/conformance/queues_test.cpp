// Task queues: each task reaches one worker, of the queue that was asked for.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

BEHAVIOUR("a run's tasks go to the workers of its queue and to no others", "[queue]") {
  by_hand elsewhere{w.backend, "elsewhere"};
  w.start_on("a", "elsewhere");
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(elsewhere.workflow().execution.workflow_id == "a");
}

BEHAVIOUR("queues whose names differ in case or in a space differ", "[queue]") {
  by_hand upper{w.backend, "Tests"};
  by_hand spaced{w.backend, "tests "};
  w.start();
  CHECK_FALSE(upper.poll_workflow());
  CHECK_FALSE(spaced.poll_workflow());
  CHECK(w.hand.poll_workflow());
}

BEHAVIOUR("an activity goes to the queue that it was asked for", "[queue][activity]") {
  by_hand elsewhere{w.backend, "elsewhere"};
  w.begin({commands::activity("1", quick(), "elsewhere"), commands::activity("2", quick())});
  CHECK(id_of(w.hand.activity()) == "2");
  CHECK_FALSE(w.hand.poll_activity());
  CHECK(id_of(elsewhere.activity()) == "1");
}

BEHAVIOUR("every attempt of an activity goes to its queue", "[queue][activity][retry]") {
  by_hand elsewhere{w.backend, "elsewhere"};
  w.begin({commands::activity("1", quick(), "elsewhere")});
  elsewhere.fail(elsewhere.activity(), failure_of("odd"));
  w.pass(1s);
  CHECK_FALSE(w.hand.poll_activity());
  CHECK(elsewhere.activity().token.attempt == 2);
}

BEHAVIOUR("a task is given to one of the workers of its queue", "[queue]") {
  by_hand other{w.backend};
  w.start();
  CHECK(w.hand.poll_workflow());
  CHECK_FALSE(other.poll_workflow());
}

BEHAVIOUR("an attempt is given to one of the workers of its queue", "[queue][activity]") {
  by_hand other{w.backend};
  w.begin_activity(quick());
  CHECK(other.poll_activity());
  CHECK_FALSE(w.hand.poll_activity());
}

BEHAVIOUR("tasks wait for a worker that comes later", "[queue]") {
  w.start_on("a", "later");
  w.pass(24h);
  by_hand later{w.backend, "later"};
  CHECK(later.workflow().execution.workflow_id == "a");
}

BEHAVIOUR("the first tasks of runs are handed out in the order of their starts", "[queue]") {
  for (char const* const id : {"c", "a", "b"}) w.start_on(id);
  std::string order;
  while (auto const task = w.hand.poll_workflow()) order += task->execution.workflow_id.view();
  CHECK(order == "cab");
}

BEHAVIOUR("a worker that asks for workflow tasks alone gets no activity, and the other way round",
          "[queue]") {
  w.begin_activity(quick());
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(w.hand.poll_activity());
  w.signal();
  CHECK_FALSE(w.hand.poll_activity());
  CHECK(w.hand.poll_workflow());
}

BEHAVIOUR("a worker that asks for both gets both", "[queue]") {
  w.begin_activity(quick());
  w.signal();
  std::size_t kinds = 0;
  for (int i = 0; i < 2; ++i) kinds += w.backend.poll(w.hand, {true, true, false}).index();
  CHECK(kinds == 3);
  CHECK(w.backend.poll(w.hand, {true, true, false}).index() == 0);
}

BEHAVIOUR("a worker that stops polling gets nothing more, others go on", "[queue]") {
  by_hand other{w.backend};
  w.start();
  w.backend.stop_polling(w.hand);
  CHECK_FALSE(w.hand.poll_workflow());
  CHECK(other.poll_workflow());
}

BEHAVIOUR("a worker that stopped polling may still answer what it has", "[queue]") {
  w.begin_activity(quick());
  auto const attempt = w.hand.activity();
  w.signal();
  auto const task = w.hand.workflow();
  w.backend.stop_polling(w.hand);
  w.hand.complete(attempt);
  w.hand.answer(task);
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

BEHAVIOUR("a worker that is attached again polls again", "[queue]") {
  w.start();
  w.backend.stop_polling(w.hand);
  w.backend.detach(w.hand);
  (void)w.backend.attach(w.hand);
  CHECK(w.hand.poll_workflow());
}

BEHAVIOUR("a queue of ten thousand tasks gives each of them once", "[queue]") {
  constexpr int many = 10'000;
  std::vector<perdure::command> decided;
  for (int i = 1; i <= many; ++i) decided.push_back(commands::activity(std::to_string(i), quick()));
  w.begin(std::move(decided));
  int expected = 0;
  while (auto const task = w.hand.poll_activity())
    if (id_of(*task) != std::to_string(++expected)) break;
  CHECK(expected == many);
}

} // namespace perdure_test::conformance
