// The backend under an explored run: in memory, in virtual time, and time passes when it is told
// to.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/memory_backend.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/log.hpp"
#include "perdure/testing/explorer_program.hpp"

namespace perdure::inline v0::detail {

/// What it looks at in a backend, and does there, that no client can. On one thread.
struct explorer_access {
  template <class Backend>
  [[nodiscard]] static auto store(Backend& backend) -> auto& {
    return backend.store_;
  }
  /// The next deadline; the end of time if there is none.
  template <class Backend>
  [[nodiscard]] static auto next_deadline(Backend& backend) -> time_point {
    return backend.store_.next_deadline().value_or(time_point::max());
  }
  /// Time passes until then, and one deadline, if one is due, is met.
  template <class Backend>
  static void pass_time(Backend& backend, time_point to) {
    if (to > backend.virtual_now_) backend.virtual_now_ = to;
    step(backend, [](auto& engine, time_point now, auto& news) { engine.fire_next(now, news); });
  }
  /// The worker that holds the task of that lease is gone.
  template <class Backend>
  static void take_back(Backend& backend, run_number run, task_lease lost) {
    step(backend, [&](auto& engine, time_point now, auto& news) {
      if (engine::run_state* const found = backend.store_.find_run(run))
        engine.take_back(now, *found, [&](task_lease lease) { return lease == lost; }, news);
    });
  }

private:
  template <class Backend, class F>
  static void step(Backend& backend, F&& act) {
    backend.change(embedded_operations<basic_memory_backend<void>>::children::wait,
                   [&](auto& engine, time_point now, auto& news) { act(engine, now, news); });
  }
};

/// A backend whose answers of workflow tasks are looked at, or lost.
class explorer_backend final : public basic_memory_backend<void> {
public:
  explorer_backend() : basic_memory_backend{{.clock = clock_mode::virtual_time, .seed = 1}} {}

  bool loses_next_answer{false};
  std::optional<exploration_fault> fault{};
  std::string problem{};
  std::vector<std::string> refusals{};

  // These hide those of the base, for the worker's side is a template over this class.
  void complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                              workflow_task_completion answer) {
    if (std::exchange(loses_next_answer, false))
      return explorer_access::take_back(base(), token.run, token.lease);
    for (update_message const& each : answer.updates)
      if (each.what == update_message::kind::rejection)
        refusals.push_back(each.outcome.failure ? describe(*each.outcome.failure) : std::string{});
    basic_memory_backend::complete_workflow_task(worker, token, std::move(answer));
  }
  void fail_workflow_task(worker_link&, workflow_task_token const&, workflow_task_failure answer) {
    fault = answer.cause == workflow_task_failed_cause::non_deterministic_error
                ? exploration_fault::divergence
                : exploration_fault::task_failed;
    problem = describe_with_place(answer.reason);
  }
  [[nodiscard]] auto base() noexcept -> basic_memory_backend& { return *this; }
};

/// Keeps the log quiet, process-wide, while it lives, but for calls of destructors during
/// evictions, which it counts.
class explorer_quiet {
public:
  explorer_quiet() {
    auto& target = log_destination();
    std::lock_guard const lock{target.mutex};
    sink_ = std::exchange(target.sink, &look);
    least_ = target.least.exchange(log_level::warning);
    calls() = {};
  }
  explorer_quiet(explorer_quiet const&) = delete;
  auto operator=(explorer_quiet const&) -> explorer_quiet& = delete;
  ~explorer_quiet() { set_log_sink(sink_, least_); }

  /// What destructors called since the last time; empty: nothing.
  [[nodiscard]] static auto take_calls() -> std::string { return std::exchange(calls(), {}); }

private:
  [[nodiscard]] static auto calls() -> std::string& {
    static thread_local std::string text;
    return text;
  }
  static void look(log_record const& record) {
    std::string call;
    std::string at;
    for (log_field const& each : record.fields) {
      if (each.name == "first_call") call = each.value;
      if (each.name == "at") at = each.value;
    }
    if (!call.empty() && calls().empty())
      calls() = "a destructor called perdure::" + call + " while its run was evicted, at " + at +
                ": on an eviction that has no effect, so it must not be needed";
  }

  log_sink sink_{nullptr};
  log_level least_{};
};

} // namespace perdure::inline v0::detail
