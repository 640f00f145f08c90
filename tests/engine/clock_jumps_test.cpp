// A wall clock that jumps: deadlines are points in time, and nothing happens before its point.
#include "support/catch.hpp"
#include "support/commands.hpp"

#include <perdure/perdure.hpp>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

/// An engine over memory, and a clock that is set by hand, forward and back.
struct by_clock {
  perdure::engine::memory_store store{1};
  perdure::engine::engine<perdure::engine::memory_store> engine{store};
  perdure::time_point now{perdure::duration{1'700'000'000s}};
  perdure::engine::notices news{};

  void start() {
    perdure::start_workflow_request request{};
    request.workflow_id = request.workflow_type = "w";
    request.task_queue = "q";
    request.workflow_run_timeout = 100h;
    engine.start_workflow(now, request, news);
  }
  void answer(std::vector<perdure::command> decided) {
    auto const queued = store.pop_task(0, true, false);
    REQUIRE(queued);
    perdure::workflow_task task{};
    REQUIRE(engine.poll_workflow_task(now, *queued, 1, "worker", task));
    perdure::workflow_task_completion answer{};
    answer.commands = std::move(decided);
    engine.complete_workflow_task(now, task.token, std::move(answer), news);
  }
  /// What is due at this time happens; gives how much that was.
  auto fire() -> int {
    int count = 0;
    while (engine.fire_next(now, news)) ++count;
    return count;
  }
  [[nodiscard]] auto run() -> perdure::engine::run_state& { return engine.find({"w", {}}); }
};

TEST_CASE("a timer does not fire early when the clock jumps back, nor twice when it jumps again",
          "[engine][clock]") {
  by_clock at;
  at.start();
  at.answer({commands::timer("1", 10s)});
  at.now -= 5h;
  CHECK(at.fire() == 0);
  at.now += 5h + 9s;
  CHECK(at.fire() == 0);
  at.now += 1s;
  CHECK(at.fire() == 1);
  CHECK(at.run().history.back().type == event_type::workflow_task_scheduled);
  at.now -= 5h;
  CHECK(at.fire() == 0);
  at.now += 50h;
  CHECK(at.fire() == 0);
}

TEST_CASE("a timer that is set while the clock stands back is due after its duration",
          "[engine][clock]") {
  by_clock at;
  at.start();
  at.now -= 1h;
  at.answer({commands::timer("1", 10s)});
  at.now += 10s - 1ns;
  CHECK(at.fire() == 0);
  at.now += 1ns;
  CHECK(at.fire() == 1);
}

TEST_CASE("a clock that jumps forward makes everything due that lies between, in its order",
          "[engine][clock]") {
  by_clock at;
  at.start();
  at.answer({commands::timer("b", 20s), commands::timer("a", 10s), commands::timer("c", 30h)});
  at.now += 29h;
  CHECK(at.fire() == 2);
  std::string fired;
  for (auto const& each : at.run().history)
    if (each.type == event_type::timer_fired)
      fired += each.as<perdure::events::timer_fired>().timer_id;
  CHECK(fired == "ab");
}

TEST_CASE("a run times out when its point in time has come, however the clock went there",
          "[engine][clock]") {
  by_clock at;
  at.start();
  at.now -= 1'000h;
  CHECK(at.fire() == 0);
  at.now += 1'100h - 1ns;
  CHECK(at.fire() == 0);
  CHECK(at.run().open());
  at.now += 1ns;
  CHECK(at.fire() == 1);
  CHECK_FALSE(at.run().open());
}

} // namespace
