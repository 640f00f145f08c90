// Which of the tasks that wait goes first.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

namespace {

auto urgent(int key, std::string fairness_key = {}, float weight = 0) -> perdure::priority {
  return {.priority_key = key, .fairness_weight = weight, .fairness_key = fairness_key};
}
auto activity(std::string id, perdure::priority priority) -> perdure::command {
  auto made = commands::activity(std::move(id), quick());
  made.attributes.edit<e::activity_task_scheduled>().priority = std::move(priority);
  return made;
}
auto prioritised(std::string id, perdure::priority priority) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.workflow_id = id;
  request.priority = std::move(priority);
  return request;
}
/// The ids of all activities that wait, in the order in which they are handed out.
auto activities(world& w) -> std::string {
  std::string ids;
  while (auto const task = w.hand.poll_activity()) ids += id_of(*task);
  return ids;
}
auto workflows(world& w) -> std::string {
  std::string ids;
  while (auto const task = w.hand.poll_workflow()) ids += task->execution.workflow_id.str();
  return ids;
}

} // namespace

BEHAVIOUR("activities with lower priority keys are handed out first", "[priority]") {
  w.begin({activity("e", urgent(5)), activity("c", urgent(3)), activity("a", urgent(1)),
           activity("b", urgent(2)), commands::activity("C", quick())});
  CHECK(activities(w) == "abcCe");
}

BEHAVIOUR("activities without a priority have that of their workflow", "[priority]") {
  w.begin({activity("1", urgent(4)), commands::activity("2", quick())},
          prioritised("w", urgent(2)));
  CHECK(w.get<e::workflow_execution_started>().priority->priority_key == 2);
  (void)w.start(prioritised("v", urgent(3)));
  auto const other = w.hand.workflow();
  w.hand.answer(other, {commands::activity("3", quick())});
  CHECK(activities(w) == "231");
}

BEHAVIOUR("workflow tasks with lower priority keys are handed out first", "[priority]") {
  w.start_on("p");
  (void)w.start(prioritised("e", urgent(5)));
  (void)w.start(prioritised("a", urgent(1)));
  w.start_on("q");
  (void)w.start(prioritised("b", urgent(2)));
  CHECK(workflows(w) == "abpqe");
}

BEHAVIOUR("children have the priority of their parents where they have none of their own",
          "[priority]") {
  by_hand kids{w.backend, "kids"};
  auto own = commands::child("k2", "kids");
  own.attributes.edit<e::start_child_workflow_execution_initiated>().priority = urgent(1);
  w.begin({commands::child("k1", "kids"), own}, prioritised("w", urgent(2, "mine")));
  w.settle_children();
  auto const first = kids.workflow();
  CHECK(first.execution.workflow_id == "k2");
  auto const started = w.get<e::workflow_execution_started>("k2");
  CHECK(started.priority->priority_key == 1);
  CHECK(started.priority->fairness_key == "mine");
  CHECK(w.get<e::workflow_execution_started>("k1").priority->priority_key == 2);
}

BEHAVIOUR("a run that continues as new keeps its priority", "[priority]") {
  w.begin({commands::continue_as_new()}, prioritised("w", urgent(2)));
  CHECK(w.get<e::workflow_execution_started>().priority->priority_key == 2);
}

BEHAVIOUR("fairness keys take turns, by weight", "[priority]") {
  std::vector<perdure::command> asked;
  for (int i = 0; i < 6; ++i) asked.push_back(activity("a" + std::to_string(i), urgent(0, "a")));
  for (int i = 0; i < 6; ++i) asked.push_back(activity("b" + std::to_string(i), urgent(0, "b", 2)));
  w.begin(std::move(asked));
  // The first one of all jumps the queue, as it does where nobody uses priorities.
  CHECK(activities(w) == "a0b0a1b1b2a2b3b4a3b5a4a5");
}

BEHAVIOUR("an urgent task passes hundreds that wait, and what came before keeps its order",
          "[priority]") {
  std::vector<perdure::command> asked;
  for (int i = 0; i < 600; ++i)
    asked.push_back(commands::activity(std::to_string(i) + ",", quick()));
  asked.push_back(activity("late,", urgent(5)));
  asked.push_back(activity("urgent,", urgent(1)));
  w.begin(std::move(asked));
  std::string expected = "urgent,";
  for (int i = 0; i < 600; ++i) expected += std::to_string(i) + ",";
  CHECK(activities(w) == expected + "late,");
}

DURABLE_BEHAVIOUR("tasks keep their priorities when the place is opened again", "[priority]") {
  w.begin({activity("5", urgent(5)), activity("1", urgent(1)), commands::activity("3", quick()),
           activity("2", urgent(2)), commands::activity("4", quick())});
  w.reopen();
  CHECK(id_of(w.hand.activity()) == "1");
  w.signal();
  w.hand.decide({activity("0", urgent(1)), activity("6", urgent(5))});
  CHECK(activities(w).find("0234") == 0);
}

DURABLE_BEHAVIOUR("thousands of tasks of all priorities come back in order", "[priority]") {
  std::vector<perdure::command> asked;
  std::vector<std::string> by_key(6);
  for (int i = 0; i < 6'000; ++i) {
    int const key = 1 + (i * 7919) % 5;
    std::string const id = std::to_string(i) + ",";
    by_key[static_cast<std::size_t>(key)] += id;
    asked.push_back(activity(id, urgent(key)));
  }
  w.begin(std::move(asked));
  w.reopen();
  std::string expected;
  for (std::string const& each : by_key) expected += each;
  CHECK(activities(w) == expected);
}

} // namespace perdure_test::conformance
