// Keeps the log lines that are written while it lives, instead of printing them.
#pragma once

#include <perdure/log.hpp>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace perdure_test {

class log_collector {
public:
  struct line {
    perdure::log_level level{};
    std::string message{};
    std::string workflow_type{};
    std::string workflow_id{};
    std::string run_id{};
    std::string activity_type{};
    int attempt{};
    std::map<std::string, std::string> fields{};
  };

  explicit log_collector(perdure::log_level least = perdure::log_level::debug) {
    {
      std::lock_guard const lock{mutex()};
      store().clear();
    }
    perdure::set_log_sink(&keep,
                          least); // outside: the log holds a lock of its own when it calls keep
  }
  log_collector(log_collector const&) = delete;
  auto operator=(log_collector const&) -> log_collector& = delete;
  ~log_collector() { perdure::set_log_sink(&perdure::log_to_stderr); }

  [[nodiscard]] static auto lines() -> std::vector<line> {
    std::lock_guard const lock{mutex()};
    return store();
  }
  /// Lines whose message holds `part`.
  [[nodiscard]] static auto with(std::string const& part) -> std::vector<line> {
    std::vector<line> found;
    for (line const& each : lines())
      if (each.message.find(part) != std::string::npos) found.push_back(each);
    return found;
  }

private:
  static void keep(perdure::log_record const& record) {
    line kept{record.level,
              std::string{record.message},
              std::string{record.workflow_type},
              std::string{record.workflow_id},
              std::string{record.run_id},
              std::string{record.activity_type},
              record.attempt,
              {}};
    for (auto const& field : record.fields) kept.fields[std::string{field.name}] = field.value;
    std::lock_guard const lock{mutex()};
    store().push_back(std::move(kept));
  }
  static auto mutex() -> std::mutex& {
    static std::mutex guard;
    return guard;
  }
  static auto store() -> std::vector<line>& {
    static std::vector<line> kept;
    return kept;
  }
};

} // namespace perdure_test
