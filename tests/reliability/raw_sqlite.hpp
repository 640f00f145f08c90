// Bare SQLite under the tools: what is right, and the same with a bug in it, so that each tool is
// known to find what it is for.
#pragma once

#include "subject.hpp"

namespace reliability {

enum class raw_bug {
  none,
  acks_early,       ///< Says that a transaction is done before it commits.
  sync_normal,      ///< `synchronous = NORMAL`: a commit does not wait for the disk.
  sync_off,         ///< `synchronous = OFF`.
  sync_misspelt,    ///< `synchronous = WAL`, which SQLite takes for NORMAL without a word.
  swallows_errors,  ///< Does not look at what COMMIT returned.
  rollback_journal, ///< Not a bug: the other way to be atomic. Removing the journal commits.
  retries_blindly,  ///< Takes a commit that returned an error for one that did not happen (with a
                    ///< rollback journal).
};

auto make_raw_sqlite(std::uint64_t seed, raw_bug bug) -> std::unique_ptr<subject>;

/// A file that is overwritten in place and has no checksum. A kill before a write does it no harm;
/// what a torn write leaves, it does not notice.
auto make_plain_file(std::uint64_t seed) -> std::unique_ptr<subject>;

} // namespace reliability
