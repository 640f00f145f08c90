// Which changes of a contract break runs that live, and which do not.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/testing/contract_facts.hpp"

namespace perdure::inline v0 {

/// How a contract differs from the recorded one. Compatible: the code of today reads all that was
/// recorded, and those who called it can call it still.
struct contract_comparison {
  std::vector<std::string> incompatible{}; ///< One sentence each.
  std::vector<std::string> compatible{};

  [[nodiscard]] auto ok() const noexcept -> bool { return incompatible.empty(); }
  [[nodiscard]] explicit operator bool() const noexcept { return ok(); }
  /// For people; empty if nothing has changed.
  [[nodiscard]] auto text() const -> std::string {
    std::string out;
    for (auto const& each : incompatible) out += "incompatible: " + each + "\n";
    for (auto const& each : compatible) out += "compatible: " + each + "\n";
    return out;
  }
};

namespace detail {

struct number_range {
  bool is_signed{};
  int bits{}; ///< 0: it is no integer.
};
[[nodiscard]] inline auto integer_of(std::string_view kind) -> number_range {
  bool const is_signed = kind.starts_with("int");
  if (!is_signed && !kind.starts_with("uint")) return {};
  std::string const digits{kind.substr(is_signed ? 3 : 4)};
  return {is_signed, std::atoi(digits.c_str())};
}

/// Whether ticks of `finer` count all moments that ticks of `coarser` do. Written `1/1000 s`.
[[nodiscard]] inline auto is_finer(std::string_view finer, std::string_view coarser) -> bool {
  if (finer == "any") return true;
  if (coarser == "any") return false;
  auto const parse = [](std::string_view text) {
    auto const slash = text.find('/');
    return std::pair{std::atoll(std::string{text.substr(0, slash)}.c_str()),
                     std::atoll(std::string{text.substr(slash + 1)}.c_str())};
  };
  auto const [fine_num, fine_den] = parse(finer);
  auto const [coarse_num, coarse_den] = parse(coarser);
  // coarse/fine is a whole number; periods of time are far from the ends of 64 bits.
  return fine_num != 0 && coarse_den != 0 && (fine_den * coarse_num) % (coarse_den * fine_num) == 0;
}

/// Whether a value that was written as `was` can be read as `is`.
[[nodiscard]] inline auto reads(std::string_view was, std::string_view is) -> bool {
  constexpr std::string_view optional = "optional ";
  if (was == is || is == "payload" || is == "nothing") return true;
  if (is.starts_with(optional)) {
    if (was == "null") return true;
    return reads(was.starts_with(optional) ? was.substr(optional.size()) : was,
                 is.substr(optional.size()));
  }
  auto const from = integer_of(was);
  auto const to = integer_of(is);
  if (from.bits != 0 && to.bits != 0)
    return from.is_signed == to.is_signed ? to.bits >= from.bits
                                          : to.is_signed && to.bits > from.bits;
  if (is == "double" || is == "float") // exact
    return (from.bits != 0 && from.bits <= (is == "double" ? 32 : 16)) ||
           (was == "float" && is == "double");
  for (std::string_view const unit : {"duration in ", "time in "})
    if (was.starts_with(unit) && is.starts_with(unit))
      return is_finer(is.substr(unit.size()), was.substr(unit.size()));
  if (is == "array") return was == "set" || was.starts_with("array of ");
  return is == "string" && was == "char";
}

/// Whether `key` says something about a part of what `whole` is about.
[[nodiscard]] inline auto is_below(std::string_view key, std::string_view whole) -> bool {
  return key.size() > whole.size() && key.starts_with(whole) &&
         std::string_view{" .[{<="}.find(key[whole.size()]) != std::string_view::npos;
}

/// What was recorded, under the names that fields have now.
[[nodiscard]] inline auto with_new_names(contract_facts const& recorded,
                                         contract_facts const& current) -> contract_facts {
  contract_facts out;
  for (auto const& [key, value] : recorded) {
    std::string name = key;
    for (auto const& [old_key, now] : current) {
      if (!now.starts_with("now ") || value.starts_with("now ")) continue;
      if (name != old_key && !is_below(name, old_key)) continue;
      std::string const to = old_key.substr(0, old_key.rfind('.') + 1) + now.substr(4);
      name = to + name.substr(old_key.size());
    }
    out[name] = value;
  }
  return out;
}

/// The sentences about a part that is in one contract only.
[[nodiscard]] inline auto why_removed(std::string const& key, std::string const& value)
    -> std::string {
  if (value == "declared")
    return key +
           " is gone: what was recorded under its name finds it no longer (if it was renamed, "
           "keep its old name: wire_name, or worker::add_alias for a workflow)";
  if (value == "enumerator") return key + " is gone: a recorded value cannot be read";
  if (value.starts_with("now "))
    return key + " is no longer read: its old name has left renamed_fields";
  if (key.ends_with('>')) return key + " is gone: a recorded alternative cannot be read";
  return key + " (" + value +
         ") is gone: what was recorded in it is lost (if it was renamed, list its old name in "
         "renamed_fields)";
}
[[nodiscard]] inline auto is_argument(std::string_view key) -> bool {
  auto const at = key.rfind(" argument ");
  return at != std::string_view::npos && key.find_first_of(" .[{<=", at + 10) == key.npos;
}

/// Both in the order of the keys, so that a part comes after the whole. A part of what has been
/// reported is not reported again. Quadratic in the number of renamed fields, else n log n.
[[nodiscard]] inline auto compare_contracts(contract_facts const& before,
                                            contract_facts const& current) -> contract_comparison {
  contract_comparison found;
  contract_facts const recorded = with_new_names(before, current);
  std::vector<std::string> reported;
  auto const is_reported = [&](std::string const& key) {
    for (std::string const& each : reported)
      if (is_below(key, each)) return true;
    return false;
  };
  for (auto const& [key, was] : recorded) {
    if (is_reported(key)) continue;
    auto const now = current.find(key);
    if (now == current.end()) {
      found.incompatible.push_back(why_removed(key, was));
      reported.push_back(key);
    } else if (was != now->second) {
      bool const readable = reads(was, now->second);
      (readable ? found.compatible : found.incompatible)
          .push_back(key + " was " + was + " and is " + now->second);
      if (!readable) reported.push_back(key);
    }
  }
  for (auto const& [key, is] : current) {
    if (recorded.contains(key) || is_reported(key)) continue;
    reported.push_back(key);
    bool const needed = is_argument(key) && !is.starts_with("optional ");
    if (is.starts_with("now "))
      found.compatible.push_back(key + " is read as " + is.substr(4));
    else if (needed)
      found.incompatible.push_back(key + " (" + is +
                                   ") is new: calls that were recorded do not have it (make it an "
                                   "optional, or a field of an argument that is there)");
    else
      found.compatible.push_back(key + " (" + is + ") is new");
  }
  return found;
}

} // namespace detail
} // namespace perdure::inline v0
