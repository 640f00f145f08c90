// Runs that could not be read.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/history/task.hpp"
#include "perdure/log.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0::sqlite {

/// Damaged runs, with what was found: they take part in nothing any more, and are left as they are.
/// Few, so that looking one up is linear.
class damage_list {
public:
  using entries = std::deque<std::pair<run_number, std::string>>;

  /// SQLite took the file for malformed at this run. It also says so when the disk could not be
  /// read for a moment: so that is believed when two connections say it of one run, and none has
  /// recorded events of it in between.
  [[nodiscard]] auto is_certain(run_number run) noexcept -> bool {
    ++sightings_;
    for (suspect const& each : suspects_)
      if (each.run == run) return true;
    suspects_[next_++ % suspects_max] = {run, false};
    return false;
  }
  /// The same of several runs together: from then on, rows of one run are written at a time.
  void suspect_some() noexcept { ++sightings_; }
  [[nodiscard]] auto any_seen() const noexcept -> bool { return sightings_ != 0; }
  /// Events of a run are recorded in this transaction.
  void goes_on(run_number run) noexcept {
    for (suspect& each : suspects_) each.goes_on = each.goes_on || each.run == run;
  }
  /// The transaction has ended. If it was kept, what was suspected of runs that go on was not so.
  void transaction_ends(bool kept) noexcept {
    if (!any_seen()) return; // as nearly always
    for (suspect& each : suspects_)
      if (std::exchange(each.goes_on, false) && kept) each = {};
  }
  /// Changes whenever something is found or suspected.
  [[nodiscard]] auto sightings() const noexcept -> std::size_t { return sightings_; }

  void add(run_number run, std::string why, std::string const& file) {
    if (find(run) != nullptr) return;
    log().error("a run is damaged: it is left as it is",
                {{"file", file}, {"run", run}, {"reason", why}});
    ++sightings_;
    entries_.emplace_back(run, std::move(why));
    met_ = &entries_.back().second;
  }
  /// What is wrong with a run; null if nothing is known to be.
  [[nodiscard]] auto find(run_number run) noexcept -> std::string const* {
    for (auto const& [number, why] : entries_)
      if (number == run) return met_ = &why;
    return nullptr;
  }
  /// What is wrong with a run that was looked for since this was called last; null if none was.
  [[nodiscard]] auto take_met() noexcept -> std::string const* {
    return std::exchange(met_, nullptr);
  }
  [[nodiscard]] auto all() const noexcept -> entries const& { return entries_; }

private:
  struct suspect {
    run_number run{0};
    bool goes_on{false};
  };
  static constexpr std::size_t suspects_max = 64; ///< The last ones.

  entries entries_;
  std::string const* met_{nullptr};
  std::size_t sightings_{0};
  suspect suspects_[suspects_max];
  std::size_t next_{0};
};

} // namespace perdure::inline v0::sqlite

PERDURE_SELDOM_END
