// C++ values to payloads and back: how arguments and results get into histories.
#pragma once

#include "perdure/config.hpp"
#include "perdure/data/data_converter.hpp"
#include "perdure/data/indirect.hpp"
#include "perdure/data/json.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/payload_type.hpp"

#include <atomic>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace perdure::inline v0 {

namespace detail {

/// Whether a type is another payload as a whole argument or result than inside of a value.
template <class T>
concept has_whole_form = requires(T const& value, payload const& from) {
  { payload_traits<T>::to_payload(value) } -> std::same_as<payload>;
  { payload_traits<T>::from_payload(from) } -> std::same_as<T>;
};

/// What a payload stands for that only says where its value is kept; nothing if it is none of
/// these.
using payload_resolver = auto (*)(payload const& reference) -> std::optional<payload>;
/// Null where no program part keeps payloads elsewhere. See external_storage.hpp.
inline std::atomic<payload_resolver> resolve_payload{nullptr};

/// The payload that `reference` stands for, if it only says where that is kept.
[[nodiscard]] auto find_elsewhere(payload const& reference) -> indirect<payload>;

} // namespace detail

template <class T>
[[nodiscard]] auto to_payload(T const& value) -> payload;

/// As `to_payload`, whatever a `data_converter` says of T itself.
template <class T>
[[nodiscard]] auto default_to_payload(T const& value) -> payload {
  using detail::shape;
  constexpr auto is = detail::shape_v<T>;
  if constexpr (detail::has_whole_form<T>)
    return payload_traits<T>::to_payload(value);
  else if constexpr (!detail::writable_payload_type<T>)
    return require_payload_type<T>(), payload{};
  else if constexpr (is == shape::whole)
    return value;
  else if constexpr (is == shape::null)
    return payload::null();
  else if constexpr (is == shape::custom)
    return to_payload(static_cast<detail::representation<T> const&>(payload_traits<T>::to(value)));
  else if constexpr (is == shape::optional)
    return value.has_value() ? to_payload(*value) : payload::null();
  else if constexpr (is == shape::bytes)
    return {std::string{detail::bytes_view(value)}, {encodings::plain}};
  else
    return {to_json(value), {encodings::json}};
}

/// `value` as a payload. The first of these that fits decides, as in Temporal's SDKs: the
/// `data_converter` of the client, workflow or activity that calls, if it knows the type; nothing
/// (monostate, nullptr, an empty optional) is `binary/null`; bytes are `binary/plain`; all else is
/// `json/plain` (see json.hpp). A payload passes through. \throws error errc::bad_payload for text
/// that is not UTF-8, and the like.
template <class T>
auto to_payload(T const& value) -> payload {
  if constexpr (!std::is_same_v<T, payload> && detail::writable_payload_type<T>)
    if (auto const* const converter = detail::current_converter) [[unlikely]]
      if (auto const* const how = converter->find(&detail::type_mark<T>))
        return how->to_payload(&value);
  return default_to_payload(value);
}

namespace detail {

template <class Unused = void>
[[noreturn, gnu::cold]] void refuse_payload(std::string_view type, unsigned argument,
                                            std::string_view what);

/// What was found instead of an encoding that `T` could be read from.
template <class Unused = void>
[[noreturn, gnu::cold]] void refuse_encoding(std::string_view type, unsigned argument,
                                             std::string_view found);

template <class T>
[[nodiscard]] auto decode_payload(payload const& from, unsigned argument) -> T;
template <class T>
[[nodiscard]] auto decode_default(payload const& from, unsigned argument) -> T;

/// The payload's encoding is none that the type is read from: it may be kept elsewhere.
template <class T>
[[nodiscard, gnu::cold, gnu::noinline]] auto
decode_elsewhere(payload const& from, unsigned argument, std::string_view type) -> T {
  if (auto const kept = find_elsewhere(from)) return decode_default<T>(*kept, argument);
  refuse_encoding(type, argument, from.metadata.encoding());
}

/// As a converter reads it, from where it is kept.
template <class T>
[[nodiscard]] auto decode_by(conversion_of<T> const& how, payload const& from) -> T {
  auto const kept = find_elsewhere(from);
  return how.from_payload(kept ? *kept : from);
}

template <class T>
auto decode_payload(payload const& from, unsigned argument) -> T {
  if constexpr (!std::is_same_v<T, payload>)
    if (auto const* const converter = current_converter) [[unlikely]]
      if (auto const* const how = converter->find<T>()) return decode_by(*how, from);
  return decode_default<T>(from, argument);
}

/// Reads a value `to` its place, from JSON, by `read`.
template <class Unused = void>
void decode_json(std::string_view text, std::string_view type, unsigned argument,
                 void (*read)(json_reader&, void*), void* to) {
  json_reader in{text, type, argument};
  read(in, to);
  in.finish();
}

/// The same from a payload that may be kept elsewhere.
template <class Unused = void>
void decode_json_payload(payload const& from, std::string_view type, unsigned argument,
                         void (*read)(json_reader&, void*), void* to) {
  if (from.metadata.encoding() == encodings::json) [[likely]]
    return decode_json(from.data, type, argument, read, to);
  if (auto const kept = find_elsewhere(from))
    return decode_json_payload(*kept, type, argument, read, to);
  refuse_encoding(type, argument, from.metadata.encoding());
}

template <class T>
auto decode_default(payload const& from, unsigned argument) -> T {
  constexpr auto is = shape_v<T>;
  auto const encoding = from.metadata.encoding();
  if constexpr (has_whole_form<T>)
    return payload_traits<T>::from_payload(from);
  else if constexpr (is == shape::whole)
    return from;
  else if constexpr (is == shape::custom)
    return payload_traits<T>::from(decode_payload<representation<T>>(from, argument));
  else if constexpr (is == shape::null || is == shape::optional) {
    if (encoding == encodings::null) return T{};
    if constexpr (is == shape::optional) {
      if (encoding == encodings::json) {
        json_reader in{from.data, kind_name<T>(), argument};
        if (in.read_null_if()) {
          in.finish();
          return T{};
        }
      }
      return []<class U>(payload const& p, unsigned a, types<U>) -> T {
        return decode_payload<U>(p, a);
      }(from, argument, typename pattern<T>::parts{});
    } else {
      if (encoding != encodings::json) refuse_encoding(kind_name<T>(), argument, encoding);
      T value{};
      decode_json(from.data, kind_name<T>(), argument, &read_member_at<T>, &value);
      return value;
    }
  } else if constexpr (is == shape::bytes) {
    if (encoding != encodings::plain && encoding != encodings::json)
      return decode_elsewhere<T>(from, argument, "bytes");
    T value{};
    if (encoding == encodings::json) {
      decode_json(from.data, kind_name<T>(), argument, &read_member_at<T>, &value);
      return value;
    }
    if constexpr (requires { value.resize(from.data.size()); })
      value.resize(from.data.size());
    else if (from.data.size() != value.size())
      refuse_payload("bytes", argument, "expected " + std::to_string(value.size()) + " bytes");
    if (!from.data.empty()) std::memcpy(value.data(), from.data.data(), from.data.size());
    return value;
  } else {
    T value{};
    if constexpr (is == shape::integer)
      if (encoding == encodings::json && parse_plain_integer(from.data, value)) return value;
    decode_json_payload(from, kind_name<T>(), argument, &read_member_at<T>, &value);
    return value;
  }
}

template <class Unused = void>
[[noreturn, gnu::cold]] void refuse_missing(std::string_view type, unsigned argument,
                                            std::size_t expected, std::size_t found) {
  refuse_payload(type, argument,
                 "missing: expected " + std::to_string(expected) + " arguments, found " +
                     std::to_string(found));
}

template <class T>
[[nodiscard]] auto decode_argument(payloads const& list, std::size_t index, std::size_t expected)
    -> T {
  auto const argument = static_cast<unsigned>(index + 1);
  if (index < list.size()) return decode_payload<T>(list[index], argument);
  if constexpr (shape_v<T> == shape::optional)
    return T{};
  else
    refuse_missing(kind_name<T>(), argument, expected, list.size());
}

} // namespace detail

/// The value of a payload. What it is read from is decided by the payload's encoding: a top-level
/// optional takes `binary/null`, bytes take `binary/plain` (and base64 in JSON), `json/plain` gives
/// everything else.
/// \throws error errc::bad_payload or errc::bad_json that names the type, the field
/// (`.inputs[3].arg1`) and the byte, and quotes nothing of the data.
template <class T>
[[nodiscard]] auto from_payload(payload const& from) -> T {
  if constexpr (payload_type<T>)
    return detail::decode_payload<T>(from, 0);
  else
    require_payload_type<T>();
}

/// As `from_payload`, whatever a `data_converter` says of T itself.
template <class T>
[[nodiscard]] auto default_from_payload(payload const& from) -> T {
  if constexpr (payload_type<T>)
    return detail::decode_default<T>(from, 0);
  else
    require_payload_type<T>();
}

/// As a certain converter says, wherever it is called.
template <class T>
[[nodiscard]] auto to_payload(T const& value, data_converter const& by) -> payload {
  detail::converter_scope const scope{&by};
  return to_payload(value);
}
template <class T>
[[nodiscard]] auto from_payload(payload const& from, data_converter const& by) -> T {
  detail::converter_scope const scope{&by};
  return from_payload<T>(from);
}

/// For a type that is a payload only where a `data_converter` says how:
///
///     template <> struct perdure::payload_traits<image> : perdure::by_data_converter<image> {};
template <class T>
struct by_data_converter {
  static auto to(T const&) -> payload { refuse(); }
  static auto from(payload const&) -> T { refuse(); }

private:
  [[noreturn, gnu::cold]] static void refuse() {
    throw error{errc::bad_payload,
                "a value is converted by a data_converter alone, and that of this "
                "client or worker (see its options) does not know the type"};
  }
};

/// Arguments as a list, in order.
template <class... A>
[[nodiscard]] auto to_payloads(A const&... arguments) -> payloads {
  if constexpr (sizeof...(A) == 0)
    return {};
  else {
    payload list[]{to_payload(arguments)...};
    return {list, sizeof...(A)};
  }
}

/// Arguments from a list. A missing trailing argument is empty if it is an optional, and an error
/// otherwise, which names both counts. Further ones are ignored, as unknown fields are, and as
/// Temporal's Go and Python SDKs do: a caller may be newer than the function.
template <class... A>
[[nodiscard]] auto from_payloads(payloads const& list) -> std::tuple<A...> {
  if constexpr ((payload_type<A> && ...))
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<A...>{detail::decode_argument<A>(list, I, sizeof...(A))...};
    }(std::make_index_sequence<sizeof...(A)>{});
  else
    (require_payload_type<A>(), ...);
}

namespace detail {

/// The only argument or result of a list; errors as `from_payloads`.
template <class T>
[[nodiscard]] auto from_only_payload(payloads const& list) -> T {
  if constexpr (payload_type<T>)
    return decode_argument<T>(list, 0, 1);
  else
    require_payload_type<T>();
}

/// Calls `fn` with the arguments in a list; errors as `from_payloads`.
template <class... A, class Fn>
auto call_with_payloads(payloads const& list, Fn const& fn) -> decltype(auto) {
  if constexpr (sizeof...(A) == 1)
    return fn(from_only_payload<A...>(list));
  else
    return std::apply(fn, from_payloads<A...>(list));
}

} // namespace detail

#if PERDURE_DEFINES
namespace detail {

PERDURE_INLINE auto find_elsewhere(payload const& reference) -> indirect<payload> {
  payload_resolver const resolve = resolve_payload.load(std::memory_order_acquire);
  if (resolve == nullptr) return {};
  auto found = resolve(reference);
  return found ? indirect<payload>{*std::move(found)} : indirect<payload>{};
}
template <class Unused>
void refuse_payload(std::string_view type, unsigned argument, std::string_view what) {
  std::string text{type};
  if (argument != 0) text += " (argument " + std::to_string(argument) + ")";
  throw error{errc::bad_payload, text + ": " + std::string{what}};
}
template <class Unused>
void refuse_encoding(std::string_view type, unsigned argument, std::string_view found) {
  if (found == encodings::null) refuse_payload(type, argument, "the payload is null (binary/null)");
  if (found == encodings::plain)
    refuse_payload(
        type, argument,
        "the payload is bytes (binary/plain): take std::vector<std::byte> or perdure::payload");
  if (found.empty()) refuse_payload(type, argument, "the payload has no encoding");
  std::string shown;
  for (char const c : found.substr(0, 64)) shown += c < 0x20 || c > 0x7E ? '?' : c;
  refuse_payload(type, argument,
                 "the payload's encoding is " + shown +
                     ": take perdure::payload, or set a codec for it");
}
  #ifdef PERDURE_SOURCE
template void refuse_payload<void>(std::string_view type, unsigned argument, std::string_view what);
template void refuse_encoding<void>(std::string_view type, unsigned argument,
                                    std::string_view found);
  #endif

} // namespace detail
#endif

} // namespace perdure::inline v0
