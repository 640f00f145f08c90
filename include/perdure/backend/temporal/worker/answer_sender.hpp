// Answers of tasks: said again until the server takes or refuses them, with no thread that waits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
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

  /// `then(response, status)` is called once, on the loop, when it is decided.
  template <class Request, class Response, class Then>
  void send(method<Request, Response> const& which, std::shared_ptr<Request> request, Then then) {
    outstanding_.fetch_add(1);
    auto mine = std::make_shared<sending<Request, Response, Then>>(which, std::move(request),
                                                                   std::move(then));
    attempt(std::move(mine));
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
  template <class Request, class Response, class Then>
  struct sending {
    sending(method<Request, Response> const& calls, std::shared_ptr<Request> what, Then next)
        : which{calls}, request{std::move(what)}, then{std::move(next)} {}
    method<Request, Response> which;
    std::shared_ptr<Request> request;
    Then then;
    int tries{0};
    std::int64_t began{now()};
  };

  template <class Sending>
  void attempt(std::shared_ptr<Sending> one) {
    ++one->tries;
    auto& what = *one;
    calls_->start(what.which, *what.request, answer.deadline,
                  [this, one = std::move(one)](auto& response, call_status status) mutable {
                    if (!status.ok() && is_retryable(status) && !is_late(one->began)) {
                      duration const wait = spread(backoff_after(answer, one->tries, status));
                      calls_->after(wait, [this, one] { attempt(one); });
                      return;
                    }
                    one->then(response, std::move(status));
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
