// A durable program as a subject: what must be true after it was struck down and has gone on.
#pragma once

#include <fstream>
#include <sstream>
#include <utility>

#include <perdure/sqlite.hpp>

#include "player.hpp"
#include "raw_connection.hpp"

namespace reliability {

/// What a client was told, looked for in what is there.
inline auto missing_from(survey const& found, program const& what,
                         std::vector<std::string> const& acked) -> std::string {
  for (std::string const& line : acked) {
    std::istringstream words{line};
    std::string verb;
    std::size_t which = 0;
    words >> verb >> which;
    std::string rest;
    std::getline(words >> std::ws, rest);
    std::string const& id = what.jobs.at(which).name;
    std::string const lost = "lost: acknowledged as '" + line + "', and not there";
    if (verb == "started" && !has_event(found, id, perdure::event_type::workflow_execution_started))
      return lost;
    if (verb == "signalled" && !signals_of(found, id).contains(rest)) return lost;
    if (verb == "cancelled" &&
        !has_event(found, id, perdure::event_type::workflow_execution_cancel_requested))
      return lost;
    if (verb != "result") continue;
    bool seen = false;
    for (auto const& [run_id, run] : found)
      seen = seen || (run.workflow_id == id && end_of(run) == rest);
    if (!seen) return lost;
  }
  return {};
}

/// `<run id> <activity id> <attempt>` of each execution, in order.
inline auto executions_in(std::string const& side_log) -> std::vector<std::string> {
  std::vector<std::string> all;
  std::ifstream file{side_log};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("ran ")) all.push_back(line.substr(4));
  return all;
}
inline auto without_attempt(std::string const& execution) -> std::string {
  return execution.substr(0, execution.rfind(' '));
}

/// How often the victim has sent each signal: `<workflow id> <value>`.
inline void add_sent(std::map<std::string, int>& sent, program const& what,
                     std::vector<std::string> const& acked) {
  for (std::string const& line : acked) {
    std::istringstream words{line};
    std::string verb, value;
    std::size_t which = 0;
    words >> verb >> which >> value;
    if (verb == "sending") ++sent[what.jobs.at(which).name + " " + value];
  }
}

/// What must be true of the end, however it came about. `sent`: how often each signal was sent.
inline auto wrong_at_the_end(survey const& found, program const& what,
                             std::map<std::string, int> sent) -> std::string {
  for (auto const& [id, run] : found) {
    if (std::string const wrong = wrong_with(run); !wrong.empty())
      return "run " + id + " of " + run.workflow_id.str() + ": " + wrong;
    if (end_of(run).empty()) return "run " + id + " of " + run.workflow_id.str() + " is still open";
  }
  for (job const& j : what.jobs) {
    std::vector<std::string> ends;
    for (auto const& [id, run] : found)
      if (std::string const end = end_of(run);
          run.workflow_id == j.name && end != "WorkflowExecutionContinuedAsNew")
        ends.push_back(end);
    if (ends.size() != 1) return j.name + " ended " + std::to_string(ends.size()) + " times";
    if (ends[0] != expected_end(j))
      return j.name + " ended with " + ends[0] + " instead of " + expected_end(j);
    for (auto const& [value, times] : signals_of(found, j.name))
      if (times > sent[j.name + " " + value])
        return "signal " + value + " came " + std::to_string(times) + " times";
  }
  return {};
}

template <class Kind>
class durable_subject final : public subject {
public:
  durable_subject(Kind kind, std::uint64_t seed)
      : kind_{kind}, program_{make_program(seed)}, makes_file_{seed % 16 == 0} {}

  /// Making the file is the same each time: one scenario in sixteen has it among its calls.
  void prepare(place const& where) override {
    if (!makes_file_) (void)kind_.open(where, 500);
  }

  void run(place const& where, reporter const& acked) override {
    player<Kind> mine{kind_, where, program_, 1};
    if (!mine.play(&acked, false)) return acked.give_up();
    acked.end_of_run();
    mine.close();
  }

  auto check(place const& where, std::vector<std::string> const& acked) -> std::string override {
    player<Kind> mine{kind_, where, program_, 1'000};
    mine.open();
    std::vector<std::string> const earlier = executions_in(where.side_log());
    survey const before = survey_of(mine.backend());
    mine.start_worker();
    // Signals may stand aside while a workflow task is with a worker: now that worker is gone.
    if constexpr (Kind::is_durable)
      if (std::string const lost = missing_from(survey_of(mine.backend()), program_, acked);
          !lost.empty())
        return lost;
    (void)mine.play(nullptr, true);
    auto sent = mine.sent();
    add_sent(sent, program_, acked);
    survey const after = survey_of(mine.backend());
    mine.close();
    for (std::string const& wrong :
         {lost_between(before, after), wrong_at_the_end(after, program_, sent),
          wrong_with_executions(where, earlier.size(), before, after), kind_.check_file(where),
          changed_since_seen(where, after)})
      if (!wrong.empty()) return wrong;
    return {};
  }

  // ---- several processes
  void work(place const& where, std::uint64_t, std::atomic<bool> const& stop) override {
    player<Kind> mine{kind_, where, program_, 0};
    mine.open();
    mine.start_worker();
    while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    mine.close();
  }
  void ask(place const& where, reporter const& acked) override {
    player<Kind> mine{kind_, where, program_, 0};
    mine.open();
    if (!mine.play_as_client(acked)) throw std::runtime_error{"the client gave up"};
    survey const closed = survey_of(mine.backend());
    std::ofstream seen{where.directory + "/seen.txt"};
    for (auto const& [id, run] : closed) seen << id << ' ' << fingerprint(run) << '\n';
  }

private:
  static auto fingerprint(perdure::history const& run) -> std::size_t {
    return std::hash<std::string>{}(run.to_json());
  }
  /// What the client saw at its end of runs that had ended has stayed as it was.
  static auto changed_since_seen(place const& where, survey const& after) -> std::string {
    std::ifstream seen{where.directory + "/seen.txt"};
    std::string id;
    for (std::size_t print = 0; seen >> id >> print;)
      if (!after.contains(id) || fingerprint(after.at(id)) != print)
        return "run " + id + " was changed after its end";
    return {};
  }
  static auto wrong_with_executions(place const& where, std::size_t earlier, survey const& before,
                                    survey const& after) -> std::string {
    std::vector<std::string> const all = executions_in(where.side_log());
    activity_sets const then = activities_of(before);
    activity_sets const now = activities_of(after);
    for (std::size_t i = Kind::is_durable ? 0 : earlier; i < all.size(); ++i) {
      std::string const name = without_attempt(all[i]);
      if (!now.scheduled.contains(name)) return "ran, but no history asks for it: " + all[i];
      if (i >= earlier && then.ended.contains(name))
        return "ran again, though its end was recorded: " + all[i];
    }
    return {};
  }

  Kind kind_;
  program program_;
  bool makes_file_;
};

/// Everything in memory: nothing is durable, and a checker begins anew.
struct memory_kind {
  using backend = perdure::memory_backend;
  static constexpr bool is_virtual = true;
  static constexpr bool is_durable = false;
  [[nodiscard]] auto open(place const&, std::uint64_t seed) const -> std::unique_ptr<backend> {
    return std::make_unique<backend>(
        perdure::memory_backend_options{.clock = perdure::clock_mode::virtual_time, .seed = seed});
  }
  [[nodiscard]] auto check_file(place const&) const -> std::string { return {}; }
};

/// In a file; in virtual time (one thread, the same calls each time) or with threads.
template <bool Virtual>
struct sqlite_kind {
  using backend = perdure::sqlite_backend;
  static constexpr bool is_virtual = Virtual;
  static constexpr bool is_durable = true;
  perdure::sqlite_synchronous synchronous{perdure::sqlite_synchronous::full};
  perdure::duration lease{std::chrono::seconds{10}};
  std::size_t checkpoint_bytes{std::size_t{64} << 10}; ///< Small, so that there are some.

  [[nodiscard]] auto open(place const& where, std::uint64_t seed) const
      -> std::unique_ptr<backend> {
    perdure::sqlite_backend_options options{};
    options.synchronous = synchronous;
    options.lease = lease;
    options.checkpoint_bytes = checkpoint_bytes;
    if (Virtual) options.clock = perdure::clock_mode::virtual_time;
    if (Virtual) options.seed = seed;
    return std::make_unique<backend>(where.database(), options);
  }
  [[nodiscard]] auto check_file(place const& where) const -> std::string {
    connection const db{where, "FULL", ""};
    std::string const found = db.text("PRAGMA integrity_check");
    return found == "ok" ? "" : "integrity_check: " + found;
  }
};

} // namespace reliability
