// The calls of one activity or workflow that a test environment has seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "perdure/data/converter.hpp"
#include "perdure/testing/function_plan.hpp"
#include "perdure/workflow/callable.hpp"

namespace perdure::inline v0 {

namespace detail {

template <class Signature>
struct argument_tuple;
template <class R, class... A>
struct argument_tuple<signature<R, A...>> {
  using type = std::tuple<std::remove_cv_t<A>...>;
  static auto decode(payloads const& input) -> type {
    return from_payloads<std::remove_cv_t<A>...>(input);
  }
};

} // namespace detail

/// One call of F: of an activity an attempt, of a workflow a run.
template <auto F>
struct seen_call {
  using tuple = typename detail::argument_tuple<typename detail::callable<F>::signature>::type;
  tuple arguments{};
  std::int32_t attempt{1}; ///< Of the activity, from 1.
  time_point at{};         ///< Virtual time.
  /// Of the workflow that called the activity; of a workflow, its own.
  std::string workflow_id{};
};

/// The calls of F so far, the oldest first. A copy: later calls do not change it.
template <auto F>
class call_record {
public:
  call_record() = default;
  explicit call_record(std::vector<detail::raw_call> const& raw) {
    using decoder = detail::argument_tuple<typename detail::callable<F>::signature>;
    calls_.reserve(raw.size());
    for (detail::raw_call const& each : raw)
      calls_.push_back({decoder::decode(each.input), each.attempt, each.at, each.workflow_id});
  }

  [[nodiscard]] auto count() const noexcept -> std::size_t { return calls_.size(); }
  [[nodiscard]] auto empty() const noexcept -> bool { return calls_.empty(); }
  /// \throws std::out_of_range
  [[nodiscard]] auto operator[](std::size_t i) const -> seen_call<F> const& { return calls_.at(i); }
  /// Parameter I of call `i`. \throws std::out_of_range
  template <std::size_t I = 0>
  [[nodiscard]] auto argument(std::size_t i) const -> auto const& {
    return std::get<I>(calls_.at(i).arguments);
  }
  [[nodiscard]] auto begin() const noexcept { return calls_.begin(); }
  [[nodiscard]] auto end() const noexcept { return calls_.end(); }

private:
  std::vector<seen_call<F>> calls_;
};

} // namespace perdure::inline v0
