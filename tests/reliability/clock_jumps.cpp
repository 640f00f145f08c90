// A file of timers under a clock that is wrong, now by this much and now by that.
#include <perdure/perdure.hpp>
#include <perdure/sqlite.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

#include "clock_checks.hpp"
#include "subject.hpp"

namespace reliability {
namespace {

using namespace std::chrono_literals;
using perdure::duration;
using perdure::event_type;
using perdure::time_point;

constexpr std::int64_t start = 1'577'836'800'000'000'000;

/// Sleeps that long, each time, and says what its clock showed.
perdure::workflow<std::vector<std::int64_t>> sleeps(std::vector<std::int64_t> waits) {
  std::vector<std::int64_t> readings{perdure::now().time_since_epoch().count()};
  for (std::int64_t const each : waits) {
    co_await perdure::sleep(duration{each});
    readings.push_back(perdure::now().time_since_epoch().count());
  }
  co_return readings;
}

/// Timers that fired before they were due, by the times in history.
void check_timers(perdure::history const& of, bool canary, clock_findings& found) {
  std::map<perdure::event_id, time_point> due;
  for (auto const& each : of.events) {
    if (each.type == event_type::timer_started)
      due[each.id] =
          each.time +
          each.as<perdure::events::timer_started>().start_to_fire_timeout.value_or(duration{}) +
          (canary ? 1ns : 0ns);
    if (each.type != event_type::timer_fired) continue;
    ++found.cases;
    auto const timer = due.find(each.as<perdure::events::timer_fired>().started_event_id);
    if (timer == due.end())
      found.say(found.early, "a timer fired twice");
    else if (each.time < timer->second)
      found.say(found.early, "a timer fired " + std::to_string((timer->second - each.time) / 1ns) +
                                 " ns before it was due");
    if (timer != due.end()) due.erase(timer);
  }
  if (!due.empty()) found.say(found.missing, "a timer that was due has not fired");
}

class wrong_clock {
public:
  explicit wrong_clock(std::uint64_t seed)
      : roll_{seed},
        folder_{std::filesystem::temp_directory_path() /
                ("perdure-time-" + perdure::random_uuid())} {
    std::filesystem::create_directories(folder_);
  }
  wrong_clock(wrong_clock const&) = delete;
  auto operator=(wrong_clock const&) -> wrong_clock& = delete;
  ~wrong_clock() { std::filesystem::remove_all(folder_); }

  void run(bool canary, clock_findings& found) {
    constexpr int runs = 10;
    constexpr duration year = 365 * 24h;
    for (int boot = 0; boot < 12; ++boot) {
      duration const off =
          duration{static_cast<std::int64_t>(roll_.next() % (2 * year.count()))} - year;
      boot_at(time_point{duration{start}} + boot * 24h + off, [&](auto& backend, auto& client) {
        if (boot == 0)
          for (int i = 0; i < runs; ++i) begin(client, i);
        backend.advance(roll_.between(0, 100) * 1h);
      });
    }
    boot_at(time_point{duration{start}} + 10 * year, [&](auto& backend, auto& client) {
      backend.advance(100 * year);
      for (int i = 0; i < runs; ++i) look_at(client, i, canary, found);
    });
  }

private:
  template <class F>
  void boot_at(time_point now, F&& then) {
    perdure::sqlite_backend_options options{};
    options.synchronous = perdure::sqlite_synchronous::normal;
    options.clock = perdure::clock_mode::virtual_time;
    options.start_time = now;
    perdure::sqlite_backend backend{(folder_ / "time.db").string(), options};
    perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "time"}};
    worker.add<sleeps>();
    worker.start();
    perdure::client<perdure::sqlite_backend> client{backend};
    then(backend, client);
  }
  void begin(auto& client, int i) {
    std::vector<std::int64_t> waits;
    for (int n = 0; n < 6; ++n) {
      int const bits = roll_.between(1, 53); // up to about a hundred days
      waits.push_back(static_cast<std::int64_t>(roll_.next() >> static_cast<unsigned>(64 - bits)));
    }
    (void)client.template start_workflow<sleeps>(
        waits, {.id = "sleeper-" + std::to_string(i), .task_queue = "time"});
  }
  static void look_at(auto& client, int i, bool canary, clock_findings& found) {
    auto const handle = client.template get_handle<sleeps>("sleeper-" + std::to_string(i));
    check_timers(handle.fetch_history(), canary, found);
    if (handle.describe().status != perdure::workflow_execution_status::completed)
      return found.say(found.missing, "a run did not end");
    auto const readings = handle.result();
    if (!std::is_sorted(readings.begin(), readings.end()))
      found.say(found.backwards, "the clock of a workflow went back");
  }

  dice roll_;
  std::filesystem::path folder_;
};

} // namespace

auto check_jumps(clock_plan const& plan) -> clock_findings {
  clock_findings found{};
  for (std::uint64_t seed = plan.seed; found.cases < plan.cases / 20; ++seed)
    wrong_clock{seed}.run(plan.canary, found);
  return found;
}

} // namespace reliability
