// A backend whose type is not known: the behaviours are compiled once and run on every backend.
#pragma once

#include <perdure/perdure.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace perdure_test::conformance {

/// The concept `perdure::backend` as virtual functions, with virtual time and reopening. Whoever
/// changes the concept changes this class and `erased`, and nothing else of the suite.
class any_backend {
public:
  any_backend() = default;
  any_backend(any_backend const&) = delete;
  auto operator=(any_backend const&) -> any_backend& = delete;
  virtual ~any_backend() = default;

  virtual auto start_workflow(perdure::start_workflow_request const& request)
      -> perdure::start_workflow_result = 0;
  virtual void signal_workflow(perdure::workflow_execution const& run, std::string_view name,
                               perdure::payloads input, std::string_view identity,
                               perdure::indirect<perdure::payload_map> header = {}) = 0;
  virtual void cancel_workflow(perdure::workflow_execution const& run, std::string_view reason,
                               std::string_view identity) = 0;
  virtual void terminate_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                  std::string_view identity) = 0;
  virtual auto query_workflow(perdure::query_workflow_request const& request)
      -> perdure::query_result = 0;
  virtual auto update_workflow(perdure::update_workflow_request const& request)
      -> perdure::update_status = 0;
  virtual auto poll_update(perdure::poll_update_request const& request)
      -> perdure::update_status = 0;
  virtual auto signal_with_start_workflow(perdure::signal_with_start_request const& request)
      -> perdure::start_workflow_result = 0;
  virtual auto update_with_start_workflow(perdure::update_with_start_request const& request)
      -> perdure::update_with_start_result = 0;
  virtual auto describe_workflow(perdure::workflow_execution const& run)
      -> perdure::workflow_description = 0;
  virtual auto list_workflows(perdure::list_filter const& filter) -> perdure::list_page = 0;
  virtual auto count_workflows(perdure::list_filter const& filter) -> std::size_t = 0;
  virtual auto read_history(perdure::workflow_execution const& run) -> perdure::history = 0;
  virtual auto wait_for_close(perdure::workflow_execution const& run) -> perdure::event = 0;

  virtual auto reset_workflow(perdure::reset_request const& request)
      -> perdure::workflow_execution = 0;
  virtual auto fork_workflow(perdure::fork_request const& request)
      -> perdure::workflow_execution = 0;
  virtual auto override_activity_result(perdure::override_request const& request)
      -> perdure::workflow_execution = 0;
  virtual void retry_activity_now(perdure::workflow_execution const& run,
                                  std::string_view activity_id, std::string_view reason,
                                  std::string_view identity) = 0;
  virtual void pause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                              std::string_view identity) = 0;
  virtual void unpause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                                std::string_view identity) = 0;
  virtual void delete_workflow(perdure::workflow_execution const& run, std::string_view reason,
                               std::string_view identity) = 0;
  virtual auto read_audit(perdure::workflow_execution const& run)
      -> std::vector<perdure::audit_record> = 0;

  virtual void create_schedule(perdure::create_schedule_request const& request) = 0;
  virtual auto describe_schedule(std::string_view id) -> perdure::schedule_description = 0;
  virtual void update_schedule(perdure::update_schedule_request const& request) = 0;
  virtual void patch_schedule(std::string_view id, perdure::schedule_patch const& patch) = 0;
  virtual void delete_schedule(std::string_view id) = 0;
  virtual auto list_schedules(perdure::schedule_filter const& filter) -> perdure::schedule_page = 0;
  virtual auto list_matching_times(std::string_view id, perdure::time_point from,
                                   perdure::time_point to) -> std::vector<perdure::time_point> = 0;

  virtual void set_current_version(std::string_view deployment, std::string_view build) = 0;
  virtual auto describe_deployment(std::string_view name) -> perdure::deployment_description = 0;

  virtual auto attach(perdure::worker_link& worker) -> bool = 0;
  virtual void detach(perdure::worker_link& worker) = 0;
  virtual void stop_polling(perdure::worker_link& worker) = 0;
  virtual auto poll(perdure::worker_link& worker, perdure::poll_request request)
      -> perdure::polled_task = 0;
  virtual auto read_history(perdure::workflow_task_token const& task)
      -> std::vector<perdure::event> = 0;
  virtual void complete_workflow_task(perdure::worker_link& worker,
                                      perdure::workflow_task_token const& task,
                                      perdure::workflow_task_completion answer) = 0;
  virtual void fail_workflow_task(perdure::worker_link& worker,
                                  perdure::workflow_task_token const& task,
                                  perdure::workflow_task_failure answer) = 0;
  virtual void answer_query_task(perdure::worker_link& worker,
                                 perdure::workflow_task_token const& task,
                                 perdure::query_answer answer) = 0;
  virtual void complete_activity(perdure::activity_answerer who,
                                 perdure::activity_task_token const& task,
                                 perdure::payloads result) = 0;
  virtual void fail_activity(perdure::activity_answerer who,
                             perdure::activity_task_token const& task, perdure::failure why) = 0;
  virtual void cancel_activity(perdure::activity_answerer who,
                               perdure::activity_task_token const& task, perdure::payloads details,
                               perdure::failure why) = 0;
  virtual auto record_heartbeat(perdure::activity_task_token const& task, perdure::payloads details)
      -> bool = 0;

  virtual auto answer_async_activity(perdure::async_activity_answer const& answer) -> bool = 0;

  virtual auto now() -> perdure::time_point = 0;
  virtual void advance(perdure::duration time) = 0;

  /// A poll for a task that must be there. Behind a server it comes a moment later.
  virtual auto poll_for_sure(perdure::worker_link& worker, perdure::poll_request request)
      -> perdure::polled_task {
    return poll(worker, request);
  }
  /// As if the process had ended and another one had opened the same place: attached workers are
  /// new ones to it.
  virtual void reopen() { throw std::logic_error{"this backend keeps nothing"}; }
};

static_assert(perdure::backend<any_backend>);

/// A backend behind the interface. `open` makes it, and makes it again on the same place if
/// `B` keeps what it has acknowledged.
template <perdure::backend B>
class erased : public any_backend {
public:
  using opener = std::function<std::unique_ptr<B>()>;
  explicit erased(opener open, bool keeps = false)
      : open_{std::move(open)}, keeps_{keeps}, real_{open_()} {}

  auto start_workflow(perdure::start_workflow_request const& request)
      -> perdure::start_workflow_result override {
    return real_->start_workflow(request);
  }
  void signal_workflow(perdure::workflow_execution const& run, std::string_view name,
                       perdure::payloads input, std::string_view identity,
                       perdure::indirect<perdure::payload_map> header = {}) override {
    real_->signal_workflow(run, name, std::move(input), identity, std::move(header));
  }
  void cancel_workflow(perdure::workflow_execution const& run, std::string_view reason,
                       std::string_view identity) override {
    real_->cancel_workflow(run, reason, identity);
  }
  void terminate_workflow(perdure::workflow_execution const& run, std::string_view reason,
                          std::string_view identity) override {
    real_->terminate_workflow(run, reason, identity);
  }
  auto query_workflow(perdure::query_workflow_request const& request)
      -> perdure::query_result override {
    return real_->query_workflow(request);
  }
  auto update_workflow(perdure::update_workflow_request const& request)
      -> perdure::update_status override {
    return real_->update_workflow(request);
  }
  auto poll_update(perdure::poll_update_request const& request) -> perdure::update_status override {
    return real_->poll_update(request);
  }
  auto signal_with_start_workflow(perdure::signal_with_start_request const& request)
      -> perdure::start_workflow_result override {
    return real_->signal_with_start_workflow(request);
  }
  auto update_with_start_workflow(perdure::update_with_start_request const& request)
      -> perdure::update_with_start_result override {
    return real_->update_with_start_workflow(request);
  }
  auto describe_workflow(perdure::workflow_execution const& run)
      -> perdure::workflow_description override {
    return real_->describe_workflow(run);
  }
  auto count_workflows(perdure::list_filter const& filter) -> std::size_t override {
    return real_->count_workflows(filter);
  }
  auto reset_workflow(perdure::reset_request const& request)
      -> perdure::workflow_execution override {
    return real_->reset_workflow(request);
  }
  auto fork_workflow(perdure::fork_request const& request) -> perdure::workflow_execution override {
    return real_->fork_workflow(request);
  }
  auto override_activity_result(perdure::override_request const& request)
      -> perdure::workflow_execution override {
    return real_->override_activity_result(request);
  }
  void retry_activity_now(perdure::workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity) override {
    real_->retry_activity_now(run, activity_id, reason, identity);
  }
  void pause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                      std::string_view identity) override {
    real_->pause_workflow(run, reason, identity);
  }
  void unpause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                        std::string_view identity) override {
    real_->unpause_workflow(run, reason, identity);
  }
  void delete_workflow(perdure::workflow_execution const& run, std::string_view reason,
                       std::string_view identity) override {
    real_->delete_workflow(run, reason, identity);
  }
  auto read_audit(perdure::workflow_execution const& run)
      -> std::vector<perdure::audit_record> override {
    return real_->read_audit(run);
  }
  auto list_workflows(perdure::list_filter const& filter) -> perdure::list_page override {
    return real_->list_workflows(filter);
  }
  auto read_history(perdure::workflow_execution const& run) -> perdure::history override {
    return real_->read_history(run);
  }
  auto wait_for_close(perdure::workflow_execution const& run) -> perdure::event override {
    return real_->wait_for_close(run);
  }
  void create_schedule(perdure::create_schedule_request const& request) override {
    real_->create_schedule(request);
  }
  auto describe_schedule(std::string_view id) -> perdure::schedule_description override {
    return real_->describe_schedule(id);
  }
  void update_schedule(perdure::update_schedule_request const& request) override {
    real_->update_schedule(request);
  }
  void patch_schedule(std::string_view id, perdure::schedule_patch const& patch) override {
    real_->patch_schedule(id, patch);
  }
  void delete_schedule(std::string_view id) override { real_->delete_schedule(id); }
  auto list_schedules(perdure::schedule_filter const& filter) -> perdure::schedule_page override {
    return real_->list_schedules(filter);
  }
  auto list_matching_times(std::string_view id, perdure::time_point from, perdure::time_point to)
      -> std::vector<perdure::time_point> override {
    return real_->list_matching_times(id, from, to);
  }
  void set_current_version(std::string_view deployment, std::string_view build) override {
    real_->set_current_version(deployment, build);
  }
  auto describe_deployment(std::string_view name) -> perdure::deployment_description override {
    return real_->describe_deployment(name);
  }
  auto attach(perdure::worker_link& worker) -> bool override {
    workers_.push_back(&worker);
    return real_->attach(worker);
  }
  void detach(perdure::worker_link& worker) override {
    std::erase(workers_, &worker);
    real_->detach(worker);
  }
  void stop_polling(perdure::worker_link& worker) override { real_->stop_polling(worker); }
  auto poll(perdure::worker_link& worker, perdure::poll_request request)
      -> perdure::polled_task override {
    return real_->poll(worker, request);
  }
  auto read_history(perdure::workflow_task_token const& task)
      -> std::vector<perdure::event> override {
    return real_->read_history(task);
  }
  void complete_workflow_task(perdure::worker_link& worker,
                              perdure::workflow_task_token const& task,
                              perdure::workflow_task_completion answer) override {
    real_->complete_workflow_task(worker, task, std::move(answer));
  }
  void fail_workflow_task(perdure::worker_link& worker, perdure::workflow_task_token const& task,
                          perdure::workflow_task_failure answer) override {
    real_->fail_workflow_task(worker, task, std::move(answer));
  }
  void answer_query_task(perdure::worker_link& worker, perdure::workflow_task_token const& task,
                         perdure::query_answer answer) override {
    real_->answer_query_task(worker, task, std::move(answer));
  }
  void complete_activity(perdure::activity_answerer who, perdure::activity_task_token const& task,
                         perdure::payloads result) override {
    real_->complete_activity(who, task, std::move(result));
  }
  void fail_activity(perdure::activity_answerer who, perdure::activity_task_token const& task,
                     perdure::failure why) override {
    real_->fail_activity(who, task, std::move(why));
  }
  void cancel_activity(perdure::activity_answerer who, perdure::activity_task_token const& task,
                       perdure::payloads details, perdure::failure why) override {
    real_->cancel_activity(who, task, std::move(details), std::move(why));
  }
  auto record_heartbeat(perdure::activity_task_token const& task, perdure::payloads details)
      -> bool override {
    return real_->record_heartbeat(task, std::move(details));
  }
  auto answer_async_activity(perdure::async_activity_answer const& answer) -> bool override {
    return real_->answer_async_activity(answer);
  }
  auto poll_for_sure(perdure::worker_link& worker, perdure::poll_request request)
      -> perdure::polled_task override {
    if constexpr (requires { real_->poll_for_sure(worker, request); })
      return real_->poll_for_sure(worker, request);
    else
      return real_->poll(worker, request);
  }
  auto now() -> perdure::time_point override { return real_->now(); }
  void advance(perdure::duration time) override { real_->advance(time); }

  void reopen() override {
    if (!keeps_) return any_backend::reopen();
    for (perdure::worker_link* const each : workers_) {
      real_->detach(*each);
      each->id += 1'000'000'000; // a worker of another process
    }
    // Queues get their numbers in the same order as before.
    std::stable_sort(workers_.begin(), workers_.end(),
                     [](auto* a, auto* b) { return a->queue_number < b->queue_number; });
    real_.reset();
    real_ = open_();
    for (perdure::worker_link* const each : workers_) real_->attach(*each);
  }

private:
  opener open_;
  bool keeps_;
  std::unique_ptr<B> real_;
  std::vector<perdure::worker_link*> workers_;
};

} // namespace perdure_test::conformance
