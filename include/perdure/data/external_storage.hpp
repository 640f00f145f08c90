// Keeps big payloads in a blob store, and references to them in histories.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "perdure/data/blob_store.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/data/payload_codec.hpp"

namespace perdure::inline v0 {

namespace encodings {
/// The payload is kept elsewhere; its data is JSON: `["<store>","<key>",<size>]`. Short, since
/// there is one in history for every value that is kept. Its metadata has what the payload's has,
/// each name with `kept-` before it; without `kept-encoding` it was `json/plain`.
inline constexpr std::string_view external = "perdure/external";
} // namespace encodings

/// Where a payload's data is kept.
struct blob_reference {
  std::string store{};  ///< The store's name.
  std::string key{};    ///< SHA-256 of what is kept, in hexadecimal digits.
  std::uint64_t size{}; ///< Of the data, in bytes.

  friend auto operator==(blob_reference const&, blob_reference const&) -> bool = default;
};

/// Whether the payload says where its value is, and does not hold it.
[[nodiscard]] inline auto is_reference(payload const& value) noexcept -> bool {
  return value.metadata.encoding() == encodings::external;
}

namespace detail {

/// What an entry of the metadata is called in a reference.
inline constexpr std::string_view kept_prefix = "kept-";

[[nodiscard]] inline auto write_reference(blob_reference const& to) -> std::string {
  return to_json(std::tuple{to.store, to.key, to.size});
}
[[nodiscard]] inline auto read_reference(payload const& from) -> blob_reference {
  auto [store, key, size] =
      from_json<std::tuple<std::string, std::string, std::uint64_t>>(from.data);
  return {std::move(store), std::move(key), size};
}

/// The payload that a reference stands for; nothing if it is none.
[[nodiscard]] inline auto load_reference(payload const& from) -> std::optional<payload> {
  if (!is_reference(from)) return std::nullopt;
  auto const where = read_reference(from);
  payload made{};
  made.data = find_blob_store(where.store)->get(where.key);
  if (made.data.size() != where.size)
    throw error{errc::blob_damaged, "blob " + where.key + " is of another size than is recorded"};
  made.metadata = payload_metadata{encodings::json};
  from.metadata.for_each([&](std::string_view name, std::string_view bytes) {
    if (name.starts_with(kept_prefix)) made.metadata.set(name.substr(kept_prefix.size()), bytes);
  });
  return made;
}

[[nodiscard]] inline auto store_payload(payload const& value, blob_store& store) -> payload {
  payload made{};
  made.data = write_reference({store.name(), store.put(value.data), value.data.size()});
  made.metadata = payload_metadata{encodings::external};
  value.metadata.for_each([&](std::string_view name, std::string_view bytes) {
    if (name == "encoding" && bytes == encodings::json) return;
    made.metadata.set(std::string{kept_prefix} + std::string{name}, bytes);
  });
  return made;
}

} // namespace detail

/// The value's payload: that of a reference is loaded, another is given back.
/// \throws error (blob_lost, blob_damaged, storage_failed)
[[nodiscard]] inline auto load_payload(payload value) -> payload {
  auto kept = detail::load_reference(value);
  return kept ? std::move(*kept) : std::move(value);
}

struct external_storage_options {
  std::shared_ptr<blob_store> store{};
  /// Payloads of at least so many bytes are kept in the store.
  std::size_t threshold{64 * 1'024};
};

/// A codec that puts big payloads into a blob store; histories then hold references of about 200
/// bytes. A reference is loaded where its value is asked for: an argument or result of type T by
/// whoever declares it so, a `blob<T>` when its `load` is called. Workflow code that asks for the
/// value waits for the store, and its task fails, and is tried again, while the store does. With
/// encryption, this codec comes first, and the store is an `encrypted_blob_store`.
class external_storage final : public payload_codec {
public:
  /// From now on references in this process can name the store, as long as it lives.
  /// \throws error (invalid_argument) without a store; (already_registered) if there is another one
  /// of its name
  explicit external_storage(external_storage_options options)
      : store_{std::move(options.store)}, threshold_{options.threshold} {
    if (!store_) throw error{errc::invalid_argument, "external_storage: set .store"};
    detail::use_blob_store(store_);
    detail::resolve_payload.store(&detail::load_reference, std::memory_order_release);
  }

  [[nodiscard]] auto encode(payload value, payload_place const&) const -> payload override {
    if (value.data.size() < threshold_ || is_reference(value)) return value;
    return detail::store_payload(value, *store_);
  }
  [[nodiscard]] auto decode(payload value, payload_place const&) const -> payload override {
    return value;
  }
  [[nodiscard]] auto hides_content() const noexcept -> bool override { return false; }

private:
  std::shared_ptr<blob_store> store_;
  std::size_t threshold_;
};

} // namespace perdure::inline v0
