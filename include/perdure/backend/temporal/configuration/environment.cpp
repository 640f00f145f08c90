#include "perdure/backend/temporal/configuration/environment.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "perdure/backend/temporal/configuration/profile_file.hpp"
#include "perdure/error.hpp"

extern "C" char** environ; // POSIX wants it declared by who uses it

namespace perdure::inline v0 {

namespace {

using temporal::profile;
using temporal::setting;
using temporal::tls_profile;

using variable_map = std::map<std::string, std::string>;

[[noreturn]] void refuse(std::string const& where, std::string const& why) {
  throw error{errc::invalid_argument, where + ": " + why};
}

// Of ASCII letters alone, whatever the locale is.
[[nodiscard]] auto in_lower_case(std::string text) -> std::string {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}
[[nodiscard]] auto in_upper_case(std::string_view text) -> std::string {
  std::string upper{text};
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

struct file_text {
  std::string text{};
  int fault{}; ///< An errno; 0: it was read.

  [[nodiscard]] auto is_missing() const noexcept -> bool {
    return fault == ENOENT || fault == ENOTDIR;
  }
  [[nodiscard]] auto why() const -> std::string { return std::generic_category().message(fault); }
};

[[nodiscard]] auto read_file(std::string const& path) -> file_text {
  auto const close = [](std::FILE* file) { (void)std::fclose(file); };
  errno = 0;
  std::unique_ptr<std::FILE, decltype(close)> const file{std::fopen(path.c_str(), "rb"), close};
  if (!file) return {{}, errno != 0 ? errno : EIO};
  file_text read;
  std::array<char, 4096> part{};
  while (std::size_t const got = std::fread(part.data(), 1, part.size(), file.get()))
    read.text.append(part.data(), got);
  if (std::ferror(file.get()) != 0) return {{}, errno != 0 ? errno : EIO}; // a folder, say
  return read;
}

[[nodiscard]] auto variables_of_process() -> variable_map {
  variable_map all;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    std::string_view const entry{*each};
    auto const equals = entry.find('=');
    if (equals != std::string_view::npos) // the first one counts, as for getenv
      all.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return all;
}

[[nodiscard]] auto value_of(variable_map const& variables, std::string const& name) -> std::string {
  auto const found = variables.find(name);
  return found == variables.end() ? std::string{} : found->second;
}

/// An empty one takes away what was said before.
auto take_text(variable_map const& variables, std::string const& name, setting& to) -> bool {
  auto const found = variables.find(name);
  if (found == variables.end()) return false;
  to = {found->second, name};
  return true;
}

[[nodiscard]] auto flag_of(variable_map const& variables, std::string const& name)
    -> std::optional<bool> {
  std::string const text = in_lower_case(value_of(variables, name));
  if (text.empty()) return std::nullopt;
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  refuse(name, "this is '" + text + "' and must be true or false, 1 or 0, or not be set");
}

void apply_tls(variable_map const& variables, std::optional<tls_profile>& to) {
  tls_profile tls = to.value_or(tls_profile{});
  bool any = false;
  if (auto const enabled = flag_of(variables, "TEMPORAL_TLS")) {
    tls.disabled = !*enabled;
    any = true;
  }
  if (auto const disabled = flag_of(variables, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION")) {
    tls.disable_host_verification = *disabled;
    any = true;
  }
  for (auto const& key : temporal::tls_keys)
    if (take_text(variables, "TEMPORAL_TLS_" + in_upper_case(key.name), tls.*key.member))
      any = true;
  if (any) to = std::move(tls);
}

void apply(variable_map const& variables, profile& to) {
  (void)take_text(variables, "TEMPORAL_ADDRESS", to.address);
  (void)take_text(variables, "TEMPORAL_NAMESPACE", to.namespace_);
  (void)take_text(variables, "TEMPORAL_API_KEY", to.api_key);
  apply_tls(variables, to.tls);
  static constexpr std::string_view prefix = "TEMPORAL_GRPC_META_";
  for (auto each = variables.lower_bound(std::string{prefix});
       each != variables.end() && each->first.starts_with(prefix); ++each) {
    std::string const name =
        temporal::header_name(std::string_view{each->first}.substr(prefix.size()));
    if (each->second.empty())
      to.headers.erase(name);
    else
      to.headers[name] = each->second;
  }
}

/// Where programs of the user keep what they are told. Empty: not known.
[[nodiscard]] auto default_config_file(variable_map const& variables) -> std::string {
  std::string const home = value_of(variables, "HOME");
#ifdef __APPLE__
  std::string const folder = home.empty() ? home : home + "/Library/Application Support";
#else
  std::string folder = value_of(variables, "XDG_CONFIG_HOME");
  if (!folder.starts_with('/')) folder = home.empty() ? home : home + "/.config";
#endif
  return folder.empty() ? folder : folder + "/temporalio/temporal.toml";
}

struct chosen {
  std::string name{};
  std::string from{}; ///< Who named it. Empty: nobody did.
};

/// \throws error (invalid_argument) for the reason that `name` is not to be had
[[noreturn]] void refuse_missing(chosen const& which, std::string const& file, bool is_there,
                                 std::map<std::string, profile> const& profiles) {
  std::string const wanted = "profile '" + which.name + "', which " + which.from + " names, ";
  if (file.empty())
    refuse("temporal.toml", wanted + "is nowhere: set TEMPORAL_CONFIG_FILE to the file it is in");
  if (!is_there)
    refuse(file, wanted + "cannot be read, for there is no such file: write it, or set "
                          "TEMPORAL_CONFIG_FILE");
  std::string names;
  for (auto const& [name, value] : profiles) names += (names.empty() ? "" : ", ") + name;
  refuse(file, wanted + "is not there: add [profile." + which.name +
                   "], or name one of these: " + (names.empty() ? "(there are none)" : names));
}

[[nodiscard]] auto profile_from_file(environment_options const& options,
                                     variable_map const& variables) -> profile {
  bool named = true;
  std::string file = options.config_file;
  if (file.empty()) file = value_of(variables, "TEMPORAL_CONFIG_FILE");
  if (file.empty()) {
    named = false;
    file = default_config_file(variables);
  }
  chosen which{options.profile, "environment_options::profile"};
  if (which.name.empty() && !options.disable_env)
    which = {value_of(variables, "TEMPORAL_PROFILE"), "TEMPORAL_PROFILE"};
  if (which.name.empty()) which = {"default", {}};

  file_text const read = file.empty() ? file_text{{}, ENOENT} : read_file(file);
  bool const is_there = !read.is_missing();
  if (is_there && read.fault != 0) refuse(file, "the file cannot be read: " + read.why());
  if (!is_there && named && options.strict) refuse(file, "there is no such file");
  auto profiles = is_there ? temporal::read_profiles(file, read.text, options.strict)
                           : std::map<std::string, profile>{};
  auto const found = profiles.find(which.name);
  if (found != profiles.end()) return std::move(found->second);
  if (!which.from.empty()) refuse_missing(which, file, is_there, profiles);
  return {};
}

[[nodiscard]] auto pem_of(setting const& path, setting const& data) -> std::string {
  if (!path.is_set()) return data.text;
  file_text read = read_file(path.text);
  if (read.fault != 0) refuse(path.from, "'" + path.text + "' cannot be read: " + read.why());
  if (read.text.empty()) refuse(path.from, "'" + path.text + "' is empty");
  return std::move(read.text);
}

[[nodiscard]] auto options_of(tls_profile const& from) -> tls_options {
  temporal::refuse_twofold(from);
  tls_options tls;
  tls.disabled = from.disabled.value_or(false);
  if (tls.disabled) return tls;
  tls.server_root_certificates = pem_of(from.server_ca_cert_path, from.server_ca_cert_data);
  tls.client_certificate = pem_of(from.client_cert_path, from.client_cert_data);
  tls.client_private_key = pem_of(from.client_key_path, from.client_key_data);
  tls.server_name = from.server_name.text;
  tls.disable_host_verification = from.disable_host_verification;
  if (tls.client_certificate.empty() == tls.client_private_key.empty()) return tls;
  bool const is_certificate = tls.client_private_key.empty();
  setting const& path = is_certificate ? from.client_cert_path : from.client_key_path;
  setting const& data = is_certificate ? from.client_cert_data : from.client_key_data;
  refuse(path.is_set() ? path.from : data.from,
         is_certificate ? "a client certificate without its key: set client_key_path too"
                        : "a client key without its certificate: set client_cert_path too");
}

} // namespace

auto load_temporal_options(environment_options const& options) -> temporal_options {
  if (options.disable_file && options.disable_env)
    refuse("environment_options", "both .disable_file and .disable_env are set: nothing is left to "
                                  "read, so use temporal_options as they are");
  variable_map const variables = options.variables ? *options.variables : variables_of_process();
  profile read;
  if (!options.disable_file) read = profile_from_file(options, variables);
  if (!options.disable_env) apply(variables, read);

  temporal_options to;
  if (read.address.is_set()) to.address = read.address.text;
  if (read.namespace_.is_set()) to.namespace_ = read.namespace_.text;
  to.api_key = read.api_key.text;
  if (read.tls) to.tls = options_of(*read.tls);
  to.headers = std::move(read.headers);
  return to;
}

} // namespace perdure::inline v0
