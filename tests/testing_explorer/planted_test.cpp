// The explorer against bugs that were planted for it: each is found, its schedule shows it again,
// and nothing is found in its twin.
#include <perdure/testing/explorer.hpp>

#include "planted/messages.hpp"
#include "planted/money.hpp"
#include "planted/outside_state.hpp"
#include "support/catch.hpp"

#include <iostream>

using perdure::exploration_fault;
using perdure::explored_run;
using perdure::explorer;

namespace {

template <auto W, class... A>
void require_nothing(explorer& twin, A const&... arguments) {
  perdure::exploration const found = twin.explore<W>(arguments...);
  std::cout << found.text() << '\n';
  INFO(found.text());
  REQUIRE(found.ok());
  REQUIRE(found.schedules > 50);
}

template <auto W, class... A>
auto require_found(explorer& planted, exploration_fault fault, A const&... arguments)
    -> std::string {
  perdure::exploration const found = planted.explore<W>(arguments...);
  std::cout << found.text();
  REQUIRE_FALSE(found.ok());
  INFO(found.text());
  CHECK(static_cast<int>(*found.failure->fault) == static_cast<int>(fault));
  auto const again = planted.replay_schedule<W>(found.failure->schedule, arguments...);
  INFO("again: " << again.problem);
  REQUIRE(again.fault);
  REQUIRE(static_cast<int>(*again.fault) == static_cast<int>(*found.failure->fault));
  REQUIRE(again.schedule == found.failure->schedule);
  return found.failure->schedule;
}

} // namespace

TEST_CASE("A signal that is forgotten when it comes early is found", "[testing_explorer]") {
  using namespace planted::lost_signal;
  explorer subject;
  subject.add<wrong, right, reserve>().send(approve);
  CHECK(require_found<wrong>(subject, exploration_fault::stuck, "tea") == "send 1 (approve)");
  require_nothing<right>(subject, "tea");
}

TEST_CASE("An update handler that is registered too late is found", "[testing_explorer]") {
  using namespace planted::late_handler;
  explorer subject;
  subject.add<wrong, right, open_account>().send(add, 3);
  subject.check("every update was taken",
                [](explored_run const& run) { return every_update_was_taken(run); });
  require_found<wrong>(subject, exploration_fault::check, "Ada");
  require_nothing<right>(subject, "Ada");
}

TEST_CASE("A cancellation that is swallowed is found", "[testing_explorer]") {
  using namespace planted::swallowed_cancel;
  explorer subject;
  subject.add<wrong, right, work>();
  require_found<wrong>(subject, exploration_fault::stuck, 7);
  require_nothing<right>(subject, 7);
}

TEST_CASE("A compensation that is missing is found", "[testing_explorer]") {
  using namespace planted::missing_compensation;
  explorer subject;
  subject.add<wrong, right, charge, ship, refund>().reliable<refund>();
  subject.check("nothing is kept", [](explored_run const& run) { return nothing_is_kept(run); });
  require_found<wrong>(subject, exploration_fault::check, 12);
  require_nothing<right>(subject, 12);
}

TEST_CASE("A result that depends on which activity ends first is found", "[testing_explorer]") {
  using namespace planted::race_of_completions;
  explorer subject;
  subject.add<wrong, right, near_shop, far_shop>();
  subject.check("the best offer is taken",
                [](explored_run const& run) { return the_best_offer_is_taken(run); });
  require_found<wrong>(subject, exploration_fault::check, "tea");
  require_nothing<right>(subject, "tea");
}

TEST_CASE("An activity that nobody waits for is found", "[testing_explorer]") {
  using namespace planted::dropped_activity;
  explorer subject;
  subject.add<wrong, right, write_letter, pack>();
  subject.check("every parcel has a letter",
                [](explored_run const& run) { return every_parcel_has_a_letter(run); });
  require_found<wrong>(subject, exploration_fault::check, "Ada");
  require_nothing<right>(subject, "Ada");
}

TEST_CASE("A destructor that starts an activity is found", "[testing_explorer]") {
  using namespace planted::busy_destructor;
  explorer subject;
  subject.add<wrong, right, take, give_back>();
  auto const schedule =
      require_found<wrong>(subject, exploration_fault::destructor_call, "a ladder");
  CHECK(schedule.find("evict") + schedule.find("crash") != 2 * std::string::npos);
  require_nothing<right>(subject, "a ladder");
}

TEST_CASE("An order of commands that depends on addresses is found", "[testing_explorer]") {
  using namespace planted::order_of_addresses;
  explorer subject{{.max_schedules = 500}};
  subject.add<wrong, right, visit>();
  require_found<wrong>(subject, exploration_fault::divergence, 9);
  require_nothing<right>(subject, 9);
}

TEST_CASE("A counter of the process is found", "[testing_explorer]") {
  using namespace planted::static_counter;
  explorer subject;
  subject.add<wrong, right, audit, pay>();
  require_found<wrong>(subject, exploration_fault::divergence, "tea");
  require_nothing<right>(subject, "tea");
}

TEST_CASE("A clock of the process is found", "[testing_explorer]") {
  using namespace planted::process_clock;
  explorer subject;
  subject.add<wrong, right, prepare>();
  require_found<wrong>(subject, exploration_fault::divergence, 7);
  require_nothing<right>(subject, 7);
}

TEST_CASE("Tries that are counted in the process are found", "[testing_explorer]") {
  using namespace planted::global_retry_count;
  explorer subject;
  subject.add<wrong, right, fetch>().before_each([] { tries = 0; });
  subject.check("three tries are made",
                [](explored_run const& run) { return three_tries_are_made(run); });
  auto const schedule = require_found<wrong>(subject, exploration_fault::divergence, "tea");
  CHECK(schedule.find("fail") != std::string::npos);
  require_nothing<right>(subject, "tea");
}
