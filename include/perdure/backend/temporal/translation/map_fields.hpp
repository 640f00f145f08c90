// The map fields of the messages that hold history.
#pragma once

#include "perdure/backend/temporal/translation/schema_plan.hpp"
#include "perdure/history/detail/schema.hpp"

namespace perdure::inline v0::temporal {

/// How to reach a map field as the map that members of `kind` are; null if it is not known, or of
/// another type.
[[nodiscard]] auto access_of(google::protobuf::FieldDescriptor const& map, detail::field_kind kind)
    -> map_access const*;

} // namespace perdure::inline v0::temporal
