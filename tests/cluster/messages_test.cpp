// Signals, queries and updates on a real server.
#include "cluster/cluster_world.hpp"

#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> add{"add"};
inline constexpr perdure::signal<> finish{"finish"};
inline constexpr perdure::query<int()> total{"total"};
inline constexpr perdure::update<int(int)> put{"put"};

perdure::workflow<int> counter() {
  int sum = 0;
  bool over = false;
  auto const adds = perdure::on(add, [&](int more) { sum += more; });
  auto const ends = perdure::on(finish, [&] { over = true; });
  auto const asks = perdure::handle(total, [&] { return sum; });
  auto const puts = perdure::handle(
      put, [&](int more) { return sum += more; },
      [&](int const& more) {
        if (more < 0) throw perdure::application_error{"below zero", {.type = "Negative"}};
      });
  co_await perdure::wait_until([&] { return over; });
  co_return sum;
}

TEST_CASE("signals arrive in order, once each, and queries see what they did",
          "[cluster][message]") {
  cluster_world<counter> w;
  auto const handle = w.start<counter>();
  for (int i = 1; i <= 20; ++i) handle.signal(add, i);
  CHECK(handle.query(total) == 210);
  handle.signal(finish);
  CHECK(handle.result() == 210);
  CHECK(w.count(event_type::workflow_execution_signaled) == 21);
  w.check_replay();
}

TEST_CASE("a query is answered by a worker that keeps no runs", "[cluster][message]") {
  cluster_world<counter> w{{.max_cached_workflows = 0}};
  auto const handle = w.start<counter>();
  handle.signal(add, 5);
  CHECK(handle.query(total) == 5);
  handle.signal(finish);
  CHECK(handle.result() == 5);
}

TEST_CASE("a query that no handler knows fails, and one that nobody answers is told of",
          "[cluster][message]") {
  cluster_world<counter> w;
  auto const handle = w.start<counter>();
  static constexpr perdure::query<int()> unknown{"unknown"};
  CHECK_THROWS(handle.query(unknown));
  w.worker.stop();
  CHECK_THROWS_MATCHES(handle.query(total, {.timeout = 500ms}), perdure::error,
                       has_code<perdure::error>(perdure::errc::unanswered));
  handle.terminate("the test is over");
}

TEST_CASE("an update gives its result, and one that is rejected leaves no history",
          "[cluster][update]") {
  cluster_world<counter> w;
  auto const handle = w.start<counter>();
  CHECK(handle.update(put, 3) == 3);
  auto const before = w.history().events.size();
  CHECK_THROWS_WITH(handle.update(put, -1), contains("below zero"));
  CHECK(w.history().events.size() == before);
  CHECK(handle.update(put, 4) == 7);
  handle.signal(finish);
  CHECK(handle.result() == 7);
  CHECK(w.count(event_type::workflow_execution_update_completed) == 2);
  w.check_replay();
}

TEST_CASE("the same update id is the same update, for whoever asks", "[cluster][update]") {
  cluster_world<counter> w;
  auto const handle = w.start<counter>();
  CHECK(handle.update(put, 3, {.id = "once"}) == 3);
  CHECK(handle.update(put, 3, {.id = "once"}) == 3);
  CHECK(w.client.get_update_handle<int>(w.id(), "once").result() == 3);
  CHECK(handle.query(total) == 3);
  handle.signal(finish);
  CHECK(handle.result() == 3);
}

TEST_CASE("a signal or an update may begin the run that it is for", "[cluster][start]") {
  cluster_world<counter> w;
  auto const handle = w.client.signal_with_start<counter>(w.options("s"), add, 2);
  handle.signal(add, 3);
  handle.signal(finish);
  CHECK(handle.result() == 5);
  auto options = w.options("u");
  options.id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing;
  auto const begun = w.client.update_with_start<counter>(options, put, 9);
  CHECK(begun.update.result() == 9);
  begun.workflow.signal(finish);
  CHECK(begun.workflow.result() == 9);
}

/// The same as a class, which answers as long as its history is kept.
struct adder {
  int sum{};
  perdure::workflow<int> run() {
    co_await perdure::wait_until([this] { return sum >= 3; });
    co_return sum;
  }
  void more(int by) { sum += by; }
  [[nodiscard]] auto so_far() const -> int { return sum; }
  using messages = perdure::messages<&adder::more, &adder::so_far>;
};
TEST_CASE("a workflow class answers queries after its end, also to a worker that comes later",
          "[cluster][message]") {
  cluster_world<&adder::run> w;
  auto const handle = w.start<&adder::run>();
  handle.signal<&adder::more>(1);
  CHECK(handle.query<&adder::so_far>() == 1);
  handle.signal<&adder::more>(2);
  CHECK(handle.result() == 3);
  CHECK(handle.query<&adder::so_far>() == 3);
  w.worker.stop();
  perdure::worker<perdure::temporal_backend> later{w.backend, {.task_queue = w.queue()}};
  later.add<&adder::run>();
  later.start();
  CHECK(handle.query<&adder::so_far>() == 3);
}

perdure::workflow<int> tells(std::string other) {
  auto const run = perdure::external_workflow(other);
  co_await run.signal(add, 4);
  co_await run.signal(finish);
  co_return 1;
}
TEST_CASE("a run signals another one", "[cluster][message]") {
  cluster_world<counter, tells> w;
  auto const listener = w.client.start_workflow<counter>(w.options("listener"));
  CHECK(w.run<tells>(w.id("listener")) == 1);
  CHECK(listener.result() == 4);
}

} // namespace
