// Removes blobs that no history names any more.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/config.hpp"
#include "perdure/data/base64.hpp"
#include "perdure/data/blob_store.hpp"
#include "perdure/history/detail/payload_walk.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

struct blob_collection_options {
  /// Blobs that were put so lately are left alone: what names them may not be recorded yet. Longer
  /// than any attempt of an activity runs, and than a heartbeat or an unanswered message may wait.
  duration grace{std::chrono::hours{24}};
};

struct blob_collection {
  std::size_t histories{}; ///< Read.
  std::size_t kept{};      ///< Blobs.
  std::size_t removed{};   ///< Blobs.
  std::uint64_t removed_bytes{};
};

namespace detail {

/// Notes whatever may be a key in the data of payloads. Too much is harmless: a blob stays.
class blob_marks {
public:
  void add(payload const& value) { add_text(value.data, 0); }
  [[nodiscard]] auto has(std::string const& key) const -> bool { return keys_.contains(key); }

private:
  static constexpr int depth_max = 8;

  void add_text(std::string_view text, int depth) {
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at;
      while (end < text.size() && is_base64(text[end])) ++end;
      if (end - at >= 64) add_run(text.substr(at, end - at), depth);
      at = end + 1;
    }
  }
  /// Digits and letters without a break: a key, or bytes in base64 that may hold keys, as those of
  /// signals that were carried over to the next run.
  void add_run(std::string_view run, int depth) {
    std::size_t digits = 0;
    for (std::size_t i = 0; i <= run.size(); ++i) {
      if (i < run.size() && is_hex(run[i])) {
        ++digits;
        continue;
      }
      for (std::size_t from = i - digits; digits >= 64; ++from, --digits)
        keys_.emplace(run.substr(from, 64));
      digits = 0;
    }
    if (depth == depth_max) return;
    if (auto const bytes = base64::try_decode(run)) add_text(*bytes, depth + 1);
  }
  static auto is_hex(char c) noexcept -> bool {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }
  static auto is_base64(char c) noexcept -> bool {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '/' || c == '=';
  }
  std::set<std::string> keys_;
};

inline void mark_blobs(blob_marks& marks, event const& each) {
  auto const note = [&](payload const& value) { marks.add(value); };
  if (auto const view = view_of(each.attributes); view.object != nullptr)
    for_each_payload(view.object, *view.schema, note);
  if (each.extras) for_each_payload(each.extras.get(), schema_of<event_extras>(), note);
}

/// Marks what all histories and schedules name. False if a run was deleted meanwhile, which may
/// have handed a blob on to a run that was read before it.
template <backend B>
auto mark_all(B& backend, blob_marks& marks, std::size_t& histories) -> bool {
  // First all runs, then what they hold: what starts meanwhile got its blobs from one of these.
  std::vector<workflow_execution> runs;
  list_filter filter{};
  do {
    auto page = backend.list_workflows(filter);
    for (auto& each : page.workflows) runs.push_back(std::move(each.execution));
    filter.next_page_token = std::move(page.next_page_token);
  } while (!filter.next_page_token.empty());
  histories = 0;
  for (auto const& run : runs) {
    try {
      for (auto const& each : backend.read_history(run).events) mark_blobs(marks, each);
      ++histories;
    } catch (error const& e) {
      if (e.code() != errc::not_found) throw;
      return false;
    }
  }
  schedule_filter of_schedules{};
  do {
    auto page = backend.list_schedules(of_schedules);
    for (auto const& each : page.schedules) {
      auto const& action = backend.describe_schedule(each.id).schedule.action;
      for (auto const& value : action.input) marks.add(value);
      if (action.memo)
        for (auto const& entry : *action.memo) marks.add(entry.second);
    }
    of_schedules.next_page_token = std::move(page.next_page_token);
  } while (!of_schedules.next_page_token.empty());
  return true;
}

} // namespace detail

/// Removes the blobs that no history and no schedule of the backend names, if they are older than
/// the grace period: blobs live as long as the histories that name them. Call it now and then,
/// after runs were deleted. `backend` decodes what it reads (a `coded_backend` with the store's
/// codecs); all backends whose histories name blobs of the store must be this one. Reads every
/// history.
/// \throws error (backend_busy) if runs are deleted all the time; those of the backend and the
/// store
template <backend B>
auto collect_blobs(B& backend, blob_store& store, blob_collection_options options = {})
    -> blob_collection {
  auto const began = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  blob_collection done{};
  detail::blob_marks marks;
  constexpr int rounds_max = 3;
  int round = 0;
  while (!detail::mark_all(backend, marks, done.histories))
    if (++round == rounds_max)
      throw error{errc::backend_busy, "collect_blobs: runs are deleted meanwhile: try again later"};
  for (auto const& each : store.list()) {
    if (!marks.has(each.key) && store.erase(each.key, began - options.grace)) {
      ++done.removed;
      done.removed_bytes += each.size;
    } else {
      ++done.kept;
    }
  }
  return done;
}

} // namespace perdure::inline v0

PERDURE_SELDOM_END
