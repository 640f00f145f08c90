// The table `events`: writing, reading and deleting the events of runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/event_codec.hpp"
#include "perdure/backend/sqlite/row_inserter.hpp"

namespace perdure::inline v0::sqlite {

/// `events.type` of a row that holds several events. Old files have rows of one event each, which
/// say its type.
inline constexpr std::int64_t chunk_type = -1;

/// Appends events to runs. The events of one call are one row, or several where they are many: to
/// read one event then does not read them all. Rows are gathered, and written some at a time: one
/// execution costs as much as some rows.
class event_writer {
public:
  static constexpr std::size_t events_per_row_max = 256;
  static constexpr std::size_t row_bytes_max = std::size_t{64} << 10; ///< Or one event.

  explicit event_writer(connection& db)
      : insert_{db, "events(key, time, type, flags, attributes, checksum)", 6},
        ends_{db, "ends(key)", 1} {}

  /// \pre their ids follow each other
  void append(run_number run, std::span<event const> added) {
    try {
      add(run, added);
      flush();
    } catch (...) {
      forget();
      throw;
    }
  }
  /// The same; they are in the table after `flush`.
  void add(run_number run, std::span<event const> added) {
    while (!added.empty()) added = added.subspan(add_row(run, added));
  }
  void flush() {
    write_rows();
    ends_.flush();
  }
  /// What was added and not written is not to be.
  void forget() noexcept {
    rows_.clear();
    writer_.out().clear();
    ends_.forget();
  }

private:
  struct row {
    std::int64_t key{}, time{}, count{}, sum{};
    std::size_t begin{}, size{}; ///< Of its text.
  };

  /// Adds a row of as many events as it holds. Gives how many these were.
  [[nodiscard]] auto add_row(run_number run, std::span<event const> added) -> std::size_t {
    if (rows_.size() == rows_max || writer_.out().size() >= row_bytes_max) write_rows();
    text_buffer& out = writer_.out();
    auto const before = out.here();
    std::size_t count = 0;
    try {
      out.open('[');
      do append_event(added[count], added[0].time);
      while (++count < added.size() && count < events_per_row_max &&
             out.size() - before.size < row_bytes_max);
      out.close(']');
    } catch (...) {
      out.go_back(before);
      throw;
    }
    auto const text = out.view().substr(before.size);
    row made{};
    made.begin = before.size;
    made.size = text.size();
    made.key = key_of(run, added[0].id);
    made.time = added[0].time.time_since_epoch().count();
    made.count = static_cast<std::int64_t>(count);
    made.sum =
        checksum{}.add(made.key).add(made.time).add(chunk_type).add(made.count).add(text).value();
    rows_.push_back(made);
    for (event const& each : added.first(count))
      if (event_id const ended = ended_by(each); ended != 0)
        ends_.add(std::initializer_list{key_of(run, ended)});
    return count;
  }
  void write_rows() {
    auto const texts = writer_.out().view();
    insert_.write(rows_.size(), [&](statement::use& to, std::size_t i) {
      row const& each = rows_[i];
      to.bind(each.key).bind(each.time).bind(chunk_type).bind(each.count);
      to.bind(texts.substr(each.begin, each.size)).bind(each.sum);
    });
    rows_.clear();
    writer_.out().clear();
  }
  /// [type, nanoseconds since the row's time, attributes], and of few: whether workers may ignore
  /// it, extras.
  void append_event(event const& e, time_point row_time) {
    text_buffer& out = writer_.out();
    out.open('[');
    out.number(static_cast<std::int64_t>(e.type));
    out.number((e.time - row_time).count());
    writer_.write_attributes(e.attributes);
    if (e.worker_may_ignore || e.extras) out.number(e.worker_may_ignore ? 1 : 0);
    if (e.extras) writer_.write_object(e.extras.get(), perdure::detail::schema_of<event_extras>());
    out.close(']');
  }

  static constexpr std::size_t rows_max = 64; ///< That wait.
  row_inserter insert_;
  number_rows ends_;
  event_text_writer writer_; ///< The texts of the rows that wait, one after the other.
  std::vector<row> rows_;
};

/// Reads the events of a run, and deletes them with it.
class event_reader {
public:
  explicit event_reader(connection& db)
      : select_{db, "SELECT key, time, type, flags, attributes, extras, checksum FROM events"
                    " WHERE key >= ? AND key <= ? ORDER BY key"},
        select_holder_{db, "SELECT key, time, type, flags, attributes, extras, checksum FROM events"
                           " WHERE key > ? AND key <= ? ORDER BY key DESC LIMIT 1"},
        erase_{db, "DELETE FROM events WHERE key > ? AND key <= ?"},
        erase_ends_{db, "DELETE FROM ends WHERE key > ? AND key <= ?"} {}

  /// Appends the events with ids above `after`, up to `last`. \pre `to` holds those up to `after`
  /// \throws error (history_corrupt) naming the row
  void read(run_number run, event_id after, event_id last, std::vector<event>& to) {
    to.reserve(to.size() + static_cast<std::size_t>(last - after));
    event_id first = after + 1;
    if (after != 0 && after < last) first += read_rest(run, first, last, to);
    statement::use row{select_};
    row.bind(key_of(run, first)).bind(key_of(run, last));
    while (row.next() && event_of(row.number(0)) == first) first += read_row(row, first, last, to);
    if (first <= last) report_missing(run, first);
  }
  [[nodiscard]] auto read_one(run_number run, event_id id) -> event {
    std::vector<event> found;
    if (read_rest(run, id, id, found) == 0) report_missing(run, id);
    return std::move(found.front());
  }
  void erase_all(run_number run) {
    for (statement* const each : {&erase_, &erase_ends_})
      statement::use{*each}.bind(key_of(run, 0)).bind(key_of(run, events_per_run_max)).run();
  }

private:
  [[noreturn, gnu::cold]] static void report_missing(run_number run, event_id id) {
    report_damage("event " + std::to_string(id) + " of run " + std::to_string(run) +
                  " is missing: the run");
  }
  [[nodiscard]] static auto name_of(std::int64_t key, event_id count) -> std::string {
    event_id const first = event_of(key);
    std::string name = "row " + std::to_string(key) + " of table events (run " +
                       std::to_string(key >> event_bits) + ", event";
    if (count > 1 && count <= events_per_run_max)
      name += "s " + std::to_string(first) + " to " + std::to_string(first + count - 1);
    else
      name += " " + std::to_string(first);
    return name + ")";
  }

  /// Reads the row that holds event `first`, from that event on. Gives how many events it gave.
  auto read_rest(run_number run, event_id first, event_id last, std::vector<event>& to)
      -> event_id {
    statement::use row{select_holder_};
    row.bind(key_of(run, 0)).bind(key_of(run, first));
    return row.next() ? read_row(row, first, last, to) : 0;
  }
  /// Appends those of a row's events that have ids from `first` to `last`. Gives how many.
  static auto read_row(statement::use& row, event_id first, event_id last, std::vector<event>& to)
      -> event_id {
    std::int64_t const key = row.number(0);
    std::int64_t const type = row.number(2);
    std::int64_t const flags = row.number(3);
    auto const attributes = row.text(4);
    auto const extras = row.text(5);
    bool const is_chunk = type == chunk_type;
    event_id const count = is_chunk ? flags : 1;
    checksum sum{};
    sum.add(key).add(row.number(1)).add(type);
    if (is_chunk)
      sum.add(flags).add(attributes);
    else
      sum.add(attributes).add(extras);
    if (sum.value() != row.number(6)) report_damage(name_of(key, count));
    time_point const time{duration{row.number(1)}};
    std::size_t const before = to.size();
    try {
      if (is_chunk) {
        read_chunk(attributes, {event_of(key), count, time}, first, last, to);
      } else if (event_of(key) == first) {
        event& e = to.emplace_back();
        e.id = first;
        e.time = time;
        e.type = static_cast<event_type>(type);
        e.worker_may_ignore = flags != 0;
        e.attributes = read_attributes(e.type, attributes);
        if (!extras.empty()) e.extras = struct_from_json<event_extras>(extras);
      }
    } catch (error const& why) {
      throw error{errc::history_corrupt, name_of(key, count) + " cannot be read: " + why.what()};
    }
    return static_cast<event_id>(to.size() - before);
  }

  struct chunk {
    event_id first{};
    event_id count{};
    time_point time{};
  };
  static void read_chunk(std::string_view text, chunk const& of, event_id first, event_id last,
                         std::vector<event>& to) {
    perdure::detail::read_as_history([&] {
      perdure::detail::history_reader<> reader{text, "events"};
      reader.accept_short_forms();
      json_reader& in = reader.in();
      event_id id = of.first;
      for (in.begin_array(); in.next_element(); ++id) {
        if (id < first || id > last)
          (void)in.skip_value();
        else
          read_event(reader, id, of.time, to.emplace_back());
      }
      in.finish();
      if (id != of.first + of.count) in.fail("there are not as many events as there should be");
    });
  }
  static void read_event(perdure::detail::history_reader<>& reader, event_id id,
                         time_point row_time, event& to) {
    json_reader& in = reader.in();
    auto const next = [&] {
      if (!in.next_element()) in.fail("an event is not complete");
    };
    in.begin_array();
    to.id = id;
    next();
    to.type = static_cast<event_type>(in.read_int64());
    next();
    to.time = row_time + duration{in.read_int64()};
    next();
    to.attributes = detail::read_attributes(reader, to.type);
    if (!in.next_element()) return;
    to.worker_may_ignore = in.read_int64() != 0;
    if (!in.next_element()) return;
    reader.read_object(&to.extras.make(), perdure::detail::schema_of<event_extras>());
    if (in.next_element()) in.fail("an event has more parts than it should have");
  }

  statement select_, select_holder_, erase_, erase_ends_;
};

} // namespace perdure::inline v0::sqlite
