#include "support/catch.hpp"

#include "perdure/replay/flags.hpp"

using namespace perdure;
using replay::core_flag;
using replay::flag_set;

namespace {

consteval auto of(auto... numbers) -> flag_set {
  flag_set made;
  (made.add(static_cast<std::uint32_t>(numbers)), ...);
  return made;
}

static_assert(!flag_set{}.has(core_flag::id_and_type_checks));
static_assert(of(1).has(core_flag::id_and_type_checks));
static_assert(!of(1).has(core_flag::upsert_attribute_on_patch));
static_assert(of(1, 2, 3) == flag_set::ours());
static_assert(of(1, 2).subset_of(flag_set::ours()));
static_assert(!flag_set::ours().subset_of(of(1, 2)));
static_assert((of(1) | of(3)) == of(1, 3));
static_assert(of(4).subset_of(of(4)) && !of(4).subset_of(flag_set::ours()));

} // namespace

TEST_CASE("a flag number past 63 is no flag that anybody here acts on", "[replay][flags]") {
  flag_set flags;
  flags.add(64);
  flags.add(4'294'967'295U);
  CHECK(flags == flag_set{});
  flags.add(63);
  CHECK_FALSE(flags == flag_set{});
}

TEST_CASE("the completions of tasks add up their flags", "[replay][flags]") {
  events::workflow_task_completed completed{};
  flag_set flags;
  flags.add(completed);
  CHECK(flags == flag_set{});
  completed.sdk_metadata.make().core_used_flags = {2, 1};
  flags.add(completed);
  completed.sdk_metadata.make().core_used_flags = {3};
  completed.sdk_metadata.make().lang_used_flags = {5}; // of a language, not of Core
  flags.add(completed);
  CHECK(flags == flag_set::ours());
}
