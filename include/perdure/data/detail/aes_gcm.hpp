// AES-256-GCM by OpenSSL: a nonce of 96 random bits, the ciphertext, and a tag of 128 bits.
#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/error.hpp"

namespace perdure::inline v0 {

/// A secret of 256 bits and its name. The name stands in clear beside what is encrypted, and is
/// never given to another secret.
struct encryption_key {
  std::string id{};
  std::string secret{}; ///< 32 random bytes.
};

namespace detail {

/// Keys by their names. Wipes its secrets when it goes.
class key_ring {
public:
  /// \throws error (invalid_argument) without keys, or for a key of another size or without a name
  key_ring(std::vector<encryption_key> keys, std::string current)
      : keys_{std::move(keys)}, current_{std::move(current)} {
    if (current_.empty() && !keys_.empty()) current_ = keys_.back().id;
    for (auto const& each : keys_)
      if (each.id.empty() || each.id.find('\n') != std::string::npos ||
          each.secret.size() != secret_bytes)
        throw error{errc::invalid_argument,
                    "encryption: key '" + each.id + "' needs a name of one line, and 32 bytes"};
    if (find(current_) == nullptr)
      throw error{errc::invalid_argument, "encryption: there is no key '" + current_ + "'"};
  }
  key_ring(key_ring const&) = delete;
  auto operator=(key_ring const&) -> key_ring& = delete;
  ~key_ring() {
    for (auto& each : keys_) OPENSSL_cleanse(each.secret.data(), each.secret.size());
  }

  [[nodiscard]] auto current() const noexcept -> encryption_key const& { return *find(current_); }
  [[nodiscard]] auto find(std::string_view id) const noexcept -> encryption_key const* {
    for (auto const& each : keys_)
      if (each.id == id) return &each;
    return nullptr;
  }

private:
  static constexpr std::size_t secret_bytes = 32;
  std::vector<encryption_key> keys_;
  std::string current_;
};

inline constexpr std::size_t nonce_bytes = 12;
inline constexpr std::size_t tag_bytes = 16;

struct cipher_deleter {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, cipher_deleter>;

[[nodiscard]] inline auto cipher_bytes(std::string_view text) noexcept -> unsigned char const* {
  return reinterpret_cast<unsigned char const*>(text.data());
}
[[nodiscard]] inline auto cipher_bytes(std::string& text) noexcept -> unsigned char* {
  return reinterpret_cast<unsigned char*>(text.data());
}

/// OpenSSL counts in int.
inline void check_cipher_size(std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()) - 64)
    throw error{errc::limit_exceeded, "encryption: a value of 2 GiB or more"};
}

/// nonce, ciphertext, tag. `context` is authenticated and not part of what is given.
[[nodiscard]] inline auto seal(encryption_key const& key, std::string_view context,
                               std::string_view plain) -> std::string {
  check_cipher_size(plain.size());
  check_cipher_size(context.size());
  std::string made(nonce_bytes + plain.size() + tag_bytes, '\0');
  unsigned char* const out = cipher_bytes(made);
  cipher_context const cipher{EVP_CIPHER_CTX_new()};
  int count = 0;
  bool const good =
      cipher && RAND_bytes(out, static_cast<int>(nonce_bytes)) == 1 &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                         cipher_bytes(std::string_view{key.secret}), out) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &count, cipher_bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), out + nonce_bytes, &count, cipher_bytes(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), out + nonce_bytes + plain.size(), &count) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes),
                          out + nonce_bytes + plain.size()) == 1;
  if (!good) throw error{errc::backend_busy, "encryption: OpenSSL could not encrypt"};
  return made;
}

/// What was sealed with this key and this context; nothing if it was not.
[[nodiscard]] inline auto open_sealed(encryption_key const& key, std::string_view context,
                                      std::string_view sealed) -> std::optional<std::string> {
  if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
  check_cipher_size(sealed.size());
  check_cipher_size(context.size());
  std::string_view const coded =
      sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  std::string tag{sealed.substr(sealed.size() - tag_bytes)};
  std::string plain(coded.size(), '\0');
  // The last step wants somewhere to write to, though it writes nothing.
  unsigned char none[tag_bytes]{};
  cipher_context const cipher{EVP_CIPHER_CTX_new()};
  if (!cipher) throw error{errc::backend_busy, "encryption: OpenSSL has no memory"};
  int count = 0;
  bool const good =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                         cipher_bytes(std::string_view{key.secret}), cipher_bytes(sealed)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &count, cipher_bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), plain.empty() ? none : cipher_bytes(plain), &count,
                        cipher_bytes(coded), static_cast<int>(coded.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_bytes),
                          tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), none, &count) == 1;
  if (good) return plain;
  OPENSSL_cleanse(plain.data(), plain.size());
  return std::nullopt;
}

} // namespace detail
} // namespace perdure::inline v0
