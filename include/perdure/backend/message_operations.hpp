// Updates, and what begins a run with a message, for backends that have the engine inside.
#pragma once

#include <condition_variable> // brings the clock, which <chrono> would do at a price
#include <cstdint>
#include <optional>
#include <utility>

#include "perdure/backend/embedded_operations.hpp"
#include "perdure/engine/query_book.hpp"

namespace perdure::inline v0 {

namespace detail {

/// When a wait ends that began now: never, for a wait of zero.
[[nodiscard]] inline auto end_of_wait(duration wait) -> std::optional<time_point> {
  if (wait <= duration{}) return std::nullopt;
  return engine::later(std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()),
                       wait);
}

/// What a caller gets of a query whose wait has ended. \throws error (unanswered)
[[nodiscard]] inline auto result_of_query(engine::pending_query& query,
                                          query_workflow_request const& request,
                                          std::string const& queue) -> query_result {
  std::string const which =
      "query '" + request.type + "' of workflow '" + request.execution.workflow_id.str() + "'";
  if (query.now != engine::pending_query::phase::done)
    throw error{errc::unanswered, which + " was not answered in time: " +
                                      (query.seen ? "a worker has it and did not answer"
                                                  : "no worker of queue '" + queue + "' took it") +
                                      "; it can be asked again"};
  if (query.answer.id == engine::query_book::unanswerable)
    throw error{errc::unanswered, which + " cannot be answered: " + query.answer.failed->message};
  return {std::move(query.answer.result), std::move(query.answer.failed), {}};
}

} // namespace detail

/// Base of embedded backends, beside `embedded_operations`. `Backend` gives, besides `change(f)`:
///  `update_news()`, a number that grows when some update has come further;
///  `wait_for_news(seen, end)`, which returns when it is another, false at the end of the wait;
///  `is_virtual()`, and `drive_until(done, wait)`, which then lets workers work and time pass.
template <class Backend>
class message_operations {
  using children = typename embedded_operations<Backend>::children;

public:
  /// Sends an update and waits until it has come as far as asked for. Where it is after that stands
  /// in history: an outcome is never lost; what is admitted and not accepted is delivered again if
  /// a worker dies, and moves on to the run that continues or retries this one.
  /// \throws error (not_found, already_closed, invalid_argument, limit_exceeded); in virtual time
  ///         (stalled), when nothing is left that could bring it about
  auto update_workflow(update_workflow_request const& request) -> update_status {
    update_wait wait{request.execution, 0, request.update.meta.update_id, request.wait_for,
                     request.wait_timeout};
    wait.run = self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      return engine.perform(now, news,
                            [&](auto& step) { return engine::update_workflow(step, request); });
    });
    return await(wait);
  }
  /// How an update stands, once it has come as far as asked for.
  /// \throws error (not_found; already_closed: its run ended before it was accepted; stalled)
  auto poll_update(poll_update_request const& request) -> update_status {
    update_wait wait{request.execution, 0, request.update_id, request.wait_for,
                     request.wait_timeout};
    wait.run = self().change(children::start, [&](auto& engine, time_point, auto&) {
      return engine.find(request.execution).number;
    });
    return await(wait);
  }
  /// Signals the open run of a workflow id; if there is none, starts one that has the signal in
  /// history before its first task. \throws error (already_started, invalid_argument)
  auto signal_with_start_workflow(signal_with_start_request const& request)
      -> start_workflow_result {
    return self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      return engine.perform(now, news,
                            [&](auto& step) { return engine::signal_with_start(step, request); });
    });
  }
  /// Starts a run, or finds the one that is there, and sends it an update: both or neither.
  /// \throws error (already_started, invalid_argument, limit_exceeded, already_closed), and what
  ///         `update_workflow` throws
  auto update_with_start_workflow(update_with_start_request const& request)
      -> update_with_start_result {
    auto const made = self().change(children::start, [&](auto& engine, time_point now, auto& news) {
      return engine.perform(now, news,
                            [&](auto& step) { return engine::update_with_start(step, request); });
    });
    return {made.start, await({made.start.execution, made.run, request.update.meta.update_id,
                               request.wait_for, request.wait_timeout})};
  }

private:
  friend Backend;
  message_operations() = default;
  ~message_operations() = default;
  [[nodiscard]] auto self() noexcept -> Backend& { return static_cast<Backend&>(*this); }

  struct update_wait {
    workflow_execution target{};
    run_number run{};
    shared_string id{};
    update_stage stage{};
    duration timeout{};
  };
  [[nodiscard]] auto look(update_wait const& wait) -> update_status {
    return self().change(children::wait, [&](auto& engine, time_point now, auto& news) {
      return engine.perform(now, news, [&](auto& step) {
        return engine::poll_update(step, wait.target, wait.run, wait.id.view());
      });
    });
  }
  [[nodiscard]] auto await(update_wait const& wait) -> update_status {
    update_status status{};
    auto const reached = [&] {
      status = look(wait);
      return status.stage >= wait.stage;
    };
    if (self().is_virtual()) {
      self().drive_until(reached, wait.timeout, wait.run);
      return status;
    }
    auto const end = detail::end_of_wait(wait.timeout);
    for (bool in_time = true;;) {
      std::uint64_t const seen = self().update_news();
      if (reached() || !in_time) return status;
      in_time = self().wait_for_news(seen, end);
    }
  }
};

} // namespace perdure::inline v0
