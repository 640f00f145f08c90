// One schedule of an explored run: the world around it, which does one thing at a time.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perdure/testing/explorer_attempts.hpp"
#include "perdure/testing/explorer_backend.hpp"
#include "perdure/testing/explorer_program.hpp"
#include "perdure/testing/explorer_replay.hpp"
#include "perdure/testing/explorer_schedule.hpp"
#include "perdure/worker/worker_options.hpp"
#include "perdure/worker/workflow_replays.hpp"
#include "perdure/worker/workflow_side.hpp"
#include "perdure/workflow/random.hpp"

namespace perdure::inline v0::detail {

/// Runs one schedule. Used once, on one thread.
class explorer_world {
public:
  explorer_world(explorer_program& program, explorer_target const& target)
      : program_{&program}, options_{make_options(program)} {
    if (program.before_each) program.before_each();
    attach("explored");
    side_.begin(true);
    start_workflow_request request{};
    request.workflow_id = std::string_view{"explored"};
    request.workflow_type = target.workflow_type;
    request.task_queue = std::string_view{"explored"};
    request.input = target.input;
    (void)backend_.start_workflow(request);
  }
  explorer_world(explorer_world const&) = delete;
  auto operator=(explorer_world const&) -> explorer_world& = delete;
  ~explorer_world() {
    side_.evict_all();
    for (auto const& each : links_) backend_.detach(*each);
  }

  /// Lets things happen, as `chooser` says, until the run has ended or something is wrong.
  void run(explorer_chooser& chooser) {
    while (!ended() && !found_.fault) {
      gather();
      if (!list_moves()) return report(exploration_fault::stuck, why_stuck());
      if (trace.steps.size() >= program_->options.max_steps)
        return report(exploration_fault::endless, "the run did not end within " +
                                                      std::to_string(program_->options.max_steps) +
                                                      " steps");
      explorer_move const* const moves = trace.moves.data() + first_;
      std::size_t const count = trace.moves.size() - first_;
      std::size_t const choice = chooser.choose(trace.steps.size(), moves, count);
      explorer_move const move = moves[choice < count ? choice : 0];
      trace.steps.push_back({move, static_cast<std::uint32_t>(first_),
                             static_cast<std::uint32_t>(count), about(move)});
      act(move);
      while (side_.go_on()) {
      }
      look();
    }
    if (!found_.fault) finish();
  }
  /// What came of it.
  [[nodiscard]] auto take_result() -> explored_schedule {
    found_.schedule = trace.text();
    for (std::size_t i = 0; i < trace.steps.size(); ++i)
      found_.deviations += trace.deviates(i) ? 1U : 0U;
    return std::move(found_);
  }

  explorer_trace trace{};
  random_stream memory{1}; ///< Where it is when runs are replayed.

private:
  using kind = explorer_move::kind;

  /// A worker of one queue: it only stands for its polls.
  struct link final : worker_link {
    explorer_world* world{nullptr};
    auto poll_once() -> bool override { return false; }
    void cancel_attempt(activity_task_token const& token,
                        activity_cancel_reason reason) noexcept override {
      world->cancel_attempt(token, reason);
    }
  };
  using pending_attempt = explorer_pending;

  [[nodiscard]] static auto make_options(explorer_program const& program) -> worker_options {
    worker_options options{};
    options.task_queue = "explored";
    options.fail_run_on = program.options.fail_run_on;
    options.interceptors = program.options.interceptors;
    options.data_converter = program.options.data_converter;
    return options;
  }
  void attach(std::string_view queue) {
    auto made = std::make_unique<link>();
    made->world = this;
    made->id = 1; // one worker, whatever queue it polls
    made->task_queue = queue;
    made->identity = std::string_view{"explorer"};
    (void)backend_.attach(*made);
    links_.push_back(std::move(made));
  }
  void cancel_attempt(activity_task_token const& token, activity_cancel_reason reason) noexcept {
    for (pending_attempt& each : pending_) {
      auto const& mine = each.task.token;
      if (mine.run != token.run || mine.scheduled_event_id != token.scheduled_event_id) continue;
      if (reason == activity_cancel_reason::cancelled)
        each.asked_to_stop = true;
      else
        each.counts_no_more = true;
    }
  }

  /// Takes all activities that are handed out, of all queues.
  void gather() {
    auto& queues = explorer_access::store(backend_.base()).queues();
    for (std::size_t i = links_.size(); i < queues.size(); ++i) attach(queues[i].name.view());
    for (auto const& each : links_)
      while (true) {
        polled_task polled = backend_.poll(*each, {false, true, false});
        auto* const task = std::get_if<activity_task>(&polled);
        if (task == nullptr) break;
        pending_.push_back({++attempts_, std::move(*task), false, false});
      }
    std::erase_if(pending_, [](pending_attempt const& each) { return each.counts_no_more; });
  }
  /// The queue at which a workflow task waits.
  [[nodiscard]] auto queue_with_task() -> link* {
    auto& queues = explorer_access::store(backend_.base()).queues();
    for (auto const& each : links_) {
      auto const& queue = queues[each->queue_number];
      for (std::size_t const lane : {std::size_t{0}, std::size_t{2}})
        if (!queue.lanes[lane].empty() || !queue.placed[lane].empty()) return each.get();
    }
    return nullptr;
  }

  // ---------------------------------------------------------------------------------- moves
  /// Lists what is possible, the default first. False if nothing comes by itself.
  auto list_moves() -> bool {
    first_ = trace.moves.size();
    explorer_options const& may = program_->options;
    bool const ready = queue_with_task() != nullptr;
    if (ready) add(kind::task);
    for (pending_attempt const& each : pending_) {
      add(each.asked_to_stop ? kind::stop : kind::complete, each.number);
      if (each.asked_to_stop) add(kind::complete, each.number);
    }
    if (sent_ < program_->messages.size()) add(kind::send, static_cast<std::uint32_t>(sent_ + 1));
    if (next_time()) add(kind::time);
    if (trace.moves.size() == first_) return false;
    for (pending_attempt const& each : pending_) {
      bool const reliable = program_->reliable.contains(each.asked().activity_type.view());
      if (may.failures && !reliable) add(kind::fail, each.number);
      if (may.lost_answers && (!reliable || each.tries_forever())) add(kind::lose, each.number);
    }
    if (may.cancellation && !found_.run.cancel_requested) add(kind::cancel);
    if (ready && may.evictions && side_.cached_workflows() != 0) add(kind::evict);
    if (ready && may.crashes) add(kind::crash);
    return true;
  }
  void add(kind what, std::uint32_t number = 0) { trace.moves.push_back({what, number}); }

  /// When time passes next: not beyond the deadline of an attempt that must not fail.
  [[nodiscard]] auto next_time() -> std::optional<time_point> {
    time_point const next =
        std::min(explorer_access::next_deadline(backend_.base()), side_.next_wakeup());
    if (next == time_point::max()) return std::nullopt;
    for (pending_attempt const& each : pending_)
      if (program_->reliable.contains(each.asked().activity_type.view()) && each.deadline() <= next)
        return std::nullopt;
    return next;
  }
  [[nodiscard]] auto about(explorer_move move) const -> std::string {
    if (move.what == kind::send) return program_->messages[move.number - 1].name;
    for (pending_attempt const& each : pending_)
      if (each.number == move.number) return each.asked().activity_type.str();
    return {};
  }

  void act(explorer_move move) {
    switch (move.what) {
    case kind::task: return work();
    case kind::complete: return end_attempt(move.number, explored_call::ending::completed);
    case kind::lose: return end_attempt(move.number, explored_call::ending::lost);
    case kind::fail: return end_attempt(move.number, explored_call::ending::failed);
    case kind::stop: return end_attempt(move.number, explored_call::ending::stopped);
    case kind::send: return send(program_->messages[sent_++]);
    case kind::time: return explorer_access::pass_time(backend_.base(), next_time().value());
    case kind::cancel:
      found_.run.cancel_requested = true;
      return backend_.cancel_workflow(main_execution(), "explored", "explorer");
    case kind::evict: return evict();
    case kind::crash:
      backend_.loses_next_answer = true;
      work();
      return evict();
    }
  }
  void work() {
    link* const at = queue_with_task();
    polled_task polled = backend_.poll(*at, {true, false, false});
    if (auto* const task = std::get_if<workflow_task>(&polled)) side_.work_on(*task);
  }
  /// What is replayed lies elsewhere in memory: a run that depends on addresses shows it.
  void evict() {
    side_.evict_all();
    scatter();
  }
  void scatter() {
    scattered_.push_back(std::make_unique<char[]>(16U + memory.below(128)));
    // Blocks of each small size are given back in a random order, which allocators hand out again:
    // blocks that merely moved together would keep their distances, and so orders that hashes give.
    std::vector<std::unique_ptr<char[]>> blocks;
    for (std::size_t size = 16; size <= 128; size += 16) {
      for (int i = 0; i < 24; ++i) blocks.push_back(std::make_unique<char[]>(size - 8));
      while (!blocks.empty()) {
        std::swap(blocks[memory.below(blocks.size())], blocks.back());
        if (blocks.size() % 8 == 0) scattered_.push_back(std::move(blocks.back()));
        blocks.pop_back();
      }
    }
  }
  void send(planned_message const& message) {
    try {
      if (!message.is_update)
        return backend_.signal_workflow(main_execution(), message.name, message.input, "explorer");
      update_workflow_request request{};
      request.execution = main_execution();
      request.update.meta.update_id = "update " + std::to_string(sent_);
      request.update.meta.identity = std::string_view{"explorer"};
      request.update.input.name = message.name;
      request.update.input.args = message.input;
      request.wait_for = update_stage::admitted;
      (void)backend_.update_workflow(request);
    } catch (error const& late) {
      if (late.code() != errc::already_closed && late.code() != errc::not_found) throw;
      found_.run.messages_too_late.push_back(message.name);
    }
  }

  // ------------------------------------------------------------------------------ activities
  void end_attempt(std::uint32_t number, explored_call::ending how) {
    auto const found = std::find_if(pending_.begin(), pending_.end(),
                                    [&](pending_attempt const& p) { return p.number == number; });
    pending_attempt const ended = std::move(*found);
    pending_.erase(found);
    explored_call call{ended.asked().activity_type.str(),
                       ended.task.token.attempt,
                       how,
                       ended.asked().input,
                       {},
                       {}};
    auto outcome = activity_outcome{};
    switch (how) {
    case explored_call::ending::stopped: outcome.what = activity_outcome::kind::cancelled; break;
    case explored_call::ending::failed: outcome = explorer_attempts::injected_failure(); break;
    default: outcome = running_.run(*program_, ended.task);
    }
    if (outcome.what == activity_outcome::kind::failed) call.end = explored_call::ending::failed;
    if (outcome.what == activity_outcome::kind::cancelled)
      call.end = explored_call::ending::stopped;
    call.result = outcome.result;
    if (outcome.why) call.why = *outcome.why;
    found_.run.calls.push_back(std::move(call));
    answer(ended.task.token, std::move(outcome), how == explored_call::ending::lost);
  }
  void answer(activity_task_token const& token, activity_outcome outcome, bool lost) {
    if (lost) return explorer_access::take_back(backend_.base(), token.run, token.lease);
    try {
      switch (outcome.what) {
      case activity_outcome::kind::failed:
        return backend_.fail_activity({}, token, outcome.take_why());
      case activity_outcome::kind::cancelled:
        return backend_.cancel_activity({}, token, std::move(outcome.result), outcome.take_why());
      default: return backend_.complete_activity({}, token, std::move(outcome.result));
      }
    } catch (error const& late) {
      if (late.code() != errc::task_lost) throw;
    }
  }

  // ------------------------------------------------------------------------------- the end
  [[nodiscard]] static auto main_execution() -> workflow_execution {
    return {std::string_view{"explored"}, {}};
  }
  /// The last run of the chain that the workflow is.
  [[nodiscard]] auto main_run() -> engine::run_state& {
    return *explorer_access::store(backend_.base()).current_run("explored");
  }
  [[nodiscard]] auto ended() -> bool { return !main_run().open() && main_run().next == 0; }
  void report(exploration_fault fault, std::string problem) {
    if (found_.fault) return;
    found_.fault = fault;
    found_.problem = std::move(problem);
    collect();
  }
  void look() {
    if (backend_.fault) report(*backend_.fault, backend_.problem);
    if (std::string calls = explorer_quiet::take_calls(); !calls.empty())
      report(exploration_fault::destructor_call, std::move(calls));
  }
  [[nodiscard]] auto why_stuck() -> std::string { return engine::explain_stall(main_run()); }
  void collect() {
    found_.run.status = main_run().status;
    found_.run.refusals = backend_.refusals;
    found_.run.runs.clear();
    auto& store = explorer_access::store(backend_.base());
    std::vector<engine::run_state*> chain{&main_run()};
    while (chain.back()->previous != 0) chain.push_back(store.find_run(chain.back()->previous));
    for (std::size_t i = chain.size(); i-- > 0;) {
      perdure::history made{};
      made.workflow_id = std::string_view{"explored"};
      made.events = chain[i]->history.to_vector();
      found_.run.runs.push_back(std::move(made));
    }
  }
  /// The run has ended: whether it replays, and whether all holds that should.
  void finish() {
    collect();
    auto& store = explorer_access::store(backend_.base());
    for (std::size_t i = 0; i < program_->options.replays && !found_.fault; ++i) {
      scatter();
      for (run_number each = 1; each <= store.last_run() && !found_.fault; ++each)
        if (engine::run_state const* const run = store.find_run(each)) replay(*run);
    }
    converter_scope const scope{options_.data_converter.get()};
    for (explorer_check const& each : program_->checks) {
      if (found_.fault) return;
      try {
        if (!each.holds(found_.run))
          report(exploration_fault::check, "does not hold: " + each.name);
      } catch (std::exception const& thrown) {
        report(exploration_fault::check, each.name + " threw: " + thrown.what());
      }
    }
  }
  void replay(engine::run_state const& run) {
    workflow_starter const starter = program_->known.workflow(run.workflow_type.view());
    if (starter == nullptr) return;
    {
      auto const again =
          make_executor<workflow_executor>(starter, run.execution, run.workflow_type, options_);
      if (auto problem = replay_strictly(*again, run.history.to_vector()))
        report(problem->fault, "when its history is replayed: " + problem->text);
    }
    (void)explorer_quiet::take_calls(); // a run that is open is evicted by this
  }

  explorer_program* program_;
  worker_options options_;
  explorer_backend backend_{};
  link side_link_{};
  std::vector<std::unique_ptr<link>> links_{};
  workflow_side<explorer_backend> side_{backend_, side_link_, options_, program_->known};
  std::vector<pending_attempt> pending_{};
  explorer_attempts running_{};
  std::vector<std::unique_ptr<char[]>> scattered_{};
  std::uint32_t attempts_{0};
  std::size_t sent_{0};
  std::size_t first_{0};
  explored_schedule found_{};
};

} // namespace perdure::inline v0::detail
