#include "perdure/backend/temporal/translation/part_translation.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "perdure/backend/temporal/translation/schema_translation.hpp"
#include "perdure/data/detail/text_scan.hpp"
#include "perdure/error.hpp"
#include "temporal/api/common/v1/message.pb.h"
#include "temporal/api/deployment/v1/message.pb.h"
#include "temporal/api/failure/v1/message.pb.h"
#include "temporal/api/sdk/v1/message.pb.h"
#include "temporal/api/update/v1/message.pb.h"

namespace perdure::inline v0::temporal {

namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

template <class T, class M>
[[nodiscard]] auto read_part(M const& from, std::string_view what) -> T {
  T made{};
  read_message(plan_between<T, M>(), from, &made, {what});
  return made;
}
template <class T, class M>
void write_part(T const& from, M& to, std::string_view what) {
  write_message(plan_between<T, M>(), &from, to, {what});
}

/// Answers whether 64 bits hold the sum; if not, `to` is the nearest that they hold.
[[nodiscard]] auto join(std::int64_t seconds, std::int32_t nanoseconds, std::int64_t& to) noexcept
    -> bool {
  std::int64_t whole{};
  if (!__builtin_mul_overflow(seconds, nanoseconds_per_second, &whole) &&
      !__builtin_add_overflow(whole, nanoseconds, &to))
    return true;
  // The last seconds on either side, whose parts alone may be out of range.
  std::int64_t const towards_zero = seconds < 0 ? 1 : -1;
  if (!__builtin_mul_overflow(seconds + towards_zero, nanoseconds_per_second, &whole) &&
      !__builtin_add_overflow(whole, nanoseconds - towards_zero * nanoseconds_per_second, &to))
    return true;
  to = seconds < 0 ? std::numeric_limits<std::int64_t>::min()
                   : std::numeric_limits<std::int64_t>::max();
  return false;
}

} // namespace

namespace {

/// The first byte from `at` on that is not UTF-8, or `end`.
[[nodiscard]] auto utf8_end(char const* at, char const* end) noexcept -> char const* {
  while (at != end) {
    auto const length = detail::utf8_length(at, end);
    if (length == 0) return at;
    at += length;
    if (static_cast<unsigned char>(at[-1]) < 0x80) at = detail::plain_run_end(at, end);
  }
  return end;
}

} // namespace

auto utf8_of(std::string_view text) -> std::string {
  if (detail::is_utf8(text)) return std::string{text};
  std::string made;
  char const* const end = text.data() + text.size();
  for (char const* at = text.data();;) {
    char const* const good_end = utf8_end(at, end);
    made.append(at, good_end);
    if (good_end == end) return made;
    made += "\xef\xbf\xbd";
    at = good_end + 1;
  }
}

auto read_payload(api::common::v1::Payload const& from) -> payload {
  payload made;
  for (auto const& [name, bytes] : from.metadata()) made.metadata.set(name, bytes);
  made.data = from.data();
  return made;
}

void write_payload(payload const& from, api::common::v1::Payload& to) {
  if (!from.metadata.empty()) {
    auto& metadata = *to.mutable_metadata();
    from.metadata.for_each([&](std::string_view name, std::string_view bytes) {
      metadata[utf8_of(name)] = std::string{bytes};
    });
  }
  if (!from.data.empty()) to.set_data(from.data);
}

auto read_payloads(api::common::v1::Payloads const& from) -> payloads {
  if (from.payloads_size() == 1) return read_payload(from.payloads(0));
  std::vector<payload> list;
  list.reserve(static_cast<std::size_t>(from.payloads_size()));
  for (auto const& each : from.payloads()) list.push_back(read_payload(each));
  return list;
}

void write_payloads(payloads const& from, api::common::v1::Payloads& to) {
  to.mutable_payloads()->Reserve(static_cast<int>(from.size()));
  for (payload const& each : from) write_payload(each, *to.add_payloads());
}

auto read_payload_map(payload_message_map const& from) -> payload_map {
  payload_map made;
  for (auto const& [name, value] : from) made[name] = read_payload(value);
  return made;
}

void write_payload_map(payload_map const& from, payload_message_map& to) {
  for (auto const& [name, value] : from) write_payload(value, to[utf8_of(name)]);
}

auto read_duration(std::int64_t seconds, std::int32_t nanoseconds, duration& to) noexcept
    -> clock_reading {
  if (nanoseconds >= nanoseconds_per_second || nanoseconds <= -nanoseconds_per_second)
    return clock_reading::malformed;
  std::int64_t count{};
  bool const exact = join(seconds, nanoseconds, count);
  to = duration{count};
  return exact ? clock_reading::exact : clock_reading::out_of_range;
}
auto read_duration(google::protobuf::Duration const& from, duration& to) noexcept -> clock_reading {
  return read_duration(from.seconds(), from.nanos(), to);
}

auto read_duration(google::protobuf::Duration const& from) -> duration {
  duration made{};
  if (read_duration(from, made) == clock_reading::malformed)
    throw error{errc::history_corrupt, "a duration has " + std::to_string(from.nanos()) +
                                           " nanoseconds beside its seconds"};
  return made;
}

void write_duration(duration from, google::protobuf::Duration& to) {
  to.set_seconds(from.count() / nanoseconds_per_second);
  to.set_nanos(static_cast<std::int32_t>(from.count() % nanoseconds_per_second));
}

auto read_time(std::int64_t seconds, std::int32_t nanoseconds, time_point& to) noexcept
    -> clock_reading {
  if (nanoseconds < 0 || nanoseconds >= nanoseconds_per_second) return clock_reading::malformed;
  std::int64_t count{};
  bool const exact = join(seconds, nanoseconds, count);
  to = time_point{duration{count}};
  return exact ? clock_reading::exact : clock_reading::out_of_range;
}
auto read_time(google::protobuf::Timestamp const& from, time_point& to) noexcept -> clock_reading {
  return read_time(from.seconds(), from.nanos(), to);
}

auto read_time(google::protobuf::Timestamp const& from) -> time_point {
  time_point made{};
  if (read_time(from, made) == clock_reading::malformed)
    throw error{errc::history_corrupt,
                "a time has " + std::to_string(from.nanos()) + " nanoseconds beside its seconds"};
  return made;
}

void write_time(time_point from, google::protobuf::Timestamp& to) {
  auto const count = from.time_since_epoch().count();
  auto const rest = count % nanoseconds_per_second; // rounds towards the past, not towards 1970
  to.set_seconds(count / nanoseconds_per_second - (rest < 0 ? 1 : 0));
  to.set_nanos(static_cast<std::int32_t>(rest < 0 ? rest + nanoseconds_per_second : rest));
}

auto read_failure(api::failure::v1::Failure const& from) -> failure {
  return read_part<failure>(from, "failure");
}
void write_failure(failure const& from, api::failure::v1::Failure& to) {
  write_part(from, to, "failure");
}
void write_attempt_failure(failure const& from, api::failure::v1::Failure& to) {
  write_failure(from, to);
  bool const was_cancelled = to.has_canceled_failure_info();
  auto& info = *to.mutable_application_failure_info(); // of all kinds a failure has one
  if (was_cancelled) info.set_type("Cancelled");
}
auto read_retry_policy(api::common::v1::RetryPolicy const& from) -> retry_policy {
  return read_part<retry_policy>(from, "retry policy");
}
void write_retry_policy(retry_policy const& from, api::common::v1::RetryPolicy& to) {
  write_part(from, to, "retry policy");
}
auto read_user_metadata(api::sdk::v1::UserMetadata const& from) -> user_metadata {
  return read_part<user_metadata>(from, "user metadata");
}
void write_user_metadata(user_metadata const& from, api::sdk::v1::UserMetadata& to) {
  write_part(from, to, "user metadata");
}
auto read_priority(api::common::v1::Priority const& from) -> priority {
  return read_part<priority>(from, "priority");
}
void write_priority(priority const& from, api::common::v1::Priority& to) {
  write_part(from, to, "priority");
}
void write_sdk_metadata(sdk_metadata const& from, api::sdk::v1::WorkflowTaskCompletedMetadata& to) {
  write_part(from, to, "SDK metadata");
}
auto read_update_request(api::update::v1::Request const& from) -> update_request {
  return read_part<update_request>(from, "update request");
}
void write_update_request(update_request const& from, api::update::v1::Request& to) {
  write_part(from, to, "update request");
}

void write_version(worker_deployment_version const& from,
                   api::deployment::v1::WorkerDeploymentOptions& to) {
  to.set_deployment_name(from.deployment_name.str());
  to.set_build_id(from.build_id.str());
  to.set_worker_versioning_mode(api::enums::v1::WORKER_VERSIONING_MODE_VERSIONED);
}

} // namespace perdure::inline v0::temporal
