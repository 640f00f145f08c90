// What the tests of the SQLite backend run.
#pragma once

#include <perdure/sqlite.hpp>

#include <string>
#include <vector>

namespace perdure_test {

using namespace std::chrono_literals;

inline auto twice(int n) -> int { return 2 * n; }
inline auto one_step(int n) -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<twice>(n, {.start_to_close_timeout = 60s});
}
inline auto steps(int count) -> perdure::workflow<int> {
  int sum = 0;
  for (int i = 0; i < count; ++i)
    sum += co_await perdure::execute_activity<twice>(i, {.start_to_close_timeout = 60s});
  co_return sum;
}
inline auto fan_out(int count) -> perdure::workflow<int> {
  std::vector<perdure::child_workflow_handle<int>> children;
  for (int i = 0; i < count; ++i)
    children.push_back(perdure::start_child_workflow<one_step>(
        i, {.id = perdure::info().workflow_id + "/" + std::to_string(i)}));
  auto const results = co_await perdure::when_all(children);
  int sum = 0;
  for (int const each : results) sum += each;
  co_return sum;
}
inline constexpr perdure::signal<int> number{"number"};
inline auto waits_for_number() -> perdure::workflow<int> {
  int const first = co_await perdure::execute_activity<twice>(1, {.start_to_close_timeout = 60s});
  co_return first + co_await perdure::receive(number);
}

/// Starts a run for a worker by hand.
inline void start(perdure::sqlite_backend& backend, std::string const& id,
                  std::string const& queue = "tests") {
  perdure::start_workflow_request request{};
  request.workflow_id = id;
  request.workflow_type = "workflow";
  request.task_queue = queue;
  (void)backend.start_workflow(request);
}

/// A backend with a worker for the queue "tests", and a client.
struct durable_world {
  explicit durable_world(std::string const& path, perdure::sqlite_backend_options options = {})
      : backend{path, options} {
    worker.add<one_step, steps, fan_out, waits_for_number, twice>();
    worker.start();
  }
  perdure::sqlite_backend backend;
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "tests"}};
  perdure::client<perdure::sqlite_backend> client{backend};
};

} // namespace perdure_test
