// A worker that a test works by hand, task by task: what a server does is then seen at every step.
#pragma once

#include <perdure/perdure.hpp>

#include "support/catch.hpp"
#include "support/commands.hpp"
#include "support/virtual_world.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace perdure_test {

[[nodiscard]] inline auto next_hand_id() -> std::uint64_t {
  static std::uint64_t last = 1'000'000;
  return ++last;
}

template <class Backend>
class basic_hand_worker final : public perdure::worker_link {
public:
  explicit basic_hand_worker(Backend& backend, std::string queue = "tests") : backend_{&backend} {
    id = next_hand_id();
    task_queue = queue;
    identity = "by hand";
    backend.attach(*this);
  }
  /// A worker of a build of deployment "shop". What it completes is `behavior` from then on.
  basic_hand_worker(Backend& backend, std::string build, perdure::versioning_behavior behavior,
                    std::string queue = "tests")
      : behavior_{behavior}, backend_{&backend} {
    id = next_hand_id();
    task_queue = queue;
    version = perdure::worker_deployment_version{"shop", build, {}};
    identity = "by hand";
    backend.attach(*this);
  }
  basic_hand_worker(basic_hand_worker const&) = delete;
  auto operator=(basic_hand_worker const&) -> basic_hand_worker& = delete;
  ~basic_hand_worker() { backend_->detach(*this); }

  /// The test polls; or, while a call of a client waits in virtual time, this. False: nothing done.
  std::function<bool()> on_turn;
  auto poll_once() -> bool override { return on_turn && on_turn(); }
  void cancel_attempt(perdure::activity_task_token const& token,
                      perdure::activity_cancel_reason reason) noexcept override {
    cancelled.push_back(token);
    cancel_reasons.push_back(reason);
  }
  std::vector<perdure::activity_task_token> cancelled;
  std::vector<perdure::activity_cancel_reason> cancel_reasons; ///< Of each.

  [[nodiscard]] auto poll_workflow() -> std::optional<perdure::workflow_task> {
    return task_in<perdure::workflow_task>(backend_->poll(*this, {true, false, false}));
  }
  [[nodiscard]] auto poll_activity() -> std::optional<perdure::activity_task> {
    return task_in<perdure::activity_task>(backend_->poll(*this, {false, true, false}));
  }
  /// The next workflow task. Fails the test if there is none.
  [[nodiscard]] auto workflow() -> perdure::workflow_task {
    auto task = task_in<perdure::workflow_task>(poll_for_sure({true, false, false}));
    REQUIRE(task);
    return std::move(*task);
  }
  [[nodiscard]] auto activity() -> perdure::activity_task {
    auto task = task_in<perdure::activity_task>(poll_for_sure({false, true, false}));
    REQUIRE(task);
    return std::move(*task);
  }

  // All answers go through these, so that a test does not depend on how a backend takes them.
  void answer(perdure::workflow_task const& task, std::vector<perdure::command> decided = {}) {
    perdure::workflow_task_completion completion{};
    completion.commands = std::move(decided);
    answer_with(task, std::move(completion));
  }
  void answer_with(perdure::workflow_task const& task,
                   perdure::workflow_task_completion completion) {
    completion.versioning_behavior = behavior_;
    completion.deployment_version = version;
    backend_->complete_workflow_task(*this, task.token, std::move(completion));
  }
  /// Takes the next workflow task and answers it.
  void decide(std::vector<perdure::command> decided = {}) {
    answer(workflow(), std::move(decided));
  }
  /// Accepts all updates of a task, and completes those for which `result` gives something.
  template <class Result>
  void answer_updates(perdure::workflow_task const& task, Result result,
                      std::vector<perdure::command> more = {}) {
    perdure::workflow_task_completion completion{};
    for (auto const& each : task.updates) {
      say(completion, accept(each));
      if (auto outcome = result(each)) say(completion, complete(each.id.str(), *outcome));
    }
    for (auto& each : more) completion.commands.push_back(std::move(each));
    answer_with(task, std::move(completion));
  }
  [[nodiscard]] static auto accept(perdure::delivered_update const& update)
      -> perdure::update_message {
    perdure::update_message made{};
    made.what = perdure::update_message::kind::acceptance;
    made.message_id = update.id.str() + "/accept";
    made.update_id = update.id;
    made.sequencing_event_id = update.sequencing_event_id;
    made.request = update.request;
    return made;
  }
  [[nodiscard]] static auto reject(perdure::delivered_update const& update, perdure::failure why)
      -> perdure::update_message {
    perdure::update_message made{};
    made.what = perdure::update_message::kind::rejection;
    made.message_id = update.id.str() + "/reject";
    made.update_id = update.id;
    made.outcome.failure = std::move(why);
    return made;
  }
  [[nodiscard]] static auto complete(std::string id, perdure::payloads result)
      -> perdure::update_message {
    perdure::update_message made{};
    made.what = perdure::update_message::kind::response;
    made.message_id = id + "/complete";
    made.update_id = id;
    made.outcome.success = std::move(result);
    return made;
  }
  /// Adds a message to an answer, with its command unless it is a rejection.
  static void say(perdure::workflow_task_completion& to, perdure::update_message message) {
    if (message.what != perdure::update_message::kind::rejection)
      to.commands.push_back(commands::message(message.message_id));
    to.updates.push_back(std::move(message));
  }
  /// Answers a query task.
  void tell(perdure::workflow_task const& task, perdure::payloads result) {
    backend_->answer_query_task(*this, task.token, {{}, std::move(result), {}});
  }
  void fail_task(perdure::workflow_task const& task, std::string why) {
    perdure::workflow_task_failure answer{};
    answer.cause = perdure::workflow_task_failed_cause::workflow_worker_unhandled_failure;
    answer.reason.message = std::move(why);
    backend_->fail_workflow_task(*this, task.token, std::move(answer));
  }
  void complete(perdure::activity_task const& task, perdure::payloads result = {}) {
    backend_->complete_activity({}, task.token, std::move(result));
  }
  void fail(perdure::activity_task const& task, perdure::failure why) {
    backend_->fail_activity({}, task.token, std::move(why));
  }
  /// The attempt stopped because it was asked to, or, if it was not, for `why`.
  void stop(perdure::activity_task const& task, perdure::payloads details = {},
            perdure::failure why = {}) {
    backend_->cancel_activity({}, task.token, std::move(details), std::move(why));
  }
  /// True if the attempt should stop.
  auto heartbeat(perdure::activity_task const& task, perdure::payloads details = {}) -> bool {
    return backend_->record_heartbeat(task.token, std::move(details));
  }

private:
  template <class Task>
  [[nodiscard]] static auto task_in(perdure::polled_task polled) -> std::optional<Task> {
    if (auto* const found = std::get_if<Task>(&polled)) return std::move(*found);
    return std::nullopt;
  }
  /// There must be a task. Where tasks come a moment later, a backend may wait for it.
  [[nodiscard]] auto poll_for_sure(perdure::poll_request what) -> perdure::polled_task {
    if constexpr (requires { backend_->poll_for_sure(*this, what); })
      return backend_->poll_for_sure(*this, what);
    else
      return backend_->poll(*this, what);
  }

  perdure::versioning_behavior behavior_{};
  Backend* backend_;
};

/// A backend in virtual time that somebody else owns, a worker by hand and a client.
template <class Backend>
struct basic_server {
  explicit basic_server(Backend& served) : backend{served} {}

  Backend& backend;
  basic_hand_worker<Backend> hand{backend};
  perdure::client<Backend> client{backend};

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

using hand_worker = basic_hand_worker<perdure::memory_backend>;

struct owned_memory_backend {
  perdure::memory_backend owned{{.clock = perdure::clock_mode::virtual_time}};
};

/// A backend in memory and in virtual time, a worker by hand and a client.
struct server : private owned_memory_backend, basic_server<perdure::memory_backend> {
  server() : basic_server{owned} {}
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
