#include "cluster/conformance/parts.hpp"

#include "cluster/conformance/this_test.hpp"

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace perdure_test::conformance {

namespace {

constexpr char field_end = '\x1f';
constexpr char record_end = '\x1e';
/// More than so many failures are no accident, and are not looked at twice.
constexpr std::size_t second_runs_max = 8;

struct started_part {
  std::FILE* output{std::tmpfile()};
  ::pid_t process{};
};

[[nodiscard]] auto read(std::FILE* from) -> std::vector<outcome> {
  std::string text;
  std::rewind(from);
  for (int c = std::fgetc(from); c != EOF; c = std::fgetc(from))
    text.push_back(static_cast<char>(c));
  std::vector<outcome> all;
  for (std::size_t begin = 0, end; (end = text.find(record_end, begin)) != std::string::npos;
       begin = end + 1) {
    std::vector<std::string> fields;
    std::string_view rest{text.data() + begin, end - begin};
    for (auto at = rest.find(field_end); at != std::string_view::npos; at = rest.find(field_end)) {
      fields.emplace_back(rest.substr(0, at));
      rest.remove_prefix(at + 1);
    }
    all.push_back({fields.at(0), static_cast<outcome::kind>(fields.at(1).at(0)), fields.at(2),
                   std::atof(std::string{rest}.c_str())});
  }
  return all;
}

/// Waits for the ends of processes, and collects what came of their behaviours.
[[nodiscard]] auto await(std::vector<started_part> const& parts) -> std::vector<outcome> {
  std::vector<outcome> outcomes;
  for (started_part const& each : parts) {
    int status = 0;
    ::waitpid(each.process, &status, 0);
    auto said = read(each.output);
    if (status != 0) {
      if (said.empty() || said.back().what != outcome::kind::begun)
        said.push_back({"between two behaviours", outcome::kind::begun, {}, 0});
      said.push_back(said.back());
      said.back().what = outcome::kind::broken;
      said.back().text = "its process has ended, with status " + std::to_string(status);
    }
    for (outcome& one : said)
      if (one.what != outcome::kind::begun && one.text != other_part)
        outcomes.push_back(std::move(one));
  }
  return outcomes;
}

/// Starts processes. Gives its part to each of them, and nothing to the parent.
[[nodiscard]] auto start(std::vector<started_part>& parts) -> std::optional<part> {
  std::fflush(stdout);
  offer_behaviours();
  for (started_part& each : parts) {
    each.process = ::fork();
    if (each.process == 0) return part{each.output};
  }
  return std::nullopt;
}

[[nodiscard]] auto failures(std::vector<outcome> const& outcomes,
                            std::vector<known_difference> const& known) -> std::set<std::string> {
  std::set<std::string> names;
  for (outcome const& each : outcomes)
    if (each.what == outcome::kind::failed) names.insert(each.behaviour);
  for (known_difference const& each : known) names.erase(each.behaviour);
  return names;
}

/// Puts what came of a second run in the place of what came of the first.
void replace(std::vector<outcome>& first, std::vector<outcome> second) {
  std::map<std::string, outcome> latest;
  for (outcome& each : second) latest[each.behaviour] = std::move(each);
  for (outcome& each : first) {
    auto const found = latest.find(each.behaviour);
    if (found == latest.end()) continue;
    if (found->second.what == outcome::kind::ran)
      std::printf("---- %s\nholds when it is run by itself; before, it failed with\n%s\n",
                  each.behaviour.c_str(), each.text.c_str());
    each = std::move(found->second);
    latest.erase(found);
  }
  for (auto& [name, rest] : latest) first.push_back(std::move(rest)); // "between two behaviours"
}

} // namespace

void write(part const& to, outcome const& what) {
  std::string record = what.behaviour;
  (record += field_end) += static_cast<char>(what.what);
  (record += field_end) += what.text;
  (record += field_end) += std::to_string(what.seconds);
  record += record_end;
  std::fwrite(record.data(), 1, record.size(), to.output);
  std::fflush(to.output);
}

auto split(bool all) -> part {
  char const* const asked = std::getenv("PERDURE_PARTS");
  std::vector<started_part> parts(static_cast<std::size_t>(asked ? std::atoi(asked) : 8));
  if (auto mine = start(parts)) return *std::move(mine);
  auto outcomes = await(parts);
  int code = 1;
  try {
    auto const known = read_known(PERDURE_KNOWN_DIFFERENCES);
    auto failed = failures(outcomes, known);
    if (!failed.empty() && failed.size() <= second_runs_max) {
      std::vector<started_part> alone(1);
      if (auto mine = start(alone)) {
        mine->only = std::move(failed);
        return *std::move(mine);
      }
      replace(outcomes, await(alone));
    }
    code = report(outcomes, known, all);
  } catch (std::exception const& why) {
    std::printf("%s\n", why.what());
  }
  std::fflush(stdout);
  std::_Exit(code);
}

} // namespace perdure_test::conformance
