// The machine by itself: no coroutine, no executor; commands in, events in, jobs out.
#include "support/catch.hpp"

#include <span>
#include <string>
#include <vector>

#include "perdure/replay/workflow_machine.hpp"
#include "support/history_builder.hpp"

using namespace perdure;
using namespace perdure::replay;
using perdure_test::contains;
using perdure_test::history_builder;

namespace {

/// A machine next to the history that it has been fed, so far.
struct fixture {
  history_builder history{};
  workflow_machine machine{};
  job_list jobs{};
  std::size_t fed{0};

  void feed() {
    jobs.clear();
    auto const fresh = std::span<event const>{history.events()}.subspan(fed);
    fed = history.events().size();
    machine.feed(fresh, jobs);
  }
  auto activity(std::string const& type = "a", cancellation_type on_cancel = {})
      -> operation_index {
    events::activity_task_scheduled asked{};
    asked.activity_type = type;
    return machine.begin(operation_kind::activity, event_attributes::make(asked), on_cancel, {});
  }
  auto timer() -> operation_index {
    return machine.begin(operation_kind::timer, event_attributes::make(events::timer_started{}), {},
                         {});
  }
  auto child() -> operation_index {
    return machine.begin(operation_kind::child_workflow,
                         event_attributes::make(events::start_child_workflow_execution_initiated{}),
                         {}, {});
  }
  auto cancel(operation_index index) -> bool { return machine.cancel(index, {}); }
  void record(command_type type) {
    if (type == command_type::complete_workflow_execution)
      machine.record(type, event_attributes::make(events::workflow_execution_completed{}), {});
    else
      machine.record(type, event_attributes::make(events::workflow_execution_failed{}), {});
  }
  auto commands() const -> std::vector<command_type> {
    std::vector<command> all;
    machine.collect(all);
    std::vector<command_type> types;
    for (auto const& each : all) types.push_back(each.type);
    return types;
  }
  /// A first task, in which the machine is now.
  static auto in_first_task() -> fixture {
    fixture made;
    made.history.task_begins();
    made.feed();
    return made;
  }
};

using types = std::vector<command_type>;

auto flags(std::initializer_list<core_flag> of) -> flag_set {
  flag_set made;
  for (core_flag each : of) made.add(static_cast<std::uint32_t>(each));
  return made;
}

} // namespace

TEST_CASE("ids count from 1 within their kind, and are used up by what is taken back",
          "[replay][machine]") {
  auto f = fixture::in_first_task();
  f.machine.set_run_id("run");
  auto const first = f.activity();
  auto const id = [&](operation_index of) {
    return f.machine.at(of).command.get<events::activity_task_scheduled>().activity_id;
  };
  CHECK(id(first) == "1");
  CHECK(f.machine.at(f.timer()).command.get<events::timer_started>().timer_id == "1");
  CHECK(f.machine.at(f.child())
            .command.get<events::start_child_workflow_execution_initiated>()
            .workflow_id == "run_1");
  CHECK(f.cancel(first));
  CHECK(id(f.activity()) == "2");
  // Local activities share the numbers of activities.
  auto const local =
      f.machine.begin(operation_kind::local_activity,
                      event_attributes::make(events::activity_task_scheduled{}), {}, {});
  CHECK(id(local) == "3");
}

TEST_CASE("a command cancelled before it was sent is not sent", "[replay][machine]") {
  auto f = fixture::in_first_task();
  auto const a = f.activity();
  auto const t = f.timer();
  f.activity("b");
  CHECK(f.cancel(a));
  CHECK(f.cancel(t));
  CHECK(f.machine.at(a).cancelled);
  CHECK(f.commands() == types{command_type::schedule_activity_task});

  // History holds the other one only, and both agree.
  f.history.task_completed({1});
  f.history.activity("2", "b");
  f.history.task_begins();
  f.feed();
  CHECK(f.commands().empty());
}

TEST_CASE("a cancellation comes before an outcome that workflow code was not told of",
          "[replay][machine][cancellation]") {
  for (auto const how : {cancellation_type::try_cancel, cancellation_type::abandon,
                         cancellation_type::wait_cancellation_completed}) {
    CAPTURE(static_cast<int>(how));
    auto f = fixture::in_first_task();
    auto const a = f.activity("a", how);
    f.history.task_completed();
    auto const scheduled = f.history.activity("1", "a");
    f.history.cancel_requested();
    f.history.activity_completed(scheduled);
    f.history.task_begins();
    f.feed();
    REQUIRE(f.jobs.others.size() == 2);
    CHECK(f.jobs.others[0].what == job::kind::cancel_run);
    CHECK(f.jobs.others[1].what == job::kind::resolve);

    bool const waits = how == cancellation_type::wait_cancellation_completed;
    CHECK(f.cancel(a) == !waits);
    CHECK(f.machine.at(a).cancelled == !waits);
    CHECK_FALSE(f.cancel(a));
    CHECK(f.commands().empty()); // it is over: nobody needs to be asked
  }
}

TEST_CASE("cancelling what workflow code knows to be over does nothing",
          "[replay][machine][cancellation]") {
  auto f = fixture::in_first_task();
  auto const t = f.timer();
  f.history.task_completed();
  auto const started = f.history.timer("1");
  f.history.timer_fired("1", started);
  f.history.task_begins();
  f.feed();
  f.machine.delivered(t);
  CHECK_FALSE(f.cancel(t));
  CHECK_FALSE(f.machine.at(t).cancelled);
  CHECK(f.commands().empty());
}

TEST_CASE("what an activity does after its await gave it up is no news", "[replay][machine]") {
  auto f = fixture::in_first_task();
  auto const a = f.activity();
  f.history.task_completed();
  auto const scheduled = f.history.activity("1", "a");
  f.history.cancel_requested();
  f.history.task_begins();
  f.feed();
  CHECK(f.cancel(a));
  CHECK(f.commands() == types{command_type::request_cancel_activity_task});
  f.history.task_completed();
  f.history.add(events::activity_task_cancel_requested{.scheduled_event_id = scheduled});
  f.history.activity_completed(scheduled);
  f.history.task_begins();
  f.feed();
  CHECK(f.jobs.others.empty());
}

TEST_CASE("cancellations of two operations keep their order", "[replay][machine]") {
  auto f = fixture::in_first_task();
  auto const one = f.activity("a");
  auto const other = f.activity("b");
  f.history.task_completed();
  auto const first = f.history.activity("1", "a");
  auto const second = f.history.activity("2", "b");
  f.history.cancel_requested();
  f.history.task_begins();
  f.feed();
  f.cancel(one);
  f.cancel(other);
  f.history.task_completed();
  f.history.add(events::activity_task_cancel_requested{.scheduled_event_id = second});
  f.history.add(events::activity_task_cancel_requested{.scheduled_event_id = first});
  CHECK_THROWS_WITH(f.feed(), contains("cancel two different activities") &&
                                  contains("(of event 6)") && contains("(of event 5)"));
}

TEST_CASE("jobs are the start, new seeds, signals, and the rest in the order of events",
          "[replay][machine]") {
  auto f = fixture::in_first_task();
  CHECK(f.jobs.start);
  auto const t = f.timer();
  auto const a = f.activity();
  f.history.task_completed();
  auto const started = f.history.timer("1");
  auto const scheduled = f.history.activity("1", "a");
  f.history.activity_completed(scheduled);
  f.history.cancel_requested();
  f.history.signal("one");
  f.history.timer_fired("1", started);
  f.history.signal("two");
  f.history.task_begins();
  events::workflow_task_failed reset{};
  reset.cause = workflow_task_failed_cause::reset_workflow;
  reset.new_run_id = std::string_view{"another run"};
  f.history.add(reset);
  f.history.task_failed(); // of another cause: no new seed
  f.history.task_begins();
  f.feed();
  CHECK_FALSE(f.jobs.start);
  CHECK(f.jobs.reseed == std::vector<shared_string>{"another run"});
  REQUIRE(f.jobs.signals.size() == 2);
  CHECK(f.jobs.signals[0].as<events::workflow_execution_signaled>().signal_name == "one");
  REQUIRE(f.jobs.others.size() == 3);
  CHECK(f.jobs.others[0].operation == a);
  CHECK(f.jobs.others[1].what == job::kind::cancel_run);
  CHECK(f.jobs.others[2].operation == t);
}

TEST_CASE("with Core's flag 3 commands issued after the terminal one go before it",
          "[replay][machine][flags]") {
  auto f = fixture::in_first_task();
  f.machine.begin_turn({}, flags({core_flag::move_terminal_commands}));
  f.timer();
  f.record(command_type::complete_workflow_execution);
  f.activity();
  f.record(command_type::fail_workflow_execution);
  f.timer();
  f.machine.end_turn();
  CHECK(f.commands() == types{command_type::start_timer, command_type::schedule_activity_task,
                              command_type::start_timer,
                              command_type::complete_workflow_execution});
}

TEST_CASE("without Core's flag 3 commands issued after the terminal one are dropped",
          "[replay][machine][flags]") {
  auto f = fixture::in_first_task();
  f.machine.begin_turn({}, flags({core_flag::id_and_type_checks}));
  f.timer();
  f.record(command_type::complete_workflow_execution);
  f.activity();
  f.machine.end_turn();
  CHECK(f.commands() ==
        types{command_type::start_timer, command_type::complete_workflow_execution});
}

TEST_CASE("a patch is there in a new run, and in a replay if its marker is", "[replay][patch]") {
  struct row {
    bool replaying, marked, expected;
  };
  for (auto const [replaying, marked, expected] :
       {row{false, false, true}, row{true, true, true}, row{true, false, false}})
    for (bool const deprecated : {false, true}) {
      CAPTURE(replaying, marked, deprecated);
      auto f = fixture::in_first_task();
      look_ahead ahead{.replaying = replaying};
      if (marked) ahead.patches.push_back({"p", false});
      f.machine.begin_turn(ahead, flag_set::ours());
      CHECK(f.machine.patched("p", deprecated, {}) == expected);
      types const issued{command_type::record_marker,
                         command_type::upsert_workflow_search_attributes};
      CHECK(f.commands() == (expected ? issued : types{}));
      // Asked again, also later and live, the answer is the same and costs no command.
      f.machine.begin_turn({}, flag_set::ours());
      CHECK(f.machine.patched("p", false, {}) == expected);
      CHECK(f.commands().size() == (expected ? 2U : 0U));
    }
}

TEST_CASE("without Core's flag 2 a patch marker stands alone", "[replay][patch][flags]") {
  auto f = fixture::in_first_task();
  f.machine.begin_turn({}, flags({core_flag::id_and_type_checks}));
  CHECK(f.machine.patched("p", false, {}));
  CHECK(f.commands() == types{command_type::record_marker});
}

TEST_CASE("a deprecated marker without code is skipped with its search attribute, and nothing else",
          "[replay][patch]") {
  for (bool const with_upsert : {false, true}) {
    CAPTURE(with_upsert);
    auto f = fixture::in_first_task();
    events::upsert_workflow_search_attributes mine{};
    mine.search_attributes.make().emplace("Mine", payload{});
    f.machine.record(command_type::upsert_workflow_search_attributes, event_attributes::make(mine),
                     {});
    f.history.task_completed({1});
    f.history.add(make_patch_marker({"gone", true}));
    if (with_upsert) f.history.add(*make_change_version_upsert({"gone"}));
    f.history.add(mine);
    f.history.task_begins();
    f.feed();
    CHECK(f.commands().empty());
  }
}

TEST_CASE("time is that of the task, and never goes back", "[replay][machine]") {
  auto f = fixture::in_first_task();
  auto const at = [](std::int64_t seconds) {
    return time_point{duration{seconds * 1'000'000'000}};
  };
  CHECK(f.machine.first_event_time() == at(1));
  CHECK(f.machine.now() == at(3));
  f.history.task_completed();
  f.history.task_begins();
  f.history.events().back().time = at(2);
  f.feed();
  CHECK(f.machine.now() == at(3));
  f.machine.advance_time(at(9));
  CHECK(f.machine.now() == at(9));
}

TEST_CASE("a place that was given back is used again, once its operation is over",
          "[replay][machine]") {
  auto f = fixture::in_first_task();
  auto const a = f.activity();
  f.machine.release(a);
  f.history.task_completed();
  auto const scheduled = f.history.activity("1", "a");
  f.history.signal("s");
  f.history.task_begins();
  f.feed();
  CHECK(f.activity() != a); // still open
  f.history.task_completed();
  f.history.activity("2", "a");
  f.history.activity_completed(scheduled);
  f.history.task_begins();
  f.feed();
  CHECK(f.jobs.others.empty()); // nobody waits for it
  CHECK(f.activity() == a);
}

TEST_CASE("a child that is cancelled asks for it by its ids, and its answer is no news",
          "[replay][machine]") {
  auto f = fixture::in_first_task();
  f.machine.set_run_id("run");
  auto const c = f.child();
  f.history.task_completed();
  events::start_child_workflow_execution_initiated initiated{};
  initiated.workflow_id = std::string_view{"run_1"};
  auto const begun = f.history.add(initiated);
  events::child_workflow_execution_started started{};
  started.initiated_event_id = begun;
  started.workflow_execution = {"run_1", "child run"};
  f.history.add(started);
  f.history.task_begins();
  f.feed();
  REQUIRE(f.jobs.others.size() == 1);
  CHECK(f.jobs.others[0].what == job::kind::started);
  CHECK(f.cancel(c)); // try_cancel: given up at once
  std::vector<command> all;
  f.machine.collect(all);
  REQUIRE(all.size() == 1);
  auto const& asked =
      all[0].attributes.get<events::request_cancel_external_workflow_execution_initiated>();
  CHECK(asked.workflow_execution == workflow_execution{"run_1", "child run"});
  CHECK(asked.child_workflow_only);

  f.history.task_completed();
  auto const request = f.history.add(asked);
  f.history.add(
      events::external_workflow_execution_cancel_requested{.initiated_event_id = request});
  events::child_workflow_execution_canceled gone{};
  gone.initiated_event_id = begun;
  f.history.add(gone);
  f.history.task_begins();
  f.feed();
  CHECK(f.jobs.others.empty());
}

TEST_CASE("an event of an unknown kind is refused unless the server says otherwise",
          "[replay][machine]") {
  auto f = fixture::in_first_task();
  f.history.task_completed();
  f.history.add(events::unknown_event{.name = "NewThing"});
  f.history.events().back().worker_may_ignore = true;
  f.feed();
  f.history.add(events::unknown_event{.name = "NewThing"});
  CHECK_THROWS_WITH(f.feed(), contains("event 6 'NewThing' is of a kind"));
}
