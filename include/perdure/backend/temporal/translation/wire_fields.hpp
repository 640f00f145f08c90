// The fields of a message in protobuf's binary form, one after the other, in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace perdure::inline v0::temporal {

/// One field as it stands in the bytes.
struct wire_field {
  enum class form : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  int number{};
  form as{};
  std::uint64_t value{};    ///< Of a varint, or the bits of a fixed one.
  std::string_view bytes{}; ///< Of one with a length.

  [[nodiscard]] auto is_varint() const noexcept -> bool { return as == form::varint; }
  [[nodiscard]] auto has_bytes() const noexcept -> bool { return as == form::bytes; }
};

/// Walks over the fields of one message. What it gives points into the bytes. (What protobuf has of
/// the kind takes tags and lengths that its messages refuse, or is internal to it.)
class wire_fields {
public:
  explicit wire_fields(std::string_view message) noexcept
      : at_{message.data()}, end_{message.data() + message.size()} {}

  /// False: there is no more, or what follows is broken; see `is_whole`.
  [[nodiscard]] auto next(wire_field& to) noexcept -> bool {
    std::uint64_t tag{};
    if (at_ == end_ || !read_varint(tag)) return false;
    if (tag < 8 || tag > std::numeric_limits<std::uint32_t>::max()) return give_up();
    to.number = static_cast<int>(tag >> 3);
    to.as = static_cast<wire_field::form>(tag & 7);
    return read_value(to);
  }
  /// Once `next` has said no: whether it was because the message is at its end.
  [[nodiscard]] auto is_whole() const noexcept -> bool { return at_ == end_ && !is_broken_; }

  /// The next number where numbers follow each other without tags.
  [[nodiscard]] auto read_varint(std::uint64_t& to) noexcept -> bool {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      to = static_cast<unsigned char>(*at_++);
      return true;
    }
    to = 0;
    for (unsigned shift = 0; at_ != end_ && shift < 64; shift += 7) {
      auto const byte = static_cast<unsigned char>(*at_++);
      to |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return give_up();
  }

private:
  [[nodiscard]] auto read_value(wire_field& to) noexcept -> bool {
    switch (to.as) {
    case wire_field::form::varint: return read_varint(to.value);
    case wire_field::form::fixed64: return read_fixed(8, to.value);
    case wire_field::form::fixed32: return read_fixed(4, to.value);
    case wire_field::form::bytes: {
      std::uint64_t length{};
      if (!read_varint(length)) return false;
      if (length > static_cast<std::uint64_t>(end_ - at_)) return give_up();
      to.bytes = {at_, static_cast<std::size_t>(length)};
      at_ += length;
      return true;
    }
    default: return give_up(); // a group: proto3 has none
    }
  }
  [[nodiscard]] auto read_fixed(int size, std::uint64_t& to) noexcept -> bool {
    if (end_ - at_ < size) return give_up();
    to = 0;
    for (int i = 0; i < size; ++i)
      to |= std::uint64_t{static_cast<unsigned char>(*at_++)} << (8 * i);
    return true;
  }
  auto give_up() noexcept -> bool {
    is_broken_ = true;
    return false;
  }

  char const* at_;
  char const* end_;
  bool is_broken_{false};
};

} // namespace perdure::inline v0::temporal
