// Where the workflows run whose histories go to the other SDK: a backend in virtual time, a worker
// and a client.
#pragma once

#include <perdure/perdure.hpp>

#include "conformance/worlds.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace interop {

using namespace std::chrono_literals;

inline constexpr char const* queue = "interop";

/// One fresh backend with one worker, which starts when the first workflow does.
class stage {
public:
  using any_backend = perdure_test::conformance::any_backend;

  /// `cached`: how many live runs the worker keeps; with 0 every workflow task replays its run.
  stage(std::unique_ptr<any_backend> made, std::size_t cached)
      : backend{std::move(made)},
        worker{*backend,
               {.task_queue = queue, .identity = "perdure", .max_cached_workflows = cached}} {}

  std::unique_ptr<any_backend> backend;
  perdure::worker<any_backend> worker;
  perdure::client<any_backend> client{*backend};

  /// Starts W under the id "w", unless the options say otherwise.
  template <auto W, class... A>
  auto start_with(perdure::workflow_options options, A... arguments) {
    worker.start();
    if (options.id.empty()) options.id = "w";
    options.task_queue = queue;
    return client.template start_workflow<W>(std::move(arguments)..., std::move(options));
  }
  template <auto W, class... A>
  auto start(A... arguments) {
    return start_with<W>({}, std::move(arguments)...);
  }
  /// Runs W to its end, however it ends.
  template <auto W, class... A>
  void run(A... arguments) {
    auto const handle = start<W>(std::move(arguments)...);
    finish(handle);
  }
  /// Waits for the end, however it ends.
  static void finish(auto const& handle) {
    try {
      (void)handle.result();
    } catch (perdure::failure_error const&) {
      // How the run ended stands in its history.
    }
  }
  /// Lets everything happen that can happen without time passing.
  void settle() { backend->advance(perdure::duration{}); }
};

/// Answers activities of the queue "elsewhere", when and how a scene says.
class elsewhere {
public:
  explicit elsewhere(stage& on) : backend_{*on.backend} {
    link_.id = 1'000'000;
    link_.task_queue = "elsewhere";
    link_.identity = "elsewhere";
    (void)backend_.attach(link_);
  }
  elsewhere(elsewhere const&) = delete;
  auto operator=(elsewhere const&) -> elsewhere& = delete;
  ~elsewhere() { backend_.detach(link_); }

  /// The next attempt. \throws std::bad_variant_access if there is none
  [[nodiscard]] auto take() -> perdure::activity_task_token {
    auto const task = backend_.poll(link_, {false, true, false});
    return std::get<perdure::activity_task>(task).token;
  }

private:
  struct silent_link final : perdure::worker_link {
    auto poll_once() -> bool override { return false; }
    void cancel_attempt(perdure::activity_task_token const&,
                        perdure::activity_cancel_reason) noexcept override {}
  };
  stage::any_backend& backend_;
  silent_link link_{};
};

/// A story whose histories are written down. Every run in it has its equivalent in Python.
struct scene {
  char const* name;
  void (*play)(stage&);
};

/// The scene of a workflow that needs nothing but to be run.
template <auto W, auto... F>
void plays(stage& on) {
  on.worker.template add<W, F...>();
  on.run<W>();
}

[[nodiscard]] auto activity_scenes() -> std::vector<scene>;
[[nodiscard]] auto child_scenes() -> std::vector<scene>;
[[nodiscard]] auto control_scenes() -> std::vector<scene>;
[[nodiscard]] auto handler_scenes() -> std::vector<scene>;
[[nodiscard]] auto life_scenes() -> std::vector<scene>;
[[nodiscard]] auto local_activity_scenes() -> std::vector<scene>;
[[nodiscard]] auto message_scenes() -> std::vector<scene>;
[[nodiscard]] auto operator_scenes() -> std::vector<scene>;

namespace detail {

struct failure_name {
  auto operator()(perdure::application_failure_info const& i) const -> std::string {
    return "ApplicationError(" + i.type + ")";
  }
  auto operator()(perdure::activity_failure_info const&) const -> std::string {
    return "ActivityError";
  }
  auto operator()(perdure::child_workflow_failure_info const&) const -> std::string {
    return "ChildWorkflowError";
  }
  auto operator()(perdure::timeout_failure_info const& i) const -> std::string {
    return "TimeoutError(" + std::to_string(static_cast<int>(i.timeout_type)) + ")";
  }
  auto operator()(perdure::canceled_failure_info const&) const -> std::string {
    return "CancelledError";
  }
  auto operator()(perdure::terminated_failure_info const&) const -> std::string {
    return "TerminatedError";
  }
  template <class Other>
  auto operator()(Other const&) const -> std::string {
    return "FailureError";
  }
};

} // namespace detail

/// The failure types of a chain of causes, outermost first, as Python names its exceptions.
[[nodiscard]] inline auto chain_of(perdure::failure const& why) -> std::string {
  std::string text = std::visit(detail::failure_name{}, why.info);
  return why.cause ? text + " <- " + chain_of(*why.cause) : text;
}

} // namespace interop
