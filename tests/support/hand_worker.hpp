// A worker that a test works by hand, task by task: what a server does is then seen at every step.
#pragma once

#include <perdure/perdure.hpp>

#include "support/catch.hpp"
#include "support/virtual_world.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace perdure_test {

namespace commands {

inline auto of(perdure::command_type type, perdure::event_attributes attributes)
    -> perdure::command {
  perdure::command made{};
  made.type = type;
  made.attributes = std::move(attributes);
  return made;
}
inline auto activity(std::string id, perdure::activity_options const& options,
                     std::string queue = "tests") -> perdure::command {
  perdure::events::activity_task_scheduled asked{};
  asked.activity_id = std::move(id);
  asked.activity_type = "activity";
  asked.task_queue.name = queue;
  auto const set = [](perdure::duration d) {
    return d == perdure::duration{} ? std::nullopt : std::optional{d};
  };
  asked.schedule_to_close_timeout = set(options.schedule_to_close_timeout);
  asked.schedule_to_start_timeout = set(options.schedule_to_start_timeout);
  asked.start_to_close_timeout = set(options.start_to_close_timeout);
  asked.heartbeat_timeout = set(options.heartbeat_timeout);
  if (options.retry_policy.is_set()) asked.retry_policy = options.retry_policy;
  return of(perdure::command_type::schedule_activity_task,
            perdure::event_attributes::make(std::move(asked)));
}
inline auto cancel_activity(perdure::event_id scheduled) -> perdure::command {
  perdure::events::activity_task_cancel_requested asked{};
  asked.scheduled_event_id = scheduled;
  return of(perdure::command_type::request_cancel_activity_task,
            perdure::event_attributes::make(std::move(asked)));
}
inline auto timer(std::string id, perdure::duration wait) -> perdure::command {
  perdure::events::timer_started asked{};
  asked.timer_id = std::move(id);
  asked.start_to_fire_timeout = wait;
  return of(perdure::command_type::start_timer, perdure::event_attributes::make(std::move(asked)));
}
inline auto child(std::string id, std::string queue = "tests") -> perdure::command {
  perdure::events::start_child_workflow_execution_initiated asked{};
  asked.workflow_id = std::move(id);
  asked.workflow_type = "child";
  asked.task_queue.name = queue;
  return of(perdure::command_type::start_child_workflow_execution,
            perdure::event_attributes::make(std::move(asked)));
}
inline auto complete() -> perdure::command {
  return of(perdure::command_type::complete_workflow_execution,
            perdure::event_attributes::make(perdure::events::workflow_execution_completed{}));
}
inline auto fail(perdure::failure why) -> perdure::command {
  perdure::events::workflow_execution_failed asked{};
  asked.failure = std::move(why);
  return of(perdure::command_type::fail_workflow_execution,
            perdure::event_attributes::make(std::move(asked)));
}

} // namespace commands

inline auto application_failure(std::string type, bool non_retryable = false,
                                std::optional<perdure::duration> next = {}) -> perdure::failure {
  perdure::failure why{};
  why.message = "failed";
  why.info = perdure::application_failure_info{
      .type = std::move(type), .next_retry_delay = next, .non_retryable = non_retryable};
  return why;
}

class hand_worker final : public perdure::worker_link {
public:
  explicit hand_worker(perdure::memory_backend& backend, std::string queue = "tests")
      : backend_{&backend} {
    static std::uint64_t last = 1'000'000;
    id = ++last;
    task_queue = queue;
    identity = "by hand";
    backend.attach(*this);
  }
  hand_worker(hand_worker const&) = delete;
  auto operator=(hand_worker const&) -> hand_worker& = delete;
  ~hand_worker() { backend_->detach(*this); }

  auto poll_once() -> bool override { return false; } // the test polls
  void cancel_attempt(perdure::activity_task_token const& token) noexcept override {
    cancelled.push_back(token);
  }
  std::vector<perdure::activity_task_token> cancelled;

  [[nodiscard]] auto poll_workflow() -> std::optional<perdure::workflow_task> {
    auto task = backend_->poll(*this, {true, false, false});
    if (auto* const found = std::get_if<perdure::workflow_task>(&task)) return std::move(*found);
    return std::nullopt;
  }
  [[nodiscard]] auto poll_activity() -> std::optional<perdure::activity_task> {
    auto task = backend_->poll(*this, {false, true, false});
    if (auto* const found = std::get_if<perdure::activity_task>(&task)) return std::move(*found);
    return std::nullopt;
  }
  /// The next workflow task. Fails the test if there is none.
  [[nodiscard]] auto workflow() -> perdure::workflow_task {
    auto task = poll_workflow();
    REQUIRE(task);
    return *task;
  }
  [[nodiscard]] auto activity() -> perdure::activity_task {
    auto task = poll_activity();
    REQUIRE(task);
    return *task;
  }
  void answer(perdure::workflow_task const& task, std::vector<perdure::command> decided = {}) {
    perdure::workflow_task_completion completion{};
    completion.commands = std::move(decided);
    backend_->complete_workflow_task(*this, task.token, std::move(completion));
  }
  /// Takes the next workflow task and answers it.
  void decide(std::vector<perdure::command> decided = {}) {
    answer(workflow(), std::move(decided));
  }
  void fail_task(perdure::workflow_task const& task, std::string why) {
    perdure::workflow_task_failure answer{};
    answer.cause = perdure::workflow_task_failed_cause::workflow_worker_unhandled_failure;
    answer.reason.message = std::move(why);
    backend_->fail_workflow_task(*this, task.token, std::move(answer));
  }
  void complete(perdure::activity_task const& task) {
    backend_->complete_activity({}, task.token, {});
  }
  void fail(perdure::activity_task const& task, perdure::failure why) {
    backend_->fail_activity({}, task.token, std::move(why));
  }

private:
  perdure::memory_backend* backend_;
};

/// A backend in virtual time, and a worker by hand.
struct server {
  perdure::memory_backend backend{{.clock = perdure::clock_mode::virtual_time}};
  hand_worker hand{backend};
  perdure::client<perdure::memory_backend> client{backend};

  auto start(perdure::start_workflow_request request = {}) -> perdure::start_workflow_result {
    if (request.workflow_id.empty()) request.workflow_id = "w";
    if (request.workflow_type.empty()) request.workflow_type = "workflow";
    if (request.task_queue.empty()) request.task_queue = "tests";
    return backend.start_workflow(request);
  }
  [[nodiscard]] auto now() -> perdure::duration { return since_start(backend.now()); }
  void pass(perdure::duration time) { backend.advance(time); }
  /// Children start at the latest when somebody looks.
  void settle_children() { (void)client.list(); }

  [[nodiscard]] auto history(std::string const& id = "w") -> std::vector<perdure::event> {
    return client.get_handle(id).fetch_history().events;
  }
  [[nodiscard]] auto types(std::string const& id = "w") -> std::vector<perdure::event_type> {
    std::vector<perdure::event_type> all;
    for (auto const& each : history(id)) all.push_back(each.type);
    return all;
  }
  [[nodiscard]] auto last(std::string const& id = "w") -> perdure::event {
    return history(id).back();
  }
  /// The last event of a type. Fails the test if there is none.
  [[nodiscard]] auto last(perdure::event_type type, std::string const& id = "w") -> perdure::event {
    auto const all = history(id);
    for (auto each = all.rbegin(); each != all.rend(); ++each)
      if (each->type == type) return *each;
    FAIL("history of " << id << " has no event " << perdure::name_of(type));
    return {};
  }
  [[nodiscard]] auto status(std::string const& id = "w") -> perdure::workflow_execution_status {
    return client.get_handle(id).describe().status;
  }
};

/// The code of the error that a call throws; fails the test if it throws none.
template <class Call>
auto error_of(Call call) -> perdure::errc {
  try {
    call();
  } catch (perdure::error const& e) {
    return e.code();
  }
  FAIL("nothing was thrown");
  return {};
}

} // namespace perdure_test
