// Schedules and cron as a program uses them: typed by the workflow, with what the last run left.
#include "support/virtual_world.hpp"

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;

struct page {
  std::string title{};
  int number{1};
};

auto counts(page first) -> perdure::workflow<int> {
  int const last = perdure::last_completion_result<int>().value_or(first.number - 1);
  if (last == 2 && !perdure::last_failure())
    throw perdure::application_error{"no paper for " + first.title};
  co_return last + 1;
}
auto says_what_was(int) -> perdure::workflow<std::string> {
  auto const why = perdure::last_failure();
  co_return why ? why->message : perdure::last_completion_result<std::string>().value_or("nothing");
}
auto naps() -> perdure::workflow<int> {
  co_await perdure::sleep(1min);
  co_return 1;
}
auto runs_a_cron_child() -> perdure::workflow<std::string> {
  auto child = perdure::start_child_workflow<naps>({.id = "kid", .cron_schedule = "@hourly"});
  co_await perdure::sleep(150min);
  child.cancel();
  auto const end = co_await perdure::as_outcome(child);
  co_return end ? "completed" : "cancelled";
}

using world_of_counts = virtual_world<counts, says_what_was, naps, runs_a_cron_child>;

auto results(world_of_counts& w) -> std::string {
  std::string all;
  for (auto const& each : w.client.list()) {
    auto const end = w.history(each.execution.workflow_id.str()).events.back();
    auto const* const completed =
        end.attributes.get_if<perdure::events::workflow_execution_completed>();
    all += completed == nullptr ? "failed " : completed->result[0].data + ' ';
  }
  return all;
}
auto hourly(world_of_counts& w, perdure::start_workflow_request action) {
  w.worker.start();
  return w.client.create_schedule(
      "s", {.action = std::move(action), .spec = {.intervals = {{.every = 1h}}}});
}

TEST_CASE("a schedule starts typed workflows, which know the last result and failure",
          "[workflow][schedule]") {
  world_of_counts w;
  auto const made =
      hourly(w, perdure::start_workflow_action<counts>({.title = "report", .number = 1},
                                                       {.id = "r", .task_queue = "tests"}));
  CHECK(made.id() == "s");
  w.backend.advance(5h);
  CHECK(results(w) == "1 2 failed 3 4 ");
  CHECK(made.describe().info.action_count == 5);
  w.check_replay("r-2020-01-01T03:00:00Z");
  w.check_replay("r-2020-01-01T04:00:00Z");
}

TEST_CASE("a handle describes, changes, triggers, fills in, pauses and removes a schedule",
          "[workflow][schedule]") {
  world_of_counts w;
  auto const made =
      hourly(w, perdure::start_workflow_action<counts>(page{}, {.id = "r", .task_queue = "tests"}));
  auto const same = w.client.get_schedule_handle("s");
  same.trigger();
  w.settle();
  CHECK(made.describe().info.action_count == 1);
  auto const start = perdure::memory_backend_options{}.start_time;
  made.backfill({{.start_at = start - 2h,
                  .end_at = start - 1h,
                  .overlap = perdure::schedule_overlap_policy::allow_all}});
  w.settle();
  CHECK(made.describe().info.action_count == 3);
  made.pause("lunch");
  CHECK(made.describe().schedule.state.note == "lunch");
  w.backend.advance(3h);
  CHECK(made.describe().info.action_count == 3);
  made.unpause();
  CHECK_FALSE(made.describe().schedule.state.paused);
  made.update([](perdure::schedule& s) { s.spec = {.cron_strings = {"0 12 * * *"}}; });
  CHECK(made.matching_times(start, start + 48h).size() == 2);
  w.backend.advance(24h);
  CHECK(made.describe().info.action_count == 4);
  made.remove();
  CHECK(w.client.list_schedules().empty());
}

TEST_CASE("an update that meets another one is made again on what that left",
          "[workflow][schedule]") {
  world_of_counts w;
  auto const made =
      hourly(w, perdure::start_workflow_action<counts>(page{}, {.id = "r", .task_queue = "tests"}));
  int calls = 0;
  made.update([&](perdure::schedule& s) {
    if (++calls == 1) made.pause("meanwhile");
    s.policies.pause_on_failure = true;
  });
  CHECK(calls == 2);
  CHECK(made.describe().schedule.state.note == "meanwhile");
  CHECK(made.describe().schedule.policies.pause_on_failure);
  struct stop {};
  CHECK_THROWS_AS(made.update([](perdure::schedule&) { throw stop{}; }), stop);
}

TEST_CASE("a schedule may act when it is created, and keeps what is put beside it",
          "[workflow][schedule]") {
  world_of_counts w;
  w.worker.start();
  perdure::create_schedule_options options{};
  options.trigger_immediately = true;
  options.memo = {{"team", perdure::to_payload(std::string{"ops"})}};
  auto const made = w.client.create_schedule("s",
                                             {.action = perdure::start_workflow_action<counts>(
                                                  page{}, {.id = "r", .task_queue = "tests"})},
                                             options);
  CHECK(made.describe().info.action_count == 1);
  CHECK(perdure::from_payload<std::string>(made.describe().memo->at("team")) == "ops");
}

TEST_CASE("schedules are listed beyond a page", "[workflow][schedule]") {
  world_of_counts w;
  for (int i = 0; i < 7; ++i)
    w.client.create_schedule(std::to_string(i), {.action = perdure::start_workflow_action<counts>(
                                                     page{}, {.id = "r", .task_queue = "tests"})});
  CHECK(w.client.list_schedules({.page_size = 3}).size() == 7);
}

TEST_CASE("cron runs of a workflow know what the one before them left", "[workflow][cron]") {
  live_and_replayed<world_of_counts>([](world_of_counts& w) {
    w.start_with<counts>({.cron_schedule = "0 * * * *"}, page{"cron"});
    w.backend.advance(5h + 1min);
    std::string all;
    for (auto const& each : w.client.list()) {
      auto const events =
          w.client.get_handle(each.execution.workflow_id.str(), each.execution.run_id.str())
              .fetch_history()
              .events;
      auto const* const completed =
          events.back().attributes.get_if<perdure::events::workflow_execution_completed>();
      all += completed == nullptr ? "- " : completed->result[0].data + ' ';
    }
    CHECK(all == "1 2 - 3 4 - "); // the third failed, the last waits
  });
}

TEST_CASE("a workflow that nothing came before knows of no result", "[workflow][cron]") {
  world_of_counts w;
  CHECK(w.run<says_what_was>(1) == "nothing");
}

TEST_CASE("a parent starts a cron child, and its end ends the chain", "[workflow][cron]") {
  world_of_counts w;
  CHECK(w.run<runs_a_cron_child>() == "cancelled");
  CHECK(w.client.list({.workflow_id = "kid"}).size() == 3);
}

TEST_CASE("the last result is there for workflow code alone", "[workflow][cron]") {
  CHECK_THROWS_WITH((void)perdure::last_completion_result<int>(), contains("[perdure.27]"));
  CHECK_THROWS_WITH((void)perdure::last_failure(), contains("[perdure.27]"));
}

} // namespace
