// Messages of Protocol Buffers as payloads, as Temporal's SDKs exchange them.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "perdure/data/converter.hpp"

namespace perdure::inline v0 {

template <class T>
concept protobuf_message = std::derived_from<T, google::protobuf::Message>;

namespace detail {

[[nodiscard]] inline auto with_message_type(std::string data, std::string_view encoding,
                                            std::string_view type) -> payload {
  payload made{std::move(data), {encoding}};
  made.metadata.set("messageType", type);
  return made;
}

} // namespace detail

/// A message as `json/protobuf`, which is what Temporal's SDKs send unless told otherwise.
/// \throws error (bad_payload) for what has no JSON form, such as an Any of an unknown type
template <protobuf_message T>
[[nodiscard]] auto to_json_protobuf(T const& message) -> payload {
  std::string text;
  if (auto const done = google::protobuf::util::MessageToJsonString(message, &text); !done.ok())
    detail::refuse_payload(message.GetTypeName(), 0, done.ToString());
  return detail::with_message_type(std::move(text), encodings::json_protobuf,
                                   message.GetTypeName());
}
/// A message as `binary/protobuf`: smaller, and quicker to read. All readers take both; to send it,
/// `converter.use<T>(to_binary_protobuf<T>, from_protobuf<T>)`, see `data_converter`.
/// \throws error (bad_payload) if a required field of proto2 is unset
template <protobuf_message T>
[[nodiscard]] auto to_binary_protobuf(T const& message) -> payload {
  std::string bytes;
  if (!message.IsInitialized())
    detail::refuse_payload(message.GetTypeName(), 0,
                           "required fields are unset: " + message.InitializationErrorString());
  if (!message.SerializeToString(&bytes))
    detail::refuse_payload(message.GetTypeName(), 0, "it is too large");
  return detail::with_message_type(std::move(bytes), encodings::protobuf, message.GetTypeName());
}
/// From `json/protobuf`, `binary/protobuf` or `json/plain`. Fields that this program does not know
/// are ignored.
/// \throws error (bad_payload) that names the message type, if it is none of these, is damaged, or
///         says itself that it is a message of another type
template <protobuf_message T>
[[nodiscard]] auto from_protobuf(payload const& from) -> T {
  T message;
  std::string_view const encoding = from.metadata.encoding();
  auto const said = from.metadata.find("messageType");
  if (said && !said->empty() && *said != message.GetTypeName())
    detail::refuse_payload(message.GetTypeName(), 0,
                           "the payload is a " + std::string{said->substr(0, 200)});
  if (encoding == encodings::protobuf) {
    if (!message.ParseFromString(from.data))
      detail::refuse_payload(message.GetTypeName(), 0, "the bytes are no such message");
  } else if (encoding == encodings::json_protobuf || encoding == encodings::json) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    if (!google::protobuf::util::JsonStringToMessage(from.data, &message, options).ok())
      detail::refuse_payload(message.GetTypeName(), 0, "the JSON is no such message");
  } else {
    if (auto const kept = detail::find_elsewhere(from)) return from_protobuf<T>(*kept);
    detail::refuse_encoding(message.GetTypeName(), 0, encoding);
  }
  return message;
}

/// Messages are whole arguments and results, not parts of other values.
template <protobuf_message T>
struct payload_traits<T> {
  static auto to(T const& message) -> payload { return to_json_protobuf(message); }
  static auto from(payload const& from) -> T { return from_protobuf<T>(from); }
};

} // namespace perdure::inline v0
