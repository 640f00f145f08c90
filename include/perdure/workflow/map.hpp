// Fan-out over many inputs: bounded, in order, with a policy for failures, in shards if need be.
#pragma once

#include <cstddef>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/history/outcome.hpp"
#include "perdure/workflow/mapping/map_shards.hpp"
#include "perdure/workflow/wait_until.hpp"

namespace perdure::inline v0 {

namespace detail {

/// What `map<F>` calls for one input.
template <class Signature>
struct map_item;
template <class R, class A>
struct map_item<signature<R, A>> {
  using input = std::decay_t<A>;
  static constexpr std::size_t arity = 1;
  static void append(input const& from, std::vector<payload>& to) {
    to.push_back(to_payload(from));
  }
};
template <class R, class A, class B, class... More>
struct map_item<signature<R, A, B, More...>> {
  using input = std::tuple<std::decay_t<A>, std::decay_t<B>, std::decay_t<More>...>;
  static constexpr std::size_t arity = 2 + sizeof...(More);
  static void append(input const& from, std::vector<payload>& to) {
    std::apply([&](auto const&... each) { (to.push_back(to_payload(each)), ...); }, from);
  }
};

template <auto F>
struct map_traits {
  static_assert(callable<F>::is_checked);
  static constexpr bool is_child = callable<F>::is_workflow_function;
  using item = map_item<typename callable<F>::signature>;
  using input = typename item::input;
  using result = typename callable<F>::result;
  using options = std::conditional_t<is_child, child_workflow_options, activity_options>;
  /// `vector<R>`, or nothing where F gives nothing.
  using results = std::conditional_t<std::is_void_v<result>, void, std::vector<regular<result>>>;
  using outcomes = std::vector<outcome<result>>;

  [[nodiscard]] static auto target(options&& asked, std::source_location source) -> map_target {
    if constexpr (is_child)
      return map_target{child_request(shared_wire_name<F>(), {}, std::move(asked), source)};
    else
      return map_target{
          activity_request(shared_wire_name<F>(), {},
                           options_for<F>(std::move(asked), default_activity_options<F>), source)};
  }
};

/// Inputs of one type; each is gone once it is encoded.
template <class Item>
class typed_inputs final : public map_inputs {
public:
  explicit typed_inputs(std::vector<typename Item::input>&& all) : all_{std::move(all)} {}
  [[nodiscard]] auto size() const noexcept -> std::size_t override { return all_.size(); }
  [[nodiscard]] auto arity() const noexcept -> std::size_t override { return Item::arity; }
  void append(std::size_t index, std::vector<payload>& to) override {
    auto const given = std::move(all_[index]);
    Item::append(given, to);
  }

private:
  std::vector<typename Item::input> all_;
};

[[nodiscard]] inline auto lanes_for(std::size_t inputs, map_bounds bounds) noexcept -> std::size_t {
  return inputs < bounds.concurrency ? inputs : bounds.concurrency;
}

/// All inputs, in lanes of this run or in shards.
template <class Unused = void>
auto run_all(map_target const& target, map_inputs& inputs, map_bounds bounds, map_results& results)
    -> workflow<void>;

template <class Unused = void>
auto run_map(map_target const& target, map_inputs& inputs, map_bounds bounds, map_results& results)
    -> workflow<void>;

template <auto F>
struct map_call {
  using traits = map_traits<F>;
  using inputs = std::vector<typename traits::input>;

  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(inputs all, map_options policy = {}, typename traits::options options = {},
             std::source_location source = std::source_location::current()) const
      -> workflow<typename traits::results> {
    map_results results{all.size(), map_rule{}};
    co_await run(std::move(all), bounds_of(policy), results, std::move(options), source);
    if constexpr (!std::is_void_v<typename traits::result>) {
      typename traits::results values;
      values.reserve(results.size());
      for (std::size_t i = 0; i < results.size(); ++i)
        values.push_back(decode_result<typename traits::result>(results.result(i)));
      co_return values;
    }
  }

  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(inputs all, tolerant_map_options policy, typename traits::options options = {},
             std::source_location source = std::source_location::current()) const
      -> workflow<typename traits::outcomes> {
    co_return co_await settle(std::move(all), policy, std::move(options), source);
  }

  [[nodiscard("nothing is asked for until this is awaited")]] auto
  operator()(inputs all, sufficient_map_options policy, typename traits::options options = {},
             std::source_location source = std::source_location::current()) const
      -> workflow<typename traits::outcomes> {
    co_return co_await settle(std::move(all), policy, std::move(options), source);
  }

private:
  static auto run(inputs all, map_bounds bounds, map_results& results,
                  typename traits::options options, std::source_location source) -> workflow<void> {
    map_target const target = traits::target(std::move(options), source);
    typed_inputs<typename traits::item> encoded{std::move(all)};
    co_await run_map(target, encoded, bounds, results);
  }
  template <class Policy>
  static auto settle(inputs all, Policy policy, typename traits::options options,
                     std::source_location source) -> workflow<typename traits::outcomes> {
    map_results results{all.size(), map_rule::of(policy, all.size())};
    co_await run(std::move(all), bounds_of(policy), results, std::move(options), source);
    typename traits::outcomes outcomes;
    outcomes.reserve(results.size());
    for (std::size_t i = 0; i < results.size(); ++i)
      outcomes.push_back(results.outcome_of<typename traits::result>(i));
    co_return outcomes;
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
/// cancellation type, and joined. History grows by what the calls record.
///
/// More than 2,000 inputs (twice `inputs_per_shard`) go to child workflows of at most so many
/// inputs and about 200 kB of them, a few at a time, which share `max_concurrency`; history then
/// grows by three events a shard, and by the bytes of inputs and results (`map_reduce` keeps the
/// latter small). They are of the type "perdure_map_shard", which every worker knows, and are what
/// the calls see as their parent; inputs are begun in order within each, and failures are counted
/// where a shard has ended. The results of a shard have to fit into the 2 MiB of one payload list:
/// fewer `inputs_per_shard` leave them more room. Errors at the await: see the options;
/// `cancelled_error`; `child_workflow_error` if a shard is terminated; `error` (invalid_argument).
template <auto F>
inline constexpr detail::map_call<F> map{};

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
template <class Unused>
auto run_all(map_target const& target, map_inputs& inputs, map_bounds bounds, map_results& results)
    -> workflow<void> {
  if (!needs_shards(inputs.size(), bounds)) {
    basic_single_inputs<Unused> from{inputs};
    map_work work{target, from, results};
    co_await run_lanes(work, lanes_for(inputs.size(), bounds));
  } else {
    shard_order order{};
    map_rule const rule = results.rule();
    // What is needed of all a shard cannot know: it goes on with any number of failures.
    if (rule.what == map_rule::kind::tolerated) order.tolerated_failures = rule.count;
    if (rule.what == map_rule::kind::needed) order.tolerated_failures = inputs.size();
    auto const apart = [&](basic_shard_inputs<Unused> const& shards) {
      return basic_shard_results<Unused>{shards, results};
    };
    co_await run_shards(map_shard_name, target, inputs, bounds, std::move(order), {}, apart);
  }
}
template <class Unused>
auto run_map(map_target const& target, map_inputs& inputs, map_bounds bounds, map_results& results)
    -> workflow<void> {
  if (results.rule().what == map_rule::kind::needed)
    (void)co_await race(run_all(target, inputs, bounds, results),
                        wait_until([&] { return results.is_enough(); }));
  else
    co_await run_all(target, inputs, bounds, results);
}
  #ifdef PERDURE_SOURCE
template auto run_all<void>(map_target const& target, map_inputs& inputs, map_bounds bounds,
                            map_results& results) -> workflow<void>;
template auto run_map<void>(map_target const& target, map_inputs& inputs, map_bounds bounds,
                            map_results& results) -> workflow<void>;
  #endif
} // namespace perdure::inline v0::detail
#endif
