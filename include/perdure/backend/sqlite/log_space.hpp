// Room in the write-ahead log, made before it is needed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace perdure::inline v0::sqlite {

/// Keeps the log's file longer than what is in it. A commit that makes a file longer waits for the
/// file system's own records too: with room made before, it takes half as long. What lies behind
/// the log's end is zeros, at which SQLite stops reading. They must be written too, so that room is
/// made for small commits that follow each other: of big ones it would double the work.
class log_space {
public:
  log_space(std::string const& database, std::size_t bytes_max)
      : path_{database + "-wal"}, bytes_max_{bytes_max + step_bytes} {}

  /// A commit has added so much to the log.
  void note_commit(std::size_t bytes) noexcept {
    small_commits_ = bytes <= small_commit_bytes_max ? small_commits_ + 1 : 0;
  }
  /// Whether there will not be room for much more than `used` bytes, and it is worth making.
  [[nodiscard]] auto is_short(std::size_t used) const noexcept -> bool {
    return small_commits_ >= small_commits_min && used + used / 4 + step_bytes / 4 > size_bytes_ &&
           size_bytes_ < bytes_max_;
  }
  /// Makes room; twice what is used, within bounds. \pre nobody writes into the log meanwhile
  void make(std::size_t used) noexcept {
    int const log = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (log < 0) return;
    struct stat found{};
    auto const wanted = std::min(std::max(2 * used, step_bytes), bytes_max_);
    if (::fstat(log, &found) == 0) {
      size_bytes_ = static_cast<std::size_t>(found.st_size);
      // Never written. Not const: then it would take its room in the program's file.
      static char zeros[std::size_t{64} << 10];
      while (size_bytes_ < wanted) {
        auto const done = ::pwrite(log, zeros, std::min(sizeof zeros, wanted - size_bytes_),
                                   static_cast<off_t>(size_bytes_));
        if (done <= 0) break; // the disk is full: the log grows as it is written, if it can
        size_bytes_ += static_cast<std::size_t>(done);
      }
    }
    ::close(log);
    if (size_bytes_ < wanted) size_bytes_ = bytes_max_; // not again before the file is opened anew
  }
  /// The log may be another file than before.
  void forget() noexcept { size_bytes_ = 0; }

private:
  static constexpr std::size_t step_bytes = std::size_t{1} << 20;
  static constexpr std::size_t small_commit_bytes_max = std::size_t{128} << 10;
  static constexpr std::size_t small_commits_min = 8; ///< In a row.
  std::string path_;
  std::size_t bytes_max_;
  std::size_t size_bytes_{0};
  std::size_t small_commits_{0}; ///< Since the last big one.
};

} // namespace perdure::inline v0::sqlite
