// What the operations of a random program are about. Every number is drawn in a statement of its
// own or in braces: the order in which arguments are evaluated differs between compilers, and a
// seed means one program.
#include "conformance/differential/subject.hpp"

#include <utility>

namespace perdure_test::conformance {

using namespace std::chrono_literals;
namespace e = perdure::events;

auto subject::any_start(dice& random) -> perdure::start_workflow_request {
  perdure::start_workflow_request request{};
  request.workflow_id = "w" + std::to_string(random.roll(4));
  request.workflow_type = random.chance(50) ? "big" : "small";
  request.task_queue = random.chance(75) ? "q0" : "q1";
  request.input = perdure::to_payloads(random.roll(1'000));
  request.id_reuse_policy = static_cast<perdure::workflow_id_reuse_policy>(random.roll(5));
  request.id_conflict_policy = static_cast<perdure::workflow_id_conflict_policy>(random.roll(4));
  if (random.chance(20))
    request.workflow_run_timeout = random.pick<perdure::duration>({5s, 30s, 10min});
  if (random.chance(10)) request.workflow_execution_timeout = 1min;
  if (random.chance(20)) request.workflow_task_timeout = 3s;
  if (random.chance(10)) request.start_delay = 2s;
  if (random.chance(30)) request.retry_policy = {.initial_interval = 1s, .maximum_attempts = 3};
  if (random.chance(20)) request.request_id = "request" + std::to_string(random.roll(3));
  if (random.chance(20))
    request.memo = perdure::payload_map{{"memo", perdure::to_payloads(random.roll(9))[0]}};
  if (random.chance(2)) request.task_queue = "";
  return request;
}
auto subject::any_target(dice& random) -> perdure::workflow_execution {
  if (!runs_.empty() && random.chance(30)) return runs_[random.roll(runs_.size())];
  if (random.chance(2)) return {"w0", "no such run"};
  std::size_t const ids = random.chance(80) ? 3 : 4;
  auto const number = std::to_string(random.roll(ids));
  return {(random.chance(75) ? "w" : "kid") + number, {}};
}
auto subject::any_filter(dice& random) -> perdure::list_filter {
  perdure::list_filter filter{};
  if (random.chance(30)) filter.workflow_type = "big";
  if (random.chance(30)) filter.task_queue = "q0";
  if (random.chance(30)) filter.workflow_id_prefix = random.chance(50) ? "w" : "kid";
  if (random.chance(30))
    filter.status = static_cast<perdure::workflow_execution_status>(random.roll(9));
  if (random.chance(30)) filter.order = perdure::list_order::newest_first;
  if (random.chance(20)) filter.started_from = backend_->now() - 1s * random.roll(1'000);
  if (random.chance(20)) filter.closed_before = backend_->now() - 1s * random.roll(1'000);
  if (random.chance(20)) filter.parent = any_target(random);
  filter.page_size = 1 + random.roll(7);
  return filter;
}

auto subject::any_commands(dice& random, perdure::workflow_task const& task)
    -> std::vector<perdure::command> {
  std::vector<perdure::event> seen;
  try {
    seen = backend_->read_history(task.token);
  } catch (perdure::error const&) {
    // Its run is gone.
  }
  std::vector<perdure::command> decided;
  for (std::size_t left = random.roll(5); left > 0; --left)
    decided.push_back(any_command(random, seen));
  if (!random.chance(35)) return decided;
  switch (random.roll(4)) {
  case 0: decided.push_back(commands::complete(perdure::to_payloads(random.roll(9)))); break;
  case 1: decided.push_back(commands::fail(application_failure("Odd", random.chance(30)))); break;
  case 2: decided.push_back(commands::cancel()); break;
  default: decided.push_back(commands::continue_as_new(random.chance(75) ? "q0" : "q1")); break;
  }
  return decided;
}

auto subject::any_command(dice& random, std::vector<perdure::event> const& seen)
    -> perdure::command {
  auto const begun = [&](perdure::event_type type) -> perdure::event_id {
    std::vector<perdure::event_id> ids;
    for (auto const& each : seen)
      if (each.type == type) ids.push_back(each.id);
    return ids.empty() ? 3 : random.pick(ids); // 3: no activity and no timer
  };
  auto const id = [&] {
    return random.chance(90) ? std::to_string(++fresh_) : "id" + std::to_string(random.roll(3));
  };
  auto const queue = [&] { return std::string{random.chance(75) ? "q0" : "q1"}; };
  switch (random.roll(12)) {
  case 0:
  case 1:
  case 2: {
    perdure::activity_options options{};
    options.start_to_close_timeout = random.pick<perdure::duration>({3s, 20s, 1h});
    if (random.chance(30)) options.schedule_to_close_timeout = 30s;
    if (random.chance(20)) options.schedule_to_start_timeout = 5s;
    if (random.chance(30)) options.heartbeat_timeout = 2s;
    if (random.chance(50))
      options.retry_policy = {.initial_interval = 1s,
                              .maximum_attempts = static_cast<std::uint32_t>(1 + random.roll(3)),
                              .non_retryable_error_types = {"Bad"}};
    auto const activity = id();
    return commands::activity(activity, options, queue());
  }
  case 3: return commands::cancel_activity(begun(perdure::event_type::activity_task_scheduled));
  case 4:
  case 5: {
    auto const timer = id();
    return commands::timer(timer, random.pick<perdure::duration>({0s, 1s, 1s, 5s, 10s, 1h}));
  }
  case 6: return commands::cancel_timer("t", begun(perdure::event_type::timer_started));
  case 7:
  case 8: {
    auto const kid = "kid" + std::to_string(random.roll(3));
    auto asked = commands::child(kid, queue());
    auto& child = asked.attributes.edit<e::start_child_workflow_execution_initiated>();
    child.parent_close_policy = static_cast<perdure::parent_close_policy>(random.roll(4));
    child.workflow_id_reuse_policy = static_cast<perdure::workflow_id_reuse_policy>(random.roll(5));
    if (random.chance(20)) child.workflow_run_timeout = 20s;
    if (random.chance(20))
      child.retry_policy = perdure::retry_policy{.initial_interval = 1s, .maximum_attempts = 2};
    return asked;
  }
  case 9: {
    auto const target = any_target(random);
    return commands::signal(target, "s", perdure::to_payloads(random.roll(9)));
  }
  case 10: return commands::cancel_workflow(any_target(random), "please");
  default: return commands::marker("marker");
  }
}

auto subject::any_event(dice& random, perdure::workflow_execution const& run) -> perdure::event_id {
  std::vector<perdure::event_id> ids;
  try {
    for (auto const& each : backend_->read_history(run).events)
      if (each.type == perdure::event_type::workflow_task_started ||
          each.type == perdure::event_type::workflow_task_completed || random.chance(5))
        ids.push_back(each.id);
  } catch (perdure::error const&) {
    // There is no such run.
  }
  return ids.empty() ? 3 : random.pick(ids);
}

} // namespace perdure_test::conformance
