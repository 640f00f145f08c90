// Fan-out over many inputs: bounded, in order, with a policy for failures.
#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/history/failure_error.hpp"
#include "perdure/history/outcome.hpp"
#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/execute_activity.hpp"
#include "perdure/workflow/wait_until.hpp"
#include "perdure/workflow/when_all.hpp"

namespace perdure::inline v0 {

namespace detail {

/// A number that has no default.
class said_count {
public:
  said_count(std::size_t count) noexcept : count_{count} {}
  operator std::size_t() const noexcept { return count_; }

private:
  std::size_t count_;
};

/// Servers take 2,000 open activities or children of a run.
inline constexpr std::size_t map_concurrency = 1'000;

} // namespace detail

/// All must succeed: the first failure, in the order of history, cancels the rest and is rethrown.
/// `map` gives the results.
struct map_options {
  std::size_t max_concurrency{detail::map_concurrency}; ///< At a time; at least 1.
};

/// Some may fail. `map` gives an `outcome` for each input; one failure more than that cancels the
/// rest and is thrown as `application_error` of type "TooManyFailures", with that failure as its
/// cause.
struct tolerant_map_options {
  std::size_t max_concurrency{detail::map_concurrency};
  detail::said_count tolerated_failures;
};

/// Enough is enough: when so many have succeeded the rest is cancelled, or not begun. `map` gives
/// an `outcome` for each input, a cancelled one for those that were not needed. When so many cannot
/// succeed any more it throws `application_error` of type "TooFewSuccesses", likewise.
struct sufficient_map_options {
  std::size_t max_concurrency{detail::map_concurrency};
  detail::said_count minimum_successes;
};

namespace detail {

/// What `map<F>` calls for one input.
template <auto F, class Signature = typename callable<F>::signature>
struct map_item;
template <auto F, class R, class A>
struct map_item<F, signature<R, A>> {
  using input = std::decay_t<A>;
  template <class Call, class Options>
  static auto apply(Call const& call, input&& in, Options options, std::source_location source) {
    return call(std::move(in), std::move(options), source);
  }
};
template <auto F, class R, class A, class B, class... More>
struct map_item<F, signature<R, A, B, More...>> {
  using input = std::tuple<std::decay_t<A>, std::decay_t<B>, std::decay_t<More>...>;
  template <class Call, class Options>
  static auto apply(Call const& call, input&& in, Options options, std::source_location source) {
    return std::apply(
        [&](auto&&... each) { return call(std::move(each)..., std::move(options), source); },
        std::move(in));
  }
};

template <auto F>
struct map_traits {
  static constexpr bool is_child = callable<F>::is_workflow_function;
  using input = typename map_item<F>::input;
  using result = typename callable<F>::result;
  using options = std::conditional_t<is_child, child_workflow_options, activity_options>;
  /// `vector<R>`, or nothing where F gives nothing.
  using results = std::conditional_t<std::is_void_v<result>, void, std::vector<regular<result>>>;
  using outcomes = std::vector<outcome<result>>;

  /// The `index`-th; an id that was asked for gets the index.
  [[nodiscard]] static auto execute(input&& in, std::size_t index, options asked,
                                    std::source_location source) -> lazy_operation<result> {
    if constexpr (is_child) {
      if (!asked.id.empty()) asked.id += "_" + std::to_string(index);
      return map_item<F>::apply(execute_child_workflow<F>, std::move(in), std::move(asked), source);
    } else {
      return map_item<F>::apply(execute_activity<F>, std::move(in), std::move(asked), source);
    }
  }
};

/// One `map` under way: lanes take the inputs in their order, each one at a time.
template <auto F>
class map_run {
  using traits = map_traits<F>;

public:
  map_run(std::vector<typename traits::input>&& inputs, typename traits::options&& options,
          std::source_location source)
      : inputs_{std::move(inputs)},
        options_{std::move(options)},
        source_{source},
        values_(inputs_.size()) {}
  map_run(map_run const&) = delete;
  auto operator=(map_run const&) -> map_run& = delete;

  [[nodiscard]] auto size() const noexcept -> std::size_t { return inputs_.size(); }
  [[nodiscard]] auto successes() const noexcept -> std::size_t { return successes_; }

  /// `on_failure(why)` is told of each failure, and may throw, which cancels the rest.
  template <class OnFailure>
  [[nodiscard]] auto all_lanes(std::size_t concurrency, OnFailure on_failure) -> workflow<void> {
    std::vector<workflow<void>> lanes;
    for (std::size_t i = concurrency < size() ? concurrency : size(); i > 0; --i)
      lanes.push_back(lane(on_failure));
    co_await when_all(std::move(lanes));
  }

  /// \pre all have succeeded
  [[nodiscard]] auto results() && -> std::vector<regular<typename traits::result>> {
    std::vector<regular<typename traits::result>> all;
    all.reserve(values_.size());
    for (auto& each : values_) all.push_back(*std::move(*each));
    return all;
  }
  [[nodiscard]] auto outcomes() && -> typename traits::outcomes {
    typename traits::outcomes all;
    all.reserve(values_.size());
    for (auto& each : values_)
      if (each)
        all.push_back(std::move(*each));
      else
        all.push_back(cancelled_failure());
    return all;
  }

private:
  template <class OnFailure>
  auto lane(OnFailure& on_failure) -> workflow<void> {
    while (next_ < inputs_.size()) {
      std::size_t const i = next_++;
      std::optional<failure> why;
      try {
        if constexpr (std::is_void_v<typename traits::result>) {
          co_await traits::execute(std::move(inputs_[i]), i, options_, source_);
          values_[i].emplace();
        } else {
          values_[i].emplace(co_await traits::execute(std::move(inputs_[i]), i, options_, source_));
        }
        ++successes_;
      } catch (cancelled_error const&) {
        throw; // what is cancelled is the map
      } catch (failure_error const& failed) {
        why = failed.failure();
      }
      if (!why) continue;
      on_failure(*why);
      values_[i].emplace(std::move(*why));
    }
  }

  std::vector<typename traits::input> inputs_;
  typename traits::options options_;
  std::source_location source_;
  std::vector<std::optional<outcome<typename traits::result>>> values_;
  std::size_t next_{0};
  std::size_t successes_{0};
};

[[noreturn]] inline void throw_map_failure(char const* type, std::string message, failure cause) {
  throw application_error{std::move(message),
                          {.type = type, .non_retryable = true, .cause = std::move(cause)}};
}
inline void check_concurrency(std::size_t concurrency) {
  if (concurrency == 0)
    throw error{errc::invalid_argument, "map: .max_concurrency is 0: nothing would ever begin"};
}

template <auto F>
struct map_call {
  using traits = map_traits<F>;
  using inputs = std::vector<typename traits::input>;

  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(inputs all, map_options policy = {}, typename traits::options options = {},
             std::source_location source = std::source_location::current()) const
      -> workflow<typename traits::results> {
    check_concurrency(policy.max_concurrency);
    map_run<F> run{std::move(all), std::move(options), source};
    co_await run.all_lanes(policy.max_concurrency, [](failure const& why) { throw_failure(why); });
    if constexpr (!std::is_void_v<typename traits::result>) co_return std::move(run).results();
  }

  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(inputs all, tolerant_map_options policy, typename traits::options options = {},
             std::source_location source = std::source_location::current()) const
      -> workflow<typename traits::outcomes> {
    check_concurrency(policy.max_concurrency);
    map_run<F> run{std::move(all), std::move(options), source};
    std::size_t failures = 0;
    co_await run.all_lanes(policy.max_concurrency, [&](failure const& why) {
      if (++failures > policy.tolerated_failures)
        throw_map_failure("TooManyFailures",
                          std::to_string(failures) + " of " + std::to_string(run.size()) +
                              " failed; tolerated are " + std::to_string(policy.tolerated_failures),
                          why);
    });
    co_return std::move(run).outcomes();
  }

  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(inputs all, sufficient_map_options policy, typename traits::options options = {},
             std::source_location source = std::source_location::current()) const
      -> workflow<typename traits::outcomes> {
    check_concurrency(policy.max_concurrency);
    map_run<F> run{std::move(all), std::move(options), source};
    std::size_t const wanted = policy.minimum_successes;
    if (wanted > run.size())
      throw error{errc::invalid_argument, "map: .minimum_successes is " + std::to_string(wanted) +
                                              ", of " + std::to_string(run.size()) + " inputs"};
    std::size_t failures = 0;
    auto const count = [&](failure const& why) {
      if (++failures > run.size() - wanted)
        throw_map_failure("TooFewSuccesses",
                          std::to_string(failures) + " of " + std::to_string(run.size()) +
                              " failed; needed are " + std::to_string(wanted) + " successes",
                          why);
    };
    (void)co_await race(run.all_lanes(policy.max_concurrency, count),
                        wait_until([&] { return run.successes() >= wanted; }));
    co_return std::move(run).outcomes();
  }
};

} // namespace detail

/// `vector<R> all = co_await map<f>(inputs)`: calls the activity or child workflow f for each
/// input, at most `max_concurrency` at a time, and gives what they gave, in the order of the
/// inputs. An input is f's argument, or a tuple of its arguments. What failures do is said by the
/// second argument, and so is the type of the result:
///
///     co_await map<f>(inputs, {.max_concurrency = 50})                            // vector<R>
///     co_await map<f>(inputs, {.max_concurrency = 50, .tolerated_failures = 3})   // of outcome<R>
///     co_await map<f>(inputs, {.max_concurrency = 50, .minimum_successes = 10})   // of outcome<R>
///
/// A third argument is the `activity_options` or `child_workflow_options` of each call; an id gets
/// `_<index>` appended. Inputs are begun in their order. What is cancelled is cancelled by its
/// cancellation type, and joined. History grows by what the calls record. Errors at the await: see
/// the options; `cancelled_error`; `error` (invalid_argument).
template <auto F>
inline constexpr detail::map_call<F> map{};

} // namespace perdure::inline v0
