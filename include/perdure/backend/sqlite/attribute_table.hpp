// The search attributes of runs as rows that lists are filtered by. Derived from history: what a
// run has is what its events say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/schema.hpp"
#include "perdure/history/search_attribute.hpp"

namespace perdure::inline v0::sqlite {

/// What a row of `attributes` stands for. Numbers are one kind, so that they compare.
enum class attribute_kind : std::int64_t {
  keyword = 0,
  number = 1, ///< Int and Double
  boolean = 2,
  datetime = 3,  ///< ns since 1970
  word = 4,      ///< One of the words of a Text; empty: it has none.
  list_entry = 5 ///< One of the keywords of a KeywordList.
};

/// Reads and writes the rows of `attributes`.
class attribute_table {
public:
  explicit attribute_table(connection& db)
      : db_{&db},
        insert_{db, "INSERT OR IGNORE INTO attributes(name, kind, value, run) VALUES(?,?,?,?)"},
        erase_{db, "DELETE FROM attributes WHERE run = ? AND name = ?"},
        erase_all_{db, "DELETE FROM attributes WHERE run = ?"},
        select_{db, "SELECT kind, value FROM attributes WHERE run = ? AND name = ?"} {}

  /// Writes what differs between two states of a run's search attributes.
  void put(run_number run, indirect<payload_map> const& before, indirect<payload_map> const& now) {
    static payload_map const none{};
    payload_map const& old = before ? *before : none;
    payload_map const& fresh = now ? *now : none;
    for (auto const& [name, value] : old)
      if (auto const found = fresh.find(name); found == fresh.end() || !(found->second == value))
        statement::use{erase_}.bind(run).bind(std::string_view{name}).run();
    for (auto const& [name, value] : fresh)
      if (auto const found = old.find(name); found == old.end() || !(found->second == value))
        insert(run, name, value);
  }
  void erase_all(run_number run) { statement::use{erase_all_}.bind(run).run(); }

  /// Makes the rows that a file of an older version lacks, once: `fetch(number)` gives the run, or
  /// null. \pre a transaction is open
  template <class Fetch>
  void fill(Fetch&& fetch) {
    if (filled_) return;
    std::vector<run_number> due;
    {
      statement asked{*db_, "SELECT run FROM attributes_due"};
      statement::use row{asked};
      while (row.next()) due.push_back(row.number(0));
    }
    for (run_number const each : due)
      if (auto const* const found = fetch(each)) put(each, {}, found->run.search_attributes);
    if (!due.empty()) db_->execute("DELETE FROM attributes_due");
    filled_ = due.empty(); // what was made may be undone: the next transaction looks again
  }

  [[nodiscard]] auto read(run_number run, std::string_view name) -> std::optional<attribute_value> {
    statement::use row{select_};
    row.bind(run).bind(name);
    attribute_value value{};
    bool found = false;
    for (; row.next(); found = true) add(value, row);
    return found ? std::optional{std::move(value)} : std::nullopt;
  }

private:
  static void add(attribute_value& value, statement::use& row) {
    switch (static_cast<attribute_kind>(row.number(0))) {
    case attribute_kind::keyword:
      value.type = search_attribute_type::keyword;
      value.text = row.text(1);
      break;
    case attribute_kind::number:
      value.type =
          row.is_real(1) ? search_attribute_type::floating : search_attribute_type::integer;
      value.integer = row.number(1);
      value.floating = row.real(1);
      break;
    case attribute_kind::boolean:
      value.type = search_attribute_type::boolean;
      value.integer = row.number(1);
      break;
    case attribute_kind::datetime:
      value.type = search_attribute_type::datetime;
      value.integer = row.number(1);
      break;
    case attribute_kind::word:
      value.type = search_attribute_type::text;
      (value.text += ' ') += row.text(1);
      break;
    case attribute_kind::list_entry:
      value.type = search_attribute_type::keyword_list;
      value.words.emplace_back(row.text(1));
      break;
    }
  }

  template <class V>
  void insert_row(run_number run, std::string_view name, attribute_kind kind, V value) {
    statement::use{insert_}
        .bind(name)
        .bind(static_cast<std::int64_t>(kind))
        .bind(value)
        .bind(run)
        .run();
  }
  void insert(run_number run, std::string_view name, payload const& from) {
    attribute_value value{};
    try {
      value = read_search_attribute(name, from);
    } catch (error const&) {
      return; // of an older file, or of another program: it is in history, and not in lists
    }
    switch (value.type) {
    case search_attribute_type::keyword:
      return insert_row(run, name, attribute_kind::keyword, std::string_view{value.text});
    case search_attribute_type::integer:
      return insert_row(run, name, attribute_kind::number, value.integer);
    case search_attribute_type::floating:
      return insert_row(run, name, attribute_kind::number, value.floating);
    case search_attribute_type::boolean:
      return insert_row(run, name, attribute_kind::boolean, value.integer);
    case search_attribute_type::datetime:
      return insert_row(run, name, attribute_kind::datetime, value.integer);
    case search_attribute_type::text: {
      auto words = perdure::detail::words_of(value.text);
      if (words.empty()) words.emplace_back();
      for (std::string const& each : words)
        insert_row(run, name, attribute_kind::word, std::string_view{each});
      return;
    }
    case search_attribute_type::keyword_list:
      for (std::string const& each : value.words)
        insert_row(run, name, attribute_kind::list_entry, std::string_view{each});
      return;
    case search_attribute_type::unspecified: return;
    }
  }

  connection* db_;
  statement insert_, erase_, erase_all_, select_;
  bool filled_{false};
};

} // namespace perdure::inline v0::sqlite
