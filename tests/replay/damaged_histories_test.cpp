// Goal: whatever a history holds, a replay says whether it fits, and nothing else happens. Method:
// random damage to recordings that fit; run it with sanitizers.
#include "support/replay_checks.hpp"

#include <iostream>
#include <random>
#include <string>

#include "generated_workflows.hpp"

using namespace perdure;
using namespace perdure_test::generated;

namespace {

/// One random edit: an event removed, doubled, moved, or given the attributes or the type of
/// another.
void damage(history& run, std::mt19937_64& draw) {
  auto const any = [&] { return static_cast<std::size_t>(draw() % run.events.size()); };
  auto const at = [&](std::size_t index) {
    return run.events.begin() + static_cast<std::ptrdiff_t>(index);
  };
  switch (draw() % 6) {
  case 0: run.events.erase(at(any())); break;
  case 1: {
    event const copy = run.events[any()];
    run.events.insert(at(any()), copy);
    break;
  }
  case 2: std::swap(run.events[any()], run.events[any()]); break;
  case 3: run.events[any()].attributes = run.events[any()].attributes; break;
  case 4: run.events[any()].type = run.events[any()].type; break;
  default: run.events.resize(1 + any()); break;
  }
  if (run.events.empty()) run.events.emplace_back();
  if (draw() % 8 == 0) return; // with a gap
  for (std::size_t i = 0; i < run.events.size(); ++i)
    run.events[i].id = static_cast<event_id>(i) + 1;
}

workflow<void> ends_at_once() { co_return; }

} // namespace

TEST_CASE("damaged histories are refused or fit, and never crash a replay", "[replay][fuzz]") {
  replayer program;
  program.add<GenTimerActivity, GenParent, GenPatch, GenCancel, GenCan, GenFail, GenLocal>();
  auto const seed = std::random_device{}();
  CAPTURE(seed);
  std::cout << "damaged histories: seed " << seed << '\n';
  std::mt19937_64 draw{seed};
  std::size_t fitting = 0;
  std::size_t refused = 0;
  for (std::string const name : {"timer_activity", "parent_child", "patches", "cancel_wait",
                                 "continue_as_new", "failure_chain", "local_activities"}) {
    auto original = perdure_test::golden("generated-core-1.35/" + name);
    original.workflow_id = name;
    for (int i = 0; i < 300; ++i) {
      CAPTURE(name, i);
      history run = original;
      for (auto edits = draw() % 3 + 1; edits != 0; --edits) damage(run, draw);
      auto const result = program.replay(run);
      if (result.ok()) {
        ++fitting;
        CHECK_FALSE(result.divergence);
      } else {
        ++refused;
        CHECK(result.problem.size() > 10);
      }
    }
  }
  CHECK(fitting > 0); // cut off at a good place, say
  CHECK(refused > fitting);
}

TEST_CASE("a program that ends at once fits no recording that did more", "[replay][golden]") {
  std::size_t looked_at = 0;
  for (auto const& file : std::filesystem::recursive_directory_iterator{PERDURE_GOLDEN_DIR}) {
    if (file.path().extension() != ".json") continue;
    CAPTURE(file.path().string());
    auto const run = perdure_test::golden(
        std::filesystem::relative(file.path(), PERDURE_GOLDEN_DIR).replace_extension().string());
    ++looked_at;
    auto const type =
        run.events.front().as<events::workflow_execution_started>().workflow_type.str();
    auto const result = std::move(replayer{}.add_as<ends_at_once>(type)).replay(run);
    CHECK_FALSE(result.ok());
    CHECK_THAT(result.problem, perdure_test::contains("event "));
  }
  CHECK(looked_at >= 75);
}
