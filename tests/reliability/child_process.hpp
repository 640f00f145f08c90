// A process that does one thing and tells of it on a pipe.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "subject.hpp"

namespace reliability {

struct child_process {
  pid_t id{-1};
  int pipe{-1};
};
struct child_end {
  std::string text{}; ///< All it wrote.
  int status{0};      ///< As waitpid has it.
  bool hung{false};
};

/// Forks; the child runs `body(pipe)`, exits with what it gives, and dies with its parent.
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
/// Reads to the end and waits; kills the child when the time is up.
auto finish_child(child_process child, double seconds) -> child_end;

/// What a subject's check says, in a process of its own.
auto check_in_child(subject& what, place const& where, std::vector<std::string> const& acked,
                    double seconds) -> std::string;

/// From now on, stderr goes to the place's file for it.
void errors_to(place const& where);
/// The end of that file, to add to a report.
auto last_errors(place const& where) -> std::string;
/// Whole lines only: a writer may have died within one.
auto lines_of(std::string const& text) -> std::vector<std::string>;

} // namespace reliability
