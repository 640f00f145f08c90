// Structures of history straight to the bytes of their messages.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/temporal/translation/schema_plan.hpp"
#include "perdure/backend/temporal/translation/wire_output.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/history/detail/visit_member.hpp"

namespace perdure::inline v0::temporal {

/// The fields of a payload, and of a list of them.
void append_payload(payload const& from, wire_output& to);
void append_payloads(payloads const& from, wire_output& to);

/// Appends what `write_message` makes of a structure, in one pass and without messages. What only
/// messages know how to say (fields that are kept as text) it leaves to that.
class wire_writer {
public:
  explicit wire_writer(wire_output& to) noexcept : to_{to} {}

  /// False: it is to be written as a message; parts of it are appended by then. O(bytes).
  [[nodiscard]] auto write(schema_plan const& plan, void const* from) -> bool;

private:
  [[nodiscard]] auto write_step(plan_step const& step, void const* from) -> bool;
  [[nodiscard]] auto write_object(plan_step const& step, void const* inside) -> bool;
  template <class T>
  void write_value(plan_step const& step, T const& value);

  void set(int field, std::string_view text);
  void set(int field, duration span);
  void set(int field, time_point time);
  void set(int field, std::vector<std::uint32_t> const& list);
  void set(int field, std::vector<std::string> const& list);
  void set(int field, detail::reason_list const& list);
  void set(int field, indirect<payload> const& one);
  void set(int field, payloads const& list);
  void set(int field, indirect<payload_map> const& map);
  void set(int field, indirect<payloads_map> const& map);
  void set(int field, indirect<string_map> const& map);
  template <class T>
  void set(int field, std::optional<T> const& there) {
    set(field, *there);
  }

  wire_output& to_;
  std::size_t depth_{0};
};

} // namespace perdure::inline v0::temporal
