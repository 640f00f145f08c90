// The task queues of a file: what is needed of them in memory, the rest in the table `tasks`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/backend/sqlite/row_inserter.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/engine/fair_order.hpp"
#include "perdure/engine/store.hpp"
#include "perdure/engine/token_bucket.hpp"

namespace perdure::inline v0::sqlite {

/// Queues of tasks, each with a lane for each kind. The first tasks of a lane are in memory; what
/// is pushed and popped between two commits never reaches the file. Valid between `reload` and the
/// end of a transaction of this process; stays valid until another process commits.
class task_table {
public:
  explicit task_table(connection& db)
      : db_{&db},
        find_queue_{db,
                    "SELECT number, activity_interval, activity_due FROM queues WHERE name = ?"},
        add_queue_{db, "INSERT INTO queues(name) VALUES(?) RETURNING number"},
        set_rate_{db, "UPDATE queues SET activity_interval = ?, activity_due = ? WHERE number = ?"},
        page_{db, "SELECT position, run, attempt, event FROM tasks"
                  " WHERE queue = ? AND kind = ? AND position > ? ORDER BY position LIMIT 256"},
        ends_{db, "SELECT min(position), max(position) FROM tasks WHERE queue = ? AND kind = ?"},
        plain_ends_{db, "SELECT min(position), max(position) FROM tasks WHERE queue = ?"
                        " AND kind = ? AND position > -(1 << 59) AND position < 1 << 59"},
        insert_if_free_{db, "INSERT OR IGNORE INTO tasks(queue, kind, position, run, attempt,"
                            " event) VALUES(?,?,?,?,?,?) RETURNING position"},
        erase_{
            db,
            "DELETE FROM tasks WHERE queue = ? AND kind = ? AND position >= ? AND position <= ?"},
        rows_{db, "tasks(queue, kind, position, run, attempt, event)", 6} {}

  struct ordered_task {
    std::int64_t order{};
    engine::queued_task task{};
    bool stored{false};
  };
  struct lane {
    std::deque<ordered_task> first{};              ///< In memory: the first tasks of the lane.
    std::map<std::int64_t, ordered_task> placed{}; ///< The same, by priority: pushed in between.
    std::vector<ordered_task> later{};             ///< Pushed behind what is not in memory.
    std::vector<std::int64_t> taken{};             ///< Popped, and still in the table.
    std::int64_t read_to{std::numeric_limits<std::int64_t>::min()}; ///< Of the table.
    bool all_read{false};                                           ///< `first` is the whole lane.
    [[nodiscard]] auto may_have_tasks() const noexcept -> bool {
      return !first.empty() || !placed.empty() || !later.empty() || !all_read;
    }
    /// The first of those in memory; null if there is none.
    [[nodiscard]] auto front() const noexcept -> ordered_task const* {
      ordered_task const* const one = first.empty() ? nullptr : &first.front();
      if (placed.empty()) return one;
      ordered_task const* const other = &placed.begin()->second;
      return one == nullptr || other->order < one->order ? other : one;
    }
    /// What the table holds is not known any more. A new lane would take memory.
    void forget() noexcept {
      first.clear();
      placed.clear();
      later.clear();
      taken.clear();
      read_to = std::numeric_limits<std::int64_t>::min();
      all_read = false;
    }
    void pop_front() {
      if (!placed.empty() && front() == &placed.begin()->second)
        placed.erase(placed.begin());
      else
        first.pop_front();
    }
  };
  struct queue {
    shared_string name{};
    std::int64_t number{}; ///< In the file.
    lane lanes[3];         ///< By kind. With {}, Clang 19 takes queue() for noexcept.
    std::int64_t head{0};
    std::int64_t tail{0};
    std::unique_ptr<engine::fair_order> fair{};   ///< Once a task had a priority.
    std::unique_ptr<engine::token_bucket> rate{}; ///< Of its activities, if that is limited.
    bool rate_changed{false};
    bool is_loaded{false};
    bool touched{false};
    bool polled{false};   ///< By a worker of this process.
    bool reported{false}; ///< That nobody may poll it, since it last was.
    std::int64_t changes_{0};
    [[nodiscard]] auto changes() const noexcept -> std::int64_t { return changes_; }
  };

  [[nodiscard]] auto queues() noexcept -> std::deque<queue>& { return queues_; }
  /// A queue as the file has it.
  [[nodiscard]] auto loaded(std::uint32_t number) -> queue& { return load(number); }
  /// Its rate was set, or used.
  void note_rate(std::uint32_t number) noexcept {
    queues_[number].rate_changed = true;
    changed_ = true;
  }

  /// This process's number of a queue; it gets one in the file with its first task.
  [[nodiscard]] auto number_of(std::string_view name) -> std::uint32_t {
    for (std::size_t i = 0; i < queues_.size(); ++i)
      if (queues_[i].name == name) return static_cast<std::uint32_t>(i);
    queues_.emplace_back().name = name;
    return static_cast<std::uint32_t>(queues_.size() - 1);
  }

  /// `urgent`: null for a task without a priority. Children that no worker here would begin do not
  /// stand in line: see `take_unpolled_start`.
  void push(std::uint32_t number, engine::queued_task task, bool front, priority const* urgent) {
    if (task.what == engine::queued_task::kind::start_child && !queues_[number].polled)
      return unpolled_starts_.push_back(task);
    queue& to = load(number);
    lane& in = to.lanes[static_cast<std::size_t>(task.what)];
    ++to.changes_;
    to.touched = true;
    changed_ = true;
    if (urgent != nullptr && !to.fair)
      to.fair = std::make_unique<engine::fair_order>(to.head, to.tail);
    if (to.fair) [[unlikely]]
      return put(in, to.fair->place(urgent == nullptr ? priority{} : *urgent, front), task);
    if (front) return in.first.push_front({to.head -= engine::fair_order::unit, task, false});
    add_behind(in, {to.tail += engine::fair_order::unit, task, false});
  }
  [[nodiscard]] auto has_unpolled_starts() const noexcept -> bool {
    return !unpolled_starts_.empty();
  }
  /// A child that begins in the transaction that asks for it. \pre asked before each commit
  [[nodiscard]] auto take_unpolled_start() -> std::optional<engine::queued_task> {
    if (unpolled_starts_.empty()) return std::nullopt;
    engine::queued_task const next = unpolled_starts_.front();
    unpolled_starts_.pop_front();
    return next;
  }
  [[nodiscard]] auto pop_start(std::uint32_t number) -> std::optional<engine::queued_task> {
    if (auto unpolled = take_unpolled_start()) return unpolled;
    return pop(number, false, false, true);
  }
  /// The first task of the kinds wanted, in the order of all lanes together.
  [[nodiscard]] auto pop(std::uint32_t number, bool workflows, bool activities, bool starts)
      -> std::optional<engine::queued_task> {
    queue& from = load(number);
    bool const wanted[] = {workflows, activities, starts};
    lane* best = nullptr;
    for (std::size_t kind = 0; kind < 3; ++kind) {
      lane& each = from.lanes[kind];
      if (!wanted[kind]) continue;
      if (each.front() == nullptr && !each.all_read) read_page(from, kind);
      if (each.front() != nullptr &&
          (best == nullptr || each.front()->order < best->front()->order))
        best = &each;
    }
    if (best == nullptr) return std::nullopt;
    ordered_task const taken = *best->front();
    best->pop_front();
    if (from.fair) [[unlikely]]
      from.fair->passed(taken.order);
    if (taken.stored) best->taken.push_back(taken.order);
    changed_ = true;
    return taken.task;
  }
  /// Whether tasks wait, of those kinds. Reads the table if it must.
  [[nodiscard]] auto has_tasks(std::uint32_t number, bool activities_only = false) -> bool {
    queue& of = load(number);
    for (std::size_t kind = activities_only ? 1 : 0; kind < (activities_only ? 2 : 3); ++kind) {
      lane& each = of.lanes[kind];
      if (each.front() == nullptr && !each.all_read) read_page(of, kind);
      if (each.front() != nullptr) return true;
    }
    return false;
  }

  /// Whether tasks may wait in a queue, as far as memory tells.
  [[nodiscard]] auto may_have_tasks(std::uint32_t number) const noexcept -> bool {
    queue const& of = queues_[number];
    if (!of.is_loaded) return true;
    for (lane const& each : of.lanes)
      if (each.may_have_tasks()) return true;
    return false;
  }
  /// Writes what changed since the last time.
  void flush() {
    if (!std::exchange(changed_, false)) return;
    for (queue& each : queues_) {
      for (std::size_t kind = 0; kind < 3; ++kind) flush(each, kind);
      if (std::exchange(each.rate_changed, false)) store_rate(each);
    }
  }
  /// Forgets what is in memory: another process has changed the table, or a transaction was undone.
  void reload() noexcept {
    for (queue& each : queues_) {
      for (lane& l : each.lanes) l.forget();
      each.is_loaded = false;
      each.number = 0;
      each.rate.reset();
      each.rate_changed = false;
    }
    rows_.forget();
    unpolled_starts_.clear();
    changed_ = false;
  }

private:
  static constexpr std::size_t first_max = 4'096; ///< Of a lane, in memory.
  static constexpr std::size_t page_size = 256;

  static void add_behind(lane& in, ordered_task task) {
    if (in.all_read && in.first.size() >= first_max) {
      in.all_read = false;
      in.read_to = in.first.back().order;
      while (!in.placed.empty() && in.placed.rbegin()->first > in.read_to)
        in.later.push_back(in.placed.extract(std::prev(in.placed.end())).mapped());
    }
    if (in.all_read)
      in.first.push_back(task);
    else
      in.later.push_back(task);
  }
  /// Puts a task where its priority wants it.
  static void put(lane& in, std::int64_t order, engine::queued_task task) {
    bool const is_last =
        in.all_read ? in.first.empty() || in.first.back().order < order : in.read_to < order;
    if (is_last) return add_behind(in, {order, task, false});
    while (!in.placed.emplace(order, ordered_task{order, task, false}).second) ++order;
  }

  auto load(std::uint32_t number) -> queue& {
    queue& q = queues_[number];
    if (q.is_loaded) return q;
    if (q.number == 0) {
      statement::use row{find_queue_};
      if (row.bind(q.name.view()).next()) {
        q.number = row.number(0);
        if (row.number(1) > 0)
          q.rate = std::make_unique<engine::token_bucket>(duration{row.number(1)},
                                                          time_point{duration{row.number(2)}});
      }
    }
    q.head = q.tail = 0;
    for (std::size_t kind = 0; kind < 3; ++kind) {
      if (q.number == 0) {
        q.lanes[kind].all_read = true;
        continue;
      }
      statement::use row{ends_};
      row.bind(q.number).bind(static_cast<std::int64_t>(kind));
      if (!row.next() || row.is_null(0)) {
        q.lanes[kind].all_read = true;
        continue;
      }
      std::int64_t first = row.number(0);
      std::int64_t last = row.number(1);
      if (first < -engine::fair_order::range || last > engine::fair_order::range) {
        // Somebody uses priorities.
        if (!q.fair) q.fair = std::make_unique<engine::fair_order>(0, 0);
        statement::use plain{plain_ends_};
        plain.bind(q.number).bind(static_cast<std::int64_t>(kind));
        if (!plain.next() || plain.is_null(0)) continue;
        first = plain.number(0);
        last = plain.number(1);
      }
      if (first < q.head) q.head = first;
      if (last > q.tail) q.tail = last;
    }
    if (q.fair) q.fair->at_least(q.head, q.tail);
    q.is_loaded = true;
    return q;
  }
  void read_page(queue& q, std::size_t kind) {
    lane& to = q.lanes[kind];
    flush(q, kind); // what was pushed behind is then read in its place
    std::size_t count = 0;
    statement::use row{page_};
    row.bind(q.number).bind(static_cast<std::int64_t>(kind)).bind(to.read_to);
    for (; row.next(); ++count) {
      engine::queued_task task{};
      task.what = static_cast<engine::queued_task::kind>(kind);
      task.run = row.number(1);
      task.attempt = static_cast<std::int32_t>(row.number(2));
      task.event = row.number(3);
      to.read_to = row.number(0);
      to.first.push_back({row.number(0), task, true});
    }
    to.all_read = count < page_size;
  }
  void flush(queue& q, std::size_t kind) {
    lane& from = q.lanes[kind];
    erase_taken(q, kind, from.taken);
    from.taken.clear();
    // What is stored is one piece in the middle: more was pushed at the ends.
    for (ordered_task& each : from.first)
      if (!store(q, kind, each)) break;
    for (auto each = from.first.rbegin(); each != from.first.rend(); ++each)
      if (!store(q, kind, *each)) break;
    for (auto& [order, each] : from.placed) (void)store(q, kind, each);
    for (ordered_task& each : from.later) (void)store(q, kind, each);
    from.later.clear();
    rows_.flush();
  }
  void erase_taken(queue const& q, std::size_t kind, std::vector<std::int64_t> const& taken) {
    // Without priorities, tasks are taken in order, and so nothing is stored between two of them.
    if (taken.size() > 1 && !q.fair && std::is_sorted(taken.begin(), taken.end())) {
      erase(q, kind, taken.front(), taken.back());
      if (sqlite3_changes(db_->handle()) > static_cast<int>(taken.size()))
        throw fault{SQLITE_INTERNAL, "the table tasks is not as it was read"};
      return;
    }
    for (std::int64_t const position : taken) erase(q, kind, position, position);
  }
  void erase(queue const& q, std::size_t kind, std::int64_t first, std::int64_t last) {
    statement::use row{erase_};
    row.bind(q.number).bind(static_cast<std::int64_t>(kind)).bind(first).bind(last).run();
  }
  /// False if it is stored already.
  auto store(queue& q, std::size_t kind, ordered_task& each) -> bool {
    if (each.stored) return false;
    number_it(q);
    if (q.fair) [[unlikely]]
      store_where_free(q, kind, each);
    else
      store_there(q, kind, each);
    each.stored = true;
    return true;
  }
  void number_it(queue& q) {
    if (q.number != 0) return;
    statement::use row{add_queue_};
    row.bind(q.name.view());
    if (row.next()) q.number = row.number(0);
  }
  void store_rate(queue& q) {
    number_it(q);
    statement::use row{set_rate_};
    row.bind(q.rate->interval().count()).bind(q.rate->due().time_since_epoch().count());
    row.bind(q.number).run();
  }
  /// Two tasks of one queue may have been given one place, by two processes.
  void store_where_free(queue const& q, std::size_t kind, ordered_task& each) {
    for (bool stored = false; !stored;) {
      statement::use row{insert_if_free_};
      row.bind(q.number).bind(static_cast<std::int64_t>(kind)).bind(each.order);
      row.bind(each.task.run).bind(std::int64_t{each.task.attempt}).bind(each.task.event);
      stored = row.next();
      if (!stored) ++each.order;
    }
  }
  void store_there(queue const& q, std::size_t kind, ordered_task const& each) {
    rows_.add(std::initializer_list<std::int64_t>{q.number, static_cast<std::int64_t>(kind),
                                                  each.order, each.task.run, each.task.attempt,
                                                  each.task.event});
  }

  connection* db_;
  statement find_queue_, add_queue_, set_rate_, page_, ends_, plain_ends_, insert_if_free_, erase_;
  number_rows rows_;
  std::deque<queue> queues_;
  std::deque<engine::queued_task> unpolled_starts_;
  bool changed_{false};
};

} // namespace perdure::inline v0::sqlite
