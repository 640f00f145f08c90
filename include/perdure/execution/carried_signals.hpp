// Signals that a run has not received when it continues as new: how they get to the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/data/converter.hpp"
#include "perdure/data/detail/heap_sort.hpp"
#include "perdure/execution/run_interceptors.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

/// The entry of a run's header that holds them. Other SDKs ignore it.
inline constexpr std::string_view carried_signals_header = "perdure-carried-signals";

struct carried_payload {
  std::vector<std::pair<std::string, std::vector<std::byte>>> metadata{};
  std::vector<std::byte> data{};
};
struct carried_signal {
  std::string name{};
  std::vector<carried_payload> input{};
  std::vector<std::pair<std::string, carried_payload>> header{};
};

[[nodiscard]] inline auto bytes_of(std::string_view text) -> std::vector<std::byte> {
  auto const* const first = reinterpret_cast<std::byte const*>(text.data());
  return {first, first + text.size()};
}
[[nodiscard]] inline auto text_of_bytes(std::vector<std::byte> const& bytes) -> std::string {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline auto carried(payload const& from) -> carried_payload {
  carried_payload made{};
  made.data = bytes_of(from.data);
  from.metadata.for_each([&](std::string_view name, std::string_view bytes) {
    made.metadata.emplace_back(std::string{name}, bytes_of(bytes));
  });
  return made;
}
[[nodiscard]] inline auto carried(shared_string const& name, signal_buffer::signal const& unread)
    -> carried_signal {
  carried_signal made{name.str(), {}, {}};
  for (payload const& each : unread.input) made.input.push_back(carried(each));
  if (unread.header)
    for (auto const& [key, value] : *unread.header) made.header.emplace_back(key, carried(value));
  return made;
}
[[nodiscard]] inline auto brought(carried_payload const& from) -> payload {
  payload made{};
  made.data = text_of_bytes(from.data);
  for (auto const& [name, bytes] : from.metadata) made.metadata.set(name, text_of_bytes(bytes));
  return made;
}
[[nodiscard]] inline auto brought(carried_signal const& from)
    -> events::workflow_execution_signaled {
  std::vector<payload> input;
  for (carried_payload const& each : from.input) input.push_back(brought(each));
  events::workflow_execution_signaled made{};
  made.signal_name = from.name;
  made.input = payloads{std::move(input)};
  for (auto const& [key, value] : from.header) made.header.make()[key] = brought(value);
  return made;
}

/// Puts what no code has received, in the order in which it came, into the header of the next run.
template <class Unused = void>
void carry_signals(run_context& run) {
  event_attributes* const next = run.machine.queued_continuation();
  if (next == nullptr || !run.carry_signals) return;
  struct place {
    std::uint64_t order;
    signal_buffer const* of;
    std::size_t index;
  };
  std::vector<place> unread;
  for (signal_buffer const& buffer : run.all_signals())
    for (std::size_t i = 0; i < buffer.arrived.size(); ++i)
      unread.push_back({buffer.arrived[i].order, &buffer, i});
  if (unread.empty()) return;
  heap_sort(unread, [](place const& a, place const& b) { return a.order < b.order; });
  std::vector<carried_signal> all;
  for (place const& each : unread)
    all.push_back(carried(each.of->name, each.of->arrived[each.index]));
  next->edit<events::workflow_execution_continued_as_new>()
      .header.make()[std::string{carried_signals_header}] = to_payload(all);
}

/// Gives a run the signals that its header brings, before all that its history holds.
template <class Unused = void>
void deliver_carried_signals(run_context& run) {
  auto const& started = run.machine.started().get<events::workflow_execution_started>();
  // The next run of a cron schedule has the header of the one before, whose signals they were.
  if (!started.header || started.initiator == continue_as_new_initiator::cron_schedule) return;
  auto const found = started.header->find(std::string{carried_signals_header});
  if (found == started.header->end()) return;
  auto* const hooks = run_interceptors::of(run);
  for (carried_signal const& each : from_payload<std::vector<carried_signal>>(found->second)) {
    events::workflow_execution_signaled const signal = brought(each);
    if (hooks != nullptr) hooks->signaled(run, signal);
    run.deliver_signal(signal);
  }
}

} // namespace perdure::inline v0::detail
