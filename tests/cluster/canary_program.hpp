// A program that says a word of its own in every place where a program can say something.
#pragma once

#include "support/real_world.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace perdure_test::canary {

using namespace std::chrono_literals;

/// How all words begin.
inline constexpr std::string_view mark = "canary.";

/// What is said in a place. Neither JSON nor protobuf writes it in another way.
inline auto word(std::string_view place) -> std::string {
  return std::string{mark} + std::string{place} + ".";
}
inline auto payload_of(std::string_view place) -> perdure::payload {
  return perdure::to_payload(word(place));
}
/// Its message and its details are two places.
inline auto planned(std::string_view place, bool last = true) -> perdure::application_error {
  return perdure::application_error{
      word(place),
      {.type = "Planned",
       .non_retryable = last,
       .details = perdure::to_payloads(word(std::string{place} + "-details"))}};
}

/// All places, by what says the word there.
inline constexpr std::string_view places[] = {
    // a client
    "start-argument", "start-header", "memo", "static-summary", "static-details", "signal",
    "signal-header", "query-argument", "query-header", "update-argument", "update-header",
    "rejected-argument", "start-signal", "start-update", "schedule-argument", "schedule-memo",
    "schedule-run-memo", "async-heartbeat", "async-result",
    // activities
    "activity-result", "heartbeat", "retried", "retried-details", "activity-failure",
    "activity-failure-details", "pending-failure", "pending-failure-details",
    "activity-cancelled-details", "local-result", "local-failure", "local-failure-details",
    // workflows
    "activity-argument", "activity-header", "activity-summary", "side-effect", "timer-summary",
    "child-argument", "child-memo", "child-summary", "child-details", "child-result",
    "child-signal", "external-signal", "child-failure", "child-failure-details", "upserted-memo",
    "current-details", "query-result", "query-failure", "update-result", "update-failure",
    "update-failure-details", "update-rejection", "update-rejection-details", "task-failure",
    "continued-argument", "workflow-failure", "workflow-failure-details",
    "workflow-cancelled-details"};

/// Places that the protocol has no room for: what is said there stays in the program.
inline constexpr std::string_view kept_places[] = {"activity-cancelled", "local-argument",
                                                   "workflow-cancelled"};

// ------------------------------------------------------------------------------------- activities
inline auto says(std::string) -> std::string {
  perdure::heartbeat(word("heartbeat"));
  if (perdure::activity_info_now().attempt > 1) return word("activity-result");
  throw planned("retried", false);
}
inline auto fails_for_now() -> std::string { throw planned("pending-failure", false); }
inline auto fails(std::string) -> std::string { throw planned("activity-failure"); }
inline auto stops() -> std::string {
  while (perdure::try_heartbeat()) std::this_thread::yield();
  throw perdure::cancelled_error{word("activity-cancelled"),
                                 perdure::to_payloads(word("activity-cancelled-details"))};
}
inline gate detached;
inline auto is_completed_elsewhere() -> std::string {
  (void)perdure::complete_asynchronously();
  detached.add();
  return {};
}
inline auto says_locally(std::string) -> std::string { return word("local-result"); }
inline auto fails_locally() -> std::string { throw planned("local-failure"); }

// -------------------------------------------------------------------------------------- workflows
inline constexpr perdure::signal<std::string> told{"told"};
inline constexpr perdure::query<std::string(std::string)> asked{"asked"};
inline constexpr perdure::query<std::string()> asked_in_vain{"asked_in_vain"};
inline constexpr perdure::update<std::string(std::string)> change{"change"};
inline constexpr perdure::update<std::string(std::string)> change_in_vain{"change_in_vain"};

inline auto child(std::string) -> perdure::workflow<std::string> { co_return word("child-result"); }
inline auto failing_child() -> perdure::workflow<std::string> {
  throw planned("child-failure");
  co_return "";
}
inline auto listener(int signals) -> perdure::workflow<std::string> {
  auto const changes = perdure::handle(change, [](std::string to) { return to; });
  std::string last;
  for (int i = 0; i < signals; ++i) last = co_await perdure::receive(told);
  co_return last;
}
inline auto cancelled_one() -> perdure::workflow<std::string> {
  try {
    (void)co_await perdure::receive(told);
  } catch (perdure::cancelled_error const&) {
  }
  throw perdure::cancelled_error{word("workflow-cancelled"),
                                 perdure::to_payloads(word("workflow-cancelled-details"))};
}
inline auto waits_for_an_attempt() -> perdure::workflow<std::string> {
  co_return co_await perdure::execute_activity<fails_for_now>(
      {.start_to_close_timeout = 60s, .retry_policy = {.initial_interval = 1h}});
}
inline std::atomic<bool> fails_a_task; ///< Once.
inline auto last_run(std::string) -> perdure::workflow<std::string> {
  if (fails_a_task.exchange(false)) throw std::runtime_error{word("task-failure")};
  throw planned("workflow-failure");
  co_return "";
}

inline auto calls_activities() -> perdure::workflow<void> {
  (void)co_await perdure::execute_activity<says>(word("activity-argument"),
                                                 {.start_to_close_timeout = 60s,
                                                  .retry_policy = {.initial_interval = 1ms},
                                                  .summary = word("activity-summary")});
  auto stopping = perdure::start_activity<stops>(
      {.start_to_close_timeout = 60s,
       .heartbeat_timeout = 1s,
       .cancellation_type = perdure::cancellation_type::wait_cancellation_completed});
  (void)co_await perdure::as_outcome(
      perdure::execute_activity<fails>("", {.start_to_close_timeout = 60s}));
  stopping.cancel();
  (void)co_await perdure::as_outcome(std::move(stopping));
  (void)co_await perdure::execute_activity<is_completed_elsewhere>(
      {.start_to_close_timeout = 60s, .activity_id = "elsewhere"});
  (void)co_await perdure::execute_local_activity<says_locally>(word("local-argument"),
                                                               {.start_to_close_timeout = 60s});
  (void)co_await perdure::as_outcome(
      perdure::execute_local_activity<fails_locally>({.start_to_close_timeout = 60s}));
  (void)co_await perdure::side_effect([] { return word("side-effect"); });
}
inline auto calls_children(std::string id) -> perdure::workflow<void> {
  perdure::child_workflow_options options{.id = id + "-child"};
  options.memo = {{"m", payload_of("child-memo")}};
  options.static_summary = word("child-summary");
  options.static_details = word("child-details");
  (void)co_await perdure::execute_child_workflow<child>(word("child-argument"), options);
  (void)co_await perdure::as_outcome(
      perdure::execute_child_workflow<failing_child>({.id = id + "-failing"}));
  auto listening = perdure::start_child_workflow<listener>(2, {.id = id + "-listener"});
  (void)co_await listening.started();
  co_await listening.signal(told, word("child-signal"));
  co_await perdure::external_workflow(id + "-listener").signal(told, word("external-signal"));
  (void)co_await std::move(listening);
}
/// All that a run can do, up to a signal; what follows it fails.
inline auto says_all(std::string) -> perdure::workflow<std::string> {
  perdure::set_current_details(word("current-details"));
  auto const answers = perdure::handle(asked, [](std::string) { return word("query-result"); });
  auto const refuses = perdure::handle(asked_in_vain, []() -> std::string {
    throw perdure::application_error{word("query-failure")};
  });
  auto const changes = perdure::handle(
      change, [](std::string) { return word("update-result"); },
      [](std::string const& to) {
        if (to == word("rejected-argument")) throw planned("update-rejection");
      });
  auto const changes_not = perdure::handle(
      change_in_vain, [](std::string) -> std::string { throw planned("update-failure"); });
  co_await calls_activities();
  co_await calls_children(perdure::info().workflow_id);
  co_await perdure::sleep(1ms, {.summary = word("timer-summary")});
  perdure::upsert_memo("note", word("upserted-memo"));
  (void)co_await perdure::receive(told);
  co_await perdure::continue_as_new<last_run>(word("continued-argument"));
  co_return "";
}

// ----------------------------------------------------------------------------------- interceptors
class headers_of_client final : public perdure::client_interceptor {
  template <class Request, class Result>
  using next = perdure::next_call<Request, Result>;
  using start_request = perdure::start_workflow_request;
  using start_result = perdure::start_workflow_result;
  using signal_request = perdure::signal_workflow_request;
  using query_request = perdure::query_workflow_request;
  using update_request = perdure::update_workflow_request;

  auto start_workflow(start_request& request, next<start_request, start_result> rest)
      -> start_result override {
    request.header.make()["h"] = payload_of("start-header");
    return rest(request);
  }
  void signal_workflow(signal_request& request, next<signal_request, void> rest) override {
    request.header.make()["h"] = payload_of("signal-header");
    rest(request);
  }
  auto query_workflow(query_request& request, next<query_request, perdure::query_result> rest)
      -> perdure::query_result override {
    request.header.make()["h"] = payload_of("query-header");
    return rest(request);
  }
  auto update_workflow(update_request& request, next<update_request, perdure::update_status> rest)
      -> perdure::update_status override {
    request.update.input.header.make()["h"] = payload_of("update-header");
    return rest(request);
  }
};
class headers_of_worker final : public perdure::worker_interceptor {
  class of_run final : public perdure::workflow_interceptor {
    void outgoing(perdure::outgoing_call& call) override {
      if (call.kind == perdure::outgoing_kind::activity)
        call.header.make()["h"] = payload_of("activity-header");
    }
  };
  auto intercept_workflow() -> std::unique_ptr<perdure::workflow_interceptor> override {
    return std::make_unique<of_run>();
  }
};

} // namespace perdure_test::canary
