// With threads and the clock of the system: polls that wait, and who is woken. Tests wait for
// events; the deadline only ends one that would hang.
#include "conformance/behaviour.hpp"
#include "support/real_world.hpp"

#include <future>
#include <thread>

namespace perdure_test::conformance {

/// What a thread gives, or a failure of the test when it does not end in time.
template <class T>
static auto get(std::future<T>& from) -> T {
  REQUIRE(from.wait_for(deadline) == std::future_status::ready);
  return from.get();
}
/// A poll on a thread of its own, that waits for a task.
static auto poll_on_thread(world& w, by_hand& hand, perdure::poll_request request = {})
    -> std::future<perdure::polled_task> {
  return std::async(std::launch::async,
                    [&w, &hand, request] { return w.backend.poll(hand, request); });
}

REAL_TIME_BEHAVIOUR("a poll that waits gets the task that comes", "[threads]") {
  auto polled = poll_on_thread(w, w.hand);
  w.start();
  CHECK(get(polled).index() == 1);
}

REAL_TIME_BEHAVIOUR("a poll that waits for activities gets the one that comes", "[threads]") {
  by_hand other{w.backend};
  auto polled = poll_on_thread(w, other, {false, true, true});
  w.begin_activity(quick());
  (void)w.hand.poll_workflow(); // whoever has answered a workflow task polls next
  CHECK(get(polled).index() == 2);
}

REAL_TIME_BEHAVIOUR("a poll that does not want to wait returns at once", "[threads]") {
  CHECK(w.backend.poll(w.hand, {true, true, false}).index() == 0);
}

REAL_TIME_BEHAVIOUR("stop_polling ends polls that wait, and the next ones too", "[threads]") {
  auto polled = poll_on_thread(w, w.hand);
  auto second = poll_on_thread(w, w.hand);
  w.backend.stop_polling(w.hand);
  CHECK(get(polled).index() == 0);
  CHECK(get(second).index() == 0);
  w.start();
  auto third = poll_on_thread(w, w.hand);
  CHECK(get(third).index() == 0);
}

REAL_TIME_BEHAVIOUR("of several polls that wait each gets another task", "[threads]") {
  constexpr int many = 4;
  std::vector<std::future<perdure::polled_task>> polled;
  for (int i = 0; i < many; ++i) polled.push_back(poll_on_thread(w, w.hand));
  for (int i = 0; i < many; ++i) w.start_on(std::to_string(i));
  std::vector<std::string> ids;
  for (auto& each : polled) {
    auto const task = get(each);
    REQUIRE(task.index() == 1);
    ids.push_back(std::get<1>(task).execution.workflow_id.str());
  }
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector<std::string>{"0", "1", "2", "3"});
}

REAL_TIME_BEHAVIOUR("who waits for the end of a run is woken by it", "[threads][wait]") {
  w.start();
  auto waiting =
      std::async(std::launch::async, [&] { return w.backend.wait_for_close({"w", {}}); });
  w.hand.decide({commands::complete(to_payloads(7))});
  CHECK(get(waiting).as<e::workflow_execution_completed>().result == to_payloads(7));
}

REAL_TIME_BEHAVIOUR("who waits for a chain of runs is woken by the end of its last",
                    "[threads][wait]") {
  auto const first = w.start().execution;
  auto waiting = std::async(std::launch::async, [&] { return w.backend.wait_for_close(first); });
  w.hand.decide({commands::continue_as_new()});
  w.hand.decide({commands::complete(to_payloads(2))});
  CHECK(get(waiting).as<e::workflow_execution_completed>().result == to_payloads(2));
}

REAL_TIME_BEHAVIOUR("a timer wakes a poll that waits", "[threads][timer]") {
  w.begin({commands::timer("1", 20ms)});
  auto polled = poll_on_thread(w, w.hand);
  CHECK(get(polled).index() == 1);
  CHECK(w.fired() == "1");
  auto const all = w.history();
  CHECK(w.last(event_type::timer_fired).time - w.last(event_type::timer_started).time >= 20ms);
}

REAL_TIME_BEHAVIOUR("a deadline that is set while a later one is waited for comes first",
                    "[threads][timer]") {
  w.begin({commands::timer("1", 1h)});
  auto polled = poll_on_thread(w, w.hand, {false, true, true});
  by_hand other{w.backend};
  w.signal();
  other.answer(other.workflow(), {commands::timer("2", 20ms)});
  auto woken = poll_on_thread(w, other, {true, false, true});
  CHECK(get(woken).index() == 1);
  CHECK(w.fired() == "2");
  w.backend.stop_polling(w.hand);
  CHECK(get(polled).index() == 0);
}

REAL_TIME_BEHAVIOUR("signals from many threads are all there, each thread's in its order",
                    "[threads][signal]") {
  constexpr int threads = 4;
  constexpr int each_sends = 50;
  w.start();
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t)
    senders.emplace_back([&w, t] {
      for (int i = 0; i < each_sends; ++i)
        w.backend.signal_workflow({"w", {}}, "s", to_payloads(t, i), "");
    });
  for (auto& each : senders) each.join();
  std::vector<int> next(threads, 0);
  for (auto const& each : w.history()) {
    if (each.type != event_type::workflow_execution_signaled) continue;
    auto const& input = each.as<e::workflow_execution_signaled>().input;
    auto const sender = perdure::from_payload<int>(input[0]);
    CHECK(perdure::from_payload<int>(input[1]) == next[static_cast<std::size_t>(sender)]++);
  }
  CHECK(next == std::vector<int>(threads, each_sends));
}

REAL_TIME_BEHAVIOUR("of many starts of one id at once one succeeds", "[threads][start]") {
  constexpr int threads = 4;
  std::vector<std::future<bool>> starts;
  for (int t = 0; t < threads; ++t)
    starts.push_back(std::async(std::launch::async, [&w] {
      try {
        return w.start().started;
      } catch (perdure::error const& failed) {
        return failed.code() != errc::already_started;
      }
    }));
  int succeeded = 0;
  for (auto& each : starts) succeeded += get(each) ? 1 : 0;
  CHECK(succeeded == 1);
  CHECK(w.runs().size() == 1);
}

REAL_TIME_BEHAVIOUR("an attempt that is answered on two threads is answered once",
                    "[threads][activity]") {
  w.begin_activity(quick());
  auto const task = w.hand.activity();
  auto const answer = [&] {
    try {
      return w.hand.complete(task), 1;
    } catch (perdure::error const& failed) {
      return failed.code() == errc::task_lost ? 0 : 99;
    }
  };
  auto first = std::async(std::launch::async, answer);
  auto second = std::async(std::launch::async, answer);
  CHECK(get(first) + get(second) == 1);
  CHECK(w.count(event_type::activity_task_completed) == 1);
}

REAL_TIME_BEHAVIOUR("time does not move by command with the clock of the system", "[threads]") {
  CHECK(error_of([&] { w.backend.advance(1s); }) == errc::invalid_argument);
}

} // namespace perdure_test::conformance
