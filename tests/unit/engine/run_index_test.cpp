// The hash table from workflow ids to their current runs.
#include "perdure/backend/run_index.hpp"

#include "support/catch.hpp"

#include <deque>
#include <string>
#include <vector>

namespace {

using perdure::engine::run_index;
using perdure::engine::run_state;

/// Ids of all lengths around those of the words that are hashed, and many that differ in little.
[[nodiscard]] auto similar_ids() -> std::vector<std::string> {
  std::vector<std::string> ids;
  for (std::size_t length = 0; length <= 40; ++length) ids.emplace_back(length, 'a');
  for (int i = 0; i < 3'000; ++i) {
    std::string const number = std::to_string(i);
    ids.push_back(number);
    ids.push_back("batch/child_" + number);
    ids.push_back(number + "/child_of_batch");
  }
  return ids;
}

} // namespace

TEST_CASE("each of many similar workflow ids finds its own run", "[engine]") {
  auto const ids = similar_ids();
  std::deque<run_state> runs(ids.size());
  run_index index;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(index.find(ids[i]) == nullptr);
    runs[i].execution.workflow_id = ids[i];
    index.set(runs[i]);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK(index.find(ids[i]) == &runs[i]);
  CHECK(index.find("batch/child_3000") == nullptr);
}

TEST_CASE("runs that were taken out are not found, and all others are", "[engine]") {
  auto const ids = similar_ids();
  std::deque<run_state> runs(ids.size());
  run_index index;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    runs[i].execution.workflow_id = ids[i];
    index.set(runs[i]);
  }
  for (std::size_t i = 0; i < ids.size(); i += 3) index.erase(runs[i]);
  for (std::size_t i = 0; i < ids.size(); ++i)
    CHECK(index.find(ids[i]) == (i % 3 == 0 ? nullptr : &runs[i]));
}

TEST_CASE("the run of an id is the one that was set last", "[engine]") {
  std::deque<run_state> runs(2);
  run_index index;
  for (run_state& each : runs) {
    each.execution.workflow_id = "w";
    index.set(each);
  }
  index.erase(runs[0]);
  CHECK(index.find("w") == &runs[1]);
}
