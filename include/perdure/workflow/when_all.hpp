// Fan-out: awaiting several things at once.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "perdure/workflow/operand.hpp"

namespace perdure::inline v0 {

/// What `when_all` does with the other operations when one fails. Coroutines are always cancelled
/// and joined.
enum class failure_policy : unsigned char {
  leave,  ///< They go on; their handles can still be awaited.
  cancel, ///< They are cancelled, by their cancellation type.
};

struct when_all_options {
  failure_policy on_failure{failure_policy::leave};
};

/// The result of `when_any`: which operand was over first, and what it gave.
template <class T>
struct any_result {
  std::size_t index{};
  T value{};
};

namespace detail {

template <class R>
concept operand_range = !durable_awaitable<R> && requires(R& range) {
  range.begin() != range.end();
  { range.size() } -> std::convertible_to<std::size_t>;
};

/// The operands of a combinator that were given one by one.
template <class... Operand>
class operand_tuple {
public:
  using values = std::tuple<regular<typename Operand::value_type>...>;
  using outcomes = std::tuple<outcome<typename Operand::value_type>...>;
  using either = std::variant<regular<typename Operand::value_type>...>;

  template <class... A>
  explicit operand_tuple(A&&... a) : operands_{make_operand(std::forward<A>(a))...} {}

  [[nodiscard]] auto issue(run_context& run) -> std::span<operand_slot> {
    std::apply([&](auto&... each) { slots_ = {each.issue(run)...}; },
               operands_); // braces: left to right
    return slots_;
  }
  [[nodiscard]] auto take_all(run_context& run) -> values {
    return std::apply([&](auto&... each) { return values{each.take(run)...}; }, operands_);
  }
  [[nodiscard]] auto settle_all(run_context& run) -> outcomes {
    return std::apply([&](auto&... each) { return outcomes{each.settle(run)...}; }, operands_);
  }
  [[nodiscard]] auto take_one(run_context& run, std::size_t index) -> any_result<either> {
    return take_at(run, index, std::index_sequence_for<Operand...>{});
  }
  void rethrow(run_context& run, std::size_t index) {
    std::size_t at = 0;
    std::apply([&](auto&... each) { ((at++ == index ? (void)each.take(run) : void()), ...); },
               operands_);
  }

private:
  template <std::size_t... I>
  auto take_at(run_context& run, std::size_t index, std::index_sequence<I...>)
      -> any_result<either> {
    any_result<either> got{index, {}};
    ((I == index ? (void)got.value.template emplace<I>(std::get<I>(operands_).take(run)) : void()),
     ...);
    return got;
  }
  std::tuple<Operand...> operands_;
  std::array<operand_slot, sizeof...(Operand)> slots_{};
};

/// The operands of a combinator that were given as a range.
template <class Range>
class operand_list {
  using element =
      std::conditional_t<requires {
        typename std::remove_cvref_t<
            decltype(*std::declval<Range&>().begin())>::awaitable_as_lvalue;
      }, std::remove_cvref_t<decltype(*std::declval<Range&>().begin())>&,
                         std::remove_cvref_t<decltype(*std::declval<Range&>().begin())>>;
  using operand = operand_t<element>;
  using value_type = typename operand::value_type;

public:
  using values =
      std::conditional_t<std::is_void_v<value_type>, void, std::vector<regular<value_type>>>;
  using outcomes = std::vector<outcome<value_type>>;
  using either = regular<value_type>;

  explicit operand_list(Range&& range) : range_(std::forward<Range>(range)) {}

  /// From here on this stays where it is, so that operands may point into the range.
  [[nodiscard]] auto issue(run_context& run) -> std::span<operand_slot> {
    operands_.reserve(range_.size());
    for (auto&& each : range_) operands_.push_back(make_operand(static_cast<element&&>(each)));
    operand_slot* at = slots_.make(operands_.size());
    for (operand& each : operands_) *at++ = each.issue(run);
    return slots_.all();
  }
  auto take_all(run_context& run) -> values {
    if constexpr (std::is_void_v<value_type>) {
      for (operand& each : operands_) (void)each.take(run);
    } else {
      values all;
      all.reserve(operands_.size());
      for (std::size_t i = 0; i < operands_.size(); ++i) {
        fetch_results(run, slots_.all(), i);
        all.push_back(operands_[i].take(run));
      }
      return all;
    }
  }
  [[nodiscard]] auto settle_all(run_context& run) -> outcomes {
    outcomes all;
    all.reserve(operands_.size());
    for (operand& each : operands_) all.push_back(each.settle(run));
    return all;
  }
  [[nodiscard]] auto take_one(run_context& run, std::size_t index) -> any_result<either> {
    return {index, operands_[index].take(run)};
  }
  void rethrow(run_context& run, std::size_t index) { (void)operands_[index].take(run); }

private:
  Range range_; // a reference when the range is the caller's: its handles are marked as awaited
  std::vector<operand> operands_;
  slot_list slots_;
};

template <group_goal Goal, class Operands>
class [[nodiscard]] group_await final : public operand_group {
public:
  group_await(Operands&& operands, strand& owner, bool cancel_rest)
      : operand_group{owner, Goal, cancel_rest}, operands_{std::move(operands)} {}
  ~group_await() { abandon(); }

  [[nodiscard]] auto await_ready() -> bool { return !begin() || watch_all(operands_.issue(run())); }
  auto await_resume() {
    throw_if_cancelled();
    if constexpr (Goal == group_goal::settled) {
      return operands_.settle_all(run());
    } else if constexpr (Goal == group_goal::any) {
      if (first() == none)
        throw error{errc::invalid_argument, "when_any of nothing would wait for ever"};
      return operands_.take_one(run(), first());
    } else {
      if (first() != none) operands_.rethrow(run(), first());
      return operands_.take_all(run());
    }
  }

private:
  Operands operands_;
};

template <group_goal Goal, class Operands>
class [[nodiscard("nothing is asked for until this is awaited")]] combined {
public:
  combined(Operands operands, bool cancel_rest)
      : operands_{std::move(operands)}, cancel_rest_{cancel_rest} {}
  [[nodiscard]] auto make_awaiter(strand& owner,
                                  std::source_location) && -> group_await<Goal, Operands> {
    return {std::move(operands_), owner, cancel_rest_};
  }

private:
  Operands operands_;
  bool cancel_rest_;
};

template <group_goal Goal, class... A>
auto combine(bool cancel_rest, A&&... a) {
  (check_operand<A>(), ...);
  using operands = operand_tuple<operand_t<A>...>;
  return combined<Goal, operands>{operands{std::forward<A>(a)...}, cancel_rest};
}
template <group_goal Goal, class R>
auto combine_range(bool cancel_rest, R&& range) {
  return combined<Goal, operand_list<R>>{operand_list<R>{std::forward<R>(range)}, cancel_rest};
}

} // namespace detail

/// `auto both = co_await when_all(a, b, ...)`: awaits all, gives a tuple (std::monostate for void).
/// Operands are `execute_*` calls, coroutines, other awaitables, and handles by name; commands are
/// issued in operand order when this is awaited, coroutines start after them, in order. Errors: the
/// first failure, in the order of history, is rethrown at once. Operations go on (their handles can
/// still be awaited); coroutines are cancelled and joined first, since they may hold references
/// into the awaiting frame, so this takes as long as their cleanup.
template <class... A>
  requires(sizeof...(A) > 0 && (durable_awaitable<A> && ...))
[[nodiscard]] auto when_all(A&&... operands) {
  return detail::combine<detail::group_goal::all>(false, std::forward<A>(operands)...);
}
/// The same with options: `when_all({.on_failure = failure_policy::cancel}, a, b)`.
template <class... A>
  requires(sizeof...(A) > 0 && (durable_awaitable<A> && ...))
[[nodiscard]] auto when_all(when_all_options options, A&&... operands) {
  return detail::combine<detail::group_goal::all>(options.on_failure == failure_policy::cancel,
                                                  std::forward<A>(operands)...);
}
/// `auto results = co_await when_all(range)`: a vector in input order (nothing, for void). The
/// range holds handles, lazy operations or coroutines; a range of handles stays the caller's. An
/// empty one is over at once.
template <detail::operand_range R>
[[nodiscard]] auto when_all(R&& range, when_all_options options = {}) {
  return detail::combine_range<detail::group_goal::all>(
      options.on_failure == failure_policy::cancel, std::forward<R>(range));
}

/// As `when_all`, but waits for every operand and gives `outcome<T>`s: no failure of an operand is
/// thrown. A cancellation of this await is: it cancels the operands, waits for them, and throws
/// `cancelled_error`.
template <class... A>
  requires(sizeof...(A) > 0 && (durable_awaitable<A> && ...))
[[nodiscard]] auto when_all_settled(A&&... operands) {
  return detail::combine<detail::group_goal::settled>(false, std::forward<A>(operands)...);
}
template <detail::operand_range R>
[[nodiscard]] auto when_all_settled(R&& range) {
  return detail::combine_range<detail::group_goal::settled>(false, std::forward<R>(range));
}

/// Waits for the first operand that is over and gives its index and value (a std::variant by
/// operand; of a range, its element's type). A failure is rethrown. The other operations go on,
/// their handles can be awaited again; other coroutines are cancelled and joined.
template <class... A>
  requires(sizeof...(A) > 0 && (durable_awaitable<A> && ...))
[[nodiscard]] auto when_any(A&&... operands) {
  return detail::combine<detail::group_goal::any>(false, std::forward<A>(operands)...);
}
template <detail::operand_range R>
[[nodiscard]] auto when_any(R&& range) {
  return detail::combine_range<detail::group_goal::any>(false, std::forward<R>(range));
}

/// As `when_any`, but the other operations are cancelled, by their cancellation type.
template <class... A>
  requires(sizeof...(A) > 0 && (durable_awaitable<A> && ...))
[[nodiscard]] auto race(A&&... operands) {
  return detail::combine<detail::group_goal::any>(true, std::forward<A>(operands)...);
}
template <detail::operand_range R>
[[nodiscard]] auto race(R&& range) {
  return detail::combine_range<detail::group_goal::any>(true, std::forward<R>(range));
}

} // namespace perdure::inline v0
