// What all operations share: the request that has not been issued, the handle of one that has, and
// the await on either.
#pragma once

#include <coroutine>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/history/metadata_text.hpp"
#include "perdure/history/outcome.hpp"
#include "perdure/workflow/resolution.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

/// An operation of the running workflow, from the outside: cheap to move, gives the operation back
/// when it goes.
class operation_ref {
public:
  operation_ref() noexcept = default;
  operation_ref(run_context& run, replay::operation_index index) noexcept
      : run_{&run}, index_{index} {}
  operation_ref(operation_ref&& other) noexcept
      : run_{std::exchange(other.run_, nullptr)},
        index_{std::exchange(other.index_, replay::no_operation)} {}
  auto operator=(operation_ref&& other) noexcept -> operation_ref&;
  ~operation_ref() {
    if (run_ != nullptr && !run_->closing) run_->machine.release(index_);
  }

  [[nodiscard]] auto run() const noexcept -> run_context& { return *run_; }
  [[nodiscard]] auto index() const noexcept -> replay::operation_index { return index_; }
  [[nodiscard]] explicit operator bool() const noexcept { return run_ != nullptr; }
  [[nodiscard]] auto operation() const noexcept -> replay::operation const& {
    return run_->machine.at(index_);
  }

private:
  run_context* run_{nullptr};
  replay::operation_index index_{replay::no_operation};
};

/// A command that has not been issued: its event-to-be, encoded already, and where it was written.
struct operation_request {
  replay::operation_kind kind{};
  replay::cancellation_type on_cancel{};
  event_attributes attributes{};
  std::source_location source{};
  indirect<user_metadata> metadata{};

  [[nodiscard]] auto issue(run_context& run) && -> operation_ref {
    return {run, run.begin(kind, std::move(attributes), on_cancel, source, std::move(metadata))};
  }
};

/// A handle gives its result once: two coroutines cannot both have it.
[[noreturn, gnu::cold]] void throw_used_twice();

/// Turns the payloads of an outcome into a T. Ignores them for void, gives them as they are if that
/// is what T is.
template <class T>
auto decode_result(payloads const& result) -> T {
  if constexpr (std::is_same_v<T, payloads>)
    return result;
  else if constexpr (!std::is_void_v<T>)
    return from_only_payload<T>(result);
}

template <class T>
auto take_outcome(run_context& run, replay::operation_index index) -> outcome<T> {
  resolution got = resolution_of(run, index);
  if (got.failed) return outcome<T>{std::move(got.why)};
  if constexpr (std::is_void_v<T>)
    return outcome<T>{};
  else
    return outcome<T>{decode_result<T>(got.result)};
}

template <class T>
auto take_result(run_context& run, replay::operation_index index) -> T {
  resolution got = resolution_of(run, index);
  if (got.failed) throw_failure(std::move(got.why));
  return decode_result<T>(got.result);
}

/// The part of an await on one operation that does not depend on its result.
class operation_await : public waiter {
public:
  operation_await(operation_request&& request, strand& owner) noexcept
      : owner_{&owner}, request_{std::move(request)} {}
  /// For a handle, which keeps the operation: `used` is its mark that it was awaited.
  operation_await(replay::operation_index issued, bool& used, strand& owner) noexcept
      : owner_{&owner}, index_{issued}, used_{&used} {}
  operation_await(operation_await&&) = default;
  auto operator=(operation_await&&) -> operation_await& = delete;

protected:
  ~operation_await();

public:
  [[nodiscard]] auto await_ready() -> bool;
  void await_suspend(std::coroutine_handle<> handle) noexcept;
  void on_resolved(replay::operation_index) final;
  void on_cancel() final { owner_->run->cancel(index_, request_.source); }
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts final {
    return {.what = wait_facts::kind::operation, .operation = index_};
  }

protected:
  void before_result();
  strand* owner_;
  replay::operation_index index_{replay::no_operation};

private:
  /// A cancelled await issues nothing. What was issued before is cancelled by its type, and one
  /// that waits for its outcome goes on waiting.
  [[nodiscard]] auto must_wait_for_cancellation() -> bool;

  bool* used_{nullptr};
  operation_request request_{};
  operation_ref mine_{};
  std::coroutine_handle<> handle_{};
  bool cancelled_{false};
};

/// `co_await` on one operation whose result is a T.
template <class T>
class [[nodiscard]] typed_operation_await final : public operation_await {
public:
  using operation_await::operation_await;
  auto await_resume() -> T {
    before_result();
    return take_result<T>(*owner_->run, index_);
  }
};

} // namespace perdure::inline v0::detail

namespace perdure::inline v0 {

/// An operation that is described but not issued: it issues its command when it is awaited, or when
/// a combinator such as `when_all` takes it. Await it once, as it is made.
template <class T>
class [[nodiscard("nothing is asked for until this is awaited")]] lazy_operation {
public:
  using value_type = T;
  explicit lazy_operation(detail::operation_request request) noexcept
      : request_{std::move(request)} {}

  [[nodiscard]] auto make_awaiter(detail::strand& owner,
                                  std::source_location) && -> detail::typed_operation_await<T> {
    return {std::move(request_), owner};
  }
  /// For combinators: issues the command.
  [[nodiscard]] auto issue(detail::run_context& run) && -> detail::operation_ref {
    return std::move(request_).issue(run);
  }

protected:
  detail::operation_request request_;
};

/// An operation that was issued; its result can be awaited once. Dropping the handle cancels
/// nothing.
template <class T>
class operation_handle {
public:
  using value_type = T;
  using awaitable_as_lvalue = void;
  explicit operation_handle(detail::operation_ref issued) noexcept : issued_{std::move(issued)} {}

  /// Asks for cancellation, by the cancellation type it was started with. Nothing happens if it is
  /// over.
  void cancel(std::source_location source = std::source_location::current()) {
    if (issued_ && !issued_.run().closing) issued_.run().cancel(issued_.index(), source);
  }
  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location)
      -> detail::typed_operation_await<T> {
    return {borrow(), used_, owner};
  }
  /// For combinators: the operation, and the mark to set when its result is taken.
  /// \throws error (handle_used_twice) if its result was taken before.
  [[nodiscard]] auto borrow() const -> replay::operation_index {
    if (used_ || !issued_) detail::throw_used_twice();
    return issued_.index();
  }
  [[nodiscard]] auto used_mark() noexcept -> bool& { return used_; }

protected:
  detail::operation_ref issued_;

private:
  bool used_{false};
};

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto operation_ref::operator=(operation_ref&& other) noexcept -> operation_ref& {
  std::swap(run_, other.run_);
  std::swap(index_, other.index_);
  return *this;
}
PERDURE_INLINE void throw_used_twice() {
  throw error{errc::handle_used_twice,
              "this handle was awaited before: keep the result of the first await instead"};
}
PERDURE_INLINE operation_await::~operation_await() {
  if (!handle_ || owner_->pending != this) return;
  owner_->pending = nullptr;
  if (!owner_->run->closing) owner_->run->watch(index_, nullptr);
}
PERDURE_INLINE auto operation_await::await_ready() -> bool {
  if (owner_->take_cancellation() && !must_wait_for_cancellation()) {
    cancelled_ = true;
    return true;
  }
  if (index_ == replay::no_operation) {
    mine_ = std::move(request_).issue(*owner_->run);
    index_ = mine_.index();
  }
  if (owner_->run->machine.at(index_).resolved) return true;
  if (owner_->run->watched(index_)) throw_used_twice();
  return false;
}
PERDURE_INLINE void operation_await::await_suspend(std::coroutine_handle<> handle) noexcept {
  handle_ = handle;
  owner_->pending = this;
  owner_->run->watch(index_, this);
}
PERDURE_INLINE void operation_await::on_resolved(replay::operation_index) {
  owner_->pending = nullptr;
  owner_->run->make_ready(handle_, owner_);
}
PERDURE_INLINE void operation_await::before_result() {
  if (cancelled_) throw_failure(cancelled_failure());
  if (used_ != nullptr && std::exchange(*used_, true)) throw_used_twice();
}
PERDURE_INLINE auto operation_await::must_wait_for_cancellation() -> bool {
  if (index_ == replay::no_operation) return false;
  owner_->run->cancel(index_, request_.source);
  return !owner_->run->machine.at(index_).resolved;
}
} // namespace perdure::inline v0::detail
#endif
