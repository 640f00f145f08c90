// The oracle: runs a generated program directly, and says what must come of it.
#pragma once

#include "generated/oracle/steps.hpp"

namespace oracle {

/// What came of one run.
struct ending_of_run {
  std::string status{};
  std::vector<std::string> notes{};
  friend auto operator==(ending_of_run const&, ending_of_run const&) -> bool = default;
};
/// By workflow id, in the order of the runs that had it.
using endings = std::map<std::string, std::vector<ending_of_run>>;

/// Runs a program to its end. `order`: see `world`.
[[nodiscard]] inline auto expect(generated::program const& p, std::uint64_t order) -> endings {
  static constexpr char const* names[] = {"running",    "completed", "failed",   "cancelled",
                                          "terminated", "timed out", "continued"};
  world w{order};
  w.code = do_run;
  w.handler = do_handler;
  w.build = generated::is_deployed_over(p) ? 1 : 2;
  endings all;
  auto& replies = all["replies"].emplace_back().notes;
  std::vector<std::pair<std::string, update_ptr>> accepted;
  w.runs.push_back(
      std::make_unique<run>(w, generated::root_id, job{p.steps, 0, {}}, terms{}, 1, 0, nullptr));
  w.current[generated::root_id] = w.runs.back().get();
  for (generated::outside const& each : p.events) {
    w.advance(each.at);
    run* const to = w.current.contains(each.target) ? w.current[each.target] : nullptr;
    bool const open = to != nullptr && to->open();
    switch (each.what) {
    case generated::errand::deploy: w.build = 2; break;
    case generated::errand::cancel:
      if (open) to->request_cancel();
      break;
    case generated::errand::signal:
      if (open) to->signal(each.number, each.value);
      break;
    case generated::errand::query:
      replies.push_back("look " + (to != nullptr && to->answers()
                                       ? std::to_string(to->sum) + " after " +
                                             std::to_string(to->notes.size()) + " notes"
                                       : "refused"));
      break;
    case generated::errand::update: {
      std::string const name = "u" + std::to_string(each.value);
      auto const sent = std::make_shared<update>(update{each.value});
      if (open) {
        to->send(sent);
        w.advance(each.at);
      } else {
        sent->fate = "refused by the server";
      }
      replies.push_back(name + " " + sent->fate);
      if (sent->fate == "accepted") accepted.emplace_back(name, sent);
      break;
    }
    }
  }
  w.advance(generated::patience);
  w.current[generated::root_id]->request_cancel();
  w.advance(2 * generated::patience);
  w.current[generated::root_id]->terminate();
  w.settle();
  w.advance(3 * generated::patience);
  for (auto const& [name, each] : accepted) replies.push_back(name + " in the end " + each->fate);
  for (auto const& each : w.runs) {
    std::string const status = names[static_cast<std::size_t>(each->now)];
    all[each->id].push_back(
        {status + (each->now == state::failed ? ": " + each->why : ""), each->notes});
  }
  return all;
}

} // namespace oracle
