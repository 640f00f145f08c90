// What a database makes of a query: SQL's logic of true, false and unknown, for two columns. Shares
// no code with the library.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace perdure_test {

struct row {
  std::optional<std::string> customer{};
  std::optional<std::int64_t> total{};
};
inline auto name_of(row const& of) -> std::string {
  return "(" + of.customer.value_or("null") + ", " +
         (of.total ? std::to_string(*of.total) : "null") + ")";
}

/// Reads `a OR b AND (c)`, with comparisons as the library writes them.
class query_interpreter {
public:
  query_interpreter(std::string_view text, row const& of) : text_{text}, row_{of} {}

  /// Unknown is not found.
  [[nodiscard]] auto found() -> bool {
    auto const value = read_any();
    if (at_ != text_.size()) fail();
    return value.value_or(false);
  }

private:
  using truth = std::optional<bool>;

  auto read_any() -> truth {
    truth value = read_all();
    while (take(" OR ")) {
      truth const other = read_all();
      if (value == true || other == true)
        value = true;
      else if (!value || !other)
        value = std::nullopt;
    }
    return value;
  }
  auto read_all() -> truth {
    truth value = read_one();
    while (take(" AND ")) {
      truth const other = read_one();
      if (value == false || other == false)
        value = false;
      else if (!value || !other)
        value = std::nullopt;
    }
    return value;
  }
  auto read_one() -> truth {
    if (take("(")) {
      truth const value = read_any();
      if (!take(")")) fail();
      return value;
    }
    if (take("`Customer`")) return read_comparison(row_.customer);
    if (take("`Total`")) return read_comparison(row_.total);
    fail();
  }
  template <class T>
  auto read_comparison(std::optional<T> const& column) -> truth {
    if (take(" IS NOT NULL")) return column.has_value();
    if (take(" IS NULL")) return !column.has_value();
    enum class sign { ne, le, ge, lt, gt, eq, starts, not_starts } how{};
    if (take(" != "))
      how = sign::ne;
    else if (take(" <= "))
      how = sign::le;
    else if (take(" >= "))
      how = sign::ge;
    else if (take(" < "))
      how = sign::lt;
    else if (take(" > "))
      how = sign::gt;
    else if (take(" = "))
      how = sign::eq;
    else if (take(" STARTS_WITH "))
      how = sign::starts;
    else if (take(" NOT STARTS_WITH "))
      how = sign::not_starts;
    else
      fail();
    T value{};
    read(value);
    if (!column) return std::nullopt;
    switch (how) {
    case sign::ne: return *column != value;
    case sign::le: return *column <= value;
    case sign::ge: return *column >= value;
    case sign::lt: return *column < value;
    case sign::gt: return *column > value;
    case sign::eq: return *column == value;
    case sign::starts: return begins(*column, value);
    case sign::not_starts: return !begins(*column, value);
    }
    fail();
  }
  static auto begins(std::string const& text, std::string const& with) -> bool {
    return text.starts_with(with);
  }
  static auto begins(std::int64_t, std::int64_t) -> bool { return false; }
  void read(std::string& to) {
    if (!take("'")) fail();
    while (true) {
      if (take("''")) {
        to += '\'';
      } else if (take("'")) {
        return;
      } else {
        if (at_ == text_.size()) fail();
        to += text_[at_++];
      }
    }
  }
  void read(std::int64_t& to) {
    std::string digits;
    while (at_ < text_.size() && (text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9')))
      digits += text_[at_++];
    to = std::stoll(digits);
  }
  auto take(std::string_view wanted) -> bool {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  [[noreturn]] void fail() const {
    throw std::runtime_error{"no query, at character " + std::to_string(at_ + 1) + ": " +
                             std::string{text_}};
  }

  std::string_view text_;
  std::size_t at_{0};
  row const& row_;
};

inline auto sql_finds(std::string_view query, row const& in) -> bool {
  return query_interpreter{query, in}.found();
}

} // namespace perdure_test
