// Goal: several processes work on one file, and lose nothing and do nothing twice when some of them
// are killed. Method: this program starts itself as worker processes (the hidden test case below);
// each attempt of an activity writes a line into a pipe, and the kills come after so many lines.
#include "sqlite/programs.hpp"
#include "support/temporary_folder.hpp"
#include "support/catch.hpp"
#include "support/log_collector.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace {

using namespace perdure_test;

constexpr int pipe_end = 100; // of worker processes

auto traced(int n) -> int {
  std::array<char, 32> line{};
  int const size =
      std::snprintf(line.data(), line.size(), "%d %d\n", n, perdure::activity_info_now().attempt);
  if (::write(pipe_end, line.data(), static_cast<std::size_t>(size)) < 0) std::abort();
  return 2 * n;
}
auto traced_step(int n) -> perdure::workflow<int> {
  co_return co_await perdure::execute_activity<traced>(
      n, {.start_to_close_timeout = 60s, .retry_policy = {.initial_interval = 1ms}});
}
auto wave(int from, int to) -> perdure::workflow<std::int64_t> {
  std::vector<perdure::child_workflow_handle<int>> children;
  for (int i = from; i < to; ++i)
    children.push_back(perdure::start_child_workflow<traced_step>(i, {.id = std::to_string(i)}));
  auto const results = co_await perdure::when_all(children);
  std::int64_t sum = 0;
  for (int const each : results) sum += each;
  co_return sum;
}
auto waves(int count, int size) -> perdure::workflow<std::int64_t> {
  std::int64_t sum = 0;
  for (int from = 0; from < count; from += size)
    sum += co_await perdure::execute_child_workflow<wave>(from, from + size);
  co_return sum;
}

TEST_CASE("a worker process, started by other tests", "[.worker]") {
  char const* const path = std::getenv("PERDURE_TEST_FILE");
  if (path == nullptr) return;
  perdure::sqlite_backend backend{path, {.lease = 2s}};
  perdure::worker worker{backend, {.task_queue = "tests"}};
  worker.add<waves, wave, traced_step, traced>();
  worker.run();
}

/// Worker processes on one file; killed when this goes.
class fleet {
public:
  fleet(std::string path, int count) : path_{std::move(path)} {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    lines_ = ::fdopen(ends[0], "r");
    write_end_ = ends[1];
    for (int i = 0; i < count; ++i) members_.push_back(start());
  }
  fleet(fleet const&) = delete;
  auto operator=(fleet const&) -> fleet& = delete;
  ~fleet() {
    for (pid_t const each : members_) end(each);
    std::fclose(lines_);
    ::close(write_end_);
  }
  /// Kills one member and starts another in its place.
  void replace(std::size_t which) {
    end(members_[which % members_.size()]);
    members_[which % members_.size()] = start();
  }
  /// The next attempt that a member has begun: its number, and which attempt it is.
  [[nodiscard]] auto next() -> std::pair<int, int> {
    std::pair<int, int> attempt{};
    REQUIRE(std::fscanf(lines_, "%d %d", &attempt.first, &attempt.second) == 2);
    return attempt;
  }

private:
  [[nodiscard]] auto start() const -> pid_t {
    std::string const self = std::filesystem::read_symlink("/proc/self/exe");
    std::string const file = "PERDURE_TEST_FILE=" + path_;
    std::vector<char*> environment{const_cast<char*>(file.c_str())};
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(nullptr);
    std::array<char*, 3> arguments{const_cast<char*>(self.c_str()), const_cast<char*>("[.worker]"),
                                   nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, write_end_, pipe_end);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t member{};
    int const result = ::posix_spawn(&member, self.c_str(), &actions, nullptr, arguments.data(),
                                     environment.data());
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE(result == 0);
    return member;
  }
  static void end(pid_t member) {
    ::kill(member, SIGKILL);
    ::waitpid(member, nullptr, 0);
  }
  std::string path_;
  std::FILE* lines_{nullptr};
  int write_end_{-1};
  std::vector<pid_t> members_;
};

TEST_CASE("four processes finish a batch while they are killed one after the other", "[sqlite]") {
  constexpr int count = 10'000;
  constexpr int size = 1'000;
  log_collector const quiet;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  perdure::client const client{backend};
  fleet members{place.file(), 4};
  auto const handle =
      client.start_workflow<waves>(count, size, {.id = "batch", .task_queue = "tests"});
  std::set<std::pair<int, int>> attempts;
  std::set<int> begun;
  for (std::size_t kills = 0; begun.size() < count;) {
    auto const attempt = members.next();
    CAPTURE(attempt.first, attempt.second);
    REQUIRE(attempts.insert(attempt).second); // no attempt runs twice
    begun.insert(attempt.first);
    if (attempts.size() % 900 == 0) members.replace(kills++);
  }
  CHECK(handle.result() == std::int64_t{count} * (count - 1));
  CHECK(backend.count_workflows({.status = perdure::workflow_execution_status::completed}) ==
        count + count / size + 1);
  perdure::sqlite::connection db{place.file()};
  CHECK(db.text("PRAGMA integrity_check") == "ok");
  CHECK(db.number("SELECT count(*) FROM tasks") == 0);
  CHECK(db.number("SELECT count(*) FROM activities") == 0);
}

TEST_CASE("what a client starts wakes a worker in another process", "[sqlite]") {
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  perdure::client const client{backend};
  fleet members{place.file(), 1};
  for (int i = 0; i < 20; ++i) // each finds the worker asleep
    CHECK(client.execute_workflow<traced_step>(
              i, {.id = std::to_string(i), .task_queue = "tests"}) == 2 * i);
}

TEST_CASE("the tasks of a process that was killed are given to another at once", "[sqlite]") {
  log_collector const quiet;
  temporary_folder const place;
  perdure::sqlite_backend backend{place.file()};
  perdure::client const client{backend};
  fleet members{place.file(), 1};
  auto const handle = client.start_workflow<wave>(0, 500, {.id = "batch", .task_queue = "tests"});
  (void)members.next();
  members.replace(0); // the lease would last for two seconds more
  CHECK(handle.result() == 249'500);
}

// ------------------------------------------------------------------ deaths before the others know

/// Lets nobody who commits to a file tell of it, as if each died right after its commit: there
/// seems to be nobody who listens. \see perdure::sqlite::file_signal
class silence {
public:
  explicit silence(std::string const& path) : signal_{path + "-wake"} {
    int const descriptor = ::open((path + "-wake").c_str(), O_RDWR | O_CLOEXEC);
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    (void)::close(descriptor);
    REQUIRE(memory != MAP_FAILED);
    words_ = static_cast<std::atomic<std::uint32_t>*>(memory);
  }
  silence(silence const&) = delete;
  auto operator=(silence const&) -> silence& = delete;
  ~silence() {
    words_[listeners] = 100;
    signal_.notify();
    (void)::munmap(words_, bytes);
  }
  void await_listeners(std::uint32_t count) const {
    while (words_[listeners] < count) std::this_thread::yield();
  }
  void begin() { words_[listeners] = 0; }

private:
  static constexpr std::size_t bytes = 4096;
  static constexpr std::size_t listeners = 1; // the second word
  perdure::sqlite::file_signal signal_;
  std::atomic<std::uint32_t>* words_{};
};

TEST_CASE("work and its end are found though who brought them died before telling", "[sqlite]") {
  temporary_folder const place;
  durable_world here{place.file(), {.lease = 300ms}};
  perdure::sqlite_backend elsewhere{place.file(), {.lease = 300ms}};
  perdure::client const client{elsewhere};
  std::future<int> result; // ends after the silence, in any case
  silence all{place.file()};
  CHECK(client.execute_workflow<one_step>(4, {.id = "heard", .task_queue = "tests"}) == 8);
  all.await_listeners(2);
  all.begin();
  result = std::async(std::launch::async, [&] {
    return client.execute_workflow<one_step>(5, {.id = "unheard", .task_queue = "tests"});
  });
  bool const found = result.wait_for(30s) == std::future_status::ready;
  CHECK(found);
  if (found) CHECK(result.get() == 10);
}

} // namespace
