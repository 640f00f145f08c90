// What an explorer explores: the code, what stands in for it, what is sent to it, what must hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/data_converter.hpp"
#include "perdure/execution/activity_function.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/execution/worker_interceptor.hpp"
#include "perdure/testing/explored_run.hpp"

namespace perdure::inline v0 {

/// How far an explorer goes, and what it may do to a run. A schedule differs from the usual course,
/// in which nothing fails and all is answered in order, by its deviations.
struct explorer_options {
  std::uint32_t max_deviations{3};        ///< Of the schedules that are enumerated, fewest first.
  std::size_t max_schedules{2'000};       ///< That are enumerated; then come random ones.
  std::size_t random_schedules{500};      ///< Not run when all schedules were enumerated.
  std::uint64_t seed{1};                  ///< Of the random ones.
  std::size_t max_steps{1'000};           ///< A run that takes more is reported as endless.
  std::size_t replays{2};                 ///< Of every history, when its run has ended.
  bool failures{true};                    ///< Activities fail for good.
  bool lost_answers{true};                ///< Activities run, and their answers get lost.
  bool crashes{true};                     ///< Workers die while they work on a workflow task.
  bool evictions{true};                   ///< Live runs are dropped.
  bool cancellation{true};                ///< Somebody cancels the run, at most once.
  std::vector<std::string> fail_run_on{}; ///< As in `worker_options`; and so the next two.
  worker_interceptors interceptors{};
  std::shared_ptr<perdure::data_converter const> data_converter{};
};

namespace detail {

/// An activity with another function.
template <class F, class Signature>
class stub_activity;
template <class F, class R, class... A>
class stub_activity<F, signature<R, A...>> final : public called_activity {
public:
  explicit stub_activity(F function) : function_{std::move(function)} {}
  [[nodiscard]] auto asynchronous() const noexcept -> bool override { return false; }

private:
  [[nodiscard]] auto call(payloads const& input, activity_attempt& attempt, payloads& to)
      -> bool override {
    using result = typename unwrap_result<R>::type;
    return call_activity<result, std::remove_cvref_t<A>...>(
        input, attempt, to,
        [this](auto&&... a) -> result { return function_(std::forward<decltype(a)>(a)...); });
  }
  F function_;
};

struct planned_message {
  std::string name{};
  payloads input{};
  bool is_update{false};
};
struct explorer_check {
  std::string name{};
  std::function<bool(explored_run const&)> holds{};
};

struct explorer_program {
  explorer_options options{};
  registry known{};
  std::map<std::string, std::unique_ptr<activity_function>, std::less<>> stubs{};
  std::set<std::string, std::less<>> reliable{};
  std::vector<planned_message> messages{};
  std::vector<explorer_check> checks{};
  std::function<void()> before_each{};

  [[nodiscard]] auto activity(std::string_view name) const -> activity_function* {
    auto const stub = stubs.find(name);
    return stub == stubs.end() ? known.activity(name) : stub->second.get();
  }
};

/// The run that is explored.
struct explorer_target {
  shared_string workflow_type{};
  payloads input{};
};

} // namespace detail

/// What is wrong with a run.
enum class exploration_fault : std::uint8_t {
  check,           ///< A check does not hold.
  stuck,           ///< It waits for nothing that can come.
  endless,         ///< It did not end within `explorer_options::max_steps`.
  divergence,      ///< A replay does not do what history says it did.
  task_failed,     ///< A workflow task failed: code threw what is no failure of the workflow.
  destructor_call, ///< A destructor called the workflow API while the run was evicted.
  unfit_schedule   ///< A schedule that was given does not fit the code: a move is not possible.
};

/// How one schedule ended.
struct explored_schedule {
  std::optional<exploration_fault> fault{}; ///< Nothing: all is well.
  std::string problem{};                    ///< What is wrong, in words.
  std::string schedule{};                   ///< What happened, up to its last deviation.
  std::size_t deviations{0};
  explored_run run{};

  [[nodiscard]] auto ok() const noexcept -> bool { return !fault; }
};

} // namespace perdure::inline v0
