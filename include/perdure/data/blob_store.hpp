// Where big values are kept outside of histories.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/detail/sha256.hpp"
#include "perdure/error.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

struct blob_info {
  std::string key{};
  std::uint64_t size{}; ///< In bytes.
  time_point put_at{};  ///< When it was put there last.
};

/// Keeps blobs by the hash of what they are. Thread-safe, and safe to use from several processes.
/// Errors of all: `error` (storage_failed, storage_full), which are transient.
class blob_store {
public:
  /// `name`: stands in references; every process gives the store the same.
  explicit blob_store(std::string name) : name_{std::move(name)} {}
  blob_store(blob_store const&) = delete;
  auto operator=(blob_store const&) -> blob_store& = delete;
  virtual ~blob_store() = default;

  [[nodiscard]] auto name() const noexcept -> std::string const& { return name_; }

  /// Keeps the bytes, durably, and gives their key: SHA-256 in hexadecimal digits. The same bytes
  /// again have the same key, and count as put now.
  [[nodiscard]] virtual auto put(std::string_view bytes) -> std::string = 0;
  /// The bytes, just as they were put. \throws error (blob_lost, blob_damaged)
  [[nodiscard]] virtual auto get(std::string_view key) -> std::string = 0;
  /// All blobs, in no order.
  [[nodiscard]] virtual auto list() -> std::vector<blob_info> = 0;
  /// Removes the blob unless it was put at `before` or later. False if it stays, or is not there.
  virtual auto erase(std::string_view key, time_point before) -> bool = 0;

private:
  std::string name_;
};

namespace detail {

/// Whether it can be a key: it is never used as anything else, above all not as a path.
[[nodiscard]] inline auto is_blob_key(std::string_view key) noexcept -> bool {
  if (key.size() != 64) return false;
  for (char const c : key)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  return true;
}
inline void require_blob_key(std::string_view key) {
  if (!is_blob_key(key)) throw error{errc::blob_lost, "what names a blob is no key of one"};
}

/// The stores that references can name in this process.
struct blob_store_table {
  std::mutex mutex;
  std::vector<std::weak_ptr<blob_store>> stores;
};
inline auto blob_stores() -> blob_store_table& {
  static blob_store_table table;
  return table;
}

/// \throws error (already_registered) if another store of that name is in use
inline void use_blob_store(std::shared_ptr<blob_store> const& store) {
  auto& table = blob_stores();
  std::lock_guard const lock{table.mutex};
  std::erase_if(table.stores, [](auto const& each) { return each.expired(); });
  for (auto const& each : table.stores) {
    auto const other = each.lock();
    if (other == store) return;
    if (other && other->name() == store->name())
      throw error{errc::already_registered,
                  "two blob stores of this process are named '" + store->name() + "'"};
  }
  table.stores.push_back(store);
}
/// \throws error (blob_lost) if this process has no store of that name
[[nodiscard]] inline auto find_blob_store(std::string_view name) -> std::shared_ptr<blob_store> {
  auto& table = blob_stores();
  std::lock_guard const lock{table.mutex};
  for (auto const& each : table.stores)
    if (auto store = each.lock(); store && store->name() == name) return store;
  throw error{errc::blob_lost, "a value is kept in a blob store that this process does not have: "
                               "make an external_storage with it"};
}
/// The store that was taken into use last. \throws error (invalid_argument) if there is none
[[nodiscard]] inline auto default_blob_store() -> std::shared_ptr<blob_store> {
  auto& table = blob_stores();
  std::lock_guard const lock{table.mutex};
  for (auto each = table.stores.rbegin(); each != table.stores.rend(); ++each)
    if (auto store = each->lock()) return store;
  throw error{errc::invalid_argument,
              "there is no blob store in this process: make an external_storage"};
}

} // namespace detail
} // namespace perdure::inline v0
