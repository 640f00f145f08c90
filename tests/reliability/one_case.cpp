#include "one_case.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
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

template <class Body>
auto start_child(Body&& body) -> child_process {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"pipe2"};
  pid_t const id = fork();
  if (id < 0) throw std::runtime_error{"fork"};
  if (id == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)close(ends[0]);
    _exit(body(ends[1]));
  }
  (void)close(ends[1]);
  return {id, ends[0]};
}

auto finish_child(child_process child, double seconds) -> child_end {
  child_end end{};
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>{seconds};
  while (true) {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd wanted{child.pipe, POLLIN, 0};
    int const ready = left.count() <= 0 ? 0 : poll(&wanted, 1, static_cast<int>(left.count()));
    if (ready == 0) {
      end.hung = true;
      (void)kill(child.id, SIGKILL);
      break;
    }
    char buffer[4096];
    ssize_t const got = ready < 0 ? 0 : read(child.pipe, buffer, sizeof buffer);
    if (got <= 0) break;
    end.text.append(buffer, static_cast<std::size_t>(got));
  }
  (void)close(child.pipe);
  (void)waitpid(child.id, &end.status, 0);
  return end;
}

case_runner::case_runner(std::string directory, double seconds)
    : place_{std::move(directory)}, seconds_{seconds} {
  if (mkdir(place_.directory.c_str(), 0700) != 0 && errno != EEXIST)
    throw std::runtime_error{"cannot make " + place_.directory};
  void* const memory = mmap(nullptr, sizeof(shared_memory), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error{"mmap"};
  shared_ = static_cast<shared_memory*>(memory);
}
case_runner::~case_runner() {
  place_.clean();
  (void)rmdir(place_.directory.c_str());
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

auto case_runner::last_errors() const -> std::string {
  std::ifstream file{place_.errors()};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (text.size() > 600) text.erase(0, text.size() - 600);
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text.empty() ? text : " [stderr: " + text + "]";
}

namespace {

void errors_to(place const& where) {
  int const file = open(where.errors().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) (void)dup2(file, STDERR_FILENO);
}

auto lines_of(std::string const& text) -> std::vector<std::string> {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t const end = text.find('\n', from);
    if (end == std::string::npos) break; // the writer died
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

} // namespace

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
    result.finished = true, result.reached = last == "!struck";
  if (!result.violation.empty()) result.violation += last_errors();
  while (!acked.empty() && acked.back().starts_with('!')) acked.pop_back();
  result.acks = acked.size();
  return acked;
}

void case_runner::run_checker(subject& what, std::vector<std::string> const& acked,
                              case_result& result) {
  auto const checker = start_child([&](int pipe) {
    errors_to(place_);
    std::string wrong;
    try {
      wrong = what.check(place_, acked);
    } catch (std::exception const& e) {
      wrong = std::string{"the checker cannot go on: "} + e.what();
    }
    (void)!write(pipe, wrong.data(), wrong.size());
    return wrong.empty() ? 0 : 1;
  });
  child_end const end = finish_child(checker, seconds_);
  if (end.hung) result.violation = "the checker hung";
  if (WIFSIGNALED(end.status) && !end.hung)
    result.violation = "the checker died of signal " + std::to_string(WTERMSIG(end.status));
  else if (end.status != 0)
    result.violation += end.text;
  if (!result.violation.empty()) result.violation += last_errors();
}

auto case_runner::run(subject& what, io_plan const& plan) -> case_result {
  place_.clean();
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
  if (result.violation.empty()) run_checker(what, acked, result);
  result.calls = static_cast<std::int64_t>(trace().size());
  return result;
}

} // namespace reliability
