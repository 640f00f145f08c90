// Calls that nobody waits for: begun here; whoever runs the loop is told of their ends.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "perdure/backend/temporal/call_status.hpp"
#include "perdure/backend/temporal/connection.hpp"
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

/// A completion queue and the calls on it. One thread at a time runs it, and does itself what the
/// ends of calls bring about: no answer is handed from thread to thread. All else is thread-safe.
class call_loop {
public:
  explicit call_loop(connection& over);
  call_loop(call_loop const&) = delete;
  auto operator=(call_loop const&) -> call_loop& = delete;
  /// Cancels what still goes on, and waits for the ends.
  ~call_loop();

  /// Begins a call; `call.done` is told how it ended. One try. A poll is what `cancel_polls` ends.
  void start(std::string_view name, google::protobuf::MessageLite const& request, duration deadline,
             std::unique_ptr<pending_call> call, bool is_poll = false);
  /// Calls `then(answer, status)` at the end.
  template <class Request, class Response, class Then>
  void start(method<Request, Response> const& which, Request const& request, duration deadline,
             Then then, bool is_poll = false) {
    start(which.name, request, deadline, std::make_unique<call_of<Response, Then>>(std::move(then)),
          is_poll);
  }
  /// Calls `then()` on the loop, when so much time has passed; not if the loop ends before.
  template <class Then>
  void after(duration wait, Then then) {
    set_alarm(wait, std::make_unique<alarm_of<Then>>(std::move(then)));
  }
  /// Makes `step` return.
  void wake();
  void cancel_polls();
  void cancel_all();

  /// Waits for one end of a call, or `wake`, and does what is to be done. False: nothing came until
  /// then.
  auto step(time_point until = time_point::max()) -> bool;
  /// Calls that have not ended.
  [[nodiscard]] auto calls() const -> std::size_t;

private:
  struct running;
  struct impl;

  template <class Response, class Then>
  class call_of final : public pending_call {
  public:
    explicit call_of(Then then) : then_{std::move(then)} {}
    [[nodiscard]] auto response() noexcept -> google::protobuf::MessageLite& override {
      return response_;
    }
    void done(call_status status) noexcept override { then_(response_, std::move(status)); }

  private:
    Response response_;
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

  std::unique_ptr<impl> impl_;
};

} // namespace perdure::inline v0::temporal
