// A value that workflow code passes on without loading it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/external_storage.hpp"

namespace perdure::inline v0 {

/// A `T` that may be kept in a blob store. As an argument, a result, or part of one, it is passed
/// on as it came; only `load` reads the value. So workflow code can hand a thousand images from one
/// activity to the next and never hold one:
///
///     perdure::blob<image> take(int camera);                 // activities
///     double sharpness(perdure::blob<image> of);             // of.load() gives the image
///
/// Where the other side says T, a whole argument or result can be a `blob<T>` here, and the
/// reverse. A copy copies the reference, or the value where that is small and was never stored.
template <class T>
class blob {
public:
  blob() = default;
  /// Holds the value; it is stored when it is passed on and big enough to be.
  explicit blob(T const& value) : held_{to_payload(value)} {}
  /// What a payload holds or refers to. Nothing is read.
  [[nodiscard]] static auto of_payload(payload held) -> blob {
    blob made;
    made.held_ = std::move(held);
    return made;
  }
  /// Puts the value into a store now: that of the `external_storage` that was made last, or another
  /// one. For activities and clients: it waits for the store.
  /// \throws error (invalid_argument, storage_failed, storage_full)
  [[nodiscard]] static auto store(T const& value) -> blob {
    return store(value, *detail::default_blob_store());
  }
  [[nodiscard]] static auto store(T const& value, blob_store& in) -> blob {
    return of_payload(detail::store_payload(to_payload(value), in));
  }

  /// The value, read from its store if it is kept in one.
  /// \throws error (blob_lost, blob_damaged, storage_failed; bad_payload, bad_json if it is no T)
  [[nodiscard]] auto load() const -> T { return from_payload<T>(load_payload(held_)); }
  /// Bytes of the value as a payload.
  [[nodiscard]] auto size() const -> std::uint64_t {
    return is_stored() ? detail::read_reference(held_).size : held_.data.size();
  }
  [[nodiscard]] auto is_stored() const noexcept -> bool { return is_reference(held_); }
  [[nodiscard]] auto as_payload() const noexcept -> payload const& { return held_; }

  friend auto operator==(blob const&, blob const&) -> bool = default;

private:
  payload held_{payload::null()};
};

namespace detail {

/// A blob inside of another value: of a reference its parts, of a small value its bytes.
struct blob_document {
  blob_reference reference{};
  std::map<std::string, std::vector<std::byte>> metadata{};
  std::vector<std::byte> data{};
};

[[nodiscard]] inline auto blob_bytes(std::string_view text) -> std::vector<std::byte> {
  auto const* const first = reinterpret_cast<std::byte const*>(text.data());
  return {first, first + text.size()};
}
[[nodiscard]] inline auto blob_text(std::vector<std::byte> const& bytes) -> std::string {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

} // namespace detail

template <class T>
struct payload_traits<blob<T>> {
  static auto to_payload(blob<T> const& value) -> payload { return value.as_payload(); }
  static auto from_payload(payload const& from) -> blob<T> { return blob<T>::of_payload(from); }

  static auto to(blob<T> const& value) -> detail::blob_document {
    detail::blob_document made{};
    auto const& held = value.as_payload();
    if (value.is_stored())
      made.reference = detail::read_reference(held);
    else
      made.data = detail::blob_bytes(held.data);
    held.metadata.for_each([&](std::string_view name, std::string_view bytes) {
      made.metadata[std::string{name}] = detail::blob_bytes(bytes);
    });
    return made;
  }
  static auto from(detail::blob_document const& document) -> blob<T> {
    payload made{};
    made.data = document.reference.key.empty() ? detail::blob_text(document.data)
                                               : detail::write_reference(document.reference);
    for (auto const& [name, bytes] : document.metadata)
      made.metadata.set(name, detail::blob_text(bytes));
    return blob<T>::of_payload(std::move(made));
  }
};

} // namespace perdure::inline v0
