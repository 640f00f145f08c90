// Values that go from coroutine to coroutine of one run, in order.
#pragma once

#include <coroutine>
#include <cstddef>
#include <limits>
#include <optional>
#include <source_location>
#include <utility>

#include "perdure/error.hpp"
#include "perdure/workflow/coordination/waiting_line.hpp"
#include "perdure/workflow/fifo.hpp"

namespace perdure::inline v0 {

/// A queue of values that coroutines of one run fill and empty. Each value is received once, in the
/// order of sending; who waits longest is served first. Lives in a workflow's frame or object;
/// leaves no history. Every call is constant in time, on average.
///
///     perdure::channel<order> orders{10};
///     co_await orders.send(next);                       // waits while ten are unread
///     while (auto one = co_await orders.receive()) ...; // until it is closed and empty
template <class T>
class channel {
public:
  static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

  /// `capacity`: values that are kept unread; with 0 a send lasts until its value is received.
  explicit channel(std::size_t capacity = unbounded) noexcept : capacity_{capacity} {}
  channel(channel const&) = delete;
  auto operator=(channel const&) -> channel& = delete;
  ~channel() = default;

  class sending;
  /// `co_await c.send(value)`: until there is room for it. Errors at the await: `cancelled_error`,
  /// and then nothing was sent; `error` (already_closed).
  [[nodiscard]] auto send(T value) -> sending { return sending{*this, std::move(value)}; }
  /// False: there is no room. \throws error (already_closed)
  auto try_send(T value) -> bool {
    (void)detail::require_run_to_change("channel::try_send");
    return accept(value);
  }

  class receiving;
  /// `std::optional<T> v = co_await c.receive()`: the next value; empty when the channel is closed
  /// and all has been received. Errors at the await: `cancelled_error`.
  [[nodiscard]] auto receive() noexcept -> receiving { return receiving{*this}; }
  /// Empty: there is no value now.
  [[nodiscard]] auto try_receive() -> std::optional<T> {
    (void)detail::require_run_to_change("channel::try_receive");
    return take();
  }

  /// Nothing is sent any more; what was sent can be received. Who waits to send fails, who waits to
  /// receive gets nothing. Doing it again does nothing.
  void close() {
    (void)detail::require_run_to_change("channel::close");
    if (std::exchange(is_closed_, true)) return;
    while (detail::line_waiter* const each = senders_.first()) each->serve();
    while (detail::line_waiter* const each = receivers_.first()) each->serve();
  }
  [[nodiscard]] auto is_closed() const noexcept -> bool { return is_closed_; }
  /// Values that are kept unread.
  [[nodiscard]] auto size() const noexcept -> std::size_t { return unread_.size(); }

private:
  class send_await;
  class receive_await;

  /// Takes a value over, if there is room or somebody who waits for it.
  auto accept(T& value) -> bool {
    if (is_closed_) throw error{errc::already_closed, "channel::send: the channel is closed"};
    if (auto* const first = receivers_.first()) {
      static_cast<receive_await*>(first)->give(std::move(value));
      return true;
    }
    if (unread_.size() >= capacity_) return false;
    unread_.push_back(std::move(value));
    return true;
  }
  [[nodiscard]] auto take() -> std::optional<T> {
    std::optional<T> value;
    if (!unread_.empty()) {
      value = std::move(unread_.front().value());
      unread_.pop_front();
    }
    if (auto* const first = static_cast<send_await*>(senders_.first())) {
      if (value)
        unread_.push_back(first->surrender()); // it takes the room that is free now
      else
        value = first->surrender();
    }
    return value;
  }

  std::size_t capacity_;
  detail::fifo<std::optional<T>> unread_{};
  detail::waiting_line senders_{};   ///< While it is full.
  detail::waiting_line receivers_{}; ///< While it is empty.
  bool is_closed_{false};
};

template <class T>
class [[nodiscard]] channel<T>::send_await final : public detail::line_waiter {
public:
  send_await(channel& to, T&& value, detail::strand& owner)
      : line_waiter{"room in a channel", owner}, to_{&to}, value_{std::move(value)} {}
  ~send_await() = default;
  [[nodiscard]] auto await_ready() -> bool {
    return is_cancelled_before() || (sent_ = to_->accept(value_));
  }
  void await_suspend(std::coroutine_handle<> handle) { wait_in(to_->senders_, handle); }
  void await_resume() {
    if (sent_) return;
    throw_if_cancelled();
    (void)to_->accept(value_); // it was closed, which this says
  }
  /// The value, for somebody who has room.
  [[nodiscard]] auto surrender() -> T {
    sent_ = true;
    serve();
    return std::move(value_);
  }

private:
  channel* to_;
  T value_;
  bool sent_{false};
};

template <class T>
class [[nodiscard]] channel<T>::receive_await final : public detail::line_waiter {
public:
  receive_await(channel& from, detail::strand& owner) noexcept
      : line_waiter{"a channel", owner}, from_{&from} {}
  ~receive_await() = default;
  [[nodiscard]] auto await_ready() -> bool {
    if (is_cancelled_before()) return true;
    value_ = from_->take();
    return value_.has_value() || from_->is_closed_;
  }
  void await_suspend(std::coroutine_handle<> handle) { wait_in(from_->receivers_, handle); }
  [[nodiscard]] auto await_resume() -> std::optional<T> {
    if (!value_) throw_if_cancelled();
    return std::move(value_);
  }
  void give(T&& value) {
    value_ = std::move(value);
    serve();
  }

private:
  channel* from_;
  std::optional<T> value_{};
};

/// See `channel::send`.
template <class T>
class [[nodiscard("nothing is sent until this is awaited")]] channel<T>::sending {
public:
  sending(channel& to, T&& value) : to_{&to}, value_{std::move(value)} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location) && -> send_await {
    return {*to_, std::move(value_), owner};
  }

private:
  channel* to_;
  T value_;
};

/// See `channel::receive`.
template <class T>
class [[nodiscard("nothing is received until this is awaited")]] channel<T>::receiving {
public:
  explicit receiving(channel& from) noexcept : from_{&from} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location) && noexcept
      -> receive_await {
    return {*from_, owner};
  }

private:
  channel* from_;
};

} // namespace perdure::inline v0
