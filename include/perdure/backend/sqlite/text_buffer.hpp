// JSON text in a buffer that is used again and again.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "perdure/data/detail/text_scan.hpp"
#include "perdure/error.hpp"
#include "perdure/limits.hpp"

namespace perdure::inline v0::sqlite {

/// Builds compact JSON. Every value is followed by a comma, which the end of what it is in takes
/// back. Bytes that are no UTF-8 become U+FFFD, one for each. \throws error (bad_payload) for
/// nesting deeper than `limits::json_depth_max`
class text_buffer {
public:
  [[nodiscard]] auto size() const noexcept -> std::size_t {
    return static_cast<std::size_t>(at_ - begin_.get());
  }
  /// Without the comma behind the last value.
  [[nodiscard]] auto view() const noexcept -> std::string_view {
    return size() == 0 ? std::string_view{} : std::string_view{begin_.get(), size() - 1};
  }
  void clear() noexcept {
    if (end_ - begin_.get() > kept_bytes_max) {
      begin_.reset();
      end_ = nullptr;
    }
    at_ = begin_.get();
    depth_ = 0;
  }

  void open(char bracket) {
    if (depth_ == limits::json_depth_max)
      throw error{errc::bad_payload, "event: nested deeper than limits::json_depth_max"};
    ++depth_;
    room(1);
    *at_++ = bracket;
  }
  void close(char bracket) {
    --depth_;
    room(2);
    if (at_[-1] == ',') --at_;
    *at_++ = bracket;
    *at_++ = ',';
  }
  [[nodiscard]] auto depth() const noexcept -> std::size_t { return depth_; }

  /// To take back what was written since.
  struct mark {
    std::size_t size;
    std::size_t depth;
  };
  [[nodiscard]] auto here() const noexcept -> mark { return {size(), depth_}; }
  void go_back(mark to) noexcept {
    at_ = begin_.get() + to.size;
    depth_ = to.depth;
  }

  /// A key that needs no escapes.
  void key(std::string_view name) {
    room(name.size() + 3);
    *at_++ = '"';
    copy(name);
    *at_++ = '"';
    *at_++ = ':';
  }
  /// Any text as a key.
  void text_key(std::string_view name) {
    text(name);
    at_[-1] = ':';
  }
  void number(std::int64_t value) {
    room(24);
    at_ = std::to_chars(at_, end_, value).ptr;
    *at_++ = ',';
  }
  /// One value that is JSON already.
  void raw(std::string_view json) {
    room(json.size() + 1);
    copy(json);
    *at_++ = ',';
  }
  void text(std::string_view content) {
    room(2 * content.size() + slack);
    *at_++ = '"';
    char const* from = content.data();
    char const* const end = from + content.size();
    while (from != end) {
      // Invariant: room for what is left, each with a backslash, and `slack` bytes less the one
      // above.
      auto const left = static_cast<std::size_t>(end - from);
      char rest[16];
      char const* next = from;
      if (left < sizeof rest) {
        std::memset(rest, ' ', sizeof rest);
        copy_short(rest, from, left);
        next = rest;
      }
      std::memcpy(at_, next, sizeof rest); // what a special byte spoils is overwritten below
      auto const plain = perdure::detail::plain_bytes(next);
      auto const taken = plain < left ? plain : left;
      at_ += taken;
      from += taken;
      if (plain >= left || plain == sizeof rest) continue;
      if (*from == '"' || *from == '\\') {
        *at_++ = '\\';
        *at_++ = *from++;
      } else {
        escape(from, end);
      }
    }
    *at_++ = '"';
    *at_++ = ',';
  }

private:
  static constexpr std::size_t slack = 32;
  static constexpr std::ptrdiff_t kept_bytes_max = 256 << 10;

  /// For less than 33 bytes: no call.
  static void copy_short(char* to, char const* from, std::size_t size) noexcept {
    if (size >= 16) {
      std::memcpy(to, from, 16);
      std::memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
      std::memcpy(to, from, 8);
      std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
      std::memcpy(to, from, 4);
      std::memcpy(to + size - 4, from + size - 4, 4);
    } else {
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
  }
  void copy(std::string_view bytes) noexcept {
    if (bytes.size() <= 32)
      copy_short(at_, bytes.data(), bytes.size());
    else
      std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  /// Writes one control character, or one that is not ASCII.
  void escape(char const*& from, char const* end) {
    constexpr std::string_view named = "\b\f\n\r\t";
    constexpr std::string_view names = "bfnrt";
    constexpr std::string_view hex = "0123456789abcdef";
    room(2 * static_cast<std::size_t>(end - from) + slack);
    char const byte = *from;
    if (static_cast<unsigned char>(byte) >= 0x20) {
      auto const length = perdure::detail::utf8_length(from, end);
      copy(length == 0 ? std::string_view{"\xef\xbf\xbd"} : std::string_view{from, length});
      if (length > 1) from += length - 1;
    } else if (auto const i = named.find(byte); i != std::string_view::npos) {
      *at_++ = '\\';
      *at_++ = names[i];
    } else {
      copy("\\u00");
      *at_++ = hex[static_cast<unsigned char>(byte) >> 4];
      *at_++ = hex[static_cast<unsigned char>(byte) & 15];
    }
    ++from;
  }

  void room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
  }
  [[gnu::noinline, gnu::cold]] void grow(std::size_t size) {
    auto const used = this->size();
    auto const wanted = 2 * used + size + 1'024;
    auto more = std::make_unique_for_overwrite<char[]>(wanted);
    if (used != 0) std::memcpy(more.get(), begin_.get(), used);
    begin_ = std::move(more);
    at_ = begin_.get() + used;
    end_ = begin_.get() + wanted;
  }

  std::unique_ptr<char[]> begin_;
  char* at_{nullptr};
  char* end_{nullptr};
  std::size_t depth_{0};
};

} // namespace perdure::inline v0::sqlite
