// Goal: who reads a report sees what changed and where. Method: hand-made histories of one task
// against workflows that ask for something else.
#include "support/replay_checks.hpp"

#include <string>
#include <vector>

#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/timer.hpp"
#include "perdure/workflow/when_all.hpp"
#include "support/history_builder.hpp"

using namespace perdure;
using namespace std::chrono_literals;
using perdure_test::contains;
using perdure_test::history_builder;
using change = divergence_report::change;

namespace {

constexpr remote_activity<"a", void()> act_a;
constexpr remote_activity<"b", void()> act_b;
constexpr remote_activity<"c", void(int)> act_c;

// The ids are fixed, so that one command more does not change those after it.
auto as(std::string id) -> activity_options {
  return {.start_to_close_timeout = 5s, .activity_id = std::move(id)};
}

constexpr unsigned line_of_c = __LINE__ + 4;
workflow<void> starts_a_b_c() {
  auto a = start_activity<act_a>(as("a"));
  auto b = start_activity<act_b>(as("b"));
  auto c = start_activity<act_c>(1, as("c"));
  co_await when_all(a, b, c);
}

workflow<void> nothing() { co_return; }

auto scheduled(std::string const& type, std::string id = {}) -> events::activity_task_scheduled {
  events::activity_task_scheduled e{};
  e.activity_type = type;
  e.activity_id = id.empty() ? type : std::move(id);
  return e;
}

auto report(std::vector<events::activity_task_scheduled> recorded) -> divergence_report {
  history_builder made{"starts_a_b_c"};
  made.task({1, 2, 3});
  for (auto& each : recorded) made.add(std::move(each));
  made.signal("more");
  made.task_begins();
  auto const result = std::move(replayer{}.add<starts_a_b_c>()).replay(made.build());
  REQUIRE(result.divergence);
  CHECK(result.problem == "[perdure.1] " + result.divergence->text());
  return *result.divergence;
}

auto changes(divergence_report const& of) -> std::string {
  std::string all;
  for (auto const& row : of.rows) all += "=~-+"[static_cast<std::size_t>(row.what)];
  return all;
}

} // namespace

TEST_CASE("a report shows which command the program has and history has not",
          "[replay][divergence]") {
  auto const got = report({scheduled("a"), scheduled("c")});
  CHECK(got.event == 6);
  CHECK(changes(got) == "=+=");
  CHECK(got.rows[1].recorded == "");
  CHECK(got.rows[1].current == "ActivityTaskScheduled 'b' (activity id b)");
  CHECK(got.rows[2].recorded == "event 6 ActivityTaskScheduled 'c' (activity id c)");
}

TEST_CASE("a report shows which command history has and the program has not",
          "[replay][divergence]") {
  auto const got = report({scheduled("a"), scheduled("x"), scheduled("b"), scheduled("c")});
  CHECK(changes(got) == "=-==");
  CHECK(got.rows[1].recorded == "event 6 ActivityTaskScheduled 'x' (activity id x)");
  CHECK(got.rows[1].current == "");
  CHECK(got.rows[1].source == "");
}

TEST_CASE("a report shows a changed command field by field", "[replay][divergence]") {
  auto const got = report({scheduled("a"), scheduled("b"), scheduled("x", "c")});
  CHECK(changes(got) == "==~");
  auto const& row = got.rows[2];
  CHECK(row.recorded == "event 7 ActivityTaskScheduled 'x' (activity id c)");
  CHECK(row.current == "ActivityTaskScheduled 'c' (activity id c)");
  bool type = false;
  for (std::string const& difference : row.differences) {
    CAPTURE(difference);
    type = type || difference == R"(activityType: {"name":"x"} -> {"name":"c"})";
    // The backend fills that in: it says nothing about the program.
    CHECK(difference.find("workflowTaskCompletedEventId") == std::string::npos);
  }
  CHECK(type);
}

TEST_CASE("a report shows the source line of the current command", "[replay][divergence]") {
  auto const got = report({scheduled("a"), scheduled("b"), scheduled("x", "c")});
  CHECK_THAT(got.rows[2].source,
             perdure_test::ends_with("divergence_report_test.cpp:" + std::to_string(line_of_c)));
  CHECK_THAT(got.text(), contains("[" + got.rows[2].source + "]"));
}

TEST_CASE("a report of many commands begins near the first difference", "[replay][divergence]") {
  std::vector<event> recorded;
  std::vector<replay::pending_command> current;
  history_builder made;
  for (int i = 0; i < 300; ++i) {
    made.timer(std::to_string(i));
    current.push_back({command_type::start_timer, made.events().back().attributes});
  }
  recorded.assign(made.events().begin() + 1, made.events().end());
  current.erase(current.begin() + 250);
  auto const rows = replay::align_commands(recorded, current);
  REQUIRE(rows.size() == 2 + 50);
  CHECK(rows[0].what == change::same);
  CHECK(rows[1].what == change::same);
  CHECK(rows[2].what == change::missing);
  CHECK(rows[2].recorded == "event 252 TimerStarted (timer id 250)");
  for (std::size_t i = 3; i < rows.size(); ++i) CHECK(rows[i].what == change::same);
}

TEST_CASE("a program that has ended where history goes on is shown with its end",
          "[replay][divergence]") {
  history_builder made{"nothing"};
  made.task();
  made.timer("1");
  auto const result = std::move(replayer{}.add<nothing>()).replay(made.build());
  REQUIRE(result.divergence);
  CHECK_THAT(result.problem, contains("event 5 TimerStarted (timer id 1)"));
  CHECK_THAT(result.problem, contains("WorkflowExecutionCompleted"));
}

TEST_CASE("rows of a report carry a mark for each kind of change", "[replay][divergence]") {
  divergence_report made{.reason = "why", .event = 7};
  made.rows.push_back({change::same, "r", "c", "f:1", {}});
  made.rows.push_back({change::changed, "r", "c", "", {"field: 1 -> 2"}});
  made.rows.push_back({change::missing, "r", "", "", {}});
  made.rows.push_back({change::inserted, "", "c", "f:2", {}});
  CHECK_THAT(made.text(),
             perdure_test::starts_with("why\n"
                                       "    recorded: r | current: c  [f:1]\n"
                                       "  ~ recorded: r | current: c\n"
                                       "      field: 1 -> 2\n"
                                       "  - recorded: r | current: (nothing)\n"
                                       "  + recorded: (nothing) | current: c  [f:2]\n"));
}
