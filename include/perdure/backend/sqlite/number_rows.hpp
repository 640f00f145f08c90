// Rows of numbers for one table, written several at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/connection.hpp"

namespace perdure::inline v0::sqlite {

/// Inserts rows in few executions: one costs as much as the rows of several. Rows that were added
/// are in the table after `flush`. When a row is refused, those before it stay (so that SQLite need
/// not be ready to take them back): the transaction is to be undone then.
class number_rows {
public:
  /// `into`: the table and its columns, as in "t(a, b)".
  number_rows(connection& db, std::string into, std::size_t columns)
      : db_{&db}, into_{std::move(into)}, columns_{columns} {}

  void add(std::span<std::int64_t const> row) {
    values_.insert(values_.end(), row.begin(), row.end());
    if (values_.size() == sizes[0] * columns_) flush();
  }
  /// \throws fault
  void flush() {
    std::span<std::int64_t const> left = values_;
    for (std::size_t i = 0; i < std::size(sizes); ++i)
      for (std::size_t const size = sizes[i] * columns_; left.size() >= size;
           left = left.subspan(size))
        write(i, left.first(size));
    values_.clear();
  }
  /// What was added and not written is not to be.
  void forget() noexcept { values_.clear(); }

private:
  static constexpr std::size_t sizes[] = {16, 2, 1}; ///< Rows at a time.

  void write(std::size_t which, std::span<std::int64_t const> values) {
    auto& insert = inserts_[which];
    if (!insert) insert = statement{*db_, sql(sizes[which])};
    statement::use rows{*insert};
    for (std::int64_t const each : values) rows.bind(each);
    rows.run();
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
  std::vector<std::int64_t> values_;
};

} // namespace perdure::inline v0::sqlite
