// Two backends that are told the same must do the same.
#pragma once

#include "conformance/differential/subject.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace perdure_test::conformance {

/// Opens a fresh backend with nothing in it, in virtual time.
using opener = std::function<std::unique_ptr<any_backend>()>;

struct pair_of_backends {
  opener first{};
  opener second{};
  bool second_reopens{false};
};

/// Where two backends part, and what had been done until then.
struct divergence {
  std::size_t step{}; ///< Of the operations, from 0.
  std::string trace{};
  std::string in_first{};
  std::string in_second{};
};

/// Applies the operations to both; what comes of each must be equal, and at the end all that can be
/// seen.
[[nodiscard]] auto find_divergence(pair_of_backends const& both,
                                   std::vector<operation> const& operations)
    -> std::optional<divergence>;

/// A part of the operations that still makes the two part, as small as leaving some out makes it.
[[nodiscard]] auto shrink(pair_of_backends const& both, std::vector<operation> operations)
    -> std::vector<operation>;

/// Runs `count` random operations; the empty text if the backends agree, else a report with the
/// seed and the shortest way to the difference that was found.
[[nodiscard]] auto differ(pair_of_backends const& both, std::uint64_t seed, std::size_t count)
    -> std::string;

} // namespace perdure_test::conformance
