// The engine's data in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "perdure/backend/run_index.hpp"
#include "perdure/backend/schedule_list.hpp"
#include "perdure/backend/zone_files.hpp"
#include "perdure/engine/engine.hpp"
#include "perdure/engine/fair_order.hpp"
#include "perdure/engine/jumped_queue.hpp"
#include "perdure/engine/schedule/scheduled_run.hpp"
#include "perdure/engine/timer_queue.hpp"
#include "perdure/engine/token_bucket.hpp"
#include "perdure/workflow/random.hpp"

namespace perdure::inline v0::engine {

/// Runs, timers and task queues in memory: nothing survives the process.
/// (A template, so that a file that runs no worker does not pay for compiling it.)
template <class Unused>
class basic_memory_store {
public:
  explicit basic_memory_store(std::uint64_t seed) : random_{seed} {}

  auto create_run() -> run_state& {
    run_state& run = runs_.emplace_back();
    run.number = last_run();
    return run;
  }
  [[nodiscard]] auto find_run(run_number number) noexcept -> run_state* {
    if (number <= dropped_ || number > last_run()) return nullptr;
    run_state& run = runs_[static_cast<std::size_t>(number - dropped_ - 1)];
    return run.number == 0 ? nullptr : &run;
  }
  [[nodiscard]] auto current_run(std::string_view workflow_id) noexcept -> run_state* {
    return current_.find(workflow_id);
  }
  void fetch_current_run(std::string_view workflow_id) const noexcept {
    current_.fetch(workflow_id);
  }
  [[nodiscard]] auto find_execution(workflow_execution const& execution) noexcept -> run_state* {
    run_state* run = current_run(execution.workflow_id.view());
    while (run != nullptr && !(run->execution.run_id == execution.run_id))
      run = run->previous == 0 ? nullptr : find_run(run->previous);
    return run;
  }
  void set_current_run(run_state& run) { current_.set(run); }
  void touch(run_state&, event_id) noexcept {}
  /// Its place stays, empty, until all runs before it are dropped too.
  void drop_run(run_state& run) {
    current_.erase(run);
    run = {};
    run.number = 0;
    run.live.reset();
    for (; !runs_.empty() && runs_.front().number == 0; ++dropped_) runs_.pop_front();
  }
  void run_closed(run_state const& run) { closed_.push_back(run.number); }
  void add_audit(audit_record record) { audit_.push_back(std::move(record)); }
  /// Linear in all records.
  [[nodiscard]] auto read_audit(workflow_execution const& run) const -> std::vector<audit_record> {
    std::vector<audit_record> found;
    for (audit_record const& each : audit_)
      if (each.run.workflow_id == run.workflow_id &&
          (run.run_id.empty() || each.run.run_id == run.run_id))
        found.push_back(each);
    return found;
  }
  [[nodiscard]] auto deployments() const noexcept -> deployment_book const& { return deployments_; }
  void keep_deployments(deployment_book book) { deployments_ = std::move(book); }
  /// Linear in all runs.
  [[nodiscard]] auto count_pinned(worker_deployment_version const& version) const -> std::size_t {
    std::size_t count = 0;
    for (run_state const& each : runs_)
      if (each.number != 0 && each.open() && is_pinned_to(each, version)) ++count;
    return count;
  }
  [[nodiscard]] auto find_zone(std::string_view name) { return zones_.find(name); }
  [[nodiscard]] auto find_schedule(std::string_view id) const { return schedules_.find(id); }
  void keep_schedule(schedule_record record) { schedules_.keep(std::move(record)); }
  auto drop_schedule(std::string_view id) -> bool { return schedules_.drop(id); }
  [[nodiscard]] auto due_schedule(time_point now) const { return schedules_.due(now); }
  [[nodiscard]] auto list_schedules(std::string_view after, std::size_t most) const {
    return schedules_.list(after, most);
  }
  [[nodiscard]] auto new_lease() noexcept -> task_lease { return ++last_lease_; }
  [[nodiscard]] auto new_run_id() -> shared_string {
    std::uint64_t const high = random_();
    std::uint64_t const low = random_();
    return perdure::detail::uuid_of(high, low).view();
  }

  [[nodiscard]] auto queue_number(std::string_view name) -> std::uint32_t {
    for (std::size_t i = 0; i < queues_.size(); ++i) // a handful
      if (queues_[i].name == name) return static_cast<std::uint32_t>(i);
    queues_.emplace_back().name = name;
    return static_cast<std::uint32_t>(queues_.size() - 1);
  }
  void push_task(std::uint32_t queue, queued_task task, bool front,
                 priority const* urgent = nullptr) {
    task_list& list = queues_[queue];
    list.touched = true;
    ++list.pushed;
    if (urgent != nullptr || list.fair) [[unlikely]]
      return list.push_fair(task, front, urgent == nullptr ? priority{} : *urgent);
    auto& lane = list.lanes[static_cast<std::size_t>(task.what)];
    if (front)
      lane.push_front({list.head -= fair_order::unit, task});
    else
      lane.push_back({list.tail += fair_order::unit, task});
  }
  /// The first task of the kinds wanted, in the order of all lanes together.
  [[nodiscard]] auto pop_task(std::uint32_t queue, bool workflow_tasks, bool activity_tasks)
      -> std::optional<queued_task> {
    task_list& list = queues_[queue];
    bool const wanted[] = {workflow_tasks, activity_tasks, true};
    if (list.fair) [[unlikely]]
      return list.pop_fair(wanted);
    jumped_queue<ordered_task>* first = nullptr;
    for (std::size_t i = 0; i < 3; ++i)
      if (auto& lane = list.lanes[i];
          wanted[i] && !lane.empty() &&
          (first == nullptr || lane.front().order < first->front().order))
        first = &lane;
    return first == nullptr ? std::nullopt : std::optional{take(*first)};
  }
  [[nodiscard]] auto pop_start(std::uint32_t queue) -> std::optional<queued_task> {
    if (queues_[queue].fair) [[unlikely]] {
      bool const starts[] = {false, false, true};
      return queues_[queue].pop_fair(starts);
    }
    auto& lane = queues_[queue].lanes[static_cast<std::size_t>(queued_task::kind::start_child)];
    return lane.empty() ? std::nullopt : std::optional{take(lane)};
  }

  void set_timer(timer_slot& slot, timer_key key, time_point at) { timers_.set(slot, key, at); }
  void clear_timer(timer_slot& slot) noexcept { timers_.clear(slot); }
  [[nodiscard]] auto next_deadline() const noexcept -> std::optional<time_point> {
    auto const timer = timers_.first();
    auto const schedule = schedules_.first();
    return !schedule || (timer && *timer < *schedule) ? timer : schedule;
  }
  /// Whether all that will happen by itself is what schedules do, and the runs that they start, and
  /// nothing of it belongs to one run. Linear in the timers.
  [[nodiscard]] auto only_schedules_go_on(run_number of) -> bool {
    return schedules_.first() && timers_.all_of([&](timer_key const& timer) {
      run_state const* run = find_run(timer.run);
      while (run != nullptr && run->number != of && run->parent != 0) run = find_run(run->parent);
      return run != nullptr && run->number != of && is_scheduled(*run);
    });
  }
  auto pop_due(time_point now) -> std::optional<timer_key> { return timers_.pop_due(now); }

  // ---- for the backend
  struct ordered_task {
    std::int64_t order;
    queued_task task;
  };
  struct task_list {
    shared_string name{};
    jumped_queue<ordered_task> lanes[3];             ///< By kind. With {}, Clang 19: noexcept.
    std::unique_ptr<token_bucket> rate{};            ///< Of its activities, if that is limited.
    std::unique_ptr<fair_order> fair{};              ///< Once a task had a priority.
    std::map<std::int64_t, queued_task> placed[3]{}; ///< Then: those that are not last in a lane.
    std::int64_t head{0};
    std::int64_t tail{0};
    bool touched{false};  ///< A task was pushed since the backend looked.
    bool reported{false}; ///< That nobody polls it.
    /// Grows with every task that is pushed.
    std::int64_t pushed{0};
    [[nodiscard]] auto changes() const noexcept -> std::int64_t { return pushed; }
    [[nodiscard]] auto size() const noexcept -> std::size_t {
      std::size_t const plain = lanes[0].size() + lanes[1].size() + lanes[2].size();
      return fair ? plain + placed[0].size() + placed[1].size() + placed[2].size() : plain;
    }
    void push_fair(queued_task task, bool front, priority const& of) {
      if (!fair) fair = std::make_unique<fair_order>(head, tail);
      std::int64_t order = fair->place(of, front);
      auto const kind = static_cast<std::size_t>(task.what);
      if (lanes[kind].empty() || lanes[kind].back().order < order)
        return lanes[kind].push_back({order, task});
      while (!placed[kind].emplace(order, task).second) ++order;
    }
    [[nodiscard]] auto pop_fair(bool const* wanted) -> std::optional<queued_task> {
      std::int64_t first = std::numeric_limits<std::int64_t>::max();
      std::size_t from = 3;
      for (std::size_t i = 0; i < 3; ++i) {
        if (!wanted[i]) continue;
        for (std::int64_t const order : {lanes[i].empty() ? first : lanes[i].front().order,
                                         placed[i].empty() ? first : placed[i].begin()->first})
          if (order < first) {
            first = order;
            from = i;
          }
      }
      if (from == 3) return std::nullopt;
      fair->passed(first);
      if (!lanes[from].empty() && lanes[from].front().order == first) return take(lanes[from]);
      queued_task const task = placed[from].begin()->second;
      placed[from].erase(placed[from].begin());
      return task;
    }
  };
  [[nodiscard]] auto queues() noexcept -> std::deque<task_list>& { return queues_; }
  /// Runs that have closed, in that order; some of them may be dropped.
  [[nodiscard]] auto closed() noexcept -> std::deque<run_number>& { return closed_; }
  /// The number of the run that was made last.
  [[nodiscard]] auto last_run() const noexcept -> run_number {
    return dropped_ + static_cast<run_number>(runs_.size());
  }

private:
  [[nodiscard]] static auto take(jumped_queue<ordered_task>& lane) -> queued_task {
    queued_task const task = lane.front().task;
    lane.pop_front();
    return task;
  }

  std::deque<run_state> runs_; ///< From number dropped_ + 1 on.
  run_number dropped_{0};      ///< All runs up to this one are.
  std::deque<run_number> closed_;
  std::vector<audit_record> audit_;
  run_index current_;
  std::deque<task_list> queues_;
  timer_queue timers_;
  schedule_list schedules_;
  zone_files<> zones_;
  deployment_book deployments_;
  random_stream random_;
  task_lease last_lease_{0};
};
using memory_store = basic_memory_store<void>;

static_assert(store<memory_store>);

} // namespace perdure::inline v0::engine
