// What the file looks like: tables, versions, and how an older file becomes a newer one.
#pragma once

#include <cstdint>
#include <string>

#include "perdure/backend/sqlite/connection.hpp"
#include "perdure/config.hpp"
#include "perdure/history/event.hpp"
#include "perdure/history/task.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::sqlite {

inline constexpr std::int64_t application_id = 0x7064'7572; ///< "pdur", in the file's header.
inline constexpr std::int64_t schema_version = 3;           ///< `PRAGMA user_version`.

/// Events, activities and inbox entries are rows of integer keys: the run's number and the event's.
inline constexpr int event_bits = 24;
inline constexpr event_id events_per_run_max = (event_id{1} << event_bits) - 1;
[[nodiscard]] constexpr auto key_of(run_number run, event_id id) noexcept -> std::int64_t {
  return (run << event_bits) | id;
}
[[nodiscard]] constexpr auto event_of(std::int64_t key) noexcept -> event_id {
  return key & events_per_run_max;
}

/// Step k makes version k + 1 of version k. A step is never edited once a release has it.
inline constexpr char const* migrations[] = {
    R"sql(
-- A run. Times are nanoseconds since 1970 (UTC); statuses and types have Temporal's numbers.
CREATE TABLE runs(
  number INTEGER PRIMARY KEY,
  workflow_id TEXT NOT NULL, run_id TEXT NOT NULL, workflow_type TEXT NOT NULL,
  task_queue TEXT NOT NULL, status INTEGER NOT NULL,
  start_time INTEGER NOT NULL, close_time INTEGER NOT NULL,
  parent INTEGER NOT NULL, parent_event INTEGER NOT NULL,
  previous INTEGER NOT NULL, next INTEGER NOT NULL, reset_of INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  history_length INTEGER NOT NULL, history_bytes INTEGER NOT NULL,
  deadline INTEGER,          -- the first thing that time brings; NULL: nothing
  inbox_length INTEGER NOT NULL,
  flags INTEGER NOT NULL,    -- 1: needs a workflow task
  task_phase INTEGER NOT NULL, task_attempt INTEGER NOT NULL,
  task_scheduled_event INTEGER NOT NULL, task_started_event INTEGER NOT NULL,
  task_scheduled_time INTEGER NOT NULL, task_started_time INTEGER NOT NULL,
  task_due INTEGER,          -- when a task that waits or is being worked on must go on
  task_worker INTEGER NOT NULL, task_lease INTEGER NOT NULL,
  task_identity TEXT NOT NULL, task_failure TEXT NOT NULL,
  revision INTEGER NOT NULL, -- grows with every change
  checksum INTEGER NOT NULL);
CREATE INDEX runs_by_id ON runs(workflow_id, number, run_id);
CREATE INDEX runs_by_type ON runs(workflow_type, number);
CREATE INDEX runs_open ON runs(number) WHERE status = 1;
CREATE INDEX runs_unhappy ON runs(status, number) WHERE status > 2;
CREATE INDEX runs_by_deadline ON runs(deadline, number) WHERE deadline IS NOT NULL;
CREATE INDEX runs_by_lease ON runs(task_lease) WHERE task_lease > 0;

-- Append-only. key = run << 24 | event id. `ends`: the key of what the event ends, an activity, a
-- child, a timer, or (key of event 1) its run: nothing ends twice.
CREATE TABLE events(
  key INTEGER PRIMARY KEY, time INTEGER NOT NULL, type INTEGER NOT NULL, flags INTEGER NOT NULL,
  ends INTEGER, attributes TEXT NOT NULL, extras TEXT, checksum INTEGER NOT NULL);
CREATE UNIQUE INDEX events_end_once ON events(ends) WHERE ends IS NOT NULL;

-- What arrived while a workflow task was being worked on. key = run << 24 | position.
CREATE TABLE inbox(
  key INTEGER PRIMARY KEY, type INTEGER NOT NULL, attributes TEXT NOT NULL, started TEXT,
  checksum INTEGER NOT NULL);

-- Open activities that a worker has or had. key = run << 24 | id of the scheduled event.
CREATE TABLE activities(
  key INTEGER PRIMARY KEY, phase INTEGER NOT NULL, attempt INTEGER NOT NULL,
  scheduled_time INTEGER NOT NULL, attempt_time INTEGER NOT NULL, started_time INTEGER NOT NULL,
  heartbeat_time INTEGER NOT NULL, lease INTEGER NOT NULL, identity TEXT NOT NULL,
  details TEXT, checksum INTEGER NOT NULL);

CREATE TABLE queues(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- Tasks that wait, in order. kind: 0 workflow, 1 activity, 2 the start of a child.
CREATE TABLE tasks(
  queue INTEGER NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL,
  run INTEGER NOT NULL, attempt INTEGER NOT NULL, event INTEGER NOT NULL,
  PRIMARY KEY(queue, kind, position)) WITHOUT ROWID;

-- Processes that have workers on this file, until their lease ends.
CREATE TABLE members(
  id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL, lease_until INTEGER NOT NULL);
-- Attempts that should stop, for the member that runs them.
CREATE TABLE stops(
  member INTEGER NOT NULL, lease INTEGER NOT NULL, key INTEGER NOT NULL, attempt INTEGER NOT NULL,
  PRIMARY KEY(member, lease)) WITHOUT ROWID;
-- The last commits: which runs they changed, and a token by which their author finds them again.
CREATE TABLE commits(seq INTEGER PRIMARY KEY, token INTEGER NOT NULL, runs BLOB NOT NULL);

CREATE TABLE audit(
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, workflow_id TEXT NOT NULL, run_id TEXT NOT NULL,
  what TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, details TEXT NOT NULL,
  checksum INTEGER NOT NULL);
CREATE INDEX audit_by_id ON audit(workflow_id, id);

-- Where virtual time stands; one row, and only in files that were used with it.
CREATE TABLE virtual_clock(id INTEGER PRIMARY KEY, now INTEGER NOT NULL);

-- For people with an SQLite shell.
CREATE VIEW history AS
  SELECT r.workflow_id, r.run_id, e.key & 16777215 AS event_id,
         strftime('%Y-%m-%dT%H:%M:%fZ', e.time / 1000000000.0, 'unixepoch') AS event_time,
         e.type AS event_type, e.attributes
  FROM events e JOIN runs r ON r.number = e.key >> 24;
)sql",
    R"sql(
-- updates and queries: runs.flags has 2, the task is speculative, and 4, there are rows in updates

-- Updates of open runs that no workflow task has accepted, and rejections for a while.
-- key = run << 24 | position. what: 0 admitted, 1 delivered to a worker, 2 rejected. event: that
-- admitted it (after a reset); 0: none.
CREATE TABLE updates(
  key INTEGER PRIMARY KEY, what INTEGER NOT NULL, event INTEGER NOT NULL, until INTEGER NOT NULL,
  body TEXT NOT NULL, checksum INTEGER NOT NULL);
-- What one process asks and a worker in another answers. member: who has taken it; 0: nobody.
CREATE TABLE queries(
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, until INTEGER NOT NULL,
  member INTEGER NOT NULL, query TEXT NOT NULL, answer TEXT);

-- schedules
-- Definition and progress of each as JSON. wakes_at: when time brings the next thing; NULL: never.
CREATE TABLE schedules(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, wakes_at INTEGER,
  definition TEXT NOT NULL, zone_data BLOB NOT NULL, action TEXT NOT NULL, info TEXT NOT NULL,
  progress TEXT NOT NULL, results TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX schedules_by_time ON schedules(wakes_at, id) WHERE wakes_at IS NOT NULL;

-- memo and search attributes
-- What lists are filtered by; see attribute_table for the kinds. A list or a text has several rows.
CREATE TABLE attributes(
  name TEXT NOT NULL, kind INTEGER NOT NULL, value NOT NULL, run INTEGER NOT NULL,
  PRIMARY KEY(name, kind, value, run)) WITHOUT ROWID;
CREATE INDEX attributes_by_run ON attributes(run, name);
-- Runs of a file of version 1 whose rows are still missing: the next to write makes them.
CREATE TABLE attributes_due(run INTEGER PRIMARY KEY);
INSERT INTO attributes_due
  SELECT DISTINCT key >> 24 FROM events
  WHERE type = 40 OR (type = 1 AND instr(attributes, '"searchAttributes"') > 0);

-- priorities and rates
ALTER TABLE stops ADD COLUMN reason INTEGER NOT NULL DEFAULT 1; -- of activity_cancel_reason
-- How often activities of a queue are handed out: nanoseconds between two (0: no limit), and when
-- the next one is due.
ALTER TABLE queues ADD COLUMN activity_interval INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN activity_due INTEGER NOT NULL DEFAULT 0;

-- worker deployments
-- One row: all deployments with their builds, as JSON.
CREATE TABLE deployments(id INTEGER PRIMARY KEY, book TEXT NOT NULL, checksum INTEGER NOT NULL);
-- Open runs that are pinned to a build.
CREATE TABLE pins(run INTEGER PRIMARY KEY, deployment TEXT NOT NULL, build_id TEXT NOT NULL);
CREATE INDEX pins_by_build ON pins(deployment, build_id);

)sql",
    R"sql(
-- From this version on, the events that one commit appends to a run share a row of `events`, or
-- several if they are many: key and time are those of the first, type is -1, flags says how many
-- there are. attributes has them all: [[type, nanoseconds since time, {attributes}], ...], and in
-- the fourth and fifth place of few whether workers may ignore it, and extras. JSON in payloads is
-- a string with that text. What they end is in `ends`, as in the column of that name: nothing ends
-- twice. Rows of earlier versions stay as they are.
CREATE TABLE ends(key INTEGER PRIMARY KEY);
DROP VIEW history;
CREATE VIEW history AS
  SELECT r.workflow_id, r.run_id, e.key & 16777215 AS event_id,
         strftime('%Y-%m-%dT%H:%M:%fZ', e.time / 1000000000.0, 'unixepoch') AS event_time,
         e.type AS event_type, e.attributes
  FROM runs r JOIN events e ON e.key > r.number << 24 AND e.key < (r.number + 1) << 24
  WHERE e.type >= 0
  UNION ALL
  SELECT r.workflow_id, r.run_id, (e.key & 16777215) + j.key,
         strftime('%Y-%m-%dT%H:%M:%fZ',
                  (e.time + json_extract(j.value, '$[1]')) / 1000000000.0, 'unixepoch'),
         json_extract(j.value, '$[0]'), json_extract(j.value, '$[2]')
  FROM runs r JOIN events e ON e.key > r.number << 24 AND e.key < (r.number + 1) << 24
       JOIN json_each(e.attributes) j
  WHERE e.type < 0;
)sql"};
static_assert(std::size(migrations) == schema_version);

/// Of a file that has rows of versions 1 and 2: what such a row has ended, no later one ends again.
inline constexpr char const* old_ends_guard = R"sql(
CREATE TRIGGER ends_of_old_rows BEFORE INSERT ON ends
  WHEN EXISTS(SELECT 1 FROM events WHERE ends = NEW.key)
  BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: events.ends'); END
)sql";

/// Of a file that has no such rows: no row that is written from now on has `ends`.
inline constexpr char const* no_old_ends = "DROP INDEX events_end_once";

/// Makes the file one of this version. \throws error (file_refused) if it is not ours or newer.
inline void prepare_file(connection& db) {
  auto const refuse = [&](std::string const& why) {
    throw error{errc::file_refused, "SQLite file '" + db.path() + "' " + why};
  };
  std::int64_t const id = db.number("PRAGMA application_id");
  std::int64_t version = db.number("PRAGMA user_version");
  bool const empty = db.number("SELECT count(*) FROM sqlite_schema") == 0;
  if (!empty && id != application_id)
    refuse("holds something else than workflows: choose another file");
  if (version > schema_version)
    refuse("was written by a newer version of perdure (file version " + std::to_string(version) +
           ", this program knows up to " + std::to_string(schema_version) +
           "): update the program");
  if (version == schema_version) return;
  db.execute("BEGIN IMMEDIATE");
  version = db.number("PRAGMA user_version"); // another process may have been faster
  bool const has_old_rows =
      (version == 1 || version == 2) &&
      db.number("SELECT EXISTS(SELECT 1 FROM events WHERE ends IS NOT NULL)") != 0;
  for (; version < schema_version; ++version) db.execute(migrations[version]);
  db.execute(has_old_rows ? old_ends_guard : no_old_ends);
  db.execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
  db.execute(("PRAGMA user_version = " + std::to_string(schema_version)).c_str());
  db.execute("COMMIT");
}

} // namespace perdure::inline v0::sqlite

PERDURE_SELDOM_END
