#include "perdure/backend/temporal/worker/task_pollers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "perdure/backend/random_uuid.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/log.hpp"
#include "perdure/process_identity.hpp"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

constexpr int polls_max = 100;
/// Tasks that wait for a thread, beyond which no more are asked for.
constexpr std::size_t waiting_tasks_max = 100;

/// Each queue of a worker needs a poll, and each poll a slot. \pre the worker does nothing yet
[[nodiscard]] auto has_two_workflow_slots(worker_link& worker) -> bool {
  bool const one = worker.take_workflow_slot();
  bool const two = one && worker.take_workflow_slot();
  if (two) worker.free_workflow_slot();
  if (one) worker.free_workflow_slot();
  return two;
}

} // namespace

task_pollers::task_pollers(connection& server, open_calls& calls, worker_link& worker,
                           server_abilities const& able, std::function<bool()> busy)
    : server_{&server},
      loop_{&calls.loop()},
      calls_{&calls},
      worker_{&worker},
      able_{able},
      busy_{std::move(busy)},
      instance_key_{random_uuid()},
      started_at_{std::chrono::system_clock::now()} {
  if (worker.keeps_runs && has_two_workflow_slots(worker))
    sticky_queue_ = detail::host_name() + "-" + instance_key_;
  if (worker.runs_workflows) polls_[normal].wanted = 2;
  if (worker.runs_workflows && !sticky_queue_.empty()) polls_[sticky].wanted = 3;
  if (worker.runs_activities) polls_[activities].wanted = 5;
  if (able_.worker_heartbeats) tell_of_worker();
}

// ------------------------------------------------------------------------------------- hand out
auto task_pollers::take(poll_request what) -> ready_task {
  std::unique_lock lock{mutex_};
  while (true) {
    ready_task task = pop(what);
    bool const over = task.index() == 0 && draining_ && open() == 0 && !busy_();
    if (over) call_all();
    open_workflow_polls(); // the last task of this thread has given its slot back
    if (task.index() != 0 || over) {
      lock.unlock();
      if (over || !what.wait || is_left_long(task)) loop_->hand_over();
      return task;
    }
    open_polls();
    if (what.wait) {
      wait(lock);
      continue;
    }
    lock.unlock();
    if (!loop_->look()) {
      loop_->hand_over();
      return {};
    }
    lock.lock();
  }
}

/// Whether the loop should not be without a leader until the task is done: it takes long, or the
/// threads are hardly ever there.
auto task_pollers::is_left_long(ready_task const& task) const -> bool {
  constexpr duration long_time = std::chrono::microseconds{300};
  recent_time const& takes = task.index() == 1 ? workflow_time_ : activity_time_;
  return takes.mean() > long_time || loop_->is_busy();
}

/// With the lock, as the next two. Until there may be something for this thread.
void task_pollers::wait(std::unique_lock<std::mutex>& lock) {
  loop_waiter me{loop_waiter::rank::worker};
  idle_.push_back(&me);
  lock.unlock();
  (void)loop_->wait(me);
  lock.lock();
  std::erase(idle_, &me);
}

/// Rather the one that runs the loop: it need not be woken.
void task_pollers::call_one() {
  if (idle_.empty()) return;
  auto found = std::ranges::find(idle_, loop_->leader());
  if (found == idle_.end()) --found;
  loop_waiter& who = **found;
  idle_.erase(found);
  loop_->call(who);
}
void task_pollers::call_all() {
  for (loop_waiter* const each : std::exchange(idle_, {})) loop_->call(*each);
  if (stopper_ != nullptr) loop_->call(*stopper_);
}

auto task_pollers::open() const noexcept -> int {
  return polls_[normal].open + polls_[sticky].open + polls_[activities].open;
}

auto task_pollers::pop(poll_request what) -> ready_task {
  if (what.workflow_tasks && !workflow_tasks_.empty()) {
    workflow_task_bytes task = std::move(workflow_tasks_.front());
    workflow_tasks_.pop_front();
    workflow_counts_.begun.fetch_add(1);
    return task;
  }
  if (what.activity_tasks && !activity_tasks_.empty()) {
    activity_task_bytes task = std::move(activity_tasks_.front());
    activity_tasks_.pop_front();
    activity_counts_.begun.fetch_add(1);
    return task;
  }
  return {};
}

void task_pollers::deliver(workflow_task_bytes task) {
  std::lock_guard const lock{mutex_};
  add(std::move(task));
}
void task_pollers::deliver(activity_task_bytes task) {
  std::lock_guard const lock{mutex_};
  add(std::move(task));
}
/// With the lock, as the next one.
void task_pollers::add(workflow_task_bytes task) {
  workflow_tasks_.push_back(std::move(task));
  call_one();
}
void task_pollers::add(activity_task_bytes task) {
  activity_tasks_.push_back(std::move(task));
  call_one();
}

// ---------------------------------------------------------------------------------------- polls
/// With the lock, as the next one. A slot is taken for each workflow task before it is asked for;
/// the first poll of each queue goes before further ones.
void task_pollers::open_workflow_polls() {
  if (draining_) return;
  for (int const most : {1, polls_max})
    for (kind const which : {normal, sticky}) {
      polls& mine = polls_[which];
      int const wanted = std::min(most, mine.wanted);
      while (!mine.resting && mine.open < wanted && workflow_tasks_.size() < waiting_tasks_max) {
        if (!worker_->take_workflow_slot()) return; // who gives one back comes by
        open_poll(which);
      }
    }
}
void task_pollers::open_polls() {
  if (draining_) return;
  open_workflow_polls();
  polls& mine = polls_[activities];
  while (!mine.resting && mine.open < mine.wanted && activity_tasks_.size() < waiting_tasks_max) {
    worker_->asked_at = std::chrono::system_clock::now();
    worker_->ready_at = time_point::max();
    if (!worker_->take_activity_slot()) return ask_for_slot_later();
    open_poll(activities);
  }
}

/// A rate refuses a slot until a time; otherwise whoever gives one back says so.
void task_pollers::ask_for_slot_later() {
  if (alarm_is_set_ || worker_->ready_at == time_point::max()) return;
  alarm_is_set_ = true;
  calls_->after(worker_->ready_at - worker_->asked_at, [this] {
    std::lock_guard const lock{mutex_};
    alarm_is_set_ = false;
    open_polls();
  });
}

namespace {

template <class Request>
[[nodiscard]] auto poll_request_of(connection const& server, worker_link const& worker,
                                   std::string const& instance) -> Request {
  Request request;
  request.set_namespace_(server.options().namespace_);
  request.set_identity(worker.identity.str());
  request.set_worker_instance_key(instance);
  auto& queue = *request.mutable_task_queue();
  queue.set_name(worker.task_queue.str());
  queue.set_kind(api::enums::v1::TASK_QUEUE_KIND_NORMAL);
  if (worker.version) write_version(*worker.version, *request.mutable_deployment_options());
  return request;
}

} // namespace

auto task_pollers::write_poll(kind which) const -> std::string {
  if (which == activities) {
    auto request =
        poll_request_of<service::PollActivityTaskQueueRequest>(*server_, *worker_, instance_key_);
    if (worker_->queue_activities_per_second > 0)
      request.mutable_task_queue_metadata()->mutable_max_tasks_per_second()->set_value(
          worker_->queue_activities_per_second);
    return request.SerializeAsString();
  }
  auto request =
      poll_request_of<service::PollWorkflowTaskQueueRequest>(*server_, *worker_, instance_key_);
  if (which == sticky) {
    auto& queue = *request.mutable_task_queue();
    queue.set_normal_name(queue.name());
    queue.set_name(sticky_queue_);
    queue.set_kind(api::enums::v1::TASK_QUEUE_KIND_STICKY);
  }
  return request.SerializeAsString();
}

/// With the lock.
void task_pollers::open_poll(kind which) {
  ++polls_[which].open;
  std::string& request = requests_[which];
  if (request.empty()) request = write_poll(which);
  bool const is_workflow = which != activities;
  calls_->start(
      is_workflow ? poll_workflow_task_queue.name : poll_activity_task_queue.name, request,
      long_poll.deadline,
      [this, which, is_workflow](std::string_view answered, call_status status) {
        if (is_workflow)
          poll_ended<workflow_task_bytes>(which, answered, std::move(status));
        else
          poll_ended<activity_task_bytes>(which, answered, std::move(status));
      },
      true);
}

template <class Task>
void task_pollers::poll_ended(kind which, std::string_view answered, call_status status) {
  Task task{std::string{answered}};
  poll_outcome told{};
  if (status.ok()) {
    if (auto const found = outcome_of(task))
      told = *found;
    else
      status = {status_code::internal, "the answer of a poll is not a message", {}};
  }
  std::lock_guard const lock{mutex_};
  polls& mine = polls_[which];
  --mine.open;
  scale(which, told.more_polls);
  if (told.has_task)
    add(std::move(task));
  else if (which == activities)
    worker_->return_activity_slot();
  else
    worker_->free_workflow_slot();
  if (status.ok() || status.code == status_code::deadline_exceeded ||
      (status.code == status_code::cancelled && draining_)) {
    if (mine.failures > 0 && status.ok())
      log().info("polling again", {{"task_queue", worker_->task_queue}});
    mine.failures = status.ok() ? 0 : mine.failures;
  } else {
    rest(which, status);
  }
  open_polls();
  if (draining_ && open() == 0) call_all();
}

/// Polls no more for a while: the server is away or does not want it. With the lock.
void task_pollers::rest(kind which, call_status const& status) {
  polls& mine = polls_[which];
  ++mine.failures;
  if (mine.failures == 1)
    log().warning("a poll failed; polling goes on",
                  {{"task_queue", worker_->task_queue},
                   {"server", server_->options().address},
                   {"reason", name_of(status.code) + ": " + status.message}});
  if (status.code == status_code::resource_exhausted) mine.wanted = std::max(1, mine.wanted / 2);
  if (mine.resting || draining_) return;
  mine.resting = true;
  duration const wait = is_retryable(status)
                            ? spread(backoff_after(long_poll, mine.failures, status))
                            : long_poll.longest_backoff;
  calls_->after(wait, [this, which] {
    std::lock_guard const lock{mutex_};
    polls_[which].resting = false;
    open_polls();
  });
}

/// With the lock.
void task_pollers::scale(kind which, int delta) {
  if (!able_.poller_autoscaling || delta == 0) return;
  polls_[which].wanted = std::clamp(polls_[which].wanted + delta, 1, polls_max);
}

// ---------------------------------------------------------------------------------------- slots
auto task_pollers::take_workflow_slot() -> bool {
  std::lock_guard const lock{mutex_};
  return !draining_ && worker_->take_workflow_slot();
}
void task_pollers::return_workflow_slot() {
  std::lock_guard const lock{mutex_};
  worker_->free_workflow_slot();
  open_polls();
}
auto task_pollers::take_activity_slot() -> bool {
  std::lock_guard const lock{mutex_};
  worker_->asked_at = std::chrono::system_clock::now();
  return !draining_ && worker_->take_activity_slot();
}
void task_pollers::return_activity_slot() {
  std::lock_guard const lock{mutex_};
  worker_->return_activity_slot();
  open_polls();
}
void task_pollers::slots_changed() {
  std::lock_guard const lock{mutex_};
  open_polls();
}
auto task_pollers::is_stopping() const -> bool {
  std::lock_guard const lock{mutex_};
  return draining_;
}

// ----------------------------------------------------------------------------------- heartbeats
auto task_pollers::facts() const -> worker_facts {
  std::lock_guard const lock{mutex_};
  return {instance_key_,       started_at_,         told_at_,
          polls_[normal].open, polls_[sticky].open, polls_[activities].open,
          &workflow_counts_,   &activity_counts_,   draining_};
}

/// Now, and again after a while, for as long as the loop is run.
void task_pollers::tell_of_worker() {
  time_point const now = std::chrono::system_clock::now();
  service::RecordWorkerHeartbeatRequest request;
  request.set_namespace_(server_->options().namespace_);
  request.set_identity(worker_->identity.str());
  write_worker_heartbeat(*worker_, facts(), now, *request.add_worker_heartbeat());
  // Whether it arrives makes no difference to the worker. As a poll, since it is not waited for.
  calls_->start(
      record_worker_heartbeat, request, brief.deadline, [](auto&, call_status const&) {}, true);
  std::lock_guard const lock{mutex_};
  told_at_ = now;
  calls_->after(worker_heartbeat_interval, [this] {
    if (!is_stopping()) tell_of_worker();
  });
}

// ----------------------------------------------------------------------------------------- stop
void task_pollers::shut_down_worker() {
  service::ShutdownWorkerRequest request;
  request.set_namespace_(server_->options().namespace_);
  request.set_identity(worker_->identity.str());
  request.set_sticky_task_queue(sticky_queue_);
  request.set_worker_instance_key(instance_key_);
  request.set_task_queue(worker_->task_queue.str());
  request.set_reason("the worker stops");
  if (able_.worker_heartbeats)
    write_worker_heartbeat(*worker_, facts(), std::chrono::system_clock::now(),
                           *request.mutable_worker_heartbeat());
  if (worker_->runs_workflows)
    request.add_task_queue_types(api::enums::v1::TASK_QUEUE_TYPE_WORKFLOW);
  if (worker_->runs_activities)
    request.add_task_queue_types(api::enums::v1::TASK_QUEUE_TYPE_ACTIVITY);
  service::ShutdownWorkerResponse response;
  (void)server_->try_once(shutdown_worker.name, request, response, std::chrono::seconds{2});
}

void task_pollers::stop() {
  {
    std::lock_guard const lock{mutex_};
    draining_ = true;
  }
  shut_down_worker();
  time_point const patient_until =
      std::chrono::system_clock::now() +
      (able_.poll_complete_on_shutdown ? std::chrono::seconds{3} : std::chrono::seconds{0});
  std::unique_lock lock{mutex_};
  loop_waiter me{loop_waiter::rank::caller};
  while (open() > 0) {
    bool const is_over = std::chrono::system_clock::now() >= patient_until;
    if (is_over) calls_->cancel_polls();
    stopper_ = &me;
    lock.unlock();
    (void)loop_->wait(me, is_over ? time_point::max() : patient_until);
    lock.lock();
    stopper_ = nullptr;
  }
  call_all(); // for whom nothing is left any more
  lock.unlock();
  loop_->hand_over();
}

void task_pollers::not_busy() {
  std::lock_guard const lock{mutex_};
  if (draining_) call_all();
}

void task_pollers::finish() {
  std::unique_lock lock{mutex_};
  while (busy_()) wait(lock);
  for (; !workflow_tasks_.empty(); workflow_tasks_.pop_front()) worker_->free_workflow_slot();
}

} // namespace perdure::inline v0::temporal
