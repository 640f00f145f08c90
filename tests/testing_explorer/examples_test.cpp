// The project's own examples, as they are, under the explorer: nothing is found in them.
#ifndef __clang__ // for all that follows: GCC has lambdas of headers in mind
  #pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif
#include <perdure/testing/explorer.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <perdure/perdure.hpp>

// Each example is a program: here, a namespace, with a main that is not called. It includes nothing
// that was not included above.
#define main example_main
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
#pragma GCC diagnostic ignored "-Wunused-function"
namespace saga {
#include "../../examples/saga.cpp"
} // namespace saga
namespace approval {
#include "../../examples/approval.cpp"
} // namespace approval
namespace ordering {
#include "../../examples/order.cpp"
} // namespace ordering
namespace reminders {
#include "../../examples/reminders.cpp"
} // namespace reminders
namespace billing {
#include "../../examples/subscription.cpp"
} // namespace billing
#pragma GCC diagnostic pop
#undef main

using perdure::explored_run;
using perdure::explorer;

namespace {

/// What examples print is not printed here.
class no_output {
public:
  no_output() : before_{std::cout.rdbuf(text_.rdbuf())} {}
  no_output(no_output const&) = delete;
  auto operator=(no_output const&) -> no_output& = delete;
  ~no_output() { std::cout.rdbuf(before_); }

private:
  std::ostringstream text_{};
  std::streambuf* before_;
};

/// PERDURE_EXPLORER_SCHEDULES asks for a longer exploration.
auto budget() -> perdure::explorer_options {
  perdure::explorer_options options{};
  if (char const* const asked = std::getenv("PERDURE_EXPLORER_SCHEDULES"))
    options.max_schedules = options.random_schedules = std::stoul(asked);
  return options;
}

void require_nothing(perdure::exploration const& found) {
  std::cout << found.text() << '\n';
  INFO(found.text());
  REQUIRE(found.ok());
  REQUIRE(found.schedules > 200);
}

template <auto W, class... A>
auto explore(explorer& subject, A&&... arguments) -> perdure::exploration {
  no_output const quiet;
  return subject.explore<W>(std::forward<A>(arguments)...);
}

} // namespace

TEST_CASE("Nothing is found in the trip that takes bookings back", "[testing_explorer]") {
  using namespace saga;
  explorer subject{budget()};
  subject.add<trip, book, cancel_booking>().reliable<cancel_booking>();
  subject.check("nothing is booked after a trip that failed", [](explored_run const& run) {
    if (run.completed()) return run.count<cancel_booking>() == 0;
    std::size_t answered = 0;
    for (perdure::event const& e : run.history().events)
      if (auto const* const s = e.attributes.get_if<perdure::events::activity_task_completed>();
          s != nullptr && !s->result.empty())
        ++answered;
    return run.count<cancel_booking>() >= answered;
  });
  require_nothing(explore<trip>(subject, std::vector<std::string>{"hotel", "flight"}));
  require_nothing(explore<trip>(subject, std::vector<std::string>{"hotel", "car"}));
}

TEST_CASE("Nothing is found in the expense that waits for its manager", "[testing_explorer]") {
  using namespace approval;
  explorer subject{budget()};
  subject.add<expense, pay>();
  subject.send(decide, decision{.by = "Bob", .approved = true});
  subject.send(decide, decision{.by = "Ada", .approved = true});
  subject.check("Bob is refused, and nobody else", [](explored_run const& run) {
    for (std::string const& why : run.refused_updates())
      if (why.find("Bob may not decide") == std::string::npos) return false;
    return true;
  });
  subject.check("it is paid only when Ada has approved it", [](explored_run const& run) {
    for (perdure::event const& e : run.history().events)
      if (e.type == perdure::event_type::workflow_execution_update_accepted) return true;
    return run.count<pay>() == 0;
  });
  subject.check("what is paid is paid once, unless an answer got lost",
                [](explored_run const& run) {
                  std::size_t lost = 0;
                  for (auto const& each : run.calls)
                    lost += each.end == perdure::explored_call::ending::lost ? 1U : 0U;
                  return run.count<pay>() <= 1 + lost;
                });
  require_nothing(explore<expense>(subject, "a chair", "Ada"));
}

TEST_CASE("Nothing is found in the order that takes lines", "[testing_explorer]") {
  using namespace ordering;
  explorer subject{budget()};
  subject.add<&order::run, charge>();
  subject.send<&order::add>(line{.item = "pen", .price = 3});
  subject.send<&order::add>(line{.item = "piano", .price = 4000});
  subject.send<&order::approve>();
  subject.check("nobody pays more than the limit", [](explored_run const& run) {
    for (auto const& [customer, amount] : run.arguments<charge>())
      if (amount > 100) return false;
    return true;
  });
  require_nothing(explore<&order::run>(subject, "Ada", 100));
}

TEST_CASE("Nothing is found in the question that is asked again", "[testing_explorer]") {
  using namespace reminders;
  explorer subject{budget()};
  subject.add<ask, remind>().send(answer, std::string{"yes"});
  subject.check("an answer, or three reminders", [](explored_run const& run) {
    return !run.completed() || run.result<std::string>() == "yes" || run.count<remind>() >= 3;
  });
  require_nothing(explore<ask>(subject, "Ada"));
}

TEST_CASE("Nothing is found in the subscription", "[testing_explorer]") {
  using namespace billing;
  explorer subject{budget()};
  subject.add<subscription, charge>().send(cancel, std::string{"no time"});
  subject.check("what is on the receipt was charged", [](explored_run const& run) {
    return !run.completed() || run.result<receipt>().paid.size() <= run.count<charge>();
  });
  require_nothing(explore<subscription>(subject, "Bob"));
}
