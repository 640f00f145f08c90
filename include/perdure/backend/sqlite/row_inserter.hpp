// Rows for one table, written several at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/connection.hpp"

namespace perdure::inline v0::sqlite {

/// Inserts rows in few executions: one costs as much as the rows of several. When a row is refused,
/// those before it stay (so that SQLite need not be ready to take them back): the transaction is to
/// be undone then.
class row_inserter {
public:
  /// `into`: the table and its columns, as in "t(a, b)".
  row_inserter(connection& db, std::string into, std::size_t columns)
      : db_{&db}, into_{std::move(into)}, columns_{columns} {}

  /// Writes `count` rows; `bind(use, i)` binds the values of the i-th. \throws fault
  template <class Bind>
  void write(std::size_t count, Bind&& bind) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < std::size(sizes); ++i)
      while (count - at >= sizes[i]) {
        statement::use some{insert_of(i)};
        for (std::size_t const end = at + sizes[i]; at < end; ++at) bind(some, at);
        some.run();
      }
  }

private:
  static constexpr std::size_t sizes[] = {16, 4, 2, 1}; ///< Rows at a time.

  [[nodiscard]] auto insert_of(std::size_t which) -> statement& {
    auto& insert = inserts_[which];
    if (!insert) insert = statement{*db_, sql(sizes[which])};
    return *insert;
  }
  [[nodiscard]] auto sql(std::size_t rows) const -> std::string {
    std::string row = "(?";
    for (std::size_t i = 1; i < columns_; ++i) row += ",?";
    std::string text = "INSERT OR FAIL INTO " + into_ + " VALUES" + row + ")";
    for (std::size_t i = 1; i < rows; ++i) text += "," + row + ")";
    return text;
  }

  connection* db_;
  std::string into_;
  std::size_t columns_;
  std::optional<statement> inserts_[std::size(sizes)]{};
};

/// The same for rows of numbers, which it keeps: they are in the table after `flush`.
class number_rows {
public:
  number_rows(connection& db, std::string into, std::size_t columns)
      : insert_{db, std::move(into), columns}, columns_{columns} {}

  void add(std::span<std::int64_t const> row) {
    values_.insert(values_.end(), row.begin(), row.end());
    if (values_.size() == rows_max * columns_) flush();
  }
  /// \throws fault
  void flush() {
    insert_.write(values_.size() / columns_, [&](statement::use& to, std::size_t row) {
      for (std::size_t i = 0; i < columns_; ++i) to.bind(values_[row * columns_ + i]);
    });
    values_.clear();
  }
  /// What was added and not written is not to be.
  void forget() noexcept { values_.clear(); }

private:
  static constexpr std::size_t rows_max = 64; ///< That wait.
  row_inserter insert_;
  std::size_t columns_;
  std::vector<std::int64_t> values_;
};

} // namespace perdure::inline v0::sqlite
