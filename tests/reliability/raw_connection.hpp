// Just enough of SQLite for programs that are to be struck down.
#pragma once

#include <sqlite3.h>

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

#include "subject.hpp"

namespace reliability {

/// A connection that throws what SQLite says.
class connection {
public:
  connection(place const& where, char const* synchronous, char const* schema,
             char const* journal = "WAL") {
    if (sqlite3_open(where.database().c_str(), &db_) != SQLITE_OK) fail("open");
    (void)sqlite3_busy_timeout(db_, 20'000);
    try {
      execute("PRAGMA journal_mode = " + std::string{journal});
      execute("PRAGMA synchronous = " + std::string{synchronous});
      execute(schema);
    } catch (...) {
      (void)sqlite3_close_v2(db_);
      throw;
    }
  }
  connection(connection const&) = delete;
  auto operator=(connection const&) -> connection& = delete;
  ~connection() { (void)sqlite3_close_v2(db_); }

  void execute(std::string const& sql) const {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
  }
  void execute_whatever_comes(std::string const& sql) const noexcept {
    (void)sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  }
  [[nodiscard]] auto text(std::string const& sql) const -> std::string {
    std::string found;
    auto const take = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) = values[0] == nullptr ? "" : values[0];
      return 0;
    };
    if (sqlite3_exec(db_, sql.c_str(), take, &found, nullptr) != SQLITE_OK) fail(sql);
    return found;
  }
  /// Pairs of a number and a text.
  [[nodiscard]] auto pairs(std::string const& sql) const -> std::map<int, std::string> {
    using table = std::map<int, std::string>;
    table all;
    auto const take = [](void* to, int, char** values, char**) {
      (*static_cast<table*>(to))[std::atoi(values[0])] = values[1] == nullptr ? "" : values[1];
      return 0;
    };
    if (sqlite3_exec(db_, sql.c_str(), take, &all, nullptr) != SQLITE_OK) fail(sql);
    return all;
  }

private:
  [[noreturn]] void fail(std::string const& what) const {
    throw std::runtime_error{what.substr(0, 40) + ": " + sqlite3_errmsg(db_)};
  }
  sqlite3* db_{nullptr};
};

} // namespace reliability
