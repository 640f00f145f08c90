// Structures of history straight from the bytes of their messages.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "perdure/backend/temporal/translation/schema_plan.hpp"
#include "perdure/backend/temporal/translation/wire_fields.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"

namespace perdure::inline v0::temporal {

/// Names that many events have in common (queues, types, identities), so that they share one copy.
class recent_names {
public:
  [[nodiscard]] auto shared(std::string_view name) -> shared_string;

  [[nodiscard]] static auto of_this_thread() -> recent_names&;

private:
  std::array<shared_string, 64> held_{};
};

/// The message of a duration or a time: seconds, and nanoseconds beside them. False: it is none.
[[nodiscard]] auto read_clock(std::string_view bytes, std::int64_t& seconds,
                              std::int32_t& nanoseconds) -> bool;

/// Reads what servers usually send, in one pass and without messages. Whatever is unusual (a field
/// that a structure keeps as text, text that is not UTF-8, a message in two parts, a number out of
/// range, broken bytes) it leaves to `read_message`, which knows what to make of it or what to say.
class wire_reader {
public:
  explicit wire_reader(recent_names& names) noexcept : names_{names} {}

  /// Fills a structure that is as it was made, to what `read_message` makes of the same bytes.
  /// False: it is to be read as a message; `to` then holds parts of it. O(bytes).
  [[nodiscard]] auto read(schema_plan const& plan, std::string_view bytes, void* to) -> bool;

  /// One field of the message into the structure, for who walks over the message on their own. A
  /// field without a member is passed over.
  [[nodiscard]] auto read_field(schema_plan const& plan, wire_field const& from, void* to,
                                std::uint64_t& seen) -> bool;

private:
  [[nodiscard]] auto read_wrapped(plan_step const& step, std::string_view wrapper, void* member)
      -> bool;
  [[nodiscard]] auto read_member(plan_step const& step, wire_field const& from, void* member)
      -> bool;
  [[nodiscard]] auto read_number(plan_step const& step, std::uint64_t value, void* member) -> bool;
  [[nodiscard]] auto read_bytes(plan_step const& step, std::string_view bytes, void* member)
      -> bool;

  recent_names& names_;
  std::size_t depth_{0};
};

} // namespace perdure::inline v0::temporal
