// The parts that histories, requests and answers share, from and to their messages. What is written
// goes to a message in its default state. \throws error (history_corrupt) where a function reads
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "perdure/data/payload.hpp"
#include "perdure/history/event_parts.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/retry_policy.hpp"
#include "perdure/time.hpp"

namespace google::protobuf {
class Duration;
class Timestamp;
template <class Key, class T>
class Map;
} // namespace google::protobuf
namespace temporal::api::common::v1 {
class Payload;
class Payloads;
class Priority;
class RetryPolicy;
} // namespace temporal::api::common::v1
namespace temporal::api::deployment::v1 {
class WorkerDeploymentOptions;
} // namespace temporal::api::deployment::v1
namespace temporal::api::failure::v1 {
class Failure;
} // namespace temporal::api::failure::v1
namespace temporal::api::sdk::v1 {
class UserMetadata;
class WorkflowTaskCompletedMetadata;
} // namespace temporal::api::sdk::v1
namespace temporal::api::update::v1 {
class Request;
} // namespace temporal::api::update::v1

namespace perdure::inline v0::temporal {

namespace api = ::temporal::api;

using payload_message_map = google::protobuf::Map<std::string, api::common::v1::Payload>;

[[nodiscard]] auto read_payload(api::common::v1::Payload const& from) -> payload;
void write_payload(payload const& from, api::common::v1::Payload& to);
[[nodiscard]] auto read_payloads(api::common::v1::Payloads const& from) -> payloads;
void write_payloads(payloads const& from, api::common::v1::Payloads& to);
[[nodiscard]] auto read_payload_map(payload_message_map const& from) -> payload_map;
void write_payload_map(payload_map const& from, payload_message_map& to);

[[nodiscard]] auto read_failure(api::failure::v1::Failure const& from) -> failure;
void write_failure(failure const& from, api::failure::v1::Failure& to);
/// How an attempt of an activity failed, which servers take as a failure of an application alone:
/// a cancellation that nobody has asked for becomes one of type "Cancelled".
void write_attempt_failure(failure const& from, api::failure::v1::Failure& to);

/// Longer ones than 292 years become that long.
[[nodiscard]] auto read_duration(google::protobuf::Duration const& from) -> duration;
void write_duration(duration from, google::protobuf::Duration& to);
/// Times before 1677 and after 2262 become the first and the last that there is.
[[nodiscard]] auto read_time(google::protobuf::Timestamp const& from) -> time_point;
void write_time(time_point from, google::protobuf::Timestamp& to);

[[nodiscard]] auto read_retry_policy(api::common::v1::RetryPolicy const& from) -> retry_policy;
void write_retry_policy(retry_policy const& from, api::common::v1::RetryPolicy& to);
[[nodiscard]] auto read_user_metadata(api::sdk::v1::UserMetadata const& from) -> user_metadata;
void write_user_metadata(user_metadata const& from, api::sdk::v1::UserMetadata& to);
[[nodiscard]] auto read_priority(api::common::v1::Priority const& from) -> priority;
void write_priority(priority const& from, api::common::v1::Priority& to);
void write_sdk_metadata(sdk_metadata const& from, api::sdk::v1::WorkflowTaskCompletedMetadata& to);
[[nodiscard]] auto read_update_request(api::update::v1::Request const& from) -> update_request;
void write_update_request(update_request const& from, api::update::v1::Request& to);

/// What became of a duration or a time.
enum class clock_reading : std::uint8_t { exact, out_of_range, malformed };

/// Without exceptions. Out of range: `to` is the nearest there is.
[[nodiscard]] auto read_duration(google::protobuf::Duration const& from, duration& to) noexcept
    -> clock_reading;
[[nodiscard]] auto read_time(google::protobuf::Timestamp const& from, time_point& to) noexcept
    -> clock_reading;
/// Likewise, of what their messages hold.
[[nodiscard]] auto read_duration(std::int64_t seconds, std::int32_t nanoseconds,
                                 duration& to) noexcept -> clock_reading;
[[nodiscard]] auto read_time(std::int64_t seconds, std::int32_t nanoseconds,
                             time_point& to) noexcept -> clock_reading;

/// The text, with U+FFFD for each byte that is not UTF-8.
[[nodiscard]] auto utf8_of(std::string_view text) -> std::string;

/// Of a worker that has one.
void write_version(worker_deployment_version const& from,
                   api::deployment::v1::WorkerDeploymentOptions& to);

} // namespace perdure::inline v0::temporal
