#include <perdure/engine/schedule/overlap.hpp>

#include "support/catch.hpp"

#include <initializer_list>

namespace {

using perdure::schedule_overlap_policy;
using perdure::engine::due_start;
using perdure::engine::overlap_decision;
using enum perdure::schedule_overlap_policy;

/// Actions at 1, 2, 3, ... with these policies.
auto decide(std::initializer_list<schedule_overlap_policy> rules, bool is_running,
            schedule_overlap_policy policy = skip) -> overlap_decision {
  std::vector<due_start> due;
  for (auto const rule : rules) {
    due_start start{};
    start.nominal = perdure::time_point{perdure::duration{static_cast<int>(due.size()) + 1}};
    start.overlap = rule;
    due.push_back(start);
  }
  return perdure::engine::decide_overlap(due, is_running, policy);
}
/// "1 | 2 3 | 4": alone, beside others, kept; and what happens to the running one.
auto text(overlap_decision const& made) -> std::string {
  auto const number = [](due_start const& start) {
    return ' ' + std::to_string(start.nominal.time_since_epoch().count());
  };
  std::string all = made.alone ? number(*made.alone).substr(1) : "-";
  all += " |";
  for (auto const& each : made.side_by_side) all += number(each);
  all += " |";
  for (auto const& each : made.keep) all += number(each);
  if (made.skipped_count != 0) all += ", skips " + std::to_string(made.skipped_count);
  if (made.cancel) all += ", cancels";
  if (made.terminate) all += ", terminates";
  return all;
}

TEST_CASE("of several actions that are due at once, one starts and the rest follow its rule",
          "[unit][engine][schedule]") {
  CHECK(text(decide({skip, skip, skip}, false)) == "1 | |, skips 2");
  CHECK(text(decide({buffer_one, buffer_one, buffer_one}, false)) == "1 | | 2, skips 1");
  CHECK(text(decide({buffer_all, buffer_all, buffer_all}, false)) == "1 | | 2 3");
  CHECK(text(decide({cancel_other, cancel_other}, false)) == "2 | |");
  CHECK(text(decide({terminate_other, terminate_other}, false)) == "2 | |");
  CHECK(text(decide({allow_all, allow_all}, false)) == "- | 1 2 |");
}

TEST_CASE("while a run goes on, actions follow their rules", "[unit][engine][schedule]") {
  CHECK(text(decide({skip, skip}, true)) == "- | |, skips 2");
  CHECK(text(decide({buffer_one, buffer_one}, true)) == "- | | 1, skips 1");
  CHECK(text(decide({buffer_all, buffer_all}, true)) == "- | | 1 2");
  CHECK(text(decide({cancel_other, cancel_other}, true)) == "- | | 1 2, cancels");
  CHECK(text(decide({terminate_other}, true)) == "- | | 1, terminates");
  CHECK(text(decide({allow_all}, true)) == "- | 1 |");
}

TEST_CASE("actions that name no rule follow the schedule's, which is skip unless it is set",
          "[unit][engine][schedule]") {
  CHECK(text(decide({unspecified, unspecified}, false, buffer_all)) == "1 | | 2");
  CHECK(text(decide({unspecified, unspecified}, false, unspecified)) == "1 | |, skips 1");
  CHECK(text(decide({allow_all, unspecified}, true, buffer_one)) == "- | 1 | 2");
}

TEST_CASE("what ends the running one starts nothing beside it", "[unit][engine][schedule]") {
  CHECK(text(decide({allow_all, terminate_other}, true)) == "- | | 2, terminates");
  CHECK(text(decide({allow_all, cancel_other}, false)) == "2 | 1 |");
}

TEST_CASE("buffer_one keeps nothing where something waits already", "[unit][engine][schedule]") {
  CHECK(text(decide({buffer_all, buffer_one, buffer_all}, true)) == "- | | 1 3, skips 1");
  CHECK(text(decide({}, false)) == "- | |");
}

} // namespace
