#include "crowd.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <new>
#include <stdexcept>

namespace reliability {
namespace {

using steady = std::chrono::steady_clock;

auto after(double seconds) -> steady::time_point {
  return steady::now() +
         std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>{seconds});
}

class crowd {
public:
  crowd(subject& what, place const& where, crowd_plan const& plan)
      : what_{what}, where_{where}, plan_{plan}, roll_{plan.seed} {
    void* const memory =
        mmap(nullptr, sizeof *stop_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error{"mmap"};
    stop_ = new (memory) std::atomic<bool>{false};
  }
  crowd(crowd const&) = delete;
  auto operator=(crowd const&) -> crowd& = delete;
  ~crowd() {
    for (member& each : members_) end(each);
    (void)munmap(stop_, sizeof *stop_);
  }

  auto run() -> crowd_result {
    deadline_ = after(plan_.patience);
    what_.prepare(where_);
    for (int i = 0; i < plan_.workers; ++i) members_.push_back(start_worker());
    auto asking = start_child([&](int pipe) { return ask(pipe); });
    std::string said;
    while (result_.violation.empty() && listen(asking, said)) turn(true);
    // Everything has been answered: whoever is still paused goes on, and must be refused.
    for (auto const until = after(plan_.lease * 1.5 + 0.05);
         result_.violation.empty() && (steady::now() < until || somebody_is_paused());)
      turn(false), nap();
    *stop_ = true;
    while (result_.violation.empty() && somebody_is_alive()) turn(false), nap();
    finish(asking, said);
    return std::move(result_);
  }

private:
  struct member {
    pid_t id{-1};
    bool paused{false};
    steady::time_point until{}; ///< While it is paused.
  };

  auto start_worker() -> member {
    std::uint64_t const seed = roll_.next();
    auto const child = start_child([&](int) {
      errors_to(where_);
      dice roll{seed};
      io_plan plan{};
      plan.mode = io_mode::pause;
      plan.calls = io_changes | io_read | io_activity;
      plan.at = roll.between(1, 300);
      plan.again = roll.between(30, 400);
      io_shim_watch(where_.database().c_str(), where_.side_log().c_str());
      io_shim_arm(&plan);
      try {
        what_.work(where_, seed, *stop_);
      } catch (std::exception const& e) {
        dprintf(STDERR_FILENO, "a worker: %s\n", e.what());
        return 3;
      }
      return 0;
    });
    (void)close(child.pipe);
    return {child.id, false, {}};
  }
  auto ask(int pipe) -> int {
    errors_to(where_);
    reporter const acked{pipe};
    try {
      what_.ask(where_, acked);
    } catch (std::exception const& e) {
      dprintf(STDERR_FILENO, "the client: %s\n", e.what());
      return 3;
    }
    return 0;
  }

  /// What the one that asks has said meanwhile. False: it has said all.
  static auto listen(child_process const& asking, std::string& said) -> bool {
    pollfd wanted{asking.pipe, POLLIN, 0};
    if (poll(&wanted, 1, 1) <= 0) return true;
    char buffer[4096];
    ssize_t const got = read(asking.pipe, buffer, sizeof buffer);
    if (got <= 0) return false;
    said.append(buffer, static_cast<std::size_t>(got));
    return true;
  }
  static void nap() { (void)poll(nullptr, 0, 1); }

  /// Looks after everybody once.
  void turn(bool pausing) {
    if (steady::now() > deadline_) return wrong("the crowd hung");
    for (member& each : members_) look_after(each, pausing);
    if (!pausing || steady::now() < next_pause_) return;
    next_pause_ = after(plan_.lease * roll_.between(1, 10) / 10);
    member& chosen = members_[roll_.next() % members_.size()];
    if (!chosen.paused && chosen.id > 0) (void)kill(chosen.id, SIGSTOP);
  }
  void look_after(member& each, bool pausing) {
    if (each.id < 0) return;
    int status = 0;
    if (waitpid(each.id, &status, WNOHANG | WUNTRACED) == each.id) {
      if (!WIFSTOPPED(status)) return ended(each, status);
      each.paused = true;
      each.until = after(plan_.lease * roll_.between(12, 30) / 10);
    }
    if (!each.paused || steady::now() < each.until) return;
    each.paused = false;
    ++result_.pauses;
    if (pausing && roll_.between(0, 15) == 0) {
      ++result_.kills;
      end(each);
      each = start_worker();
    } else {
      (void)kill(each.id, SIGCONT);
    }
  }
  void ended(member& each, int status) {
    each.id = -1;
    if (!*stop_ || status != 0)
      wrong(WIFSIGNALED(status) ? "a worker died of signal " + std::to_string(WTERMSIG(status))
                                : "a worker gave up");
  }
  static void end(member& each) {
    if (each.id < 0) return;
    (void)kill(each.id, SIGKILL);
    (void)waitpid(each.id, nullptr, 0);
    each.id = -1;
  }
  [[nodiscard]] auto somebody_is_paused() const -> bool {
    for (member const& each : members_)
      if (each.paused) return true;
    return false;
  }
  [[nodiscard]] auto somebody_is_alive() const -> bool {
    for (member const& each : members_)
      if (each.id > 0) return true;
    return false;
  }
  void wrong(std::string what) {
    if (result_.violation.empty()) result_.violation = std::move(what) + last_errors(where_);
  }

  void finish(child_process asking, std::string& said) {
    if (!result_.violation.empty()) (void)kill(asking.id, SIGKILL);
    child_end const end = finish_child(asking, 1);
    if (end.status != 0) wrong("the client gave up");
    count_later_attempts();
    if (!result_.violation.empty()) return;
    std::string const found = check_in_child(what_, where_, lines_of(said), plan_.patience);
    if (!found.empty()) wrong(found);
  }
  /// Lines of the side log that tell of a later attempt.
  void count_later_attempts() {
    std::ifstream file{where_.side_log()};
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("ran ") && line.substr(line.rfind(' ') + 1) != "1")
        ++result_.later_attempts;
  }

  subject& what_;
  place where_;
  crowd_plan plan_;
  dice roll_;
  std::atomic<bool>* stop_{};
  std::vector<member> members_{};
  crowd_result result_{};
  steady::time_point deadline_{};
  steady::time_point next_pause_{};
};

} // namespace

auto run_crowd(subject& what, place const& where, crowd_plan const& plan) -> crowd_result {
  where.clean();
  return crowd{what, where, plan}.run();
}

} // namespace reliability
