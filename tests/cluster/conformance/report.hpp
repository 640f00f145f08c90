// What came of the behaviours, and whether that is what is known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace perdure_test::conformance {

struct outcome {
  enum class kind : char { begun = 'b', ran = 'r', failed = 'f', left = 'l', broken = 'x' };
  std::string behaviour{}; ///< Its sentence.
  kind what{};
  std::string text{}; ///< failed: its checks; left: the reason; broken: how its process ended.
  double seconds{};
};

/// A line of known.txt: `behaviour | why it is not so on a server`. Before it stands `sometimes | `
/// for what a race decides, and `never | ` for what is not run at all.
struct known_difference {
  std::string behaviour{};
  std::string why{};
  bool sometimes{};
  bool never{};
};
/// \throws std::runtime_error for a line that is none
[[nodiscard]] auto read_known(std::string const& file) -> std::vector<known_difference>;

/// Prints what happened; gives the exit code. `all`: not some of the behaviours alone.
[[nodiscard]] auto report(std::vector<outcome> const& outcomes,
                          std::vector<known_difference> const& known, bool all) -> int;

} // namespace perdure_test::conformance
