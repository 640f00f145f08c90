// The memo, the search attributes and the words that a run shows of itself.
#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/history/search_attribute.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0 {

namespace detail {

auto values_of(run_context& run) -> run_values&;
[[nodiscard]] auto seen_search_attributes(run_context& run) -> named_values;
[[nodiscard]] auto seen_memo(run_context& run) -> named_values;

} // namespace detail

/// Sets entries of the run's memo; others stay. `upsert_memo({{"stage", to_payload("paid")}})`. A
/// `payload::null()` removes one. \throws error (invalid_argument) if there are none.
void upsert_memo(payload_map entries,
                 std::source_location source = std::source_location::current());
/// Sets one entry of the run's memo; an empty optional removes it. Any payload type.
template <class T>
void upsert_memo(std::string_view key, T const& value,
                 std::source_location source = std::source_location::current()) {
  payload_map one;
  one.emplace(key, to_payload(value));
  upsert_memo(std::move(one), source);
}
/// The value of an entry of the run's memo, as the start and the run itself have set it; none if
/// there is none. \throws error (bad_payload, bad_json) if it is no T
template <class T>
[[nodiscard]] auto memo(std::string_view key) -> std::optional<T> {
  return detail::seen_memo(detail::require_run("memo()")).get<T>(key);
}

/// Sets search attributes of the run; others stay:
/// `upsert_search_attributes({customer("acme"), total.unset()})`, see `search_attribute`. The
/// limits are those of `engine_limits`; what passes them fails the workflow task.
/// \throws error (invalid_argument) if there are none, or one has no value of its type.
void upsert_search_attributes(payload_map attributes,
                              std::source_location source = std::source_location::current());

/// Says in a few words, or in Markdown, what the run is doing, for whoever looks at it. Recorded
/// nowhere: shown by the query `__temporal_workflow_metadata`.
void set_current_details(std::string text);
/// What was set last; empty if nothing was.
[[nodiscard]] auto current_details() -> std::string;

} // namespace perdure::inline v0

#if PERDURE_DEFINES
namespace perdure::inline v0::detail {
PERDURE_INLINE auto values_of(run_context& run) -> run_values& {
  if (!run.values) {
    auto const& started = run.machine.started().get<events::workflow_execution_started>();
    run.values = detail::make_owned<run_values>();
    merge_values(run.values->memo, started.memo);
    merge_values(run.values->search_attributes, started.search_attributes);
  }
  return *run.values;
}
PERDURE_INLINE auto seen_search_attributes(run_context& run) -> named_values {
  auto const& started = run.machine.started().get<events::workflow_execution_started>();
  if (!run.values && !started.search_attributes) return {};
  return named_values{values_of(run).search_attributes};
}
PERDURE_INLINE auto seen_memo(run_context& run) -> named_values {
  auto const& started = run.machine.started().get<events::workflow_execution_started>();
  if (!run.values && !started.memo) return {};
  return named_values{values_of(run).memo};
}
} // namespace perdure::inline v0::detail
namespace perdure::inline v0 {
PERDURE_INLINE void upsert_memo(payload_map entries, std::source_location source) {
  auto& run = detail::require_run_to_change("upsert_memo()");
  if (entries.empty()) throw error{errc::invalid_argument, "upsert_memo: there are no entries"};
  events::workflow_properties_modified asked{};
  asked.upserted_memo = std::move(entries);
  detail::merge_values(detail::values_of(run).memo, asked.upserted_memo);
  run.machine.record(command_type::modify_workflow_properties,
                     event_attributes::make(std::move(asked)), source);
}
PERDURE_INLINE void upsert_search_attributes(payload_map attributes, std::source_location source) {
  auto& run = detail::require_run_to_change("upsert_search_attributes()");
  if (attributes.empty())
    throw error{errc::invalid_argument, "upsert_search_attributes: there are no attributes"};
  for (auto const& [name, value] : attributes)
    if (!is_unset(value)) (void)read_search_attribute(name, value);
  events::upsert_workflow_search_attributes asked{};
  asked.search_attributes = std::move(attributes);
  detail::merge_values(detail::values_of(run).search_attributes, asked.search_attributes);
  run.machine.record(command_type::upsert_workflow_search_attributes,
                     event_attributes::make(std::move(asked)), source);
}
PERDURE_INLINE void set_current_details(std::string text) {
  detail::values_of(detail::require_run_to_change("set_current_details()")).current_details =
      std::move(text);
}
PERDURE_INLINE auto current_details() -> std::string {
  auto const& values = detail::require_run("current_details()").values;
  return values ? values->current_details : std::string{};
}
} // namespace perdure::inline v0
#endif
