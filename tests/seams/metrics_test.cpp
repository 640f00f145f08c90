// Goal: what happens is measured under the names that Temporal's users know, and once: not again in
// a replay.
#include "seams/seams_world.hpp"

#include <perdure/metric_store.hpp>

#include <memory>
#include <string>

namespace {

using namespace perdure_test;
using perdure::metric_store;

auto weigh(int kilos) -> int {
  if (kilos < 0) throw perdure::application_error{"negative", {.non_retryable = true}};
  perdure::metrics().observe("weight", kilos, {{"scale", "big"}});
  return kilos;
}

inline constexpr perdure::signal<> go{"go"};

auto weighs(int kilos) -> perdure::workflow<int> {
  perdure::metrics().count("asked", 1, {{"by", "workflow"}});
  co_await perdure::sleep(1h);
  perdure::metrics().count("slept", 2);
  perdure::metrics().set("level", kilos);
  (void)co_await perdure::execute_local_activity<weigh>(kilos, {.start_to_close_timeout = 1min});
  co_return co_await perdure::execute_activity<weigh>(kilos, {.start_to_close_timeout = 1min});
}

template <class Place>
void measures(std::size_t cached) {
  CAPTURE(cached);
  auto const store = std::make_shared<metric_store>();
  perdure::worker_options with{.max_cached_workflows = cached};
  with.metrics = store;
  seams_world<Place, weighs, weigh> w{with, {.metrics = store}};
  CHECK(w.template start<weighs>(7).result() == 7);

  // By user code: once, whether it was replayed or not.
  CHECK(store->value("asked", {{"by", "workflow"}, {"workflow_type", "weighs"}}) == 1);
  CHECK(store->value("slept", {{"task_queue", "tests"}}) == 2);
  CHECK(store->value("level") == 7);
  CHECK(store->find("weight", {{"scale", "big"}, {"activity_type", "weigh"}}).count == 2);

  metric_store::labels const workflow{{"workflow_type", "weighs"}, {"task_queue", "tests"}};
  CHECK(store->value("temporal_workflow_completed", workflow) == 1);
  CHECK(store->value("temporal_workflow_endtoend_latency", workflow) >= 3.6e6);
  CHECK(store->value("temporal_workflow_task_queue_poll_succeed", workflow) == 3);
  CHECK(store->find("temporal_workflow_task_execution_latency", workflow).count == 3);
  CHECK(store->find("temporal_workflow_task_schedule_to_start_latency", workflow).count == 3);
  CHECK(store->value("temporal_sticky_cache_hit") == (cached == 0 ? 0 : 2));
  CHECK(store->value("temporal_sticky_cache_miss") == (cached == 0 ? 2 : 0));
  metric_store::labels const activity{{"activity_type", "weigh"}, {"workflow_type", "weighs"}};
  CHECK(store->value("temporal_activity_task_received", activity) == 1);
  CHECK(store->find("temporal_activity_schedule_to_start_latency", activity).count == 1);
  CHECK(store->find("temporal_activity_execution_latency", activity).count == 1);
  CHECK(store->find("temporal_activity_succeed_endtoend_latency", activity).count == 1);
  CHECK(store->value("temporal_activity_execution_failed", activity) == 0);
  CHECK(store->value("temporal_local_activity_total", activity) == 1);
  CHECK(store->find("temporal_local_activity_succeed_endtoend_latency", activity).count == 1);
  CHECK(store->value("temporal_worker_task_slots_available", {{"worker_type", "ActivityWorker"}}) ==
        100);
  CHECK(store->value("temporal_worker_start") == 1);
  CHECK(store->value("temporal_request", {{"operation", "StartWorkflowExecution"}}) == 1);
  CHECK(store->value("temporal_request_failure") == 0);
}

TEST_CASE("workers, clients, workflows and activities measure, in memory", "[seams][metrics]") {
  measures<in_memory>(10'000);
  measures<in_memory>(0);
}
TEST_CASE("workers, clients, workflows and activities measure, in a file", "[seams][metrics]") {
  measures<in_file>(10'000);
  measures<in_file>(0);
}
TEST_CASE("workers, clients, workflows and activities measure, behind a codec",
          "[seams][metrics]") {
  measures<behind_codec>(10'000);
  measures<behind_codec>(0);
}

TEST_CASE("what fails is measured as such", "[seams][metrics]") {
  auto const store = std::make_shared<metric_store>();
  perdure::worker_options with{};
  with.metrics = store;
  seams_world<in_memory, weighs, weigh> w{with, {.metrics = store}};
  CHECK_THROWS_AS(w.start<weighs>(-1).result(), perdure::activity_error);
  CHECK(store->value("temporal_local_activity_execution_failed") == 1);
  CHECK(store->value("temporal_workflow_failed") == 1);
  CHECK(store->value("temporal_workflow_completed") == 0);
  auto const handle = w.start<weighs>(1); // the id is free again
  handle.cancel();
  CHECK_THROWS_AS(handle.result(), perdure::cancelled_error);
  CHECK(store->value("temporal_workflow_canceled") == 1);
  CHECK_THROWS_AS(handle.signal(go), perdure::error);
  CHECK(store->value("temporal_request_failure", {{"operation", "SignalWorkflowExecution"}}) == 1);
  CHECK(store->value("temporal_request_failure") == 1);
}

TEST_CASE("measurements without a sink, or outside of workers, are dropped", "[seams][metrics]") {
  perdure::metrics().count("nowhere");
  seams_world<in_memory, weighs, weigh> w{{}};
  CHECK(w.start<weighs>(3).result() == 3);
}

TEST_CASE("a metric store speaks Prometheus' text format", "[seams][metrics]") {
  metric_store store;
  perdure::metric_tag const tags[]{{"path", "a\"b\\c\nd"}, {"empty", ""}};
  store.record({perdure::metric_kind::counter, "orders.shipped", 2, tags});
  store.record({perdure::metric_kind::counter, "orders.shipped", 1, tags});
  store.record({perdure::metric_kind::gauge, "level", 0.5, {}});
  store.record({perdure::metric_kind::histogram, "wait", 7, {}});
  store.record({perdure::metric_kind::histogram, "wait", 1e9, {}});
  std::string const text = store.to_prometheus();
  CHECK(text.starts_with("# TYPE level gauge\nlevel 0.500000\n"
                         "# TYPE orders_shipped counter\n"
                         "orders_shipped{path=\"a\\\"b\\\\c\\nd\"} 3\n"
                         "# TYPE wait histogram\n"
                         "wait_bucket{le=\"1\"} 0\n"
                         "wait_bucket{le=\"5\"} 0\n"
                         "wait_bucket{le=\"10\"} 1\n"));
  CHECK(text.ends_with("wait_bucket{le=\"3600000\"} 1\nwait_bucket{le=\"+Inf\"} 2\n"
                       "wait_sum 1000000007\nwait_count 2\n"));
}

} // namespace
