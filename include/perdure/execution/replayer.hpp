// Runs workflow code against a recorded history, and says whether they agree.
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/worker_interceptor.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/history/history.hpp"
#include "perdure/replay/divergence.hpp"
#if PERDURE_DEFINES
  #include "perdure/execution/workflow_executor.hpp"
#endif

namespace perdure::inline v0 {

namespace detail {
struct replayed_calls; // see testing/call_sites.hpp
template <class Unused>
class basic_workflow_executor;
} // namespace detail

/// What a replay found.
struct replay_result {
  std::string problem{};                         ///< Empty: the code does what history says it did.
  std::optional<divergence_report> divergence{}; ///< If code and history disagree about commands.
  bool finished{false};                          ///< The workflow's code has ended.
  std::vector<command> commands{}; ///< Issued, and not in history (a history that is still open).

  [[nodiscard]] auto ok() const noexcept -> bool { return problem.empty(); }
  [[nodiscard]] explicit operator bool() const noexcept { return ok(); }
};

/// What the worker had whose histories are replayed; as in `worker_options`.
struct replayer_options {
  std::vector<std::string> fail_run_on{};
  std::shared_ptr<perdure::data_converter const> data_converter{};
  worker_interceptors interceptors{}; ///< Those of workflows look into the replayed runs.
};

/// Replays histories, of this library or of a Temporal SDK, against workflow functions:
/// `replayer{}.add<my_workflow>().replay(history::from_json(text))`. No activity runs.
///
/// Compared is what a code change must not alter: the kinds of commands, their order, ids and
/// types. Inputs, the durations of timers, timeouts and retry policies may change under runs that
/// live, and are not (the explorer of `perdure/testing.hpp` compares them, too).
class replayer {
public:
  explicit replayer(replayer_options options = {}) : options_{std::move(options)} {}

  /// \throws error (already_registered) if two have the same wire name.
  template <auto... F>
  auto add(std::source_location source = std::source_location::current()) -> replayer& {
    (registry_.add<F>(source), ...);
    return *this;
  }
  /// Finds a workflow under the name that histories have for it.
  template <auto F>
  auto add_as(std::string_view name, std::source_location source = std::source_location::current())
      -> replayer& {
    registry_.alias<F>(name, source);
    return *this;
  }

  /// Replays a history to its end.
  /// \throws error (not_registered) if its workflow type is not registered.
  template <class Unused = void>
  [[nodiscard]] auto replay(history const& recorded) const -> replay_result;

  /// Replays up to the workflow task that event `started` began, with what the rest of history says
  /// about that task (its flags, patches, local activities); `commands` then holds what the code
  /// decided in it.
  /// \throws error (not_registered)
  template <class Unused = void>
  [[nodiscard]] auto replay_until(history const& recorded, event_id started) const -> replay_result;

private:
  friend detail::registry_access;
  friend detail::replayed_calls;

  /// `drive(executor, with)` lets it process the history.
  template <class Unused>
  [[nodiscard]] auto replay_by(history const& recorded,
                               void (*drive)(detail::basic_workflow_executor<Unused>& executor,
                                             void const* with),
                               void const* with) const -> replay_result;

  replayer_options options_;
  detail::registry registry_;
};

#if PERDURE_DEFINES
template <class Unused>
auto replayer::replay(history const& recorded) const -> replay_result {
  return replay_until<Unused>(recorded, detail::basic_workflow_executor<Unused>::never);
}
template <class Unused>
auto replayer::replay_until(history const& recorded, event_id started) const -> replay_result {
  struct what {
    std::vector<event> const& events;
    event_id started;
  } const whole{recorded.events, started};
  return replay_by<Unused>(
      recorded,
      [](detail::basic_workflow_executor<Unused>& executor, void const* with) {
        auto const& to = *static_cast<what const*>(with);
        executor.process(to.events, to.started);
      },
      &whole);
}
template <class Unused>
auto replayer::replay_by(history const& recorded,
                         void (*drive)(detail::basic_workflow_executor<Unused>& executor,
                                       void const* with),
                         void const* with) const -> replay_result {
  replay_result result{};
  auto const* const found =
      recorded.events.empty()
          ? nullptr
          : recorded.events.front().attributes.get_if<events::workflow_execution_started>();
  if (found == nullptr) {
    result.problem = "a history begins with a WorkflowExecutionStarted event";
    return result;
  }
  auto const& first = *found;
  detail::workflow_starter const starter = registry_.workflow(first.workflow_type.view());
  if (starter == nullptr)
    throw error{errc::not_registered, "no workflow is registered as '" + first.workflow_type.str() +
                                          "' (registered: " + registry_.workflow_names() + ")"};
  workflow_execution run{recorded.workflow_id.empty() ? first.workflow_id : recorded.workflow_id,
                         first.original_execution_run_id};
  detail::basic_workflow_executor<Unused> executor{starter, std::move(run), first.workflow_type,
                                                   options_.fail_run_on};
  if (!options_.interceptors.empty()) executor.intercept(options_.interceptors);
  executor.convert_by(options_.data_converter.get());
  try {
    drive(executor, with);
  } catch (nondeterminism_error const& e) {
    result.problem = e.what();
    result.divergence = e.report();
  } catch (error const& e) {
    result.problem = e.what();
  } catch (...) {
    result.problem = describe(detail::failure_of_current_exception());
  }
  result.finished = executor.ended();
  executor.machine().collect(result.commands);
  return result;
}
  #ifdef PERDURE_SOURCE
template auto replayer::replay_by<void>(
    history const& recorded,
    void (*drive)(detail::basic_workflow_executor<void>& executor, void const* with),
    void const* with) const -> replay_result;
template auto replayer::replay<void>(history const& recorded) const -> replay_result;
template auto replayer::replay_until<void>(history const& recorded, event_id started) const
    -> replay_result;
  #endif
#endif

} // namespace perdure::inline v0
