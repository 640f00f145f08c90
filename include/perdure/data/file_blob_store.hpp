// Blobs as files of a folder.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "perdure/data/blob_store.hpp"

namespace perdure::inline v0 {

namespace detail {

class file_handle {
public:
  explicit file_handle(int number) noexcept : number_{number} {}
  file_handle(file_handle const&) = delete;
  auto operator=(file_handle const&) -> file_handle& = delete;
  ~file_handle() {
    if (number_ >= 0) (void)::close(number_);
  }
  [[nodiscard]] auto number() const noexcept -> int { return number_; }
  [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }

private:
  int number_;
};

/// What `errno` says of a file.
[[noreturn]] inline void throw_blob_fault(int number, std::string_view what,
                                          std::string const& path) {
  throw error{number == ENOSPC || number == EDQUOT ? errc::storage_full : errc::storage_failed,
              "blob store: cannot " + std::string{what} + " '" + path +
                  "': " + std::generic_category().message(number)};
}

} // namespace detail

struct file_blob_store_options {
  std::string name{"files"}; ///< See blob_store.
  /// Whether a blob that was put survives a loss of power: its file and its folder are synced.
  bool durable{true};
};

/// Keeps each blob in a file of its own, `<folder>/<2 digits>/<62 digits>`, which is there as a
/// whole or not at all. Several processes can share the folder. What is read is checked against its
/// key.
class file_blob_store final : public blob_store {
public:
  /// Makes the folder if it is not there; the one around it has to be.
  /// \throws error (storage_failed, storage_full)
  explicit file_blob_store(std::string folder, file_blob_store_options options = {})
      : blob_store{std::move(options.name)}, folder_{std::move(folder)}, durable_{options.durable} {
    make_folder(folder_);
    make_folder(folder_ + "/new");
  }

  [[nodiscard]] auto put(std::string_view bytes) -> std::string override {
    std::string key = detail::sha256_hex(bytes);
    std::string const made = folder_ + "/new/" + std::to_string(::getpid()) + "-" +
                             std::to_string(next_name().fetch_add(1)) + "-" + key;
    try {
      write(made, bytes);
      std::string const folder = folder_ + "/" + key.substr(0, 2);
      make_folder(folder);
      auto const held = lock(LOCK_SH);
      if (::rename(made.c_str(), path_of(key).c_str()) != 0)
        detail::throw_blob_fault(errno, "rename", made);
      if (durable_) sync_folder(folder);
    } catch (error const&) {
      (void)::unlink(made.c_str());
      throw;
    }
    return key;
  }
  [[nodiscard]] auto get(std::string_view key) -> std::string override {
    detail::require_blob_key(key);
    std::string const path = path_of(key);
    detail::file_handle const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!file && errno == ENOENT)
      throw error{errc::blob_lost, "blob store '" + name() + "' has no blob " + std::string{key}};
    if (!file) detail::throw_blob_fault(errno, "open", path);
    std::string bytes = read(file, path);
    if (detail::sha256_hex(bytes) != key)
      throw error{errc::blob_damaged,
                  "blob store '" + name() + "': the file '" + path + "' was altered"};
    return bytes;
  }
  [[nodiscard]] auto list() -> std::vector<blob_info> override {
    std::vector<blob_info> all;
    for (std::string const& prefix : names_in(folder_)) {
      if (prefix.size() != 2) continue;
      for (std::string const& rest : names_in(folder_ + "/" + prefix)) {
        std::string key = prefix + rest;
        struct stat found{};
        if (detail::is_blob_key(key) && ::stat(path_of(key).c_str(), &found) == 0)
          all.push_back(
              {std::move(key), static_cast<std::uint64_t>(found.st_size), time_of(found)});
      }
    }
    return all;
  }
  auto erase(std::string_view key, time_point before) -> bool override {
    detail::require_blob_key(key);
    // Whoever puts the same bytes now does so before this, and it is seen, or after it.
    auto const held = lock(LOCK_EX);
    std::string const path = path_of(key);
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || time_of(found) >= before) return false;
    return ::unlink(path.c_str()) == 0;
  }

private:
  static auto next_name() -> std::atomic<unsigned>& {
    static std::atomic<unsigned> next{0};
    return next;
  }
  [[nodiscard]] static auto time_of(struct stat const& file) noexcept -> time_point {
    return time_point{duration{std::chrono::seconds{file.st_mtim.tv_sec}} +
                      duration{std::chrono::nanoseconds{file.st_mtim.tv_nsec}}};
  }
  [[nodiscard]] auto path_of(std::string_view key) const -> std::string {
    return folder_ + "/" + std::string{key.substr(0, 2)} + "/" + std::string{key.substr(2)};
  }
  void make_folder(std::string const& path) const {
    if (::mkdir(path.c_str(), 0777) != 0) {
      if (errno != EEXIST) detail::throw_blob_fault(errno, "make the folder", path);
    } else if (durable_) {
      sync_folder(path + "/..");
    }
  }
  static void sync_folder(std::string const& path) {
    detail::file_handle const folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder || ::fsync(folder.number()) != 0) detail::throw_blob_fault(errno, "sync", path);
  }
  [[nodiscard]] auto lock(int how) const -> detail::file_handle {
    std::string const path = folder_ + "/lock";
    int const number = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (number < 0) detail::throw_blob_fault(errno, "open", path);
    while (::flock(number, how) != 0)
      if (errno != EINTR) {
        int const why = errno;
        (void)::close(number);
        detail::throw_blob_fault(why, "lock", path);
      }
    return detail::file_handle{number};
  }
  void write(std::string const& path, std::string_view bytes) const {
    detail::file_handle const file{
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (!file) detail::throw_blob_fault(errno, "make", path);
    while (!bytes.empty()) {
      auto const written = ::write(file.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) detail::throw_blob_fault(errno, "write", path);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (durable_ && ::fsync(file.number()) != 0) detail::throw_blob_fault(errno, "sync", path);
  }
  [[nodiscard]] static auto read(detail::file_handle const& file, std::string const& path)
      -> std::string {
    struct stat found{};
    if (::fstat(file.number(), &found) != 0) detail::throw_blob_fault(errno, "look at", path);
    std::string bytes(static_cast<std::size_t>(found.st_size), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      auto const count = ::read(file.number(), bytes.data() + done, bytes.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) detail::throw_blob_fault(errno, "read", path);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
  }
  [[nodiscard]] static auto names_in(std::string const& path) -> std::vector<std::string> {
    DIR* const folder = ::opendir(path.c_str());
    if (folder == nullptr) detail::throw_blob_fault(errno, "list", path);
    std::vector<std::string> names;
    while (dirent const* const each = ::readdir(folder)) names.emplace_back(each->d_name);
    (void)::closedir(folder);
    return names;
  }

  std::string folder_;
  bool durable_;
};

} // namespace perdure::inline v0
