// The file of profiles that Temporal's SDKs and its CLI share: temporal.toml.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace perdure::inline v0::temporal {

/// A text, and where it was said: `my.toml:3: profile.default.address`, or `TEMPORAL_ADDRESS`.
struct setting {
  std::string text{};
  std::string from{};

  [[nodiscard]] auto is_set() const noexcept -> bool { return !text.empty(); }
};

struct tls_profile {
  std::optional<bool> disabled{};
  bool disable_host_verification{};
  setting server_name{};
  setting client_cert_path{};
  setting client_cert_data{};
  setting client_key_path{};
  setting client_key_data{};
  setting server_ca_cert_path{};
  setting server_ca_cert_data{};
};

/// What one profile says; nothing is checked but its types.
struct profile {
  setting address{};
  setting namespace_{};
  setting api_key{};
  std::optional<tls_profile> tls{};
  std::map<std::string, std::string> headers{};
};

/// How the texts of `tls` are called in the file; in upper case after `TEMPORAL_TLS_`, as
/// variables.
struct tls_key {
  std::string_view name;
  setting tls_profile::* member;
};
inline constexpr std::array tls_keys{
    tls_key{"server_name", &tls_profile::server_name},
    tls_key{"client_cert_path", &tls_profile::client_cert_path},
    tls_key{"client_cert_data", &tls_profile::client_cert_data},
    tls_key{"client_key_path", &tls_profile::client_key_path},
    tls_key{"client_key_data", &tls_profile::client_key_data},
    tls_key{"server_ca_cert_path", &tls_profile::server_ca_cert_path},
    tls_key{"server_ca_cert_data", &tls_profile::server_ca_cert_data},
};

/// `SOME_NAME` of `grpc_meta`, or of a variable: `some-name`.
[[nodiscard]] auto header_name(std::string_view key) -> std::string;

/// \throws error (invalid_argument) if a certificate or key is both given and in a file
void refuse_twofold(tls_profile const& tls);

/// All profiles of a file. `file`: its name, for what is wrong with it.
/// \throws error (invalid_argument) if it is not TOML, or a value is of the wrong type or twofold;
/// if `strict`, also for keys that are not known
[[nodiscard]] auto read_profiles(std::string const& file, std::string const& text, bool strict)
    -> std::map<std::string, profile>;

} // namespace perdure::inline v0::temporal
