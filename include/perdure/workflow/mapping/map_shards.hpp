// A map of many inputs as child workflows that each do a part of it, so that the history of the run
// that asks grows by the number of parts alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/workflow/mapping/map_lanes.hpp"
#include "perdure/workflow/mapping/packed_payloads.hpp"

namespace perdure::inline v0::detail {

// What a recorded history depends on: runs that live notice a change of these.
inline constexpr std::size_t shard_bytes_max =
    200'000; ///< Of inputs; servers warn from 256 KiB on.
inline constexpr std::size_t shards_under_way = 8;

/// What a shard is to do. Its inputs follow as payloads.
struct shard_order {
  recorded_target target{};
  std::uint64_t first{}; ///< Index of its first input.
  std::uint64_t count{}; ///< Of its inputs.
  std::uint64_t lanes{};
  std::uint32_t arity{}; ///< Payloads an input.
  pack_form form{};
  std::optional<std::uint64_t> tolerated_failures{}; ///< Absent: none may fail.
};

struct shard_failure {
  std::uint64_t index{}; ///< Within the shard.
  std::string why{};     ///< JSON.
};
/// How a shard ended. What its inputs gave follows, a payload for each that did not fail.
struct shard_report {
  std::vector<shard_failure> failures{};
  pack_form form{};
};

/// The inputs of a shard, which are those of a list from `at` on.
template <class Unused>
class basic_ordered_inputs final : public map_source {
public:
  basic_ordered_inputs(shard_order const& order, payloads list, std::size_t at)
      : left_{order.count}, arity_{order.arity}, list_{std::move(list), at, order.form} {}
  [[nodiscard]] auto next(payloads& to) -> bool override;

private:
  std::uint64_t left_;
  std::size_t arity_;
  payload_unpacker list_;
};
using ordered_inputs = basic_ordered_inputs<void>;

/// The inputs of a map, typed ones behind it.
class map_inputs {
public:
  [[nodiscard]] virtual auto size() const noexcept -> std::size_t = 0;
  [[nodiscard]] virtual auto arity() const noexcept -> std::size_t = 0;
  /// Encodes the `index`-th, once.
  virtual void append(std::size_t index, std::vector<payload>& to) = 0;

protected:
  ~map_inputs() = default;
};

/// One by one.
template <class Unused>
class basic_single_inputs final : public map_source {
public:
  explicit basic_single_inputs(map_inputs& all) : all_{all} {}
  [[nodiscard]] auto next(payloads& to) -> bool override;

private:
  map_inputs& all_;
  std::size_t next_{0};
};
using single_inputs = basic_single_inputs<void>;

struct shard_range {
  std::size_t first{};
  std::size_t count{};
};

/// As many at a time as a shard may have, behind the order for them.
template <class Unused>
class basic_shard_inputs final : public map_source {
public:
  /// `extra` follows the order.
  basic_shard_inputs(map_inputs& all, shard_order order, std::size_t each,
                     std::vector<payload> extra)
      : all_{all}, order_{std::move(order)}, each_{each}, extra_{std::move(extra)} {}

  [[nodiscard]] auto next(payloads& to) -> bool override;
  /// \pre it was begun
  [[nodiscard]] auto range(std::size_t shard) const noexcept -> shard_range {
    return ranges_[shard];
  }

private:
  map_inputs& all_;
  shard_order order_;
  std::size_t each_;
  std::vector<payload> extra_;
  std::size_t next_{0};
  std::vector<shard_range> ranges_{};
};
using shard_inputs = basic_shard_inputs<void>;

/// Takes the reports of shards apart.
template <class Unused>
class basic_shard_results final : public map_sink {
public:
  basic_shard_results(shard_inputs const& shards, map_sink& to) : shards_{shards}, to_{to} {}

  void succeeded(std::size_t shard, payloads told) override;
  void failed(std::size_t, failure why) override { throw_failure(std::move(why)); }

private:
  shard_inputs const& shards_;
  map_sink& to_;
};
using shard_results = basic_shard_results<void>;

/// One shard, as a workflow.
template <class Unused = void>
auto run_map_shard(payloads input) -> workflow<payloads>;
/// Its name. No `hidden_workflow`: that would be code in every file that includes this.
inline constexpr std::string_view map_shard_name = "perdure_map_shard";

[[nodiscard]] inline auto needs_shards(std::size_t inputs, map_bounds bounds) noexcept -> bool {
  return inputs > 2 * bounds.inputs_per_shard;
}

/// A map in shards, workflows of that name, whose results go to what `to_of` makes.
template <class Unused = void>
auto run_shards(std::string_view shard_name, map_target const& target, map_inputs& inputs,
                map_bounds bounds, shard_order order, std::vector<payload> extra, auto& to_of)
    -> workflow<void> {
  std::size_t const most = inputs.size() / bounds.inputs_per_shard + 1;
  std::size_t lanes = bounds.concurrency < shards_under_way ? bounds.concurrency : shards_under_way;
  if (most < lanes) lanes = most;
  order.target = target.record();
  order.arity = static_cast<std::uint32_t>(inputs.arity());
  order.lanes = bounds.concurrency / lanes;
  child_workflow_options options{.static_summary = "a part of map over " +
                                                   std::to_string(inputs.size()) + " inputs of " +
                                                   std::string{target.name()}};
  basic_map_target<Unused> const shards{
      child_request(shard_name, {}, std::move(options), target.source())};
  basic_shard_inputs<Unused> from{inputs, std::move(order), bounds.inputs_per_shard,
                                  std::move(extra)};
  auto to = to_of(from);
  map_work work{shards, from, to, 0, true};
  co_await run_lanes(work, lanes);
}

#if PERDURE_DEFINES
template <class Unused>
auto basic_ordered_inputs<Unused>::next(payloads& to) -> bool {
  if (left_ == 0) return false;
  --left_;
  std::vector<payload> one;
  one.reserve(arity_);
  while (one.size() < arity_) {
    auto given = list_.next();
    if (!given) throw error{errc::history_corrupt, "a shard of a map has too few inputs"};
    one.push_back(std::move(*given));
  }
  to = std::move(one);
  return true;
}
template <class Unused>
auto basic_single_inputs<Unused>::next(payloads& to) -> bool {
  if (next_ == all_.size()) return false;
  std::vector<payload> one;
  all_.append(next_++, one);
  to = std::move(one);
  return true;
}
template <class Unused>
auto basic_shard_inputs<Unused>::next(payloads& to) -> bool {
  if (next_ == all_.size()) return false;
  std::vector<payload> list(1);
  list.insert(list.end(), extra_.begin(), extra_.end());
  std::size_t const head = list.size();
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (next_ + count < all_.size() && count < each_ && bytes < shard_bytes_max) {
    std::size_t const before = list.size();
    all_.append(next_ + count++, list);
    for (std::size_t i = before; i < list.size(); ++i) bytes += byte_size(list[i]);
  }
  order_.first = next_;
  order_.count = count;
  order_.form = pack_payloads(list, head);
  list[0] = to_payload(order_);
  ranges_.push_back({next_, count});
  next_ += count;
  to = std::move(list);
  return true;
}
template <class Unused>
void basic_shard_results<Unused>::succeeded(std::size_t shard, payloads told) {
  shard_range const range = shards_.range(shard);
  auto const report = from_payload<shard_report>(told.empty() ? payload{} : told[0]);
  payload_unpacker results{std::move(told), 1, report.form};
  auto failed = report.failures.begin();
  for (std::size_t i = 0; i < range.count; ++i)
    if (failed != report.failures.end() && failed->index == i)
      to_.failed(range.first + i, struct_from_json<failure>((failed++)->why));
    else if (auto result = results.next())
      to_.succeeded(range.first + i, std::move(*result));
    else
      throw error{errc::history_corrupt, "a shard of a map gives fewer results than it has inputs"};
}
template <class Unused>
auto run_map_shard(payloads input) -> workflow<payloads> {
  auto const order = from_payload<shard_order>(input[0]);
  basic_map_target<Unused> const target{order.target};
  basic_ordered_inputs<Unused> from{order, std::move(input), 1};
  map_rule rule{};
  if (order.tolerated_failures) rule = {map_rule::kind::tolerated, *order.tolerated_failures};
  basic_map_results<Unused> results{order.count, rule};
  map_work work{target, from, results, order.first};
  co_await run_lanes(work, order.lanes);
  shard_report report;
  std::vector<payload> told(1);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (auto const failed = results.failures().find(i); failed != results.failures().end())
      report.failures.push_back({i, struct_to_json(failed->second)});
    else
      told.push_back(results.result(i).empty() ? payload::null() : results.result(i)[0]);
  report.form = pack_payloads(told, 1);
  told[0] = to_payload(report);
  co_return told;
}
  #ifdef PERDURE_SOURCE
template class basic_ordered_inputs<void>;
template class basic_single_inputs<void>;
template class basic_shard_inputs<void>;
template class basic_shard_results<void>;
template auto run_map_shard<void>(payloads input) -> workflow<payloads>;
  #endif
#endif

} // namespace perdure::inline v0::detail
