// A run that was explored, as those see it who say what must hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "perdure/data/converter.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/history/history.hpp"
#include "perdure/workflow/callable.hpp"

namespace perdure::inline v0 {

/// One attempt of an activity in a run that was explored.
struct explored_call {
  enum class ending : std::uint8_t {
    completed, ///< The function returned, and its answer was taken.
    lost,      ///< It returned; its worker died before it had answered.
    failed,    ///< It threw; or the explorer made it fail before it had done anything.
    stopped    ///< The explorer stopped it, for it was cancelled: it has done nothing.
  };
  std::string type{}; ///< The activity's name.
  std::int32_t attempt{1};
  ending end{};
  payloads input{};
  payloads result{}; ///< If the function returned.
  failure why{};     ///< If it failed.
};

/// How a run ended, and what was done on the way: what predicates given to `explorer::check` see.
/// Local activities and side effects are in its history only.
class explored_run {
public:
  workflow_execution_status status{workflow_execution_status::running};
  bool cancel_requested{false};
  std::vector<explored_call> calls{};           ///< Of all runs of the schedule, in their order.
  std::vector<perdure::history> runs{};         ///< It, and those it continued as.
  std::vector<std::string> refusals{};          ///< See `refused_updates`.
  std::vector<std::string> messages_too_late{}; ///< Names of those sent to a run that had ended.

  [[nodiscard]] auto completed() const noexcept -> bool {
    return status == workflow_execution_status::completed;
  }
  [[nodiscard]] auto failed() const noexcept -> bool {
    return status == workflow_execution_status::failed;
  }
  [[nodiscard]] auto cancelled() const noexcept -> bool {
    return status == workflow_execution_status::canceled;
  }

  /// How often an activity did its work: whether or not its answer arrived.
  template <auto F>
  [[nodiscard]] auto count() const -> std::size_t {
    return count(detail::registered_name<F>());
  }
  [[nodiscard]] auto count(std::string_view type) const -> std::size_t {
    std::size_t sum = 0;
    for (explored_call const& each : calls)
      if (each.type == type && did(each)) ++sum;
    return sum;
  }
  /// How often an attempt of it failed.
  template <auto F>
  [[nodiscard]] auto failures() const -> std::size_t {
    std::size_t sum = 0;
    for (explored_call const& each : calls)
      if (each.type == detail::registered_name<F>() && each.end == explored_call::ending::failed)
        ++sum;
    return sum;
  }
  /// With what it did its work, call by call: tuples of its parameters.
  template <auto F>
  [[nodiscard]] auto arguments() const {
    return decoded<F>(typename detail::callable<F>::signature{});
  }

  /// Why updates were refused, by a validator or because there was no handler.
  [[nodiscard]] auto refused_updates() const noexcept -> std::vector<std::string> const& {
    return refusals;
  }
  /// The history of the last run. \pre the run has begun
  [[nodiscard]] auto history() const -> perdure::history const& { return runs.back(); }
  /// \pre completed()
  template <class T>
  [[nodiscard]] auto result() const -> T {
    auto const& end = history().events.back().template as<events::workflow_execution_completed>();
    return std::get<0>(from_payloads<T>(end.result));
  }
  /// What the run failed with, in words; empty if it did not fail.
  [[nodiscard]] auto failure_text() const -> std::string {
    auto const* const end =
        history().events.back().attributes.get_if<events::workflow_execution_failed>();
    return end == nullptr ? std::string{} : describe(*end->failure);
  }

private:
  [[nodiscard]] static auto did(explored_call const& call) noexcept -> bool {
    return call.end == explored_call::ending::completed || call.end == explored_call::ending::lost;
  }
  template <auto F, class R, class... A>
  [[nodiscard]] auto decoded(detail::signature<R, A...>) const
      -> std::vector<std::tuple<std::remove_cvref_t<A>...>> {
    std::vector<std::tuple<std::remove_cvref_t<A>...>> all;
    for (explored_call const& each : calls)
      if (each.type == detail::registered_name<F>() && did(each))
        all.push_back(from_payloads<std::remove_cvref_t<A>...>(each.input));
    return all;
  }
};

} // namespace perdure::inline v0
