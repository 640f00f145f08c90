// A backend whose payloads go through codecs on their way in and out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "perdure/backend/coded/attempt_name.hpp"
#include "perdure/backend/coded/client_side.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0 {

/// A backend behind codecs: what goes down is encoded, what comes up is decoded, and workers and
/// clients know nothing of it:
///
///     perdure::sqlite_backend file{"orders.db"};
///     perdure::coded_backend backend{file, {.codecs = {std::make_shared<my_codec>()}}};
///     perdure::worker worker{backend, {.task_queue = "orders"}};
///     perdure::client client{backend};
///
/// Arguments, results, details, heartbeats, memos, headers, summaries, and the messages and stack
/// traces of failures are encoded. Names, ids, types of failures, reasons of operators and search
/// attributes are not: the backend reads them. All workers and clients of a workflow have to use
/// the same codecs; what was recorded without them is read as it is.
///
/// A workflow task that cannot be decoded fails and is tried again, and so is an attempt of an
/// activity, as its retry policy says: nothing is lost while a key is missing. The backend behind
/// must outlive this one, and what it can do beyond a backend is asked of itself. Thread-safe.
template <backend B>
class coded_backend : public detail::coded_client_side<B> {
  using base = detail::coded_client_side<B>;

public:
  coded_backend(B& behind, codec_options options) : base{behind, std::move(options)} {}

  using base::read_history;

  // ------------------------------------------------------------------------------------- workers
  auto attach(worker_link& worker) -> bool { return inner().attach(worker); }
  void detach(worker_link& worker) {
    inner().detach(worker);
    this->in_hand().forget(worker);
  }
  void stop_polling(worker_link& worker) { inner().stop_polling(worker); }
  void nudge(worker_link& worker)
    requires requires(B& b) { b.nudge(worker); }
  {
    inner().nudge(worker);
  }
  [[nodiscard]] auto poll(worker_link& worker, poll_request request) -> polled_task {
    while (true) {
      polled_task task = inner().poll(worker, request);
      if (auto* const workflow = std::get_if<workflow_task>(&task)) {
        if (take(worker, *workflow)) return task;
      } else if (auto* const activity = std::get_if<activity_task>(&task)) {
        if (take(worker, *activity)) return task;
      } else {
        return task;
      }
    }
  }
  [[nodiscard]] auto read_history(workflow_task_token const& task) -> std::vector<event> {
    auto events = inner().read_history(task);
    this->decode_events(events, holder_of(task, events));
    return events;
  }
  void complete_workflow_task(worker_link& worker, workflow_task_token const& token,
                              workflow_task_completion answer) {
    auto const task = task_of(token);
    detail::run_lineage const own{task.execution};
    auto const where = this->places(own);
    for (command& each : answer.commands) detail::code_command(this->encoder(), each, where);
    for (update_message& each : answer.updates) {
      auto const place = where.across("update", each.update_id);
      this->encoder().code(each.request.input, place);
      this->encoder().code(each.outcome, place);
    }
    for (query_answer& each : answer.queries) encode(each, task, where);
    this->in_hand().end_task(token);
    inner().complete_workflow_task(worker, token, std::move(answer));
  }
  void fail_workflow_task(worker_link& worker, workflow_task_token const& token,
                          workflow_task_failure answer) {
    detail::run_lineage const own{task_of(token).execution};
    encode_or_hide(answer.reason, this->places(own).inside("workflow_task"));
    this->in_hand().end_task(token);
    this->in_hand().forget(token.run);
    inner().fail_workflow_task(worker, token, std::move(answer));
  }
  void answer_query_task(worker_link& worker, workflow_task_token const& token,
                         query_answer answer) {
    auto const task = task_of(token);
    detail::run_lineage const own{task.execution};
    encode(answer, task, this->places(own));
    this->in_hand().end_task(token);
    inner().answer_query_task(worker, token, std::move(answer));
  }

  /// A result that cannot be encoded fails the attempt.
  void complete_activity(activity_answerer who, activity_task_token const& token, payloads result) {
    auto const attempt = attempt_of(token);
    try {
      this->encode_for_attempt(attempt.execution, attempt.activity_id, result, "result");
    } catch (error const& e) {
      return fail_activity(who, token, fault(e));
    }
    this->in_hand().end_attempt(token.lease);
    inner().complete_activity(who, token, std::move(result));
  }
  void fail_activity(activity_answerer who, activity_task_token const& token, failure why) {
    auto const attempt = attempt_of(token);
    detail::run_lineage const own{attempt.execution};
    encode_or_hide(why, this->places(own).inside("activity", attempt.activity_id));
    this->in_hand().end_attempt(token.lease);
    inner().fail_activity(who, token, std::move(why));
  }
  void cancel_activity(activity_answerer who, activity_task_token const& token, payloads details,
                       failure why) {
    auto const attempt = attempt_of(token);
    this->encode_for_attempt(attempt.execution, attempt.activity_id, details, "details", &why);
    this->in_hand().end_attempt(token.lease);
    inner().cancel_activity(who, token, std::move(details), std::move(why));
  }
  [[nodiscard]] auto record_heartbeat(activity_task_token const& token, payloads details) -> bool {
    if (!details.empty()) {
      auto const attempt = attempt_of(token);
      this->encode_for_attempt(attempt.execution, attempt.activity_id, details, "heartbeat");
    }
    return inner().record_heartbeat(token, std::move(details));
  }
  /// \throws error (invalid_argument) for a token that a worker without codecs has given
  [[nodiscard]] auto answer_async_activity(async_activity_answer const& answer) -> bool {
    using kind = async_activity_answer::kind;
    async_activity_answer sent = answer;
    if (sent.what == kind::detached) {
      this->in_hand().end_attempt(sent.token.lease);
      return inner().answer_async_activity(sent);
    }
    auto const attempt = name_of(sent);
    this->encode_for_attempt(attempt.execution, attempt.activity_id, sent.data,
                             sent.what == kind::heartbeat   ? "heartbeat"
                             : sent.what == kind::completed ? "result"
                                                            : "details",
                             &sent.why);
    return inner().answer_async_activity(sent);
  }
  [[nodiscard]] auto now() -> time_point { return inner().now(); }

private:
  using base::inner;

  // ---------------------------------------------------------------------------- what comes up
  /// False if the task could not be decoded, and was answered so.
  [[nodiscard]] auto take(worker_link& worker, workflow_task& task) -> bool {
    detail::workflow_task_in_hand held{&worker, task.execution, {}};
    for (auto const& each : task.queries) held.queries[each.id] = each.type;
    if (task.query) held.queries[task.query->id] = task.query->type;
    this->in_hand().add(task.token, std::move(held));
    try {
      decode(task);
      return true;
    } catch (error const& e) {
      answer_fault(worker, task, e);
    }
    worker.free_workflow_slot();
    return false;
  }
  void answer_fault(worker_link& worker, workflow_task const& task, error const& e) {
    this->in_hand().end_task(task.token);
    if (e.code() == errc::task_lost) return;
    if (task.token.attempt == 1) // later attempts fail alike
      log().error("a task could not be decoded", {{"reason", e.what()},
                                                  {"workflow_id", task.execution.workflow_id},
                                                  {"run_id", task.execution.run_id}});
    try {
      if (task.query) {
        query_answer answer{};
        answer.id = task.query->id;
        answer.failed = fault(e);
        inner().answer_query_task(worker, task.token, std::move(answer));
      } else {
        inner().fail_workflow_task(
            worker, task.token,
            {workflow_task_failed_cause::workflow_worker_unhandled_failure, fault(e)});
      }
    } catch (error const&) {
      // It has timed out meanwhile, and is handed out again.
    }
  }
  void decode(workflow_task& task) {
    auto lineage = lineage_for(task);
    auto const where = this->places(*lineage);
    auto const& coder = this->decoder();
    std::vector<event> events = task.events.to_vector();
    this->decode_all(events, *lineage);
    task.events = std::move(events);
    for (auto& each : task.updates)
      coder.code(each.request.input, where.across("update", each.request.meta.update_id));
    for (auto& each : task.queries) decode(each, where);
    if (task.query) decode(*task.query, where);
    lineage->forget_closed(task.events);
    if (!task.query) this->in_hand().keep(task.token.run, std::move(lineage));
  }
  void decode(workflow_query& query, detail::run_places const& where) const {
    auto place = where.across("query", query.type);
    place.field = "arguments";
    this->decoder().code(query.arguments, place);
    place.field = "header";
    this->decoder().code(query.header, place);
  }
  /// What is known of the run, with the task's events; read again from the first event if it has
  /// been elsewhere meanwhile.
  [[nodiscard]] auto lineage_for(workflow_task const& task)
      -> std::shared_ptr<detail::run_lineage> {
    auto known = this->in_hand().take(task.token.run);
    event_id const first = task.events.empty() ? 0 : task.events.front().id;
    bool const whole = first == 1;
    if (!known || whole || (first != 0 && known->last_event_id() + 1 != first)) {
      known = std::make_shared<detail::run_lineage>(task.execution);
      if (!whole && !task.events.empty()) known->learn(inner().read_history(task.token));
    }
    known->learn(task.events);
    return known;
  }

  [[nodiscard]] auto take(worker_link& worker, activity_task& task) -> bool {
    std::string const id =
        task.scheduled.template get<events::activity_task_scheduled>().activity_id;
    this->in_hand().add(task.token.lease, detail::attempt_in_hand{&worker, task.execution, id});
    try {
      decode(task, id);
      task.opaque_token = detail::write_attempt_name(task, id);
      return true;
    } catch (error const& e) {
      log().error("an activity's task could not be decoded",
                  {{"reason", e.what()}, {"workflow_id", task.execution.workflow_id}});
      worker.free_activity_slot();
      this->in_hand().end_attempt(task.token.lease);
      try {
        inner().fail_activity({&worker, true}, task.token, fault(e));
      } catch (error const&) {
        // It counts no more.
      }
    }
    return false;
  }
  void decode(activity_task& task, std::string const& id) {
    detail::run_lineage const own{task.execution};
    auto const coded = task.scheduled;
    try {
      return decode(task, id, own);
    } catch (error const&) {
      // Of a run that was reset, the activity may be one of its base.
      auto const whole = inner().read_history(task.execution);
      auto const lineage = this->lineage_of(task.execution, whole.events);
      if (lineage.other_runs().empty()) throw;
      task.scheduled = coded;
      decode(task, id, lineage);
    }
  }
  void decode(activity_task& task, std::string const& id, detail::run_lineage const& lineage) {
    auto const where = this->places(lineage);
    payloads heartbeat = task.heartbeat_details;
    auto place = where.inside("activity", id);
    place.field = "heartbeat";
    this->decoder().code(heartbeat, place);
    detail::code_attributes(this->decoder(), task.scheduled, where);
    task.heartbeat_details = std::move(heartbeat);
  }

  // -------------------------------------------------------------------------- what goes down
  void encode(query_answer& answer, detail::workflow_task_in_hand const& task,
              detail::run_places const& where) const {
    auto const type = task.queries.find(answer.id);
    auto place = where.across("query", type == task.queries.end() ? std::string_view{}
                                                                  : std::string_view{type->second});
    place.field = "result";
    this->encoder().code(answer.result, place);
    this->encoder().code(answer.failed, place);
  }
  /// A failure must get through: what cannot be encoded is left out.
  void encode_or_hide(failure& why, payload_place const& place) const {
    try {
      failure coded = why;
      this->encoder().code(coded, place);
      why = std::move(coded);
    } catch (error const& e) {
      why = fault(e);
    }
  }
  /// What is wrong with codecs, as a failure. It says nothing of what payloads hold, and is not
  /// encoded: a worker with wrong keys must leave nothing that those with the right ones cannot
  /// read.
  [[nodiscard]] static auto fault(error const& e) -> failure {
    failure why{};
    why.message = e.what();
    why.source = "perdure";
    application_failure_info info{};
    info.type = "perdure::error";
    why.info = std::move(info);
    return why;
  }

  [[nodiscard]] auto task_of(workflow_task_token const& token) -> detail::workflow_task_in_hand {
    if (auto known = this->in_hand().task(token)) return std::move(*known);
    auto const events = inner().read_history(token);
    return {nullptr, holder_of(token, events), {}};
  }
  [[nodiscard]] auto holder_of(workflow_task_token const& token, std::vector<event> const& events)
      -> workflow_execution {
    if (auto const known = this->in_hand().task(token)) return known->execution;
    return holder_by_first(events);
  }
  /// The run, or the one whose first events it has.
  [[nodiscard]] static auto holder_by_first(std::vector<event> const& events)
      -> workflow_execution {
    if (events.empty()) throw error{errc::task_lost, "the run of the task is gone"};
    auto const& first = events.front().template as<events::workflow_execution_started>();
    return {first.workflow_id, first.original_execution_run_id};
  }
  [[nodiscard]] auto attempt_of(activity_task_token const& token) -> detail::attempt_in_hand {
    if (auto known = this->in_hand().attempt(token.lease)) return std::move(*known);
    workflow_task_token of{};
    of.run = token.run;
    auto const events = inner().read_history(of);
    detail::attempt_in_hand found{nullptr, holder_by_first(events), {}};
    for (event const& each : events)
      if (each.id == token.scheduled_event_id)
        if (auto const* const asked =
                each.attributes.template get_if<events::activity_task_scheduled>())
          found.activity_id = asked->activity_id;
    return found;
  }
  /// Whose attempt is answered; names it in `sent` as the backend does.
  [[nodiscard]] auto name_of(async_activity_answer& sent) -> detail::attempt_in_hand {
    if (!sent.opaque.empty()) {
      auto name = detail::read_attempt_name(sent.opaque);
      if (!name)
        throw error{errc::invalid_argument,
                    "the token of the activity does not say whose payloads it is about: its worker "
                    "has no codecs; name the activity by workflow id and activity id instead"};
      sent.opaque = std::move(name->opaque);
      if (sent.opaque.empty()) sent.token = name->token;
      return {nullptr, std::move(name->execution), std::move(name->activity_id)};
    }
    if (sent.token.lease != 0) return attempt_of(sent.token);
    sent.execution = this->exactly(sent.execution);
    return {nullptr, sent.execution, sent.activity_id};
  }
};

template <backend B>
coded_backend(B&, codec_options) -> coded_backend<B>;

} // namespace perdure::inline v0
