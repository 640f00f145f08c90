// What the explorer promises besides finding things: the same schedules every time, all of them
// where it says so, and schedules that fit.
#include <perdure/testing/explorer.hpp>

#include "planted/messages.hpp"
#include "planted/outside_state.hpp"
#include "support/catch.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using perdure::exploration_fault;
using perdure::explored_run;
using perdure::explorer;
using planted::one_minute;
using namespace std::chrono_literals;

namespace {

/// Known to a converter alone.
struct weight {
  explicit weight(int value) : grams{value} {}
  int grams;
};

} // namespace

template <>
struct perdure::payload_traits<weight> : perdure::by_data_converter<weight> {};

namespace {

perdure::workflow<int> at_once(int value) { co_return value; }

int twice(int value) { return 2 * value; }
perdure::workflow<int> child(int value) {
  co_return co_await perdure::execute_activity<twice>(value, one_minute);
}
perdure::workflow<int> parent(int value) {
  auto left = perdure::start_child_workflow<child>(value, {.id = "left"});
  auto right = perdure::start_child_workflow<child>(value + 1, {.id = "right"});
  auto const both = co_await perdure::when_all(left, right);
  if (value > 0) co_await perdure::continue_as_new<parent>(0);
  co_return std::get<0>(both) + std::get<1>(both);
}

perdure::workflow<int> local(int value) {
  perdure::local_activity_options const options{.start_to_close_timeout = 1min};
  int const here = co_await perdure::execute_local_activity<twice>(value, options);
  int const noted = co_await perdure::side_effect([=] { return here + 1; });
  co_return co_await perdure::execute_activity<twice>(noted, one_minute);
}

inline constexpr perdure::signal<weight> load{"load"};
weight doubled(weight from) { return weight{2 * from.grams}; }
perdure::workflow<weight> carries(weight first) {
  weight const more = co_await perdure::receive(load);
  co_return co_await perdure::execute_activity<doubled>(weight{first.grams + more.grams},
                                                        one_minute);
}

perdure::workflow<void> forever(int) {
  while (true) co_await perdure::sleep(1h);
}
perdure::workflow<void> broken(int) {
  co_await perdure::sleep(1h);
  throw std::runtime_error{"a fault of the program"};
}

} // namespace

TEST_CASE("All schedules of a run that ends at once are run", "[testing_explorer]") {
  explorer subject{{.max_deviations = 1}};
  subject.add<at_once>();
  auto const found = subject.explore<at_once>(5);
  CHECK(found.ok());
  CHECK(found.exhausted);
  CHECK(found.schedules == 3); // the usual one, a cancellation, a crash
  CHECK(found.distinct == 3);
}

TEST_CASE("The same options give the same exploration", "[testing_explorer]") {
  auto const explore = [] {
    using namespace planted::lost_signal;
    explorer subject{{.max_schedules = 1, .seed = 77}};
    subject.add<wrong, reserve>().send(approve);
    return subject.explore<wrong>("tea");
  };
  auto const first = explore();
  auto const second = explore();
  CHECK(first.text() == second.text());
  REQUIRE(first.failure);
  CHECK(first.random > 0);
  CHECK(first.text().find("of seed 77") != std::string::npos);
}

TEST_CASE("What random schedules find is made as small as what is enumerated",
          "[testing_explorer]") {
  using namespace planted::busy_destructor;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    explorer subject{{.max_schedules = 1, .seed = seed}};
    subject.add<wrong, take, give_back>();
    auto const found = subject.explore<wrong>("a ladder");
    REQUIRE(found.failure);
    CHECK(found.failure->deviations == 1);
  }
}

TEST_CASE("A schedule that does not fit the code says which moves are possible",
          "[testing_explorer]") {
  explorer subject;
  subject.add<at_once, child>().stub<twice>([](int value) { return value; });
  auto const unfit = subject.replay_schedule<child>("task; complete 7 (twice)", 5);
  REQUIRE(unfit.fault);
  CHECK(*unfit.fault == exploration_fault::unfit_schedule);
  CHECK(unfit.problem.find("move 2, 'complete 7', is not possible; these are: complete 1") !=
        std::string::npos);
  auto const late = subject.replay_schedule<at_once>("task; task", 5);
  REQUIRE(late.fault);
  CHECK(late.problem.find("the run ended after 1 moves") != std::string::npos);
  for (char const* const text : {"tsk", "complete two", "task complete"})
    CHECK_THROWS_AS(subject.replay_schedule<at_once>(text, 5), perdure::error);
  CHECK(subject.replay_schedule<at_once>(" task ;", 5).ok());
}

TEST_CASE("A stub stands in for an activity, and its calls are seen", "[testing_explorer]") {
  int begun = 0;
  explorer subject{{.failures = false, .cancellation = false}};
  subject.add<child>().stub<twice>([](int value) { return 100 * value; });
  subject.before_each([&] { ++begun; });
  subject.check("the stub was called with what was given", [](explored_run const& run) {
    for (auto const& [value] : run.arguments<twice>())
      if (value != 5) return false;
    return run.count<twice>() >= 1 && run.result<int>() == 500;
  });
  auto const found = subject.explore<child>(5);
  INFO(found.text());
  CHECK(found.ok());
  CHECK(static_cast<std::size_t>(begun) == found.schedules);
}

TEST_CASE("Children and runs that continue are explored with their parent", "[testing_explorer]") {
  explorer subject{{.max_schedules = 1'500, .random_schedules = 300}};
  subject.add<parent, child, twice>();
  std::size_t continued = 0;
  subject.check("the sum is right", [&](explored_run const& run) {
    continued += run.runs.size() == 2 ? 1U : 0U;
    return !run.completed() || run.result<int>() == 2;
  });
  auto const found = subject.explore<parent>(3);
  INFO(found.text());
  CHECK(found.ok());
  CHECK(continued > 100);
}

TEST_CASE("A converter is that of arguments, messages, activities and checks",
          "[testing_explorer]") {
  auto const converter = std::make_shared<perdure::data_converter>();
  converter->use<weight>(
      [](weight const& from) { return perdure::to_payload(from.grams); },
      [](perdure::payload const& from) { return weight{perdure::from_payload<int>(from)}; });
  explorer subject{{.max_deviations = 1, .random_schedules = 20, .data_converter = converter}};
  subject.add<carries, doubled>().send(load, weight{2});
  std::size_t completed = 0;
  subject.check("the weights are right", [&](explored_run const& run) {
    for (auto const& [value] : run.arguments<doubled>())
      if (value.grams != 5) return false;
    completed += run.completed() ? 1U : 0U;
    return !run.completed() || run.result<weight>().grams == 10;
  });
  auto const found = subject.explore<carries>(weight{3});
  INFO(found.text());
  CHECK(found.ok());
  CHECK(completed > 0);
}

TEST_CASE("Interceptors are around the activities of an explored run", "[testing_explorer]") {
  class counting final : public perdure::worker_interceptor {
  public:
    int seen{};
    auto execute_activity(perdure::activity_call& call, perdure::next_activity next)
        -> perdure::payloads override {
      ++seen;
      return next(call);
    }
  };
  auto const counts = std::make_shared<counting>();
  explorer subject{{.max_deviations = 0, .random_schedules = 0, .interceptors = {counts}}};
  subject.add<child, twice>();
  CHECK(subject.explore<child>(3).ok());
  CHECK(counts->seen > 0);
}

TEST_CASE("Local activities and side effects survive crashes", "[testing_explorer]") {
  explorer subject{{.max_schedules = 1'000}};
  subject.add<local, twice>();
  subject.check("the result is right", [](explored_run const& run) {
    return !run.completed() || run.result<int>() == 14;
  });
  auto const found = subject.explore<local>(3);
  INFO(found.text());
  CHECK(found.ok());
}

TEST_CASE("Runs that do not end, tasks that fail and checks that throw are reported",
          "[testing_explorer]") {
  explorer subject{{.max_steps = 50}};
  subject.add<forever, broken, at_once>();
  auto const endless = subject.explore<forever>(1);
  REQUIRE(endless.failure);
  CHECK(*endless.failure->fault == exploration_fault::endless);
  auto const failing = subject.explore<broken>(1);
  REQUIRE(failing.failure);
  CHECK(*failing.failure->fault == exploration_fault::task_failed);
  CHECK(failing.failure->problem.find("a fault of the program") != std::string::npos);
  subject.check("a check", [](explored_run const&) -> bool { throw std::logic_error{"oops"}; });
  auto const thrown = subject.explore<at_once>(1);
  REQUIRE(thrown.failure);
  CHECK(thrown.failure->problem == "a check threw: oops");
  CHECK(thrown.test().find("my_explorer.replay_schedule<at_once>(\n    \"\", 1);") !=
        std::string::npos);
}

TEST_CASE("What was not added is named", "[testing_explorer]") {
  explorer subject;
  CHECK_THROWS_AS(subject.explore<child>(1), perdure::error);
  subject.add<child>();
  CHECK_THROWS_WITH(subject.explore<child>(1),
                    perdure_test::contains("no activity is known as 'twice'"));
}
