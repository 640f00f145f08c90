// The small structures that several events share.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "perdure/data/indirect.hpp"
#include "perdure/data/payload.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/history/enums.hpp"
#include "perdure/history/failure.hpp"
#include "perdure/history/raw_json.hpp"

namespace perdure::inline v0 {

/// Named values: headers, memos and search attributes.
using payload_map = std::map<std::string, payload>;

/// Named lists of values: the details of a marker.
using payloads_map = std::map<std::string, payloads>;

/// Named texts: the headers of a Nexus operation.
using string_map = std::map<std::string, std::string>;

/// Where tasks wait for workers.
struct task_queue {
  shared_string name{};
  shared_string normal_name{}; ///< For a sticky queue: the shared queue behind it.
  task_queue_kind kind{};

  friend auto operator==(task_queue const&, task_queue const&) -> bool = default;

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("name", self.name);
    on("kind", self.kind);
    on("normalName", self.normal_name);
  }
};

/// Which task goes first when tasks wait.
struct priority {
  std::int32_t priority_key{};  ///< 1 is the most urgent. 0: the default, 3.
  float fairness_weight{};      ///< Unitless, 0.001 to 1000. 0: the default, 1.
  shared_string fairness_key{}; ///< Tasks of one key take turns with those of other keys.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("priorityKey", self.priority_key);
    on("fairnessKey", self.fairness_key);
    on("fairnessWeight", self.fairness_weight);
  }
};

/// The build that did something. Deprecated by Temporal, and in many histories.
struct worker_version_stamp {
  shared_string build_id{};
  bool use_versioning{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("buildId", self.build_id);
    on("useVersioning", self.use_versioning);
  }
};

/// A worker deployment and one build of it.
struct worker_deployment_version {
  shared_string deployment_name{};
  shared_string build_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("buildId", self.build_id);
    on("deploymentName", self.deployment_name);
  }
};

/// The older form of `worker_deployment_version`.
struct deployment {
  shared_string series_name{};
  shared_string build_id{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("seriesName", self.series_name);
    on("buildId", self.build_id);
  }
};

/// Which behaviours of the SDK the run depends on from this workflow task on, and the SDK's name.
struct sdk_metadata {
  /// Only flags that no earlier task of the run recorded.
  std::vector<std::uint32_t> core_used_flags{};
  std::vector<std::uint32_t> lang_used_flags{}; ///< Likewise, of the language's own SDK.
  shared_string sdk_name{};                     ///< Recorded when it changes.
  shared_string sdk_version{};                  ///< Recorded when it changes.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("coreUsedFlags", self.core_used_flags);
    on("langUsedFlags", self.lang_used_flags);
    on("sdkName", self.sdk_name);
    on("sdkVersion", self.sdk_version);
  }
};

struct metering_metadata {
  std::uint32_t nonfirst_local_activity_execution_attempts{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("nonfirstLocalActivityExecutionAttempts", self.nonfirst_local_activity_execution_attempts);
  }
};

/// Text for people, shown beside an event.
struct user_metadata {
  indirect<payload> summary{}; ///< One line, at most 200 bytes on a Temporal server.
  indirect<payload> details{}; ///< At most 20 kB on a Temporal server.
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("summary", self.summary);
    on("details", self.details);
  }
};

/// Who caused an event.
struct principal {
  shared_string type{};
  shared_string name{};
  indirect<unknown_fields> unknown{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("type", self.type);
    on("name", self.name);
  }
};

/// Which update, and who asked for it.
struct update_meta {
  shared_string update_id{};
  shared_string identity{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("updateId", self.update_id);
    on("identity", self.identity);
  }
};

/// The handler of an update and its arguments.
struct update_input {
  shared_string name{};
  indirect<payload_map> header{};
  payloads args{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("header", "fields", self.header);
    on("name", self.name);
    on("args", self.args);
  }
};

/// An update as it was requested.
struct update_request {
  update_meta meta{};
  update_input input{};
  shared_string request_id{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("meta", self.meta);
    on("input", self.input);
    on("requestId", self.request_id);
  }
};

/// The result of an update: a failure when there is one, else a value.
struct update_outcome {
  payloads success{};
  indirect<perdure::failure> failure{};

  template <class Self, class On>
  static void fields(Self& self, On&& on) {
    on("success", self.success);
    on("failure", self.failure);
  }
};

} // namespace perdure::inline v0
