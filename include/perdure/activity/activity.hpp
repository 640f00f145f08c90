// activity<T>: the coroutine type of an asynchronous activity.
#pragma once

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

#include "perdure/activity/activity_context.hpp"
#include "perdure/config.hpp"
#include "perdure/data/late_value.hpp"

namespace perdure::inline v0 {

/// A coroutine activity with a result of type T. It may await anything, another `activity<T>`
/// included, and goes on wherever that resumes it; the attempt completes when it returns. Its info,
/// heartbeat and cancellation come from its context, which follows it from thread to thread.
/// Errors: an `application_error` that leaves it is recorded as it is; any other exception as a
/// failure of the registered type name, with `what()` as the message.
template <class T>
class [[nodiscard("an activity<T> does nothing until it is awaited or run by a worker")]] activity;

namespace detail {

class activity_promise_base {
public:
  activity_context* context{nullptr};
  std::coroutine_handle<> continuation{};
  void (*finished)(void*) noexcept {
      nullptr}; ///< Called once when the outermost coroutine has ended.
  void* finished_argument{nullptr};
  std::exception_ptr thrown{};

  [[nodiscard]] static auto initial_suspend() noexcept -> std::suspend_always { return {}; }
  struct final_awaiter {
    [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
    template <class P>
    auto await_suspend(std::coroutine_handle<P> ended) const noexcept -> std::coroutine_handle<> {
      activity_promise_base& promise = ended.promise();
      if (promise.continuation) return promise.continuation;
      leave_activity();
      promise.finished(promise.finished_argument);
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };
  [[nodiscard]] static auto final_suspend() noexcept -> final_awaiter { return {}; }
  void unhandled_exception() noexcept { thrown = std::current_exception(); }
  /// What the coroutine threw, if it did.
  void rethrow();

  template <class A>
  auto await_transform(A&& awaited);
};

template <class T>
class activity_promise_of : public activity_promise_base {
public:
  void return_value(T result) { value.emplace(std::move(result)); }
  auto take() -> T {
    rethrow();
    return value.take();
  }
  late_value<T> value{};
};

template <>
class activity_promise_of<void> : public activity_promise_base {
public:
  static void return_void() noexcept {}
  void take() { rethrow(); }
};

template <class A>
auto get_awaiter(A&& awaited) -> decltype(auto) {
  if constexpr (requires { std::forward<A>(awaited).operator co_await(); })
    return std::forward<A>(awaited).operator co_await();
  else if constexpr (requires { operator co_await(std::forward<A>(awaited)); })
    return operator co_await(std::forward<A>(awaited));
  else
    return std::forward<A>(awaited);
}

/// Takes the activity's context off the thread while the coroutine is suspended, and puts it on the
/// thread that resumes it. Off before the inner await is told: that may resume elsewhere at once.
template <class Awaiter>
struct context_keeper {
  Awaiter inner;
  activity_context* context;

  [[nodiscard]] auto await_ready() -> bool { return inner.await_ready(); }
  template <class P>
  auto await_suspend(std::coroutine_handle<P> handle) -> decltype(inner.await_suspend(handle)) {
    leave_activity();
    if constexpr (std::is_same_v<decltype(inner.await_suspend(handle)), bool>) {
      bool const suspended = inner.await_suspend(handle);
      if (!suspended) enter_activity(*context);
      return suspended;
    } else {
      return inner.await_suspend(handle);
    }
  }
  auto await_resume() -> decltype(auto) {
    enter_activity(*context);
    return inner.await_resume();
  }
};

} // namespace detail

template <class T>
class activity {
public:
  using value_type = T;
  struct promise_type : detail::activity_promise_of<T> {
    [[nodiscard]] auto get_return_object() noexcept -> activity {
      return activity{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
  };

  activity(activity&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  auto operator=(activity&& other) noexcept -> activity& {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~activity() {
    if (handle_) handle_.destroy();
  }

  /// For the library: the coroutine itself.
  [[nodiscard]] auto handle() const noexcept -> std::coroutine_handle<promise_type> {
    return handle_;
  }

private:
  explicit activity(std::coroutine_handle<promise_type> handle) noexcept : handle_{handle} {}
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
inline constexpr bool is_activity = false;
template <class T>
inline constexpr bool is_activity<activity<T>> = true;

/// Awaits an activity coroutine from another one.
template <class T>
struct nested_activity_awaiter {
  activity<T> callee;
  activity_context* context;

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  auto await_suspend(std::coroutine_handle<> caller) noexcept -> std::coroutine_handle<> {
    auto& promise = callee.handle().promise();
    promise.context = context;
    promise.continuation = caller;
    return callee.handle();
  }
  auto await_resume() -> T { return callee.handle().promise().take(); }
};

template <class A>
auto activity_promise_base::await_transform(A&& awaited) {
  using type = std::remove_cvref_t<A>;
  if constexpr (is_activity<type>) {
    return nested_activity_awaiter<typename type::value_type>{std::move(awaited), context};
  } else {
    using awaiter = decltype(get_awaiter(std::forward<A>(awaited)));
    return context_keeper<awaiter>{get_awaiter(std::forward<A>(awaited)), context};
  }
}

} // namespace detail

#if PERDURE_DEFINES
PERDURE_INLINE void detail::activity_promise_base::rethrow() {
  if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
}
#endif

} // namespace perdure::inline v0
