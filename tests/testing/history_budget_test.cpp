#include <perdure/testing.hpp>

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

auto develop(std::string photo) -> std::string { return photo; }
perdure::workflow<std::string> one(std::string photo) {
  co_return co_await perdure::execute_activity<develop>(photo, {.start_to_close_timeout = 60s});
}
perdure::workflow<int> album(int photos) {
  std::vector<perdure::activity_handle<std::string>> developed;
  std::string const photo(100, 'x');
  for (int i = 0; i < photos; ++i)
    developed.push_back(perdure::start_activity<develop>(photo, {.start_to_close_timeout = 60s}));
  auto const all = co_await perdure::when_all(developed);
  co_await perdure::sleep(1h);
  co_await perdure::execute_child_workflow<one>("last");
  co_return static_cast<int>(all.size());
}

auto history_of(int photos) -> perdure::history {
  perdure::test_environment env;
  env.add<album, one, develop>();
  auto const handle = env.start_workflow<album>(photos);
  handle.result();
  return handle.fetch_history();
}
auto row(std::vector<perdure::budget_row> const& in, std::string const& name)
    -> perdure::budget_row {
  for (auto const& each : in)
    if (each.name == name) return each;
  FAIL("there is no row " << name);
  return {};
}

perdure::workflow<void> notes() {
  perdure::local_activity_options const at_once{.start_to_close_timeout = 60s};
  for (int i = 0; i < 3; ++i)
    (void)co_await perdure::execute_local_activity<develop>("local", at_once);
  (void)co_await perdure::side_effect([] { return 1; });
}

} // namespace

TEST_CASE("a budget names local activities by their types", "[testing]") {
  perdure::test_environment env;
  env.add<notes, develop>();
  auto const handle = env.start_workflow<notes>();
  handle.result();
  auto history = handle.fetch_history();
  perdure::event unreadable{};
  unreadable.type = perdure::event_type::marker_recorded;
  perdure::events::marker_recorded marker{};
  marker.marker_name = std::string_view{"core_local_activity"};
  unreadable.attributes = perdure::event_attributes::make(std::move(marker));
  history.events.push_back(unreadable);
  auto const calls = perdure::history_budget(history).by_call;
  CHECK(row(calls, "local activity develop").events == 3);
  CHECK(row(calls, "side effects").events == 1);
  CHECK(row(calls, "marker core_local_activity").events == 1);
}

TEST_CASE("a budget counts events and bytes by what the workflow does", "[testing]") {
  auto const history = history_of(10);
  auto const budget = perdure::history_budget(history);
  CHECK(budget.events == history.events.size());
  CHECK(row(budget.by_call, "activity develop").events == 30);
  CHECK(row(budget.by_call, "activity develop").bytes > 10u * (2 * 100 + 3 * 64));
  CHECK(row(budget.by_call, "child workflow one").events == 3);
  CHECK(row(budget.by_call, "timers").events == 2);
  CHECK(row(budget.by_call, "the run itself").events == 2);
  CHECK(row(budget.by_kind, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED").events == 10);
  CHECK(budget.pending_activities_max == 10);
  CHECK(budget.pending_children_max == 1);
  CHECK(budget.by_call.front().name == "activity develop");
  std::size_t events = 0;
  std::size_t bytes = 0;
  for (auto const& each : budget.by_call) {
    events += each.events;
    bytes += each.bytes;
  }
  CHECK(events == budget.events);
  CHECK(bytes == budget.bytes);
  CHECK(budget.text().find("activity develop") != std::string::npos);
}

TEST_CASE("growth says at which size a limit is passed", "[testing]") {
  auto const growth =
      perdure::budget_growth({{10, history_of(10)}, {100, history_of(100)}, {20, history_of(20)}});
  CAPTURE(growth.text());
  CHECK(growth.measured.size() == 3);
  CHECK(growth.first_met() == 2'001u);
  CHECK(growth.not_linear.empty());
  for (auto const& each : growth.limits) {
    CAPTURE(each.name);
    if (each.name == "events of a history") {
      REQUIRE(each.met.has_value());
      // One event too many at that N, and none at the one before.
      auto const events = [](int n) {
        return static_cast<double>(perdure::history_budget(history_of(n)).events);
      };
      auto const at = [&](std::size_t n) {
        return events(100) + (events(100) - events(20)) / 80 * (static_cast<double>(n) - 100);
      };
      CHECK(at(*each.met) > 51'200);
      CHECK(at(*each.met - 1) <= 51'200);
    }
    if (each.name == "open child workflows") CHECK_FALSE(each.met.has_value());
  }
  CHECK(growth.text().find("open activities (2000): passed at N = 2001") != std::string::npos);
}

TEST_CASE("growth needs two sizes, and says what is not linear", "[testing]") {
  CHECK_THROWS_AS(perdure::budget_growth({{10, history_of(10)}}), perdure::error);
  auto const growth =
      perdure::budget_growth({{1, history_of(1)}, {2, history_of(40)}, {3, history_of(41)}});
  CHECK_FALSE(growth.not_linear.empty());
}
