// A configuration file and variables, for what is read of them.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "perdure/backend/temporal/configuration/environment.hpp"
#include "perdure/error.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

namespace perdure_test {

using variable_map = std::map<std::string, std::string>;

/// What is read of a file and of variables.
struct given {
  temporary_folder folder{};
  std::string file{folder.path("temporal.toml")};
  perdure::environment_options options{.config_file = file, .variables = variable_map{}};

  given() = default;
  explicit given(std::string const& text, variable_map variables = {}) {
    folder.write("temporal.toml", text);
    options.variables = std::move(variables);
  }
  [[nodiscard]] auto load() const -> perdure::temporal_options {
    return perdure::load_temporal_options(options);
  }
  /// What is said of it, with the file as FILE and the folder as FOLDER.
  [[nodiscard]] auto refusal() const -> std::string {
    try {
      (void)load();
    } catch (perdure::error const& why) {
      CHECK(why.code() == perdure::errc::invalid_argument);
      return replaced(replaced(why.what(), file, "FILE"), folder.path(), "FOLDER");
    }
    return "not refused";
  }
  [[nodiscard]] static auto replaced(std::string text, std::string const& what,
                                     std::string const& with) -> std::string {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
      text.replace(at, what.size(), with);
    return text;
  }
};

} // namespace perdure_test
