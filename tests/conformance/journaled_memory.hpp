// A durable backend of the simplest kind: every call is noted, and opening the place again makes
// all of them once more. With it the behaviours of durable backends are themselves tested.
#pragma once

#include <perdure/perdure.hpp>

#include "support/commands.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace perdure_test::conformance {

/// `memory_backend` in virtual time, which the same calls bring to the same state. Workers must be
/// worked by hand: what a worker would do while time passes is not noted in its order.
class journaled_memory {
public:
  using step = std::function<void(journaled_memory&)>;
  using journal = std::vector<step>;

  journaled_memory(std::shared_ptr<journal> kept, perdure::memory_backend_options options)
      : journal_{std::move(kept)}, memory_{options} {
    for (step const& each : *journal_) each(*this);
    for (auto& [id, each] : workers_) each->real = nullptr; // those of the process that has ended
    note([](auto& self) { self.give_back(); });
  }

  auto start_workflow(perdure::start_workflow_request const& request)
      -> perdure::start_workflow_result {
    return note([=](auto& self) { return self.memory_.start_workflow(request); });
  }
  void signal_workflow(perdure::workflow_execution const& run, std::string_view name,
                       perdure::payloads input, std::string_view identity,
                       perdure::indirect<perdure::payload_map> header = {}) {
    note([=, name = std::string{name}, identity = std::string{identity}](auto& self) {
      self.memory_.signal_workflow(run, name, input, identity, header);
    });
  }
  void cancel_workflow(perdure::workflow_execution const& run, std::string_view reason,
                       std::string_view identity) {
    note([=, reason = std::string{reason}, identity = std::string{identity}](auto& self) {
      self.memory_.cancel_workflow(run, reason, identity);
    });
  }
  void terminate_workflow(perdure::workflow_execution const& run, std::string_view reason,
                          std::string_view identity) {
    note([=, reason = std::string{reason}, identity = std::string{identity}](auto& self) {
      self.memory_.terminate_workflow(run, reason, identity);
    });
  }
  /// Not noted: it changes nothing. Polls that give query tasks are not noted either.
  auto query_workflow(perdure::query_workflow_request const& request) -> perdure::query_result {
    return memory_.query_workflow(request);
  }
  auto update_workflow(perdure::update_workflow_request const& request) -> perdure::update_status {
    return note([=](auto& self) { return self.memory_.update_workflow(request); });
  }
  auto poll_update(perdure::poll_update_request const& request) -> perdure::update_status {
    return note([=](auto& self) { return self.memory_.poll_update(request); });
  }
  auto signal_with_start_workflow(perdure::signal_with_start_request const& request)
      -> perdure::start_workflow_result {
    return note([=](auto& self) { return self.memory_.signal_with_start_workflow(request); });
  }
  auto update_with_start_workflow(perdure::update_with_start_request const& request)
      -> perdure::update_with_start_result {
    return note([=](auto& self) { return self.memory_.update_with_start_workflow(request); });
  }
  auto describe_workflow(perdure::workflow_execution const& run) -> perdure::workflow_description {
    return note([=](auto& self) { return self.memory_.describe_workflow(run); });
  }
  auto list_workflows(perdure::list_filter const& filter) -> perdure::list_page {
    return note([=](auto& self) { return self.memory_.list_workflows(filter); });
  }
  auto count_workflows(perdure::list_filter const& filter) -> std::size_t {
    return note([=](auto& self) { return self.memory_.count_workflows(filter); });
  }
  auto reset_workflow(perdure::reset_request const& request) -> perdure::workflow_execution {
    return note([=](auto& self) { return self.memory_.reset_workflow(request); });
  }
  auto fork_workflow(perdure::fork_request const& request) -> perdure::workflow_execution {
    return note([=](auto& self) { return self.memory_.fork_workflow(request); });
  }
  auto override_activity_result(perdure::override_request const& request)
      -> perdure::workflow_execution {
    return note([=](auto& self) { return self.memory_.override_activity_result(request); });
  }
  void retry_activity_now(perdure::workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity) {
    note([=, id = std::string{activity_id}, why = std::string{reason}, who = std::string{identity}](
             auto& self) { self.memory_.retry_activity_now(run, id, why, who); });
  }
  void pause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                      std::string_view identity) {
    note([=, why = std::string{reason}, who = std::string{identity}](auto& self) {
      self.memory_.pause_workflow(run, why, who);
    });
  }
  void unpause_workflow(perdure::workflow_execution const& run, std::string_view reason,
                        std::string_view identity) {
    note([=, why = std::string{reason}, who = std::string{identity}](auto& self) {
      self.memory_.unpause_workflow(run, why, who);
    });
  }
  void delete_workflow(perdure::workflow_execution const& run, std::string_view reason,
                       std::string_view identity) {
    note([=, why = std::string{reason}, who = std::string{identity}](auto& self) {
      self.memory_.delete_workflow(run, why, who);
    });
  }
  auto read_audit(perdure::workflow_execution const& run) -> std::vector<perdure::audit_record> {
    return note([=](auto& self) { return self.memory_.read_audit(run); });
  }
  auto read_history(perdure::workflow_execution const& run) -> perdure::history {
    return note([=](auto& self) { return self.memory_.read_history(run); });
  }
  auto wait_for_close(perdure::workflow_execution const& run) -> perdure::event {
    return note([=](auto& self) { return self.memory_.wait_for_close(run); });
  }

  void create_schedule(perdure::create_schedule_request const& request) {
    note([=](auto& self) { self.memory_.create_schedule(request); });
  }
  auto describe_schedule(std::string_view id) -> perdure::schedule_description {
    return memory_.describe_schedule(id);
  }
  void update_schedule(perdure::update_schedule_request const& request) {
    note([=](auto& self) { self.memory_.update_schedule(request); });
  }
  void patch_schedule(std::string_view id, perdure::schedule_patch const& patch) {
    note([=, id = std::string{id}](auto& self) { self.memory_.patch_schedule(id, patch); });
  }
  void delete_schedule(std::string_view id) {
    note([id = std::string{id}](auto& self) { self.memory_.delete_schedule(id); });
  }
  auto list_schedules(perdure::schedule_filter const& filter) -> perdure::schedule_page {
    return memory_.list_schedules(filter);
  }
  auto list_matching_times(std::string_view id, perdure::time_point from, perdure::time_point to)
      -> std::vector<perdure::time_point> {
    return memory_.list_matching_times(id, from, to);
  }

  void set_current_version(std::string_view deployment, std::string_view build) {
    note([deployment = std::string{deployment}, build = std::string{build}](auto& self) {
      self.memory_.set_current_version(deployment, build);
    });
  }
  auto describe_deployment(std::string_view name) -> perdure::deployment_description {
    return memory_.describe_deployment(name);
  }
  auto attach(perdure::worker_link& worker) -> bool {
    auto const id = worker.id;
    bool const driven = note([=, version = worker.version, queue = worker.task_queue,
                              name = worker.identity](auto& self) {
      auto& ghost = self.workers_[id];
      ghost = std::make_unique<stand_in>();
      ghost->id = id;
      ghost->task_queue = queue;
      ghost->version = version;
      ghost->identity = name;
      return self.memory_.attach(*ghost);
    });
    workers_[id]->real = &worker;
    return driven;
  }
  void detach(perdure::worker_link& worker) {
    note([id = worker.id](auto& self) {
      self.memory_.detach(*self.workers_.at(id));
      self.workers_.erase(id);
    });
  }
  void stop_polling(perdure::worker_link& worker) {
    note([id = worker.id](auto& self) { self.memory_.stop_polling(*self.workers_.at(id)); });
  }
  auto poll(perdure::worker_link& worker, perdure::poll_request request) -> perdure::polled_task {
    auto task = note([=, id = worker.id](auto& self) {
      auto taken = self.memory_.poll(*self.workers_.at(id), request);
      if (!is_query(taken)) self.held_.push_back(taken);
      return taken;
    });
    if (is_query(task)) journal_->pop_back();
    return task;
  }
  void answer_query_task(perdure::worker_link& worker, perdure::workflow_task_token const& task,
                         perdure::query_answer answer) {
    memory_.answer_query_task(*workers_.at(worker.id), task, std::move(answer));
  }
  auto read_history(perdure::workflow_task_token const& task) -> std::vector<perdure::event> {
    return memory_.read_history(task);
  }
  void complete_workflow_task(perdure::worker_link& worker,
                              perdure::workflow_task_token const& task,
                              perdure::workflow_task_completion answer) {
    note([=, id = worker.id](auto& self) {
      self.memory_.complete_workflow_task(*self.workers_.at(id), task, copy_of(answer));
    });
  }
  void fail_workflow_task(perdure::worker_link& worker, perdure::workflow_task_token const& task,
                          perdure::workflow_task_failure answer) {
    note([=, id = worker.id](auto& self) {
      self.memory_.fail_workflow_task(*self.workers_.at(id), task, answer);
    });
  }
  auto answer_async_activity(perdure::async_activity_answer const& answer) -> bool {
    return note([=](auto& self) {
      bool const stop = self.memory_.answer_async_activity(answer);
      if (answer.what == perdure::async_activity_answer::kind::detached)
        std::erase_if(self.held_, [&](perdure::polled_task const& each) {
          auto const* const attempt = std::get_if<perdure::activity_task>(&each);
          return attempt != nullptr && attempt->token.lease == answer.token.lease;
        });
      return stop;
    });
  }
  void complete_activity(perdure::activity_answerer, perdure::activity_task_token const& task,
                         perdure::payloads result) {
    note([=](auto& self) { self.memory_.complete_activity({}, task, result); });
  }
  void fail_activity(perdure::activity_answerer, perdure::activity_task_token const& task,
                     perdure::failure why) {
    note([=](auto& self) { self.memory_.fail_activity({}, task, why); });
  }
  void cancel_activity(perdure::activity_answerer, perdure::activity_task_token const& task,
                       perdure::payloads details, perdure::failure why) {
    note([=](auto& self) { self.memory_.cancel_activity({}, task, details, why); });
  }
  auto record_heartbeat(perdure::activity_task_token const& task, perdure::payloads details)
      -> bool {
    return note([=](auto& self) { return self.memory_.record_heartbeat(task, details); });
  }
  auto now() -> perdure::time_point { return memory_.now(); }
  void advance(perdure::duration time) {
    note([=](auto& self) { self.memory_.advance(time); });
  }

private:
  /// Stands for a worker, which may be gone when its calls are made once more.
  struct stand_in final : perdure::worker_link {
    perdure::worker_link* real{nullptr};
    auto poll_once() -> bool override { return real != nullptr && real->poll_once(); }
    void cancel_attempt(perdure::activity_task_token const& token,
                        perdure::activity_cancel_reason reason) noexcept override {
      if (real != nullptr) real->cancel_attempt(token, reason);
    }
  };

  static auto is_query(perdure::polled_task const& polled) -> bool {
    auto const* const task = std::get_if<perdure::workflow_task>(&polled);
    return task != nullptr && task->query;
  }
  /// What the workers of a process held when it ended is handed out again.
  void give_back() {
    perdure::failure why{};
    why.message = "the worker is gone";
    why.info = perdure::timeout_failure_info{{}, perdure::timeout_type::heartbeat};
    stand_in nobody;
    for (perdure::polled_task const& each : std::exchange(held_, {})) {
      try {
        if (auto const* const task = std::get_if<perdure::workflow_task>(&each))
          memory_.fail_workflow_task(nobody, task->token, {{}, why});
        else if (auto const* const attempt = std::get_if<perdure::activity_task>(&each))
          memory_.fail_activity({}, attempt->token, why);
      } catch (perdure::error const&) {
        // It had been answered.
      }
    }
  }

  /// Commands become events and are filled in there: each time they need attributes of their own.
  static auto copy_of(perdure::workflow_task_completion answer)
      -> perdure::workflow_task_completion {
    for (perdure::command& each : answer.commands) each = commands::copy_of(each);
    return answer;
  }

  template <class Call>
  auto note(Call call) -> std::invoke_result_t<Call, journaled_memory&> {
    journal_->push_back([call](journaled_memory& self) {
      try {
        (void)call(self);
      } catch (perdure::error const&) {
        // It was thrown then, too.
      }
    });
    return call(*this);
  }

  std::shared_ptr<journal> journal_;
  perdure::memory_backend memory_;
  std::map<std::uint64_t, std::unique_ptr<stand_in>> workers_;
  std::vector<perdure::polled_task> held_; ///< By workers now, or answered since.
};

static_assert(perdure::backend<journaled_memory>);

} // namespace perdure_test::conformance
