// Calls that nobody waits for: begun here; whoever runs the loop is told of their ends.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <utility>

#include "perdure/backend/temporal/calls/arena_message.hpp"
#include "perdure/backend/temporal/calls/call_loop.hpp"
#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::temporal {

/// What a call is begun with, and what is done at its end.
class pending_call {
public:
  pending_call() = default;
  pending_call(pending_call const&) = delete;
  auto operator=(pending_call const&) -> pending_call& = delete;
  virtual ~pending_call() = default;
  /// Where its answer is put.
  [[nodiscard]] virtual auto response() noexcept -> google::protobuf::MessageLite& = 0;
  /// Called once, on the thread that runs the loop; the object is destroyed after it.
  virtual void done(call_status status) noexcept = 0;
};

/// The calls and alarms that one user of a connection has under way. Thread-safe.
class open_calls {
public:
  explicit open_calls(connection& over);
  open_calls(open_calls const&) = delete;
  auto operator=(open_calls const&) -> open_calls& = delete;
  /// As `end`.
  ~open_calls();

  /// Begins a call; `call.done` is told how it ended. One try. A poll is what `cancel_polls` ends.
  void start(std::string_view name, google::protobuf::MessageLite const& request, duration deadline,
             std::unique_ptr<pending_call> call, bool is_poll = false);
  /// Calls `then(answer, status)` at the end; the answer is a reference, or a shared pointer where
  /// it takes one, and then on an arena.
  template <class Request, class Response, class Then>
  void start(method<Request, Response> const& which, Request const& request, duration deadline,
             Then then, bool is_poll = false) {
    start(which.name, request, deadline, std::make_unique<call_of<Response, Then>>(std::move(then)),
          is_poll);
  }
  /// Calls `then()` on the loop, when so much time has passed; not if all is ended before.
  template <class Then>
  void after(duration wait, Then then) {
    set_alarm(wait, std::make_unique<alarm_of<Then>>(std::move(then)));
  }
  void cancel_polls();
  void cancel_all();
  /// Cancels what is under way, and waits until it is gone: nobody is told of its end.
  void end();

  /// Calls that have not ended.
  [[nodiscard]] auto count() const -> std::size_t;
  [[nodiscard]] auto loop() const noexcept -> call_loop&;

private:
  struct running;

  template <class Response, class Then>
  class call_of final : public pending_call {
    static constexpr bool shares =
        std::is_invocable_v<Then&, std::shared_ptr<Response>, call_status>;

  public:
    explicit call_of(Then then) : then_{std::move(then)} {}
    [[nodiscard]] auto response() noexcept -> google::protobuf::MessageLite& override {
      if constexpr (shares)
        return *response_;
      else
        return response_;
    }
    void done(call_status status) noexcept override {
      if constexpr (shares)
        then_(std::move(response_), std::move(status));
      else
        then_(response_, std::move(status));
    }

  private:
    [[nodiscard]] static auto make() {
      if constexpr (shares)
        return make_arena_message<Response>();
      else
        return Response{};
    }
    decltype(make()) response_{make()};
    Then then_;
  };
  class alarm_call {
  public:
    alarm_call() = default;
    alarm_call(alarm_call const&) = delete;
    auto operator=(alarm_call const&) -> alarm_call& = delete;
    virtual ~alarm_call() = default;
    virtual void rings() noexcept = 0;
  };
  template <class Then>
  class alarm_of final : public alarm_call {
  public:
    explicit alarm_of(Then then) : then_{std::move(then)} {}
    void rings() noexcept override { then_(); }

  private:
    Then then_;
  };
  void set_alarm(duration wait, std::unique_ptr<alarm_call> call);
  [[nodiscard]] auto add() -> running&;
  void ended(running& one, bool ok);

  connection* over_;
  mutable std::mutex mutex_; ///< Guards what follows.
  std::list<running> all_;
  std::size_t count_{0};
  bool is_ending_{false};
  loop_waiter* waits_for_the_last_{nullptr};
};

} // namespace perdure::inline v0::temporal
