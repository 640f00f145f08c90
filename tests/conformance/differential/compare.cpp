#include "conformance/differential/compare.hpp"

#include <algorithm>
#include <utility>

namespace perdure_test::conformance {

namespace {

/// The lines in which two texts differ, the first few of them.
[[nodiscard]] auto first_difference(std::string const& a, std::string const& b) -> std::string {
  auto const at = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  std::size_t const from = at < 200 ? 0 : at - 200;
  return (from == 0 ? "" : "...") + a.substr(from, 600);
}

} // namespace

auto find_divergence(pair_of_backends const& both, std::vector<operation> const& operations)
    -> std::optional<divergence> {
  using reopening = subject::reopening;
  subject first{both.first(), both.second_reopens ? reopening::in_the_other : reopening::never};
  subject second{both.second(), both.second_reopens ? reopening::here : reopening::never};
  std::string trace;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    std::string a = first.apply(operations[i]);
    std::string b = second.apply(operations[i]);
    bool const look = operations[i].kind == operation_kind::look;
    trace += std::to_string(i) + ": " + (look ? "look" : a.substr(0, 200)) + "\n";
    if (a == b && i + 1 == operations.size()) {
      a = first.observe();
      b = second.observe();
    }
    if (a != b) return divergence{i, trace, first_difference(a, b), first_difference(b, a)};
  }
  return std::nullopt;
}

auto shrink(pair_of_backends const& both, std::vector<operation> operations)
    -> std::vector<operation> {
  if (auto const found = find_divergence(both, operations)) operations.resize(found->step + 1);
  for (std::size_t size = operations.size() / 2; size > 0; size /= 2)
    for (std::size_t at = 0; at < operations.size();) {
      auto fewer = operations;
      auto const from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.erase(from, from + static_cast<std::ptrdiff_t>(std::min(size, fewer.size() - at)));
      if (auto const found = find_divergence(both, fewer)) {
        fewer.resize(found->step + 1);
        operations = std::move(fewer);
      } else {
        at += size;
      }
    }
  return operations;
}

auto differ(pair_of_backends const& both, std::uint64_t seed, std::size_t count) -> std::string {
  auto operations = random_operations(seed, count);
  if (!find_divergence(both, operations)) return {};
  operations = shrink(both, std::move(operations));
  auto const found = find_divergence(both, operations);
  if (!found) return "seed " + std::to_string(seed) + ": they part, but not every time";
  return "seed " + std::to_string(seed) + " (PERDURE_DIFF_SEED), after " +
         std::to_string(operations.size()) + " of its operations\n" + found->trace +
         "first:  " + found->in_first + "\nsecond: " + found->in_second + "\n";
}

} // namespace perdure_test::conformance
