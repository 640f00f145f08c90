// How a backend in memory hands out tasks.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "perdure/backend/activity_rate.hpp"
#include "perdure/backend/backend.hpp"
#include "perdure/backend/memory_messages.hpp"
#include "perdure/backend/poller_group.hpp"
#include "perdure/backend/unpolled_queues.hpp"
#include "perdure/engine/ledger.hpp"

namespace perdure::inline v0::detail {

/// The half of a backend in memory that tasks are: a friend of it, and no more than a name for
/// these functions. \pre locked
template <class Backend>
struct memory_tasks {
  Backend& backend;

  /// Children that stand in line start now: a client may ask for them, or nobody polls their queue.
  template <class Call>
  void start_children(Call& scope) {
    scope.step([&] {
      for (std::uint32_t queue = 0; queue < backend.store_.queues().size(); ++queue)
        start_children(scope, queue);
    });
  }
  template <class Call>
  void start_unpolled_children(Call& scope) {
    if (scope.news.tasks_added == 0) return;
    for (std::uint32_t queue = 0; queue < backend.store_.queues().size(); ++queue)
      if (!has_worker(backend.workers_, queue)) start_children(scope, queue);
  }
  /// The next task that counts and that the worker has room for.
  [[nodiscard]] auto take(worker_link& worker, poll_request request) -> polled_task {
    auto& queues = backend.store_.queues();
    poller_group& group = backend.pollers_[worker.queue_number];
    request.workflow_tasks = request.workflow_tasks && worker.take_workflow_slot();
    slots_in_hand slots{worker, request.workflow_tasks};
    polled_task task{};
    if (request.workflow_tasks && !backend.messages_.queries.empty())
      if (auto query = memory_messages<Backend>{backend}.take(worker)) {
        slots.workflow = false;
        return std::move(*query);
      }
    auto& rate = queues[worker.queue_number].rate;
    slots.activity = request.activity_tasks &&
                     take_activity_slot(worker, rate, [this] { return backend.clock(); });
    bool const slot = slots.activity;
    while (auto const queued =
               backend.store_.pop_task(worker.queue_number, request.workflow_tasks, slot)) {
      if (queued->what == engine::queued_task::kind::start_child) {
        engine::notices news{};
        backend.engine_.start_child(backend.clock(), *queued, news, request.workflow_tasks);
        backend.pass_on(news, &worker);
        continue;
      }
      if (!start(worker, *queued, task)) continue; // it no longer counts
      // Whoever takes a task wakes one more if there is more to do.
      if (group.waiting > 0 && queues[worker.queue_number].size() > 0) group.wakes.notify_one();
      break;
    }
    if (std::holds_alternative<activity_task>(task)) {
      slots.activity = false;
      if (rate) rate->take(worker.asked_at);
    }
    if (std::holds_alternative<workflow_task>(task)) slots.workflow = false;
    return task;
  }

private:
  template <class Call>
  void start_children(Call& scope, std::uint32_t queue) {
    while (auto const queued = backend.store_.pop_start(queue))
      backend.engine_.start_child(scope.now, *queued, scope.news);
  }
  [[nodiscard]] auto start(worker_link const& worker, engine::queued_task const& queued,
                           polled_task& given) -> bool {
    bool const of_workflow = queued.what == engine::queued_task::kind::workflow;
    auto& engine = backend.engine_;
    bool const counts =
        of_workflow ? engine.poll_workflow_task(backend.clock(), queued, worker.id, worker.identity,
                                                given.emplace<workflow_task>())
                    : engine.poll_activity_task(backend.clock(), queued, worker.identity,
                                                given.emplace<activity_task>());
    if (counts && of_workflow) backend.messages_.queries.ride(std::get<workflow_task>(given));
    if (!counts) given = {};
    backend.wake_timekeeper();
    return counts;
  }
};

} // namespace perdure::inline v0::detail
