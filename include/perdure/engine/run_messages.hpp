// The updates of an open run: plain values, behind one pointer, for most runs have none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/history/event.hpp"
#include "perdure/history/failure.hpp"

namespace perdure::inline v0::engine {

/// An update that has no outcome yet.
struct pending_update {
  update_request request{};     ///< Its arguments are dropped once it is accepted.
  event_id admitted_event_id{}; ///< History has its request (after a reset); 0: it has not.
  event_id accepted_event_id{}; ///< 0: it is not accepted.
  bool delivered{false};        ///< The worker that holds the live run has it.

  [[nodiscard]] auto id() const noexcept -> shared_string const& { return request.meta.update_id; }
  [[nodiscard]] auto accepted() const noexcept -> bool { return accepted_event_id != 0; }
};

/// A rejection is in no history: who waits for it finds it here, for a while.
struct rejected_update {
  shared_string id{};
  failure why{};
  time_point until{};
};

struct run_messages {
  std::vector<pending_update> pending{}; ///< In the order of their admission.
  std::vector<rejected_update> rejected{};
  std::vector<std::pair<shared_string, event_id>> completed{}; ///< Ids, and their last events.
  std::uint64_t revision{0}; ///< Grows with every change of what is not accepted, or rejected.

  [[nodiscard]] auto find(std::string_view id) noexcept -> pending_update* {
    for (pending_update& each : pending)
      if (each.id() == id) return &each;
    return nullptr;
  }
  /// The event that completed the update; 0: none.
  [[nodiscard]] auto find_completed(std::string_view id) const noexcept -> event_id {
    for (auto const& [each, event] : completed)
      if (each == id) return event;
    return 0;
  }
  /// Of all updates that the run ever had, but for rejected ones.
  [[nodiscard]] auto count() const noexcept -> std::size_t {
    return pending.size() + completed.size();
  }
  /// Of these, those that history has.
  [[nodiscard]] auto count_accepted() const noexcept -> std::size_t {
    std::size_t count = completed.size();
    for (pending_update const& each : pending)
      if (each.accepted()) ++count;
    return count;
  }
  /// Whether an update waits for a workflow task that brings it.
  [[nodiscard]] auto has_undelivered() const noexcept -> bool {
    for (pending_update const& each : pending)
      if (!each.accepted() && !each.delivered) return true;
    return false;
  }

  // What events of history mean, in the order in which they are written.
  void on_admitted(update_request const& request, event_id at) {
    pending.push_back({request, at, 0, false});
    ++revision;
  }
  void on_accepted(events::workflow_execution_update_accepted const& e, event_id at) {
    pending_update* found = find(e.protocol_instance_id.view());
    if (found == nullptr) {
      found = &pending.emplace_back();
      found->request.meta = e.accepted_request.meta;
      found->request.meta.update_id = e.protocol_instance_id;
    }
    found->accepted_event_id = at;
    found->delivered = true;
    found->request.input = {};
    ++revision;
  }
  void on_completed(events::workflow_execution_update_completed const& e, event_id at) {
    shared_string const id = e.meta.update_id;
    std::erase_if(pending, [&](pending_update const& each) { return each.id() == id; });
    completed.emplace_back(id, at);
  }
};

} // namespace perdure::inline v0::engine
