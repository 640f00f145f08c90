// The last commits of all processes: which runs each has changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::sqlite {

/// The table `commits`, used within transactions: tells what others have done since this process
/// looked last, and notes what this one does.
class change_log {
public:
  explicit change_log(connection& db)
      : db_{&db},
        data_version_{db, "PRAGMA data_version"},
        since_{db, "SELECT seq, runs FROM commits WHERE seq > ? ORDER BY seq"},
        add_{db, "INSERT INTO commits(seq, token, runs) VALUES(?,?,?)"},
        drop_{db, "DELETE FROM commits WHERE seq <= ?"} {}

  /// Whether another connection has changed the file.
  [[nodiscard]] auto is_changed() -> bool {
    std::int64_t const version = data_version();
    bool const same = version == version_ && last_ >= 0;
    version_ = version;
    return !same;
  }
  /// A number that is another one whenever another connection has changed the file.
  [[nodiscard]] auto data_version() -> std::int64_t {
    statement::use row{data_version_};
    return row.next() ? row.number(0) : 0;
  }
  /// Calls `with(number)` for each run that others have changed. False if the log does not reach
  /// back far enough: then any may have changed.
  template <class With>
  auto take_in(With&& with) -> bool {
    bool const known = last_ >= 0 && read(with);
    if (!known) last_ = db_->number("SELECT coalesce(max(seq), 0) FROM commits");
    return known;
  }
  /// Notes a commit of this process under a token by which it is found again; gives its number.
  [[nodiscard]] auto add(std::int64_t token, std::string const& runs) -> std::int64_t {
    std::int64_t const seq = last_ + 1;
    statement::use{add_}.bind(seq).bind(token).bind_blob(runs).run();
    if (seq % 64 == 0) statement::use{drop_}.bind(seq - kept).run();
    return seq;
  }
  /// The commit that was added is made.
  void advance() noexcept { ++last_; }
  /// What was known is not true any more.
  void forget() noexcept { last_ = -1; }

private:
  static constexpr std::int64_t kept = 256;

  template <class With>
  auto read(With&& with) -> bool {
    statement::use row{since_};
    row.bind(last_);
    while (row.next()) {
      if (row.number(0) != last_ + 1) return false;
      ++last_;
      auto const list = row.text(1);
      for (std::size_t at = 0; at + sizeof(run_number) <= list.size(); at += sizeof(run_number)) {
        run_number number{};
        std::memcpy(&number, list.data() + at, sizeof number);
        with(number);
      }
    }
    return true;
  }

  connection* db_;
  statement data_version_, since_, add_, drop_;
  std::int64_t version_{-1};
  std::int64_t last_{-1}; ///< The last commit that this process knows; -1: it knows none.
};

} // namespace perdure::inline v0::sqlite
