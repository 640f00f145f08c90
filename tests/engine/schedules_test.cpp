// Schedules whose clock the test turns: downtime, jumps forward and back.
#include <perdure/perdure.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <map>
#include <random>

namespace {

using namespace std::chrono_literals;
using perdure::duration;
using perdure::schedule_overlap_policy;
using perdure::time_point;
namespace engine = perdure::engine;

constexpr time_point begin{duration{1'577'836'800'000'000'000}}; // 2020-01-01

/// An engine with one schedule "s", which nothing else keeps the time for.
struct clockwork {
  engine::memory_store store{1};
  engine::engine<engine::memory_store> server{store};
  engine::notices news{};

  explicit clockwork(duration every, schedule_overlap_policy overlap, duration window = {}) {
    perdure::create_schedule_request request{};
    request.id = "s";
    request.schedule.action.workflow_id = "job";
    request.schedule.action.workflow_type = "t";
    request.schedule.action.task_queue = "q";
    request.schedule.spec.intervals = {{every, 0s}};
    request.schedule.policies.overlap = overlap;
    request.schedule.policies.catchup_window = window;
    server.perform(begin, news, [&](auto& step) { engine::create_schedule(step, request); });
  }
  /// It is so late, and the engine looks; gives in how many steps.
  auto look_at(time_point now) -> int {
    int steps = 0;
    while (server.fire_next(now, news)) ++steps;
    return steps;
  }
  [[nodiscard]] auto described(time_point now = begin) -> perdure::schedule_description {
    return server.perform(now, news, [&](auto& step) {
      return engine::describe(step, engine::find_schedule(step.store, "s"));
    });
  }
  [[nodiscard]] auto info() -> perdure::schedule_info { return described().info; }
  [[nodiscard]] auto count() -> perdure::run_number { return store.last_run(); }
  /// When the n-th run was to start, by its attribute.
  [[nodiscard]] auto nominal(perdure::run_number n) -> time_point {
    auto const& attributes = *store.find_run(n)->started().search_attributes;
    auto const text =
        perdure::from_json<std::string>(attributes.at("TemporalScheduledStartTime").data);
    return perdure::parse_time<time_point>(text).value();
  }
};

TEST_CASE("after downtime, actions within the catch-up window are taken and the others counted",
          "[engine][schedule]") {
  clockwork w{1h, schedule_overlap_policy::allow_all, 90min};
  w.look_at(begin + 5h);
  CHECK(w.count() == 2);
  CHECK(w.nominal(1) == begin + 4h);
  CHECK(w.nominal(2) == begin + 5h);
  CHECK(w.info().missed_catchup_window_count == 3);
  w.look_at(begin + 6h);
  CHECK(w.count() == 3);
  CHECK(w.info().missed_catchup_window_count == 3);
}

TEST_CASE("without a catch-up window a year of actions is taken", "[engine][schedule]") {
  clockwork w{24h, schedule_overlap_policy::allow_all};
  w.look_at(begin + 400 * 24h);
  CHECK(w.count() == 366);
  CHECK(w.info().missed_catchup_window_count == 34);
}

TEST_CASE("a catch-up window is at least ten seconds", "[engine][schedule]") {
  clockwork w{1s, schedule_overlap_policy::allow_all, 1ms};
  CHECK(w.described().schedule.policies.catchup_window == 10s);
  w.look_at(begin + 1min);
  CHECK(w.count() == 11);
}

TEST_CASE("after downtime, actions that may not overlap meet each other", "[engine][schedule]") {
  clockwork skipping{1h, schedule_overlap_policy::skip};
  skipping.look_at(begin + 5h);
  CHECK(skipping.count() == 1);
  CHECK(skipping.nominal(1) == begin + 1h);
  CHECK(skipping.info().skipped_overlap_count == 4);
  clockwork replacing{1h, schedule_overlap_policy::terminate_other};
  replacing.look_at(begin + 5h);
  CHECK(replacing.count() == 1);
  CHECK(replacing.nominal(1) == begin + 5h);
}

TEST_CASE("a long downtime is caught up with in bounded steps", "[engine][schedule]") {
  clockwork w{1s, schedule_overlap_policy::buffer_all};
  time_point now = begin + 24h;
  int steps = 0;
  while (w.described(now).info.action_count == 0) {
    CHECK(w.look_at(now) <= 1); // then others have their turn
    now += 1ms;
    REQUIRE(++steps < 20);
  }
  CHECK(steps == 9);
  CHECK(w.info().waiting_count == 999);
  CHECK(w.info().dropped_count == 86'400 - 1'000);
}

// Method: the clock walks at random, with jumps of up to a year in both directions. An action must
// not be taken before its time by any clock that was seen, nor twice.
TEST_CASE("no action is early or taken twice when the clock jumps",
          "[engine][schedule][generated]") {
  std::uint64_t const seed = 7;
  CAPTURE(seed);
  std::mt19937_64 draw{seed};
  clockwork w{24h, schedule_overlap_policy::allow_all};
  std::map<time_point, int> taken;
  perdure::run_number known = 0;
  time_point now = begin;
  for (int i = 0; i < 2'000; ++i) {
    auto const minutes = static_cast<std::int64_t>(draw() % 2'000) - 500;
    now += std::chrono::minutes{minutes};
    if (draw() % 50 == 0)
      now += std::chrono::hours{static_cast<std::int64_t>(draw() % 17'520) - 8'760};
    if (now < begin) now = begin;
    w.look_at(now);
    for (; known < w.count(); ++known) {
      time_point const nominal = w.nominal(known + 1);
      REQUIRE(nominal <= now);
      REQUIRE(++taken[nominal] == 1);
      REQUIRE(w.store.find_run(known + 1)->start_time == now);
    }
  }
  CHECK(taken.size() > 1'000);
  CHECK(taken.size() + static_cast<std::size_t>(w.info().missed_catchup_window_count) ==
        static_cast<std::size_t>((taken.rbegin()->first - begin) / 24h));
}

TEST_CASE("cron runs are not early when the clock jumps back", "[engine][cron]") {
  clockwork w{24h * 300, schedule_overlap_policy::skip};
  perdure::start_workflow_request request{};
  request.workflow_id = "c";
  request.workflow_type = "t";
  request.task_queue = "q";
  request.cron_schedule = "@daily";
  (void)w.server.start_workflow(begin, request, w.news);
  auto& run = *w.store.current_run("c");
  w.look_at(begin - 365 * 24h);
  CHECK(run.history.size() == 1);
  w.look_at(begin + 24h - 1ns);
  CHECK(run.history.size() == 1);
  w.look_at(begin + 24h);
  CHECK(run.history.size() == 2);
}

TEST_CASE("an over-excluded spec makes a schedule idle, and says why", "[engine][schedule]") {
  clockwork w{1min, schedule_overlap_policy::allow_all};
  auto changed = w.described().schedule;
  changed.spec.exclude_calendars.resize(1);
  changed.spec.exclude_calendars[0].hour = {{0, 23}};
  changed.spec.exclude_calendars[0].minute = {{0, 59}};
  w.server.perform(begin, w.news,
                   [&](auto& step) { engine::update_schedule(step, {"s", changed, 0, {}}); });
  w.look_at(begin + 24h);
  CHECK(w.count() == 0);
  CHECK_THAT(w.info().invalid_because, perdure_test::contains("are excluded"));
}

} // namespace
