// A run that was reset: its random numbers go on from the new run id.
#include "support/replay_checks.hpp"

#include <string>
#include <vector>

#include "perdure/workflow/child_workflow.hpp"
#include "perdure/workflow/run_facts.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/timer.hpp"

using namespace perdure;
using namespace std::chrono_literals;

namespace {

constexpr remote_workflow<"randomStreamResetChild", void()> reset_child;
constexpr perdure::signal<> unblock{"randomStreamResetUnblock"};

struct drawn {
  double random{};
  std::string uuid{};
  std::string childWorkflowId{};
};

auto draw(random_stream& from) -> drawn {
  drawn made{};
  made.random = from.uniform();
  auto const uuid = [&from] {
    auto const high = from();
    auto const low = from();
    return detail::uuid_text(high, low);
  };
  made.uuid = uuid();
  made.childWorkflowId = uuid();
  return made;
}

workflow<std::vector<drawn>> directRandomAndUuidResetWorkflow() {
  std::vector<drawn> all;
  std::vector<child_workflow_handle<void>> children;
  for (int i = 0; i < 4; ++i) {
    drawn made{};
    made.random = perdure::random().uniform();
    made.uuid = uuid4();
    made.childWorkflowId = uuid4();
    all.push_back(made);
    children.push_back(start_child_workflow<reset_child>({.id = made.childWorkflowId}));
    co_await children.back().started();
    co_await sleep(1ms);
  }
  co_await receive(unblock);
  co_return all;
}

} // namespace

// The recording SDK draws from another generator, so its ids are not ours: without Core's flag 1
// they are not compared.
TEST_CASE("after a reset random numbers are drawn from the new run id", "[replay][golden]") {
  auto run = perdure_test::golden("core-lineage/random-replay-1.17.2");
  auto const program = std::move(replayer{}.add<directRandomAndUuidResetWorkflow>());
  CHECK_THAT(program.replay(run).problem, perdure_test::contains("child workflow id"));

  perdure_test::change<events::workflow_task_completed>(
      run, 0, [](auto& e) { e.sdk_metadata.make().core_used_flags = {2, 3}; });
  auto const result = perdure_test::check_replays(program, run, perdure_test::ids::foreign);
  CHECK(result.finished);

  auto const completed =
      perdure_test::last_decision<events::workflow_execution_completed>(program, run);
  auto const all = std::get<0>(from_payloads<std::vector<drawn>>(completed.result));
  REQUIRE(all.size() == 4);
  random_stream before{detail::seed_of("019e93d9-da0e-70d6-9f43-888c2c8d3988")};
  random_stream after{detail::seed_of("248fbeda-b1fd-4901-9dbc-7c9c34273875")};
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    auto const expected = draw(i == 0 ? before : after);
    CHECK(all[i].random == expected.random);
    CHECK(all[i].uuid == expected.uuid);
    CHECK(all[i].childWorkflowId == expected.childWorkflowId);
  }
}
