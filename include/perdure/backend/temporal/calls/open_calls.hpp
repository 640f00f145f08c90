// Calls that nobody waits for: begun here; whoever runs the loop is told of their ends.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "perdure/backend/temporal/calls/call_loop.hpp"
#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/time.hpp"

namespace grpc {
class ByteBuffer;
} // namespace grpc

namespace perdure::inline v0::temporal {

/// What is done at the end of a call.
class pending_call {
public:
  pending_call() = default;
  pending_call(pending_call const&) = delete;
  auto operator=(pending_call const&) -> pending_call& = delete;
  virtual ~pending_call() = default;
  /// Called once, on the thread that runs the loop, with the bytes of the answer if it ended well;
  /// the object is destroyed after it.
  virtual void done(call_status status, std::string_view answered) noexcept = 0;
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
  void start(std::string_view name, std::string_view request, duration deadline,
             std::unique_ptr<pending_call> call, bool is_poll);
  /// Calls `then(answer, status)` at the end, with a reference to the answer.
  template <class Request, class Response, class Then>
  void start(method<Request, Response> const& which, Request const& request, duration deadline,
             Then then, bool is_poll = false) {
    start(which.name, request, deadline,
          std::make_unique<message_call<Response, Then>>(std::move(then)), is_poll);
  }
  /// Likewise, without messages: takes the bytes of the request and gives those of the answer.
  template <class Then>
  void start(std::string_view name, std::string_view request, duration deadline, Then then,
             bool is_poll = false) {
    start(name, request, deadline,
          std::unique_ptr<pending_call>{std::make_unique<bytes_call<Then>>(std::move(then))},
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
  class message_call final : public pending_call {
  public:
    explicit message_call(Then then) : then_{std::move(then)} {}
    void done(call_status status, std::string_view answered) noexcept override {
      Response response;
      status = parse_answer(std::move(status), answered, response);
      then_(response, std::move(status));
    }

  private:
    Then then_;
  };
  template <class Then>
  class bytes_call final : public pending_call {
  public:
    explicit bytes_call(Then then) : then_{std::move(then)} {}
    void done(call_status status, std::string_view answered) noexcept override {
      then_(answered, std::move(status));
    }

  private:
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
  void begin(std::string_view name, grpc::ByteBuffer const& request, duration deadline,
             std::unique_ptr<pending_call> call, bool is_poll);
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
