// The life of runs on a real server: timers, continue-as-new, cancellation, retries, versions of
// code, what describes them, and what operators do.
#include "cluster/cluster_world.hpp"

#include <string>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

inline constexpr perdure::signal<int> go{"go"};

perdure::workflow<std::string> timers() {
  perdure::time_point const begun = perdure::now();
  co_await perdure::sleep(20ms);
  bool const held = co_await perdure::wait_until([] { return false; }, 10ms);
  co_return held ? "held" : perdure::now() - begun >= 30ms ? "waited" : "too early";
}
TEST_CASE("timers fire, not early", "[cluster][time]") {
  cluster_world<timers> w;
  CHECK(w.run<timers>() == "waited");
  CHECK(w.count(event_type::timer_fired) == 2);
  w.check_replay();
}

perdure::workflow<int> counts_down(int left, int sum) {
  if (left > 0) co_await perdure::continue_as_new<counts_down>(left - 1, sum + left);
  co_return sum;
}
TEST_CASE("a run continues as new, and its result is that of the last one", "[cluster][life]") {
  cluster_world<counts_down> w;
  auto const handle = w.client.start_workflow<counts_down>(4, 0, w.options());
  CHECK(handle.result() == 10);
  CHECK(handle.fetch_history().events.back().type ==
        event_type::workflow_execution_continued_as_new);
}

std::atomic<int> cleanups;
auto clean(int a) -> int {
  ++cleanups;
  return a;
}
perdure::workflow<int> cleans_up() {
  bool cancelled = false;
  try {
    co_await perdure::sleep(1h);
  } catch (perdure::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) {
    (void)co_await perdure::execute_activity<clean>(1, {.start_to_close_timeout = 10s});
    throw perdure::cancelled_error{"cleaned up"};
  }
  co_return 0;
}
TEST_CASE("a run that is cancelled cleans up before it ends", "[cluster][cancel]") {
  cleanups = 0;
  cluster_world<cleans_up, clean> w;
  auto const handle = w.start<cleans_up>();
  while (w.count(event_type::timer_started) == 0) std::this_thread::yield();
  handle.cancel("the test says so");
  CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
  CHECK(cleanups == 1);
  CHECK(w.count(event_type::timer_canceled) == 1);
  w.check_replay();
}

std::atomic<int> tries;
perdure::workflow<int> fails_twice() {
  if (++tries < 3) throw perdure::application_error{"not yet"};
  co_return 5;
}
TEST_CASE("a workflow with a retry policy is tried again in new runs", "[cluster][life]") {
  tries = 0;
  cluster_world<fails_twice> w;
  auto options = w.options();
  options.retry_policy.initial_interval = 1ms;
  CHECK(w.client.start_workflow<fails_twice>(options).result() == 5);
}

std::atomic<bool> is_mended;
perdure::workflow<int> breaks() {
  if (!is_mended) throw std::runtime_error{"a bug"};
  co_return 6;
}
TEST_CASE("a bug fails the task and not the run, which goes on once it is mended",
          "[cluster][life]") {
  is_mended = false;
  cluster_world<breaks> w;
  auto options = w.options();
  options.workflow_task_timeout = 1s;
  auto const handle = w.client.start_workflow<breaks>(options);
  while (w.count(event_type::workflow_task_failed) == 0) std::this_thread::yield();
  is_mended = true;
  CHECK(handle.result() == 6);
}

perdure::workflow<int> waits_for_go() {
  auto const got = co_await perdure::receive(go);
  auto const more = co_await perdure::receive(go);
  co_return got + more;
}
TEST_CASE("a run is described: its type, queue, status, memo and summary", "[cluster][client]") {
  cluster_world<waits_for_go> w;
  auto options = w.options();
  options.static_summary = "what it is for";
  options.memo = {{"color", perdure::to_payload(std::string{"red"})}};
  auto const handle = w.client.start_workflow<waits_for_go>(options);
  auto const open = handle.describe();
  CHECK(open.workflow_type == "waits_for_go");
  CHECK(open.task_queue == w.queue());
  CHECK(open.status == perdure::workflow_execution_status::running);
  CHECK(open.static_summary == "what it is for");
  CHECK(open.memo.get<std::string>("color") == "red");
  handle.terminate("no more");
  CHECK(handle.describe().status == perdure::workflow_execution_status::terminated);
  CHECK_THROWS_WITH(handle.result(), contains("no more"));
}

TEST_CASE("a workflow id is used once at a time", "[cluster][start]") {
  cluster_world<waits_for_go> w;
  auto const handle = w.start<waits_for_go>();
  CHECK_THROWS_MATCHES(w.start<waits_for_go>(), perdure::error,
                       has_code<perdure::error>(perdure::errc::already_started));
  auto joined = w.options();
  joined.id_conflict_policy = perdure::workflow_id_conflict_policy::use_existing;
  CHECK(w.client.start_workflow<waits_for_go>(joined).run_id() == handle.run_id());
  handle.signal(go, 1);
  handle.signal(go, 2);
  CHECK(handle.result() == 3);
  CHECK_THROWS_MATCHES(handle.signal(go, 3), perdure::error,
                       has_code<perdure::error>(perdure::errc::already_closed));
}

TEST_CASE("a reset run goes on from a task, with the signals that came after", "[cluster][reset]") {
  cluster_world<waits_for_go> w;
  auto const handle = w.start<waits_for_go>();
  handle.signal(go, 1);
  handle.signal(go, 2);
  CHECK(handle.result() == 3);
  auto const again = handle.reset(4, "once more");
  CHECK(again.run_id() != handle.run_id());
  CHECK(again.result() == 3);
}

TEST_CASE("what a server cannot do is refused with words", "[cluster][operator]") {
  cluster_world<waits_for_go> w;
  auto const handle = w.start<waits_for_go>();
  auto const refused = has_code<perdure::error>(perdure::errc::not_supported);
  CHECK_THROWS_MATCHES(handle.fork(4, "other"), perdure::error, refused);
  CHECK_THROWS_MATCHES(handle.fetch_audit(), perdure::error, refused);
  CHECK_THROWS_WITH(handle.fork(4, "other"), contains("Temporal"));
  handle.terminate();
}

TEST_CASE("calls for what is not there say so", "[cluster][client]") {
  cluster_world<waits_for_go> w;
  auto const nobody = w.client.get_handle<waits_for_go>("no-such-workflow");
  auto const absent = has_code<perdure::error>(perdure::errc::not_found);
  CHECK_THROWS_MATCHES(nobody.describe(), perdure::error, absent);
  CHECK_THROWS_MATCHES(nobody.signal(go, 1), perdure::error, absent);
  CHECK_THROWS_MATCHES(nobody.result(), perdure::error, absent);
  perdure::temporal_options elsewhere = options_of_server();
  elsewhere.namespace_ = "no-such-namespace";
  perdure::temporal_backend backend{elsewhere};
  perdure::worker<perdure::temporal_backend> worker{backend, {.task_queue = "q"}};
  worker.add<waits_for_go>();
  CHECK_THROWS_WITH(worker.start(), contains("no-such-namespace"));
}

perdure::workflow<int> changed() {
  if (perdure::patched<"new-way">()) co_return 2;
  co_return 1;
}
TEST_CASE("a patch is in history and is listed", "[cluster][patch]") {
  cluster_world<changed> w;
  CHECK(w.run<changed>() == 2);
  CHECK(w.count(event_type::marker_recorded) == 1);
  CHECK(w.count(event_type::upsert_workflow_search_attributes) == 1);
  w.check_replay();
}

gate stuck;
gate let_go;

perdure::workflow<int> quick(int value) { co_return value; }
perdure::workflow<bool> holds_its_thread() {
  stuck.add();
  co_return let_go.reached(1);
}
TEST_CASE("code that holds a thread after much that was quick holds up nothing else",
          "[cluster][life]") {
  stuck.reset();
  let_go.reset();
  cluster_world<quick, holds_its_thread> w;
  for (int i = 0; i < 20; ++i)
    (void)w.client.execute_workflow<quick>(i, w.options("quick-" + std::to_string(i)));
  // The client has a connection of its own: no thread of it helps the worker's.
  perdure::temporal_backend elsewhere{options_of_server()};
  perdure::client<perdure::temporal_backend> other{elsewhere};
  auto const held = other.start_workflow<holds_its_thread>(w.options());
  REQUIRE(stuck.reached(1));
  for (int i = 0; i < 10; ++i)
    CHECK(other.execute_workflow<quick>(i, w.options("other-" + std::to_string(i))) == i);
  let_go.add();
  CHECK(held.result()); // it did not wait in vain
}

} // namespace
