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
};

[[nodiscard]] inline auto bytes_of(std::string_view text) -> std::vector<std::byte> {
  auto const* const first = reinterpret_cast<std::byte const*>(text.data());
  return {first, first + text.size()};
}
[[nodiscard]] inline auto text_of_bytes(std::vector<std::byte> const& bytes) -> std::string {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline auto carried(payloads const& input) -> std::vector<carried_payload> {
  std::vector<carried_payload> made;
  for (payload const& each : input) {
    carried_payload& to = made.emplace_back();
    to.data = bytes_of(each.data);
    each.metadata.for_each([&](std::string_view name, std::string_view bytes) {
      to.metadata.emplace_back(std::string{name}, bytes_of(bytes));
    });
  }
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
    all.push_back({each.of->name.str(), carried(each.of->arrived[each.index].input)});
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
  for (carried_signal& each : from_payload<std::vector<carried_signal>>(found->second)) {
    std::vector<payload> input;
    for (carried_payload& from : each.input) {
      payload& made = input.emplace_back();
      made.data = text_of_bytes(from.data);
      for (auto const& [name, bytes] : from.metadata) made.metadata.set(name, text_of_bytes(bytes));
    }
    events::workflow_execution_signaled signal{};
    signal.signal_name = std::move(each.name);
    signal.input = payloads{std::move(input)};
    run.deliver_signal(signal);
  }
}

} // namespace perdure::inline v0::detail
