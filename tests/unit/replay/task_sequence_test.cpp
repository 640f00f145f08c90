// Where one logical workflow task ends and the next begins: a test for each rule.
#include "support/catch.hpp"

#include <span>
#include <vector>

#include "perdure/replay/task_sequence.hpp"
#include "support/history_builder.hpp"

using namespace perdure;
using perdure_test::history_builder;
using replay::next_sequence;
using ending = replay::task_sequence::ending;

namespace {

/// The id of the last event of each logical task, and how the last one ended.
struct cuts {
  std::vector<event_id> ends;
  ending last{};
};
auto cut(history_builder const& of) -> cuts {
  cuts made;
  std::span<event const> const events{of.events()};
  for (std::size_t from = 0; from < events.size();) {
    auto const task = next_sequence(events, from);
    REQUIRE(task.end > from);
    REQUIRE(task.end <= events.size());
    made.ends.push_back(events[task.end - 1].id);
    made.last = task.how;
    from = task.end;
  }
  return made;
}
using ids = std::vector<event_id>;

static_assert(replay::is_command_event(event_type::timer_canceled));
static_assert(replay::is_command_event(event_type::workflow_execution_update_accepted));
static_assert(!replay::is_command_event(event_type::timer_fired));
static_assert(!replay::is_command_event(event_type::workflow_execution_terminated));
static_assert(replay::is_close_event(event_type::workflow_execution_terminated));
static_assert(!replay::is_close_event(event_type::workflow_task_completed));

} // namespace

TEST_CASE("a task ends at its start, with its completion in the next", "[replay][task_sequence]") {
  history_builder made;
  made.task();                        // 2, 3, 4
  auto const timer = made.timer("1"); // 5
  made.timer_fired("1", timer);       // 6
  made.task();                        // 7, 8, 9
  made.completed();                   // 10
  auto const got = cut(made);
  CHECK(got.ends == ids{3, 8, 10});
  CHECK(got.last == ending::closed);
}

TEST_CASE("a task that nothing follows is the one to be worked on", "[replay][task_sequence]") {
  history_builder made;
  made.task_begins();
  CHECK(cut(made).last == ending::current);
  made.task_completed();
  auto const got = cut(made);
  CHECK(got.ends == ids{3, 4});
  CHECK(got.last == ending::open);
}

TEST_CASE("events between tasks are no task", "[replay][task_sequence]") {
  history_builder made;
  CHECK(cut(made).last == ending::open);
  made.task_scheduled();
  CHECK(cut(made).last == ending::open);
  CHECK(cut(made).ends == ids{2});
}

TEST_CASE("a task that failed or timed out is part of the next", "[replay][task_sequence]") {
  history_builder made;
  made.task_begins(), made.task_failed();    // 2, 3, 4
  made.task_begins(), made.task_timed_out(); // 5, 6, 7
  made.signal("s");                          // 8
  made.task();                               // 9, 10, 11
  made.timer("1");
  CHECK(cut(made).ends == ids{10, 12});
}

TEST_CASE("a task that was never started and timed out is part of the next",
          "[replay][task_sequence]") {
  history_builder made;
  made.task_scheduled(), made.task_timed_out();
  made.task_begins();
  CHECK(cut(made).ends == ids{5});
  CHECK(cut(made).last == ending::current);
}

TEST_CASE("a run that ends under a task ends that task", "[replay][task_sequence]") {
  for (int how = 0; how < 3; ++how) {
    history_builder made;
    made.task_begins();
    if (how == 0)
      made.add(events::workflow_execution_terminated{});
    else if (how == 1)
      made.add(events::workflow_execution_timed_out{});
    else
      made.add(events::workflow_execution_canceled{});
    auto const got = cut(made);
    CHECK(got.ends == ids{4});
    CHECK(got.last == ending::closed);
  }
}

TEST_CASE("a task without commands is one of its own, whatever follows it",
          "[replay][task_sequence]") {
  history_builder made;
  made.task();      // 2, 3, 4: kept a local activity alive
  made.task();      // 5, 6, 7: likewise
  made.signal("s"); // 8
  made.task();      // 9, 10, 11
  made.task();      // 12, 13, 14: an update alone made it
  made.add(events::workflow_execution_update_accepted{});
  CHECK(cut(made).ends == ids{3, 6, 10, 13, 15});
}

TEST_CASE("an empty completion that something else follows is no heartbeat",
          "[replay][task_sequence]") {
  history_builder made;
  made.task();      // 2, 3, 4
  made.signal("s"); // 5
  made.task();      // 6, 7, 8
  made.completed();
  CHECK(cut(made).ends == ids{3, 7, 9});
}

TEST_CASE("a task that brought commands of the one before is no heartbeat",
          "[replay][task_sequence]") {
  history_builder made;
  made.task();     // 2, 3, 4
  made.timer("1"); // 5
  made.task();     // 6, 7, 8: decided nothing; the next comes at once
  made.task();     // 9, 10, 11
  made.timer("2");
  CHECK(cut(made).ends == ids{3, 7, 10, 12});
}

TEST_CASE("a task is cut the same way whether what follows it is there yet or not",
          "[replay][task_sequence]") {
  history_builder made;
  made.task();        // 2, 3, 4
  made.task_begins(); // 5, 6
  auto const got = cut(made);
  CHECK(got.ends == ids{3, 6});
  CHECK(got.last == ending::current);
}

TEST_CASE("a heartbeat before a task that failed is not part of the one after",
          "[replay][task_sequence]") {
  history_builder made;
  made.task();                            // 2, 3, 4
  made.task_begins(), made.task_failed(); // 5, 6, 7
  made.task();                            // 8, 9, 10
  made.timer("1");
  CHECK(cut(made).ends == ids{3, 9, 11});
}

TEST_CASE("an accepted update is handled at the task it was sequenced to",
          "[replay][task_sequence]") {
  history_builder made;
  made.task();                                  // 2, 3, 4
  auto const sequenced = made.task_scheduled(); // 5
  made.task_started(), made.task_completed();   // 6, 7
  made.update_accepted(sequenced);              // 8
  made.add(events::workflow_execution_update_completed{});
  // The task at 3 looks like a heartbeat, but the update came after it.
  CHECK(cut(made).ends == ids{3, 6, 9});
}

TEST_CASE("an update sequenced into a row of heartbeats is handled at the last of them",
          "[replay][task_sequence]") {
  history_builder made;
  made.task();             // 2, 3, 4
  made.task();             // 5, 6, 7
  made.task();             // 8, 9, 10
  made.update_accepted(8); // 11
  made.add(events::workflow_execution_update_completed{});
  CHECK(cut(made).ends == ids{3, 6, 9, 12});
}
