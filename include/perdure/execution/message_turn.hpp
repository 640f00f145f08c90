// The messages of one turn: where they come from, the order in which they are delivered, and what
// is said about updates in the end.
#pragma once

#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "perdure/execution/failure_conversion.hpp"
#include "perdure/execution/run_interceptors.hpp"
#include "perdure/workflow/message_desk.hpp"

namespace perdure::inline v0::detail {

/// The request of an update that history holds before its acceptance, which then does not repeat
/// it.
struct admitted_update {
  event_id at{};
  update_request request{};
};

/// A delivered update with its request, which the server may leave to the event that admitted it.
template <class Unused = void>
auto with_admitted_request(delivered_update update, std::vector<admitted_update>& admitted)
    -> delivered_update {
  for (auto at = admitted.begin(); at != admitted.end(); ++at)
    if (at->request.meta.update_id == update.id) {
      if (update.request.input.name.empty()) update.request = std::move(at->request);
      admitted.erase(at);
      break;
    }
  return update;
}

/// The update that an acceptance, met while looking ahead, is about. Its request stands there, or
/// in the event that admitted it. Source: Temporal Core, which makes the same messages of them.
template <class Unused = void>
auto update_of(events::workflow_execution_update_accepted const& accepted,
               std::vector<admitted_update>& admitted) -> delivered_update {
  delivered_update update{accepted.protocol_instance_id,
                          accepted.accepted_request_sequencing_event_id, accepted.accepted_request};
  if (update.id.empty()) update.id = accepted.accepted_request.meta.update_id;
  for (admitted_update const& each : admitted)
    if (each.request.meta.update_id == update.id) update.sequencing_event_id = each.at;
  return with_admitted_request(std::move(update), admitted);
}

/// Hands out signals and updates, as one list: an update comes before the events after the one it
/// was sequenced to. `live`: history does not hold what becomes of the updates.
template <class Unused = void>
void deliver_messages(run_context& run, std::vector<event> const& signals,
                      std::vector<delivered_update> updates, bool live) {
  // A stable sort by insertion: there are few, and they come in order.
  for (std::size_t i = 1; i < updates.size(); ++i)
    for (std::size_t j = i;
         j > 0 && updates[j].sequencing_event_id < updates[j - 1].sequencing_event_id; --j)
      std::swap(updates[j], updates[j - 1]);
  auto signal = signals.begin();
  auto const deliver_next = [&] {
    auto const& arrived = (signal++)->as<events::workflow_execution_signaled>();
    if (auto* const hooks = run_interceptors::of(run)) hooks->signaled(run, arrived);
    run.deliver_signal(arrived);
  };
  auto const deliver_signals = [&](event_id last) {
    while (signal != signals.end() && signal->id <= last) deliver_next();
  };
  for (delivered_update& each : updates) {
    deliver_signals(each.sequencing_event_id);
    desk_of(run).deliver(std::move(each), live);
  }
  while (signal != signals.end()) deliver_next();
}

/// What was said about updates in the turn that has ended, for the server: acceptances and
/// responses in the order of their commands, then rejections.
template <class Unused = void>
auto take_update_messages(message_desk& desk) -> std::vector<update_message> {
  auto all = std::exchange(desk.outgoing, {});
  for (auto const& each : std::exchange(desk.rejected, {})) {
    update_message message{.what = update_message::kind::rejection,
                           .message_id = each.id.str() + "/reject",
                           .update_id = each.id};
    try {
      std::rethrow_exception(each.why);
    } catch (...) {
      message.outcome.failure = failure_of_current_exception();
    }
    all.push_back(std::move(message));
  }
  return all;
}

} // namespace perdure::inline v0::detail
