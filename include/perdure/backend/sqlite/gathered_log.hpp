// Writes SQLite's log in few and big pieces.
#pragma once

#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include <sqlite3.h>

namespace perdure::inline v0::sqlite {

namespace detail {

/// A write-ahead log behind one of SQLite's file systems. SQLite writes the head and the page of
/// every frame by a call of its own; here they are gathered, and written when the log is synced or
/// read. What could not be written makes that call fail: no sync succeeds without it.
class gathered_log {
public:
  [[nodiscard]] static auto of(sqlite3_file* file) noexcept -> gathered_log& {
    return *reinterpret_cast<gathered_log*>(file);
  }
  /// SQLite's part; must come first.
  sqlite3_file head{};

  [[nodiscard]] auto base() noexcept -> sqlite3_file* {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(this) + sizeof *this);
  }
  auto write(void const* bytes, int size, sqlite3_int64 at) noexcept -> int {
    if (size_ != 0 && (at != at_ + size_ || size_ + size > room))
      if (int const result = flush(); result != SQLITE_OK) return result;
    if (!bytes_) bytes_.reset(new (std::nothrow) char[room]);
    if (size > room || !bytes_) return base()->pMethods->xWrite(base(), bytes, size, at);
    if (size_ == 0) at_ = at;
    std::memcpy(bytes_.get() + size_, bytes, static_cast<std::size_t>(size));
    size_ += size;
    return SQLITE_OK;
  }
  auto flush() noexcept -> int {
    int const size = size_;
    size_ = 0;
    if (size == 0) return SQLITE_OK;
    int const result = base()->pMethods->xWrite(base(), bytes_.get(), size, at_);
    if (result != SQLITE_OK) failed_ = result;
    return result;
  }
  auto sync(int flags) noexcept -> int {
    (void)flush();
    int const failed = failed_;
    failed_ = SQLITE_OK;
    return failed != SQLITE_OK ? failed : base()->pMethods->xSync(base(), flags);
  }

private:
  static constexpr int room = 1 << 16; // SQLite cannot write 128 kB and more at once
  std::unique_ptr<char[]> bytes_;
  sqlite3_int64 at_{0};
  int size_{0};
  int failed_{SQLITE_OK}; ///< A write that SQLite believes to be done.
};

[[nodiscard]] inline auto make_log_methods() noexcept -> sqlite3_io_methods {
  sqlite3_io_methods m{};
  m.iVersion = 1;
  m.xClose = [](sqlite3_file* file) -> int {
    gathered_log& log = gathered_log::of(file);
    (void)log.flush(); // frames of a commit that was not made
    int const result = log.base()->pMethods->xClose(log.base());
    log.~gathered_log();
    return result;
  };
  m.xRead = [](sqlite3_file* file, void* to, int size, sqlite3_int64 at) -> int {
    gathered_log& log = gathered_log::of(file);
    if (int const result = log.flush(); result != SQLITE_OK) return result;
    return log.base()->pMethods->xRead(log.base(), to, size, at);
  };
  m.xWrite = [](sqlite3_file* file, void const* bytes, int size, sqlite3_int64 at) -> int {
    return gathered_log::of(file).write(bytes, size, at);
  };
  m.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) -> int {
    gathered_log& log = gathered_log::of(file);
    if (int const result = log.flush(); result != SQLITE_OK) return result;
    return log.base()->pMethods->xTruncate(log.base(), size);
  };
  m.xSync = [](sqlite3_file* file, int flags) -> int { return gathered_log::of(file).sync(flags); };
  m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) -> int {
    gathered_log& log = gathered_log::of(file);
    if (int const result = log.flush(); result != SQLITE_OK) return result;
    return log.base()->pMethods->xFileSize(log.base(), size);
  };
  m.xLock = [](sqlite3_file* file, int kind) -> int {
    return gathered_log::of(file).base()->pMethods->xLock(gathered_log::of(file).base(), kind);
  };
  m.xUnlock = [](sqlite3_file* file, int kind) -> int {
    return gathered_log::of(file).base()->pMethods->xUnlock(gathered_log::of(file).base(), kind);
  };
  m.xCheckReservedLock = [](sqlite3_file* file, int* result) -> int {
    sqlite3_file* const base = gathered_log::of(file).base();
    return base->pMethods->xCheckReservedLock(base, result);
  };
  m.xFileControl = [](sqlite3_file* file, int operation, void* argument) -> int {
    sqlite3_file* const base = gathered_log::of(file).base();
    return base->pMethods->xFileControl(base, operation, argument);
  };
  m.xSectorSize = [](sqlite3_file* file) -> int {
    sqlite3_file* const base = gathered_log::of(file).base();
    return base->pMethods->xSectorSize(base);
  };
  m.xDeviceCharacteristics = [](sqlite3_file* file) -> int {
    sqlite3_file* const base = gathered_log::of(file).base();
    return base->pMethods->xDeviceCharacteristics(base);
  };
  return m;
}

/// The usual file system, with such logs. SQLite keeps a pointer to it.
struct gathering_file_system {
  gathering_file_system() noexcept : usual{sqlite3_vfs_find(nullptr)} {
    if (usual == nullptr) return;
    std::snprintf(name, sizeof name, "perdure-%p", static_cast<void*>(this)); // one each in a DSO
    ours = *usual;
    ours.pNext = nullptr;
    ours.zName = name;
    ours.pAppData = usual;
    ours.szOsFile = static_cast<int>(sizeof(gathered_log)) + usual->szOsFile;
    ours.xOpen = &open;
    ours.xDelete = [](sqlite3_vfs* v, char const* path, int sync) -> int {
      return usual_of(v)->xDelete(usual_of(v), path, sync);
    };
    ours.xAccess = [](sqlite3_vfs* v, char const* path, int flags, int* result) -> int {
      return usual_of(v)->xAccess(usual_of(v), path, flags, result);
    };
    ours.xFullPathname = [](sqlite3_vfs* v, char const* path, int size, char* to) -> int {
      return usual_of(v)->xFullPathname(usual_of(v), path, size, to);
    };
    ours.xRandomness = [](sqlite3_vfs* v, int size, char* to) -> int {
      return usual_of(v)->xRandomness(usual_of(v), size, to);
    };
    ours.xSleep = [](sqlite3_vfs* v, int microseconds) -> int {
      return usual_of(v)->xSleep(usual_of(v), microseconds);
    };
    ours.xCurrentTime = [](sqlite3_vfs* v, double* now) -> int {
      return usual_of(v)->xCurrentTime(usual_of(v), now);
    };
    ours.xGetLastError = [](sqlite3_vfs* v, int size, char* to) -> int {
      return usual_of(v)->xGetLastError(usual_of(v), size, to);
    };
    ours.iVersion = 1;
    is_registered = sqlite3_vfs_register(&ours, 0) == SQLITE_OK;
  }

  static auto usual_of(sqlite3_vfs* v) noexcept -> sqlite3_vfs* {
    return static_cast<sqlite3_vfs*>(v->pAppData);
  }
  static auto open(sqlite3_vfs* v, sqlite3_filename path, sqlite3_file* file, int flags,
                   int* flags_out) -> int {
    static sqlite3_io_methods const methods = make_log_methods();
    sqlite3_vfs* const usual = usual_of(v);
    if ((flags & SQLITE_OPEN_WAL) == 0) return usual->xOpen(usual, path, file, flags, flags_out);
    auto* const log = ::new (static_cast<void*>(file)) gathered_log;
    std::memset(log->base(), 0, static_cast<std::size_t>(usual->szOsFile));
    int const result = usual->xOpen(usual, path, log->base(), flags, flags_out);
    if (log->base()->pMethods != nullptr)
      log->head.pMethods = &methods;
    else
      log->~gathered_log();
    return result;
  }

  sqlite3_vfs* usual;
  sqlite3_vfs ours{};
  char name[40]{};
  bool is_registered{false};
};

} // namespace detail

/// The name of a file system that writes logs in few pieces; null: there is only the usual one. For
/// connections that sync the log with every commit: others would show commits to other processes
/// before they are written.
[[nodiscard]] inline auto gathering_file_system() -> char const* {
  static detail::gathering_file_system* const only = new detail::gathering_file_system;
  return only->is_registered ? only->name : nullptr;
}

} // namespace perdure::inline v0::sqlite
