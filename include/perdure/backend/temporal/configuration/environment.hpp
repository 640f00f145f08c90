// Where a Temporal cluster is, as the environment and a file say it to all SDKs and to the CLI.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "perdure/backend/temporal/configuration/temporal_options.hpp"

namespace perdure::inline v0 {

/// What `load_temporal_options` reads.
struct environment_options {
  /// The profile of the file. Empty: that of `TEMPORAL_PROFILE`, or `default`. One that is named in
  /// either way must be in the file; `default` need not be.
  std::string profile{};
  /// Empty: that of `TEMPORAL_CONFIG_FILE`, or `temporalio/temporal.toml` where programs of the
  /// user keep their configuration: in `$XDG_CONFIG_HOME` or `~/.config`, on macOS in
  /// `~/Library/Application Support`. A file that is not there is an empty one.
  std::string config_file{};
  bool disable_file{}; ///< No file is read; neither of the two above counts.
  /// No variable is read but `TEMPORAL_CONFIG_FILE`, which tells where the file is.
  bool disable_env{};
  /// Refuse keys that are not known (a newer version may know them), and a file that is named but
  /// not there.
  bool strict{};
  /// Instead of the variables of the process: all that there are, `HOME` among them.
  std::optional<std::map<std::string, std::string>> variables{};
};

/// Reads one profile of the file, and over it the variables `TEMPORAL_ADDRESS`, `_NAMESPACE`,
/// `_API_KEY`, `_TLS`, `_TLS_CLIENT_CERT_PATH`, `_TLS_CLIENT_CERT_DATA`, `_TLS_CLIENT_KEY_PATH`,
/// `_TLS_CLIENT_KEY_DATA`, `_TLS_SERVER_CA_CERT_PATH`, `_TLS_SERVER_CA_CERT_DATA`,
/// `_TLS_SERVER_NAME`, `_TLS_DISABLE_HOST_VERIFICATION` and `_GRPC_META_<NAME>`:
///
///     [profile.default]
///     address = "my-namespace.my-account.tmprl.cloud:7233"
///     namespace = "my-namespace.my-account"
///     api_key = "..."
///     [profile.default.tls]        # disabled, server_name, disable_host_verification,
///     client_cert_path = "my.pem"  # {client_cert, client_key, server_ca_cert}_{path, data}
///     client_key_path = "my.key"
///     [profile.default.grpc_meta]
///     some-header = "value"
///
/// A variable that is set wins over the file; set to nothing, it takes away what the file says.
/// Neither says: the default of `temporal_options`. TLS is on if `tls.disabled` is false or
/// `TEMPORAL_TLS` true; if neither says, where there is an API key or another setting of TLS. Paths
/// are relative to the working directory. `codec` and its variables are for the CLI: skipped.
/// \throws error (invalid_argument) that names the file and line, or the variable, and the key
/// \see https://docs.temporal.io/references/client-environment-configuration
[[nodiscard]] auto load_temporal_options(environment_options const& options = {})
    -> temporal_options;

} // namespace perdure::inline v0
