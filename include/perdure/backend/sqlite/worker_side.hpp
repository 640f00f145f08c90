// The workers' side of a backend in a file: attaching, polling, answers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/activity_rate.hpp"
#include "perdure/backend/poller_group.hpp"
#include "perdure/backend/sqlite/query_side.hpp"
#include "perdure/backend/unpolled_queues.hpp"
#include "perdure/data/detail/idle_wait.hpp"

namespace perdure::inline v0::sqlite {

/// What a backend offers to workers. A poll takes part in the open transaction; what it gives out
/// was kept, but for workflow tasks, whose code runs ahead.
template <class Unused>
class worker_side : protected query_side<Unused> {
  using answer_kind = activity_answer::kind;

public:
  using query_side<Unused>::answer_query_task, query_side<Unused>::query_side;

  /// Lets a worker poll. True if the backend will drive it itself, so that it needs no threads.
  auto attach(worker_link& worker) -> bool {
    try {
      this->perform([&](engine::notices& news) {
        if (this->store_.member() == 0) this->join();
        worker.queue_number =
            queue_of_worker(this->engine_, this->store_, this->clock(), worker, news);
        if (perdure::detail::set_rate(this->store_.tasks().loaded(worker.queue_number).rate,
                                      worker))
          this->store_.tasks().note_rate(worker.queue_number);
      });
      return begin_polling(worker);
    } catch (...) {
      std::lock_guard const lock{this->mutex_};
      leave_unsaid(worker);
      throw;
    }
  }
  /// When the disk fails, what the worker held is taken back as if this process had died.
  void detach(worker_link& worker) {
    stop_polling(worker);
    try {
      this->perform([&](engine::notices& news) {
        this->apply_answers();
        remove(worker);
        this->after_worker(worker.queue_number);
        if (!this->store_.queues()[worker.queue_number].polled)
          while (auto const child = this->store_.tasks().pop_start(worker.queue_number))
            this->engine_.start_child(this->clock(), *child, news); // nobody may ever poll there
        if (!this->workers_.empty() || this->store_.member() == 0) return;
        this->take_back_from(this->store_.member(), news);
        this->store_.leave();
      });
    } catch (std::exception const& why) {
      std::lock_guard const lock{this->mutex_};
      leave_unsaid(worker);
      report_unanswered(why);
    }
  }
  /// Makes the worker's polls return empty-handed, now and from now on. Attempts that it has been
  /// given and has not begun go back into their queue (when the disk fails: some time later).
  void stop_polling(worker_link& worker) {
    std::vector<handed_out> unbegun;
    {
      std::unique_lock lock{this->mutex_};
      worker.stopping = true;
      this->pollers_[worker.queue_number].wakes.notify_all();
      (void)this->commit(lock); // what the open transaction hands out is withdrawn too
      try {
        unbegun = this->desk_.withdraw(&worker);
      } catch (...) { // no memory
        this->desk_.drop(worker, [&](activity_task_token const& each) {
          worker.free_activity_slot();
          lose({each.run, each.lease});
        });
      }
      for (std::size_t i = 0; i < unbegun.size(); ++i) worker.free_activity_slot();
    }
    if (!unbegun.empty()) give_back(unbegun);
  }
  [[nodiscard]] auto poll(worker_link& worker, poll_request request) -> polled_task {
    time_point const overdue = this->clock() - this->options_.commit_delay;
    if (request.activity_tasks)
      if (auto ready = this->desk_.take(worker, overdue)) return std::move(*ready);
    auto lock = this->enter();
    duration pause{};
    bool woken = false;
    while (!worker.stopping) {
      try {
        polled_task task = try_poll(lock, worker, request, std::exchange(woken, false));
        if (pause != duration{}) this->wake_to_look(); // what went back then is there to take
        if (task.index() != 0) return task;
        pause = {};
      } catch (std::exception const& why) {
        if (!request.wait) throw;
        pause = after_fault(why, pause);
      }
      if (!request.wait || worker.stopping) break;
      duration wait = pause;
      if (worker.ready_at != time_point::max())
        wait = std::max(worker.ready_at - this->clock(), duration{1});
      wait_for_work(lock, this->pollers_[worker.queue_number], wait);
      woken = true;
      if (request.activity_tasks)
        if (auto ready = this->desk_.take(worker, time_point::min())) return std::move(*ready);
    }
    return {};
  }
  /// All events of the run that a workflow task is for, up to the task's own.
  [[nodiscard]] auto read_history(workflow_task_token const& task) -> std::vector<event> {
    std::vector<event> events;
    this->take_part([&](engine::notices&) {
      engine::run_state const* const run = this->store_.find_run(task.run);
      if (run == nullptr) throw error{errc::task_lost, "the run of the workflow task is gone"};
      events = run->history.to_vector();
    });
    return events;
  }
  void complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                              workflow_task_completion answer) {
    answer_task(token, [&](engine::notices& news) {
      if (this->sizes_.measures()) [[unlikely]]
        if (auto const why = this->sizes_.why_refused(answer); !why.empty())
          return refuse(worker, token, why, news);
      auto said = std::move(answer.queries);
      this->engine_.complete_workflow_task(this->clock(), token, std::move(answer), news);
      this->after_task(token, std::move(said), news);
    });
  }
  void fail_workflow_task(worker_link&, workflow_task_token const& token,
                          workflow_task_failure answer) {
    std::string const why = answer.reason.message;
    answer_task(token, [&](engine::notices& news) {
      this->engine_.fail_workflow_task(this->clock(), token, std::move(answer), news);
      this->after_task(token, {}, news);
      engine::run_state const& run = *this->store_.find_run(token.run);
      if (run.open() && run.live->task.attempt > this->options_.task_attempts_max)
        failing_task_ = "workflow '" + run.execution.workflow_id.str() +
                        "' keeps failing its workflow task: " + why;
    });
  }
  void complete_activity(activity_answerer who, activity_task_token const& token, payloads result) {
    answer_activity(who, {answer_kind::completed, token, std::move(result), {}});
  }
  void fail_activity(activity_answerer who, activity_task_token const& token, failure why) {
    answer_activity(who, {answer_kind::failed, token, {}, std::move(why)});
  }
  void cancel_activity(activity_answerer who, activity_task_token const& token, payloads details,
                       failure why) {
    answer_activity(who, {answer_kind::cancelled, token, std::move(details), std::move(why)});
  }
  [[nodiscard]] auto record_heartbeat(activity_task_token const& token, payloads details) -> bool {
    bool stop = false;
    this->perform([&](engine::notices&) {
      stop = this->engine_.record_heartbeat(this->clock(), token, details);
    });
    return stop;
  }

private:
  /// The worker is known to the file. True if it is driven.
  auto begin_polling(worker_link& worker) -> bool {
    std::lock_guard const lock{this->mutex_};
    while (this->pollers_.size() <= worker.queue_number) this->pollers_.emplace_back();
    this->workers_.push_back(&worker);
    worker.stopping = false;
    auto& queue = this->store_.queues()[worker.queue_number];
    queue.polled = true;
    queue.reported = false;
    this->pollers_[worker.queue_number].look = true;
    this->messages_.others_ask = true;
    if (this->is_virtual()) return true;
    this->keeper_.start();
    return false;
  }
  // ------------------------------------------------------------------------------------ polling
  /// One look for work. Takes part in the open transaction, and ends it if nobody works on in it.
  [[nodiscard]] auto try_poll(std::unique_lock<std::mutex>& lock, worker_link& worker,
                              poll_request request, bool woken) -> polled_task {
    constexpr std::size_t tasks_max = 2'000; // in one transaction
    auto& group = this->pollers_[worker.queue_number];
    if (this->is_virtual() || !request.wait) group.look = true; // the caller tries until no more
    while (std::exchange(woken, false) || this->store_.is_open() || group.look ||
           this->desk_.has_answers()) {
      this->begin();
      polled_task task{};
      try {
        this->apply_answers();
        this->start_unpolled_children();
        bool const full = this->batch_.tasks >= tasks_max;
        if (!full) task = take_task(worker, request);
        group.look = full || task.index() != 0; // there may be more
        if (!group.look) this->leave_for_others(worker.queue_number);
      } catch (...) {
        this->throw_undone();
      }
      if (task.index() != 0) return task;
      // Others work on in this transaction: they end it.
      if (request.wait && this->batch_.in_flight > 0 && this->batch_.tasks < tasks_max) return {};
      this->commit_or_throw(lock, &worker);
      if (request.activity_tasks)
        if (auto ready = this->desk_.take(worker, time_point::min())) return std::move(*ready);
      if (!request.wait) return {};
    }
    return {};
  }
  /// The next workflow task. Attempts on the way are handed out with the commit; children begin
  /// when no attempt waits for a slot.
  [[nodiscard]] auto take_task(worker_link& worker, poll_request request) -> polled_task {
    auto& tasks = this->store_.tasks();
    std::uint32_t const queue = worker.queue_number;
    engine::notices news{};
    polled_task found{};
    request.workflow_tasks = request.workflow_tasks && worker.take_workflow_slot();
    perdure::detail::slots_in_hand slots{worker, request.workflow_tasks};
    if (request.workflow_tasks)
      if (auto asked = this->take_query(queue, id_of(worker))) {
        slots.workflow = false;
        return std::move(*asked);
      }
    while (true) {
      bool const one_is_enough = !request.wait && !this->batch_.handed.empty();
      bool const slot = request.activity_tasks && !one_is_enough &&
                        perdure::detail::take_activity_slot(worker, tasks.loaded(queue).rate,
                                                            [this] { return this->clock(); });
      slots.activity = slot;
      bool const starts = slot || !request.activity_tasks || !tasks.has_tasks(queue, true);
      auto const queued = tasks.pop(queue, request.workflow_tasks, slot, starts);
      bool used = false;
      if (queued) used = take(worker, *queued, request.workflow_tasks, found, news);
      if (used) slots.activity = false;
      slots.give_back_activity();
      if (used && tasks.loaded(queue).rate) [[unlikely]] {
        tasks.loaded(queue).rate->take(worker.asked_at);
        tasks.note_rate(queue);
      }
      if (!queued || found.index() != 0) break;
    }
    this->batch_.add(std::move(news));
    if (std::holds_alternative<workflow_task>(found)) slots.workflow = false;
    return found;
  }
  /// The worker's number among all of the file.
  [[nodiscard]] auto id_of(worker_link const& worker) const noexcept -> std::uint64_t {
    return (static_cast<std::uint64_t>(this->store_.member()) << lease_bits) | worker.id;
  }
  /// True if the task was an attempt, which is handed out and keeps its slot.
  auto take(worker_link& worker, engine::queued_task const& queued, bool workflow_tasks,
            polled_task& found, engine::notices& news) -> bool {
    time_point const now = this->clock();
    switch (queued.what) {
    case engine::queued_task::kind::start_child:
      this->engine_.start_child(now, queued, news, workflow_tasks);
      break;
    case engine::queued_task::kind::workflow: {
      auto& task = found.emplace<workflow_task>();
      if (!this->engine_.poll_workflow_task(now, queued, id_of(worker), worker.identity, task)) {
        found = {};
        break;
      }
      this->messages_.queries.ride(task);
      this->in_flight_.add(this->batch_, task.token);
      break;
    }
    case engine::queued_task::kind::activity: {
      activity_task task{};
      if (!this->engine_.poll_activity_task(now, queued, worker.identity, task)) break;
      this->keep_room();
      this->batch_.handed.push_back({&worker, std::move(task)});
      return true;
    }
    }
    return false;
  }
  /// Attempts that nobody has begun go back into their queue, each that is still open.
  void give_back(std::vector<handed_out> const& unbegun) {
    try {
      this->perform([&](engine::notices& news) {
        for (handed_out const& each : unbegun) {
          try {
            this->engine_.return_activity(this->clock(), each.task.token, news);
          } catch (error const& why) {
            if (why.code() != errc::task_lost) throw;
          }
        }
      });
    } catch (std::exception const& why) {
      std::lock_guard const lock{this->mutex_};
      for (handed_out const& each : unbegun) lose({each.task.token.run, each.task.token.lease});
      report_unanswered(why);
    }
  }
  /// The worker is gone, and the file could not be told. \pre locked
  void leave_unsaid(worker_link& worker) noexcept {
    remove(worker);
    if (this->workers_.empty()) this->store_.vanish();
  }
  void remove(worker_link& worker) noexcept {
    std::erase(this->workers_, &worker);
    auto& queues = this->store_.queues();
    if (worker.queue_number < queues.size()) // it may not have been attached
      queues[worker.queue_number].polled =
          perdure::detail::has_worker(this->workers_, worker.queue_number);
  }
  void report_unanswered(std::exception const& why) const noexcept {
    this->report("a worker stops, and the file cannot be told: others take over what it held", why);
  }
  void wait_for_work(std::unique_lock<std::mutex>& lock, poller_group& group, duration pause) {
    ++group.waiting;
    if (pause == duration{})
      perdure::detail::idle_wait(group.wakes, lock);
    else
      group.wakes.wait_for(lock, pause);
    --group.waiting;
  }
  /// How long to leave the file alone after a fault; a worker never ends because of one.
  [[nodiscard]] auto after_fault(std::exception const& why, duration pause) const noexcept
      -> duration {
    if (pause == duration{}) this->report("a worker cannot get tasks; it tries again", why);
    duration const first = std::chrono::milliseconds{20};
    duration const longest = std::chrono::seconds{2};
    return pause == duration{} ? first : std::min(pause * 2, longest);
  }

  // ------------------------------------------------------------------------------------ answers
  /// The file cannot hold an answer: the task has failed, and is tried again as such tasks are.
  [[gnu::cold]] void refuse(worker_link& worker, workflow_task_token const& token,
                            std::string const& why, engine::notices& news) {
    log().error("a workflow task has failed: the file cannot hold its answer", {{"reason", why}});
    workflow_task_failure refused{};
    refused.cause = workflow_task_failed_cause::workflow_worker_unhandled_failure;
    refused.reason = engine::refusal(why);
    this->engine_.fail_workflow_task(this->clock(), token, std::move(refused), news);
    this->after_task(token, {}, news);
    worker.evict(token.run);
  }
  template <class F>
  void answer_task(workflow_task_token const& token, F&& f) {
    try {
      this->take_part([&](engine::notices& news) {
        this->in_flight_.remove(this->batch_, token);
        this->keep_room();
        this->batch_.answered.push_back({token.run, token.lease});
        f(news);
      });
    } catch (error const& why) {
      if (why.code() != errc::task_lost) lose_unsaid(token);
      throw;
    } catch (...) {
      lose_unsaid(token);
      throw;
    }
  }
  /// The worker cannot say it again.
  void lose_unsaid(workflow_task_token const& token) noexcept {
    std::lock_guard const lock{this->mutex_};
    lose({token.run, token.lease});
  }
  /// Has a task taken back. If there is no memory it times out instead. \pre locked
  void lose(held_task task) noexcept {
    try {
      this->lost_.push_back(task);
    } catch (...) {
    }
    this->keeper_.expect_end();
  }
  void answer_activity(activity_answerer who, activity_answer answer) {
    if (who.worker == nullptr || this->is_virtual())
      return this->perform([&](engine::notices& news) { this->record(answer, news); });
    bool const first = this->desk_.leave(std::move(answer), this->clock());
    if (!who.polls_next) {
      std::lock_guard const lock{this->mutex_};
      auto& group = this->pollers_[who.worker->queue_number];
      if (group.waiting > 0) return group.wakes.notify_one();
      this->keeper_.expect_end();
    } else if (first) {
      this->keeper_.expect_end_unlocked();
    }
  }

protected:
  void commit_open() {
    std::unique_lock lock{this->mutex_};
    this->commit_or_throw(lock);
  }

  std::string failing_task_{}; ///< In virtual time: why the wait ends.
};

} // namespace perdure::inline v0::sqlite
