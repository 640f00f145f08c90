// Running one attempt of an activity: arguments in, result or failure out.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/activity/activity.hpp"
#include "perdure/activity/activity_context.hpp"
#include "perdure/config.hpp"
#include "perdure/execution/failure_conversion.hpp"
#include "perdure/workflow/callable.hpp"

namespace perdure::inline v0::detail {

/// How an attempt ended.
struct activity_outcome {
  enum class kind : unsigned char { completed, failed, cancelled, later };
  kind what{kind::completed};  ///< later: somebody else completes it.
  payloads result{};           ///< Of the activity; of a cancelled one, its details.
  indirect<failure> why{};     ///< Of one that failed or was cancelled.
  std::exception_ptr thrown{}; ///< In the place of `what` and `why`, for an outcome_catcher.

  [[nodiscard]] auto take_why() -> failure;
};

/// Takes the outcome of an attempt's function in the place of the attempt; see run_attempt.
class outcome_catcher {
public:
  virtual void on_end(activity_outcome&& outcome) = 0;

protected:
  ~outcome_catcher() = default;
};

[[nodiscard]] auto describe_exception() -> activity_outcome;
/// The same; says less where there is no memory.
[[nodiscard]] auto outcome_of_exception() noexcept -> activity_outcome;

/// One attempt on its way. For a coroutine it lives on the heap until the coroutine has ended.
class activity_attempt {
public:
  activity_context context{};
  outcome_catcher* catcher{nullptr}; ///< Of the function's end, once; null: the attempt itself.
  /// The function has ended so.
  void end(activity_outcome&& outcome);
  /// What the exception being handled means for it.
  [[nodiscard]] auto outcome_of_exception() const -> activity_outcome;
  /// Called once, on the thread on which the activity ended.
  virtual void finish(activity_outcome&& outcome) = 0;

protected:
  ~activity_attempt() = default;
};

/// A registered activity.
class activity_function {
public:
  virtual ~activity_function() = default;
  /// Whether `run` can return before the attempt has ended.
  [[nodiscard]] virtual auto asynchronous() const noexcept -> bool = 0;
  /// Runs an attempt, with its context on the thread; `attempt.finish` is called exactly once.
  virtual void run(payloads const& input, activity_attempt& attempt) = 0;
};

/// A coroutine attempt: keeps the frame, and is destroyed when it has ended.
template <class T>
class running_coroutine {
public:
  static void start(activity<T>&& coroutine, activity_attempt& attempt) {
    auto* const self = new running_coroutine{std::move(coroutine), attempt};
    auto& promise = self->coroutine_.handle().promise();
    promise.context = &attempt.context;
    promise.finished = &finished;
    promise.finished_argument = self;
    self->coroutine_.handle().resume();
  }

private:
  running_coroutine(activity<T>&& coroutine, activity_attempt& attempt)
      : coroutine_{std::move(coroutine)}, attempt_{&attempt} {}
  static void finished(void* argument) noexcept {
    std::unique_ptr<running_coroutine> const self{static_cast<running_coroutine*>(argument)};
    converter_scope const scope{self->attempt_->context.converter};
    activity_outcome outcome{};
    try {
      auto& promise = self->coroutine_.handle().promise();
      if constexpr (std::is_void_v<T>)
        promise.take();
      else
        outcome.result = to_payloads(promise.take());
    } catch (...) {
      outcome = self->attempt_->outcome_of_exception();
    }
    self->attempt_->end(std::move(outcome));
  }
  activity<T> coroutine_;
  activity_attempt* attempt_;
};

/// An activity that was called with decoded arguments: what all have in common.
template <class Unused>
class basic_called_activity : public activity_function {
public:
  void run(payloads const& input, activity_attempt& attempt) final;

private:
  /// Whether it has ended; a coroutine that has not may have destroyed the attempt.
  [[nodiscard]] virtual auto call(payloads const& input, activity_attempt& attempt,
                                  payloads& result) -> bool = 0;
};
using called_activity = basic_called_activity<void>;

/// Calls `fn` with decoded arguments; see called_activity.
template <class R, class... A, class Fn>
[[nodiscard]] auto call_activity(payloads const& input, [[maybe_unused]] activity_attempt& attempt,
                                 [[maybe_unused]] payloads& result, Fn const& fn) -> bool {
  if constexpr (is_activity<R>)
    running_coroutine<typename R::value_type>::start(
        call_with_payloads<std::remove_cv_t<A>...>(input, fn), attempt);
  else if constexpr (std::is_void_v<R>)
    call_with_payloads<std::remove_cv_t<A>...>(input, fn);
  else
    result = to_payloads(call_with_payloads<std::remove_cv_t<A>...>(input, fn));
  return !is_activity<R>;
}

template <auto F, class Signature = typename callable<F>::signature>
class free_activity;
template <auto F, class R, class... A>
class free_activity<F, signature<R, A...>> final : public called_activity {
  static_assert(callable<F>::is_checked);

public:
  [[nodiscard]] auto asynchronous() const noexcept -> bool override { return is_activity<R>; }

private:
  [[nodiscard]] auto call(payloads const& input, activity_attempt& attempt, payloads& result)
      -> bool override {
    return call_activity<R, A...>(input, attempt, result, F);
  }
};

template <auto F, class Object, class Signature = typename callable<F>::signature>
class member_activity;
template <auto F, class Object, class R, class... A>
class member_activity<F, Object, signature<R, A...>> final : public called_activity {
  static_assert(callable<F>::is_checked);

public:
  explicit member_activity(Object& object) noexcept : object_{&object} {}
  explicit member_activity(std::shared_ptr<Object> object) noexcept
      : object_{object.get()}, keeps_{std::move(object)} {}
  [[nodiscard]] auto asynchronous() const noexcept -> bool override { return is_activity<R>; }

private:
  [[nodiscard]] auto call(payloads const& input, activity_attempt& attempt, payloads& result)
      -> bool override {
    return call_activity<R, A...>(input, attempt, result, [this](auto&&... a) -> R {
      return (object_->*F)(std::forward<decltype(a)>(a)...);
    });
  }
  Object* object_;
  std::shared_ptr<Object> keeps_{};
};

#if PERDURE_DEFINES
template <class Unused>
void basic_called_activity<Unused>::run(payloads const& input, activity_attempt& attempt) {
  enter_activity(attempt.context);
  activity_outcome outcome{};
  bool has_ended = true;
  try {
    has_ended = call(input, attempt, outcome.result);
  } catch (...) {
    outcome = attempt.outcome_of_exception();
  }
  leave_activity();
  if (has_ended) attempt.end(std::move(outcome));
}
  #ifdef PERDURE_SOURCE
template class basic_called_activity<void>;
  #endif
PERDURE_INLINE auto activity_outcome::take_why() -> failure {
  if (!why) why.make().message = "there was no memory to say why";
  return std::move(why.make());
}
PERDURE_INLINE auto outcome_of_exception() noexcept -> activity_outcome {
  try {
    return describe_exception();
  } catch (...) {
    activity_outcome ended{};
    ended.what = activity_outcome::kind::failed;
    return ended;
  }
}
PERDURE_INLINE auto describe_exception() -> activity_outcome {
  try {
    throw;
  } catch (cancelled_error const& cancelled) {
    activity_outcome ended{.what = activity_outcome::kind::cancelled,
                           .result = {},
                           .why = cancelled.failure(),
                           .thrown = {}};
    if (auto const* info = std::get_if<canceled_failure_info>(&ended.why->info))
      ended.result = info->details;
    return ended;
  } catch (...) {
    return {activity_outcome::kind::failed, {}, failure_of_current_exception(), {}};
  }
}
PERDURE_INLINE void activity_attempt::end(activity_outcome&& outcome) {
  if (catcher != nullptr) [[unlikely]]
    return std::exchange(catcher, nullptr)->on_end(std::move(outcome));
  if (context.completes_later && outcome.what == activity_outcome::kind::completed)
    outcome.what = activity_outcome::kind::later;
  finish(std::move(outcome));
}
PERDURE_INLINE auto activity_attempt::outcome_of_exception() const -> activity_outcome {
  if (catcher == nullptr) return detail::outcome_of_exception();
  activity_outcome outcome{};
  outcome.thrown = std::current_exception();
  return outcome;
}
#endif

} // namespace perdure::inline v0::detail
