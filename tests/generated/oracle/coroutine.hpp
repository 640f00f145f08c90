// The oracle's own coroutines: lines of execution that wait for operations and can be cancelled.
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace oracle {

/// How something failed, in one line; thrown.
struct failure {
  std::string text{};
  bool hard{}; ///< Not to be retried.
  bool cancelled{};
};
[[nodiscard]] inline auto cancelled() -> failure { return {"cancelled", false, true}; }

/// A scope or a shield around what a line does.
struct level {
  level* outer{nullptr};
  bool cancelled{false};
  bool shield{false};
};

/// A coroutine and those it awaits: one of them runs or waits at a time.
struct line {
  level* inner{nullptr};
  level* base{nullptr}; ///< Where it was born: what is outside of it concerns all of its siblings.
  bool due{false};      ///< It was cancelled where nothing could take it: the next await does.
  std::function<bool()>
      cancel_wait{}; ///< Set while it waits. False: what it waits for is over already.

  [[nodiscard]] auto shielded() const -> bool {
    for (level* each = inner; each != base; each = each->outer)
      if (each->shield) return true;
    return false;
  }
  /// Whether the await that begins now is cancelled.
  [[nodiscard]] auto take() -> bool {
    for (level* each = inner; each != nullptr && !each->shield; each = each->outer)
      if (each->cancelled) return true;
    if (!due || shielded()) return false;
    due = false;
    return true;
  }
  void cancel() {
    if (!cancel_wait || shielded() || !std::function{cancel_wait}()) due = true;
  }
};

/// Coroutines that can go on, in the order in which they became so.
struct loop {
  std::deque<std::coroutine_handle<>> ready{};
  void drain() {
    while (!ready.empty()) {
      auto const next = ready.front();
      ready.pop_front();
      next.resume();
    }
  }
};

/// A coroutine without a result. Awaited, it runs in the line of its caller.
class co {
public:
  struct promise_type {
    std::coroutine_handle<> caller{};
    std::function<void()> done{};
    std::exception_ptr thrown{};
    struct last {
      [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
      auto await_suspend(std::coroutine_handle<promise_type> ended) const noexcept
          -> std::coroutine_handle<> {
        auto& promise = ended.promise();
        if (promise.caller) return promise.caller;
        if (promise.done) promise.done();
        return std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };
    auto get_return_object() -> co {
      return co{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    static auto initial_suspend() noexcept -> std::suspend_always { return {}; }
    static auto final_suspend() noexcept -> last { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { thrown = std::current_exception(); }
  };

  co() = default;
  co(co&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  auto operator=(co&& other) noexcept -> co& {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~co() {
    if (handle_) handle_.destroy();
  }
  [[nodiscard]] auto handle() const -> std::coroutine_handle<promise_type> { return handle_; }
  [[nodiscard]] auto done() const -> bool { return handle_ && handle_.done(); }
  void rethrow() const {
    if (handle_.promise().thrown) std::rethrow_exception(handle_.promise().thrown);
  }

  auto operator co_await() && {
    struct awaiter {
      co callee;
      [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
      auto await_suspend(std::coroutine_handle<> caller) const -> std::coroutine_handle<> {
        callee.handle_.promise().caller = caller;
        return callee.handle_;
      }
      void await_resume() const { callee.rethrow(); }
    };
    return awaiter{std::move(*this)};
  }

private:
  explicit co(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
  std::coroutine_handle<promise_type> handle_{};
};

/// Something that a run has asked for, as its code sees it.
struct operation {
  enum class type : std::uint8_t { activity, timer, child, message, local };
  type what{};
  int on_cancel{}; ///< 0: ask and leave, 1: ask and wait, 2: leave.
  bool sent{false};
  bool withdrawn{false};
  bool asked_to_stop{false};
  bool begun{false};
  bool over{false};
  bool used{false}; ///< Its outcome was taken.
  bool failed{false};
  failure why{};
  std::string value{};
  std::function<void()> on_over{};
  std::function<void()> on_begun{};
  std::function<void()> send_stop{};

  void finish() {
    over = true;
    if (auto const told = std::exchange(on_begun, nullptr)) told();
    if (auto const told = std::exchange(on_over, nullptr)) told();
  }
  void leave() {
    failed = true;
    why = cancelled();
    finish();
  }
  /// Cancels it, by its type. False: it is over.
  auto cancel() -> bool {
    if (over) return false;
    if (asked_to_stop || what == type::local) return true;
    if (!sent) {
      withdrawn = true;
      leave();
    } else if (what == type::message) {
      leave();
    } else if (what == type::timer || on_cancel == 0) {
      send_stop();
      leave();
    } else if (on_cancel == 1) {
      asked_to_stop = true;
      send_stop();
    } else {
      leave();
    }
    return true;
  }
  void take() {
    used = true;
    if (failed) throw failure{why};
  }
};
using operation_ptr = std::shared_ptr<operation>;

/// Waits for an operation, which `ask` makes if it is not there yet; then `got` holds it, and it
/// has succeeded.
struct await_operation {
  loop& all;
  line& mine;
  operation_ptr got;
  std::function<operation_ptr()> ask{};
  bool stopped{false};

  [[nodiscard]] auto await_ready() -> bool {
    if (mine.take()) {
      if (got) (void)got->cancel();
      stopped = !got || got->over;
      if (stopped) return true;
    }
    if (!got) got = ask();
    return got->over;
  }
  void await_suspend(std::coroutine_handle<> self) {
    mine.cancel_wait = [op = got.get()] { return op->cancel(); };
    got->on_over = [this, self] {
      mine.cancel_wait = nullptr;
      all.ready.push_back(self);
    };
  }
  auto await_resume() const -> operation_ptr {
    if (stopped) throw cancelled();
    got->take();
    return got;
  }
};

/// Waits until a child has begun.
struct await_begun {
  loop& all;
  line& mine;
  operation_ptr child;
  bool stopped{false};

  [[nodiscard]] auto await_ready() -> bool {
    stopped = mine.take();
    return stopped || child->begun || child->over;
  }
  void await_suspend(std::coroutine_handle<> self) {
    mine.cancel_wait = [this] {
      if (child->begun || child->over) return false;
      stopped = true;
      auto const go_on = std::exchange(child->on_begun, nullptr);
      go_on();
      (void)child->cancel();
      return true;
    };
    child->on_begun = [this, self] {
      mine.cancel_wait = nullptr;
      all.ready.push_back(self);
    };
  }
  void await_resume() const {
    if (stopped) throw cancelled();
    if (!child->begun) throw failure{child->why};
  }
};

/// Signals of one name: waiting to be received, or lines that wait for one.
struct mailbox {
  std::deque<int> letters{};
  std::deque<struct await_letter*> readers{};
};
struct await_letter {
  loop& all;
  line& mine;
  mailbox& box;
  std::coroutine_handle<> self{};
  bool stopped{false};
  int letter{};

  [[nodiscard]] auto await_ready() -> bool {
    stopped = mine.take();
    if (stopped) return true;
    if (box.letters.empty() || !box.readers.empty()) return false;
    letter = box.letters.front();
    box.letters.pop_front();
    return true;
  }
  void await_suspend(std::coroutine_handle<> handle) {
    self = handle;
    box.readers.push_back(this);
    mine.cancel_wait = [this] {
      std::erase(box.readers, this);
      stopped = true;
      go_on();
      return true;
    };
  }
  void go_on() {
    mine.cancel_wait = nullptr;
    all.ready.push_back(self);
  }
  auto await_resume() const -> int {
    if (stopped) throw cancelled();
    return letter;
  }
};
inline void deliver(mailbox& box, int letter) {
  if (box.readers.empty()) return box.letters.push_back(letter);
  await_letter* const reader = box.readers.front();
  box.readers.pop_front();
  reader->letter = letter;
  reader->go_on();
}

} // namespace oracle
