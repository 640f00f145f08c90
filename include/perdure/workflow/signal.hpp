// Signals: messages that a run receives, in the order of its history.
#pragma once

#include <coroutine>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "perdure/workflow/operation.hpp"

namespace perdure::inline v0 {

/// The name of a signal and the type it carries (void: nothing but its name). Declared once, used
/// by senders and receivers: `inline constexpr perdure::signal<approval> approve{"approve"};`
template <class T = void>
struct signal {
  using value_type = T;
  std::string_view name{};

  template <class V>
  [[nodiscard]] static auto encode(V const& value) -> payloads {
    if constexpr (std::is_same_v<V, T>)
      return to_payloads(value);
    else
      return to_payloads(T(value));
  }
};

template <>
struct signal<void> {
  using value_type = void;
  std::string_view name{};

  [[nodiscard]] static auto encode() -> payloads { return {}; }
};

namespace detail {

template <class T>
class [[nodiscard]] receive_await final : public waiter {
public:
  receive_await(std::string_view name, strand& owner) noexcept : owner_{&owner}, name_{name} {}
  receive_await(receive_await&&) = default;
  ~receive_await() {
    if (!handle_ || owner_->pending != this) return;
    owner_->pending = nullptr;
    if (!owner_->run->closing) stop_receiving();
  }

  [[nodiscard]] auto await_ready() -> bool {
    cancelled_ = owner_->take_cancellation();
    if (cancelled_) return true;
    if (owner_->run->ended) return false; // what is unread goes to the next run
    signal_buffer& buffer = owner_->run->signals(name_);
    buffer.received = true;
    // Those who came first are served first, even if a signal is there already.
    if (buffer.arrived.empty() || !buffer.receivers.empty()) return false;
    take(buffer);
    return true;
  }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    owner_->pending = this;
    owner_->run->signals(name_).receivers.push_back(this);
  }
  auto await_resume() -> T {
    if (cancelled_) throw_failure(cancelled_failure());
    return decode_result<T>(input_);
  }
  void on_resolved(replay::operation_index) override {
    take(owner_->run->signals(name_));
    resume();
  }
  void on_cancel() override {
    stop_receiving();
    cancelled_ = true;
    resume();
  }
  [[nodiscard]] auto waits_for() const noexcept -> wait_facts override {
    return {.what = wait_facts::kind::signal, .name = name_};
  }

private:
  void take(signal_buffer& buffer) {
    input_ = std::move(buffer.arrived.front().input);
    buffer.arrived.pop_front();
  }
  void resume() {
    owner_->pending = nullptr;
    owner_->run->make_ready(handle_, owner_);
  }
  void stop_receiving() noexcept {
    auto& receivers = owner_->run->signals(name_).receivers;
    for (auto at = receivers.begin(); at != receivers.end(); ++at)
      if (*at == this) {
        receivers.erase(at);
        return;
      }
  }
  strand* owner_;
  std::string_view name_;
  payloads input_{};
  std::coroutine_handle<> handle_{};
  bool cancelled_{false};
};

} // namespace detail

/// The next signal of one kind, when it is there; see `receive`.
template <class T>
class [[nodiscard("nothing is received until this is awaited")]] received {
public:
  explicit received(std::string_view name) noexcept : name_{name} {}
  [[nodiscard]] auto make_awaiter(detail::strand& owner, std::source_location) && noexcept
      -> detail::receive_await<T> {
    return {name_, owner};
  }

private:
  std::string_view name_;
};

/// `T value = co_await receive(which)`: the next signal of that name. Signals wait in the run, in
/// the order of history, until they are received; each is received once. Errors at the await:
/// `cancelled_error`; `error` (bad_payload) if the signal does not carry a T, which fails the
/// workflow task.
template <class T>
[[nodiscard]] auto receive(signal<T> const& which) -> received<T> {
  return received<T>{which.name};
}

} // namespace perdure::inline v0
