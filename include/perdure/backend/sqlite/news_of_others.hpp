// What a backend in a file does when other processes have changed it.
#pragma once

#include "perdure/backend/sqlite/batch.hpp"
#include "perdure/backend/sqlite/connection.hpp"

namespace perdure::inline v0::sqlite {

/// A friend of the session, and no more than a name for these functions. \pre its mutex is held
template <class Session>
struct news_of_others {
  Session& here;

  /// Who commits may die before it tells the others: sees whether anybody has committed of whom
  /// nothing was heard.
  void look() {
    try {
      if (!can_look() || here.store_.data_version() == here.heard_version_) return;
    } catch (fault const&) {
      return; // whoever writes next meets the same and reports it
    }
    take_in();
  }
  /// Another process has something to tell: tasks, the end of a run, an attempt to stop.
  void take_in() noexcept {
    for (auto& each : here.pollers_) {
      each.look = true;
      if (each.waiting > 0) each.wakes.notify_one();
    }
    here.run_closed_.notify_all();
    here.messages_.others_ask = true;
    here.messages_.tell();
    try {
      if (!can_look()) return;
      here.heard_version_ = here.store_.data_version();
      here.store_.look_up_deadline();
      auto const member = here.store_.member();
      if (member == 0 || !here.store_.stops().any(member)) return;
      here.begin();
      for (stopped_attempt const& each : here.store_.stops().take(member))
        for (worker_link* const worker : here.workers_)
          worker->cancel_attempt(each.token, each.reason);
    } catch (...) { // whoever writes next meets the same and reports it
      here.undo_quietly();
    }
  }

private:
  /// Whether the file can be read outside of a transaction.
  [[nodiscard]] auto can_look() const noexcept -> bool {
    return !here.store_.is_open() && here.file_.is_open() && here.store_.is_ready();
  }
};

} // namespace perdure::inline v0::sqlite
