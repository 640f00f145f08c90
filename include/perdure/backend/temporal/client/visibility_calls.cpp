// Lists of runs, counts, and batches: what visibility stores are asked for.
#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "perdure/backend/random_uuid.hpp"
#include "perdure/backend/temporal/calls/call_errors.hpp"
#include "perdure/backend/temporal/calls/connection.hpp"
#include "perdure/backend/temporal/calls/methods.hpp"
#include "perdure/backend/temporal/client/operator_calls.hpp"
#include "perdure/backend/temporal/translation/description_translation.hpp"
#include "perdure/backend/temporal/translation/part_translation.hpp"
#include "perdure/backend/temporal/translation/visibility_query.hpp"
#include "perdure/data/base64.hpp"
#include "temporal/api/workflowservice/v1/service.pb.h"

namespace perdure::inline v0::temporal {

namespace {

namespace service = api::workflowservice::v1;

constexpr std::size_t page_size_max = 1'000; ///< That servers give.
constexpr std::size_t sorted_runs_max = 10'000;

/// Tokens of pages: `p.` and the server's, or `s.`, the start of the last run and its run id.
[[noreturn]] void refuse_token() {
  throw error{errc::invalid_argument, "list: next_page_token is not one that a page gave"};
}
[[nodiscard]] auto token_of_server(std::string const& bytes) -> std::string {
  return bytes.empty() ? std::string{} : "p." + base64::encode(bytes);
}
[[nodiscard]] auto read_token_of_server(std::string_view token) -> std::string {
  if (token.empty()) return {};
  if (!token.starts_with("p.")) refuse_token();
  auto bytes = base64::try_decode(token.substr(2));
  if (!bytes) refuse_token();
  return std::move(*bytes);
}

/// Where a run stands among those that are listed oldest first.
using place = std::pair<std::int64_t, std::string>;
[[nodiscard]] auto place_of(workflow_description const& run) -> place {
  return {run.start_time.time_since_epoch().count(), run.execution.run_id.str()};
}
[[nodiscard]] auto token_of(place const& last) -> std::string {
  return "s." + std::to_string(last.first) + "." + last.second;
}
[[nodiscard]] auto read_place(std::string_view token) -> place {
  if (!token.starts_with("s.")) refuse_token();
  token.remove_prefix(2);
  place made{};
  auto const [end, status] = std::from_chars(token.data(), token.data() + token.size(), made.first);
  if (status != std::errc{} || end == token.data() + token.size() || *end != '.') refuse_token();
  made.second = token.substr(static_cast<std::size_t>(end - token.data()) + 1);
  return made;
}

[[nodiscard]] auto refuses_order(call_failed const& why) -> bool {
  return why.code() == status_code::invalid_argument && says(why.status(), "ORDER BY");
}

} // namespace

auto operator_calls::list_workflows(list_filter const& filter) -> list_page {
  if (filter.page_size == 0) throw error{errc::invalid_argument, "list: page_size is 0"};
  visibility_query const query = render_filter(filter);
  if (query.what == visibility_query::kind::none) return {};
  try {
    bool const oldest_first = filter.order == list_order::oldest_first;
    if (!oldest_first) return list_in_servers_order(query.text, filter);
    // Who has begun one way goes on that way.
    if (can_order_.load() && !filter.next_page_token.starts_with("s.")) {
      try {
        std::string const ordered = query.text + (query.text.empty() ? "" : " ");
        return list_in_servers_order(ordered + "ORDER BY StartTime ASC", filter);
      } catch (call_failed const& why) {
        if (!refuses_order(why)) throw;
        can_order_.store(false);
      }
    }
    return list_oldest_first(query.text, filter);
  } catch (call_failed const& why) {
    throw_refused("cannot list workflows with the query \"" + query.text + "\"", why);
  }
}

auto operator_calls::list_in_servers_order(std::string const& query, list_filter const& filter)
    -> list_page {
  service::ListWorkflowExecutionsRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_page_size(static_cast<std::int32_t>(std::min(filter.page_size, page_size_max)));
  message.set_next_page_token(read_token_of_server(filter.next_page_token));
  message.set_query(query);
  auto const told = server_->call(list_workflow_executions, message);
  list_page page{};
  for (auto const& each : told.executions()) page.workflows.push_back(read_description(each));
  page.next_page_token = token_of_server(told.next_page_token());
  return page;
}

auto operator_calls::list_oldest_first(std::string const& query, list_filter const& filter)
    -> list_page {
  list_filter rest{};
  rest.page_size = page_size_max;
  std::string text = query;
  place after{};
  if (!filter.next_page_token.empty()) {
    after = read_place(filter.next_page_token);
    // Stores may keep less of a time than they tell.
    list_filter later{};
    later.started_from = time_point{duration{after.first}} - std::chrono::milliseconds{1};
    if (!text.empty()) text = "(" + text + ") AND ";
    text += render_filter(later).text;
  }
  std::vector<workflow_description> all;
  do {
    list_page page = list_in_servers_order(text, rest);
    for (auto& each : page.workflows)
      if (place_of(each) > after) all.push_back(std::move(each));
    rest.next_page_token = std::move(page.next_page_token);
    if (all.size() > sorted_runs_max)
      throw error{errc::not_supported,
                  "list: this server cannot list the oldest runs first, and more than 10,000 match:"
                  " narrow the filter, or set .order = list_order::newest_first"};
  } while (!rest.next_page_token.empty());
  std::sort(all.begin(), all.end(),
            [](auto const& a, auto const& b) { return place_of(a) < place_of(b); });
  list_page page{};
  if (all.size() > filter.page_size) {
    all.resize(filter.page_size);
    page.next_page_token = token_of(place_of(all.back()));
  }
  page.workflows = std::move(all);
  return page;
}

auto operator_calls::count_workflows(list_filter const& filter) -> std::size_t {
  visibility_query const query = render_filter(filter);
  return query.what == visibility_query::kind::none ? 0 : count(query.text);
}

auto operator_calls::count(std::string const& query) -> std::size_t {
  service::CountWorkflowExecutionsRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_query(query);
  try {
    return static_cast<std::size_t>(server_->call(count_workflow_executions, message).count());
  } catch (call_failed const& why) {
    throw_refused("cannot count workflows with the query \"" + query + "\"", why);
  }
}

auto operator_calls::count_pinned(std::string const& deployment, std::string const& build_id)
    -> std::size_t {
  static constexpr search_attribute<keyword> version{"TemporalWorkerDeploymentVersion"};
  static constexpr search_attribute<keyword> behavior{"TemporalWorkflowVersioningBehavior"};
  static constexpr search_attribute<keyword> status{"ExecutionStatus"};
  return count(render_condition(version == deployment + ":" + build_id && behavior == "Pinned" &&
                                status.in({"Running", "Paused"}))
                   .text);
}

// ---------------------------------------------------------------------------------------- batches
namespace {

void write_operation(temporal_batch_request const& from, std::string const& identity,
                     service::StartBatchOperationRequest& to) {
  using operation = temporal_batch_request::operation;
  switch (from.what) {
  case operation::terminate: to.mutable_termination_operation()->set_identity(identity); break;
  case operation::cancel: to.mutable_cancellation_operation()->set_identity(identity); break;
  case operation::delete_runs: to.mutable_deletion_operation()->set_identity(identity); break;
  case operation::signal: {
    auto& signal = *to.mutable_signal_operation();
    signal.set_signal(checked_utf8(from.signal_name, "the name of the signal"));
    if (!from.signal_input.empty()) write_payloads(from.signal_input, *signal.mutable_input());
    signal.set_identity(identity);
    break;
  }
  }
}

} // namespace

auto operator_calls::start_batch(temporal_batch_request const& request) -> std::string {
  auto const refuse = [](char const* why) {
    throw error{errc::invalid_argument, std::string{"start_batch: "} + why};
  };
  visibility_query const which = render_filter(request.which);
  if (which.what == visibility_query::kind::all) refuse("every run matches the filter");
  if (which.what == visibility_query::kind::none) refuse("no run can match the filter");
  if (request.reason.empty()) refuse("set .reason");
  bool const is_signal = request.what == temporal_batch_request::operation::signal;
  if (is_signal == request.signal_name.empty()) refuse("a signal, and nothing else, has a name");
  service::StartBatchOperationRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_visibility_query(which.text);
  message.set_job_id(request.job_id.empty() ? random_uuid()
                                            : checked_utf8(request.job_id, "the job id"));
  message.set_reason(utf8_of(request.reason));
  message.set_max_operations_per_second(static_cast<float>(request.operations_per_second));
  write_operation(request, request.identity.empty() ? self_.identity : utf8_of(request.identity),
                  message);
  try {
    (void)server_->call(start_batch_operation, message);
  } catch (call_failed const& why) {
    throw_refused("cannot start batch '" + message.job_id() + "'", why);
  }
  return message.job_id();
}

auto operator_calls::describe_batch(std::string_view job_id) -> temporal_batch_description {
  service::DescribeBatchOperationRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_job_id(checked_utf8(job_id, "the job id"));
  try {
    auto const told = server_->call(describe_batch_operation, message);
    temporal_batch_description made{};
    made.job_id = told.job_id();
    made.status = static_cast<temporal_batch_description::state>(told.state());
    made.total_count = told.total_operation_count();
    made.completed_count = told.complete_operation_count();
    made.failed_count = told.failure_operation_count();
    made.started_at = read_time(told.start_time());
    if (told.has_close_time()) made.closed_at = read_time(told.close_time());
    made.identity = told.identity();
    made.reason = told.reason();
    made.query = told.query();
    return made;
  } catch (call_failed const& why) {
    throw_refused("cannot describe batch '" + std::string{job_id} + "'", why);
  }
}

void operator_calls::stop_batch(std::string_view job_id, std::string_view reason) {
  service::StopBatchOperationRequest message;
  message.set_namespace_(self_.namespace_);
  message.set_job_id(checked_utf8(job_id, "the job id"));
  message.set_reason(utf8_of(reason));
  message.set_identity(self_.identity);
  try {
    (void)server_->call(stop_batch_operation, message);
  } catch (call_failed const& why) {
    throw_refused("cannot stop batch '" + std::string{job_id} + "'", why);
  }
}

} // namespace perdure::inline v0::temporal
