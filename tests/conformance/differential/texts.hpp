// What can be seen of a backend, as text that two of them can be compared by.
#pragma once

#include <perdure/perdure.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace perdure_test::conformance {

[[nodiscard]] auto text_of(perdure::workflow_execution const& run) -> std::string;
[[nodiscard]] auto text_of(perdure::workflow_task const& task) -> std::string;
[[nodiscard]] auto text_of(perdure::activity_task const& task) -> std::string;
[[nodiscard]] auto text_of(perdure::workflow_description const& d) -> std::string;
[[nodiscard]] auto text_of(std::vector<perdure::event> events) -> std::string;
[[nodiscard]] auto text_of(perdure::update_status const& status) -> std::string;

/// Gives each run id a name by the order in which it was first seen: "run1", "run2", ...
class run_names {
public:
  /// The text with a name in the place of every UUID.
  [[nodiscard]] auto normalise(std::string_view text) -> std::string;

private:
  std::map<std::string, std::string, std::less<>> names_;
};

} // namespace perdure_test::conformance
