// Fan-out whose results are folded where they arise: nothing grows with their number.
#pragma once

#include <cstddef>
#include <map>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/workflow/hidden_workflow.hpp"
#include "perdure/workflow/map.hpp"

namespace perdure::inline v0 {

namespace detail {

/// Takes results in the order of the inputs, each as soon as it is its turn.
class ordered_sink : public map_sink {
public:
  void succeeded(std::size_t index, payloads result) final;
  void failed(std::size_t, failure why) final;

protected:
  ~ordered_sink() = default;

private:
  virtual void fold(payloads const& result) = 0;

  std::map<std::size_t, payloads> waiting_{};
  std::size_t next_{0};
};

/// Folds results into a value.
template <class Total, class R, auto Fold>
class folding_sink final : public ordered_sink {
public:
  explicit folding_sink(Total& total) : total_{total} {}

private:
  void fold(payloads const& result) override {
    total_ = Fold(std::move(total_), decode_result<R>(result));
  }

  Total& total_;
};

template <class Signature>
struct fold_traits;
template <class Total, class R>
struct fold_traits<signature<Total, Total, R>> {
  using total = Total;
  using item = R;
};

template <auto F, auto Fold, auto Merge>
struct map_reduce_call {
  using traits = map_traits<F>;
  using inputs = std::vector<typename traits::input>;
  using result = typename traits::result;
  using total = typename fold_traits<typename callable<Fold>::signature>::total;
  static_assert(
      std::is_same_v<typename fold_traits<typename callable<Fold>::signature>::item, result>,
      "perdure: map_reduce<f, fold>: fold takes the total and what f gives, and gives the "
      "new total: T fold(T, R)");
  static_assert(
      std::is_same_v<typename callable<Merge>::signature, signature<total, total, total>>,
      "perdure: map_reduce<f, fold, merge>: merge takes two totals and gives one: T merge(T, T). "
      "It may be left out where fold does that, too");

  [[nodiscard("nothing is asked for until this is awaited")]] auto operator()(
      inputs all, total initial, map_options policy = {}, typename traits::options options = {},
      std::source_location source = std::source_location::current()) const -> workflow<total> {
    map_bounds const bounds = bounds_of(policy);
    map_target const target = traits::target(std::move(options), source);
    typed_inputs<typename traits::item> encoded{std::move(all)};
    total value = initial;
    if (!needs_shards(encoded.size(), bounds)) {
      single_inputs from{encoded};
      folding_sink<total, result, Fold> to{value};
      map_work work{target, from, to};
      co_await run_lanes(work, lanes_for(encoded.size(), bounds));
    } else {
      auto const merging = [&](shard_inputs const&) {
        return folding_sink<total, total, Merge>{value};
      };
      std::vector<payload> extra{to_payload(initial)};
      co_await run_shards(shard.name(), target, encoded, bounds, {}, std::move(extra), merging);
    }
    co_return value;
  }

private:
  /// One shard, as a workflow.
  static auto run_shard(payloads input) -> workflow<payloads> {
    auto const order = from_payload<shard_order>(input[0]);
    auto value = from_payload<total>(input[1]);
    map_target const target{order.target};
    ordered_inputs from{order, std::move(input), 2};
    folding_sink<total, result, Fold> to{value};
    map_work work{target, from, to, order.first};
    co_await run_lanes(work, order.lanes);
    co_return to_payloads(value);
  }
  [[nodiscard]] static auto shard_name() -> std::string {
    std::string name{"perdure_map_reduce_shard_"};
    name.append(registered_name<F>()).append("_");
    return name.append(naming::unqualified(naming::spelled<Fold>()));
  }
  static inline hidden_workflow const shard{shard_name(), &start_raw<&run_shard>};
};

} // namespace detail

/// `T all = co_await map_reduce<f, fold>(inputs, initial)`: calls f for each input, as `map` does,
/// and folds what they give, in the order of the inputs: `total = fold(total, result)`. fold is a
/// plain function, `T fold(T, R)`, which must always give the same for the same. The first failure
/// cancels the rest and is rethrown.
///
/// With many inputs (see `map`) each shard folds its own, beginning with `initial`, and the totals
/// of the shards are merged in their order: by `merge`, `T merge(T, T)`, which is fold itself if it
/// is left out. So `initial` must change nothing (0 of a sum), and what is folded in parts must
/// give the same as in a row. Of the results nothing is kept but the totals: history and memory do
/// not grow with them. Every worker of the task queue has to know this call, that is, to have it in
/// its program.
///
///     auto longer(std::string a, std::string b) -> std::string;
///     std::string longest = co_await map_reduce<fetch, longer>(urls, "", {},
///     {.start_to_close_timeout = 10s});
template <auto F, auto Fold, auto Merge = Fold>
inline constexpr detail::map_reduce_call<F, Fold, Merge> map_reduce{};

#if PERDURE_DEFINES
PERDURE_INLINE void detail::ordered_sink::succeeded(std::size_t index, payloads result) {
  if (index != next_) {
    waiting_.emplace(index, std::move(result));
    return;
  }
  fold(result);
  ++next_;
  for (auto each = waiting_.begin(); each != waiting_.end() && each->first == next_;
       each = waiting_.erase(each)) {
    fold(each->second);
    ++next_;
  }
}
PERDURE_INLINE void detail::ordered_sink::failed(std::size_t, failure why) {
  throw_failure(std::move(why));
}
#endif

} // namespace perdure::inline v0
