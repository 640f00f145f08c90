#include "cluster/conformance/report.hpp"

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace perdure_test::conformance {

namespace {

using kind = outcome::kind;

/// So many behaviours must have run to their end and held: a run cannot become empty unseen.
constexpr std::size_t ran_min = 290;

[[nodiscard]] auto trimmed(std::string_view text) -> std::string {
  auto const begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string{text.substr(begin, text.find_last_not_of(' ') - begin + 1)};
}

/// Cuts off what comes before the next bar; all if there is none.
[[nodiscard]] auto next_part(std::string_view& line) -> std::string {
  auto const bar = line.find('|');
  auto part = trimmed(line.substr(0, bar));
  line.remove_prefix(bar == std::string_view::npos ? line.size() : bar + 1);
  return part;
}

} // namespace

auto read_known(std::string const& file) -> std::vector<known_difference> {
  std::ifstream in{file};
  if (!in) throw std::runtime_error{"cannot read " + file};
  std::vector<known_difference> all;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::string_view rest = line;
    known_difference one{};
    one.behaviour = next_part(rest);
    one.sometimes = one.behaviour == "sometimes";
    one.never = one.behaviour == "never";
    if (one.sometimes || one.never) one.behaviour = next_part(rest);
    one.why = trimmed(rest);
    if (one.behaviour.empty() || one.why.empty()) throw std::runtime_error{file + ": " + line};
    all.push_back(std::move(one));
  }
  return all;
}

auto report(std::vector<outcome> const& outcomes, std::vector<known_difference> const& known,
            bool all) -> int {
  std::map<std::string, known_difference const*, std::less<>> expected;
  for (auto const& each : known) expected[each.behaviour] = &each;
  std::map<std::string, std::size_t> left;
  std::size_t ran = 0, differ = 0, wrong = 0;
  auto const complain = [&](outcome const& about, std::string const& what) {
    ++wrong;
    std::printf("---- %s (%.1f s)\n%s\n", about.behaviour.c_str(), about.seconds, what.c_str());
  };
  for (outcome const& each : outcomes) {
    auto const found = expected.find(each.behaviour);
    known_difference const* const listed = found == expected.end() ? nullptr : found->second;
    if (found != expected.end()) expected.erase(found);
    if (each.what == kind::left) ++left[each.text];
    if (each.what == kind::left && listed != nullptr && !listed->never && !listed->sometimes)
      complain(each, "is listed, and was not run");
    if (each.what == kind::ran) ++ran;
    if (each.what == kind::ran && listed != nullptr && !listed->sometimes)
      complain(each, "is listed as different, and is as it should be: strike it from known.txt");
    if (each.what == kind::failed && listed != nullptr) ++differ;
    if (each.what == kind::broken || (each.what == kind::failed && listed == nullptr))
      complain(each, each.text);
  }
  if (all)
    for (auto const& [name, which] : expected)
      complain({name, kind::failed, {}, 0}, "is listed, and there is no such behaviour");
  std::printf("%zu of %zu behaviours hold on the server\n", ran, outcomes.size());
  for (auto const& [why, count] : left) std::printf("%6zu not run: %s\n", count, why.c_str());
  std::printf("%6zu known to be different\n%6zu wrong\n", differ, wrong);
  if (all && ran < ran_min) std::printf("at least %zu must hold\n", ran_min);
  return wrong != 0 || (all && ran < ran_min) ? 1 : 0;
}

} // namespace perdure_test::conformance
