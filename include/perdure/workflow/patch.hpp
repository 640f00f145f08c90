// Changing the code of workflows under runs that live.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "perdure/config.hpp"
#include "perdure/workflow/run_values.hpp"
#include "perdure/workflow/wire_name.hpp"

namespace perdure::inline v0 {

/// Number N of a program's releases, counted from 1 in the order in which they are deployed.
template <int N>
struct release {
  static_assert(N > 0, "perdure: releases are numbered from 1");
  static constexpr int number = N;
};

/// Stands for the program in `oldest_live_release`.
struct this_program;

/// The oldest release of the program that may have started a run which is still open, as the
/// program declares it before its first patch:
/// `template <> inline constexpr int perdure::oldest_live_release<perdure::this_program> = 3;`
/// Once it has reached the release that a patch came with, asking for that patch does not compile:
/// no run is left for the old branch.
template <class Program>
inline constexpr int oldest_live_release = 0;

/// What `get_version` gives for a run that passed its place before there was a change.
inline constexpr int default_version = -1;

namespace detail {

struct no_release {
  static constexpr int number = 2'147'483'647;
};

} // namespace detail

/// Whether this run takes the new branch of a change: `if (patched<"pay-first">()) new(); else
/// old();`. New runs do, and record it; a run that passed here before the change was deployed does
/// not. The answer for an id never changes within a run. `patched<"pay-first", release<2>>()` says
/// which release brought the change: see `oldest_live_release`.
template <detail::fixed_string Id, class Since = detail::no_release, class Program = this_program>
[[nodiscard]] auto patched(std::source_location source = std::source_location::current()) -> bool {
  static_assert(!Id.view().empty(), "perdure: a patch needs an id");
  static_assert(oldest_live_release<Program> < Since::number,
                "perdure: every live run has this patch, its old branch is dead: delete that "
                "branch, and replace patched by deprecate_patch");
  return detail::require_run_to_change("patched()").machine.patched(Id.view(), false, source);
}

/// Replaces `patched` once no run without the patch is left: the old branch is gone, runs with the
/// marker still replay. Remove it when those are gone, too; `client.count_runs_needing_patch` and
/// `oldest_live_release` help to know when.
template <detail::fixed_string Id>
void deprecate_patch(std::source_location source = std::source_location::current()) {
  static_assert(!Id.view().empty(), "perdure: a patch needs an id");
  (void)detail::require_run_to_change("deprecate_patch()").machine.patched(Id.view(), true, source);
}

/// Which version of a piece of code this run has, for code that changes more than once:
/// `switch (get_version("pay", default_version, 2))`. A run that gets here for the first time has
/// `newest`, and records it as the patch `<id>-<newest>`; one that passed here earlier has the
/// version it recorded then, or `default_version` if there was no change yet. The answer for an id
/// never changes within a run. Raise `oldest` once no run is left with less.
/// \throws error (invalid_argument) unless -1 <= oldest <= newest and 0 <= newest <= 1000;
/// (nondeterminism) if the run has a version below `oldest`, whose code is gone: the workflow task
/// fails, until that code is back.
auto get_version(std::string_view id, int oldest, int newest,
                 std::source_location source = std::source_location::current()) -> int;

#if PERDURE_DEFINES
PERDURE_INLINE auto get_version(std::string_view id, int oldest, int newest,
                                std::source_location source) -> int {
  auto& run = detail::require_run_to_change("get_version()");
  std::string const name{id};
  if (id.empty() || oldest > newest || oldest < default_version || newest < 0 || newest > 1'000)
    throw error{errc::invalid_argument,
                "get_version(\"" + name + "\", " + std::to_string(oldest) + ", " +
                    std::to_string(newest) +
                    "): it takes an id, the oldest version (-1: the code before the first change) "
                    "and the newest, from 0 to 1000"};
  auto const [known, first] = detail::values_of(run).versions.try_emplace(name, default_version);
  if (first) {
    auto const patch = [&](int n) { return name + "-" + std::to_string(n); };
    int n = newest; // those below `oldest` tell what the run has
    while (n >= 0 && !run.machine.has_patch(patch(n))) --n;
    if (n >= 0 && run.machine.patched(patch(n), false, source)) known->second = n;
  }
  int const has = known->second;
  if (has < oldest || has > newest)
    throw error{errc::nondeterminism,
                "get_version(\"" + name + "\", " + std::to_string(oldest) + ", " +
                    std::to_string(newest) + "): the run has version " + std::to_string(has) +
                    ", which this program does not know any more: deploy one that does"};
  return has;
}
#endif

} // namespace perdure::inline v0
