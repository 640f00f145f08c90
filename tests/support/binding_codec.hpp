// A codec that ties every payload to its place, as encryption does, without a library: it writes
// the place into the payload, and refuses to read it anywhere else. What it writes nobody can read
// by eye.
#pragma once

#include <perdure/data/payload_codec.hpp>
#include <perdure/error.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace perdure_test {

class binding_codec final : public perdure::payload_codec {
public:
  /// `strict`: what was not encoded is refused.
  explicit binding_codec(bool strict = true) : strict_{strict} {}

  auto encode(perdure::payload value, perdure::payload_place const& place) const
      -> perdure::payload override {
    ++encoded_;
    perdure::payload made{};
    made.metadata = perdure::payload_metadata{"test/bound"};
    std::string text = perdure::place_text(place, place.workflow_id, place.run_id);
    made.metadata.set("place", shifted(std::move(text), 1));
    value.metadata.for_each([&](std::string_view name, std::string_view bytes) {
      made.metadata.set("inner-" + std::string{name}, bytes);
    });
    made.data = shifted(std::move(value.data), 1);
    return made;
  }
  auto decode(perdure::payload value, perdure::payload_place const& place) const
      -> perdure::payload override {
    if (value.metadata.encoding() != "test/bound") {
      if (!strict_) return value;
      throw perdure::error{perdure::errc::bad_payload,
                           "not encoded: " +
                               perdure::place_text(place, place.workflow_id, place.run_id)};
    }
    std::string const written = shifted(std::string{*value.metadata.find("place")}, -1);
    if (!any_home(place, [&](std::string const& text) { return text == written; }))
      throw perdure::error{perdure::errc::bad_payload,
                           "written for\n" + written + "\nbut found at\n" +
                               perdure::place_text(place, place.workflow_id, place.run_id)};
    ++decoded_;
    perdure::payload made{shifted(std::move(value.data), -1), {}};
    value.metadata.for_each([&](std::string_view name, std::string_view bytes) {
      if (name.starts_with("inner-")) made.metadata.set(name.substr(6), bytes);
    });
    return made;
  }
  [[nodiscard]] auto encoded() const -> int { return encoded_; }
  [[nodiscard]] auto decoded() const -> int { return decoded_; }

private:
  static auto shifted(std::string text, int by) -> std::string {
    for (char& c : text) c = static_cast<char>(c + by);
    return text;
  }
  bool strict_;
  mutable std::atomic<int> encoded_{0};
  mutable std::atomic<int> decoded_{0};
};

} // namespace perdure_test
