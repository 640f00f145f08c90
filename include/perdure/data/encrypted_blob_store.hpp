// Blobs that are encrypted where they are kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/blob_store.hpp"
#include "perdure/data/detail/aes_gcm.hpp"

namespace perdure::inline v0 {

struct blob_encryption_options {
  std::vector<encryption_key> keys{}; ///< As in encryption_options.
  std::string current{};              ///< Likewise.
};

/// Encrypts blobs (AES-256-GCM) before another store keeps them. Keys are hashes of what is kept,
/// so nothing of a value can be guessed by its key, and equal values are kept once each time.
class encrypted_blob_store final : public blob_store {
public:
  /// \throws error (invalid_argument) as `encryption_codec`, or without a store
  encrypted_blob_store(std::shared_ptr<blob_store> inner, blob_encryption_options options)
      : blob_store{inner ? inner->name() : std::string{}},
        inner_{std::move(inner)},
        keys_{std::move(options.keys), std::move(options.current)} {
    if (!inner_) throw error{errc::invalid_argument, "encrypted_blob_store: there is no store"};
  }

  [[nodiscard]] auto put(std::string_view bytes) -> std::string override {
    auto const& key = keys_.current();
    return inner_->put(head_of(key) + detail::seal(key, head_of(key), bytes));
  }
  [[nodiscard]] auto get(std::string_view key) -> std::string override {
    std::string const kept = inner_->get(key);
    std::string_view const all{kept};
    auto const end = all.find('\n');
    if (!all.starts_with(mark) || end == std::string_view::npos) refuse(key, "is not encrypted");
    auto const* const with = keys_.find(all.substr(mark.size(), end - mark.size()));
    if (with == nullptr) refuse(key, "is encrypted with a key that this process does not have");
    auto plain = detail::open_sealed(*with, all.substr(0, end + 1), all.substr(end + 1));
    if (!plain) refuse(key, "was altered");
    return std::move(*plain);
  }
  [[nodiscard]] auto list() -> std::vector<blob_info> override { return inner_->list(); }
  auto erase(std::string_view key, time_point before) -> bool override {
    return inner_->erase(key, before);
  }

private:
  static constexpr std::string_view mark = "perdure blob 1 ";

  [[nodiscard]] static auto head_of(encryption_key const& key) -> std::string {
    return std::string{mark} + key.id + '\n';
  }
  [[noreturn]] static void refuse(std::string_view key, std::string_view why) {
    throw error{errc::payload_refused, "blob " + std::string{key} + " " + std::string{why}};
  }

  std::shared_ptr<blob_store> inner_;
  detail::key_ring keys_;
};

} // namespace perdure::inline v0
