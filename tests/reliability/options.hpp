// The command line of a tool: `--name=value`, and what is the same for all tools.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reliability {

class options {
public:
  options(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      std::string const word{argv[i]};
      std::size_t const is = word.find('=');
      if (!word.starts_with("--")) refuse(word);
      given_[word.substr(2, is == std::string::npos ? is : is - 2)] =
          is == std::string::npos ? "yes" : word.substr(is + 1);
    }
  }
  /// After every option was asked for: complains about those that nobody asked for.
  void done() const {
    for (auto const& [name, value] : given_)
      if (!asked_.contains(name)) refuse("--" + name);
  }
  [[nodiscard]] auto text(std::string const& name, std::string otherwise) -> std::string {
    asked_[name] = true;
    auto const found = given_.find(name);
    return found == given_.end() ? otherwise : found->second;
  }
  [[nodiscard]] auto flag(std::string const& name) -> bool { return text(name, "no") == "yes"; }
  [[nodiscard]] auto number(std::string const& name, std::int64_t otherwise) -> std::int64_t {
    std::string const value = text(name, std::to_string(otherwise));
    char* end = nullptr;
    std::int64_t const n = std::strtoll(value.c_str(), &end, 10);
    if (value.empty() || *end != '\0') refuse("--" + name + "=" + value);
    return n;
  }
  [[nodiscard]] auto list(std::string const& name, std::string const& otherwise)
      -> std::vector<std::string> {
    std::vector<std::string> parts;
    std::string rest = text(name, otherwise);
    for (std::size_t comma = 0; comma != std::string::npos; rest.erase(0, comma + 1)) {
      comma = rest.find(',');
      parts.push_back(rest.substr(0, comma));
      if (comma == std::string::npos) break;
    }
    return parts;
  }
  /// `a..b`, both included; or one number.
  [[nodiscard]] auto range(std::string const& name, std::string const& otherwise)
      -> std::pair<std::uint64_t, std::uint64_t> {
    std::string const value = text(name, otherwise);
    std::size_t const dots = value.find("..");
    std::uint64_t const first = std::strtoull(value.c_str(), nullptr, 10);
    if (dots == std::string::npos) return {first, first};
    return {first, std::strtoull(value.c_str() + dots + 2, nullptr, 10)};
  }

private:
  [[noreturn]] static void refuse(std::string const& word) {
    std::fprintf(stderr, "I do not understand %s; see tests/reliability/README.md\n", word.c_str());
    std::exit(2);
  }
  std::map<std::string, std::string> given_{};
  std::map<std::string, bool> asked_{};
};

} // namespace reliability
