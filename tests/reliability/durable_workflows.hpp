// The workflow that carries out a job, and its activities.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <perdure/perdure.hpp>

#include "durable_program.hpp"

namespace reliability {

inline constexpr perdure::signal<int> note{"note"};

struct work_order {
  std::int64_t value{};
  int failures{}; ///< So many attempts fail.
};

/// Where activities write down that they ran: -1 for nowhere.
inline int side_log_file = -1;

/// Does what cannot be undone: a line in a file that is no part of the database.
inline auto work(work_order order) -> std::int64_t {
  auto const info = perdure::activity_info_now();
  if (side_log_file >= 0) {
    std::string const line = "ran " + info.workflow_run_id + " " + info.activity_id + " " +
                             std::to_string(info.attempt) + "\n";
    (void)!write(side_log_file, line.data(), line.size());
  }
  if (info.attempt <= order.failures) throw perdure::application_error{"not yet"};
  return activity_value(order.value);
}

inline auto work_options() -> perdure::activity_options {
  perdure::activity_options options{};
  options.start_to_close_timeout = std::chrono::seconds{60};
  options.retry_policy.initial_interval = std::chrono::milliseconds{1};
  options.retry_policy.backoff_coefficient = 1;
  return options;
}

auto carry_out(job mine) -> perdure::workflow<std::int64_t>;

inline auto run_parallel(step s) -> perdure::workflow<std::vector<std::int64_t>> {
  std::vector<perdure::activity_handle<std::int64_t>> started;
  for (int n = 0; n < s.count; ++n)
    started.push_back(perdure::start_activity<work>(work_order{s.value + n, 0}, work_options()));
  auto got = co_await perdure::when_all(started);
  co_return got;
}

inline auto run_children(job mine, int at) -> perdure::workflow<std::vector<std::int64_t>> {
  std::vector<perdure::child_workflow_handle<std::int64_t>> started;
  for (int n = 0; n < mine.steps[static_cast<std::size_t>(at)].count; ++n) {
    job child = child_job(mine, at, n);
    perdure::child_workflow_options options{};
    options.id = child.name;
    started.push_back(perdure::start_child_workflow<carry_out>(std::move(child), options));
  }
  auto got = co_await perdure::when_all(started);
  co_return got;
}

/// One step, from the value before it to the value after it.
inline auto run_step(job const& mine, int at) -> perdure::workflow<std::int64_t> {
  step const s = mine.steps[static_cast<std::size_t>(at)];
  std::int64_t v = mine.so_far;
  std::vector<std::int64_t> got;
  switch (s.what) {
  case step_kind::activity:
    got.push_back(co_await perdure::execute_activity<work>(work_order{s.value, 0}, work_options()));
    break;
  case step_kind::retried:
    got.push_back(
        co_await perdure::execute_activity<work>(work_order{s.value, s.count}, work_options()));
    break;
  case step_kind::parallel: got = co_await run_parallel(s); break;
  case step_kind::children: got = co_await run_children(mine, at); break;
  case step_kind::sleep:
    co_await perdure::sleep(std::chrono::milliseconds{s.value});
    got.push_back(2);
    break;
  case step_kind::signals:
    for (int n = 0; n < s.count;) {
      int const value = co_await perdure::receive(note);
      if (value < s.value + n) continue; // sent again by a client that was told of an error
      got.push_back(value);
      ++n;
    }
    break;
  case step_kind::local: {
    int const value = s.value;
    got.push_back(co_await perdure::side_effect([value] { return local_value(value); }));
    break;
  }
  case step_kind::start_anew: break;
  }
  for (std::int64_t const each : got) v = mix(v, each);
  co_return v;
}

inline auto carry_out(job mine) -> perdure::workflow<std::int64_t> {
  for (; mine.next < static_cast<int>(mine.steps.size()); ++mine.next) {
    if (mine.steps[static_cast<std::size_t>(mine.next)].what == step_kind::start_anew) {
      mine.so_far = mix(mine.so_far, 3);
      ++mine.next;
      co_await perdure::continue_as_new<carry_out>(mine);
    }
    mine.so_far = co_await run_step(mine, mine.next);
  }
  if (mine.last == ending::fails)
    throw perdure::application_error{"value " + std::to_string(mine.so_far)};
  if (mine.last == ending::is_cancelled) co_await perdure::sleep(std::chrono::hours{1000});
  if (mine.last == ending::cleans_up) {
    auto const slept = co_await perdure::as_outcome(perdure::sleep(std::chrono::hours{1000}));
    if (slept) throw perdure::application_error{"nobody cancelled it"};
    auto const cleaned =
        co_await perdure::execute_activity<work>(work_order{cancelled_value, 0}, work_options());
    mine.so_far = mix(mine.so_far, cleaned);
  }
  co_return mine.so_far;
}

} // namespace reliability
