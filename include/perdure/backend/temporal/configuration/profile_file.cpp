#include "perdure/backend/temporal/configuration/profile_file.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include <toml++/toml.h>

#include "perdure/error.hpp"

namespace perdure::inline v0::temporal {

namespace {

[[noreturn]] void refuse(std::string const& where, std::string const& why) {
  throw error{errc::invalid_argument, where + ": " + why};
}

/// One table of the file. `path`: where it is in the file, `profile.default.tls`.
class section {
public:
  section(std::string const& file, std::string path, toml::table const& table)
      : file_{&file}, path_{std::move(path)}, table_{&table} {}

  [[nodiscard]] auto table() const noexcept -> toml::table const& { return *table_; }
  [[nodiscard]] auto name_of(std::string_view key) const -> std::string {
    return path_.empty() ? std::string{key} : path_ + "." + std::string{key};
  }
  /// `my.toml:3: profile.default.address`
  [[nodiscard]] auto place_of(std::string_view key) const -> std::string {
    toml::node const* const node = table_->get(key);
    auto const line = node == nullptr ? 0 : node->source().begin.line;
    return *file_ + ":" + std::to_string(line) + ": " + name_of(key);
  }
  [[nodiscard]] auto text(std::string_view key) const -> setting {
    toml::node const* const node = table_->get(key);
    if (node == nullptr) return {};
    if (!node->is_string()) refuse_type(key, *node, "a string");
    return {node->as_string()->get(), place_of(key)};
  }
  [[nodiscard]] auto flag(std::string_view key) const -> std::optional<bool> {
    toml::node const* const node = table_->get(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_boolean()) refuse_type(key, *node, "true or false");
    return node->as_boolean()->get();
  }
  [[nodiscard]] auto within(std::string_view key) const -> std::optional<section> {
    toml::node const* const node = table_->get(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_table()) refuse_type(key, *node, "a table, [" + name_of(key) + "]");
    return section{*file_, name_of(key), *node->as_table()};
  }
  template <class Known>
  void refuse_others(Known const& is_known) const {
    for (auto const& [key, node] : *table_)
      if (!is_known(key.str()))
        refuse(place_of(key.str()), "no such key is known: correct its name, or remove it");
  }

private:
  [[noreturn]] void refuse_type(std::string_view key, toml::node const& node,
                                std::string const& wanted) const {
    std::ostringstream is;
    is << node.type();
    refuse(place_of(key), "this is of type " + is.str() + " and must be " + wanted);
  }

  std::string const* file_;
  std::string path_;
  toml::table const* table_;
};

[[nodiscard]] auto tls_of(section const& in, bool strict) -> tls_profile {
  tls_profile tls;
  tls.disabled = in.flag("disabled");
  tls.disable_host_verification = in.flag("disable_host_verification").value_or(false);
  for (tls_key const& key : tls_keys) tls.*key.member = in.text(key.name);
  refuse_twofold(tls);
  if (strict)
    in.refuse_others([](std::string_view name) {
      return name == "disabled" || name == "disable_host_verification" ||
             std::ranges::any_of(tls_keys, [&](tls_key const& key) { return key.name == name; });
    });
  return tls;
}

[[nodiscard]] auto profile_of(section const& in, bool strict) -> profile {
  profile read;
  read.address = in.text("address");
  read.namespace_ = in.text("namespace");
  read.api_key = in.text("api_key");
  if (auto const tls = in.within("tls")) read.tls = tls_of(*tls, strict);
  if (auto const headers = in.within("grpc_meta"))
    for (auto const& [key, value] : headers->table())
      read.headers[header_name(key.str())] = headers->text(key.str()).text;
  if (auto const codec = in.within("codec")) {
    (void)codec->text("endpoint");
    (void)codec->text("auth");
    if (strict)
      codec->refuse_others([](std::string_view key) { return key == "endpoint" || key == "auth"; });
  }
  if (strict)
    in.refuse_others([](std::string_view key) {
      return key == "address" || key == "namespace" || key == "api_key" || key == "tls" ||
             key == "grpc_meta" || key == "codec";
    });
  return read;
}

} // namespace

void refuse_twofold(tls_profile const& tls) {
  auto const check = [](setting const& path, setting const& data) {
    if (path.is_set() && data.is_set())
      refuse(path.from,
             "this names a file, and " + data.from + " holds the same: keep one of both");
  };
  check(tls.client_cert_path, tls.client_cert_data);
  check(tls.client_key_path, tls.client_key_data);
  check(tls.server_ca_cert_path, tls.server_ca_cert_data);
}

auto header_name(std::string_view key) -> std::string {
  std::string name{key};
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a'); // whatever the locale is
    if (c == '_') c = '-';
  }
  return name;
}

auto read_profiles(std::string const& file, std::string const& text, bool strict)
    -> std::map<std::string, profile> {
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (toml::parse_error const& bad) {
    auto const at = bad.source().begin;
    refuse(file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column),
           "this is not TOML: " + std::string{bad.description()});
  }
  section const all{file, {}, root};
  if (strict) all.refuse_others([](std::string_view key) { return key == "profile"; });
  std::map<std::string, profile> read;
  if (auto const profiles = all.within("profile"))
    for (auto const& [name, node] : profiles->table())
      read[std::string{name.str()}] = profile_of(*profiles->within(name.str()), strict);
  return read;
}

} // namespace perdure::inline v0::temporal
