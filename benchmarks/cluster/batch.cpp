// README's batch against a Temporal server: a worker and a client in one process, which measures
// itself and checks results and histories. batch.py and go/ do the same with Temporal's SDKs.
//     benchmark_cluster_batch ADDRESS run N      one batch of N children
//     benchmark_cluster_batch ADDRESS waiting N  N workflows that wait, live in the worker's cache
// Prints one line of JSON. Ends with 1, saying why, if something is not as it must be.
#include <perdure/temporal.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "process.hpp"

namespace {

using namespace std::chrono_literals;

constexpr char const* queue = "batch-cpp";
constexpr std::size_t warm_up = 50; // children or workflows before anything is measured
constexpr std::size_t lanes = 16;   // calls of the client at a time

struct args {
  std::string arg1{}, arg2{};
};
struct activity_result {
  std::string arg1{}, arg2{};
  double random_val{};
};
struct workflow_result {
  activity_result result{};
};
struct batch_args {
  std::vector<args> inputs{};
};
struct batch_result {
  std::vector<workflow_result> results{};
};

auto my_good_activity(args a) -> activity_result {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return {a.arg1, a.arg2, std::uniform_real_distribution{}(engine)};
}

auto my_good_workflow(args a) -> perdure::workflow<workflow_result> {
  co_return {co_await perdure::execute_activity<my_good_activity>(
      {.arg1 = "activity arg1: " + a.arg1, .arg2 = "activity arg2: " + a.arg2},
      {.schedule_to_close_timeout = 60s})};
}

auto my_batch_workflow(batch_args a) -> perdure::workflow<batch_result> {
  std::vector<perdure::child_workflow_handle<workflow_result>> children;
  for (std::size_t i = 0; i < a.inputs.size(); ++i)
    children.push_back(perdure::start_child_workflow<my_good_workflow>(
        a.inputs[i], {.id = perdure::info().workflow_id + "/my_good_workflow_" + std::to_string(i),
                      .retry_policy = {.maximum_attempts = 3}}));
  auto results = co_await perdure::when_all(children);
  co_return {std::move(results)};
}

constexpr perdure::signal<std::string> go{"go"};

auto waiting(args a) -> perdure::workflow<std::string> {
  auto const said = co_await perdure::receive(go);
  co_return a.arg1 + said;
}

auto input_of(std::size_t i) -> args {
  return {"workflow arg1 of " + std::to_string(i), "workflow arg2 of " + std::to_string(i)};
}

void require(bool holds, std::string const& otherwise) {
  if (!holds) throw std::runtime_error{otherwise};
}

/// A server, and this process's worker on it.
struct world {
  explicit world(std::string const& address) : backend{options_of(address)} {
    worker.add<my_batch_workflow, my_good_workflow, my_good_activity, waiting>();
    worker.start();
  }
  static auto options_of(std::string const& address) -> perdure::temporal_options {
    perdure::temporal_options options{};
    options.address = address;
    return options;
  }

  perdure::temporal_backend backend;
  perdure::worker<perdure::temporal_backend> worker{backend, {.task_queue = queue}};
  perdure::client<perdure::temporal_backend> client{backend};
};

struct finished_batch {
  std::string id{};
  batch_result result{};
};

/// Runs one; the clock of the caller is around it.
auto run_batch(world& in, std::size_t count) -> finished_batch {
  batch_args given;
  for (std::size_t i = 0; i < count; ++i) given.inputs.push_back(input_of(i));
  std::string const id = "cpp-" + perdure::random_uuid() + "-" + std::to_string(count);
  auto result =
      in.client.execute_workflow<my_batch_workflow>(given, {.id = id, .task_queue = queue});
  return {id, std::move(result)};
}

void check_results(finished_batch const& done, std::size_t count) {
  auto const& results = done.result.results;
  require(results.size() == count, done.id + " has " + std::to_string(results.size()) + " results");
  for (std::size_t i = 0; i < count; ++i) {
    activity_result const& got = results[i].result;
    args const given = input_of(i);
    bool const is_right = got.arg1 == "activity arg1: " + given.arg1 &&
                          got.arg2 == "activity arg2: " + given.arg2 && got.random_val >= 0 &&
                          got.random_val < 1;
    require(is_right,
            done.id + ": result " + std::to_string(i) + " is " + perdure::to_text(results[i]));
  }
}

/// All children have completed once, and those that are looked at have done their activity.
void check_histories(world& in, std::string const& id, std::size_t count) {
  std::set<perdure::event_id> completed;
  for (perdure::event const& each : in.client.get_handle(id).fetch_history().events)
    if (each.type == perdure::event_type::child_workflow_execution_completed)
      completed.insert(
          each.as<perdure::events::child_workflow_execution_completed>().initiated_event_id);
  require(completed.size() == count,
          id + ": " + std::to_string(completed.size()) + " children have completed");
  for (std::size_t i = 0; i < count; i += (count + 9) / 10) {
    std::string const child = id + "/my_good_workflow_" + std::to_string(i);
    auto const ended =
        std::ranges::count(in.client.get_handle(child).fetch_history().events,
                           perdure::event_type::activity_task_completed, &perdure::event::type);
    require(ended == 1, child + " has " + std::to_string(ended) + " activities");
  }
}

void run(world& in, std::size_t count) {
  check_results(run_batch(in, warm_up), warm_up);
  bench::reset_resident_peak();
  double const began = bench::wall_seconds();
  double const cpu = bench::processor_seconds();
  finished_batch const done = run_batch(in, count);
  double const seconds = bench::wall_seconds() - began;
  double const used = bench::processor_seconds() - cpu;
  double const peak = bench::status_bytes("VmHWM");
  check_results(done, count);
  check_histories(in, done.id, count);
  auto const n = static_cast<double>(count);
  std::printf(R"({"n": %zu, "seconds": %.6f, "children_per_second": %.1f, )"
              R"("worker_cpu_seconds": %.6f, "cpu_us_per_child": %.1f, "peak_rss_bytes": %.0f})"
              "\n",
              count, seconds, n / seconds, used, used / n * 1e6, peak);
}

/// Calls `work(i)` for each i below `count`, several at a time. Throws what the first failure said.
template <class Work>
void in_parallel(std::size_t count, Work work) {
  std::array<std::string, lanes> failures;
  {
    std::vector<std::jthread> threads;
    for (std::size_t lane = 0; lane < lanes; ++lane)
      threads.emplace_back([&, lane] {
        try {
          for (std::size_t i = lane; i < count; i += lanes) work(i);
        } catch (std::exception const& why) {
          failures[lane] = why.what();
        }
      });
  }
  for (auto const& each : failures) require(each.empty(), each);
}

/// Comes back when all wait for their signal, in the worker's cache.
void start_waiting(world& in, std::string const& prefix, std::size_t count) {
  in_parallel(count, [&](std::size_t i) {
    (void)in.client.start_workflow<waiting>(
        input_of(i), {.id = prefix + std::to_string(i), .task_queue = queue});
  });
  auto const until = std::chrono::steady_clock::now() + 60s;
  while (in.worker.cached_workflows() < count) {
    require(std::chrono::steady_clock::now() < until,
            "only " + std::to_string(in.worker.cached_workflows()) + " are in the cache");
    std::this_thread::sleep_for(1ms);
  }
  // Cached is not answered: the server has the answers when it can give them in histories.
  in_parallel(count, [&](std::size_t i) {
    auto const handle = in.client.get_handle(prefix + std::to_string(i));
    while (handle.describe().history_length < 4) {
    } // each look is a call to the server
  });
}

void end_waiting(world& in, std::string const& prefix, std::size_t count) {
  in_parallel(count, [&](std::size_t i) {
    auto const handle = in.client.get_handle<waiting>(prefix + std::to_string(i));
    handle.signal(go, "!");
    std::string const result = handle.result();
    require(result == input_of(i).arg1 + "!", handle.id() + " gave '" + result + "'");
  });
}

void wait(world& in, std::size_t count) {
  std::string const prefix = "cpp-waiting-" + perdure::random_uuid() + "-";
  start_waiting(in, prefix + "first-", warm_up);
  end_waiting(in, prefix + "first-", warm_up);
  double const before = bench::resident_bytes();
  double const heap_before = bench::heap_bytes();
  std::size_t const counted_before = in.worker.cached_bytes();
  start_waiting(in, prefix, count);
  double const after = bench::resident_bytes();
  double const heap_after = bench::heap_bytes();
  std::size_t const counted = in.worker.cached_bytes() - counted_before;
  require(in.worker.cached_workflows() == count, "some have left the cache");
  end_waiting(in, prefix, count);
  auto const n = static_cast<double>(count);
  std::printf(R"({"n": %zu, "rss_before_bytes": %.0f, "rss_after_bytes": %.0f, )"
              R"("rss_bytes_per_workflow": %.0f, "heap_bytes_per_workflow": %.0f, )"
              R"("cached_bytes_per_workflow": %.0f})"
              "\n",
              count, before, after, (after - before) / n, (heap_after - heap_before) / n,
              static_cast<double>(counted) / n);
}

} // namespace

int main(int argument_count, char** arguments) {
  std::vector<std::string> const given(arguments + 1, arguments + argument_count);
  if (given.size() != 3 || (given[1] != "run" && given[1] != "waiting")) {
    std::cerr << "usage: benchmark_cluster_batch ADDRESS run|waiting N\n";
    return 2;
  }
  try {
    bench::check_no_lock_orders();
    world in{given[0]};
    std::size_t const count = std::stoul(given[2]);
    if (given[1] == "run")
      run(in, count);
    else
      wait(in, count);
  } catch (std::exception const& why) {
    std::cerr << "benchmark_cluster_batch: " << why.what() << '\n';
    return 1;
  }
  return 0;
}
