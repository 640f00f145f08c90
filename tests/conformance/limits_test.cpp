// Limits, as errors: at the bound everything is taken, one above it is refused.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using cause = perdure::workflow_task_failed_cause;

constexpr std::size_t bound = 1'000; ///< Of the bytes of a payload in these tests.

static auto strict() -> world_options {
  world_options options{};
  options.limits = perdure::engine_limits::temporal();
  options.limits.payload_bytes_max = bound;
  options.limits.pending_activities_max = 3;
  options.limits.pending_children_max = 3;
  options.limits.history_events_max = 50;
  return options;
}
static auto of_bytes(std::size_t bytes) -> perdure::payload {
  perdure::payload made = to_payloads(0)[0];
  made.data.assign(bytes - (perdure::byte_size(made) - made.data.size()), 'x');
  return made;
}
static auto activities(int from, int to) -> std::vector<perdure::command> {
  std::vector<perdure::command> decided;
  for (int i = from; i <= to; ++i)
    decided.push_back(commands::activity(std::to_string(i), quick()));
  return decided;
}

CLEAR_BEHAVIOUR_WITH(strict(), "an input of a client at the limit is taken, a larger one refused",
               "[limits]") {
  perdure::start_workflow_request request{};
  request.input = of_bytes(bound + 1);
  CHECK(error_of([&] { w.start(request); }) == errc::limit_exceeded);
  request.input = of_bytes(bound);
  CHECK(w.start(request).started);
  w.signal("s", of_bytes(bound));
  CHECK(error_of([&] { w.signal("s", of_bytes(bound + 1)); }) == errc::limit_exceeded);
  CHECK(w.signals() == "s");
}

CLEAR_BEHAVIOUR_WITH(strict(), "a command with a payload above the limit ends its run", "[limits]") {
  w.begin({commands::complete(of_bytes(bound))});
  CHECK(w.status() == workflow_execution_status::completed);
  w.begin({commands::complete(of_bytes(bound + 1))});
  CHECK(w.status() == workflow_execution_status::terminated);
  CHECK(w.count(event_type::workflow_task_failed) == 1);
}

CLEAR_BEHAVIOUR_WITH(strict(), "an activity whose result is above the limit fails for good",
               "[limits][activity]") {
  w.begin_activity(quick());
  w.hand.complete(w.hand.activity(), of_bytes(bound + 1));
  CHECK(w.count(event_type::activity_task_failed) == 1);
  w.hand.decide({commands::activity("2", quick())});
  w.hand.complete(w.hand.activity(), of_bytes(bound));
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

BEHAVIOUR_WITH(strict(), "a task that would have too many activities pending fails",
               "[limits][activity]") {
  w.begin(activities(1, 4));
  CHECK(w.get<e::workflow_task_failed>().cause == cause::pending_activities_limit_exceeded);
  CHECK(w.count(event_type::activity_task_scheduled) == 0);
  w.hand.decide(activities(1, 3));
  CHECK(w.count(event_type::activity_task_scheduled) == 3);
  w.wake_and_decide(activities(4, 4));
  CHECK(w.get<e::workflow_task_failed>().cause == cause::pending_activities_limit_exceeded);
}

BEHAVIOUR_WITH(strict(), "an activity that has ended leaves room for another one",
               "[limits][activity]") {
  w.begin(activities(1, 3));
  w.hand.complete(w.hand.activity());
  w.hand.decide(activities(4, 4));
  CHECK(w.count(event_type::activity_task_scheduled) == 4);
}

BEHAVIOUR_WITH(strict(), "a task that would have too many children pending fails",
               "[limits][child]") {
  w.begin({commands::child("a", "kids"), commands::child("b", "kids"), commands::child("c", "kids"),
           commands::child("d", "kids")});
  CHECK(w.get<e::workflow_task_failed>().cause == cause::pending_child_workflows_limit_exceeded);
  CHECK(w.ids() == "w");
}

BEHAVIOUR_WITH(strict(), "a run whose history passes its limit is terminated", "[limits]") {
  w.begin({});
  while (w.status() == workflow_execution_status::running) w.signal();
  CHECK(w.status() == workflow_execution_status::terminated);
  CHECK(w.history().size() >= 50);
  CHECK(w.history().size() <= 53);
}

BEHAVIOUR("without strict limits large payloads are taken", "[limits]") {
  w.start();
  w.signal("s", of_bytes(3u << 20));
  CHECK(w.signals() == "s");
}

} // namespace perdure_test::conformance
