// Makes commits fail: SQLite asks a hook of ours before each, which refuses as many as it is told.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include <sqlite3.h>

#include <perdure/sqlite.hpp>

namespace perdure_test {

inline std::atomic<int> commits_to_refuse{0};
inline std::thread::id main_thread;
inline std::atomic<bool> commits_elsewhere{false}; // than in that thread

inline auto refuse_commit(void*) -> int {
  if (std::this_thread::get_id() != main_thread && !commits_elsewhere.exchange(true))
    commits_elsewhere.notify_all();
  int left = commits_to_refuse.load();
  while (left > 0 && !commits_to_refuse.compare_exchange_weak(left, left - 1)) {
  }
  return left > 0 ? 1 : 0;
}
inline auto add_commit_hook(sqlite3* db, char const**, sqlite3_api_routines const*) -> int {
  sqlite3_commit_hook(db, refuse_commit, nullptr);
  return SQLITE_OK;
}

/// Every connection that is opened while it lives has the hook.
struct commit_hooks {
  commit_hooks() {
    main_thread = std::this_thread::get_id();
    commits_elsewhere = false;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(add_commit_hook));
  }
  commit_hooks(commit_hooks const&) = delete;
  auto operator=(commit_hooks const&) -> commit_hooks& = delete;
  ~commit_hooks() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(add_commit_hook));
    commits_to_refuse = 0;
  }
};

} // namespace perdure_test
