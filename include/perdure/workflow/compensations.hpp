// Sagas: what has been done is undone when a later step fails.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/detail/owned.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/workflow/cancellation.hpp"
#include "perdure/workflow/when_all.hpp"

namespace perdure::inline v0 {

/// How `compensations` undo.
struct compensation_options {
  bool parallel{false}; ///< All at once, in no order, where the default is one after the other.
};

/// The steps that undo what a workflow has done so far, the latest first. Nothing happens when this
/// is destroyed: see `with_compensations`, which runs them when they are needed.
class compensations {
public:
  explicit compensations(compensation_options options = {}) noexcept : options_{options} {}

  /// `undo.add([=] { return execute_activity<cancel_hotel>(booking, options); })`: what is called,
  /// and awaited, to undo one step. Add it before the step where the step may have happened though
  /// it failed (an activity that timed out), and let it bear that there is nothing to undo.
  template <class Step>
  void add(Step step) {
    static_assert(durable_step<Step>,
                  "perdure: a compensation is called with nothing and gives what can be awaited in "
                  "a workflow: execute_activity<f>(...), a workflow<T>, ...");
    steps_.push_back(detail::make_owned<held<Step>>(std::move(step)));
  }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return steps_.size(); }
  /// It has come to a point from which nothing is undone any more.
  void clear() noexcept { steps_.clear(); }

  /// `co_await undo.run()`: undoes all, the latest step first, deaf to cancellation, and forgets
  /// the steps. A step that fails for good does not stop the others. Errors at the await, when all
  /// have been tried: `application_error` of type "CompensationFailed", not retryable, whose
  /// message says how many, with the first failure as its cause.
  [[nodiscard]] auto run() -> workflow<void>;

private:
  template <class Step>
  static constexpr bool durable_step = [] {
    if constexpr (std::is_invocable_v<Step&>)
      return durable_awaitable<std::invoke_result_t<Step&>>;
    else
      return false;
  }();

  struct undo {
    undo() = default;
    undo(undo const&) = delete;
    auto operator=(undo const&) -> undo& = delete;
    virtual ~undo() = default;
    [[nodiscard]] virtual auto run() -> workflow<void> = 0;
  };
  template <class Step>
  struct held final : undo {
    explicit held(Step what) : step(std::move(what)) {}
    auto run() -> workflow<void> override { (void)co_await step(); }
    Step step;
  };

  static void check(std::vector<outcome<void>> const& ends);

  compensation_options options_;
  std::vector<detail::owned<undo>> steps_{};
};

namespace detail {

template <class F>
struct saga_body {
  static_assert(std::is_invocable_v<F&, compensations&>,
                "perdure: with_compensations takes a coroutine that is called with "
                "compensations& and gives a workflow<T>");
  using result = await_result_t<std::invoke_result_t<F&, compensations&>>;
};

} // namespace detail

/// A saga. Awaits `body(undo)`, which adds to `undo` what takes its steps back; if it fails, or is
/// cancelled, the steps are undone and then its failure is rethrown:
///
///     co_return co_await perdure::with_compensations(
///         [&](perdure::compensations& undo) -> perdure::workflow<trip> {
///           auto const hotel = co_await perdure::execute_activity<book_hotel>(dates);
///           undo.add([=] { return perdure::execute_activity<cancel_hotel>(hotel); });
///           ...
///         });
///
/// Errors at the await: those of `body`, which undo nothing if they are no `failure_error` (they
/// fail the workflow task, not the workflow); those of `compensations::run`.
template <class F>
[[nodiscard]] auto with_compensations(F body, compensation_options options = {})
    -> workflow<typename detail::saga_body<F>::result> {
  compensations undo{options};
  auto end = co_await as_outcome(body(undo));
  if (!end) co_await undo.run();
  if constexpr (std::is_void_v<typename detail::saga_body<F>::result>)
    end.value();
  else
    co_return std::move(end).value();
}

#if PERDURE_DEFINES
PERDURE_INLINE auto compensations::run() -> workflow<void> {
  std::vector<detail::owned<undo>> steps = std::exchange(steps_, {});
  std::vector<outcome<void>> ends;
  if (options_.parallel) {
    std::vector<workflow<void>> all;
    for (std::size_t i = steps.size(); i-- > 0;) all.push_back(steps[i]->run());
    ends = co_await shield(when_all_settled(std::move(all)));
  } else {
    for (std::size_t i = steps.size(); i-- > 0;)
      ends.push_back(co_await as_outcome(shield(steps[i]->run())));
  }
  check(ends);
}
PERDURE_INLINE void compensations::check(std::vector<outcome<void>> const& ends) {
  std::size_t failed = 0;
  outcome<void> const* first = nullptr;
  for (auto const& each : ends) {
    if (each) continue;
    if (failed++ == 0) first = &each;
  }
  if (first == nullptr) return;
  throw application_error{
      std::to_string(failed) + " of " + std::to_string(ends.size()) + " compensations failed",
      {.type = "CompensationFailed", .non_retryable = true, .cause = first->error()}};
}
#endif

} // namespace perdure::inline v0
