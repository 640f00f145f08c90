// Recorded histories in tests: how they are read and changed, and the check that a workflow follows
// one from every prefix.
#pragma once

#include "support/catch.hpp"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "perdure/execution/replayer.hpp"
#include "perdure/history/history.hpp"
#include "perdure/replay/task_sequence.hpp"

namespace perdure_test {

/// The recording `tests/golden/histories/<name>.json`.
inline auto golden(std::string const& name) -> perdure::history {
  std::filesystem::path const path =
      std::filesystem::path{PERDURE_GOLDEN_DIR} / std::filesystem::path{name + ".json"};
  std::ifstream file{path, std::ios::binary};
  INFO(path.string());
  REQUIRE(file);
  return perdure::history::from_json(std::string{std::istreambuf_iterator<char>{file}, {}});
}

/// The events before and including event `last`.
inline auto first_events(perdure::history whole, std::size_t last) -> perdure::history {
  whole.events.resize(last);
  return whole;
}

/// Changes the attributes of one event. Histories share attributes, so the event gets its own
/// first.
template <class A, class F>
void change(perdure::event& e, F&& how) {
  A mine = e.as<A>();
  how(mine);
  e.attributes = perdure::event_attributes::make(std::move(mine));
}

/// The n-th event (from 0) that records an `A`.
template <class A>
auto nth(perdure::history& of, std::size_t n = 0) -> perdure::event& {
  for (perdure::event& e : of.events)
    if (e.type == A::type && n-- == 0) return e;
  FAIL("the history has no such event");
  throw;
}
template <class A, class F>
void change(perdure::history& of, std::size_t n, F&& how) {
  change<A>(nth<A>(of, n), std::forward<F>(how));
}

/// Whether ids that a run allots by itself are those of the recording. Go's are event ids.
enum class ids : unsigned char { own, foreign };

/// What makes a command the one that an event records, as text: its kind, and every field that no
/// program may change between a run and its replay.
inline auto identity(perdure::event_attributes const& what, ids allotted) -> std::string {
  using namespace perdure;
  if (auto const* m = what.get_if<protocol_message_command>()) {
    std::string_view const id = m->message_id.view();
    bool const accepts = id.ends_with("/accept");
    return std::string{name_of(accepts ? event_type::workflow_execution_update_accepted
                                       : event_type::workflow_execution_update_completed)} +
           " " + std::string{id.substr(0, id.rfind('/'))};
  }
  std::string text{name_of(what.type())};
  auto const add = [&](std::string_view part) { (text += ' ') += part; };
  auto const add_id = [&](std::string_view id) {
    if (allotted == ids::own) add(id);
  };
  if (auto const* a = what.get_if<events::activity_task_scheduled>())
    add(a->activity_type), add_id(a->activity_id);
  else if (auto const* r = what.get_if<events::activity_task_cancel_requested>())
    add(std::to_string(r->scheduled_event_id));
  else if (auto const* t = what.get_if<events::timer_started>())
    add_id(t->timer_id);
  else if (auto const* c = what.get_if<events::timer_canceled>())
    add_id(c->timer_id), add(std::to_string(c->started_event_id));
  else if (auto const* w = what.get_if<events::start_child_workflow_execution_initiated>())
    add(w->workflow_type), add_id(w->workflow_id);
  else if (auto const* s = what.get_if<events::signal_external_workflow_execution_initiated>())
    add(s->signal_name), add(s->workflow_execution.workflow_id);
  else if (auto const* x =
               what.get_if<events::request_cancel_external_workflow_execution_initiated>())
    add(x->workflow_execution.workflow_id), add(x->child_workflow_only ? "child" : "any");
  else if (auto const* n = what.get_if<events::workflow_execution_continued_as_new>())
    add(n->workflow_type);
  else if (auto const* u = what.get_if<events::upsert_workflow_search_attributes>())
    for (auto const& [name, value] : *u->search_attributes) add(name), add(value.data);
  else if (auto const* p = what.get_if<events::workflow_properties_modified>())
    for (auto const& [name, value] : *p->upserted_memo) add(name), add(value.data);
  else if (auto const* a2 = what.get_if<events::workflow_execution_update_accepted>())
    add(a2->protocol_instance_id);
  else if (auto const* c2 = what.get_if<events::workflow_execution_update_completed>())
    add(c2->meta.update_id);
  else if (auto const* m = what.get_if<events::marker_recorded>()) {
    add(m->marker_name);
    if (m->marker_name == replay::patch_marker_name) {
      auto const patch = replay::parse_patch_marker(*m);
      add(patch.id), add(patch.deprecated ? "deprecated" : "live");
    } else if (m->marker_name == replay::local_activity_marker_name) {
      add(std::to_string(replay::parse_local_activity_marker(what).sequence));
    }
  }
  return text;
}

inline auto identities(std::vector<perdure::command> const& commands, ids allotted)
    -> std::vector<std::string> {
  std::vector<std::string> all;
  for (auto const& each : commands) all.push_back(identity(each.attributes, allotted));
  return all;
}

/// The commands that the completed task whose completion is `events[completed]` recorded.
inline auto recorded_commands(perdure::history const& of, std::size_t completed, ids allotted)
    -> std::vector<std::string> {
  std::vector<std::string> all;
  for (std::size_t i = completed + 1; i < of.events.size(); ++i) {
    if (!perdure::replay::is_command_event(of.events[i].type)) break;
    all.push_back(identity(of.events[i].attributes, allotted));
  }
  return all;
}

/// How many prefixes were looked at.
struct prefix_counts {
  std::size_t tasks{}; ///< With the rest of history to look ahead into.
  std::size_t cut{};   ///< As if the rest had never been.
};

/// Replays every prefix that ends at the start of a completed logical task: the program must decide
/// exactly what history records next. Without the rest of history as well, if no local activity
/// ran (one would run again) and no update was accepted (it would not be known).
inline auto check_prefixes(perdure::replayer const& program, perdure::history const& of,
                           ids allotted = ids::own) -> prefix_counts {
  using perdure::replay::task_sequence;
  prefix_counts counts;
  std::size_t commands = 0;
  bool local = false;
  for (perdure::event const& e : of.events)
    if (auto const* m = e.attributes.get_if<perdure::events::marker_recorded>())
      local = local || m->marker_name == perdure::replay::local_activity_marker_name;
  for (std::size_t from = 0; from < of.events.size();) {
    task_sequence const task = perdure::replay::next_sequence(of.events, from);
    from = task.end;
    if (task.how != task_sequence::ending::completed) continue;
    perdure::event_id const started = of.events[from - 1].id;
    CAPTURE(started);
    REQUIRE(of.events[from].type == perdure::event_type::workflow_task_completed);
    auto const expected = recorded_commands(of, from, allotted);
    commands += expected.size();
    auto const ahead = program.replay_until(of, started);
    CHECK(ahead.problem == "");
    CHECK(identities(ahead.commands, allotted) == expected);
    ++counts.tasks;

    bool accepts = false;
    for (std::size_t i = from + 1; i <= from + expected.size(); ++i)
      accepts =
          accepts || of.events[i].type == perdure::event_type::workflow_execution_update_accepted;
    if (local || accepts) continue;
    auto const cut = program.replay(first_events(of, from));
    CHECK(cut.problem == "");
    CHECK(identities(cut.commands, allotted) == expected);
    ++counts.cut;
  }
  // No task that decided something was taken for one that failed or for a heartbeat.
  std::size_t recorded = 0;
  for (perdure::event const& e : of.events)
    if (perdure::replay::is_command_event(e.type)) ++recorded;
  CHECK(commands == recorded);
  return counts;
}

/// What the program decides at the end of the last task that a recording completed.
template <class A>
auto last_decision(perdure::replayer const& program, perdure::history const& of) -> A {
  std::size_t completed = of.events.size() - 1;
  while (of.events.at(completed).type != perdure::event_type::workflow_task_completed) --completed;
  auto const turn = program.replay_until(of, of.events.at(completed - 1).id);
  REQUIRE(!turn.commands.empty());
  return turn.commands.back().attributes.get<A>();
}

/// What a finished recording says a run gave, and what the program gives.
inline auto last_result(perdure::replayer const& program, perdure::history const& of)
    -> std::pair<perdure::payloads, perdure::payloads> {
  using completed = perdure::events::workflow_execution_completed;
  return {of.events.back().as<completed>().result, last_decision<completed>(program, of).result};
}

/// Replays a recording that must fit, whole and from every prefix.
inline auto check_replays(perdure::replayer const& program, perdure::history const& of,
                          ids allotted = ids::own) -> perdure::replay_result {
  auto result = program.replay(of);
  CHECK(result.problem == "");
  CHECK(!result.divergence);
  auto const counts = check_prefixes(program, of, allotted);
  CHECK(counts.tasks > 0);
  return result;
}

} // namespace perdure_test
