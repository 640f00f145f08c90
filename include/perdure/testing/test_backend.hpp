// The backend of a test environment: memory and virtual time, watched over.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "perdure/backend/memory_backend.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/replayer.hpp"
#include "perdure/process_identity.hpp"
#include "perdure/testing/agenda.hpp"
#include "perdure/testing/function_plan.hpp"
#include "perdure/testing/replay_check.hpp"

namespace perdure::inline v0 {

/// A `memory_backend` that does at chosen times what a test wants, holds answers back, and fails
/// the call that is waiting as soon as something has gone wrong that no run could mend: workflow
/// code that throws, that calls what is unknown, or that does not replay. Made by
/// `test_environment`. Not for use from several threads.
class test_backend final : public basic_memory_backend<void> {
public:
  explicit test_backend(memory_backend_options options) : basic_memory_backend{options} {
    hand_.task_queue = "perdure test environment";
    hand_.id = detail::next_worker_id();
    hand_.runs_workflows = hand_.runs_activities = hand_.keeps_runs = false;
    (void)attach(hand_);
  }

  // ----------------------------------------------------------------- for the test environment
  /// What is to be registered where tasks of a queue appear; called once or more for each queue.
  std::function<void(std::string const&)> on_queue{};
  replayer const* known{nullptr}; ///< What is registered. It must outlive the backend's use.
  bool replays_tasks{true};       ///< Each run after each of its workflow tasks.
  detail::function_plans activities{};
  detail::function_plans workflows{};
  detail::agenda agenda{};

  /// Lets the call that waits fail with this. The first problem counts.
  void complain(std::exception_ptr problem) {
    if (!problem_) problem_ = std::move(problem);
  }
  /// Throws the problem there is, once.
  void throw_problem() {
    if (auto const problem = std::exchange(problem_, nullptr)) std::rethrow_exception(problem);
  }

  // ------------------------------------------------------------------- as any backend's, watched
  auto start_workflow(start_workflow_request const& request) -> start_workflow_result {
    need_queue(request.task_queue);
    return basic_memory_backend::start_workflow(request);
  }
  auto signal_with_start_workflow(signal_with_start_request const& request)
      -> start_workflow_result {
    need_queue(request.start.task_queue);
    return basic_memory_backend::signal_with_start_workflow(request);
  }
  auto update_with_start_workflow(update_with_start_request const& request)
      -> update_with_start_result {
    need_queue(request.start.task_queue);
    return watched([&] { return basic_memory_backend::update_with_start_workflow(request); });
  }
  void create_schedule(create_schedule_request const& request) {
    need_queue(request.schedule.action.task_queue);
    basic_memory_backend::create_schedule(request);
  }
  auto update_workflow(update_workflow_request const& request) -> update_status {
    return watched([&] { return basic_memory_backend::update_workflow(request); });
  }
  auto poll_update(poll_update_request const& request) -> update_status {
    return watched([&] { return basic_memory_backend::poll_update(request); });
  }
  [[nodiscard]] auto query_workflow(query_workflow_request const& request) -> query_result {
    return watched([&] { return basic_memory_backend::query_workflow(request); });
  }
  [[nodiscard]] auto wait_for_close(workflow_execution const& run) -> event {
    return watched([&] { return basic_memory_backend::wait_for_close(run); });
  }
  void advance(duration wait) {
    watched([&] { basic_memory_backend::advance(wait); });
  }

  [[nodiscard]] auto poll(worker_link& worker, poll_request request) -> polled_task {
    polled_task polled = basic_memory_backend::poll(worker, request);
    if (auto const* const workflow = std::get_if<workflow_task>(&polled))
      note(*workflow);
    else if (auto const* const activity = std::get_if<activity_task>(&polled))
      note(*activity);
    return polled;
  }
  void complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                              workflow_task_completion answer) {
    bool ends = false;
    for (command const& each : answer.commands) {
      need_queue_of(each);
      ends |= detail::is_terminal(each.type);
    }
    basic_memory_backend::complete_workflow_task(worker, token, std::move(answer));
    if (!replays_tasks || known == nullptr) return;
    std::size_t& due = replay_due_[token.run];
    if (!detail::is_replay_due(due, token.started_event_id, ends)) return;
    if (auto problem = detail::replay_after(*known, read_history(token), token.started_event_id))
      complain(std::move(problem));
  }
  void fail_workflow_task(worker_link& worker, workflow_task_token const& token,
                          workflow_task_failure answer) {
    std::string const why =
        describe(answer.reason) +
        (answer.reason.stack_trace.empty() ? std::string{} : "\n  at " + answer.reason.stack_trace);
    auto const code = answer.cause == workflow_task_failed_cause::non_deterministic_error
                          ? errc::nondeterminism
                          : errc::stalled;
    basic_memory_backend::fail_workflow_task(worker, token, std::move(answer));
    complain(std::make_exception_ptr(
        error{code, "a workflow task of " + described_[token.run] + " failed: " + why}));
  }
  void complete_activity(activity_answerer who, activity_task_token const& token, payloads result) {
    answer(who, token, [this, token, result = std::move(result)](activity_answerer by) {
      basic_memory_backend::complete_activity(by, token, result);
    });
  }
  void fail_activity(activity_answerer who, activity_task_token const& token, failure why) {
    answer(who, token, [this, token, why = std::move(why)](activity_answerer by) {
      basic_memory_backend::fail_activity(by, token, why);
    });
  }
  void cancel_activity(activity_answerer who, activity_task_token const& token, payloads details,
                       failure why) {
    answer(who, token,
           [this, token, details = std::move(details), why = std::move(why)](activity_answerer by) {
             basic_memory_backend::cancel_activity(by, token, details, why);
           });
  }

private:
  /// Takes part in the backend's turns as a worker would, before the others, and takes no tasks.
  struct stage_hand final : worker_link {
    explicit stage_hand(test_backend& backend) noexcept : owner{&backend} {}
    auto poll_once() -> bool override {
      owner->throw_problem();
      return owner->agenda.act(owner->now());
    }
    void cancel_attempt(activity_task_token const&, activity_cancel_reason) noexcept override {}
    auto next_wakeup() noexcept -> time_point override { return owner->agenda.next(); }
    test_backend* owner;
  };
  using attempt_key = std::tuple<run_number, event_id, std::int32_t>;
  [[nodiscard]] static auto key_of(activity_task_token const& token) -> attempt_key {
    return {token.run, token.scheduled_event_id, token.attempt};
  }

  /// A problem of the very task that has brought what the caller waited for.
  template <class Call>
  auto watched(Call&& does) -> decltype(does()) {
    if constexpr (std::is_void_v<decltype(does())>) {
      does();
      throw_problem();
    } else {
      auto result = does();
      throw_problem();
      return result;
    }
  }
  void need_queue(shared_string const& name) { need_queue(name.str()); }
  void need_queue(std::string const& name) {
    if (on_queue && !name.empty()) on_queue(name);
  }
  void need_queue_of(command const& what) {
    if (auto const* a = what.attributes.get_if<events::activity_task_scheduled>())
      need_queue(a->task_queue.name);
    if (auto const* c = what.attributes.get_if<events::start_child_workflow_execution_initiated>())
      need_queue(c->task_queue.name);
    if (auto const* n = what.attributes.get_if<events::workflow_execution_continued_as_new>())
      need_queue(n->task_queue.name);
  }

  void note(workflow_task const& task) {
    std::string const type = task.workflow_type.str();
    std::string& described = described_[task.token.run];
    if (described.empty())
      described = "workflow '" + type + "' (id '" + task.execution.workflow_id.str() + "')";
    if (known != nullptr && detail::registry_access::of(*known).workflow(type) == nullptr)
      complain(std::make_exception_ptr(
          error{errc::not_registered, described +
                                          " was started, and it is neither registered "
                                          "(env.add<" +
                                          type + ">()) nor mocked (env.mock<" + type + ">(...))"}));
    if (task.query || task.previous_started_event_id != 0 || task.token.attempt != 1 ||
        task.events.empty())
      return;
    auto const& first = task.events.front();
    if (auto const* started = first.attributes.get_if<events::workflow_execution_started>())
      (void)workflows[type].begin_call(
          {started->input, 1, first.time, task.execution.workflow_id.str()});
  }
  void note(activity_task const& task) {
    auto const& asked = task.scheduled.get<events::activity_task_scheduled>();
    duration const delay = activities[asked.activity_type.str()].take_delay();
    if (delay > duration{}) delayed_[key_of(task.token)] = delay;
  }
  /// Gives an answer, or holds it back. What then comes too late is dropped, as a worker drops it.
  template <class Answer>
  void answer(activity_answerer who, activity_task_token const& token, Answer give) {
    auto const found = delayed_.extract(key_of(token));
    if (!found) return give(who);
    agenda.add(engine::later(now(), found.mapped()), [give, by = activity_answerer{who.worker}] {
      try {
        give(by);
      } catch (error const& e) {
        if (e.code() != errc::task_lost) throw;
      }
    });
  }

  stage_hand hand_{*this};
  std::exception_ptr problem_{};
  std::map<attempt_key, duration> delayed_{};
  std::map<run_number, std::size_t> replay_due_{};
  std::map<run_number, std::string> described_{};
};

} // namespace perdure::inline v0
