// What a worker asks of a backend, whichever it is: for the worker's code that a program compiles
// once.
#pragma once

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"

namespace perdure::inline v0::detail {

/// The calls of `backend` that are for workers, with their meanings.
class task_source {
public:
  task_source() = default;
  task_source(task_source const&) = delete;
  auto operator=(task_source const&) -> task_source& = delete;
  virtual ~task_source() = default;

  virtual auto attach(worker_link& worker) -> bool = 0;
  virtual void detach(worker_link& worker) = 0;
  virtual void stop_polling(worker_link& worker) = 0;
  virtual auto poll(worker_link& worker, poll_request request) -> polled_task = 0;
  virtual auto read_history(workflow_task_token const& task) -> std::vector<event> = 0;
  virtual void complete_workflow_task(worker_link& worker, workflow_task_token const& task,
                                      workflow_task_completion answer) = 0;
  virtual void fail_workflow_task(worker_link& worker, workflow_task_token const& task,
                                  workflow_task_failure answer) = 0;
  virtual void answer_query_task(worker_link& worker, workflow_task_token const& task,
                                 query_answer answer) = 0;
  virtual void complete_activity(activity_answerer who, activity_task_token const& task,
                                 payloads result) = 0;
  virtual void fail_activity(activity_answerer who, activity_task_token const& task,
                             failure why) = 0;
  virtual void cancel_activity(activity_answerer who, activity_task_token const& task,
                               payloads details, failure why) = 0;
  virtual auto record_heartbeat(activity_task_token const& task, payloads details) -> bool = 0;
  virtual auto answer_async_activity(async_activity_answer const& answer) -> bool = 0;
  virtual auto now() -> time_point = 0;
  virtual void nudge(worker_link& worker) noexcept = 0;
  [[nodiscard]] virtual auto wants_nudges() const noexcept -> bool = 0;
};

/// Those of a B, which outlives it.
template <class B>
class task_source_of final : public task_source {
public:
  explicit task_source_of(B& backend) noexcept : to_{&backend} {}

  auto attach(worker_link& worker) -> bool override { return to_->attach(worker); }
  void detach(worker_link& worker) override { to_->detach(worker); }
  void stop_polling(worker_link& worker) override { to_->stop_polling(worker); }
  auto poll(worker_link& worker, poll_request request) -> polled_task override {
    return to_->poll(worker, request);
  }
  auto read_history(workflow_task_token const& task) -> std::vector<event> override {
    return to_->read_history(task);
  }
  void complete_workflow_task(worker_link& worker, workflow_task_token const& task,
                              workflow_task_completion answer) override {
    to_->complete_workflow_task(worker, task, std::move(answer));
  }
  void fail_workflow_task(worker_link& worker, workflow_task_token const& task,
                          workflow_task_failure answer) override {
    to_->fail_workflow_task(worker, task, std::move(answer));
  }
  void answer_query_task(worker_link& worker, workflow_task_token const& task,
                         query_answer answer) override {
    to_->answer_query_task(worker, task, std::move(answer));
  }
  void complete_activity(activity_answerer who, activity_task_token const& task,
                         payloads result) override {
    to_->complete_activity(who, task, std::move(result));
  }
  void fail_activity(activity_answerer who, activity_task_token const& task, failure why) override {
    to_->fail_activity(who, task, std::move(why));
  }
  void cancel_activity(activity_answerer who, activity_task_token const& task, payloads details,
                       failure why) override {
    to_->cancel_activity(who, task, std::move(details), std::move(why));
  }
  auto record_heartbeat(activity_task_token const& task, payloads details) -> bool override {
    return to_->record_heartbeat(task, std::move(details));
  }
  auto answer_async_activity(async_activity_answer const& answer) -> bool override {
    return to_->answer_async_activity(answer);
  }
  auto now() -> time_point override { return to_->now(); }
  void nudge(worker_link& worker) noexcept override {
    if constexpr (requires { to_->nudge(worker); }) to_->nudge(worker);
  }
  [[nodiscard]] auto wants_nudges() const noexcept -> bool override {
    return requires(B& b, worker_link& worker) { b.nudge(worker); };
  }

private:
  B* to_;
};

/// Backends that are compiled once bring theirs, but not for what is derived from them.
template <backend B>
[[nodiscard]] auto tasks_of(B& of) -> std::shared_ptr<task_source> {
  if constexpr (requires { requires std::same_as<typename B::compiled_once, B>; })
    return of.tasks();
  else
    return std::make_shared<task_source_of<B>>(of);
}

} // namespace perdure::inline v0::detail
