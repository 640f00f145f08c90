// Answers of tasks: said again until the server takes or refuses them, with no thread that waits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/backend/temporal/calls/call_status.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/open_calls.hpp"

namespace perdure::inline v0::temporal {

/// Sends answers over a connection. Thread-safe.
class answer_sender {
public:
  /// `all_sent()` is called, on the loop, whenever no answer is left that is not decided.
  answer_sender(open_calls& over, std::function<void()> all_sent)
      : calls_{&over}, all_sent_{std::move(all_sent)} {}

  /// `then(answer, status)` is called once, on the loop, when it is decided, with the bytes of the
  /// server's answer.
  template <class Request, class Response, class Then>
  void send(method<Request, Response> const& which, Request const& request, Then then) {
    send(which.name, request.SerializeAsString(), std::move(then));
  }
  /// Likewise, of a request that is written.
  template <class Then>
  void send(std::string_view method, std::string request, Then then) {
    outstanding_.fetch_add(1);
    attempt(std::make_shared<sending<Then>>(method, std::move(request), std::move(then)));
  }
  /// What the server has not taken within `patience` from now, or from when it was first said, is
  /// given up.
  void give_up_after(duration patience) noexcept {
    patience_.store(patience.count());
    impatient_since_.store(now());
  }
  /// Answers that are not decided.
  [[nodiscard]] auto outstanding() const noexcept -> std::size_t { return outstanding_.load(); }

private:
  template <class Then>
  struct sending {
    sending(std::string_view name, std::string bytes, Then next)
        : call{name}, request{std::move(bytes)}, then{std::move(next)} {}
    std::string_view call;
    std::string request;
    Then then;
    int tries{0};
    std::int64_t began{now()};
  };

  template <class Sending>
  void attempt(std::shared_ptr<Sending> one) {
    ++one->tries;
    auto& what = *one;
    calls_->start(what.call, what.request, answer.deadline,
                  [this, one = std::move(one)](std::string_view told, call_status status) mutable {
                    if (!status.ok() && is_retryable(status) && !is_late(one->began)) {
                      duration const wait = spread(backoff_after(answer, one->tries, status));
                      calls_->after(wait, [this, one] { attempt(one); });
                      return;
                    }
                    one->then(told, std::move(status));
                    if (outstanding_.fetch_sub(1) == 1) all_sent_();
                  });
  }
  [[nodiscard]] auto is_late(std::int64_t began) const noexcept -> bool {
    std::int64_t const patience = patience_.load();
    if (patience == 0) return false;
    std::int64_t const since = impatient_since_.load();
    return now() - (began > since ? began : since) > patience;
  }
  [[nodiscard]] static auto now() noexcept -> std::int64_t {
    return std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  open_calls* calls_;
  std::function<void()> all_sent_;
  std::atomic<std::size_t> outstanding_{0};
  std::atomic<std::int64_t> patience_{0}; ///< Nanoseconds; 0: for ever.
  std::atomic<std::int64_t> impatient_since_{0};
};

} // namespace perdure::inline v0::temporal
