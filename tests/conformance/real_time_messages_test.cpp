// Queries and updates with threads and the clock of the system: who waits is woken. The deadline
// only ends what would hang.
#include "conformance/behaviour.hpp"
#include "support/real_world.hpp"

#include <future>
#include <thread>

namespace perdure_test::conformance {

using stage = perdure::update_stage;

namespace {

template <class T>
auto get(std::future<T>& from) -> T {
  REQUIRE(from.wait_for(deadline) == std::future_status::ready);
  return from.get();
}
template <class F>
auto on_thread(F&& f) {
  return std::async(std::launch::async, std::forward<F>(f));
}
/// The next workflow task; waits for it.
[[nodiscard]] auto next_task(world& w) -> perdure::workflow_task {
  auto polled = on_thread([&] { return w.backend.poll(w.hand, {true, false, true}); });
  auto task = get(polled);
  REQUIRE(task.index() == 1);
  return std::get<1>(task);
}
[[nodiscard]] auto completed_update(world& w, std::string id)
    -> std::future<perdure::update_status> {
  return on_thread([&w, id] {
    perdure::update_workflow_request request{};
    request.update.meta.update_id = id;
    request.wait_for = stage::completed;
    return w.update(request);
  });
}

} // namespace

REAL_TIME_BEHAVIOUR("a query wakes a worker that waits, and its answer who asked",
                    "[threads][query]") {
  w.begin({});
  for (int i = 0; i < 20; ++i) {
    auto asked = on_thread([&] { return w.query("state"); });
    auto const task = next_task(w);
    REQUIRE(task.query);
    w.hand.tell(task, to_payloads(i));
    CHECK(get(asked).result == to_payloads(i));
  }
}

REAL_TIME_BEHAVIOUR("a query that comes while a task is worked on is asked after it",
                    "[threads][query]") {
  w.start();
  auto const first = w.hand.workflow();
  auto asked = on_thread([&] { return w.query("state"); });
  w.hand.answer(first);
  auto const task = next_task(w);
  REQUIRE(task.query);
  w.hand.tell(task, to_payloads(7));
  CHECK(get(asked).result == to_payloads(7));
}

REAL_TIME_BEHAVIOUR("a query that nobody answers ends in time", "[threads][query]") {
  w.start_on("lonely", "elsewhere");
  perdure::query_workflow_request request{};
  request.execution = {"lonely", {}};
  request.type = "state";
  request.timeout = 30ms;
  auto asked =
      on_thread([&] { return error_of([&] { (void)w.backend.query_workflow(request); }); });
  CHECK(get(asked) == errc::unanswered);
}

REAL_TIME_BEHAVIOUR("many queries at once are all answered", "[threads][query]") {
  constexpr int many = 16;
  w.begin({});
  std::vector<std::future<perdure::query_result>> asked;
  for (int i = 0; i < many; ++i)
    asked.push_back(on_thread([&w, i] { return w.query("echo", to_payloads(i)); }));
  for (int i = 0; i < many; ++i) {
    auto const task = next_task(w);
    REQUIRE(task.query);
    w.hand.tell(task, task.query->arguments);
  }
  for (int i = 0; i < many; ++i)
    CHECK(get(asked[static_cast<std::size_t>(i)]).result == to_payloads(i));
}

REAL_TIME_BEHAVIOUR("what a worker was asked that stops is asked of another one",
                    "[threads][query]") {
  w.begin({});
  auto asked = on_thread([&] { return w.query("state"); });
  {
    by_hand other{w.backend};
    auto polled = on_thread([&] { return w.backend.poll(other, {true, false, true}); });
    auto const task = get(polled);
    REQUIRE(std::get<1>(task).query);
  }
  auto const task = next_task(w);
  w.hand.tell(task, to_payloads(3));
  CHECK(get(asked).result == to_payloads(3));
}

REAL_TIME_BEHAVIOUR("who waits for an update is woken by its outcome", "[threads][update]") {
  w.begin({});
  for (int i = 0; i < 20; ++i) {
    auto waiting = completed_update(w, std::to_string(i));
    auto const task = next_task(w);
    w.hand.answer_updates(task, [&](auto const&) { return std::optional{to_payloads(i)}; });
    CHECK(get(waiting).outcome.success == to_payloads(i));
  }
}

REAL_TIME_BEHAVIOUR("who waits for an update is woken by its rejection", "[threads][update]") {
  w.begin({});
  auto waiting = completed_update(w, "u");
  w.hand.answer(next_task(w));
  CHECK(get(waiting).outcome.failure);
}

REAL_TIME_BEHAVIOUR("who waits for an update follows it into the run that continues",
                    "[threads][update]") {
  w.start();
  auto const first = w.hand.workflow();
  w.update("u");
  auto waiting = completed_update(w, "u");
  w.hand.answer(first, {commands::continue_as_new()});
  w.hand.answer_updates(next_task(w), [](auto const&) { return std::optional{to_payloads(7)}; });
  CHECK(get(waiting).outcome.success == to_payloads(7));
}

REAL_TIME_BEHAVIOUR("who waits for an update is told when its run ends before it",
                    "[threads][update]") {
  w.begin({});
  w.update("u");
  auto waiting = on_thread([&] {
    return error_of([&] {
      perdure::poll_update_request request{};
      request.execution = {"w", {}};
      request.update_id = "u";
      request.wait_for = stage::completed;
      (void)w.backend.poll_update(request);
    });
  });
  w.terminate();
  CHECK(get(waiting) == errc::already_closed);
}

REAL_TIME_BEHAVIOUR("who waits for an update for a while is told how far it is",
                    "[threads][update]") {
  w.begin({});
  perdure::update_workflow_request request{};
  request.update.meta.update_id = "u";
  request.wait_timeout = 20ms;
  auto waiting = on_thread([&] { return w.update(request); });
  CHECK(get(waiting).stage == stage::admitted);
}

} // namespace perdure_test::conformance
