// The program that the library is for, on a real server; with a cache and without.
#include "cluster/cluster_world.hpp"

#include <numeric>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace perdure_test;
using perdure::event_type;

struct piece {
  int number{};
  std::string text{};
};

auto twice(piece one) -> piece { return {2 * one.number, one.text + one.text}; }

perdure::workflow<piece> child(piece one) {
  co_return co_await perdure::execute_activity<twice>(one, {.schedule_to_close_timeout = 60s});
}

perdure::workflow<int> fan_out(int count) {
  std::vector<perdure::child_workflow_handle<piece>> children;
  for (int i = 0; i < count; ++i) {
    piece const one{i, "a"};
    children.push_back(perdure::start_child_workflow<child>(
        one, {.id = perdure::info().workflow_id + "/" + std::to_string(i)}));
  }
  auto const results = co_await perdure::when_all(children);
  int sum = 0;
  for (piece const& each : results) sum += each.number;
  co_return sum;
}

TEST_CASE("a batch of children is run, and its history is complete and replays",
          "[cluster][children]") {
  cluster_world<fan_out, child, twice> w;
  CHECK(w.run<fan_out>(50) == 50 * 49);
  CHECK(w.count(event_type::child_workflow_execution_completed) == 50);
  w.check_replay();
}

TEST_CASE("a worker that keeps no runs replays each of them for every task",
          "[cluster][children]") {
  cluster_world<fan_out, child, twice> w{{.max_cached_workflows = 0}};
  CHECK(w.run<fan_out>(10) == 90);
  CHECK(w.worker.cached_workflows() == 0);
}

TEST_CASE("a worker with one slot of each kind gets everything done", "[cluster][slots]") {
  cluster_world<fan_out, child, twice> w{
      {.max_concurrent_workflow_tasks = 1, .max_concurrent_activities = 1}};
  CHECK(w.run<fan_out>(10) == 90);
}

TEST_CASE("a worker that begins few activities in a second begins them all", "[cluster][rate]") {
  cluster_world<fan_out, child, twice> w{{.max_activities_per_second = 20}};
  CHECK(w.run<fan_out>(10) == 90);
}

perdure::workflow<int> long_one(int steps) {
  int sum = 0;
  for (int i = 0; i < steps; ++i) {
    piece const one{i, "b"};
    piece const result =
        co_await perdure::execute_activity<twice>(one, {.schedule_to_close_timeout = 60s});
    sum += result.number;
  }
  co_return sum;
}

auto square(int value) -> int { return value * value; }
auto add(int total, int value) -> int { return total + value; }
perdure::workflow<int> in_shards(int count) {
  std::vector<int> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(i % 100);
  int const sum = co_await perdure::map_reduce<square, add>(
      inputs, 0, {}, {.start_to_close_timeout = 60s});
  auto const all = co_await perdure::map<square>(
      std::vector<int>(2'001, 2), {.max_concurrency = 200}, {.start_to_close_timeout = 60s});
  co_return sum + static_cast<int>(all.size());
}
TEST_CASE("a map over 5,000 inputs leaves a short history", "[cluster][map]") {
  cluster_world<in_shards, square> w;
  CHECK(w.run<in_shards>(5'000) == 50 * 328'350 + 2'001);
  CHECK(w.history().events.size() < 100);
  w.check_replay();
}

TEST_CASE("a run whose history has many pages is replayed by a worker that comes later",
          "[cluster][history]") {
  cluster_world<long_one, twice> w{{.max_cached_workflows = 0}};
  CHECK(w.run<long_one>(60) == 60 * 59);
  CHECK(w.history().events.size() > 300);
  w.check_replay();
}

TEST_CASE("a worker that only has activities takes no workflow tasks", "[cluster][worker]") {
  cluster_world<long_one> code;
  perdure::worker<perdure::temporal_backend> hands{code.backend, {.task_queue = code.queue()}};
  hands.add<twice>();
  hands.start();
  CHECK(code.run<long_one>(3) == 6);
  CHECK(hands.cached_workflows() == 0);
}

TEST_CASE("a worker that stops leaves its runs to the next one", "[cluster][worker]") {
  perdure::temporal_backend backend{options_of_server()};
  perdure::client const client{backend};
  std::string const name = perdure::random_uuid();
  auto const serve = [&] {
    auto made = std::make_unique<perdure::worker<perdure::temporal_backend>>(
        backend, perdure::worker_options{.task_queue = name});
    made->add<fan_out, child, twice>();
    made->start();
    return made;
  };
  auto first = serve();
  auto const handle = client.start_workflow<fan_out>(60, {.id = name, .task_queue = name});
  while (handle.describe().history_length < 20) std::this_thread::yield();
  first->stop();
  auto const second = serve();
  CHECK(handle.result() == 60 * 59);
}

} // namespace
