// What a test plans for one activity or workflow, and what it has seen of its calls.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/data/payload.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0::detail {

/// One call that was made, its arguments as they were recorded.
struct raw_call {
  payloads input{};
  std::int32_t attempt{1};
  time_point at{};
  std::string workflow_id{};
};

/// Of one name: the calls so far, and how the next ones go.
class function_plan {
public:
  static constexpr std::int32_t always = -1;

  /// Notes a call. Gives the failure that the test wants it to end with, if any.
  auto begin_call(raw_call call) -> std::optional<failure> {
    calls_.push_back(std::move(call));
    if (auto const wanted = at_call_.extract(calls_.size())) return wanted.mapped();
    return failures_.take();
  }
  /// How much later than it was made the answer to a call is given.
  [[nodiscard]] auto take_delay() -> duration { return delays_.take().value_or(duration{}); }

  [[nodiscard]] auto has_delay() const noexcept -> bool { return !delays_.empty(); }

  void fail(failure why, std::int32_t times) { failures_.add(std::move(why), times); }
  /// `number` counts from 1.
  void fail_call(std::size_t number, failure why) {
    at_call_.insert_or_assign(number, std::move(why));
  }
  void delay(duration by, std::int32_t times) { delays_.add(by, times); }
  [[nodiscard]] auto calls() const noexcept -> std::vector<raw_call> const& { return calls_; }

private:
  /// Values that count for so many calls each, one after the other.
  template <class T>
  class sequence {
  public:
    void add(T value, std::int32_t times) {
      if (!left_.empty() && left_.back().second == always) left_.pop_back();
      if (times != 0) left_.emplace_back(std::move(value), times);
    }
    [[nodiscard]] auto take() -> std::optional<T> {
      if (left_.empty()) return std::nullopt;
      auto& [value, times] = left_.front();
      if (times == always || --times > 0) return value;
      std::optional<T> last{std::move(value)};
      left_.pop_front();
      return last;
    }

    [[nodiscard]] auto empty() const noexcept -> bool { return left_.empty(); }

  private:
    std::deque<std::pair<T, std::int32_t>> left_;
  };

  std::vector<raw_call> calls_;
  std::map<std::size_t, failure> at_call_;
  sequence<failure> failures_;
  sequence<duration> delays_;
};

/// Plans by wire name; they stay where they are.
using function_plans = std::map<std::string, function_plan, std::less<>>;

} // namespace perdure::inline v0::detail
