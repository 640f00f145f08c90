// Where the C++ workflows run: a worker and a client on a server, and what a scene may do there.
// The same in Python: stage.py.
#pragma once

#include <perdure/temporal.hpp>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace equal {

using namespace std::chrono_literals;

inline constexpr char const* queue = "equal";
inline constexpr char const* identity = "equal";

/// Where activities wait until a scene lets them go on.
class gate {
public:
  /// \throws perdure::cancelled_error if the attempt is to stop before that
  void pass(std::stop_token const& stop) {
    std::unique_lock lock{mutex_};
    is_reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, stop, [this] { return is_open_; });
    if (!is_open_) throw perdure::cancelled_error{"it was asked to stop"};
  }
  void reach() {
    std::lock_guard const lock{mutex_};
    is_reached_ = true;
    changed_.notify_all();
  }
  void open() {
    std::lock_guard const lock{mutex_};
    is_open_ = true;
    changed_.notify_all();
  }
  void wait_until_reached();

private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_reached_{false};
  bool is_open_{false};
};

[[nodiscard]] auto gate_of(std::string const& name) -> gate&;

using backend = perdure::temporal_backend;
using worker = perdure::worker<backend>;
using client = perdure::client<backend>;
using untyped_handle = perdure::workflow_handle<void, backend>;
using execution = perdure::workflow_execution;

/// The client of all scenes, and what one of them has begun.
class stage {
public:
  stage(equal::client const& far, equal::client const& near, char const* scene)
      : client{far}, near_client{near}, name{scene} {}

  equal::client const& client;      ///< With a connection of its own.
  equal::client const& near_client; ///< With that of the worker.
  std::string name;
  std::vector<execution> runs{}; ///< That the scene began itself.

  /// Of a start. What an earlier, broken attempt at the scene has left behind goes.
  [[nodiscard]] auto options(perdure::workflow_options with = {}) const
      -> perdure::workflow_options {
    if (with.id.empty()) with.id = name;
    with.task_queue = queue;
    if (with.id_conflict_policy == perdure::workflow_id_conflict_policy::unspecified)
      with.id_conflict_policy = perdure::workflow_id_conflict_policy::terminate_existing;
    return with;
  }
  template <class Handle>
  auto began(Handle handle) -> Handle {
    runs.push_back(handle.execution());
    return handle;
  }
  template <auto W, class... A>
  auto start_with(perdure::workflow_options with, A... arguments) {
    return began(
        client.template start_workflow<W>(std::move(arguments)..., options(std::move(with))));
  }
  template <auto W, class... A>
  auto start(A... arguments) {
    return start_with<W>({}, std::move(arguments)...);
  }

  /// Waits until so many workflow tasks of the run are done.
  void until_tasks(execution const& run, int count) const;
  void until_tasks(auto const& handle, int count) const { until_tasks(handle.execution(), count); }
  /// The child `<id of the parent>/<name>`, when it is there and waits, and its parent knows.
  [[nodiscard]] auto child_of(execution const& parent, std::string const& child) const
      -> untyped_handle;
  [[nodiscard]] auto child_of(auto const& parent, std::string const& child) const
      -> untyped_handle {
    return child_of(parent.execution(), child);
  }
  /// The run that continues this one, when it is there and waits.
  [[nodiscard]] auto next_of(untyped_handle const& run) const -> untyped_handle;
  [[nodiscard]] auto next_of(auto const& run) const -> untyped_handle {
    return next_of(handle_of(run.execution()));
  }
  /// Waits for the end, however it ends: that stands in its history.
  static void finish(auto const& handle) {
    try {
      (void)handle.result();
    } catch (perdure::failure_error const&) {
    }
  }

private:
  using predicate = std::function<bool(perdure::event const&)>;
  [[nodiscard]] auto until(execution const& run, predicate const& holds) const -> perdure::event;
  [[nodiscard]] auto handle_of(execution const& run) const -> untyped_handle {
    return client.get_handle(run.workflow_id.str(), run.run_id.str());
  }
};

/// A story whose histories are compared.
struct scene {
  char const* name;
  void (*play)(stage&);
};

/// The scene of a workflow that needs nothing but to be run.
template <auto W, auto... Arguments>
void plays(stage& on) {
  stage::finish(on.start<W>(Arguments...));
}

/// An activity of several parts.
auto say(std::string text) -> std::string;

/// Writes the runs that a scene began, their children and those that continue them, as
/// <folder>/<scene>.<workflow id>.<n>.json; gives their number.
auto write_histories(stage const& on, std::filesystem::path const& folder) -> int;

/// Scenes, and the workflows and activities in them.
struct part {
  std::vector<scene> scenes;
  void (*add_to_worker)(worker&);
  void (*add_to_replayer)(perdure::replayer&);
};

[[nodiscard]] auto activity_part() -> part;
[[nodiscard]] auto child_part() -> part;
[[nodiscard]] auto control_part() -> part;
[[nodiscard]] auto message_part() -> part;

} // namespace equal
