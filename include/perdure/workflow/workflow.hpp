// workflow<T>: the coroutine type of workflows and of the coroutines they are made of.
#pragma once

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "perdure/data/detail/block_pool.hpp"
#include "perdure/data/late_value.hpp"
#include "perdure/limits.hpp"
#include "perdure/workflow/run_context.hpp"

#if defined(__clang__)
  #define PERDURE_CORO_TYPE [[clang::coro_return_type, clang::coro_lifetimebound]]
  #define PERDURE_CORO_WRAPPER [[clang::coro_wrapper]]
#else
  #define PERDURE_CORO_TYPE
  #define PERDURE_CORO_WRAPPER
#endif

namespace perdure::inline v0 {

template <class T>
class workflow;

/// What `co_await` accepts inside a workflow: things whose outcome history records.
/// Syntax: `make_awaiter(run, strand, source)`; meaning: awaiting it gives the same value on every
/// replay.
template <class A>
concept durable_awaitable =
    requires(std::remove_reference_t<A>&& a, detail::strand& owner, std::source_location source) {
      std::move(a).make_awaiter(owner, source);
    };

namespace detail {

/// The type that `co_await a` has in a workflow.
template <durable_awaitable A>
using await_result_t = decltype(std::declval<std::remove_reference_t<A>>()
                                    .make_awaiter(std::declval<strand&>(), std::source_location{})
                                    .await_resume());

/// What adaptors and combinators take: a temporary, or the name of a handle.
template <class A>
concept operand_form = durable_awaitable<A> && (!std::is_lvalue_reference_v<A> || requires {
                         typename std::remove_reference_t<A>::awaitable_as_lvalue;
                       });

/// Told when the first coroutine of a strand has ended.
class strand_owner {
public:
  virtual void on_strand_done(strand& ended) = 0;

protected:
  ~strand_owner() = default;
};

class promise_base {
public:
  strand* owner{nullptr};
  std::coroutine_handle<>
      continuation{};          ///< Who awaits it in line; null for the first of a strand.
  strand_owner* done{nullptr}; ///< Who is told, for the first of a strand.
  std::exception_ptr thrown{};

  struct final_awaiter {
    [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> ended) const noexcept {
      promise_base& promise = ended.promise();
      if (promise.continuation) {
        --promise.owner->depth;
        promise.owner->run->resume_next(promise.continuation);
      } else if (promise.done != nullptr) {
        promise.done->on_strand_done(*promise.owner);
      }
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] static auto initial_suspend() noexcept -> std::suspend_always { return {}; }
  [[nodiscard]] static auto final_suspend() noexcept -> final_awaiter { return {}; }
  void unhandled_exception() noexcept { thrown = std::current_exception(); }

  // Frames count towards what a cached run takes. Both in line: GCC takes one of them alone for a
  // mismatch.
  [[gnu::always_inline]] static auto operator new(std::size_t size) -> void* {
    if (current_run != nullptr) current_run->frame_bytes += size;
    return take_block(size);
  }
  [[gnu::always_inline]] static void operator delete(void* frame, std::size_t size) noexcept {
    if (current_run != nullptr) current_run->frame_bytes -= size;
    give_block(frame, size);
  }

  template <class A>
  auto await_transform(A&& awaited, std::source_location source = std::source_location::current()) {
    static_assert(
        durable_awaitable<A>,
        "perdure: this cannot be awaited in a workflow, because its outcome is not recorded. Await "
        "activities, child workflows, sleep(), receive(), when_all() or another workflow<T>; put "
        "anything else into an activity");
    static_assert(
        !std::is_lvalue_reference_v<A> || requires {
          typename std::remove_reference_t<A>::awaitable_as_lvalue;
        }, "perdure: await this where it is made, or move it: co_await std::move(x)");
    owner->run->last_await = source;
    owner->at = source;
    if constexpr (durable_awaitable<A>)
      return static_cast<std::remove_reference_t<A>&&>(awaited).make_awaiter(*owner, source);
    else
      return std::suspend_never{};
  }
};

template <class T>
class promise_of : public promise_base {
public:
  void return_value(T result) { value.emplace(std::move(result)); }
  auto take() -> T {
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
    return value.take();
  }
  late_value<T> value{};
};

template <>
class promise_of<void> : public promise_base {
public:
  static void return_void() noexcept {}
  void take() {
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
  }
};

/// Awaits a coroutine in line, in the strand of the caller.
template <class T>
class [[nodiscard]] call_awaiter {
public:
  call_awaiter(workflow<T>&& callee, strand& owner, std::source_location source) noexcept
      : callee_{std::move(callee)}, owner_{&owner}, site_{source, nullptr} {}
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<> caller) {
    if (owner_->depth == limits::await_depth_max)
      throw error{errc::limit_exceeded, "more than " + std::to_string(limits::await_depth_max) +
                                            " coroutines of one run await each other: use a loop"};
    ++owner_->depth;
    site_.outer = owner_->call;
    owner_->call = &site_;
    auto& promise = callee_.handle().promise();
    promise.owner = owner_;
    promise.continuation = caller;
    owner_->run->resume_next(callee_.handle());
  }
  auto await_resume() -> T {
    owner_->call = site_.outer;
    return callee_.handle().promise().take();
  }

private:
  workflow<T> callee_;
  strand* owner_;
  call_site site_;
};

} // namespace detail

/// A durable coroutine with a result of type T. Called as a workflow (by a client, or by
/// `execute_child_workflow`) it is a run with a history of its own; awaited inside a workflow it
/// runs in line, as part of its caller. It does not start before it is awaited or given to a
/// combinator.
///
/// Errors: an `application_error` (or another failure) that leaves a workflow fails the run; any
/// other exception fails the workflow task, which is tried again once the program is mended.
/// Parameters of a run's first coroutine are values; those it awaits in line may take references.
template <class T>
class PERDURE_CORO_TYPE [[nodiscard("a workflow<T> does nothing until it is awaited")]] workflow {
public:
  using value_type = T;
  struct promise_type : detail::promise_of<T> {
    [[nodiscard]] auto get_return_object() noexcept -> workflow {
      return workflow{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
  };

  workflow(workflow&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  auto operator=(workflow&& other) noexcept -> workflow& {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~workflow() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location source) && noexcept
      -> detail::call_awaiter<T> {
    return {std::move(*this), owner, source};
  }
  /// For the library: the coroutine itself.
  [[nodiscard]] auto handle() const noexcept -> std::coroutine_handle<promise_type> {
    return handle_;
  }
  /// For the library: gives the coroutine up to who holds its handle.
  static void release(workflow&& given) noexcept { given.handle_ = nullptr; }

private:
  explicit workflow(std::coroutine_handle<promise_type> handle) noexcept : handle_{handle} {}
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
inline constexpr bool is_workflow = false;
template <class T>
inline constexpr bool is_workflow<workflow<T>> = true;
} // namespace detail

} // namespace perdure::inline v0
