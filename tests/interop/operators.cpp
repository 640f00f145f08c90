// What operators and accidents do to a run: resets, forks, pauses, tasks that fail, ends from
// outside. The same in Python: operators.py.
#include "interop/stage.hpp"

#include <stdexcept>

namespace interop {
namespace {

inline constexpr perdure::signal<int> add{"add"};

perdure::activity_options const quick{.start_to_close_timeout = std::chrono::minutes{1}};
auto price(int item) -> int { return item * 10; }

perdure::workflow<int> adds_up() {
  int sum = co_await perdure::execute_activity<price>(1, quick);
  sum += co_await perdure::receive(add);
  sum += co_await perdure::execute_activity<price>(2, quick);
  co_await perdure::sleep(1h);
  sum += co_await perdure::receive(add);
  co_return sum;
}

/// The id of the n-th completed workflow task of the run "w", from 0.
auto task_of(stage const& on, int n) -> perdure::event_id {
  for (auto const& each : on.client.get_handle("w").fetch_history().events)
    if (each.type == perdure::event_type::workflow_task_completed && n-- == 0) return each.id;
  throw std::runtime_error{"history has fewer workflow tasks"};
}

template <int Task>
void plays_reset(stage& on) {
  on.worker.add<adds_up, price>();
  auto const handle = on.start<adds_up>();
  handle.signal(add, 100);
  on.backend->advance(30min);
  handle.signal(add, 1000);
  on.settle();
  stage::finish(handle.reset(task_of(on, Task)));
}
void plays_fork(stage& on) {
  on.worker.add<adds_up, price>();
  auto const handle = on.start<adds_up>();
  handle.signal(add, 1);
  on.settle();
  auto const other = handle.fork(task_of(on, 1), "fork");
  handle.signal(add, 2);
  other.signal(add, 5);
  stage::finish(handle);
  stage::finish(other);
}
void plays_pause(stage& on) {
  on.worker.add<adds_up, price>();
  auto const handle = on.start<adds_up>();
  handle.signal(add, 1);
  on.settle();
  handle.pause();
  handle.signal(add, 2);
  on.backend->advance(2h);
  handle.unpause();
  stage::finish(handle);
}
template <bool Terminates>
void plays_end_from_outside(stage& on) {
  on.worker.add<adds_up, price>();
  auto const handle = on.start_with<adds_up>({.workflow_run_timeout = 1min});
  handle.signal(add, 1);
  on.backend->advance(10s);
  if (Terminates) handle.terminate("enough");
  stage::finish(handle);
}

int mistakes_left = 0;
perdure::workflow<int> mends_itself() {
  co_await perdure::sleep(1s);
  if (mistakes_left > 0) {
    --mistakes_left;
    throw std::runtime_error{"a mistake in the code, which a later deployment has mended"};
  }
  co_return co_await perdure::execute_activity<price>(3, quick);
}
void plays_failing_tasks(stage& on) {
  mistakes_left = 2;
  perdure::set_log_sink(nullptr);
  plays<mends_itself, price>(on);
  perdure::set_log_sink(&perdure::log_to_stderr);
}

} // namespace

auto operator_scenes() -> std::vector<scene> {
  return {
      {"reset_to_the_start", plays_reset<0>},
      {"reset_to_the_middle", plays_reset<1>},
      {"reset_to_the_timer", plays_reset<2>},
      {"forked", plays_fork},
      {"paused", plays_pause},
      {"terminated", plays_end_from_outside<true>},
      {"timed_out", plays_end_from_outside<false>},
      {"failing_tasks", plays_failing_tasks},
  };
}

} // namespace interop
