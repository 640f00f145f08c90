// Goal: room is made in the log where it helps, which is before small commits, and holds zeros.
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <perdure/sqlite.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace perdure_test;
using perdure::sqlite::log_space;

constexpr std::size_t small = 40'000;
constexpr std::size_t big = 1'000'000;
constexpr std::size_t log_bytes_max = std::size_t{4} << 20;

void note(log_space& space, int count, std::size_t bytes) {
  for (int i = 0; i < count; ++i) space.note_commit(bytes);
}

TEST_CASE("room in the log is made once small commits follow each other", "[sqlite]") {
  temporary_folder const place;
  std::string const log = place.file() + "-wal";
  std::ofstream{log} << "what is in the log";
  log_space space{place.file(), log_bytes_max};
  CHECK_FALSE(space.is_short(0));
  note(space, 7, small);
  CHECK_FALSE(space.is_short(7 * small));
  note(space, 1, big);
  note(space, 7, small);
  CHECK_FALSE(space.is_short(big + 7 * small));
  note(space, 1, small);
  REQUIRE(space.is_short(big));
  space.make(big);
  CHECK(std::filesystem::file_size(log) == 2 * big);
  std::ifstream file{log};
  std::string const all{std::istreambuf_iterator<char>{file}, {}};
  CHECK(all.substr(0, 18) == "what is in the log");
  CHECK(all.find_first_not_of('\0', 18) == all.npos);
  CHECK_FALSE(space.is_short(big));
  CHECK(space.is_short(2 * big));
  space.note_commit(big);
  CHECK_FALSE(space.is_short(3 * big));
}

} // namespace
