// Queries that wait for an answer. They are in no store: whoever asks waits, and asks again if the
// process dies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "perdure/engine/finding.hpp"
#include "perdure/engine/open_ids.hpp"
#include "perdure/engine/run_state.hpp"
#include "perdure/history/message_requests.hpp"

namespace perdure::inline v0::engine {

struct pending_query {
  enum class phase : std::uint8_t {
    waiting,  ///< For a workflow task to ride on, or for a worker.
    riding,   ///< On the workflow task of `lease`.
    asked,    ///< By a query task.
    answered, ///< By what is not known to be kept.
    done
  };
  std::uint64_t ticket{};
  run_number run{};
  std::uint32_t queue{};
  std::int64_t remote{}; ///< The backend's number of a query that another process asked; 0: none.
  phase now{phase::waiting};
  task_lease lease{};
  bool seen{false};                    ///< A worker has had it.
  time_point until{time_point::max()}; ///< Of a remote one: then nobody waits any more.
  workflow_query asked{};
  query_answer answer{};
};

/// Whether a query task is what answers: no workflow task is on its way that brings more.
[[nodiscard]] inline auto is_at_rest(run_state const& run) noexcept -> bool {
  if (!run.open()) return true;
  task_state const& task = run.live->task;
  if (task.now == task_state::phase::started || task.previous_started_event_id == 0) return false;
  return is_paused(run) || (task.now == task_state::phase::none && !run.live->task_needed);
}
/// Why a run's code cannot answer; empty: it can. As on a Temporal server, two failures suffice.
[[nodiscard]] inline auto why_unanswerable(run_state const& run) -> std::string {
  constexpr std::int32_t failing = 3;
  if (!run.open() || run.live->task.attempt < failing) return {};
  return "its workflow task keeps failing: " + run.live->task.last_failure;
}
/// Whether a run is one that the caller does not want to be asked.
[[nodiscard]] inline auto rules_out(query_reject_condition condition, run_state const& run) noexcept
    -> bool {
  using status = workflow_execution_status;
  if (run.open() || condition == query_reject_condition::none) return false;
  return condition == query_reject_condition::not_open ||
         (run.status != status::completed && run.status != status::continued_as_new);
}

/// The task that asks for a query's answer. A worker that holds the live run needs no events.
[[nodiscard]] inline auto make_query_task(run_state const& run, std::uint64_t worker,
                                          pending_query const& query) -> workflow_task {
  workflow_task given{};
  given.token = {run.number, 0, 0, 1, query.ticket};
  given.execution = run.execution;
  given.workflow_type = run.workflow_type;
  given.query = query.asked;
  if (run.open()) {
    task_state const& task = run.live->task;
    given.previous_started_event_id = task.previous_started_event_id;
    if (task.worker == worker) return given;
  } else {
    for (event const& e : run.history)
      if (e.type == event_type::workflow_task_completed)
        given.previous_started_event_id = e.as<events::workflow_task_completed>().started_event_id;
  }
  given.events = run.history.to_vector();
  return given;
}

/// The queries that wait in one process: a handful. Not thread-safe.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_query_book {
public:
  [[nodiscard]] auto empty() const noexcept -> bool { return queries_.empty(); }
  auto add(run_state const& run, workflow_query asked) -> pending_query& {
    pending_query& made = *queries_.emplace_back(std::make_unique<pending_query>());
    made.ticket = ++last_ticket_;
    made.run = run.number;
    made.queue = run.queue;
    made.asked = std::move(asked);
    return made;
  }
  void remove(pending_query const& query) noexcept {
    std::erase_if(queries_, [&](auto const& each) { return each.get() == &query; });
  }
  [[nodiscard]] auto find(std::uint64_t ticket) noexcept -> pending_query* {
    for (auto const& each : queries_)
      if (each->ticket == ticket) return each.get();
    return nullptr;
  }
  /// Whether a query of the queue has not been answered.
  [[nodiscard]] auto has_open(std::uint32_t queue) const noexcept -> bool {
    for (auto const& each : queries_)
      if (each->queue == queue && each->now < pending_query::phase::answered) return true;
    return false;
  }
  template <class F>
  void for_each(F&& f) {
    for (std::size_t i = 0; i < queries_.size(); ++i) f(*queries_[i]);
  }

  /// Adds to a workflow task that is handed out the queries of its run. Those that rode on an
  /// earlier one were not answered.
  void ride(workflow_task& task) {
    for (auto const& each : queries_) {
      if (each->run != task.token.run || each->now > pending_query::phase::riding) continue;
      each->now = pending_query::phase::riding;
      each->lease = task.token.lease;
      each->seen = true;
      task.queries.push_back(each->asked);
      task.queries.back().id = std::to_string(each->ticket);
    }
  }
  /// The next query of a queue for which a worker can be asked; null: none. `find_run(number)`.
  template <class FindRun>
  [[nodiscard]] auto next(std::uint32_t queue, FindRun&& find_run) -> pending_query* {
    for (auto const& each : queries_) {
      if (each->queue != queue || each->now > pending_query::phase::riding) continue;
      run_state const* const run = find_run(each->run);
      if (run != nullptr && is_at_rest(*run)) return each.get();
    }
    return nullptr;
  }

  /// Takes the answers that came with a workflow task's. The other queries on it wait on.
  void take(workflow_task_token const& task, std::vector<query_answer>&& answers) {
    for (query_answer& answer : answers)
      if (pending_query* const query = find(number_of(answer.id)))
        if (query->now == pending_query::phase::riding && query->lease == task.lease)
          set_answer(*query, std::move(answer));
    for (auto const& each : queries_)
      if (each->now == pending_query::phase::riding && each->lease == task.lease)
        each->now = pending_query::phase::waiting;
  }
  /// Takes the answer of a query task. False if nobody waits for it any more.
  auto take(workflow_task_token const& task, query_answer&& answer) -> bool {
    pending_query* const query = find(task.lease);
    if (query == nullptr || query->now != pending_query::phase::asked || query->run != task.run)
      return false;
    set_answer(*query, std::move(answer));
    return true;
  }
  /// Workers of a queue are gone, and may have taken what they were asked with them.
  void ask_again(std::uint32_t queue) noexcept {
    for (auto const& each : queries_)
      if (each->queue == queue && each->now == pending_query::phase::asked)
        each->now = pending_query::phase::waiting;
  }
  /// The run's code cannot answer.
  void fail(run_number run, std::string const& why) {
    for (auto const& each : queries_) {
      if (each->run != run || each->now > pending_query::phase::riding) continue;
      query_answer none{};
      none.failed.make().message = why;
      none.id = unanswerable;
      set_answer(*each, std::move(none));
    }
  }
  /// What the answers are based on is kept. True if there are new ones.
  auto release() noexcept -> bool {
    bool any = false;
    for (auto const& each : queries_)
      if (each->now == pending_query::phase::answered) {
        each->now = pending_query::phase::done;
        any = true;
      }
    return any;
  }
  /// Drops what was answered for other processes, or is not waited for any more.
  void drop_remote(time_point now) noexcept {
    std::erase_if(queries_, [&](auto const& each) {
      return each->remote != 0 && (each->now == pending_query::phase::done || each->until < now);
    });
  }
  /// It is not: they are asked again.
  void take_back() noexcept {
    for (auto const& each : queries_)
      if (each->now == pending_query::phase::answered) each->now = pending_query::phase::waiting;
  }

  /// The id of an answer that says why there is none.
  static constexpr char const* unanswerable = "unanswerable";

private:
  static void set_answer(pending_query& query, query_answer answer) {
    query.answer = std::move(answer);
    query.now = pending_query::phase::answered;
  }
  std::vector<std::unique_ptr<pending_query>> queries_;
  std::uint64_t last_ticket_{0};
};
using query_book = basic_query_book<void>;

} // namespace perdure::inline v0::engine
