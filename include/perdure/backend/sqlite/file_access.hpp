// The file and its connections: opening, taking turns, committing, checkpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/backend/sqlite/file_signal.hpp"
#include "perdure/backend/sqlite/gathered_log.hpp"
#include "perdure/backend/sqlite/library_version.hpp"
#include "perdure/backend/sqlite/log_space.hpp"
#include "perdure/backend/sqlite/schema.hpp"
#include "perdure/backend/sqlite_options.hpp"
#include "perdure/config.hpp"
#include "perdure/log.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

namespace sqlite {

/// Makes a file that another program wrote durable, and its name in its folder.
inline void sync_file(std::string const& path) {
  auto const slash = path.rfind('/');
  std::string const folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  for (std::string const& each : {path, folder}) {
    int const descriptor = ::open(each.c_str(), O_RDONLY | O_CLOEXEC);
    bool const synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced) throw error{errc::storage_failed, "'" + each + "' cannot be made durable"};
  }
}

/// How a commit is found again when it is not known whether it was kept: by its row in the log of
/// changes, or, where no other process was there to need one, by a run that it changed.
struct commit_name {
  std::int64_t seq{};
  std::int64_t token{};
  run_number run{}; ///< Used if there is no seq.
  std::int64_t revision{};

  [[nodiscard]] auto query() const -> std::string {
    if (seq != 0)
      return "SELECT count(*) FROM commits WHERE seq = " + std::to_string(seq) +
             " AND token = " + std::to_string(token);
    return "SELECT count(*) FROM runs WHERE number = " + std::to_string(run) +
           " AND revision >= " + std::to_string(revision);
  }
};

/// How a commit that failed has ended.
enum class commit_outcome : unsigned char { kept, undone };

/// One file: the connection that writes, the signal that processes share. Not thread-safe.
class file_access {
public:
  /// \throws error (file_refused, history_corrupt, storage_failed)
  file_access(std::string path, sqlite_backend_options const& options)
      : path_{std::move(path)},
        options_{options},
        signal_{path_ + "-wake"},
        space_{path_, options_.checkpoint_bytes} {
    require_library(sqlite3_libversion_number());
    open();
  }

  [[nodiscard]] auto writer() noexcept -> connection& { return writer_; }
  [[nodiscard]] auto signal() noexcept -> file_signal& { return signal_; }
  [[nodiscard]] auto signal() const noexcept -> file_signal const& { return signal_; }
  [[nodiscard]] auto path() const noexcept -> std::string const& { return path_; }
  [[nodiscard]] auto statistics() const noexcept -> sqlite_statistics const& { return statistics_; }
  [[nodiscard]] auto is_open() const noexcept -> bool { return writer_.handle() != nullptr; }

  void lock() {
    if (!std::exchange(locked_, true)) signal_.lock();
  }
  void unlock() noexcept {
    if (std::exchange(locked_, false)) signal_.unlock();
  }

  /// \throws fault
  void begin() { statement::use{begin_}.run(); }
  /// Commits. `name`: how it is found again; none: nothing was written.
  /// \throws fault. Whether it was kept is then for `read_back` to say.
  void commit(std::optional<commit_name> const& name) {
    std::size_t const pages_before = wal_pages_;
    in_doubt_ = name;
    statement::use{commit_}.run();
    in_doubt_.reset();
    if (!name) return;
    ++statistics_.commits;
    space_.note_commit(bytes_of(wal_pages_ - (pages_before < wal_pages_ ? pages_before : 0)));
    if (wal_pages_ * page_bytes_ >= options_.checkpoint_bytes) checkpoint();
    if (space_.is_short(bytes_of(wal_pages_))) make_log_space();
  }
  void rollback() noexcept {
    if (!writer_.in_transaction()) return;
    ++statistics_.rollbacks;
    sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  /// Whether the last commit failed in a way that leaves open whether it was kept.
  [[nodiscard]] auto is_in_doubt() const noexcept -> bool { return in_doubt_.has_value(); }

  /// After a failed sync nothing that the kernel says of the file can be trusted: opens it anew,
  /// makes all of it durable in another way, and then looks whether the commit is there.
  /// \throws fault, error (storage_failed) if the file cannot be used yet; call again
  [[nodiscard]] auto read_back() -> commit_outcome {
    lock();
    try {
      auto const outcome = read_back_in_turn();
      unlock();
      return outcome;
    } catch (...) {
      close(); // others must be able to go on, however long this file stays as it is
      unlock();
      throw;
    }
  }

  void close() noexcept {
    begin_ = {};
    commit_ = {};
    checkpointer_ = {};
    writer_ = {};
    space_.forget();
  }
  /// In this process's turn: making the file, and its log, is for one process.
  void open() {
    bool const had_turn = locked_;
    lock();
    try {
      writer_ = connect();
      checkpointer_ = connect();
      begin_ = {writer_, "BEGIN IMMEDIATE"};
      commit_ = {writer_, "COMMIT"};
      if (!had_turn) unlock();
    } catch (error const&) {
      close();
      if (!had_turn) unlock();
      throw;
    } catch (fault const& why) {
      close();
      if (!had_turn) unlock();
      if (why.primary() == SQLITE_NOTADB)
        throw error{errc::file_refused, "'" + path_ + "' is not an SQLite file"};
      if (why.primary() == SQLITE_CANTOPEN) throw error{errc::file_refused, why.what()};
      throw why.as_error();
    } catch (...) {
      close();
      if (!had_turn) unlock();
      throw;
    }
    sqlite3_wal_hook(
        writer_.handle(),
        [](void* self, sqlite3*, char const*, int pages) {
          static_cast<file_access*>(self)->wal_pages_ = static_cast<std::size_t>(pages);
          return SQLITE_OK;
        },
        this);
    page_bytes_ = static_cast<std::size_t>(writer_.number("PRAGMA page_size"));
  }

  /// A connection as all of ours are: durable as the options say, and no checkpoints of its own.
  [[nodiscard]] auto connect() const -> connection {
    bool const syncs_commits = options_.synchronous == sqlite_synchronous::full;
    connection made{path_, syncs_commits ? gathering_file_system() : nullptr};
    sqlite3_busy_timeout(made.handle(), 10'000); // programs that do not take turns
    prepare_connection(made);
    return made;
  }

  /// Copies the log into the file. Other processes cannot commit meanwhile: this one holds the lock
  /// that writers need, on its other connection, and its turn.
  void checkpoint() {
    bool const had_turn = std::exchange(locked_, true);
    if (!had_turn) signal_.lock();
    try {
      writer_.execute("BEGIN IMMEDIATE");
      int const result = sqlite3_wal_checkpoint_v2(checkpointer_.handle(), nullptr,
                                                   SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
      if (result != SQLITE_OK && (result & 0xff) != SQLITE_BUSY)
        checkpointer_.fail(result, "checkpoint");
      ++statistics_.checkpoints;
      wal_pages_ = 0;
    } catch (std::exception const& why) {
      // The log keeps everything: the next checkpoint tries again.
      report_checkpoint(why);
    }
    sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    if (!had_turn) unlock();
  }

  /// Writes the file anew without its holes. \throws fault
  void vacuum() {
    if (!is_open()) open();
    lock();
    try {
      writer_.execute("VACUUM");
    } catch (fault const&) {
      unlock();
      throw;
    }
    checkpoint();
    unlock();
  }

private:
  [[nodiscard]] auto read_back_in_turn() -> commit_outcome {
    close();
    open();
    // Copying the log into the file and syncing that does not depend on what became of the log.
    checkpoint_all();
    bool const kept = writer_.number(in_doubt_->query()) != 0;
    // Frames of a commit that was not kept may still lie behind the log's end: write over them, so
    // that no recovery finds them later.
    if (!kept) {
      writer_.execute("BEGIN IMMEDIATE");
      writer_.execute("INSERT INTO commits SELECT coalesce(max(seq), 0) + 1, 0, '' FROM commits");
      writer_.execute("COMMIT");
    }
    in_doubt_.reset();
    return kept ? commit_outcome::kept : commit_outcome::undone;
  }
  /// What pages take in the log.
  [[nodiscard]] auto bytes_of(std::size_t pages) const noexcept -> std::size_t {
    constexpr std::size_t frame_header_bytes = 24;
    return pages * (page_bytes_ + frame_header_bytes);
  }
  /// As with checkpoints, programs that do not take turns are kept out.
  void make_log_space() noexcept {
    if (sqlite3_exec(writer_.handle(), "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK)
      space_.make(bytes_of(wal_pages_));
    sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  static void report_checkpoint(std::exception const& why) noexcept {
    try {
      log().warning("the write-ahead log could not be copied into the file",
                    {{"reason", why.what()}});
    } catch (...) { // what was committed is committed
    }
  }
  void checkpoint_all() {
    writer_.execute("BEGIN IMMEDIATE");
    int const result = sqlite3_wal_checkpoint_v2(checkpointer_.handle(), nullptr,
                                                 SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) checkpointer_.fail(result, "checkpoint");
  }
  void prepare_connection(connection& db) const {
    db.execute("PRAGMA wal_autocheckpoint = 0");
    if (db.number("SELECT count(*) FROM sqlite_schema") != 0 &&
        db.number("PRAGMA application_id") != application_id)
      throw error{errc::file_refused, "SQLite file '" + path_ +
                                          "' holds something else than workflows: choose another"};
    if (db.text("PRAGMA journal_mode = WAL") != "wal")
      throw error{errc::file_refused,
                  "SQLite file '" + path_ +
                      "' cannot use a write-ahead log: is it on a network disk?"};
    bool const full = options_.synchronous == sqlite_synchronous::full;
    db.execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (db.number("PRAGMA synchronous") != (full ? 2 : 1)) // it ignores what it does not know
      throw error{errc::file_refused, "SQLite does not accept PRAGMA synchronous"};
    db.execute("PRAGMA journal_size_limit = 67108864");
    db.execute("PRAGMA cache_size = -65536");
    db.execute("PRAGMA temp_store = MEMORY");
    prepare_file(db);
  }

  std::string path_;
  sqlite_backend_options const& options_;
  file_signal signal_;
  log_space space_;
  connection writer_;
  connection checkpointer_;
  statement begin_;
  statement commit_;
  sqlite_statistics statistics_{};
  std::size_t wal_pages_{0};
  std::size_t page_bytes_{4'096};
  std::optional<commit_name> in_doubt_; ///< The commit that is being made, or that failed.
  bool locked_{false};
};

} // namespace sqlite
} // namespace perdure::inline v0

PERDURE_SELDOM_END
