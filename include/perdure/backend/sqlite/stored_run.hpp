// One run in memory beside what the file holds of it: loading, catching up, writing what changed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/attribute_table.hpp"
#include "perdure/backend/sqlite/deployment_table.hpp"
#include "perdure/backend/sqlite/event_table.hpp"
#include "perdure/backend/sqlite/run_table.hpp"
#include "perdure/backend/sqlite/run_tables.hpp"
#include "perdure/backend/sqlite/update_table.hpp"
#include "perdure/engine/restore.hpp"
#include "perdure/engine/run_attributes.hpp"
#include "perdure/engine/timer_queue.hpp"

namespace perdure::inline v0::sqlite {

/// What rows a run has in the table of activities, as far as that helps: most runs have one or
/// none, and taking off one row by its key costs less than looking for several.
struct activity_rows {
  static constexpr event_id several = -1; ///< Or it is not known.
  event_id only{0};                       ///< The one row that there is; 0: none.

  void add(event_id id) noexcept { only = only == 0 || only == id ? id : several; }
  [[nodiscard]] auto may_have(event_id id) const noexcept -> bool {
    return only == id || only == several;
  }
  void remove(event_id id) noexcept {
    if (only == id) only = 0;
  }
};

/// A run as the engine sees it, and what of it is in the file.
struct stored_run {
  engine::run_state run{};
  run_row row{};           ///< As it is in the file, unless `is_new`.
  std::int64_t revision{}; ///< Of the row.
  std::vector<event_attributes> stored_inbox{};
  indirect<payload_map> stored_attributes{};
  indirect<engine::run_version> stored_pin{}; ///< What table pins has of it.
  std::vector<event_id> touched_activities{};
  std::uint64_t stored_messages{}; ///< The revision of its updates that is in the file.
  activity_rows stored_activities{};
  bool is_new{false};  ///< Not in the file yet.
  bool touched{false}; ///< In this transaction.
  bool dropped{false}; ///< In this transaction: it is to be deleted.
  bool stale{false};   ///< Another process has changed it; it has no timers here then.
  bool find_deadline{true};
  bool move_deadline{false};              ///< What the file has came too early.
  time_point deadline{time_point::max()}; ///< The first of its timers, unless `find_deadline`.
  stored_run* newer{nullptr};             ///< In the order of their last use.
  stored_run* older{nullptr};
};

/// Everything that is read and written of runs through one connection.
struct run_files {
  explicit run_files(connection& db)
      : at{&db},
        runs{db},
        events{db},
        written_events{db},
        activities{db},
        inbox{db},
        updates{db},
        attributes{db},
        pins{db} {}
  /// Writes the rows that were gathered.
  void flush() {
    runs.flush();
    written_events.flush();
  }
  void forget() noexcept {
    runs.forget();
    written_events.forget();
  }
  connection* at;
  run_table runs;
  event_reader events;
  event_writer written_events;
  activity_table activities;
  inbox_table inbox;
  update_table updates;
  attribute_table attributes;
  pin_table pins;
};

/// Brings `to` to what the file holds. What it knows of history is kept: history only grows.
/// It sets no timers. \throws error (history_corrupt), fault
inline void load(run_files& files, stored_run& to, run_table::found found) {
  engine::run_state& run = to.run;
  auto const known = static_cast<event_id>(run.history.size());
  set_from_row(run, found.row);
  std::vector<event> read;
  files.events.read(run.number, known, found.row.history_length, read);
  run.history.append(std::move(read));
  for (auto i = static_cast<std::size_t>(known); i < run.history.size(); ++i)
    engine::fold_attributes(run, run.history[i]);
  to.stored_attributes = run.search_attributes;
  to.stored_pin =
      run.open() && engine::pinned_version(run) ? run.version : indirect<engine::run_version>{};
  if (run.open()) {
    for (auto i = static_cast<std::size_t>(known); i < run.history.size(); ++i)
      engine::fold(*run.live, run.history[i]);
    run.live->activities.for_each([&](event_id id, engine::activity_state& activity) {
      time_point const scheduled = run.history[static_cast<std::size_t>(id - 1)].time;
      engine::set_record(activity, engine::fresh_record(scheduled));
    });
    files.activities.read(run);
    files.inbox.read(run, found.row.inbox_length);
    files.updates.read(run, (found.row.flags & run_row::has_updates_flag) != 0);
    to.stored_messages = run.live->messages ? run.live->messages->revision : 0;
    engine::apply_inbox(run,
                        [&](workflow_execution const& child) { return files.runs.find(child); });
    to.stored_inbox.clear();
    for (engine::fact const& f : run.live->inbox) to.stored_inbox.push_back(f.what);
  }
  to.stored_activities = {activity_rows::several};
  to.row = std::move(found.row);
  to.revision = found.revision;
  to.is_new = to.stale = false;
  to.find_deadline = true;
  to.touched_activities.clear();
}

/// The first of a run's timers.
[[nodiscard]] inline auto first_deadline(engine::run_state& run, engine::timer_queue const& timers)
    -> time_point {
  time_point first = time_point::max();
  auto const consider = [&](engine::timer_slot slot) {
    if (slot != engine::unset_timer) first = std::min(first, timers.deadline(slot));
  };
  consider(run.live->timeout);
  consider(run.live->task_delay);
  consider(run.live->task.timer);
  run.live->activities.for_each(
      [&](event_id, engine::activity_state& activity) { consider(activity.timer); });
  run.live->timers.for_each([&](event_id, engine::timer_state& timer) { consider(timer.timer); });
  return first;
}

inline void write_inbox(run_files& files, stored_run& from) {
  auto const& inbox = from.run.live->inbox;
  auto& stored = from.stored_inbox;
  bool grown = inbox.size() >= stored.size();
  for (std::size_t i = 0; grown && i < stored.size(); ++i) grown = stored[i].same(inbox[i].what);
  if (!grown) {
    files.inbox.erase_all(from.run.number);
    stored.clear();
  }
  for (std::size_t i = stored.size(); i < inbox.size(); ++i) {
    files.inbox.append(from.run.number, i, inbox[i]);
    stored.push_back(inbox[i].what);
  }
}

inline void write_activities(run_files& files, stored_run& from) {
  auto& touched = from.touched_activities;
  if (touched.empty()) return;
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  for (event_id const id : touched) {
    engine::activity_state const* const activity = from.run.live->activities.find(id);
    if (activity != nullptr && activity->now != engine::activity_state::phase::closed) {
      files.activities.put(from.run.number, id, engine::record_of(*activity));
      from.stored_activities.add(id);
    } else if (from.stored_activities.may_have(id)) {
      files.activities.erase(from.run.number, id);
      from.stored_activities.remove(id);
    }
  }
  touched.clear();
}

inline void erase_activities(run_files& files, stored_run& from) {
  event_id const only = std::exchange(from.stored_activities.only, 0);
  if (only == activity_rows::several)
    files.activities.erase_all(from.run.number);
  else if (only != 0)
    files.activities.erase(from.run.number, only);
}

[[nodiscard]] inline auto has_new_updates(stored_run const& of) -> bool {
  return of.run.open() && of.run.live->messages != nullptr &&
         of.run.live->messages->revision != of.stored_messages;
}
/// Writes the run's updates if they have changed; gives the flag that says whether there are any.
[[nodiscard]] inline auto write_updates(run_files& files, stored_run& from) -> std::int64_t {
  std::int64_t const before = from.is_new ? 0 : from.row.flags & run_row::has_updates_flag;
  if (!from.run.open()) {
    if (before != 0) files.updates.erase_all(from.run.number);
    return 0;
  }
  if (!has_new_updates(from)) return before;
  from.stored_messages = from.run.live->messages->revision;
  return files.updates.replace(from.run) ? run_row::has_updates_flag : 0;
}

inline void erase(run_files& files, run_number run) {
  files.events.erase_all(run);
  files.activities.erase_all(run);
  files.inbox.erase_all(run);
  files.updates.erase_all(run);
  files.attributes.erase_all(run);
  files.pins.erase(run);
  files.runs.erase(run);
}

/// Writes to what build an open run is pinned.
inline void write_pin(run_files& files, stored_run& from) {
  engine::run_state const& run = from.run;
  if (!run.version && !from.stored_pin) return;
  bool const pinned = run.open() && engine::pinned_version(run) != nullptr;
  indirect<engine::run_version> now = pinned ? run.version : indirect<engine::run_version>{};
  if (now == from.stored_pin) return;
  if (now)
    files.pins.put(run.number, now->on);
  else
    files.pins.erase(run.number);
  from.stored_pin = std::move(now);
}

/// Writes what differs from the file, but for rows that `files.flush` writes. False if nothing
/// does.
/// \throws error (task_lost) if the row is not the one it was taken for, which the lock on the file
/// rules out.
/// A deadline that is in the file and has not come may be too early: that costs one look at the run
/// when it comes, where moving it would cost two changes of an index at every step. `exact`: it is
/// not.
inline auto write(run_files& files, stored_run& from, engine::timer_queue const& timers, bool exact)
    -> bool {
  engine::run_state& run = from.run;
  if (from.dropped) {
    files.runs.retire(run.number);
    if (from.stored_pin) files.pins.erase(run.number);
    if (!from.is_new) erase(files, run.number);
    return !from.is_new;
  }
  if (run.next_event_id() > events_per_run_max)
    throw fault{SQLITE_CORRUPT, "run " + std::to_string(run.number) +
                                    " has more events than a file can hold of one run"};
  event_id const stored = from.is_new ? 0 : from.row.history_length;
  run.history.for_each_block(
      static_cast<std::size_t>(stored), run.history.size(),
      [&](std::span<event const> added) { files.written_events.add(run.number, added); });
  if (!(run.search_attributes == from.stored_attributes)) {
    files.attributes.put(run.number, from.stored_attributes, run.search_attributes);
    from.stored_attributes = run.search_attributes;
  }
  write_pin(files, from);
  run_row now = row_of(run);
  bool const changed_inside = !from.touched_activities.empty() || has_new_updates(from);
  now.flags |= write_updates(files, from);
  if (run.open()) {
    write_activities(files, from);
    write_inbox(files, from);
    now.inbox_length = static_cast<std::int64_t>(run.live->inbox.size());
    if (std::exchange(from.find_deadline, false)) from.deadline = first_deadline(run, timers);
    if (from.deadline != time_point::max()) now.deadline = from.deadline.time_since_epoch().count();
    if (!exact && !std::exchange(from.move_deadline, false) && from.row.deadline &&
        (!now.deadline || *from.row.deadline < *now.deadline))
      now.deadline = from.row.deadline;
    engine::timer_slot const slot =
        run.live->task.timer != engine::unset_timer ? run.live->task.timer : run.live->task_delay;
    if (slot != engine::unset_timer)
      now.task_due = timers.deadline(slot).time_since_epoch().count();
  } else {
    erase_activities(files, from);
    if (!from.stored_inbox.empty()) files.inbox.erase_all(run.number);
    from.stored_inbox.clear();
  }
  if (!from.is_new) {
    if (now == from.row && !changed_inside) return false;
    if (!files.runs.update(from.row, now, from.revision))
      throw error{errc::task_lost, "run " + std::to_string(run.number) +
                                       " was changed by another process while this one held it"};
    ++from.revision;
  }
  from.row = std::move(now);
  if (std::exchange(from.is_new, false)) files.runs.add(from.row, from.revision);
  return true;
}

} // namespace perdure::inline v0::sqlite
