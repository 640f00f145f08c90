// Conditions on runs as text, a subset of what Temporal's visibility takes.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/error.hpp"
#include "perdure/history/enum_names.hpp"
#include "perdure/history/requests.hpp"
#include "perdure/history/run_condition.hpp"
#include "perdure/limits.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

/// A query that was read: which runs, and in which order if it says so.
struct run_query {
  run_condition where{};
  std::optional<list_order> order{};
};

/// Reads a query such as
/// `WorkflowType = 'order' AND Customer STARTS_WITH 'ac' AND NOT (Total BETWEEN 1 AND 10 OR State
/// IN ('new', 'paid')) ORDER BY StartTime DESC`.
///
/// Fields: WorkflowId, RunId, WorkflowType, TaskQueue, ExecutionStatus ('Running', 'Completed',
/// ...), StartTime, ExecutionTime (after a delay), CloseTime, ParentWorkflowId, ParentRunId,
/// HistoryLength, HistorySizeBytes; all others are search attributes, a name with other signs than
/// letters, digits, `_` and `.` stands in backquotes. Comparisons: = != <> < <= > >=, BETWEEN, IN,
/// STARTS_WITH, each of the last three also with NOT before it, IS NULL, IS NOT NULL. Together:
/// AND, OR, NOT, parentheses. Values: texts in single or double quotes (a quote inside is doubled),
/// numbers, true, false; times are RFC 3339 texts, or nanoseconds since 1970. Words are taken in
/// upper and lower case, names of fields as they are. Order: ORDER BY StartTime, ASC or DESC.
/// A comparison, also a negated one, does not hold for a run without that field; NOT (...) then
/// does. \throws error (invalid_argument) that names the character and what was expected there
template <class Unused = void>
[[nodiscard]] auto parse_run_query(std::string_view text) -> run_query;

#if PERDURE_DEFINES
namespace detail {

/// Reads a query from left to right.
template <class Unused>
class basic_query_reader {
public:
  explicit basic_query_reader(std::string_view text) : text_{text} { next(); }

  [[nodiscard]] auto read() -> run_query {
    run_query query{};
    if (kind_ != token::end && !is_word("ORDER")) query.where = read_any();
    if (take_word("ORDER")) {
      expect_word("BY");
      if (kind_ != token::word || word_ != "StartTime")
        fail("runs can be ordered by StartTime alone");
      next();
      query.order = list_order::oldest_first;
      if (take_word("DESC"))
        query.order = list_order::newest_first;
      else
        (void)take_word("ASC");
    }
    if (kind_ != token::end) fail("expected AND, OR, ORDER BY or the end of the query");
    return query;
  }

private:
  enum class token : std::uint8_t { end, word, name, string, number, symbol };
  using comparison = run_condition::comparison;

  // ------------------------------------------------------------------------------------- words
  [[noreturn, gnu::cold]] void fail(std::string const& why) const {
    std::string found =
        kind_ == token::end ? "the end" : "'" + std::string{text_.substr(from_, at_ - from_)} + "'";
    throw error{errc::invalid_argument,
                "query, at character " + std::to_string(from_ + 1) + " (" + found + "): " + why};
  }
  void next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r')))
      ++at_;
    from_ = at_;
    word_.clear();
    if (at_ == text_.size()) {
      kind_ = token::end;
      return;
    }
    char const c = text_[at_];
    if (c == '\'' || c == '"' || c == '`') return read_quoted(c);
    if (is_letter(c)) {
      kind_ = token::word;
      while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_])))
        word_ += text_[at_++];
      return;
    }
    bool const sign = (c == '-' || c == '+') && at_ + 1 < text_.size();
    if (is_digit(c) || (sign && is_digit(text_[at_ + 1]))) {
      kind_ = token::number;
      word_ += text_[at_++];
      while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) ||
                                    ((text_[at_] == '-' || text_[at_] == '+') &&
                                     (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))))
        word_ += text_[at_++];
      return;
    }
    kind_ = token::symbol;
    word_ = c;
    ++at_;
    std::string_view const rest = text_.substr(from_, 2);
    if (rest == "<=" || rest == ">=" || rest == "!=" || rest == "<>") {
      word_ = rest;
      ++at_;
    }
  }
  void read_quoted(char quote) {
    kind_ = quote == '`' ? token::name : token::string;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != quote) {
        word_ += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        word_ += text_[at_++]; // doubled: the quote itself
      } else {
        ++at_;
        return;
      }
    }
    kind_ = token::end;
    throw error{errc::invalid_argument, "query, at character " + std::to_string(from_ + 1) +
                                            ": the text that begins here has no end"};
  }
  [[nodiscard]] static auto is_digit(char c) noexcept -> bool { return c >= '0' && c <= '9'; }
  [[nodiscard]] static auto is_letter(char c) noexcept -> bool {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
           static_cast<signed char>(c) < 0;
  }
  [[nodiscard]] auto is_word(std::string_view wanted) const noexcept -> bool {
    if (kind_ != token::word || word_.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if ((word_[i] >= 'a' && word_[i] <= 'z' ? word_[i] - 'a' + 'A' : word_[i]) != wanted[i])
        return false;
    return true;
  }
  auto take_word(std::string_view wanted) -> bool {
    if (!is_word(wanted)) return false;
    next();
    return true;
  }
  void expect_word(std::string_view wanted) {
    if (!take_word(wanted)) fail("expected " + std::string{wanted});
  }
  auto take_symbol(std::string_view wanted) -> bool {
    if (kind_ != token::symbol || word_ != wanted) return false;
    next();
    return true;
  }

  // -------------------------------------------------------------------------------- conditions
  [[nodiscard]] auto read_any() -> run_condition {
    run_condition read = read_all();
    while (take_word("OR")) read = std::move(read) || read_all();
    return read;
  }
  [[nodiscard]] auto read_all() -> run_condition {
    run_condition read = read_one();
    while (take_word("AND")) read = std::move(read) && read_one();
    return read;
  }
  [[nodiscard]] auto read_one() -> run_condition {
    if (depth_ == limits::json_depth_max) fail("the query is nested too deeply");
    if (take_word("NOT")) {
      ++depth_;
      run_condition read = !read_one();
      --depth_;
      return read;
    }
    if (take_symbol("(")) {
      ++depth_;
      run_condition read = read_any();
      --depth_;
      if (!take_symbol(")")) fail("expected )");
      return read;
    }
    return read_comparison();
  }
  [[nodiscard]] auto read_comparison() -> run_condition {
    if (kind_ != token::word && kind_ != token::name)
      fail("expected the name of a field, NOT or (");
    field_ = std::move(word_);
    next();
    if (take_word("IS")) {
      run_condition set{};
      set.what = run_condition::kind::is_set;
      set.field = field_;
      bool const negated = take_word("NOT");
      expect_word("NULL");
      return negated ? set : !std::move(set);
    }
    bool const negated = take_word("NOT");
    if (take_word("BETWEEN")) {
      run_condition read = compare(comparison::greater_equal);
      expect_word("AND");
      read = std::move(read) && compare(comparison::less_equal);
      return negated ? is_there() && !std::move(read) : read;
    }
    if (take_word("IN")) return read_list(negated);
    if (take_word("STARTS_WITH")) {
      if (kind_ != token::string) fail("expected a text in quotes");
      run_condition read = compare(comparison::starts_with);
      return negated ? is_there() && !std::move(read) : read;
    }
    if (negated) fail("expected BETWEEN, IN or STARTS_WITH");
    static constexpr std::pair<std::string_view, comparison> symbols[]{
        {"=", comparison::equal},         {"!=", comparison::not_equal},
        {"<>", comparison::not_equal},    {"<", comparison::less},
        {"<=", comparison::less_equal},   {">", comparison::greater},
        {">=", comparison::greater_equal}};
    for (auto const& [symbol, how] : symbols)
      if (take_symbol(symbol)) return compare(how);
    fail("expected a comparison: =, !=, <, <=, >, >=, BETWEEN, IN, STARTS_WITH or IS");
  }
  [[nodiscard]] auto read_list(bool negated) -> run_condition {
    if (!take_symbol("(")) fail("expected ( and the values");
    run_condition read{};
    read.what = run_condition::kind::any;
    do read.parts.push_back(compare(comparison::equal));
    while (take_symbol(","));
    if (!take_symbol(")")) fail("expected , or )");
    return negated ? is_there() && !std::move(read) : read;
  }
  [[nodiscard]] auto is_there() const -> run_condition {
    run_condition set{};
    set.what = run_condition::kind::is_set;
    set.field = field_;
    return set;
  }
  [[nodiscard]] auto compare(comparison how) -> run_condition {
    run_condition made{};
    made.what = run_condition::kind::compare;
    made.how = how;
    made.field = field_;
    made.value = read_literal();
    check(made);
    next();
    return made;
  }
  [[nodiscard]] auto read_literal() -> run_condition::literal {
    if (kind_ == token::string) return literal_of(word_);
    if (is_word("TRUE")) return literal_of(true);
    if (is_word("FALSE")) return literal_of(false);
    if (kind_ != token::number) fail("expected a value: a text in quotes, a number, true or false");
    char const* const first = word_.data() + (word_.front() == '+' ? 1 : 0);
    char const* const last = word_.data() + word_.size();
    std::int64_t whole = 0;
    if (auto const [end, status] = std::from_chars(first, last, whole);
        end == last && status == std::errc{})
      return literal_of(whole);
    double real = 0;
    if (auto const [end, status] = std::from_chars(first, last, real);
        end != last || status != std::errc{})
      fail("not a number, or one out of range");
    return literal_of(real);
  }
  /// Fields that every run has are of a type: other values are a mistake.
  void check(run_condition& made) const {
    auto const type = built_in_field(made.field);
    bool const is_text = made.value.what == run_condition::literal::kind::text;
    bool const is_whole = made.value.what == run_condition::literal::kind::integer;
    if (type == search_attribute_type::keyword && !is_text)
      fail(made.field + " is compared with a text in quotes");
    if (type == search_attribute_type::integer && !is_whole)
      fail(made.field + " is compared with a whole number");
    if (type == search_attribute_type::datetime && !is_whole && !made.value.time)
      fail(made.field + " is compared with a time like '2024-02-29T12:00:00Z'");
    if (made.field != "ExecutionStatus") return;
    auto const status = enum_from_name<workflow_execution_status>(made.value.text);
    if (!status)
      fail("no such status: Running, Completed, Failed, Canceled, Terminated, "
           "ContinuedAsNew, TimedOut or Paused");
    made.value.text = name_of(*status);
  }

  std::string_view text_;
  std::size_t at_{0};
  std::size_t from_{0}; ///< Where the token begins.
  token kind_{};
  std::string word_;
  std::string field_;
  std::size_t depth_{0};
};

} // namespace detail

template <class Unused>
auto parse_run_query(std::string_view text) -> run_query {
  return detail::basic_query_reader<Unused>{text}.read();
}
  #ifdef PERDURE_SOURCE
template auto parse_run_query<void>(std::string_view text) -> run_query;
  #endif
#endif

} // namespace perdure::inline v0

PERDURE_SELDOM_END
