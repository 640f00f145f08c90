// What a coded backend does with the calls of clients.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/coded/coded_state.hpp"
#include "perdure/history/describe.hpp"
#include "perdure/history/metadata_text.hpp"

namespace perdure::inline v0::detail {

template <backend B>
class coded_client_side : public coded_state<B> {
public:
  using coded_state<B>::coded_state;

  [[nodiscard]] auto start_workflow(start_workflow_request const& request)
      -> start_workflow_result {
    return inner().start_workflow(encoded(request));
  }
  void signal_workflow(workflow_execution const& run, std::string_view name, payloads input,
                       std::string_view identity, indirect<payload_map> header = {}) {
    this->encoder().code(input, place(run.workflow_id, "signal", name, "input"));
    this->encoder().code(header, place(run.workflow_id, "signal", name, "header"));
    inner().signal_workflow(run, name, std::move(input), identity, std::move(header));
  }
  void cancel_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity) {
    inner().cancel_workflow(run, reason, identity);
  }
  void terminate_workflow(workflow_execution const& run, std::string_view reason,
                          std::string_view identity) {
    inner().terminate_workflow(run, reason, identity);
  }
  [[nodiscard]] auto query_workflow(query_workflow_request const& request) -> query_result {
    query_workflow_request sent = request;
    payload_place where = place(sent.execution.workflow_id, "query", sent.type, "arguments");
    this->encoder().code(sent.arguments, where);
    where.field = "header";
    this->encoder().code(sent.header, where);
    query_result answer = inner().query_workflow(sent);
    where.field = "result";
    this->decoder().code(answer.result, where);
    this->decoder().code(answer.failed, where);
    return answer;
  }
  [[nodiscard]] auto update_workflow(update_workflow_request const& request) -> update_status {
    update_workflow_request sent = request;
    encode(sent.update, sent.execution.workflow_id);
    return decoded(inner().update_workflow(sent), sent.update.meta.update_id);
  }
  [[nodiscard]] auto poll_update(poll_update_request const& request) -> update_status {
    return decoded(inner().poll_update(request), request.update_id);
  }
  [[nodiscard]] auto signal_with_start_workflow(signal_with_start_request const& request)
      -> start_workflow_result {
    signal_with_start_request sent = request;
    encode(sent.start);
    this->encoder().code(sent.signal_input,
                         place(sent.start.workflow_id, "signal", sent.signal_name, "input"));
    return inner().signal_with_start_workflow(sent);
  }
  [[nodiscard]] auto update_with_start_workflow(update_with_start_request const& request)
      -> update_with_start_result {
    update_with_start_request sent = request;
    encode(sent.start);
    encode(sent.update, sent.start.workflow_id);
    auto made = inner().update_with_start_workflow(sent);
    made.update = decoded(std::move(made.update), sent.update.meta.update_id);
    return made;
  }
  /// A memo that cannot be decoded comes as it is recorded.
  [[nodiscard]] auto describe_workflow(workflow_execution const& run) -> workflow_description {
    auto described = inner().describe_workflow(run);
    decode(described);
    return described;
  }
  [[nodiscard]] auto list_workflows(list_filter const& filter) -> list_page {
    auto page = inner().list_workflows(filter);
    for (auto& each : page.workflows) decode(each);
    return page;
  }
  [[nodiscard]] auto count_workflows(list_filter const& filter) -> std::size_t {
    return inner().count_workflows(filter);
  }
  [[nodiscard]] auto read_history(workflow_execution const& run) -> history {
    workflow_execution const own = exactly(run);
    auto read = inner().read_history(own);
    this->decode_events(read.events, own);
    return read;
  }
  [[nodiscard]] auto wait_for_close(workflow_execution const& run) -> event {
    event last = inner().wait_for_close(run);
    run_lineage const lineage{run};
    code_event(this->decoder(), last, this->places(lineage));
    return last;
  }

  [[nodiscard]] auto reset_workflow(reset_request const& request) -> workflow_execution {
    return inner().reset_workflow(request);
  }
  [[nodiscard]] auto fork_workflow(fork_request const& request) -> workflow_execution {
    return inner().fork_workflow(request);
  }
  [[nodiscard]] auto override_activity_result(override_request const& request)
      -> workflow_execution {
    override_request sent = request;
    sent.execution = exactly(sent.execution);
    std::string id = sent.activity_id;
    if (id.empty()) {
      auto const recorded = inner().read_history(sent.execution);
      id = this->lineage_of(sent.execution, recorded.events).activity(sent.scheduled_event_id);
    }
    encode_for_attempt(sent.execution, id, sent.result, "result");
    return inner().override_activity_result(sent);
  }
  void retry_activity_now(workflow_execution const& run, std::string_view activity_id,
                          std::string_view reason, std::string_view identity) {
    inner().retry_activity_now(run, activity_id, reason, identity);
  }
  void pause_workflow(workflow_execution const& run, std::string_view reason,
                      std::string_view identity) {
    inner().pause_workflow(run, reason, identity);
  }
  void unpause_workflow(workflow_execution const& run, std::string_view reason,
                        std::string_view identity) {
    inner().unpause_workflow(run, reason, identity);
  }
  void delete_workflow(workflow_execution const& run, std::string_view reason,
                       std::string_view identity) {
    inner().delete_workflow(run, reason, identity);
  }
  [[nodiscard]] auto read_audit(workflow_execution const& run) -> std::vector<audit_record> {
    return inner().read_audit(run);
  }

  void create_schedule(create_schedule_request const& request) {
    create_schedule_request sent = request;
    encode(sent.schedule.action);
    this->encoder().code(sent.memo, schedule_memo(sent.id));
    inner().create_schedule(sent);
  }
  [[nodiscard]] auto describe_schedule(std::string_view id) -> schedule_description {
    auto described = inner().describe_schedule(id);
    decode(described, this->decoder());
    return described;
  }
  void update_schedule(update_schedule_request const& request) {
    update_schedule_request sent = request;
    encode(sent.schedule.action);
    inner().update_schedule(sent);
  }
  void patch_schedule(std::string_view id, schedule_patch const& patch) {
    inner().patch_schedule(id, patch);
  }
  void delete_schedule(std::string_view id) { inner().delete_schedule(id); }
  [[nodiscard]] auto list_schedules(schedule_filter const& filter) -> schedule_page {
    auto page = inner().list_schedules(filter);
    for (auto& each : page.schedules) decode(each, lenient());
    return page;
  }
  [[nodiscard]] auto list_matching_times(std::string_view id, time_point from, time_point to)
      -> std::vector<time_point> {
    return inner().list_matching_times(id, from, to);
  }
  void set_current_version(std::string_view deployment, std::string_view build_id) {
    inner().set_current_version(deployment, build_id);
  }
  [[nodiscard]] auto describe_deployment(std::string_view name) -> deployment_description {
    return inner().describe_deployment(name);
  }

protected:
  ~coded_client_side() = default;

  using coded_state<B>::inner;
  using coded_state<B>::place;

  /// What somebody says about an attempt.
  void encode_for_attempt(workflow_execution const& run, std::string_view activity_id,
                          payloads& data, std::string_view field, failure* why = nullptr) const {
    run_lineage const lineage{run};
    payload_place where = this->places(lineage).inside("activity", activity_id);
    if (why != nullptr) this->encoder().code(*why, where);
    where.field = field;
    this->encoder().code(data, where);
  }
  /// With the id of the run that is meant.
  [[nodiscard]] auto exactly(workflow_execution const& run) const -> workflow_execution {
    return run.run_id.empty() ? inner().describe_workflow(run).execution : run;
  }
  void decode_events(std::vector<event>& events, workflow_execution const& own) const {
    this->decode_all(events, this->lineage_of(own, events));
  }

private:
  void encode(start_workflow_request& request) const { code(request, this->encoder()); }
  [[nodiscard]] auto encoded(start_workflow_request request) const -> start_workflow_request {
    encode(request);
    return request;
  }
  void code(start_workflow_request& request, payload_coder const& coder) const {
    payload_place where = place(request.workflow_id, "workflow", {}, "input");
    coder.code(request.input, where);
    where.field = "memo";
    coder.code(request.memo, where);
    where.field = "header";
    coder.code(request.header, where);
    coder.code(request.user_metadata, where);
  }
  void encode(update_request& request, std::string_view workflow_id) const {
    this->encoder().code(request.input, place(workflow_id, "update", request.meta.update_id));
  }
  [[nodiscard]] auto decoded(update_status status, std::string_view update_id) const
      -> update_status {
    this->decoder().code(status.outcome, place(status.execution.workflow_id, "update", update_id));
    return status;
  }
  [[nodiscard]] auto lenient() const -> payload_coder {
    payload_coder coder = this->decoder();
    coder.pass_what_fails();
    return coder;
  }
  void decode(workflow_description& described) const {
    run_lineage const lineage{described.execution};
    run_places const where = this->places(lineage);
    payload_coder const coder = lenient();
    payload_place about = where.across("workflow");
    about.field = "memo";
    if (!described.memo.empty()) {
      payload_map memo = described.memo.entries();
      coder.code(memo, about);
      described.memo = named_values{std::move(memo)};
    }
    if (described.recorded_metadata) {
      coder.code(described.recorded_metadata, about);
      described.static_summary = text_of(described.recorded_metadata->summary);
      described.static_details = text_of(described.recorded_metadata->details);
    }
    for (auto& each : described.pending_activities) {
      payload_place spot = where.inside("activity", each.activity_id);
      if (each.recorded_failure) {
        coder.code(each.recorded_failure, spot);
        each.last_failure = perdure::describe(*each.recorded_failure);
      }
      if (!each.recorded_summary) continue;
      spot.field = "summary";
      coder.code(each.recorded_summary, spot);
      each.summary = text_of(each.recorded_summary);
    }
  }
  [[nodiscard]] auto schedule_memo(std::string_view id) const -> payload_place {
    return place({}, "schedule", id, "memo");
  }
  void decode(schedule_description& described, payload_coder const& coder) const {
    code(described.schedule.action, coder);
    coder.code(described.memo, schedule_memo(described.id));
  }
};

} // namespace perdure::inline v0::detail
