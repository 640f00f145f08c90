// A payload as bytes: the protobuf message `temporal.api.common.v1.Payload`, so that what others
// have encrypted can be read, and they can read what we have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "perdure/data/payload.hpp"

namespace perdure::inline v0::detail {

inline void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) to += static_cast<char>((value & 0x7FU) | 0x80U);
  to += static_cast<char>(value);
}
/// A field that is a string, bytes or a message.
inline void append_field(std::string& to, unsigned number, std::string_view bytes) {
  append_varint(to, number << 3U | 2U);
  append_varint(to, bytes.size());
  to += bytes;
}

/// Fields 1, the metadata (a map: an entry has a key 1 and a value 2), and 2, the data.
[[nodiscard]] inline auto write_envelope(payload const& value) -> std::string {
  std::string made;
  made.reserve(value.data.size() + value.metadata.byte_size() + 64);
  value.metadata.for_each([&](std::string_view name, std::string_view bytes) {
    std::string entry;
    append_field(entry, 1, name);
    append_field(entry, 2, bytes);
    append_field(made, 1, entry);
  });
  if (!value.data.empty()) append_field(made, 2, value.data);
  return made;
}

/// Takes the fields of a message from the front, one by one.
class envelope_reader {
public:
  explicit envelope_reader(std::string_view bytes) noexcept : left_{bytes} {}

  struct field {
    unsigned number{};
    std::string_view bytes{}; ///< Of a string, bytes or a message; else empty.
  };
  /// Nothing at the end, or at what is no message: see `failed`.
  [[nodiscard]] auto next() noexcept -> std::optional<field> {
    if (left_.empty() || failed_) return std::nullopt;
    std::uint64_t const tag = varint();
    if (failed_ || tag >> 3U == 0 || tag >> 3U > 0x1FFF'FFFFU) return fail();
    field found{static_cast<unsigned>(tag >> 3U), {}};
    switch (tag & 7U) {
    case 0: (void)varint(); break;
    case 1: (void)take(8); break;
    case 2: found.bytes = take(varint()); break;
    case 5: (void)take(4); break;
    default: return fail();
    }
    return failed_ ? std::nullopt : std::optional{found};
  }
  [[nodiscard]] auto failed() const noexcept -> bool { return failed_; }

private:
  auto fail() noexcept -> std::optional<field> {
    failed_ = true;
    return std::nullopt;
  }
  auto varint() noexcept -> std::uint64_t {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !left_.empty(); shift += 7) {
      auto const byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }
  auto take(std::uint64_t count) noexcept -> std::string_view {
    if (failed_ || count > left_.size()) return failed_ = true, std::string_view{};
    auto const taken = left_.substr(0, static_cast<std::size_t>(count));
    left_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view left_;
  bool failed_{false};
};

/// Nothing if the bytes are no such message. Fields that are not known are skipped.
[[nodiscard]] inline auto read_envelope(std::string_view bytes) -> std::optional<payload> {
  payload made{};
  envelope_reader in{bytes};
  while (auto const each = in.next()) {
    if (each->number == 2) made.data = each->bytes;
    if (each->number != 1) continue;
    std::string_view name{};
    std::string_view value{};
    envelope_reader entry{each->bytes};
    while (auto const part = entry.next())
      if (part->number == 1 || part->number == 2) (part->number == 1 ? name : value) = part->bytes;
    if (entry.failed()) return std::nullopt;
    made.metadata.set(name, value);
  }
  return in.failed() ? std::nullopt : std::optional{std::move(made)};
}

} // namespace perdure::inline v0::detail
