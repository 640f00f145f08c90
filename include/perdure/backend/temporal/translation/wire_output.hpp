// Fields of messages in protobuf's binary form, appended to a string.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace perdure::inline v0::temporal {

/// Appends fields in the order of its calls, which protobuf leaves open. Zeros and empty texts are
/// written, too: whoever has nothing to say does not call.
class wire_output {
public:
  explicit wire_output(std::string& to) noexcept : to_{&to} {}

  /// Also of signed numbers, as 64 bits, of booleans and enumerators.
  void varint(int field, std::uint64_t value) {
    tag(field, 0);
    append(value);
  }
  void fixed(int field, float value) { fixed(field, 5, std::bit_cast<std::uint32_t>(value), 4); }
  void fixed(int field, double value) { fixed(field, 1, std::bit_cast<std::uint64_t>(value), 8); }
  void bytes(int field, std::string_view value) {
    tag(field, 2);
    append(value.size());
    to_->append(value);
  }
  /// A message, or a packed list: what `write()` appends. O(bytes).
  template <class Write>
  void nested(int field, Write write) {
    tag(field, 2);
    std::size_t const at = to_->size();
    to_->push_back('\0'); // most are short: their length has one byte
    write();
    set_length(at);
  }
  /// A number without a tag: an element of a packed list.
  void append(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) to_->push_back(static_cast<char>(value | 0x80));
    to_->push_back(static_cast<char>(value));
  }

private:
  void tag(int field, unsigned form) {
    append(static_cast<std::uint64_t>(static_cast<unsigned>(field)) << 3 | form);
  }
  void fixed(int field, unsigned form, std::uint64_t bits, int size) {
    tag(field, form);
    for (int i = 0; i < size; ++i) to_->push_back(static_cast<char>(bits >> (8 * i)));
  }
  /// Of what follows the byte at `at`, which is kept for it.
  void set_length(std::size_t at) {
    std::string length;
    wire_output{length}.append(to_->size() - at - 1);
    to_->replace(at, 1, length);
  }

  std::string* to_;
};

} // namespace perdure::inline v0::temporal
