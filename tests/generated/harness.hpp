// Runs one program on the library, and checks what must hold for every history.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "generated/interpreter.hpp"
#include "generated/oracle/oracle.hpp"

namespace generated {

/// What a program did on the library.
struct performance {
  oracle::endings endings{};
  std::string histories{}; ///< All of them, as JSON.
  std::string fault{};     ///< What was wrong whatever the program was; empty: nothing.
};

/// Checks one history: ids, the end, each thing that was begun ended once at most.
inline void check_history(perdure::history const& h, bool open, std::string& fault) {
  namespace events = perdure::events;
  using type = perdure::event_type;
  std::map<perdure::event_id, int> ends;
  std::size_t terminal = 0;
  for (std::size_t i = 0; i < h.events.size(); ++i) {
    perdure::event const& e = h.events[i];
    if (e.id != static_cast<perdure::event_id>(i) + 1) fault += "event ids are not 1, 2, 3, ...; ";
    if (perdure::replay::is_close_event(e.type)) ++terminal;
    switch (e.type) {
    case type::workflow_task_failed:
      fault +=
          "a workflow task failed: " + e.as<events::workflow_task_failed>().failure->message + "; ";
      break;
    case type::workflow_task_timed_out: fault += "a workflow task timed out; "; break;
    case type::activity_task_completed:
      ++ends[e.as<events::activity_task_completed>().scheduled_event_id];
      break;
    case type::activity_task_failed:
      ++ends[e.as<events::activity_task_failed>().scheduled_event_id];
      break;
    case type::activity_task_timed_out:
      ++ends[e.as<events::activity_task_timed_out>().scheduled_event_id];
      break;
    case type::activity_task_canceled:
      ++ends[e.as<events::activity_task_canceled>().scheduled_event_id];
      break;
    case type::timer_fired: ++ends[e.as<events::timer_fired>().started_event_id]; break;
    case type::timer_canceled: ++ends[e.as<events::timer_canceled>().started_event_id]; break;
    case type::child_workflow_execution_completed:
      ++ends[e.as<events::child_workflow_execution_completed>().initiated_event_id];
      break;
    case type::child_workflow_execution_failed:
      ++ends[e.as<events::child_workflow_execution_failed>().initiated_event_id];
      break;
    case type::child_workflow_execution_canceled:
      ++ends[e.as<events::child_workflow_execution_canceled>().initiated_event_id];
      break;
    case type::child_workflow_execution_timed_out:
      ++ends[e.as<events::child_workflow_execution_timed_out>().initiated_event_id];
      break;
    case type::child_workflow_execution_terminated:
      ++ends[e.as<events::child_workflow_execution_terminated>().initiated_event_id];
      break;
    case type::start_child_workflow_execution_failed:
      ++ends[e.as<events::start_child_workflow_execution_failed>().initiated_event_id];
      break;
    case type::external_workflow_execution_signaled:
      ++ends[e.as<events::external_workflow_execution_signaled>().initiated_event_id];
      break;
    case type::signal_external_workflow_execution_failed:
      ++ends[e.as<events::signal_external_workflow_execution_failed>().initiated_event_id];
      break;
    default: break;
    }
  }
  for (auto const& [id, n] : ends)
    if (n != 1)
      fault +=
          "what event " + std::to_string(id) + " began ended " + std::to_string(n) + " times; ";
  if (terminal != (open ? 0U : 1U) ||
      (!open && !perdure::replay::is_close_event(h.events.back().type)))
    fault += "a run has " + std::to_string(terminal) + " terminal events; ";
}

[[nodiscard]] inline auto status_of(perdure::history const& h) -> std::string {
  switch (h.events.back().type) {
  case perdure::event_type::workflow_execution_completed: return "completed";
  case perdure::event_type::workflow_execution_failed:
    return "failed: " +
           in_short(*h.events.back().as<perdure::events::workflow_execution_failed>().failure);
  case perdure::event_type::workflow_execution_canceled: return "cancelled";
  case perdure::event_type::workflow_execution_terminated: return "terminated";
  case perdure::event_type::workflow_execution_timed_out: return "timed out";
  case perdure::event_type::workflow_execution_continued_as_new: return "continued";
  default: return "running";
  }
}

/// How many signals are in a history, and how many of them another run sent.
[[nodiscard]] inline auto count_signals(perdure::history const& h, perdure::event_type type)
    -> int {
  int n = 0;
  for (perdure::event const& e : h.events) n += e.type == type ? 1 : 0;
  return n;
}

inline void release_parked() {
  for (auto const each : std::exchange(observed().parked, {})) each.resume();
}

/// A backend in virtual time with a worker and a client. `Open` gives a backend, for a point in
/// time at which its clock begins.
template <class Backend, class Open>
class stage {
public:
  stage(Open open, std::size_t cached) : open_{std::move(open)}, cached_{cached} { begin(); }
  stage(stage const&) = delete;
  auto operator=(stage const&) -> stage& = delete;
  ~stage() { end(); }

  void advance_to(std::int64_t at) {
    backend_->advance(perdure::duration{at - now_});
    now_ = at;
  }
  [[nodiscard]] auto client() -> perdure::client<Backend> { return perdure::client{*backend_}; }
  /// The worker stops; its cache should then be empty.
  void stop() {
    release_parked();
    worker_->stop();
    release_parked();
  }
  [[nodiscard]] auto cached() const -> std::size_t { return worker_->cached_workflows(); }
  /// Another worker takes over: it has nothing cached.
  void replace_worker() {
    worker_->stop();
    make_worker();
  }
  /// As if the process had ended, and another one had opened the same place.
  void reopen() {
    end();
    begin();
  }

private:
  void begin() {
    backend_ = open_(perdure::duration{now_});
    make_worker();
  }
  void make_worker() {
    worker_ = std::make_unique<perdure::worker<Backend>>(
        *backend_, perdure::worker_options{.task_queue = "generated",
                                           .identity = "tests",
                                           .max_concurrent_activities = 1'000'000,
                                           .max_cached_workflows = cached_});
    worker_->template add<interpret, work, never>();
    worker_->start();
  }
  void end() {
    stop();
    worker_.reset();
    backend_.reset();
  }
  Open open_;
  std::size_t cached_;
  std::int64_t now_{0};
  std::unique_ptr<Backend> backend_{};
  std::unique_ptr<perdure::worker<Backend>> worker_{};
};

/// What became of an update, as its sender sees it now.
template <class Handle>
auto look_at(Handle const& update) -> std::string {
  try {
    switch (update.stage()) {
    case perdure::update_stage::completed: return "gave " + std::to_string(update.result());
    case perdure::update_stage::accepted: return "accepted";
    default: return "admitted";
    }
  } catch (perdure::failure_error const& failed) {
    return in_short(failed.failure());
  } catch (perdure::error const& e) {
    if (e.code() != perdure::errc::not_found && e.code() != perdure::errc::already_closed) throw;
    return "gone";
  }
}
/// What a query gives; it must leave no history.
template <class Handle>
auto ask(Handle const& target, std::string& fault) -> std::string {
  try {
    auto const before = target.fetch_history().to_json();
    std::string answer = "refused";
    try {
      answer = target.query(look_query);
    } catch (std::exception const&) {
      // There is no handler, or the run has not begun.
    }
    if (target.fetch_history().to_json() != before) fault += "a query has changed history; ";
    return answer;
  } catch (perdure::error const&) {
    return "refused"; // there is no such run
  }
}

/// Sends what comes from outside, each at its time, and then ends the program. `reopens`: before
/// each of them the place is opened again.
template <class Stage>
class sender {
public:
  sender(program const& p, Stage& on, bool reopens) : p_{p}, on_{on}, reopens_{reopens} {}

  int taken{0}; ///< Signals.
  std::vector<std::string> replies{};
  std::string fault{};

  void send_all() {
    for (outside const& each : p_.events) {
      on_.advance_to(each.at);
      reopen();
      send(each);
    }
    on_.advance_to(patience);
    reopen();
    (void)refused([&] { on_.client().get_handle(root_id).cancel("took too long"); });
    on_.advance_to(2 * patience);
    (void)refused([&] { on_.client().get_handle(root_id).terminate("took too long"); });
    on_.advance_to(3 * patience);
    for (sent const& each : accepted_)
      replies.push_back(each.name + " in the end " + look_at(handle_of(each)));
  }

private:
  struct sent {
    std::string name;
    std::string to;
    std::string run_id;
  };
  [[nodiscard]] auto handle_of(sent const& update) const {
    return on_.client()
        .get_handle(update.to, update.run_id)
        .template get_update_handle<int>(update.name);
  }
  template <class Call>
  static auto refused(Call&& call) -> bool {
    try {
      call();
      return false;
    } catch (perdure::error const& e) {
      if (e.code() != perdure::errc::not_found && e.code() != perdure::errc::already_closed) throw;
      return true;
    }
  }
  void reopen() {
    if (reopens_) on_.reopen();
  }
  void send(outside const& each) {
    auto const target = on_.client().get_handle(each.target);
    sent update{"u" + std::to_string(each.value), each.target, {}};
    switch (each.what) {
    case errand::cancel: (void)refused([&] { target.cancel("from outside"); }); break;
    case errand::signal:
      if (!refused([&] { target.signal(signals[each.number], each.value); })) ++taken;
      break;
    case errand::deploy:
      on_.replace_worker();
      observed().build = 2;
      break;
    case errand::query: replies.push_back("look " + ask(target, fault)); break;
    case errand::update: {
      std::string now = "refused by the server";
      if (!refused([&] {
            update.run_id =
                target
                    .start_update(add_update, each.value,
                                  {.id = update.name, .wait_for = perdure::update_stage::admitted})
                    .run_id();
          })) {
        on_.advance_to(each.at);
        now = look_at(handle_of(update));
      }
      replies.push_back(update.name + " " + now);
      if (now == "accepted") accepted_.push_back(update);
      if (now == "admitted") reopens_ = false; // an update that is not accepted is not kept
      break;
    }
    }
  }
  program const& p_;
  Stage& on_;
  bool reopens_;
  std::vector<sent> accepted_{};
};

/// Runs a program on a stage; `replays`: also replays every history.
template <class Stage>
auto perform_on(Stage& on, program const& p, bool replays, bool reopens) -> performance {
  performance result{};
  observed().traces.clear();
  observed().attempts.clear();
  observed().build = is_deployed_over(p) ? 1 : 2;
  (void)on.client().template start_workflow<interpret>({p.steps, 0, {}},
                                                       {.id = root_id, .task_queue = "generated"});
  sender<Stage> outside_world{p, on, reopens};
  outside_world.send_all();
  int sent = outside_world.taken;
  result.fault += outside_world.fault;
  result.endings["replies"] = {{"", outside_world.replies}};
  on.stop();
  auto const client = on.client();

  auto const replayer = perdure::replayer{}.add<interpret>();
  auto const traces = std::exchange(observed().traces, {});
  int received = 0;
  for (auto const& each : client.list({.limit = 100'000})) {
    perdure::history const history =
        client.get_handle(each.execution.workflow_id.str(), each.execution.run_id.str())
            .fetch_history();
    check_history(history, each.status == perdure::workflow_execution_status::running,
                  result.fault);
    received += count_signals(history, perdure::event_type::workflow_execution_signaled);
    sent += count_signals(history, perdure::event_type::external_workflow_execution_signaled);
    auto const noted = traces.find(each.execution.run_id.str());
    auto& mine = result.endings[each.execution.workflow_id.str()].emplace_back();
    mine.status = status_of(history);
    if (noted != traces.end())
      mine.notes = noted->second;
    else
      mine.notes =
          history.events.front().as<perdure::events::workflow_execution_started>().input.empty()
              ? std::vector<std::string>{}
              : std::get<0>(perdure::from_payloads<job>(
                                history.events.front()
                                    .as<perdure::events::workflow_execution_started>()
                                    .input))
                    .before;
    result.histories += history.to_json() + "\n";
    if (!replays) continue;
    auto const replayed = replayer.replay(history);
    if (!replayed.ok())
      result.fault +=
          "replay of " + each.execution.workflow_id.str() + ": " + replayed.problem + "; ";
  }
  if (received != sent)
    result.fault +=
        std::to_string(sent) + " signals were taken, " + std::to_string(received) + " recorded; ";
  for (auto const& [attempt, times] : observed().attempts)
    if (times != 1)
      result.fault += "attempt " + attempt + " ran " + std::to_string(times) + " times; ";
  if (observed().frames != 0)
    result.fault += std::to_string(observed().frames) + " coroutines are alive after the end; ";
  observed().frames = 0;
  if (on.cached() != 0) result.fault += "runs are cached after the worker has stopped; ";
  return result;
}

/// Runs a program in memory with a cache of that many runs.
[[nodiscard]] inline auto perform(program const& p, std::size_t cached, bool replays)
    -> performance {
  auto const open = [&](perdure::duration) {
    return std::make_unique<perdure::memory_backend>(perdure::memory_backend_options{
        .clock = perdure::clock_mode::virtual_time, .seed = p.seed * 2 + 1});
  };
  stage<perdure::memory_backend, decltype(open)> on{open, cached};
  return perform_on(on, p, replays, false);
}

} // namespace generated
