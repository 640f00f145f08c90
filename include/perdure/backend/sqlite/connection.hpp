// One connection to an SQLite file, its statements, and how their faults are told.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include "perdure/error.hpp"

namespace perdure::inline v0::sqlite {

/// SQLite said no. Internal: it becomes a `perdure::error` where it leaves the backend.
class fault : public std::exception {
public:
  fault(int code, std::string what) : code_{code}, what_{std::move(what)} {}
  [[nodiscard]] auto what() const noexcept -> char const* override { return what_.c_str(); }
  /// The extended result code.
  [[nodiscard]] auto code() const noexcept -> int { return code_; }
  [[nodiscard]] auto primary() const noexcept -> int { return code_ & 0xff; }
  [[nodiscard]] auto is_damage() const noexcept -> bool {
    return primary() == SQLITE_CORRUPT || primary() == SQLITE_NOTADB;
  }
  [[nodiscard]] auto as_error() const -> error {
    switch (primary()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {errc::backend_busy, what_ + ": another program holds the file"};
    case SQLITE_FULL:
      return {errc::storage_full, what_ + ": free some space, then repeat the call"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {errc::history_corrupt, what_ + ": restore the file from a backup"};
    default: return {errc::storage_failed, what_};
    }
  }

private:
  int code_;
  std::string what_;
};

class connection;

/// A prepared statement. Reset after each use by `use`, so that none stays open across a commit.
class statement {
public:
  statement() noexcept = default;
  statement(connection& db, std::string_view sql);
  statement(statement&& other) noexcept
      : db_{other.db_}, handle_{std::exchange(other.handle_, nullptr)} {}
  auto operator=(statement&& other) noexcept -> statement& {
    std::swap(db_, other.db_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~statement() { sqlite3_finalize(handle_); }

  /// One execution: bound values, rows, and the reset at its end.
  class use {
  public:
    explicit use(statement& of) noexcept : of_{of} {}
    use(use const&) = delete;
    auto operator=(use const&) -> use& = delete;
    ~use() { sqlite3_reset(of_.handle_); }

    /// Binds the next parameter. Texts must outlive the use.
    auto bind(std::int64_t number) -> use& {
      return check(sqlite3_bind_int64(of_.handle_, ++bound_, number));
    }
    auto bind(double real) -> use& {
      return check(sqlite3_bind_double(of_.handle_, ++bound_, real));
    }
    auto bind(std::string_view text) -> use& {
      return check(sqlite3_bind_text64(of_.handle_, ++bound_, text.empty() ? "" : text.data(),
                                       text.size(), SQLITE_STATIC, SQLITE_UTF8));
    }
    auto bind_blob(std::string_view bytes) -> use& {
      return check(sqlite3_bind_blob64(of_.handle_, ++bound_, bytes.empty() ? "" : bytes.data(),
                                       bytes.size(), SQLITE_STATIC));
    }
    auto bind_null() -> use& { return check(sqlite3_bind_null(of_.handle_, ++bound_)); }
    /// NULL where there is none.
    auto bind_text_or_null(std::string_view text) -> use& {
      return text.empty() ? bind_null() : bind(text);
    }

    /// Goes to the next row. False when there are no more.
    auto next() -> bool;
    /// Executes what gives no rows.
    void run() { (void)next(); }

    [[nodiscard]] auto number(int column) const noexcept -> std::int64_t {
      return sqlite3_column_int64(of_.handle_, column);
    }
    [[nodiscard]] auto is_null(int column) const noexcept -> bool {
      return sqlite3_column_type(of_.handle_, column) == SQLITE_NULL;
    }
    [[nodiscard]] auto is_real(int column) const noexcept -> bool {
      return sqlite3_column_type(of_.handle_, column) == SQLITE_FLOAT;
    }
    [[nodiscard]] auto real(int column) const noexcept -> double {
      return sqlite3_column_double(of_.handle_, column);
    }
    /// Bytes of a text or blob, until the next row.
    [[nodiscard]] auto text(int column) const noexcept -> std::string_view {
      auto const* const bytes = static_cast<char const*>(sqlite3_column_blob(of_.handle_, column));
      auto const size = static_cast<std::size_t>(sqlite3_column_bytes(of_.handle_, column));
      return bytes == nullptr ? std::string_view{} : std::string_view{bytes, size};
    }

  private:
    auto check(int result) -> use& {
      if (result != SQLITE_OK) of_.fail(result);
      return *this;
    }
    statement& of_;
    int bound_{0};
  };

private:
  [[noreturn, gnu::cold]] void fail(int result);
  connection* db_{nullptr};
  sqlite3_stmt* handle_{nullptr};
};

/// Closes when it is destroyed. Used by one thread at a time; makes no checkpoint by itself.
class connection {
public:
  connection() noexcept = default;
  /// `file_system`: the name of one that SQLite knows; null: the usual one. \throws fault
  explicit connection(std::string path, char const* file_system = nullptr)
      : path_{std::move(path)} {
    int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    int const result = sqlite3_open_v2(path_.c_str(), &handle_, flags, file_system);
    if (result != SQLITE_OK) {
      fault const why{result, "cannot open '" + path_ + "': " + message()};
      sqlite3_close_v2(std::exchange(handle_, nullptr));
      throw why;
    }
    // SQLite opens for reading what it cannot open for writing, and would stay so.
    if (sqlite3_db_readonly(handle_, "main") == 1) {
      sqlite3_close_v2(std::exchange(handle_, nullptr));
      throw fault{SQLITE_CANTOPEN, "cannot open '" + path_ + "' for writing"};
    }
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  }
  connection(connection&& other) noexcept
      : path_{std::move(other.path_)}, handle_{std::exchange(other.handle_, nullptr)} {}
  auto operator=(connection&& other) noexcept -> connection& {
    std::swap(path_, other.path_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~connection() { sqlite3_close_v2(handle_); }

  /// Runs statements that take no values. \throws fault
  void execute(char const* sql) {
    int const result = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) fail(result, sql);
  }
  /// The first value of the first row, as a number; 0 if there is none. \throws fault
  [[nodiscard]] auto number(std::string_view sql) -> std::int64_t {
    statement asked{*this, sql};
    statement::use row{asked};
    return row.next() ? row.number(0) : 0;
  }
  [[nodiscard]] auto text(std::string_view sql) -> std::string {
    statement asked{*this, sql};
    statement::use row{asked};
    return row.next() ? std::string{row.text(0)} : std::string{};
  }
  [[nodiscard]] auto handle() const noexcept -> sqlite3* { return handle_; }
  [[nodiscard]] auto path() const noexcept -> std::string const& { return path_; }
  [[nodiscard]] auto in_transaction() const noexcept -> bool {
    return handle_ != nullptr && sqlite3_get_autocommit(handle_) == 0;
  }
  [[noreturn, gnu::cold]] void fail(int result, std::string_view doing) {
    throw fault{result, "SQLite file '" + path_ + "': " + message() + " (code " +
                            std::to_string(result) +
                            ", in: " + std::string{doing.substr(0, doing.find('\n'))} + ")"};
  }

private:
  [[nodiscard]] auto message() const -> std::string {
    return handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_);
  }
  std::string path_;
  sqlite3* handle_{nullptr};
};

inline statement::statement(connection& db, std::string_view sql) : db_{&db} {
  int const result = sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (result != SQLITE_OK) db.fail(result, sql);
}
inline auto statement::use::next() -> bool {
  int const result = sqlite3_step(of_.handle_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) of_.fail(result);
  return false;
}
inline void statement::fail(int result) { db_->fail(result, sqlite3_sql(handle_)); }

} // namespace perdure::inline v0::sqlite
