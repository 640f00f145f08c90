// Activities as a test environment registers them: each call is noted, and ends as the test wants.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "perdure/execution/activity_function.hpp"
#include "perdure/testing/function_plan.hpp"
#include "perdure/workflow/callable.hpp"

namespace perdure::inline v0::detail {

/// A function of a test in place of an activity or workflow with this signature.
template <class Call, class Signature>
class mocked_activity;
template <class Call, class R, class... A>
class mocked_activity<Call, signature<R, A...>> final : public called_activity {
public:
  using result = typename unwrap_result<R>::type;

  explicit mocked_activity(Call call) : call_{std::move(call)} {}
  [[nodiscard]] auto asynchronous() const noexcept -> bool override { return false; }

private:
  [[nodiscard]] auto call(payloads const& input, activity_attempt& attempt, payloads& to)
      -> bool override {
    return call_activity<result, A...>(input, attempt, to, [this](auto&&... a) -> result {
      return std::invoke(call_, std::forward<decltype(a)>(a)...);
    });
  }
  Call call_;
};

/// Notes calls, and lets those fail for which a failure is planned.
class spied_activity final : public activity_function {
public:
  /// The plan must outlive it.
  spied_activity(std::shared_ptr<activity_function> inner, function_plan& plan)
      : inner_{std::move(inner)}, plan_{&plan} {}
  [[nodiscard]] auto asynchronous() const noexcept -> bool override {
    return inner_->asynchronous();
  }
  void run(payloads const& input, activity_attempt& attempt) override {
    activity_task const& task = attempt.context.task;
    auto wanted = plan_->begin_call(
        {input, task.token.attempt, task.started_time, task.execution.workflow_id.str()});
    bool const is_local = attempt.context.heartbeats == nullptr;
    if (is_local && plan_->has_delay()) wanted = why_not_delayed();
    if (!wanted) return inner_->run(input, attempt);
    attempt.end({activity_outcome::kind::failed, {}, std::move(*wanted)});
  }

private:
  [[nodiscard]] static auto why_not_delayed() -> failure {
    failure why{};
    why.message = "test_environment: a local activity runs in its worker and cannot be delayed";
    why.source = "perdure";
    why.info = application_failure_info{.type = "NotDelayed", .non_retryable = true};
    return why;
  }
  std::shared_ptr<activity_function> inner_;
  function_plan* plan_;
};

/// Stands for all activities that are neither registered nor mocked: tells `report`, and fails for
/// good, so that the test ends at once.
class unknown_activity final : public activity_function {
public:
  explicit unknown_activity(std::function<void(std::string)> report) : report_{std::move(report)} {}
  [[nodiscard]] auto asynchronous() const noexcept -> bool override { return false; }
  void run(payloads const&, activity_attempt& attempt) override {
    activity_task const& task = attempt.context.task;
    std::string const type =
        task.scheduled.get<events::activity_task_scheduled>().activity_type.str();
    activity_outcome refused{activity_outcome::kind::failed, {}, {}};
    failure& why = refused.why.make();
    why.message = "workflow '" + task.workflow_type.str() + "' (id '" +
                  task.execution.workflow_id.str() + "') called activity '" + type +
                  "', which is neither registered (env.add<" + type + ">()) nor mocked (env.mock<" +
                  type + ">(...))";
    why.source = "perdure";
    why.info = application_failure_info{.type = "NotFoundError", .non_retryable = true};
    report_(why.message);
    attempt.end(std::move(refused));
  }

private:
  std::function<void(std::string)> report_;
};

} // namespace perdure::inline v0::detail
