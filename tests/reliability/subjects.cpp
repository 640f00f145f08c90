// All subjects, by name.
#include "perdure_subject.hpp"
#include "raw_queue.hpp"
#include "raw_sqlite.hpp"
#include "schedule_subject.hpp"
#include "subject.hpp"

namespace reliability {

auto make_subject(std::string_view name, std::uint64_t seed) -> std::unique_ptr<subject> {
  if (name == "schedules") return make_schedule_subject(seed);
  if (name == "plain-file") return make_plain_file(seed);
  if (name == "raw-queue") return make_raw_queue(seed, true);
  if (name == "raw-queue-unfenced") return make_raw_queue(seed, false);
  constexpr std::pair<std::string_view, raw_bug> raw[] = {
      {"raw", raw_bug::none},
      {"raw-acks-early", raw_bug::acks_early},
      {"raw-sync-normal", raw_bug::sync_normal},
      {"raw-sync-off", raw_bug::sync_off},
      {"raw-sync-misspelt", raw_bug::sync_misspelt},
      {"raw-swallows-errors", raw_bug::swallows_errors},
      {"raw-rollback-journal", raw_bug::rollback_journal},
      {"raw-retries-blindly", raw_bug::retries_blindly},
  };
  for (auto const& [known, bug] : raw)
    if (name == known) return make_raw_sqlite(seed, bug);
  return make_perdure_subject(name, seed);
}

} // namespace reliability
