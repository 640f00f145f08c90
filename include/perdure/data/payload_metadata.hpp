// What the bytes of a payload are: a small sorted map of names, of which `encoding` is the one that
// matters.
#pragma once

#include "perdure/config.hpp"
#include "perdure/data/indirect.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perdure::inline v0 {

/// The encodings that Temporal's SDKs share.
namespace encodings {
inline constexpr std::string_view null = "binary/null";
inline constexpr std::string_view plain = "binary/plain";
inline constexpr std::string_view json = "json/plain";
inline constexpr std::string_view json_protobuf = "json/protobuf";
inline constexpr std::string_view protobuf = "binary/protobuf";
} // namespace encodings

/// A map from names to bytes, in the order of the names. The encodings named above are held without
/// an allocation, so that the metadata of nearly every payload is two words.
class payload_metadata {
public:
  payload_metadata() noexcept = default;
  template <std::convertible_to<std::string_view> Text>
  payload_metadata(Text const& encoding) : known_{known_index(encoding)} {
    if (known_ == 0) set("encoding", encoding);
  }

  /// The entry `encoding`, or empty where there is none.
  [[nodiscard]] auto encoding() const noexcept -> std::string_view;
  [[nodiscard]] auto find(std::string_view name) const -> std::optional<std::string_view>;
  /// Adds the entry, or replaces its bytes.
  template <class Unused = void>
  void set(std::string_view name, std::string_view bytes);
  /// Removes the entry if it is there.
  template <class Unused = void>
  void erase(std::string_view name);

  [[nodiscard]] auto size() const noexcept -> std::size_t {
    return (known_ == 0 ? 0u : 1u) + (others_ ? others_->size() : 0);
  }
  [[nodiscard]] auto empty() const noexcept -> bool { return size() == 0; }
  /// Bytes of all names and values.
  [[nodiscard]] auto byte_size() const noexcept -> std::size_t;
  /// Calls `fn(std::string_view name, std::string_view bytes)` for each entry, in the order of the
  /// names.
  template <class Fn>
  void for_each(Fn&& fn) const {
    bool encoding_is_due = known_ != 0;
    if (others_)
      for (auto const& other : *others_) {
        if (encoding_is_due && other.name > "encoding") {
          fn(std::string_view{"encoding"}, known[known_ - 1u]);
          encoding_is_due = false;
        }
        fn(std::string_view{other.name}, std::string_view{other.bytes});
      }
    if (encoding_is_due) fn(std::string_view{"encoding"}, known[known_ - 1u]);
  }

  friend auto operator==(payload_metadata const&, payload_metadata const&) -> bool = default;

private:
  struct entry {
    std::string name;
    std::string bytes;
    friend auto operator==(entry const&, entry const&) -> bool = default;
  };
  static constexpr std::string_view known[]{encodings::null, encodings::plain, encodings::json,
                                            encodings::json_protobuf, encodings::protobuf};

  /// Folds to a number where the encoding is a constant.
  [[nodiscard]] static constexpr auto known_index(std::string_view encoding) noexcept
      -> std::uint8_t {
    for (std::size_t i = 0; i < std::size(known); ++i)
      if (known[i] == encoding) return static_cast<std::uint8_t>(i + 1);
    return 0;
  }
  [[nodiscard]] auto find_other(std::string_view name) const noexcept -> entry const*;

  // Invariants: a known encoding is never among the others; the others are sorted, and never an
  // empty list.
  std::uint8_t known_{}; // index into `known`, from 1
  indirect<std::vector<entry>> others_{};
};

#if PERDURE_DEFINES
PERDURE_INLINE auto payload_metadata::encoding() const noexcept -> std::string_view {
  if (known_ != 0) return known[known_ - 1u];
  auto const other = find_other("encoding");
  return other == nullptr ? std::string_view{} : std::string_view{other->bytes};
}
PERDURE_INLINE auto payload_metadata::find(std::string_view name) const
    -> std::optional<std::string_view> {
  if (known_ != 0 && name == "encoding") return known[known_ - 1u];
  if (auto const* const other = find_other(name)) return other->bytes;
  return std::nullopt;
}
PERDURE_INLINE auto payload_metadata::byte_size() const noexcept -> std::size_t {
  std::size_t sum =
      known_ == 0 ? 0 : std::string_view{"encoding"}.size() + known[known_ - 1u].size();
  if (others_) [[unlikely]]
    for (auto const& other : *others_) sum += other.name.size() + other.bytes.size();
  return sum;
}
PERDURE_INLINE auto payload_metadata::find_other(std::string_view name) const noexcept
    -> entry const* {
  if (others_)
    for (auto const& other : *others_)
      if (other.name == name) return &other;
  return nullptr;
}
template <class Unused>
void payload_metadata::set(std::string_view name, std::string_view bytes) {
  if (name == "encoding") {
    auto const index = known_index(bytes);
    if (index != 0) erase<Unused>(name);
    known_ = index;
    if (index != 0) return;
  }
  auto& others = others_.make();
  auto at = others.begin();
  while (at != others.end() && at->name < name) ++at;
  if (at != others.end() && at->name == name)
    at->bytes.assign(bytes);
  else
    others.insert(at, entry{std::string{name}, std::string{bytes}});
}
template <class Unused>
void payload_metadata::erase(std::string_view name) {
  if (name == "encoding") known_ = 0;
  if (!others_) return;
  auto& others = others_.make();
  for (auto at = others.begin(); at != others.end(); ++at)
    if (at->name == name) {
      others.erase(at);
      break;
    }
  if (others.empty()) others_.reset();
}
  #ifdef PERDURE_SOURCE
template void payload_metadata::set<void>(std::string_view name, std::string_view bytes);
template void payload_metadata::erase<void>(std::string_view name);
  #endif
#endif

} // namespace perdure::inline v0
