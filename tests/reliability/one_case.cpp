#include "one_case.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace reliability {

/// What a victim leaves behind even when it is killed.
struct case_runner::shared_memory {
  static constexpr std::int64_t capacity = 65'536;
  io_record records[capacity];
};

case_runner::case_runner(std::string directory, double seconds, bool keeps)
    : place_{std::move(directory)}, seconds_{seconds}, keeps_{keeps} {
  if (mkdir(place_.directory.c_str(), 0700) != 0 && errno != EEXIST)
    throw std::runtime_error{"cannot make " + place_.directory};
  void* const memory = mmap(nullptr, sizeof(shared_memory), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error{"mmap"};
  shared_ = static_cast<shared_memory*>(memory);
}
case_runner::~case_runner() {
  if (keeps_) {
    dprintf(STDERR_FILENO, "the files are in %s\n", place_.directory.c_str());
  } else {
    place_.clean();
    (void)rmdir(place_.directory.c_str());
  }
  (void)munmap(shared_, sizeof(shared_memory));
}

auto case_runner::trace() const -> std::vector<io_record> {
  std::vector<io_record> all;
  for (io_record const& each : shared_->records) {
    if (each.kind == 0) break;
    all.push_back(each);
  }
  return all;
}

auto case_runner::run_victim(subject& what, io_plan const& plan, case_result& result)
    -> std::vector<std::string> {
  auto const victim = start_child([&](int pipe) {
    errors_to(place_);
    io_shim_watch(place_.database().c_str(), place_.side_log().c_str());
    io_shim_trace(shared_->records, shared_memory::capacity);
    io_shim_arm(&plan);
    reporter const acked{pipe};
    try {
      what.run(place_, acked);
    } catch (std::exception const& e) {
      acked.say(std::string{"!error "} + e.what());
      return 3;
    }
    acked.say(io_shim_struck() ? "!struck" : "!missed");
    return 0;
  });
  child_end const end = finish_child(victim, seconds_);
  std::vector<std::string> acked = lines_of(end.text);
  std::string const last = acked.empty() ? "" : acked.back();
  bool const killed = WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGKILL;
  if (end.hung)
    result.violation = "the victim hung";
  else if (killed)
    result.reached = true;
  else if (WIFSIGNALED(end.status))
    result.violation = "the victim died of signal " + std::to_string(WTERMSIG(end.status));
  else if (WEXITSTATUS(end.status) != 0)
    result.violation = "the victim gave up: " + (last.empty() ? "no reason" : last);
  else
    result.reached = last == "!struck",
    result.finished = acked.size() < 2 || acked[acked.size() - 2] != "!gave up";
  if (!result.violation.empty()) result.violation += last_errors(place_);
  while (!acked.empty() && acked.back().starts_with('!')) acked.pop_back();
  result.acks = acked.size();
  return acked;
}

void case_runner::prepare(subject& what) {
  place_.clean();
  prepared_.clear();
  auto const preparing = start_child([&](int pipe) {
    errors_to(place_);
    try {
      what.prepare(place_);
    } catch (std::exception const& e) {
      reporter{pipe}.say(e.what());
      return 1;
    }
    return 0;
  });
  child_end const end = finish_child(preparing, seconds_);
  if (end.status != 0) throw std::runtime_error{"a subject cannot prepare: " + end.text};
  for (std::string const& path :
       {place_.database(), place_.database() + "-wal", place_.database() + "-wake"})
    if (std::ifstream file{path, std::ios::binary})
      prepared_.emplace_back(path, std::string{std::istreambuf_iterator<char>{file}, {}});
}

auto case_runner::run(subject& what, io_plan const& plan) -> case_result {
  place_.clean();
  for (auto const& [path, content] : prepared_)
    std::ofstream{path, std::ios::binary}.write(content.data(),
                                                static_cast<std::streamsize>(content.size()));
  for (io_record& each : shared_->records) {
    if (each.kind == 0) break;
    each = {};
  }
  case_result result{};
  std::vector<std::string> const acked = run_victim(what, plan, result);
  if (plan.mode == io_mode::power) { // neither is on a disk that lost its power
    (void)unlink((place_.database() + "-shm").c_str());
    if (plan.seed % 2 == 0) (void)unlink((place_.database() + "-wake").c_str());
  }
  if (result.violation.empty()) result.violation = check_in_child(what, place_, acked, seconds_);
  result.calls = static_cast<std::int64_t>(trace().size());
  return result;
}

} // namespace reliability
