// Compares two JSON documents as proto3 would: defaults and null are nothing, and there are several
// ways to write a number, a duration, bytes or an enumerator. It shares no code with the library.
#pragma once

#include <nlohmann/json.hpp>

#include <cctype>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace perdure_test {

using json = nlohmann::json;

/// RetryStateTimeout's old spelling of RETRY_STATE_TIMEOUT is Timeout.
inline auto old_spelling(std::string const& text, std::string const& prefix) -> std::string {
  if (text.compare(0, prefix.size(), prefix) != 0) return text;
  std::string camel;
  bool start = true;
  for (char const c : text.substr(prefix.size())) {
    if (c != '_') camel += start ? c : static_cast<char>(std::tolower(c));
    start = c == '_';
  }
  return camel;
}

inline auto enum_prefix(std::string const& key) -> std::string {
  static std::map<std::string, std::string> const prefixes{
      {"eventType", "EVENT_TYPE_"},
      {"kind", "TASK_QUEUE_KIND_"},
      {"retryState", "RETRY_STATE_"},
      {"timeoutType", "TIMEOUT_TYPE_"},
      {"parentClosePolicy", "PARENT_CLOSE_POLICY_"},
      {"workflowIdReusePolicy", "WORKFLOW_ID_REUSE_POLICY_"},
      {"initiator", "CONTINUE_AS_NEW_INITIATOR_"},
      {"origin", "UPDATE_ADMITTED_EVENT_ORIGIN_"},
      {"cause", "WORKFLOW_TASK_FAILED_CAUSE_"},
      {"versioningBehavior", "VERSIONING_BEHAVIOR_"},
  };
  auto const found = prefixes.find(key);
  return found == prefixes.end() ? std::string{} : found->second;
}

/// The bytes that either alphabet of base64 stands for, as hexadecimal text.
inline auto hex_of_base64(std::string const& text) -> std::string {
  std::string hex;
  unsigned bits = 0;
  unsigned held = 0;
  for (char const c : text) {
    unsigned digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<unsigned>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0') + 52;
    else if (c == '+' || c == '-')
      digit = 62;
    else if (c == '/' || c == '_')
      digit = 63;
    else
      continue;
    bits = bits << 6 | digit;
    if ((held += 6) < 8) continue;
    held -= 8;
    char const* const digits = "0123456789abcdef";
    hex += digits[bits >> (held + 4) & 15];
    hex += digits[bits >> held & 15];
  }
  return hex;
}

/// "0.200s" and "0.2s", "…:00.100Z" and "…:00.1Z": without the zeros that say nothing.
inline auto without_trailing_zeros(std::string text) -> std::string {
  auto const point = text.find('.');
  if (point == std::string::npos || text.size() < 3) return text;
  char const unit = text.back();
  if ((unit != 's' && unit != 'Z') || std::isdigit(static_cast<unsigned char>(text[0])) == 0)
    return text;
  text.pop_back();
  if (text.find_first_not_of("0123456789", point + 1) != std::string::npos) return text + unit;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text + unit;
}

inline auto normal(json const& value, std::string const& key) -> json {
  if (value.is_object()) {
    json made = json::object();
    for (auto const& [name, member] : value.items()) {
      // The values of metadata are bytes; of the other maps, structures.
      auto const child =
          key == "metadata" ? json(hex_of_base64(member.get<std::string>())) : normal(member, name);
      if (!child.is_null()) made[name] = child;
    }
    return made.empty() ? json{} : made;
  }
  if (value.is_array()) {
    json made = json::array();
    for (auto const& each : value) {
      auto child = normal(each, key);
      made.push_back(child.is_null() ? json::object() : child);
    }
    return made.empty() ? json{} : made;
  }
  if (value.is_boolean()) return value.get<bool>() ? value : json{};
  if (value.is_number_integer())
    return normal(json(std::to_string(value.get<std::int64_t>())), key);
  if (value.is_number_float()) {
    auto const text = value.dump();
    return text.size() > 2 && text.substr(text.size() - 2) == ".0" ? text.substr(0, text.size() - 2)
                                                                   : text;
  }
  if (!value.is_string()) return value;
  auto text = value.get<std::string>();
  if (key == "data") text = hex_of_base64(text);
  if (auto const prefix = enum_prefix(key); !prefix.empty()) text = old_spelling(text, prefix);
  static std::set<std::string> const texts{"timerId", "activityId", "workflowId"};
  static std::set<std::string> const zero_is_default{"initialInterval", "maximumInterval"};
  if (text.empty() || text == "Unspecified" || (text == "0" && texts.count(key) == 0))
    return json{};
  if (text == "0s" && zero_is_default.count(key) != 0) return json{};
  return without_trailing_zeros(text);
}

/// The document in one form that equal documents share.
inline auto normal(json const& document) -> json { return normal(document, ""); }

} // namespace perdure_test
