// What a server says of itself and of the namespace.
#pragma once

#include <cstdint>

namespace perdure::inline v0::temporal {

class connection;

struct server_abilities {
  /// Of one payload list of a command. A larger one would end its run: it is not sent.
  std::int64_t blob_bytes_max{2 << 20};
  bool poller_autoscaling{};        ///< It suggests how many polls to hold open.
  bool worker_heartbeats{};         ///< It wants to hear of workers now and then.
  bool poll_complete_on_shutdown{}; ///< It ends the polls of a worker that says it stops.
};

/// Asks the server. \throws error (not_found: no such namespace; access_denied, backend_busy)
[[nodiscard]] auto ask_abilities(connection& server) -> server_abilities;

} // namespace perdure::inline v0::temporal
