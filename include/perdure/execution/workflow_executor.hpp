// Drives the code of one run: events in, commands out.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/execution/carried_signals.hpp"
#include "perdure/execution/failure_conversion.hpp"
#include "perdure/execution/local_turns.hpp"
#include "perdure/execution/message_turn.hpp"
#include "perdure/execution/query_answers.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/history/task.hpp"
#include "perdure/metrics.hpp"
#include "perdure/replay/job_list.hpp"
#include "perdure/version.hpp"
#include "perdure/workflow/local_work.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

/// `folder/file:line`; the folders above are of the machine that built it. Empty if it is unknown.
[[nodiscard]] inline auto short_place(std::source_location at) -> std::string {
  if (at.line() == 0) return {};
  std::string_view file{at.file_name()};
  file.remove_prefix(file.rfind('/', file.rfind('/') - 1) + 1);
  return std::string{file} + ":" + std::to_string(at.line());
}

/// A live run: its machine, its coroutines, and where they stand. Used by one thread at a time.
/// (A template, so that a file that runs no workflow does not pay for compiling it.)
template <class Unused>
class basic_workflow_executor {
public:
  /// `fail_run_on`: failure types that end the run where another exception would fail the workflow
  /// task. It must outlive this object.
  basic_workflow_executor(workflow_starter starter, workflow_execution execution,
                          shared_string workflow_type,
                          std::span<std::string const> fail_run_on = {})
      : starter_{starter}, fail_run_on_{fail_run_on} {
    run_.identity = {std::move(execution), std::move(workflow_type)};
    run_.machine.set_run_id(run_.identity.execution.run_id);
    run_.log.tags.workflow_type = run_.identity.workflow_type;
    run_.log.tags.workflow_id = run_.identity.execution.workflow_id;
    run_.log.tags.run_id = run_.identity.execution.run_id;
  }
  basic_workflow_executor(basic_workflow_executor const&) = delete;
  auto operator=(basic_workflow_executor const&) -> basic_workflow_executor& = delete;
  /// Evicts the run: its frames are destroyed, with no exception and no effect.
  ~basic_workflow_executor() {
    enter_run const entered{run_};
    run_.closing = true;
    run_.log.silent = true;
    if (auto* const hooks = run_interceptors::of(run_); hooks != nullptr && !over_)
      hooks->evicted();
    main_.destroy();
    if (run_.calls_while_closing != 0) {
      run_.log.silent = false;
      log().warning(
          "a destructor called the workflow API while its run was evicted; the calls had no effect",
          {{"calls", run_.calls_while_closing},
           {"first_call", run_.call_while_closing},
           {"at", std::string{run_.place_of_call.file_name()} + ":" +
                      std::to_string(run_.place_of_call.line())}});
    }
  }

  /// Lets interceptors look into the run. \pre it has processed nothing
  void intercept(worker_interceptors const& around) { run_.hooks = run_interceptors::make(around); }

  /// Lets its code measure. `where` outlives it.
  void measure(metric_route const* where) noexcept { run_.log.metrics = where; }

  /// How its code converts; null: as usual. `with` outlives it. \pre it has processed nothing
  void convert_by(data_converter const* with) noexcept { run_.converter = with; }

  static constexpr event_id never = -1;

  /// Takes in events, the next ones of this run, and runs its code for each logical task in them;
  /// the last one gets the updates that came with the task. Leaves the commands of the last turn to
  /// be collected. Stops early after the turn at event `stop_after`.
  /// \throws nondeterminism_error, error, or what workflow code threw that is no failure: the
  /// workflow task has failed and this object is of no more use.
  void process(std::span<event const> events, event_id stop_after = never,
               std::span<delivered_update const> updates = {}) {
    advance(events, stop_after, updates, false);
  }

  /// As `process`, for a query: goes to where the last completed task left the run's code, so that
  /// a later task can go on from there.
  void catch_up(std::span<event const> events) { advance(events, never, {}, true); }

  /// The answer to the workflow task that `process` has worked on. Once.
  [[nodiscard]] auto completion(std::span<workflow_query const> queries = {})
      -> workflow_task_completion {
    workflow_task_completion answer{};
    converter_scope const scope{run_.converter};
    run_.machine.collect(answer.commands);
    if (message_desk* const desk = find_desk(run_)) answer.updates = take_update_messages(*desk);
    for (workflow_query const& each : queries) answer.queries.push_back(this->answer(each));
    if (run_.machine.recorded_flags() == replay::flag_set{}) {
      static indirect<sdk_metadata> const all = flags_to_record({}); // the rule: a run's first task
      answer.sdk = all;
    } else if (!replay::flag_set::ours().subset_of(run_.machine.recorded_flags())) {
      answer.sdk = flags_to_record(run_.machine.recorded_flags());
    }
    return answer;
  }

  /// Answers a query with the run's state as it is; changes nothing.
  [[nodiscard]] auto answer(workflow_query const& asked) -> query_answer {
    enter_run const entered{run_};
    return answer_query(run_, asked);
  }

  /// Whether the code waits for local activities, which others run: the workflow task goes on.
  [[nodiscard]] auto waits_for_local_activities() const noexcept -> bool {
    return run_.local && !run_.local->works.empty() && !over_;
  }
  /// Whether there is something to be begun, waited for or stopped.
  [[nodiscard]] auto has_local_wishes() const noexcept -> bool {
    return waits_for_local_activities() || (run_.local && !run_.local->stops.empty() && !over_);
  }
  /// Those to be begun now.
  [[nodiscard]] auto take_local_calls() -> std::vector<local_call> {
    return detail::take_local_calls(run_);
  }
  /// Those to be stopped now.
  [[nodiscard]] auto take_local_stops() -> std::vector<local_stop> {
    return std::exchange(run_.local->stops, {});
  }
  /// A local activity has ended: runs the code that waits for it. \throws as `process`
  void finish_local_activity(local_result const& done) {
    local_work const* const work = run_.local->find_sequence(done.sequence);
    if (work == nullptr || over_) return;
    enter_run const entered{run_};
    end_local_activity(run_, *work, done);
    run_.drain();
    run_side_effects(run_, [this] { return !has_ended(); });
    finish_turn();
  }

  [[nodiscard]] auto machine() const noexcept -> replay::workflow_machine const& {
    return run_.machine;
  }
  /// For a report about an exception: where its code was, as `the last await before it:
  /// folder/file:line`.
  [[nodiscard]] auto place() const -> std::string {
    std::string const at = short_place(run_.last_await);
    return at.empty() ? at : "the last await before it: " + at;
  }
  /// Whether the code has ended: returned, failed, was cancelled, or continues as new.
  [[nodiscard]] auto ended() const noexcept -> bool { return over_; }
  [[nodiscard]] auto last_event_id() const noexcept -> event_id {
    return run_.machine.last_event_id();
  }
  [[nodiscard]] auto run_id() const noexcept -> shared_string const& {
    return run_.identity.execution.run_id;
  }
  /// Bytes that it keeps alive, its coroutines included. Not those of events, commands and
  /// payloads, which history has as well, of local activities, and of what the code itself has on
  /// the heap.
  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t {
    return sizeof(*this) + run_.heap_bytes();
  }

private:
  void advance(std::span<event const> events, event_id stop_after,
               std::span<delivered_update const> updates, bool only_settled) {
    enter_run const entered{run_};
    replay::job_list jobs;
    for (std::size_t from = 0; from < events.size();) {
      replay::task_sequence const sequence = replay::next_sequence(events, from);
      if (only_settled && (sequence.how == replay::task_sequence::ending::open ||
                           sequence.how == replay::task_sequence::ending::current))
        return;
      jobs.clear();
      run_.machine.feed(events.subspan(from, sequence.end - from), jobs);
      from = sequence.end;
      bool const completed = sequence.how == replay::task_sequence::ending::completed;
      for (event const& e : jobs.admitted)
        admitted_.push_back({e.id, e.as<events::workflow_execution_update_admitted>().request});
      if (!completed && sequence.how != replay::task_sequence::ending::current) continue;
      take_turn(jobs, completed ? looking_ahead(events.subspan(from)) : live(updates));
      if (events[from - 1].id == stop_after) return;
    }
  }

  struct turn_facts {
    replay::look_ahead ahead{};
    replay::flag_set flags{};
    std::vector<delivered_update> updates{};
  };

  [[nodiscard]] static auto flags_to_record(replay::flag_set recorded) -> sdk_metadata {
    sdk_metadata sdk{};
    for (std::uint32_t number = 1; number < 4; ++number)
      if (!recorded.has(static_cast<replay::core_flag>(number)))
        sdk.core_used_flags.push_back(number);
    sdk.sdk_name = "perdure";
    sdk.sdk_version = version;
    return sdk;
  }

  [[nodiscard]] auto live(std::span<delivered_update const> updates) -> turn_facts {
    turn_facts facts{};
    for (delivered_update const& each : updates)
      facts.updates.push_back(with_admitted_request(each, admitted_));
    facts.flags = run_.machine.recorded_flags() | replay::flag_set::ours();
    return facts;
  }

  /// What the completion of the task, and the commands recorded with it, tell before its code runs.
  [[nodiscard]] auto looking_ahead(std::span<event const> rest) -> turn_facts {
    turn_facts facts{};
    facts.ahead.replaying = true;
    facts.flags = run_.machine.recorded_flags();
    if (rest.empty() || rest.front().type != event_type::workflow_task_completed) return facts;
    facts.flags.add(rest.front().as<events::workflow_task_completed>());
    for (event const& e : rest.subspan(1)) {
      if (!replay::is_command_event(e.type)) break;
      if (auto const* u = e.attributes.get_if<events::workflow_execution_update_accepted>())
        facts.updates.push_back(update_of(*u, admitted_));
      if (e.type != event_type::marker_recorded) continue;
      auto const& marker = e.as<events::marker_recorded>();
      if (marker.marker_name == replay::patch_marker_name)
        facts.ahead.patches.push_back(replay::parse_patch_marker(marker));
      else if (marker.marker_name == replay::local_activity_marker_name)
        facts.ahead.local_activities.push_back(replay::parse_local_activity_marker(e.attributes));
    }
    return facts;
  }

  void take_turn(replay::job_list const& jobs, turn_facts facts) {
    bool const live = !facts.ahead.replaying;
    run_.log.silent = !live;
    run_.machine.begin_turn(std::move(facts.ahead), facts.flags);
    if (message_desk* const desk = find_desk(run_)) desk->begin_turn();
    if (run_.local) run_.local->round = 0;
    if (jobs.start) start();
    for (shared_string const& run_id : jobs.reseed) {
      run_.machine.set_run_id(run_id);
      run_.random.reset();
    }
    if (!jobs.signals.empty() || !facts.updates.empty())
      deliver_messages(run_, jobs.signals, std::move(facts.updates), live);
    // After them: what the handlers of a workflow class do comes before its run member begins.
    if (jobs.start && !over_) run_.make_ready(main_.handle(), &run_.main);
    for (replay::job const& job : jobs.others) {
      if (job.what == replay::job::kind::cancel_run)
        cancel_requested();
      else
        run_.deliver(job);
    }
    run_.drain();
    if (run_.local && run_.machine.replaying())
      replay_local_activities(run_, [this] { return !has_ended(); });
    else if (run_.local)
      run_side_effects(run_, [this] { return !has_ended(); });
    finish_turn();
  }
  void finish_turn() {
    if (message_desk* const desk = find_desk(run_)) end_messages(*desk);
    if (!over_ && (main_.done() || run_.ended)) end();
    run_.machine.end_turn();
  }

  void start() {
    auto const& started = run_.machine.started().get<events::workflow_execution_started>();
    run_.start_time = run_.machine.first_event_time();
    run_.machine.set_run_id(started.original_execution_run_id.empty() // see take_turn
                                ? run_.identity.execution.run_id
                                : started.original_execution_run_id);
    run_.current = &run_.main; // a constructor is workflow code, too
    if (auto* const hooks = run_interceptors::of(run_)) hooks->started(run_);
    try {
      main_ = starter_(started.input);
    } catch (failure_error const& failed) { // from a constructor
      over_ = true;
      return fail(failed.failure());
    }
    run_.main_coroutine = main_.handle();
    deliver_carried_signals(run_);
    main_.promise().owner = &run_.main;
    main_.promise().done = &main_end_;
  }

  void cancel_requested() {
    cancel_requested_ = true;
    run_.main.cancel();
  }

  [[nodiscard]] auto has_ended() const noexcept -> bool { return run_.ended || main_.done(); }

  /// Updates that found no handler are rejected; what left a handler ends the run or fails the
  /// task.
  void end_messages(message_desk& desk) {
    desk.sweep();
    if (!waits_for_local_activities()) desk.reject_waiting();
    bool after_end = false;
    std::exception_ptr const thrown = desk.take_thrown(after_end);
    if (!thrown || over_) return;
    bool const ends = !after_end && !run_.ended;
    conclude([&] { std::rethrow_exception(thrown); }, ends);
    over_ = over_ || ends;
  }

  /// Turns the end of the code into the terminal command. An exception that is no failure passes:
  /// it is a fault of the program, and fails the task.
  void end() {
    over_ = true;
    if (message_desk const* const desk = find_desk(run_)) desk->warn_of_unfinished();
    if (run_.ended) return continue_as_new();
    run_.machine.end_code(main_end_.command_count);
    conclude(
        [&] {
          events::workflow_execution_completed done{};
          done.result = main_.result();
          close(command_type::complete_workflow_execution, event_attributes::make(std::move(done)));
        },
        true);
  }
  /// Calls `last`; what that throws becomes the terminal command, unless it comes too late for
  /// that.
  template <class Last>
  void conclude(Last const& last, bool in_time) {
    try {
      last();
    } catch (cancelled_error const& cancelled) {
      if (!in_time) return;
      if (cancel_requested_) {
        events::workflow_execution_canceled ended{};
        if (auto const* info = std::get_if<canceled_failure_info>(&cancelled.failure().info))
          ended.details = info->details;
        close(command_type::cancel_workflow_execution, event_attributes::make(std::move(ended)));
      } else {
        fail(cancelled.failure());
      }
    } catch (failure_error const&) {
      if (in_time) fail(failure_of_current_exception());
    } catch (...) {
      failure why = failure_of_current_exception();
      auto const* const info = std::get_if<application_failure_info>(&why.info);
      bool listed = false;
      for (std::string const& type : fail_run_on_)
        listed = listed || (info != nullptr && info->type == type);
      if (!listed) throw;
      if (in_time) fail(std::move(why));
    }
  }
  void fail(failure why) {
    events::workflow_execution_failed ended{};
    ended.failure = std::move(why);
    close(command_type::fail_workflow_execution, event_attributes::make(std::move(ended)));
  }
  /// Ends the run with its terminal command.
  void close(command_type type, event_attributes last) {
    if (auto* const hooks = run_interceptors::of(run_)) hooks->ended(run_, last);
    run_.machine.record(type, std::move(last), {});
  }
  void continue_as_new() {
    carry_signals(run_);
    auto* const hooks = run_interceptors::of(run_);
    event_attributes* const next = run_.machine.queued_continuation();
    if (hooks == nullptr || next == nullptr) return;
    hooks->outgoing(run_, *next, false);
    hooks->ended(run_, *next);
  }

  /// Notes where among the commands the code has ended.
  struct main_end final : strand_owner {
    std::size_t command_count{0};
    void on_strand_done(strand& ended) override {
      command_count = ended.run->machine.command_count();
    }
  };

  run_context run_;
  workflow_starter starter_;
  main_end main_end_;
  std::span<std::string const> fail_run_on_;
  main_coroutine main_;
  std::vector<admitted_update> admitted_; ///< Neither accepted nor rejected yet.
  bool cancel_requested_{false};
  bool over_{false};
};

using workflow_executor = basic_workflow_executor<void>;

} // namespace perdure::inline v0::detail
