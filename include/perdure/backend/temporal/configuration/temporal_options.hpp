// How a Temporal cluster is reached.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace perdure::inline v0 {

/// Encryption of the connection. The texts are PEM, not names of files.
struct tls_options {
  std::string server_root_certificates{}; ///< Empty: those of the system.
  std::string client_certificate{};       ///< For mTLS, with its key.
  std::string client_private_key{};
  /// That the server's certificate must name, instead of the host of `address`. Also what the
  /// server is asked for (SNI and `:authority`).
  std::string server_name{};
  /// Takes any certificate of the server, of whoever it may be: for tests alone.
  bool disable_host_verification{};
  bool disabled{}; ///< Not encrypted after all, even where there is an API key.
};

/// Where a Temporal cluster is, and how it is talked to. `load_temporal_options` reads one from the
/// environment and from `temporal.toml`.
struct temporal_options {
  std::string address{"localhost:7233"}; ///< `host:port` of the frontend.
  std::string namespace_{"default"};
  std::string api_key{}; ///< Sent with every call. Turns TLS on, unless `tls` says `disabled`.
  std::optional<tls_options> tls{}; ///< None: not encrypted, unless there is an API key.
  std::string identity{};           ///< Of clients, in events; empty: `pid@host`.
  /// Sent with every call; names in lower case. `authorization` here wins over the API key.
  std::map<std::string, std::string> headers{};
};

} // namespace perdure::inline v0
