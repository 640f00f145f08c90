// Queries on a backend in memory, and the waits of those who ask or update.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "perdure/backend/message_operations.hpp"
#include "perdure/data/detail/idle_wait.hpp"

namespace perdure::inline v0::detail {

/// What `basic_memory_backend` keeps for it; guarded by the backend's mutex.
struct memory_message_state {
  engine::query_book queries{};
  std::uint64_t news{0}; ///< Grows when some update has come further.
  std::condition_variable wakes{};
};

/// The half of a backend in memory that queries are: a friend of it, and no more than a name for
/// these functions.
template <class Backend>
struct memory_messages {
  Backend& backend;

  auto query(query_workflow_request const& request) -> query_result {
    std::unique_lock lock{backend.mutex_};
    backend.require_whole();
    engine::run_state& run = backend.engine_.find(request.execution);
    if (engine::rules_out(request.reject, run)) return {{}, {}, run.status};
    std::string const queue = run.started().task_queue.name.str();
    (void)engine::queue_of(backend.store_, run); // it may have moved since its last task
    engine::pending_query& asked =
        backend.messages_.queries.add(run, {{}, request.type, request.arguments, request.header});
    if (std::string const why = engine::why_unanswerable(run); !why.empty())
      backend.messages_.queries.fail(run.number, why);
    backend.messages_.queries.release();
    removal const own{backend, asked, lock};
    wait(lock, asked, request.timeout);
    return result_of_query(asked, request, queue);
  }

  /// A query for a worker to answer, if one can be asked. \pre locked
  [[nodiscard]] auto take(worker_link const& worker) -> std::optional<workflow_task> {
    auto& store = backend.store_;
    engine::pending_query* const next = backend.messages_.queries.next(
        worker.queue_number, [&](run_number run) { return store.find_run(run); });
    if (next == nullptr) return std::nullopt;
    next->now = engine::pending_query::phase::asked;
    next->seen = true;
    return engine::make_query_task(*store.find_run(next->run), worker.id, *next);
  }
  void answer(workflow_task_token const& task, query_answer&& given) {
    std::lock_guard const lock{backend.mutex_};
    if (!backend.messages_.queries.take(task, std::move(given)))
      throw error{errc::task_lost, "nobody waits for the answer of the query any more"};
    tell();
  }
  /// A workflow task was answered: so may be the queries on it, and others can be asked. \pre
  /// locked
  void after_task(workflow_task_token const& task, std::vector<query_answer>&& answers) {
    if (backend.messages_.queries.empty()) return;
    backend.messages_.queries.take(task, std::move(answers));
    engine::run_state const* const run = backend.store_.find_run(task.run);
    if (run == nullptr) return;
    if (std::string const why = engine::why_unanswerable(*run); !why.empty())
      backend.messages_.queries.fail(task.run, why);
    tell();
    wake(run->queue);
  }
  /// A worker is gone: what it was asked is asked again. \pre locked
  void after_worker(worker_link const& gone) {
    backend.messages_.queries.ask_again(gone.queue_number);
    if (!backend.messages_.queries.empty()) wake(gone.queue_number);
  }

  void tell_of_updates() noexcept {
    ++backend.messages_.news;
    backend.messages_.wakes.notify_all();
  }
  auto wait_for_news(std::uint64_t seen, std::optional<time_point> end) -> bool {
    std::unique_lock lock{backend.mutex_};
    auto const come = [&] { return backend.messages_.news != seen; };
    return idle_wait(backend.messages_.wakes, lock, come, end.value_or(time_point::max()));
  }

private:
  struct removal {
    Backend& backend;
    engine::pending_query& query;
    std::unique_lock<std::mutex>& lock;
    ~removal() {
      if (!lock.owns_lock()) lock.lock();
      backend.messages_.queries.remove(query);
    }
  };
  void wait(std::unique_lock<std::mutex>& lock, engine::pending_query const& asked,
            duration timeout) {
    auto const done = [&] { return asked.now == engine::pending_query::phase::done; };
    if (backend.is_virtual()) { // no time passes: whoever can answer does so now
      bool busy = true;
      while (!done() && busy) {
        lock.unlock();
        busy = typename Backend::driver{backend}.run_one();
        lock.lock();
      }
      return;
    }
    wake(asked.queue);
    idle_wait(backend.messages_.wakes, lock, done, *end_of_wait(std::max(timeout, duration{1})));
  }
  void tell() {
    if (backend.messages_.queries.release()) backend.messages_.wakes.notify_all();
  }
  void wake(std::uint32_t queue) {
    if (backend.messages_.queries.has_open(queue) && queue < backend.pollers_.size())
      backend.pollers_[queue].wakes.notify_one();
  }
};

} // namespace perdure::inline v0::detail
