// The part of a map that knows no types: lanes take inputs in their order, one at a time each.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/history/failure_error.hpp"
#include "perdure/workflow/mapping/map_policy.hpp"
#include "perdure/workflow/mapping/map_target.hpp"
#include "perdure/workflow/when_all.hpp"

namespace perdure::inline v0::detail {

/// Where the inputs come from, encoded when they are begun.
class map_source {
public:
  /// False: there is none left.
  [[nodiscard]] virtual auto next(payloads& to) -> bool = 0;

protected:
  ~map_source() = default;
};

/// Where the results go.
class map_sink {
public:
  virtual void succeeded(std::size_t index, payloads result) = 0;
  /// May throw, which cancels the rest.
  virtual void failed(std::size_t index, failure why) = 0;

protected:
  ~map_sink() = default;
};

/// A map under way.
struct map_work {
  map_target const& target;
  map_source& from;
  map_sink& to;
  std::size_t first{0};     ///< Index of the first input.
  bool is_of_shards{false}; ///< Each input is one of a shard.
  std::size_t next{0};
};

/// What ended a shard: the failure of the work itself, if that is what it was.
template <class Unused = void>
[[nodiscard]] auto cause_in_shard(failure why) -> failure;

template <class Unused = void>
auto map_lane(map_work& work) -> workflow<void>;

/// Until all inputs are done, or one failure is too many: then the rest is cancelled.
template <class Unused = void>
auto run_lanes(map_work& work, std::size_t count) -> workflow<void>;

/// Keeps what each input gave, as payloads.
template <class Unused>
class basic_map_results final : public map_sink {
public:
  basic_map_results(std::size_t size, map_rule rule);

  void succeeded(std::size_t index, payloads result) override;
  void failed(std::size_t index, failure why) override;

  [[nodiscard]] auto successes() const noexcept -> std::size_t { return successes_; }
  [[nodiscard]] auto is_enough() const noexcept -> bool {
    return rule_.what == map_rule::kind::needed && successes_ >= rule_.count;
  }
  [[nodiscard]] auto rule() const noexcept -> map_rule { return rule_; }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return results_.size(); }
  [[nodiscard]] auto failures() const noexcept -> std::map<std::size_t, failure> const& {
    return failures_;
  }
  /// \pre it has succeeded
  [[nodiscard]] auto result(std::size_t index) const noexcept -> payloads const& {
    return results_[index];
  }
  /// What became of an input; one that is not done was cancelled.
  template <class R>
  [[nodiscard]] auto outcome_of(std::size_t index) const -> outcome<R> {
    if (auto const failed = failures_.find(index); failed != failures_.end()) return failed->second;
    if (!is_done_[index]) return cancelled_failure();
    if constexpr (std::is_void_v<R>)
      return {};
    else
      return decode_result<R>(results_[index]);
  }

private:
  map_rule rule_;
  std::vector<payloads> results_;
  std::vector<bool> is_done_;
  std::map<std::size_t, failure> failures_{};
  std::size_t successes_{0};
};
using map_results = basic_map_results<void>;

#if PERDURE_DEFINES
template <class Unused>
basic_map_results<Unused>::basic_map_results(std::size_t size, map_rule rule)
    : rule_{rule}, results_(size), is_done_(size) {}
template <class Unused>
void basic_map_results<Unused>::succeeded(std::size_t index, payloads result) {
  results_[index] = std::move(result);
  is_done_[index] = true;
  ++successes_;
}
template <class Unused>
void basic_map_results<Unused>::failed(std::size_t index, failure why) {
  is_done_[index] = true;
  auto const kept = failures_.emplace(index, std::move(why)).first;
  rule_.failed(failures_.size(), results_.size(), kept->second);
}
template <class Unused>
auto cause_in_shard(failure why) -> failure {
  if (why.cause && (std::holds_alternative<activity_failure_info>(why.cause->info) ||
                    std::holds_alternative<child_workflow_failure_info>(why.cause->info) ||
                    std::holds_alternative<application_failure_info>(why.cause->info)))
    return *why.cause;
  return why;
}
template <class Unused>
auto map_lane(map_work& work) -> workflow<void> {
  payloads input;
  while (work.from.next(input)) {
    std::size_t const i = work.next++;
    payloads result;
    std::optional<failure> why; // emplaced: to assign one takes a compiler much longer
    try {
      result = co_await work.target.call(work.first + i, std::move(input));
    } catch (cancelled_error const&) {
      throw; // what is cancelled is the map
    } catch (failure_error const& failed) {
      why.emplace(work.is_of_shards ? cause_in_shard(failed.failure()) : failed.failure());
    }
    if (why)
      work.to.failed(i, std::move(*why));
    else
      work.to.succeeded(i, std::move(result));
  }
}
template <class Unused>
auto run_lanes(map_work& work, std::size_t count) -> workflow<void> {
  std::vector<workflow<void>> lanes;
  lanes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) lanes.push_back(map_lane(work));
  co_await when_all(std::move(lanes));
}
  #ifdef PERDURE_SOURCE
template class basic_map_results<void>;
template auto cause_in_shard<void>(failure why) -> failure;
template auto map_lane<void>(map_work& work) -> workflow<void>;
template auto run_lanes<void>(map_work& work, std::size_t count) -> workflow<void>;
  #endif
#endif

} // namespace perdure::inline v0::detail
