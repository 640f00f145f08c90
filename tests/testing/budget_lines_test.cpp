// Goal: a budget with a replayer says which line of the code fills a history. Method: a workflow
// notes the lines of its calls, and no call is longer than its line.
#include <perdure/testing.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace perdure_test;

namespace {

std::map<std::string, int> lines; ///< Of the calls below.
perdure::activity_options const soon{.start_to_close_timeout = 60s};
perdure::local_activity_options const at_once{.start_to_close_timeout = 60s};
inline constexpr perdure::signal<std::string> told{"told"};
inline constexpr perdure::update<int(int)> add{"add"};

auto develop(std::string photo) -> std::string { return photo; }
auto hears() -> perdure::workflow<std::string> { co_return co_await perdure::receive(told); }

auto album(int photos) -> perdure::workflow<int> {
  int sum = 0;
  auto const adds = perdure::handle(add, [&](int more) { return sum += more; });
  lines["patch"] = __LINE__ + 1;
  bool const big = perdure::patched<"big">();
  std::string const photo(big ? 100 : 10, 'x');
  lines["cover"] = __LINE__ + 1;
  (void)co_await perdure::execute_activity<develop>("cover", soon);
  std::vector<perdure::activity_handle<std::string>> all;
  for (int i = 0; i < photos; ++i) {
    lines["photos"] = __LINE__ + 1;
    all.push_back(perdure::start_activity<develop>(photo, soon));
  }
  (void)co_await perdure::when_all(all);
  lines["local"] = __LINE__ + 1;
  (void)co_await perdure::execute_local_activity<develop>("local", at_once);
  lines["side"] = __LINE__ + 1;
  (void)co_await perdure::side_effect([] { return 1; });
  lines["limit"] = __LINE__ + 1;
  auto limit = perdure::start_timer(1h);
  lines["sleep"] = __LINE__ + 1;
  co_await perdure::sleep(1min);
  limit.cancel();
  lines["child"] = __LINE__ + 1;
  auto child = perdure::start_child_workflow<hears>({.id = "child"});
  auto const message = perdure::external_workflow("child");
  (void)co_await child.started();
  lines["signal"] = __LINE__ + 1;
  co_await message.signal(told, "hello");
  (void)co_await std::move(child);
  lines["memo"] = __LINE__ + 1;
  perdure::upsert_memo("photos", photos);
  co_return sum;
}

struct world {
  perdure::test_environment env;
  world() {
    lines.clear();
    env.add<album, hears, develop>();
  }
  auto history_of(int photos) -> perdure::history {
    auto const handle = env.start_workflow<album>(photos, {.id = "album"});
    env.after(30s, [](auto& client) { client.get_handle("album").update(add, 1); });
    CHECK(handle.result() == 1);
    return handle.fetch_history();
  }
};

/// The row of a call, by the name of its line.
template <class Row>
auto row(std::vector<Row> const& in, std::string const& name, std::string const& line) -> Row {
  std::string const place = "testing/budget_lines_test.cpp:" + std::to_string(lines.at(line));
  for (auto const& each : in)
    if (each.name == name && each.source == place) return each;
  FAIL("there is no row " << name << " at " << place);
  return {};
}
auto rows_named(perdure::history_budget_report const& budget, std::string const& name) -> int {
  int found = 0;
  for (auto const& each : budget.by_call) found += each.name == name ? 1 : 0;
  return found;
}

TEST_CASE("with a replayer a budget tells the lines of calls apart", "[testing]") {
  world w;
  auto const history = w.history_of(10);
  auto const budget = perdure::history_budget(history, w.env.get_replayer());
  CAPTURE(budget.text());
  auto const& calls = budget.by_call;
  CHECK(row(calls, "activity develop", "cover").events == 3);
  CHECK(row(calls, "activity develop", "photos").events == 30);
  CHECK(rows_named(budget, "activity develop") == 2);
  CHECK(row(calls, "local activity develop", "local").events == 1);
  CHECK(row(calls, "side effects", "side").events == 1);
  CHECK(row(calls, "marker core_patch", "patch").events == 1);
  CHECK(row(calls, "timers", "limit").events == 2); // its cancellation belongs to it
  CHECK(row(calls, "timers", "sleep").events == 2);
  CHECK(row(calls, "child workflow hears", "child").events == 3);
  CHECK(row(calls, "messages to other workflows", "signal").events == 2);
  CHECK(row(calls, "the run itself", "memo").events == 1);
  CHECK(rows_named(budget, "updates") == 1);
  CHECK(budget.text().find("activity develop at testing/budget_lines_test.cpp:") !=
        std::string::npos);
}

TEST_CASE("the lines of a budget change none of its sums", "[testing]") {
  world w;
  auto const history = w.history_of(3);
  auto const plain = perdure::history_budget(history);
  auto const budget = perdure::history_budget(history, w.env.get_replayer());
  CHECK(budget.events == plain.events);
  CHECK(budget.bytes == plain.bytes);
  std::map<std::string, std::size_t> bytes;
  for (auto const& each : budget.by_call) bytes[each.name] += each.bytes;
  for (auto const& each : plain.by_call) {
    CAPTURE(each.name);
    CHECK(each.source.empty());
    CHECK(bytes[each.name] == each.bytes);
  }
}

TEST_CASE("a history that is still open has lines, too", "[testing]") {
  world w;
  auto history = w.history_of(3);
  auto const is_timer = [](auto const& each) {
    return each.type == perdure::event_type::timer_started;
  };
  auto const& events = history.events;
  auto const first = std::find_if(events.begin(), events.end(), is_timer);
  history.events.resize(static_cast<std::size_t>(first - events.begin()) + 2);
  auto const budget = perdure::history_budget(history, w.env.get_replayer());
  CHECK(row(budget.by_call, "timers", "limit").events == 1);
  CHECK(row(budget.by_call, "activity develop", "photos").events == 9);
}

// ------------------------------------------------------------------------------ other code
auto other_album(int) -> perdure::workflow<int> {
  co_await perdure::sleep(1min);
  co_return 0;
}
TEST_CASE("code that does something else than the history has no lines for it", "[testing]") {
  world w;
  auto const history = w.history_of(1);
  perdure::replayer other;
  other.add_as<other_album>("album");
  CHECK_THROWS_AS(perdure::history_budget(history, other), perdure::nondeterminism_error);
  CHECK_THROWS_MATCHES(perdure::history_budget(history, perdure::replayer{}), perdure::error,
                       has_code<perdure::error>(perdure::errc::not_registered));
}

auto deprecates() -> perdure::workflow<int> {
  perdure::deprecate_patch<"gone">();
  co_await perdure::sleep(1min);
  co_return 0;
}
auto without_the_patch() -> perdure::workflow<int> {
  lines["sleep"] = __LINE__ + 1;
  co_await perdure::sleep(1min);
  co_return 0;
}
TEST_CASE("the marker of a patch that the code has lost has no line, and what follows has",
          "[testing]") {
  perdure::test_environment env;
  env.add<deprecates>();
  auto const handle = env.start_workflow<deprecates>();
  CHECK(handle.result() == 0);
  perdure::replayer code;
  code.add_as<without_the_patch>("deprecates");
  auto const budget = perdure::history_budget(handle.fetch_history(), code);
  CHECK(row(budget.by_call, "timers", "sleep").events == 2);
  CHECK(rows_named(budget, "marker core_patch") == 1);
  for (auto const& each : budget.by_call) CHECK((each.source.empty() || each.name == "timers"));
}

TEST_CASE("growth says which line adds what", "[testing]") {
  std::vector<std::pair<std::size_t, perdure::history>> histories;
  for (int const photos : {10, 20, 40}) {
    world w;
    histories.emplace_back(photos, w.history_of(photos));
  }
  world const w;
  auto const& code = w.env.get_replayer();
  auto const growth = perdure::budget_growth(histories, code);
  CAPTURE(growth.text());
  REQUIRE(growth.by_call.size() >= 1);
  auto const photos = row(growth.by_call, "activity develop", "photos");
  CHECK(photos.events == approx(3));
  CHECK(growth.by_call.front().source == photos.source);
  for (auto const& each : growth.by_call)
    CHECK_FALSE(each.source.ends_with(":" + std::to_string(lines["cover"])));
  CHECK(growth.first_met() == 2'001u);
  CHECK(growth.text().find("each item: 3.00 events, ") != std::string::npos);
  CHECK(perdure::budget_growth(histories).by_call.front().name == "activity develop");
}

} // namespace
