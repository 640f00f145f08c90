// Drives the code of one run: events in, commands out.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "perdure/execution/carried_signals.hpp"
#include "perdure/execution/failure_conversion.hpp"
#include "perdure/execution/registry.hpp"
#include "perdure/history/task.hpp"
#include "perdure/version.hpp"
#include "perdure/workflow/run_context.hpp"

namespace perdure::inline v0::detail {

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

  static constexpr event_id never = -1;

  /// Takes in events, the next ones of this run, and runs its code for each logical task in them.
  /// Leaves the commands of the last turn to be collected. Stops early after the turn at event
  /// `stop_after`.
  /// \throws nondeterminism_error, error, or what workflow code threw that is no failure: the
  /// workflow task has failed and this object is of no more use.
  void process(std::span<event const> events, event_id stop_after = never) {
    enter_run const entered{run_};
    replay::job_list jobs;
    for (std::size_t from = 0; from < events.size();) {
      replay::task_sequence const sequence = replay::next_sequence(events, from);
      jobs.clear();
      run_.machine.feed(events.subspan(from, sequence.end - from), jobs);
      from = sequence.end;
      bool const completed = sequence.how == replay::task_sequence::ending::completed;
      if (!completed && sequence.how != replay::task_sequence::ending::current) continue;
      take_turn(jobs, completed ? looking_ahead(events.subspan(from)) : live());
      if (events[from - 1].id == stop_after) return;
    }
  }

  /// The answer to the workflow task that `process` has worked on.
  [[nodiscard]] auto completion() const -> workflow_task_completion {
    workflow_task_completion answer{};
    run_.machine.collect(answer.commands);
    if (run_.machine.recorded_flags() == replay::flag_set{}) {
      static indirect<sdk_metadata> const all = flags_to_record({}); // the rule: a run's first task
      answer.sdk = all;
    } else if (!replay::flag_set::ours().subset_of(run_.machine.recorded_flags())) {
      answer.sdk = flags_to_record(run_.machine.recorded_flags());
    }
    return answer;
  }

  [[nodiscard]] auto machine() const noexcept -> replay::workflow_machine const& {
    return run_.machine;
  }
  /// For a report about an exception: where its code was, as ` (the last await before it:
  /// file:line)`.
  [[nodiscard]] auto place() const -> std::string {
    std::source_location const at = run_.last_await;
    if (at.line() == 0) return {};
    return " (the last await before it: " + std::string{at.file_name()} + ":" +
           std::to_string(at.line()) + ")";
  }
  /// Whether the code has ended: returned, failed, was cancelled, or continues as new.
  [[nodiscard]] auto ended() const noexcept -> bool { return over_; }
  [[nodiscard]] auto last_event_id() const noexcept -> event_id {
    return run_.machine.last_event_id();
  }
  /// Bytes that it keeps alive, its coroutines included; payloads shared with history are not.
  [[nodiscard]] auto heap_bytes() const noexcept -> std::size_t {
    return sizeof(*this) + run_.heap_bytes();
  }

private:
  struct turn_facts {
    replay::look_ahead ahead{};
    replay::flag_set flags{};
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

  [[nodiscard]] auto live() const -> turn_facts {
    turn_facts facts{};
    facts.flags = run_.machine.recorded_flags() | replay::flag_set::ours();
    return facts;
  }

  /// What the completion of the task, and the commands recorded with it, tell before its code runs.
  [[nodiscard]] auto looking_ahead(std::span<event const> rest) const -> turn_facts {
    turn_facts facts{};
    facts.ahead.replaying = true;
    facts.flags = run_.machine.recorded_flags();
    if (rest.empty() || rest.front().type != event_type::workflow_task_completed) return facts;
    facts.flags.add(rest.front().as<events::workflow_task_completed>());
    for (event const& e : rest.subspan(1)) {
      if (!replay::is_command_event(e.type)) break;
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
    run_.log.silent = facts.ahead.replaying;
    run_.machine.begin_turn(std::move(facts.ahead), facts.flags);
    if (jobs.start) start();
    for (shared_string const& run_id : jobs.reseed) {
      run_.random = random_stream{seed_of(run_id)};
      run_.machine.set_run_id(run_id);
    }
    for (event const& signal : jobs.signals)
      run_.deliver_signal(signal.as<events::workflow_execution_signaled>());
    for (replay::job const& job : jobs.others) {
      if (job.what == replay::job::kind::cancel_run)
        cancel_requested();
      else
        run_.deliver(job);
    }
    run_.drain();
    finish_local_activities();
    if (!over_ && (main_.done() || run_.ended)) end();
    run_.machine.end_turn();
  }

  void start() {
    auto const& started = run_.machine.started().get<events::workflow_execution_started>();
    run_.start_time = run_.machine.first_event_time();
    std::string_view const seed_id = started.original_execution_run_id.empty()
                                         ? run_.identity.execution.run_id.view()
                                         : started.original_execution_run_id.view();
    run_.random = random_stream{seed_of(seed_id)};
    run_.machine.set_run_id(seed_id); // of children that have no id of their own; see take_turn
    main_ = starter_(started.input);
    deliver_carried_signals(run_);
    main_.promise().owner = &run_.main;
    run_.make_ready(main_.handle(), &run_.main);
  }

  void cancel_requested() {
    cancel_requested_ = true;
    run_.main.cancel();
  }

  /// Lets local activities end, round by round, until workflow code waits for something else. A
  /// replay gives each result in the round in which it was recorded.
  void finish_local_activities() {
    for (std::uint32_t round = 1; !run_.local_pending.empty() && !run_.ended && !main_.done();
         ++round) {
      bool const news =
          run_.machine.replaying() ? replay_local_activities(round) : run_local_activities(round);
      if (!news) return;
      run_.drain();
    }
  }

  auto run_local_activities(std::uint32_t round) -> bool {
    auto const due = std::exchange(run_.local_work_due, {});
    for (auto const& work : due) {
      replay::operation const& op = run_.machine.at(work.operation);
      replay::local_activity_marker done = marker_for(op);
      done.activation_index = round;
      done.complete_time = run_.machine.now();
      payloads result{};
      indirect<failure> why{};
      try {
        result = work.function->run();
      } catch (...) {
        why = failure_of_current_exception();
      }
      finish(work.operation,
             event_attributes::make(replay::make_local_activity_marker(done, run_.machine.now(),
                                                                       result, std::move(why))),
             run_.machine.now());
    }
    return !due.empty();
  }

  auto replay_local_activities(std::uint32_t round) -> bool {
    bool news = false;
    bool later = false;
    for (replay::local_activity_marker const& marker : run_.machine.ahead().local_activities) {
      auto const pending = find_pending(marker.sequence);
      if (pending == replay::no_operation) continue;
      if (marker.activation_index && *marker.activation_index > round) {
        later = true;
        continue;
      }
      finish(pending, marker.recorded, marker.complete_time);
      news = true;
    }
    return news || later;
  }

  void finish(replay::operation_index operation, event_attributes marker, time_point completed) {
    std::erase(run_.local_pending, operation);
    if (run_.machine.finish_local_activity(operation, std::move(marker), completed))
      run_.deliver({replay::job::kind::resolve, operation});
  }

  [[nodiscard]] auto find_pending(std::uint32_t sequence) const -> replay::operation_index {
    for (replay::operation_index const index : run_.local_pending)
      if (run_.machine.at(index).sequence == sequence) return index;
    return replay::no_operation;
  }

  [[nodiscard]] static auto marker_for(replay::operation const& op)
      -> replay::local_activity_marker {
    auto const& asked = op.command.get<events::activity_task_scheduled>();
    replay::local_activity_marker marker{};
    marker.sequence = op.sequence;
    marker.activity_id = asked.activity_id;
    marker.activity_type = asked.activity_type.str();
    return marker;
  }

  /// Turns the end of the code into the terminal command. An exception that is no failure passes:
  /// it is a fault of the program, and fails the task.
  void end() {
    over_ = true;
    if (run_.ended) return carry_signals(run_);
    try {
      events::workflow_execution_completed done{};
      done.result = main_.result();
      run_.machine.record(command_type::complete_workflow_execution,
                          event_attributes::make(std::move(done)), {});
    } catch (cancelled_error const& cancelled) {
      if (cancel_requested_) {
        events::workflow_execution_canceled ended{};
        if (auto const* info = std::get_if<canceled_failure_info>(&cancelled.failure().info))
          ended.details = info->details;
        run_.machine.record(command_type::cancel_workflow_execution,
                            event_attributes::make(std::move(ended)), {});
      } else {
        fail(cancelled.failure());
      }
    } catch (failure_error const& failed) {
      fail(failed.failure());
    } catch (...) {
      failure why = failure_of_current_exception();
      auto const* const info = std::get_if<application_failure_info>(&why.info);
      bool listed = false;
      for (std::string const& type : fail_run_on_)
        listed = listed || (info != nullptr && info->type == type);
      if (!listed) throw;
      fail(std::move(why));
    }
  }
  void fail(failure why) {
    events::workflow_execution_failed ended{};
    ended.failure = std::move(why);
    run_.machine.record(command_type::fail_workflow_execution,
                        event_attributes::make(std::move(ended)), {});
  }

  run_context run_;
  workflow_starter starter_;
  std::span<std::string const> fail_run_on_;
  main_coroutine main_;
  bool cancel_requested_{false};
  bool over_{false};
};

using workflow_executor = basic_workflow_executor<void>;

} // namespace perdure::inline v0::detail
