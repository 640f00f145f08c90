// The least coroutine that shows a fact: eager, resumed by hand, keeps what it returned.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

namespace fact {

/// Objects alive; a difference at the end is a destructor that ran twice or never.
inline int alive = 0;

struct counted {
  counted() noexcept { ++alive; }
  counted(counted const&) noexcept { ++alive; }
  counted(counted&&) noexcept { ++alive; }
  auto operator=(counted const&) -> counted& = default;
  auto operator=(counted&&) -> counted& = default;
  ~counted() { --alive; }
};

template <class T>
class coroutine {
public:
  struct promise_type {
    T value{};
    auto get_return_object() -> coroutine {
      return coroutine{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto initial_suspend() noexcept -> std::suspend_never { return {}; }
    auto final_suspend() noexcept -> std::suspend_always { return {}; }
    void return_value(T returned) { value = std::move(returned); }
    void unhandled_exception() { std::terminate(); }
  };

  explicit coroutine(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
  coroutine(coroutine&&) = delete;
  ~coroutine() { handle_.destroy(); }

  void run_to_end() {
    while (!handle_.done()) handle_.resume();
  }
  void resume() { handle_.resume(); }
  [[nodiscard]] auto done() const -> bool { return handle_.done(); }
  [[nodiscard]] auto value() const -> T const& { return handle_.promise().value; }

private:
  std::coroutine_handle<promise_type> handle_;
};

/// Suspends once, then gives `value`.
template <class T>
struct later {
  T value{};
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  auto await_resume() -> T { return std::move(value); }
};

} // namespace fact
