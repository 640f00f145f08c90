#include "support/catch.hpp"

#include <atomic>
#include <cstdint>
#include <iostream>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "perdure/history/event_log.hpp"

using perdure::event;
using perdure::event_attributes;
using perdure::event_log;
using perdure::event_view;

namespace {

/// An event that shows whether it is still alive: its attributes are on the heap.
auto made(std::int64_t id) -> event {
  perdure::events::timer_fired fired{};
  fired.started_event_id = id * 10;
  return {id,    perdure::time_point{perdure::duration{id}}, perdure::event_type::timer_fired,
          false, event_attributes::make(std::move(fired)),   {}};
}
auto is(event const& e, std::int64_t id) -> bool {
  return e.id == id && e.as<perdure::events::timer_fired>().started_event_id == id * 10;
}
/// Whether a view shows the events from id `first` on.
auto shows(event_view const& view, std::int64_t first) -> bool {
  for (event const& e : view)
    if (!is(e, first++)) return false;
  return true;
}

} // namespace

TEST_CASE("an empty log has no events", "[history][event_log]") {
  event_log const log;
  CHECK(log.empty());
  CHECK(log.size() == 0);
  CHECK(log.begin() == log.end());
  CHECK(log.to_vector().empty());
  CHECK(event_view{}.empty());
  CHECK(event_view{std::vector<event>{}}.empty());
}

TEST_CASE("a view shows what it was given while the log grows, and after the log is gone",
          "[history][event_log]") {
  std::optional<event_log> log{std::in_place};
  std::vector<event_view> views;
  std::vector<event const*> places;
  std::size_t shown = 0;
  for (std::int64_t id = 1; id <= 5'000; ++id) {
    log->push_back(made(id));
    if (id % 7 != 0) continue;
    views.push_back(log->view(shown));
    places.push_back(views.back().begin());
    shown = log->size();
  }
  log.reset();
  std::int64_t first = 1;
  for (std::size_t i = 0; i < views.size(); ++i) {
    REQUIRE(views[i].size() == 7);
    REQUIRE(views[i].begin() == places[i]);
    REQUIRE(shows(views[i], first));
    first += 7;
  }
  event_view const copy = views.front();
  views.clear();
  CHECK(shows(copy, 1));
}

TEST_CASE("a view of new events shares them, and so does one that begins where the last ended",
          "[history][event_log]") {
  event_log log;
  for (std::int64_t id = 1; id <= 3; ++id) log.push_back(made(id));
  event_view const first = log.view(0);
  CHECK(first.begin() == &log[0]);
  for (std::int64_t id = 4; id <= 2'000; ++id) log.push_back(made(id));
  event_view const second = log.view(3);
  CHECK(second.begin() == &log[3]);
  CHECK(second.size() == 1'997);
  CHECK(first.begin() == &log[0]);
  event_view const all = log.view(0); // partly shown before, and in two places: a copy
  CHECK(all.size() == 2'000);
  CHECK(shows(all, 1));
}

TEST_CASE("what was reserved is in one place", "[history][event_log]") {
  event_log log;
  log.reserve(300);
  for (std::int64_t id = 1; id <= 300; ++id) log.push_back(made(id));
  CHECK(&log[299] == &log[0] + 299);
  for (std::size_t const no_more : {std::size_t{300}, std::size_t{10}, std::size_t{0}})
    log.reserve(no_more);
  CHECK(log.size() == 300);
  CHECK(&log[299] == &log[0] + 299);
}

TEST_CASE("a copy of a log has events of its own", "[history][event_log]") {
  event_log log;
  for (std::int64_t id = 1; id <= 100; ++id) log.push_back(made(id));
  event_log const copy{log};
  log.edit_back().worker_may_ignore = true;
  CHECK(copy.size() == 100);
  CHECK_FALSE(copy.back().worker_may_ignore);
  event_log moved{std::move(log)};
  CHECK(moved.size() == 100);
  CHECK(moved.back().worker_may_ignore);
  CHECK(log.empty()); // NOLINT(bugprone-use-after-move): it is empty then
  log.push_back(made(1));
  CHECK(is(log.front(), 1));
}

TEST_CASE("views are read by other threads while the log grows", "[history][event_log]") {
  event_log log;
  std::size_t shown = 0;
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (std::int64_t id = 1; id <= 2'000; ++id) {
    log.push_back(made(id));
    if (id % 100 != 0) continue;
    readers.emplace_back([view = log.view(shown), first = id - 99, &wrong] {
      if (view.size() != 100 || !shows(view, first)) ++wrong;
    });
    shown = log.size();
  }
  for (auto& each : readers) each.join();
  CHECK(wrong == 0);
}

// Goal: whatever is done, and in whatever order, log and views hold what a vector would. Method:
// random steps; after each, places at random are compared, and all at the end.
TEST_CASE("a log holds what a vector holds, after any steps", "[history][event_log]") {
  auto const seed = std::random_device{}();
  std::cout << "event log: seed " << seed << '\n';
  CAPTURE(seed);
  std::mt19937_64 draw{seed};
  auto const below = [&](std::size_t n) { return static_cast<std::size_t>(draw() % n); };
  for (int round = 0; round < 60; ++round) {
    event_log log;
    struct shown_part {
      event_view view;
      std::size_t from;
      std::size_t size;
    };
    std::vector<shown_part> views;
    std::size_t last_end = 0;
    for (int step = 0; step < 300; ++step) {
      switch (below(8)) {
      case 0: log.reserve(below(2 * log.size() + 200)); break;
      case 1:
      case 2:
        if (!log.empty()) {
          // Nearly always from where the last one ended, as tasks are.
          std::size_t const from =
              below(4) != 0 && last_end < log.size() ? last_end : below(log.size());
          views.push_back({log.view(from), from, log.size() - from});
          last_end = log.size();
        }
        break;
      case 3:
        if (!views.empty()) {
          std::size_t const at = below(views.size());
          views.erase(views.begin() + static_cast<std::ptrdiff_t>(at));
        }
        break;
      case 4:
        for (std::size_t n = below(300); n > 0; --n)
          log.push_back(made(static_cast<std::int64_t>(log.size()) + 1));
        break;
      default: log.push_back(made(static_cast<std::int64_t>(log.size()) + 1));
      }
      if (log.empty()) continue;
      std::size_t const at = below(log.size());
      REQUIRE(is(log[at], static_cast<std::int64_t>(at) + 1));
      REQUIRE(is(log.front(), 1));
      REQUIRE(is(log.back(), static_cast<std::int64_t>(log.size())));
    }
    for (auto const& each : views) {
      REQUIRE(each.view.size() == each.size);
      REQUIRE(shows(each.view, static_cast<std::int64_t>(each.from) + 1));
    }
    std::int64_t id = 0;
    for (event const& e : log) REQUIRE(is(e, ++id));
    for (auto each = log.rbegin(); each != log.rend(); ++each) REQUIRE(is(*each, id--));
    REQUIRE(log.to_vector().size() == log.size());
    if (!log.empty()) {
      std::size_t const from = below(log.size());
      auto const part = log.copy(from, log.size());
      for (std::size_t i = 0; i < part.size(); ++i)
        REQUIRE(is(part[i], static_cast<std::int64_t>(from + i) + 1));
    }
  }
}
