// Answering a query about a run: by its handlers, or, for the names that begin with __, by the
// library.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/config.hpp"
#include "perdure/data/json_writer.hpp"
#include "perdure/execution/failure_conversion.hpp"
#include "perdure/execution/run_interceptors.hpp"
#include "perdure/execution/stack_trace.hpp"
#include "perdure/history/task.hpp"
#include "perdure/workflow/message_desk.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::detail {

inline constexpr std::string_view stack_trace_query = "__stack_trace";
inline constexpr std::string_view metadata_query = "__temporal_workflow_metadata";

/// The handlers of one kind, by name: `[{"name":"status","description":"..."}]`. The handler for
/// all names has none.
template <class Unused = void>
void write_definitions(json_writer& out, message_desk const* desk, message_kind kind) {
  std::vector<message_handler const*> all;
  if (desk != nullptr)
    for (message_handler const* const each : desk->handlers()) {
      if (each->kind != kind) continue;
      auto at = all.end();
      while (at != all.begin() && (*(at - 1))->name > each->name) --at;
      all.insert(at, each);
    }
  out.begin_array();
  for (message_handler const* const each : all) {
    out.begin_object();
    if (!each->name.empty()) out.member("name", each->name.view());
    if (!each->options.description.empty())
      out.member("description", std::string_view{each->options.description});
    out.end_object();
  }
  out.end_array();
}

/// Temporal's `temporal.api.sdk.v1.WorkflowMetadata`, as JSON.
template <class Unused = void>
auto workflow_metadata(run_context const& run) -> payload {
  message_desk const* const desk = find_desk(run);
  std::string text;
  json_writer out{text};
  out.replace_bad_text();
  out.begin_object();
  out.key("definition");
  out.begin_object();
  out.member("type", run.identity.workflow_type.view());
  out.key("queryDefinitions");
  write_definitions(out, desk, message_kind::query);
  out.key("signalDefinitions");
  write_definitions(out, desk, message_kind::signal);
  out.key("updateDefinitions");
  write_definitions(out, desk, message_kind::update);
  out.end_object();
  if (run.values && !run.values->current_details.empty())
    out.member("currentDetails", std::string_view{run.values->current_details});
  out.end_object();
  out.finish();
  payload made{std::move(text), {encodings::json_protobuf}};
  made.metadata.set("messageType", "temporal.api.sdk.v1.WorkflowMetadata");
  return made;
}

/// Why nobody answers.
template <class Unused = void>
[[noreturn, gnu::cold]] void refuse_query(message_desk const* desk, std::string_view type) {
  std::string const name{type};
  if (desk != nullptr && desk->is_gone(type))
    throw application_error{
        "the handler of query '" + name +
            "' was registered by a function that has ended; a workflow class answers queries as "
            "long as its history is kept",
        {.type = "QueryHandlerGone"}};
  throw application_error{
      "no handler of query '" + name + "' is registered (registered: " +
          (desk == nullptr ? std::string{"none"} : desk->names(message_kind::query)) + ")",
      {.type = "QueryHandlerNotFound"}};
}

/// The answer, or why there is none. Nothing changes: what would is refused while the handler runs.
template <class Unused = void>
auto answer_query(run_context& run, workflow_query const& asked) -> query_answer {
  query_answer answer{asked.id, {}, {}};
  bool const was_silent = std::exchange(run.log.silent, false);
  enter_read_only const section{run, "the handler of query", asked.type};
  try {
    message_desk const* const desk = find_desk(run);
    if (!run.machine.started())
      throw application_error{"the run has not begun", {.type = "WorkflowNotStarted"}};
    if (asked.type == stack_trace_query) {
      answer.result = to_payloads(stack_trace<Unused>::of(run));
    } else if (asked.type == metadata_query) {
      answer.result = payloads{workflow_metadata(run)};
    } else {
      message_handler const* const handler =
          desk == nullptr ? nullptr : desk->find(message_kind::query, asked.type);
      if (handler == nullptr) refuse_query(desk, asked.type);
      answer.result =
          static_cast<query_handler const&>(*handler).answer(asked.type, asked.arguments);
    }
  } catch (...) {
    answer.failed = failure_of_current_exception();
  }
  if (auto* const hooks = run_interceptors::of(run)) hooks->queried(run, asked, answer);
  run.log.silent = was_silent;
  return answer;
}

} // namespace perdure::inline v0::detail

PERDURE_SELDOM_END
