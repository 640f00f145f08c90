// Goal: a log that is written in big pieces holds what it would hold otherwise, whenever anybody
// could look, and no sync succeeds while something is missing. Method: a file in memory behind it,
// whose writes fail on request; random calls, compared with a text.
#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <perdure/sqlite.hpp>

#include <random>

namespace {

namespace sqlite = perdure::sqlite;

/// What SQLite's own file would be.
struct memory_file {
  sqlite3_file head{};
  std::string* bytes{};
  int writes{0};
  int syncs{0};
  bool is_full{false};

  static auto of(sqlite3_file* file) -> memory_file& {
    return *reinterpret_cast<memory_file*>(file);
  }
};

auto memory_methods() -> sqlite3_io_methods const& {
  static sqlite3_io_methods const methods = [] {
    sqlite3_io_methods m{};
    m.xClose = [](sqlite3_file*) { return SQLITE_OK; };
    m.xWrite = [](sqlite3_file* file, void const* bytes, int size, sqlite3_int64 at) {
      memory_file& f = memory_file::of(file);
      if (f.is_full) return SQLITE_FULL;
      ++f.writes;
      auto const end = static_cast<std::size_t>(at + size);
      if (f.bytes->size() < end) f.bytes->resize(end);
      std::memcpy(f.bytes->data() + at, bytes, static_cast<std::size_t>(size));
      return SQLITE_OK;
    };
    m.xRead = [](sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
      std::string const& all = *memory_file::of(file).bytes;
      if (static_cast<std::size_t>(at + size) > all.size()) return SQLITE_IOERR_SHORT_READ;
      std::memcpy(to, all.data() + at, static_cast<std::size_t>(size));
      return SQLITE_OK;
    };
    m.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
      memory_file::of(file).bytes->resize(static_cast<std::size_t>(size));
      return SQLITE_OK;
    };
    m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      *size = static_cast<sqlite3_int64>(memory_file::of(file).bytes->size());
      return SQLITE_OK;
    };
    m.xSync = [](sqlite3_file* file, int) {
      ++memory_file::of(file).syncs;
      return SQLITE_OK;
    };
    return m;
  }();
  return methods;
}

struct log_file {
  log_file() { base.head.pMethods = &memory_methods(), base.bytes = &bytes; }
  auto write(std::string const& text, std::size_t at) -> int {
    return methods.xWrite(&log.head, text.data(), static_cast<int>(text.size()),
                          static_cast<sqlite3_int64>(at));
  }
  auto read(std::size_t size, std::size_t at) -> std::string {
    std::string text(size, '\0');
    int const result = methods.xRead(&log.head, text.data(), static_cast<int>(size),
                                     static_cast<sqlite3_int64>(at));
    return result == SQLITE_OK ? text : "cannot be read";
  }
  auto sync() -> int { return methods.xSync(&log.head, SQLITE_SYNC_NORMAL); }

  std::string bytes;
  sqlite3_io_methods methods = sqlite::detail::make_log_methods();
  sqlite::detail::gathered_log log{};
  memory_file base{}; // directly behind it
};
TEST_CASE("what is written in one piece is written by one call, before the sync", "[sqlite]") {
  log_file file;
  REQUIRE(file.log.base() == &file.base.head);
  for (std::size_t i = 0; i < 10; ++i) CHECK(file.write("frame", 5 * i) == SQLITE_OK);
  CHECK(file.base.writes == 0);
  CHECK(file.sync() == SQLITE_OK);
  CHECK(file.base.writes == 1);
  CHECK(file.base.syncs == 1);
  CHECK(file.bytes.size() == 50);
}

TEST_CASE("a log has at any moment what was written to it", "[sqlite]") {
  std::uint64_t const seed = std::random_device{}();
  CAPTURE(seed);
  perdure_test::numbers dice{seed};
  log_file file;
  std::string expected;
  for (int i = 0; i < 5'000; ++i) {
    std::size_t const at =
        dice.one_in(10) && !expected.empty() ? dice.below(expected.size()) : expected.size();
    std::size_t const size = dice.one_in(50) ? dice.below(200'000) : dice.below(5'000);
    std::string const text(size + 1, static_cast<char>('a' + dice.below(26)));
    if (expected.size() < at + text.size()) expected.resize(at + text.size());
    expected.replace(at, text.size(), text);
    REQUIRE(file.write(text, at) == SQLITE_OK);
    if (dice.one_in(20)) {
      auto const from = dice.below(expected.size());
      auto const count = 1 + dice.below(expected.size() - from);
      REQUIRE(file.read(count, from) == expected.substr(from, count));
    }
    if (dice.one_in(20)) {
      sqlite3_int64 length{};
      REQUIRE(file.methods.xFileSize(&file.log.head, &length) == SQLITE_OK);
      REQUIRE(static_cast<std::size_t>(length) == expected.size());
    }
    if (dice.one_in(20)) {
      REQUIRE(file.sync() == SQLITE_OK);
      REQUIRE(file.bytes == expected);
    }
    if (dice.one_in(200)) {
      expected.resize(dice.below(expected.size()));
      REQUIRE(file.methods.xTruncate(&file.log.head, static_cast<sqlite3_int64>(expected.size())) ==
              SQLITE_OK);
    }
  }
}

TEST_CASE("no sync succeeds when a write before it has failed", "[sqlite]") {
  log_file file;
  CHECK(file.write("first", 0) == SQLITE_OK);
  file.base.is_full = true;
  CHECK(file.sync() == SQLITE_FULL);
  CHECK(file.base.syncs == 0);

  CHECK(file.write("second", 0) == SQLITE_OK);
  CHECK(file.read(1, 0) == "cannot be read"); // writes what was gathered, and fails
  file.base.is_full = false;
  CHECK(file.write("third", 6) == SQLITE_OK);
  CHECK(file.sync() == SQLITE_FULL);
  CHECK(file.write("again", 0) == SQLITE_OK);
  CHECK(file.sync() == SQLITE_OK);
  CHECK(file.bytes.substr(0, 5) == "again");
}

TEST_CASE("only where every commit is synced is the log gathered", "[sqlite]") {
  char const* const name = sqlite::gathering_file_system();
  REQUIRE(name != nullptr);
  CHECK(sqlite3_vfs_find(name) != nullptr);
  CHECK(sqlite3_vfs_find(nullptr) != sqlite3_vfs_find(name));
}

} // namespace
