// A recorded file of names and shapes on the wire: a change that breaks runs which live is named by
// a test, before it meets their histories.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/testing/contract_comparison.hpp"
#include "perdure/testing/contract_facts.hpp"
#include "perdure/testing/replay_folder.hpp"

namespace perdure::inline v0 {

/// Whether a check writes the contract of today over the recorded one.
enum class contract_update : unsigned char {
  when_asked, ///< If the environment variable PERDURE_UPDATE_CONTRACT is set, and not to 0.
  never,
  always,
};

/// What a check of a contract has found.
struct contract_check {
  contract_comparison comparison{};
  std::filesystem::path path{};
  bool missing{}; ///< There was no recorded contract.
  bool written{}; ///< There is one now: that of today.

  /// Whether nothing incompatible has changed, or all has been accepted by writing it.
  [[nodiscard]] auto ok() const noexcept -> bool {
    return written || (!missing && comparison.ok());
  }
  [[nodiscard]] explicit operator bool() const noexcept { return ok(); }
  /// For people; empty if nothing has changed.
  [[nodiscard]] auto text() const -> std::string {
    std::string const name = "'" + path.string() + "'";
    if (written) return comparison.text() + name + " was written";
    if (missing)
      return name + " does not exist: run once with PERDURE_UPDATE_CONTRACT=1, and commit it";
    std::string const changes = comparison.text();
    return changes.empty() ? changes
                           : changes + "to accept this as " + name +
                                 ": run with PERDURE_UPDATE_CONTRACT=1, and commit it";
  }
};

/// The wire names of workflows, activities and messages, and the shapes of what they take and give:
/// field by field, enumerator by enumerator. Names of types are no part of it, nor is what a field
/// is initialised with. Two contracts are equal if their texts are.
class contract {
public:
  /// Workflows, activities, and declarations of those that live elsewhere. A workflow class
  /// (`&order::run`) brings the messages that it lists.
  template <auto... F>
  auto add() -> contract& {
    (detail::add_function<F>(facts_), ...);
    return *this;
  }
  /// Declared signals, queries and updates: `add_messages(approve, status)`.
  template <class... M>
  auto add_messages(M const&... declared) -> contract& {
    (detail::add_message(facts_, "", declared), ...);
    return *this;
  }

  /// One fact a line, sorted: `activity charge argument 1 .card: string`.
  [[nodiscard]] auto text() const -> std::string {
    std::string out{heading};
    for (auto const& [key, value] : facts_) out += key + ": " + value + "\n";
    return out;
  }
  /// Reads what `text` wrote. \throws error (invalid_argument) if it is something else
  [[nodiscard]] static auto from_text(std::string_view text) -> contract {
    contract read;
    if (!text.starts_with(heading))
      throw error{errc::invalid_argument, "contract: the text does not begin with '" +
                                              std::string{heading.substr(0, heading.size() - 1)} +
                                              "': it is none, or of another version"};
    text.remove_prefix(heading.size());
    for (std::size_t end = 0; !text.empty(); text.remove_prefix(end)) {
      end = text.find('\n');
      end = end == text.npos ? text.size() : end + 1;
      std::string_view line = text.substr(0, end);
      while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
      auto const colon = line.rfind(": ");
      if (line.empty()) continue;
      if (colon == line.npos)
        throw error{errc::invalid_argument, "contract: this line is no fact: " + std::string{line}};
      read.facts_.emplace(line.substr(0, colon), line.substr(colon + 2));
    }
    return read;
  }
  /// How this one differs from a recorded one.
  [[nodiscard]] auto compare_with(contract const& recorded) const -> contract_comparison {
    return detail::compare_contracts(recorded.facts_, facts_);
  }

  /// Compares with the contract in a file. \throws error (storage_failed, invalid_argument)
  [[nodiscard]] auto check(std::filesystem::path const& path,
                           contract_update update = contract_update::when_asked) const
      -> contract_check {
    contract_check found{{}, path, !std::filesystem::exists(path), false};
    std::string const recorded = found.missing ? std::string{} : detail::read_file(path);
    if (!found.missing) found.comparison = compare_with(from_text(recorded));
    if (is_asked(update) && recorded != text()) {
      detail::write_file(path, text());
      found.written = true;
    }
    return found;
  }

private:
  static constexpr std::string_view heading = "# perdure contract, version 1\n";

  [[nodiscard]] static auto is_asked(contract_update update) -> bool {
    if (update != contract_update::when_asked) return update == contract_update::always;
    char const* const said = std::getenv("PERDURE_UPDATE_CONTRACT");
    return said != nullptr && std::string_view{said} != "0" && !std::string_view{said}.empty();
  }

  detail::contract_facts facts_;
};

/// The same for functions by name: `auto const found = check_contract<order,
/// charge>("contract.txt"); REQUIRE_MESSAGE(found.ok(), found.text())`.
template <auto... F>
[[nodiscard]] auto check_contract(std::filesystem::path const& path,
                                  contract_update update = contract_update::when_asked)
    -> contract_check {
  return contract{}.add<F...>().check(path, update);
}

} // namespace perdure::inline v0
