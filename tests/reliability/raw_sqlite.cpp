#include "raw_sqlite.hpp"

#include <map>
#include <optional>

#include "raw_connection.hpp"

namespace reliability {
namespace {

constexpr char const* schema = "CREATE TABLE IF NOT EXISTS t(k INTEGER PRIMARY KEY, v BLOB)";
/// The keys and values that should be there.
using table = std::map<int, std::string>;

/// Some commits, of some rows each; key 0 says how many there were. Now and then a checkpoint.
class raw_sqlite final : public subject {
public:
  raw_sqlite(std::uint64_t seed, raw_bug bug) : bug_{bug} {
    dice roll{seed};
    table now{{0, "0"}};
    states_.push_back(now);
    int const commits = roll.between(3, 8);
    for (int i = 1; i <= commits; ++i) {
      commit next{"BEGIN IMMEDIATE;", ""};
      for (int rows = roll.between(1, 4); rows > 0; --rows) {
        int const key = roll.between(1, 12);
        if (roll.between(1, 5) == 1) {
          next.work += "DELETE FROM t WHERE k = " + std::to_string(key) + ";";
          now.erase(key);
          continue;
        }
        std::string const value(static_cast<std::size_t>(roll.between(1, 3000)),
                                static_cast<char>('a' + roll.between(0, 25)));
        next.work +=
            "INSERT OR REPLACE INTO t VALUES(" + std::to_string(key) + ", '" + value + "');";
        now[key] = value;
      }
      now[0] = std::to_string(i);
      // Counting is what must not happen twice.
      next.work += bug == raw_bug::retries_blindly
                       ? "INSERT OR IGNORE INTO t VALUES(0, '0');"
                         "UPDATE t SET v = CAST(v + 1 AS TEXT) WHERE k = 0;"
                       : "INSERT OR REPLACE INTO t VALUES(0, '" + now[0] + "');";
      int const after = roll.between(1, 6);
      if (after == 1) next.then = "PRAGMA wal_checkpoint(PASSIVE)";
      if (after == 2) next.then = "PRAGMA wal_checkpoint(TRUNCATE)";
      commits_.push_back(std::move(next));
      states_.push_back(now);
    }
  }

  void run(place const& where, reporter const& acked) override {
    std::optional<connection> db;
    for (std::size_t i = 1; i <= commits_.size(); ++i) {
      if (bug_ == raw_bug::acks_early) acked.say("committed " + std::to_string(i));
      if (!commit_one(where, db, i)) return acked.give_up();
      if (bug_ != raw_bug::acks_early) acked.say("committed " + std::to_string(i));
    }
    acked.end_of_run();
  }

  auto check(place const& where, std::vector<std::string> const& acked) -> std::string override {
    connection const db{where, "FULL", schema, journal()};
    std::string const integrity = db.text("PRAGMA integrity_check");
    if (integrity != "ok") return "integrity_check: " + integrity;
    table found = db.pairs("SELECT k, v FROM t");
    std::size_t const done = found.empty() ? 0 : std::stoul(found[0]);
    found[0] = std::to_string(done);
    if (done < acked.size())
      return "lost: " + std::to_string(acked.size()) + " commits were acknowledged, " +
             std::to_string(done) + " are there";
    if (done > acked.size() + 1) return "there are commits that nobody made";
    if (found != states_.at(done)) return "the rows are not those of commit " + found[0];
    return {};
  }

private:
  struct commit {
    std::string work{};
    std::string then{};
  };

  /// Commits, or finds out that it is committed; tries a few times. False: it cannot.
  auto commit_one(place const& where, std::optional<connection>& db, std::size_t i) -> bool {
    commit const& what = commits_[i - 1];
    for (int tries = 0; tries < 4; ++tries) {
      try {
        if (!db) db.emplace(where, synchronous(), schema, journal());
        // After an error nobody knows whether the commit happened: what is there says it.
        if (tries > 0 && bug_ != raw_bug::retries_blindly &&
            db->text("SELECT v FROM t WHERE k = 0") == std::to_string(i))
          return true;
        db->execute(what.work);
        if (bug_ == raw_bug::swallows_errors)
          db->execute_whatever_comes("COMMIT");
        else
          db->execute("COMMIT");
        if (!what.then.empty()) db->execute_whatever_comes(what.then);
        return true;
      } catch (std::exception const&) {
        db.reset();
      }
    }
    return false;
  }
  [[nodiscard]] auto journal() const -> char const* {
    return bug_ == raw_bug::rollback_journal || bug_ == raw_bug::retries_blindly ? "DELETE" : "WAL";
  }
  [[nodiscard]] auto synchronous() const -> char const* {
    switch (bug_) {
    case raw_bug::sync_normal: return "NORMAL";
    case raw_bug::sync_off: return "OFF";
    case raw_bug::sync_misspelt: return "WAL";
    default: return "FULL";
    }
  }

  raw_bug bug_;
  std::vector<commit> commits_;
  std::vector<table> states_; ///< After so many commits.
};

class plain_file final : public subject {
public:
  explicit plain_file(std::uint64_t seed) {
    dice roll{seed};
    size_ = static_cast<std::size_t>(roll.between(2, 12)) * 512;
    generations_ = roll.between(2, 8);
  }
  void run(place const& where, reporter const& acked) override {
    int const file = open(where.database().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (int i = 1; i <= generations_; ++i) {
      std::string const all(size_, static_cast<char>('0' + i));
      if (pwrite(file, all.data(), all.size(), 0) < 0 || fdatasync(file) != 0) break;
      acked.say("written " + std::to_string(i));
    }
    acked.end_of_run();
    (void)close(file);
  }
  auto check(place const& where, std::vector<std::string> const& acked) -> std::string override {
    int const file = open(where.database().c_str(), O_RDONLY | O_CLOEXEC);
    std::string all(size_, '\0');
    ssize_t const got = file < 0 ? 0 : pread(file, all.data(), all.size(), 0);
    if (file >= 0) (void)close(file);
    all.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    if (all.empty()) return acked.empty() ? "" : "lost: the file is empty";
    if (all.size() != size_ || all.find_first_not_of(all[0]) != std::string::npos)
      return "the file holds parts of two generations";
    if (static_cast<std::size_t>(all[0] - '0') < acked.size()) return "lost: an old generation";
    return {};
  }

private:
  std::size_t size_{};
  int generations_{};
};

} // namespace

auto make_raw_sqlite(std::uint64_t seed, raw_bug bug) -> std::unique_ptr<subject> {
  return std::make_unique<raw_sqlite>(seed, bug);
}
auto make_plain_file(std::uint64_t seed) -> std::unique_ptr<subject> {
  return std::make_unique<plain_file>(seed);
}

} // namespace reliability
