// Structures of history from and to protobuf messages, driven by their tables of fields. The twins
// for JSON are history/detail/history_reader.hpp and history_writer.hpp, and what is said there of
// absent fields and of unknown ones holds here: what proto3 leaves out is not set, and what a
// structure cannot hold (other fields, times outside 1677 to 2262, enumerators past 16 bits) is
// kept, as JSON, by the nearest structure around it that keeps unknown fields.
#pragma once

#include "perdure/backend/temporal/translation/schema_place.hpp"
#include "perdure/backend/temporal/translation/schema_plan.hpp"

namespace perdure::inline v0::temporal {

/// Reads a message into a structure that is in its default state. Durations longer than 292 years
/// become that long.
/// \pre `from` and `to` are of the plan's types \throws error (history_corrupt), with the field
void read_message(schema_plan const& plan, google::protobuf::Message const& from, void* to,
                  translated const& subject);

/// Writes a structure into a message that is in its default state. Bytes that are not UTF-8 become
/// U+FFFD where the message has text: a server takes nothing else, and what happened must be told.
/// \pre as read_message \throws error: history_corrupt for JSON (of links, say) that the field
/// cannot hold, bad_payload for a failure with too many causes (limits::json_depth_max)
void write_message(schema_plan const& plan, void const* from, google::protobuf::Message& to,
                   translated const& subject);

} // namespace perdure::inline v0::temporal
