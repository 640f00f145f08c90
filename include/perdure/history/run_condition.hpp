// What a list of runs is filtered by, as a tree, and the one evaluator of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/time_text.hpp"
#include "perdure/time.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

/// The types of search attributes, with Temporal's numbers.
enum class search_attribute_type : std::uint8_t {
  unspecified,
  text,
  keyword,
  integer,
  floating,
  boolean,
  datetime,
  keyword_list
};

/// The value that a run has in one field: a search attribute, or a property of every run.
struct attribute_value {
  search_attribute_type type{};
  std::string text{};               ///< keyword, text
  std::int64_t integer{};           ///< integer; boolean: 0 or 1; datetime: ns since 1970
  double floating{};                ///< floating
  std::vector<std::string> words{}; ///< keyword_list

  friend auto operator==(attribute_value const&, attribute_value const&) -> bool = default;
};

/// A condition on runs. Made by the operators of `search_attribute`, or from text by
/// `parse_run_query`; combined by `&&`, `||` and `!`. A comparison with a field that a run does not
/// have, or that has a value of another type, does not hold, whatever the comparison is.
struct run_condition {
  enum class kind : std::uint8_t { everything, compare, is_set, all, any, negation };
  enum class comparison : std::uint8_t {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    starts_with
  };
  /// What a field is compared with.
  struct literal {
    enum class kind : std::uint8_t { text, integer, floating, boolean };
    kind what{};
    std::string text{};
    std::int64_t integer{}; ///< boolean: 0 or 1
    double floating{};
    std::optional<time_point> time{}; ///< What the text is as a time, if it is one.
  };

  kind what{kind::everything};
  comparison how{};
  std::string field{};
  literal value{};
  std::vector<run_condition> parts{}; ///< all, any; negation: one

  [[nodiscard]] auto is_everything() const noexcept -> bool { return what == kind::everything; }

  /// Becomes `all` or `any` of itself and another one.
  void take(kind how_joined, run_condition other);
  friend auto operator&&(run_condition a, run_condition b) -> run_condition;
  friend auto operator||(run_condition a, run_condition b) -> run_condition;
  friend auto operator!(run_condition a) -> run_condition;
};

/// What a value of this type is compared with: one word where the value is a list of them.
template <class T>
using operand_type_of =
    std::conditional_t<std::is_same_v<T, std::vector<std::string>>, std::string, T>;

[[nodiscard]] auto literal_of(std::string value) -> run_condition::literal;
[[nodiscard]] auto literal_of(std::int64_t value) -> run_condition::literal;
[[nodiscard]] auto literal_of(double value) -> run_condition::literal;
[[nodiscard]] auto literal_of(bool value) -> run_condition::literal;
[[nodiscard]] auto literal_of(time_point value) -> run_condition::literal;

namespace detail {

/// The fields that every run has, with their types. Others are search attributes.
[[nodiscard]] constexpr auto built_in_field(std::string_view name) noexcept
    -> search_attribute_type {
  for (std::string_view each : {"WorkflowId", "RunId", "WorkflowType", "TaskQueue",
                                "ParentWorkflowId", "ParentRunId", "ExecutionStatus"})
    if (each == name) return search_attribute_type::keyword;
  for (std::string_view each : {"StartTime", "ExecutionTime", "CloseTime"})
    if (each == name) return search_attribute_type::datetime;
  for (std::string_view each : {"HistoryLength", "HistorySizeBytes"})
    if (each == name) return search_attribute_type::integer;
  return search_attribute_type::unspecified;
}

/// The words of a text, in lower case (ASCII); everything but letters, digits and bytes above
/// 0x7F stands between words.
[[nodiscard]] auto words_of(std::string_view prose) -> std::vector<std::string>;

template <class V>
[[nodiscard]] auto holds(run_condition::comparison how, V const& is, V const& other) -> bool {
  switch (how) {
  case run_condition::comparison::equal: return !(is < other) && !(other < is);
  case run_condition::comparison::not_equal: return is < other || other < is;
  case run_condition::comparison::less: return is < other;
  case run_condition::comparison::less_equal: return !(other < is);
  case run_condition::comparison::greater: return other < is;
  case run_condition::comparison::greater_equal: return !(is < other);
  case run_condition::comparison::starts_with: return false;
  }
  return false;
}

[[nodiscard]] auto contains_word(std::vector<std::string> const& words, std::string_view wanted)
    -> bool;

/// Whether a comparison holds for a value that is there.
template <class Unused = void>
[[nodiscard]] auto compares(attribute_value const& is, run_condition const& c) -> bool;

} // namespace detail

/// Whether a run satisfies a condition. `field(name)` gives the run's value in a field as a
/// `std::optional<attribute_value>`. Linear in the size of the condition.
template <class Field>
[[nodiscard]] auto satisfies(run_condition const& c, Field&& field) -> bool {
  switch (c.what) {
  case run_condition::kind::everything: return true;
  case run_condition::kind::is_set: return field(std::string_view{c.field}).has_value();
  case run_condition::kind::compare: {
    auto const is = field(std::string_view{c.field});
    return is && detail::compares(*is, c);
  }
  case run_condition::kind::negation: return !satisfies(c.parts.front(), field);
  case run_condition::kind::all:
    for (run_condition const& each : c.parts)
      if (!satisfies(each, field)) return false;
    return true;
  case run_condition::kind::any:
    for (run_condition const& each : c.parts)
      if (satisfies(each, field)) return true;
    return false;
  }
  return true;
}

} // namespace perdure::inline v0

PERDURE_SELDOM_END

#if PERDURE_DEFINES
namespace perdure::inline v0 {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE void run_condition::take(kind how_joined, run_condition other) {
  if (what != how_joined) {
    run_condition made{};
    made.what = how_joined;
    made.parts.push_back(std::move(*this));
    *this = std::move(made);
  }
  if (other.what == how_joined)
    for (run_condition& each : other.parts) parts.push_back(std::move(each));
  else
    parts.push_back(std::move(other));
}
PERDURE_INLINE auto operator&&(run_condition a, run_condition b) -> run_condition {
  if (a.is_everything()) return b;
  if (b.is_everything()) return a;
  a.take(run_condition::kind::all, std::move(b));
  return a;
}
PERDURE_INLINE auto operator||(run_condition a, run_condition b) -> run_condition {
  if (a.is_everything() || b.is_everything()) return {};
  a.take(run_condition::kind::any, std::move(b));
  return a;
}
PERDURE_INLINE auto operator!(run_condition a) -> run_condition {
  run_condition made{};
  made.what = run_condition::kind::negation;
  made.parts.push_back(std::move(a));
  return made;
}
PERDURE_INLINE auto literal_of(std::string value) -> run_condition::literal {
  run_condition::literal made{};
  made.time = parse_time<time_point>(value);
  made.text = std::move(value);
  return made;
}
PERDURE_INLINE auto literal_of(std::int64_t value) -> run_condition::literal {
  run_condition::literal made{};
  made.what = run_condition::literal::kind::integer;
  made.integer = value;
  return made;
}
PERDURE_INLINE auto literal_of(double value) -> run_condition::literal {
  run_condition::literal made{};
  made.what = run_condition::literal::kind::floating;
  made.floating = value;
  return made;
}
PERDURE_INLINE auto literal_of(bool value) -> run_condition::literal {
  run_condition::literal made{};
  made.what = run_condition::literal::kind::boolean;
  made.integer = value ? 1 : 0;
  return made;
}
PERDURE_INLINE auto literal_of(time_point value) -> run_condition::literal {
  run_condition::literal made{};
  made.time = value;
  return made;
}
PERDURE_SELDOM_END
} // namespace perdure::inline v0
namespace perdure::inline v0::detail {
PERDURE_SELDOM_BEGIN
PERDURE_INLINE auto words_of(std::string_view prose) -> std::vector<std::string> {
  std::vector<std::string> words;
  bool inside = false;
  for (char const c : prose) {
    bool const upper = c >= 'A' && c <= 'Z';
    bool const letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                        static_cast<signed char>(c) < 0;
    if (letter && !inside) words.emplace_back();
    if (letter) words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
    inside = letter;
  }
  return words;
}
PERDURE_INLINE auto contains_word(std::vector<std::string> const& words, std::string_view wanted)
    -> bool {
  for (std::string const& each : words)
    if (each == wanted) return true;
  return false;
}
template <class Unused>
auto compares(attribute_value const& is, run_condition const& c) -> bool {
  using literal = run_condition::literal;
  bool const equality =
      c.how == run_condition::comparison::equal || c.how == run_condition::comparison::not_equal;
  bool const negated = c.how == run_condition::comparison::not_equal;
  bool const is_text = c.value.what == literal::kind::text;
  switch (is.type) {
  case search_attribute_type::keyword:
    if (!is_text) return false;
    if (c.how == run_condition::comparison::starts_with) return is.text.starts_with(c.value.text);
    return holds(c.how, std::string_view{is.text}, std::string_view{c.value.text});
  case search_attribute_type::text: {
    if (!is_text || !equality) return false;
    auto const words = words_of(is.text);
    auto const wanted = words_of(c.value.text);
    bool all = !wanted.empty();
    for (std::string const& each : wanted) all = all && contains_word(words, each);
    return all != negated;
  }
  case search_attribute_type::keyword_list:
    return is_text && equality && contains_word(is.words, c.value.text) != negated;
  case search_attribute_type::boolean:
    return c.value.what == literal::kind::boolean && equality &&
           holds(c.how, is.integer, c.value.integer);
  case search_attribute_type::datetime:
    if (c.value.what == literal::kind::integer) return holds(c.how, is.integer, c.value.integer);
    return c.value.time && holds(c.how, is.integer, c.value.time->time_since_epoch().count());
  case search_attribute_type::integer:
    if (c.value.what == literal::kind::integer) return holds(c.how, is.integer, c.value.integer);
    return c.value.what == literal::kind::floating &&
           holds(c.how, static_cast<long double>(is.integer),
                 static_cast<long double>(c.value.floating));
  case search_attribute_type::floating:
    if (c.value.what == literal::kind::floating) return holds(c.how, is.floating, c.value.floating);
    return c.value.what == literal::kind::integer &&
           holds(c.how, static_cast<long double>(is.floating),
                 static_cast<long double>(c.value.integer));
  case search_attribute_type::unspecified: break;
  }
  return false;
}
PERDURE_SELDOM_END
  #ifdef PERDURE_SOURCE
template auto compares<void>(attribute_value const& is, run_condition const& c) -> bool;
  #endif
} // namespace perdure::inline v0::detail
#endif
