// A gRPC server in the test's process that says what the test wants it to say.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/message_lite.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

namespace perdure_test {

/// What a call is answered with.
struct scripted_answer {
  grpc::Status status{};
  std::string bytes{}; ///< Of the response, if the status is OK.
  bool is_held{false}; ///< Not answered: the call stays open until it is cancelled.
};
inline auto held() -> scripted_answer { return {{}, {}, true}; }
inline auto failing(grpc::StatusCode code, std::string const& message = "scripted",
                    std::string const& details = {}) -> scripted_answer {
  return {grpc::Status{code, message, details}, {}, false};
}
inline auto giving(google::protobuf::MessageLite const& response) -> scripted_answer {
  return {{}, response.SerializeAsString(), false};
}

/// A call as it arrived.
struct received_call {
  std::string path{};
  std::string method{}; ///< The last part of it: `GetSystemInfo`.
  std::string request{};
  std::multimap<std::string, std::string> headers{};
  std::string authority{};
  std::string client{}; ///< The name in the client's certificate; empty: it sent none.

  [[nodiscard]] auto header(std::string const& name) const -> std::string {
    std::string all;
    for (auto [each, end] = headers.equal_range(name); each != end; ++each)
      all += (all.empty() ? "" : ", ") + each->second;
    return all;
  }
};

/// Answers the calls of each method in the order of its script, and those after it with nothing.
/// The methods of the class are thread-safe.
class scripted_server final : grpc::CallbackGenericService {
public:
  /// `port`: zero for one that is free.
  explicit scripted_server(
      std::shared_ptr<grpc::ServerCredentials> const& with = grpc::InsecureServerCredentials(),
      int port = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), with, &port_);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    if (!server_ || port_ == 0) throw std::runtime_error{"the scripted server does not start"};
  }
  scripted_server(scripted_server const&) = delete;
  auto operator=(scripted_server const&) -> scripted_server& = delete;
  ~scripted_server() override { stop(); }

  void stop() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }
  [[nodiscard]] auto port() const noexcept -> int { return port_; }
  [[nodiscard]] auto address(std::string const& host = "127.0.0.1") const -> std::string {
    return host + ":" + std::to_string(port_);
  }
  void script(std::string const& method, std::vector<scripted_answer> answers) {
    std::lock_guard const lock{mutex_};
    for (auto& each : answers) scripts_[method].push_back(std::move(each));
  }
  [[nodiscard]] auto calls() const -> std::vector<received_call> {
    std::lock_guard const lock{mutex_};
    return calls_;
  }
  [[nodiscard]] auto calls_of(std::string const& method) const -> std::size_t {
    std::lock_guard const lock{mutex_};
    return count(method);
  }
  /// Returns when so many calls of the method have come.
  void wait_for(std::string const& method, std::size_t calls = 1) const {
    std::unique_lock lock{mutex_};
    news_.wait(lock, [&] { return count(method) >= calls; });
  }
  /// Returns when so many calls that were held have been cancelled.
  void wait_for_cancelled(std::size_t calls) const {
    std::unique_lock lock{mutex_};
    news_.wait(lock, [&] { return cancelled_ >= calls; });
  }

private:
  class reactor;

  [[nodiscard]] auto count(std::string const& method) const -> std::size_t {
    std::size_t n = 0;
    for (auto const& call : calls_)
      if (call.method == method) ++n;
    return n;
  }
  auto take(received_call call) -> scripted_answer {
    std::lock_guard const lock{mutex_};
    auto& script = scripts_[call.method];
    scripted_answer next;
    if (!script.empty()) {
      next = std::move(script.front());
      script.pop_front();
    }
    calls_.push_back(std::move(call));
    news_.notify_all();
    return next;
  }
  void count_cancelled() {
    std::lock_guard const lock{mutex_};
    ++cancelled_;
    news_.notify_all();
  }
  auto CreateReactor(grpc::GenericCallbackServerContext* context)
      -> grpc::ServerGenericBidiReactor* override;

  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  std::map<std::string, std::deque<scripted_answer>> scripts_;
  std::vector<received_call> calls_;
  std::size_t cancelled_{0};
  int port_{0};
  std::unique_ptr<grpc::Server> server_;
};

/// One call.
class scripted_server::reactor final : public grpc::ServerGenericBidiReactor {
public:
  reactor(scripted_server& of, grpc::GenericCallbackServerContext& context) : of_{&of} {
    call_.path = context.method();
    call_.method = call_.path.substr(call_.path.rfind('/') + 1);
    call_.authority = context.host();
    for (auto const& [name, value] : context.client_metadata())
      call_.headers.emplace(text(name), text(value));
    for (auto const& name : context.auth_context()->FindPropertyValues("x509_common_name"))
      call_.client = text(name);
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    grpc::Slice whole;
    if (ok && request_.DumpToSingleSlice(&whole).ok())
      call_.request.assign(whole.begin(), whole.end());
    scripted_answer const answer = of_->take(std::move(call_));
    std::lock_guard const lock{mutex_};
    is_held_ = answer.is_held;
    if (is_cancelled_ || !answer.is_held) finish(answer);
  }
  void OnCancel() override {
    std::lock_guard const lock{mutex_};
    is_cancelled_ = true;
    if (is_held_) finish(failing(grpc::StatusCode::CANCELLED));
  }
  void OnDone() override {
    if (is_held_ && is_cancelled_) of_->count_cancelled();
    delete this;
  }

private:
  static auto text(grpc::string_ref from) -> std::string { return {from.data(), from.size()}; }
  void finish(scripted_answer const& with) {
    if (is_finished_) return;
    is_finished_ = true;
    if (!with.status.ok()) return Finish(with.status);
    grpc::Slice const bytes{with.bytes};
    response_ = grpc::ByteBuffer{&bytes, 1};
    StartWriteAndFinish(&response_, {}, with.status);
  }

  scripted_server* of_;
  received_call call_{};
  grpc::ByteBuffer request_{};
  grpc::ByteBuffer response_{};
  std::mutex mutex_{}; ///< Guards what follows: a call may be cancelled while it is read.
  bool is_held_{false};
  bool is_cancelled_{false};
  bool is_finished_{false};
};

inline auto scripted_server::CreateReactor(grpc::GenericCallbackServerContext* context)
    -> grpc::ServerGenericBidiReactor* {
  return new reactor{*this, *context};
}

} // namespace perdure_test
