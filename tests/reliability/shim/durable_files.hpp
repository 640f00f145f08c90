// What a disk would still hold after a loss of power, for the files of one database.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "io_shim.hpp"
#include "real_calls.hpp"

namespace reliability {

/// How to lose power.
struct loss_plan {
  io_loss how{};
  bool names{};
  std::uint64_t seed{};
};

/// The files of a database: what is durable of each, and what was done since it was synced.
/// A name is durable once its directory was synced; a write, once its file was.
class watched_files {
public:
  static constexpr int count = 3;

  void watch(char const* database) {
    std::string const path{database};
    for (file& each : files_) each = {};
    files_[0].path = path;
    files_[1].path = path + "-wal";
    files_[2].path = path + "-journal";
    auto const slash = path.rfind('/');
    directory_ = slash == std::string::npos ? "." : path.substr(0, slash);
  }
  [[nodiscard]] auto find(char const* path) const -> int {
    for (int i = 0; i < count; ++i)
      if (!files_[i].path.empty() && files_[i].path == path) return i;
    return -1;
  }
  [[nodiscard]] auto is_directory(char const* path) const -> bool {
    return !directory_.empty() && directory_ == path;
  }

  /// \pre The file is there, and was opened just now.
  void opened(int which, bool was_there) {
    file& f = files_[which];
    if (f.known) return;
    f.known = f.exists = true;
    f.pending.clear();
    f.durable.clear();
    if (!was_there) return; // its name is as durable as it was: an earlier file may have had it
    f.name_is_durable = true;
    f.durable = read_whole(f.path);
  }
  void wrote(int which, void const* data, std::size_t size, off64_t at) {
    auto const* const bytes = static_cast<unsigned char const*>(data);
    files_[which].pending.push_back({at, false, {bytes, bytes + size}});
  }
  void truncated(int which, off64_t size) { files_[which].pending.push_back({size, true, {}}); }
  void removed(int which) {
    files_[which].exists = false;
    files_[which].known = false;
  }
  void synced(int which) {
    for (change const& each : files_[which].pending) apply(files_[which].durable, each);
    files_[which].pending.clear();
  }
  void synced_names() {
    for (file& each : files_) each.name_is_durable = each.exists;
  }
  /// A failed sync: the system takes the pages for clean, and nothing writes them any more.
  void drop(int which) { files_[which].pending.clear(); }

  /// Makes the files what a disk might hold if the power went now.
  void lose(loss_plan plan) const {
    coin flip{((plan.seed + 1) * 0x9E3779B97F4A7C15ULL) | 1};
    for (file const& f : files_) {
      bool const names_differ = f.exists != f.name_is_durable;
      bool const old_name = plan.names && names_differ && (plan.how == io_loss::all || flip.toss());
      bool const there = old_name ? f.name_is_durable : f.exists;
      if (!there) {
        if (f.exists) (void)real().unlink(f.path.c_str());
        continue;
      }
      image left = f.durable;
      if (plan.how != io_loss::all)
        for (change const& each : f.pending) keep_some(left, each, plan.how, flip);
      write_whole(f.path, left);
    }
  }

private:
  using image = std::vector<unsigned char>;
  struct change {
    off64_t at{};
    bool truncates{};
    image bytes{};
  };
  struct file {
    std::string path{};
    image durable{};
    std::vector<change> pending{};
    bool known{false};
    bool exists{false};
    bool name_is_durable{false};
  };
  /// xorshift64*: the same on every machine.
  struct coin {
    std::uint64_t state;
    auto toss() -> bool {
      state ^= state >> 12;
      state ^= state << 25;
      state ^= state >> 27;
      return ((state * 0x2545F4914F6CDD1DULL) >> 40 & 1) != 0;
    }
  };

  static void apply(image& to, change const& what) {
    auto const at = static_cast<std::size_t>(what.at);
    if (what.truncates) return to.resize(at);
    if (to.size() < at + what.bytes.size()) to.resize(at + what.bytes.size());
    std::copy(what.bytes.begin(), what.bytes.end(), to.begin() + what.at);
  }
  static void keep_some(image& to, change const& what, io_loss how, coin& flip) {
    if (what.truncates || how == io_loss::writes) {
      if (flip.toss()) apply(to, what);
      return;
    }
    constexpr std::size_t sector = 512;
    auto const at = static_cast<std::size_t>(what.at);
    for (std::size_t from = 0; from < what.bytes.size();) {
      std::size_t const end = std::min(what.bytes.size(), ((at + from) / sector + 1) * sector - at);
      change part{what.at + static_cast<off64_t>(from), false, {}};
      part.bytes.assign(what.bytes.begin() + static_cast<std::ptrdiff_t>(from),
                        what.bytes.begin() + static_cast<std::ptrdiff_t>(end));
      if (flip.toss()) apply(to, part);
      from = end;
    }
  }
  static auto read_whole(std::string const& path) -> image {
    image all;
    int const fd = real().open64(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat64 facts{};
    if (fd >= 0 && fstat64(fd, &facts) == 0) all.resize(static_cast<std::size_t>(facts.st_size));
    if (fd < 0) return all;
    if (!all.empty()) (void)real().pread64(fd, all.data(), all.size(), 0);
    (void)real().close(fd);
    return all;
  }
  static void write_whole(std::string const& path, image const& all) {
    int const fd = real().open64(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return;
    if (!all.empty()) (void)real().pwrite64(fd, all.data(), all.size(), 0);
    (void)real().close(fd);
  }

  file files_[count]{};
  std::string directory_{};
};

} // namespace reliability
