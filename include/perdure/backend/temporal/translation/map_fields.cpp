#include "perdure/backend/temporal/translation/map_fields.hpp"

#include <string_view>
#include <type_traits>

#include "temporal/api/command/v1/message.pb.h"
#include "temporal/api/common/v1/message.pb.h"
#include "temporal/api/history/v1/message.pb.h"

namespace perdure::inline v0::temporal {

namespace api = ::temporal::api;
using detail::field_kind;

namespace {

using google::protobuf::Map;
using google::protobuf::Message;

template <class Map>
constexpr field_kind kind_of_map = field_kind::object; // no map of ours
template <>
constexpr field_kind kind_of_map<Map<std::string, api::common::v1::Payload>> =
    field_kind::payload_map;
template <>
constexpr field_kind kind_of_map<Map<std::string, api::common::v1::Payloads>> =
    field_kind::payloads_map;
template <>
constexpr field_kind kind_of_map<Map<std::string, std::string>> = field_kind::string_map;

struct known_map {
  google::protobuf::Descriptor const* holder{};
  std::string_view name{};
  field_kind kind{};
  map_access access{};
};

template <class Holder, auto Get, auto Edit>
[[nodiscard]] auto known(std::string_view name) -> known_map {
  using map = std::remove_cvref_t<decltype((std::declval<Holder const&>().*Get)())>;
  return {Holder::descriptor(),
          name,
          kind_of_map<map>,
          {[](Message const& holder) -> void const* {
             return &(static_cast<Holder const&>(holder).*Get)();
           },
           [](Message& holder) -> void* { return (static_cast<Holder&>(holder).*Edit)(); }}};
}

} // namespace

auto access_of(google::protobuf::FieldDescriptor const& map, field_kind kind) -> map_access const* {
  using namespace api::common::v1;
  using marker = api::history::v1::MarkerRecordedEventAttributes;
  using record_marker = api::command::v1::RecordMarkerCommandAttributes;
  using nexus = api::history::v1::NexusOperationScheduledEventAttributes;
  using schedule_nexus = api::command::v1::ScheduleNexusOperationCommandAttributes;
  static known_map const all[]{
      known<Header, &Header::fields, &Header::mutable_fields>("fields"),
      known<Memo, &Memo::fields, &Memo::mutable_fields>("fields"),
      known<SearchAttributes, &SearchAttributes::indexed_fields,
            &SearchAttributes::mutable_indexed_fields>("indexed_fields"),
      known<marker, &marker::details, &marker::mutable_details>("details"),
      known<record_marker, &record_marker::details, &record_marker::mutable_details>("details"),
      known<nexus, &nexus::nexus_header, &nexus::mutable_nexus_header>("nexus_header"),
      known<schedule_nexus, &schedule_nexus::nexus_header, &schedule_nexus::mutable_nexus_header>(
          "nexus_header"),
  };
  for (known_map const& each : all)
    if (each.holder == map.containing_type() && each.name == map.name())
      return each.kind == kind ? &each.access : nullptr;
  return nullptr;
}

} // namespace perdure::inline v0::temporal
