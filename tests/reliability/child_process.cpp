#include "child_process.hpp"

#include <poll.h>
#include <sys/wait.h>

#include <exception>
#include <fstream>
#include <iterator>

namespace reliability {

auto finish_child(child_process child, double seconds) -> child_end {
  child_end end{};
  // Counted in slices, so that a machine that stands still for a while does not look like a hang.
  constexpr int slice_ms = 250;
  double left_ms = seconds * 1000;
  while (true) {
    pollfd wanted{child.pipe, POLLIN, 0};
    int const ready = poll(&wanted, 1, slice_ms);
    if (ready == 0) {
      left_ms -= slice_ms;
      if (left_ms > 0) continue;
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

auto check_in_child(subject& what, place const& where, std::vector<std::string> const& acked,
                    double seconds) -> std::string {
  auto const checker = start_child([&](int pipe) {
    errors_to(where);
    std::string wrong;
    try {
      wrong = what.check(where, acked);
    } catch (std::exception const& e) {
      wrong = std::string{"the checker cannot go on: "} + e.what();
    }
    (void)!write(pipe, wrong.data(), wrong.size());
    return wrong.empty() ? 0 : 1;
  });
  child_end const end = finish_child(checker, seconds);
  if (end.status == 0) return {};
  std::string const wrong = end.hung                  ? "the checker hung"
                            : WIFSIGNALED(end.status) ? "the checker died of signal " +
                                                            std::to_string(WTERMSIG(end.status))
                                                      : end.text;
  return wrong + last_errors(where);
}

void errors_to(place const& where) {
  int const file = open(where.errors().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) (void)dup2(file, STDERR_FILENO);
}

auto last_errors(place const& where) -> std::string {
  std::ifstream file{where.errors()};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (text.size() > 600) text.erase(0, text.size() - 600);
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text.empty() ? text : " [stderr: " + text + "]";
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

} // namespace reliability
