// What a run takes along through its life, kept by a file: unread signals, memo, search attributes,
// versions; with the file closed and opened again in between.
#include "support/temporary_folder.hpp"
#include "support/catch.hpp"

#include <perdure/sqlite.hpp>

#include <string>
#include <vector>

namespace {

using namespace perdure_test;
using namespace std::chrono_literals;

inline constexpr perdure::signal<int> number{"number"};
inline constexpr perdure::search_attribute<perdure::keyword> stage{"Stage"};

struct sums {
  int wanted{};
  int next{};
  int wrong{};
};

/// Receives two, then goes on in a new run.
auto adds(sums state) -> perdure::workflow<sums> {
  perdure::upsert_search_attributes({stage("at " + std::to_string(state.next))});
  perdure::upsert_memo("next", state.next);
  (void)perdure::get_version("add", perdure::default_version, 1);
  for (int i = 0; i < 2 && state.next < state.wanted; ++i) {
    state.wrong += co_await perdure::receive(number) == state.next ? 0 : 1;
    ++state.next;
  }
  if (state.next == state.wanted) co_return state;
  co_await perdure::sleep(1s);
  co_await perdure::continue_as_new<adds>(state);
  co_return state;
}

struct world {
  explicit world(std::string const& path)
      : backend{path, {.clock = perdure::clock_mode::virtual_time}} {
    worker.add<adds>();
    worker.start();
  }
  perdure::sqlite_backend backend;
  perdure::worker<perdure::sqlite_backend> worker{backend, {.task_queue = "life"}};
  perdure::client<perdure::sqlite_backend> client{backend};
};

TEST_CASE("unread signals, memo and search attributes outlive runs and processes",
          "[sqlite][life]") {
  temporary_folder const folder;
  constexpr int count = 40;
  {
    world first{folder.file()};
    (void)first.client.start_workflow<adds>(sums{.wanted = count},
                                            {.id = "w", .task_queue = "life"});
    for (int i = 0; i < count / 2; ++i) first.client.get_handle("w").signal(number, i);
    first.backend.advance(3s);
  }
  {
    world second{folder.file()};
    for (int i = count / 2; i < count; ++i) second.client.get_handle("w").signal(number, i);
    second.backend.advance(3s);
    auto const open = second.client.list("ExecutionStatus = 'Running'");
    REQUIRE(open.size() == 1);
    auto const at = open.front().search_attributes.get(stage);
    REQUIRE(at);
    CHECK(*at == "at " + std::to_string(open.front().memo.get<int>("next").value_or(-1)));
    CHECK(second.client.count(stage == *at) == 1);
    CHECK(second.client.count_runs_needing_patch("add-1") == 0);
    CHECK(second.client.count_runs_needing_patch("add-2") == 1);
  }
  world third{folder.file()};
  sums const end = third.client.get_handle<adds>("w").result();
  CHECK(end.next == count);
  CHECK(end.wrong == 0);
  CHECK(third.client.count("Stage STARTS_WITH 'at '") == count / 2);
  CHECK(third.client.count("Stage STARTS_WITH 'at ' AND CloseTime IS NULL") == 0);
}

} // namespace
