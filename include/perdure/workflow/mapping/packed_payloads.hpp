// Many small payloads in few bytes: as one JSON array, where they are JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"

namespace perdure::inline v0::detail {

/// How they are kept.
enum class pack_form : std::uint8_t {
  list,  ///< One by one.
  array, ///< As one payload.
  nulls, ///< Not at all: each is null.
};

/// Gives packed payloads one by one.
class payload_unpacker {
public:
  payload_unpacker(payloads packed, std::size_t at, pack_form form);
  payload_unpacker(payload_unpacker const&) = delete;
  auto operator=(payload_unpacker const&) -> payload_unpacker& = delete;

  /// Nothing: there is none left. Nulls never end. \throws error (bad_json)
  [[nodiscard]] auto next() -> std::optional<payload>;

private:
  payloads packed_;
  std::size_t at_;
  pack_form form_;
  std::optional<json_reader> reader_{};
};

/// Packs the payloads of `list` from `at` on, and says how. O(bytes).
[[nodiscard]] auto pack_payloads(std::vector<payload>& list, std::size_t at) -> pack_form;

#if PERDURE_DEFINES
PERDURE_INLINE payload_unpacker::payload_unpacker(payloads packed, std::size_t at, pack_form form)
    : packed_{std::move(packed)}, at_{at}, form_{form} {
  if (form_ != pack_form::array) return;
  reader_.emplace(at_ < packed_.size() ? std::string_view{packed_[at_].data} : "[]", "map");
  reader_->begin_array();
}
PERDURE_INLINE auto payload_unpacker::next() -> std::optional<payload> {
  if (form_ == pack_form::nulls) return payload::null();
  if (form_ == pack_form::array) {
    if (!reader_->next_element()) {
      reader_->finish();
      return std::nullopt;
    }
    return payload{std::string{reader_->skip_value()}, {encodings::json}};
  }
  if (at_ == packed_.size()) return std::nullopt;
  return packed_[at_++];
}
PERDURE_INLINE auto pack_payloads(std::vector<payload>& list, std::size_t at) -> pack_form {
  bool all_null = true;
  bool all_json = true;
  for (std::size_t i = at; i < list.size(); ++i) {
    bool const is_plain = list[i].metadata.size() == 1;
    all_null = all_null && is_plain && list[i].metadata.encoding() == encodings::null;
    all_json = all_json && is_plain && list[i].metadata.encoding() == encodings::json;
  }
  if (all_null) {
    list.resize(at);
    return pack_form::nulls;
  }
  if (!all_json) return pack_form::list;
  payload all{"[", {encodings::json}};
  for (std::size_t i = at; i < list.size(); ++i) all.data.append(list[i].data).append(",");
  all.data.back() = ']';
  // What calls itself JSON need not be it, nor fit into an array of it.
  try {
    payload_unpacker check{all, 0, pack_form::array};
    for (std::size_t i = at; i < list.size(); ++i)
      if (!check.next()) return pack_form::list;
    if (check.next()) return pack_form::list;
  } catch (error const&) {
    return pack_form::list;
  }
  list.resize(at);
  list.push_back(std::move(all));
  return pack_form::array;
}
#endif

} // namespace perdure::inline v0::detail
