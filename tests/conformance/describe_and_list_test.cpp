// Runs from the outside: descriptions, lists, pages, counts.
#include "conformance/behaviour.hpp"

namespace perdure_test::conformance {

using filter = perdure::list_filter;

static void start_typed(world& w, std::string id, std::string type, std::string queue = "tests") {
  perdure::start_workflow_request request{};
  request.workflow_id = id;
  request.workflow_type = type;
  request.task_queue = queue;
  w.start(request);
}
/// The ids of all pages, with a bar between pages.
static auto pages(world& w, filter asked) -> std::string {
  std::string all;
  do {
    auto const page = w.backend.list_workflows(asked);
    for (auto const& each : page.workflows) all += each.execution.workflow_id.view();
    asked.next_page_token = page.next_page_token;
    if (!asked.next_page_token.empty()) all += '|';
  } while (!asked.next_page_token.empty());
  return all;
}

BEHAVIOUR("a description of a fresh run has its names, times and sizes", "[describe]") {
  w.pass(3s);
  auto const run = w.start().execution;
  auto const seen = w.describe();
  CHECK(seen.execution == run);
  CHECK(seen.workflow_type == "workflow");
  CHECK(seen.task_queue == "tests");
  CHECK(seen.status == workflow_execution_status::running);
  CHECK(since_start(seen.start_time) == 3s);
  CHECK(seen.close_time == perdure::time_point{});
  CHECK(seen.history_length == 2);
  CHECK(seen.history_size_bytes > 0);
  CHECK(seen.parent.workflow_id.empty());
  CHECK(seen.workflow_task_attempt == 1);
}

BEHAVIOUR("a description counts what is pending", "[describe]") {
  w.begin({commands::activity("a", quick()), commands::timer("1", 1h), commands::timer("2", 2h),
           commands::child("kid", "kids"), commands::activity("b", quick())});
  (void)w.hand.activity();
  auto const seen = w.describe();
  REQUIRE(seen.pending_activities.size() == 2);
  CHECK(seen.pending_activities[0].activity_id == "a");
  CHECK(seen.pending_activities[0].activity_type == "activity");
  CHECK(seen.pending_activities[0].started);
  CHECK_FALSE(seen.pending_activities[1].started);
  CHECK(seen.pending_timers_count == 2);
  CHECK(seen.pending_children_count == 1);
}

BEHAVIOUR("what has ended is not pending any more", "[describe]") {
  w.begin(
      {commands::activity("1", quick()), commands::timer("1", 1s), commands::child("kid", "kids")});
  w.hand.complete(w.hand.activity());
  w.pass(1s);
  w.terminate("", "kid");
  auto const seen = w.describe();
  CHECK(seen.pending_activities.empty());
  CHECK(seen.pending_timers_count == 0);
  CHECK(seen.pending_children_count == 0);
}

BEHAVIOUR("an activity that ended while a task is worked on is not pending any more",
          "[describe][task]") {
  w.begin_activity(quick());
  auto const attempt = w.hand.activity();
  w.signal();
  (void)w.hand.workflow();
  w.hand.complete(attempt);
  CHECK(w.describe().pending_activities.empty());
}

BEHAVIOUR("a description of a closed run has its end and nothing pending", "[describe]") {
  w.begin({commands::activity("1", quick()), commands::timer("1", 1h)});
  w.pass(5s);
  w.terminate();
  auto const seen = w.describe();
  CHECK(seen.status == workflow_execution_status::terminated);
  CHECK(since_start(seen.close_time) == 5s);
  CHECK(seen.pending_activities.empty());
  CHECK(seen.pending_timers_count == 0);
  CHECK(seen.history_length == static_cast<perdure::event_id>(w.history().size()));
}

CLEAR_BEHAVIOUR("a description shows that workflow tasks keep failing, and why", "[describe]") {
  w.start();
  w.hand.fail_task(w.hand.workflow(), "broken at demo.cpp:7");
  w.hand.fail_task(w.hand.workflow(), "still broken");
  CHECK(w.describe().workflow_task_attempt == 3);
  CHECK(w.describe().workflow_task_failure == "still broken");
  w.pass(1s);
  w.hand.decide();
  CHECK(w.describe().workflow_task_attempt == 1);
  CHECK(w.describe().workflow_task_failure.empty());
}

BEHAVIOUR("without a run id the run that was started last is described", "[describe]") {
  w.begin({commands::complete()});
  auto const second = w.start().execution;
  CHECK(w.describe().execution == second);
}

BEHAVIOUR("lists give runs oldest first, or newest first", "[list]") {
  for (char const* const id : {"b", "a", "c"}) w.start_on(id);
  CHECK(w.ids() == "b a c");
  CHECK(w.ids({.order = perdure::list_order::newest_first}) == "c a b");
}

BEHAVIOUR("all runs of a workflow id are listed", "[list]") {
  w.begin({commands::complete()});
  w.start();
  w.start_on("other");
  CHECK(w.ids({.workflow_id = "w"}) == "w w");
}

BEHAVIOUR("lists are filtered by type, queue and status, all of them together", "[list]") {
  start_typed(w, "a", "big");
  start_typed(w, "b", "small");
  start_typed(w, "c", "big", "elsewhere");
  w.hand.decide({commands::complete()});
  CHECK(w.ids({.workflow_type = "big"}) == "a c");
  CHECK(w.ids({.task_queue = "tests"}) == "a b");
  CHECK(w.ids({.status = workflow_execution_status::completed}) == "a");
  CHECK(w.ids({.workflow_type = "big", .status = workflow_execution_status::running}) == "c");
  CHECK(w.ids({.workflow_type = "none"}).empty());
}

BEHAVIOUR("lists are filtered by the beginning of a workflow id, taken as it is", "[list]") {
  for (char const* const id : {"order-1", "order-2", "Order-3", "border", "order%", "orde_"})
    w.start_on(id);
  CHECK(w.ids({.workflow_id_prefix = "order-"}) == "order-1 order-2");
  CHECK(w.ids({.workflow_id_prefix = "order%"}) == "order%");
  CHECK(w.ids({.workflow_id_prefix = "orde_"}) == "orde_");
  CHECK(w.ids({.workflow_id_prefix = "x"}).empty());
}

BEHAVIOUR("lists are filtered by the time of start: the first moment is in, the last is not",
          "[list]") {
  auto const start = w.backend.now();
  for (char const* const id : {"a", "b", "c"}) {
    w.start_on(id);
    w.pass(1s);
  }
  CHECK(w.ids({.started_from = start + 1s}) == "b c");
  CHECK(w.ids({.started_before = start + 1s}) == "a");
  CHECK(w.ids({.started_from = start + 1s, .started_before = start + 2s}) == "b");
}

BEHAVIOUR("lists are filtered by the time of the end, which leaves open runs out", "[list]") {
  auto const start = w.backend.now();
  for (char const* const id : {"a", "b", "c"}) w.start_on(id);
  w.terminate("", "b");
  w.pass(1s);
  w.terminate("", "a");
  CHECK(w.ids({.closed_from = start}) == "a b");
  CHECK(w.ids({.closed_from = start + 1s}) == "a");
  CHECK(w.ids({.closed_before = start + 1s}) == "b");
}

BEHAVIOUR("the children of a workflow are listed by their parent", "[list][child]") {
  auto const parent = w.start().execution;
  w.hand.decide({commands::child("a", "kids"), commands::child("b", "kids")});
  w.start_on("other");
  CHECK(w.ids({.parent = {"w", {}}}) == "a b");
  CHECK(w.ids({.parent = parent}) == "a b");
  CHECK(w.ids({.parent = {"other", {}}}).empty());
}

BEHAVIOUR("children of a parent that was reset are children of its new run", "[list][child]") {
  auto const parent = w.start().execution;
  w.hand.decide({commands::child("a", "kids")});
  w.settle_children();
  w.hand.decide();
  auto const again =
      w.backend.reset_workflow({.execution = parent, .event = w.history().back().id});
  CHECK(w.ids({.parent = again}) == "a");
  CHECK(w.ids({.parent = parent}).empty());
  CHECK(w.ids({.parent = {"w", {}}}) == "a");
}

BEHAVIOUR("children of a parent that was deleted have none any more", "[list][child]") {
  auto asked = commands::child("a", "kids");
  asked.attributes.edit<e::start_child_workflow_execution_initiated>().parent_close_policy =
      perdure::parent_close_policy::abandon;
  w.begin({asked});
  w.settle_children();
  w.backend.delete_workflow({"w", {}}, "", "");
  CHECK(w.status("a") == workflow_execution_status::running);
  CHECK(w.ids({.parent = {"w", {}}}).empty());
}

BEHAVIOUR("a limit ends a list early", "[list]") {
  for (char const* const id : {"a", "b", "c"}) w.start_on(id);
  CHECK(w.ids({.limit = 2}) == "a b");
}

BEHAVIOUR("pages follow each other without a gap or a repetition", "[list]") {
  for (int i = 0; i < 7; ++i) w.start_on(std::to_string(i));
  std::string joined;
  for (char const c : pages(w, {.page_size = 2}))
    if (c != '|') joined += c;
  CHECK(joined == "0123456");
  joined.clear();
  for (char const c : pages(w, {.order = perdure::list_order::newest_first, .page_size = 3}))
    if (c != '|') joined += c;
  CHECK(joined == "6543210");
}

BEHAVIOUR("a page has at most as many runs as were asked for", "[list]") {
  for (int i = 0; i < 5; ++i) w.start_on(std::to_string(i));
  auto const page = w.backend.list_workflows({.page_size = 2});
  CHECK(page.workflows.size() <= 2);
  CHECK_FALSE(page.next_page_token.empty());
}

BEHAVIOUR("runs that start while pages are read do not disturb them", "[list]") {
  for (int i = 0; i < 4; ++i) w.start_on(std::to_string(i));
  filter asked{.page_size = 2};
  auto const first = w.backend.list_workflows(asked);
  w.start_on("4");
  asked.next_page_token = first.next_page_token;
  auto const second = w.backend.list_workflows(asked);
  REQUIRE_FALSE(second.workflows.empty());
  CHECK(second.workflows.front().execution.workflow_id == std::to_string(first.workflows.size()));
}

BEHAVIOUR("a page token that nobody gave is refused", "[list]") {
  w.start();
  CHECK(error_of([&] { (void)w.backend.list_workflows({.next_page_token = "no such token"}); }) ==
        errc::invalid_argument);
}

BEHAVIOUR("runs are counted as they are listed", "[list]") {
  for (char const* const id : {"a", "b", "c"}) w.start_on(id);
  w.terminate("", "b");
  CHECK(w.backend.count_workflows({}) == 3);
  CHECK(w.backend.count_workflows({.status = workflow_execution_status::running}) == 2);
  CHECK(w.backend.count_workflows({.workflow_id = "none"}) == 0);
}

} // namespace perdure_test::conformance
