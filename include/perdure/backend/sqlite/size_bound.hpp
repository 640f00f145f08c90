// Answers that SQLite would refuse because of their size.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/backend/sqlite/desk.hpp"
#include "perdure/backend/sqlite/event_text.hpp"
#include "perdure/history/command.hpp"
#include "perdure/history/task.hpp"

namespace perdure::inline v0::sqlite {

/// SQLite refuses a row with more than its limit (a billion bytes) whenever it is tried, and all
/// that shares the transaction is undone. So once that has happened, answers are measured before
/// they are recorded. Costs nothing before.
class size_bound {
public:
  [[nodiscard]] auto measures() const noexcept -> bool { return bytes_max_ != 0; }
  void measure_from_now_on(connection& db) noexcept {
    if (db.handle() == nullptr) return;
    auto const limit =
        static_cast<std::size_t>(sqlite3_limit(db.handle(), SQLITE_LIMIT_LENGTH, -1));
    bytes_max_ = limit - limit / 16; // a row holds more than the one event
  }
  /// Empty if it can be kept.
  [[nodiscard]] auto why_refused(activity_answer const& answer) const -> std::string {
    switch (answer.what) {
    case activity_answer::kind::completed: {
      if (byte_size(answer.result) < bytes_max_ / longest_escape) return {};
      events::activity_task_completed made{};
      made.result = answer.result;
      return why_refused("the result of the activity", event_attributes::make(std::move(made)));
    }
    case activity_answer::kind::cancelled: {
      events::activity_task_canceled made{};
      made.details = answer.result;
      return why_refused("what the cancelled activity gave",
                         event_attributes::make(std::move(made)));
    }
    case activity_answer::kind::failed: break;
    }
    events::activity_task_failed made{};
    made.failure = *answer.why;
    return why_refused("the failure of the activity", event_attributes::make(std::move(made)));
  }
  [[nodiscard]] auto why_refused(workflow_task_completion const& answer) const -> std::string {
    for (command const& each : answer.commands)
      if (auto why = why_refused("a command of the workflow task", each.attributes); !why.empty())
        return why;
    for (update_message const& each : answer.updates)
      if (auto why = why_refused(each); !why.empty()) return why;
    return {};
  }

private:
  static constexpr std::size_t longest_escape = 6; // of a byte in JSON

  [[nodiscard]] auto why_refused(update_message const& message) const -> std::string {
    switch (message.what) {
    case update_message::kind::acceptance: {
      events::workflow_execution_update_accepted made{};
      made.accepted_request = message.request;
      return why_refused("an update that the workflow task accepts",
                         event_attributes::make(std::move(made)));
    }
    case update_message::kind::response: {
      events::workflow_execution_update_completed made{};
      made.outcome = message.outcome;
      return why_refused("what an update gave", event_attributes::make(std::move(made)));
    }
    case update_message::kind::rejection: break; // is not recorded
    }
    return {};
  }
  [[nodiscard]] auto why_refused(char const* what, event_attributes const& attributes) const
      -> std::string {
    event_text_writer text;
    text.write_attributes(attributes);
    std::size_t const size = text.out().size();
    if (size <= bytes_max_) return {};
    return std::string{what} + " takes " + std::to_string(size) +
           " bytes, more than SQLite can hold in one row";
  }

  std::size_t bytes_max_{0};
};

} // namespace perdure::inline v0::sqlite
