// One thing that is done to all runs which match, by the server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "perdure/data/payload.hpp"
#include "perdure/history/requests.hpp"
#include "perdure/time.hpp"

namespace perdure::inline v0 {

/// StartBatchOperation.
struct temporal_batch_request {
  enum class operation : std::uint8_t { terminate, cancel, signal, delete_runs };
  operation what{};
  /// Those that match when the server begins; its order and its page do not matter. A filter that
  /// all runs match is refused: say `.started_from = time_point{}` where that is meant.
  list_filter which{};
  std::string reason{};           ///< Must be set; in the events of terminated runs.
  std::string signal_name{};      ///< Of `signal`.
  payloads signal_input{};        ///< Likewise.
  double operations_per_second{}; ///< At most; 0: as many as the server allows, 50 by default.
  std::string identity{};         ///< Empty: that of the connection.
  std::string job_id{};           ///< Names the batch. The same id again is refused. Empty: random.
};

/// DescribeBatchOperation.
struct temporal_batch_description {
  enum class state : std::uint8_t { unspecified, running, completed, failed };
  std::string job_id{};
  state status{};
  std::int64_t total_count{};     ///< Runs that matched; 0 until they are counted.
  std::int64_t completed_count{}; ///< Of these.
  std::int64_t failed_count{};    ///< Of these: it could not be done to them.
  time_point started_at{};
  std::optional<time_point> closed_at{};
  std::string identity{};
  std::string reason{};
  std::string query{}; ///< Which runs, in the server's language.
};

} // namespace perdure::inline v0
