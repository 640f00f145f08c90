// Events, commands, updates and queries from and to their messages. What is written goes to a
// message in its default state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/history/command.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/task.hpp"

namespace temporal::api::command::v1 {
class Command;
} // namespace temporal::api::command::v1
namespace temporal::api::history::v1 {
class HistoryEvent;
} // namespace temporal::api::history::v1
namespace temporal::api::protocol::v1 {
class Message;
} // namespace temporal::api::protocol::v1
namespace temporal::api::query::v1 {
class WorkflowQuery;
class WorkflowQueryResult;
} // namespace temporal::api::query::v1

namespace perdure::inline v0::temporal {

/// An event of a type that is not known is an `events::unknown_event`, whose name is its number.
/// \throws error (history_corrupt), with the event's id and the field
[[nodiscard]] auto read_event(api::history::v1::HistoryEvent const& from) -> event;
/// Of each event, its version and its task id: nothing that a workflow's code can see.
enum class server_numbers : bool { read, passed_over };
/// Likewise, of the bytes of a message. The usual ones are read straight from there. Numbers that
/// may be passed over may still be there. \throws error as above, and if the bytes are not those
/// of a message
[[nodiscard]] auto read_event(std::string_view bytes, server_numbers own = server_numbers::read)
    -> event;
/// What the above tries first. False: it takes a message to read the event.
[[nodiscard]] auto read_usual_event(std::string_view bytes, event& to,
                                    server_numbers own = server_numbers::read) -> bool;
/// Appends the events of the bytes of a `temporal.api.history.v1.History`. \throws error as
/// `read_event`, and if their ids do not follow each other
void append_events(std::string_view history, std::vector<event>& to,
                   server_numbers own = server_numbers::read);
/// \throws error (history_corrupt) for an event whose type has a name alone, which messages cannot
/// say, and for what `write_message` refuses
void write_event(event const& from, api::history::v1::HistoryEvent& to);

/// `own_namespace`: of the run that decided it.
/// \throws error: invalid_argument if the attributes are not those of the command's type; else as
/// `write_message`
void write_command(command const& from, std::string_view own_namespace,
                   api::command::v1::Command& to);
/// Of an activity: whether it may come to the worker with the server's answer.
enum class eager_start : bool { no, requested };
/// Appends the bytes of that message, the usual ones without it. `eager`: of an activity alone.
/// \throws error as `write_command`
void append_command(command const& from, std::string_view own_namespace, eager_start eager,
                    std::string& to);

/// An update as a task delivers it. \throws error (history_corrupt) if it is another message
[[nodiscard]] auto read_update(api::protocol::v1::Message const& from) -> delivered_update;
/// An acceptance, a rejection or a response, with the names that servers give the request.
void write_update_message(update_message const& from, api::protocol::v1::Message& to);

/// The id is the caller's business: the message has none.
[[nodiscard]] auto read_query(api::query::v1::WorkflowQuery const& from) -> workflow_query;
void write_query_answer(query_answer const& from, api::query::v1::WorkflowQueryResult& to);

} // namespace perdure::inline v0::temporal
