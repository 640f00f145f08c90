#include "cluster/conformance/known_runs.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

namespace perdure_test::conformance {

namespace e = perdure::events;
using perdure::event_type;
using status = perdure::workflow_execution_status;
using namespace std::chrono_literals;

namespace {

/// What a server does by itself is done within this, or left to the checks to find missing.
constexpr auto patience = 2s;

template <class Holds>
void await(Holds holds) {
  auto const end = std::chrono::steady_clock::now() + patience;
  while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(3ms);
}

/// What a run has begun outside of itself, by the event that began it.
struct begun {
  perdure::workflow_execution child{}; ///< With a run id once it has started.
  perdure::parent_close_policy policy{};
  std::string signal{};
  std::string target{};
  bool is_child{};
};

template <class... A>
auto take_off(perdure::event const& each, std::map<perdure::event_id, begun>& from) -> bool {
  auto const one = [&]<class B>(B const* ended) {
    if (ended != nullptr) from.erase(ended->initiated_event_id);
    return ended != nullptr;
  };
  return (one(each.attributes.get_if<A>()) || ...);
}

[[nodiscard]] auto open_ends(std::vector<perdure::event> const& events)
    -> std::map<perdure::event_id, begun> {
  std::map<perdure::event_id, begun> open;
  for (perdure::event const& each : events) {
    auto const& told = each.attributes;
    if (auto const* asked = told.get_if<e::start_child_workflow_execution_initiated>())
      open[each.id] = {{asked->workflow_id, {}}, asked->parent_close_policy, {}, {}, true};
    else if (auto const* started = told.get_if<e::child_workflow_execution_started>())
      open[started->initiated_event_id].child = started->workflow_execution;
    else if (auto const* sent = told.get_if<e::signal_external_workflow_execution_initiated>())
      open[each.id] = {
          {}, {}, sent->signal_name.str(), sent->workflow_execution.workflow_id.str(), false};
    else if (told.get_if<e::request_cancel_external_workflow_execution_initiated>() != nullptr)
      open[each.id] = {};
    else
      take_off<e::start_child_workflow_execution_failed, e::child_workflow_execution_completed,
               e::child_workflow_execution_failed, e::child_workflow_execution_canceled,
               e::child_workflow_execution_timed_out, e::child_workflow_execution_terminated,
               e::external_workflow_execution_signaled,
               e::signal_external_workflow_execution_failed,
               e::external_workflow_execution_cancel_requested,
               e::request_cancel_external_workflow_execution_failed>(each, open);
  }
  return open;
}

[[nodiscard]] auto has(std::vector<perdure::event> const& events, event_type type) -> bool {
  return std::ranges::any_of(events, [&](auto const& each) { return each.type == type; });
}

[[nodiscard]] auto says_the_same(perdure::named_values const& a, perdure::named_values const& b)
    -> bool {
  return std::ranges::equal(a.entries(), b.entries(), [](auto const& x, auto const& y) {
    return x.first == y.first && x.second.data == y.second.data;
  });
}

} // namespace

void known_runs::add(perdure::workflow_execution const& run) {
  if (run.run_id.empty() || find(run.run_id.view()) != nullptr) return;
  runs_.emplace_back().run = run;
}

auto known_runs::find(std::string_view run_id) const -> known const* {
  auto const found =
      std::ranges::find_if(runs_, [&](known const& each) { return each.run.run_id == run_id; });
  return found == runs_.end() ? nullptr : &*found;
}

auto known_runs::last_of(perdure::workflow_execution const& run) const -> known const* {
  known const* last = find(run.run_id.view());
  while (last != nullptr && !last->next.empty()) last = find(last->next);
  return last;
}

void known_runs::forget(perdure::workflow_execution const& run) {
  await([&] {
    try {
      (void)server_->read_history(run);
      return false;
    } catch (perdure::error const&) {
      return true;
    }
  });
  gone_.push_back(run.run_id.str());
  std::erase_if(runs_, [&](known const& each) { return each.run == run; });
}

void known_runs::read(known& which) {
  which.events = server_->read_history(which.run).events;
  which.status = status::running;
  auto const ends = [&](status how, std::string_view next = {}) {
    which.closed = true;
    which.status = how;
    which.next = next;
  };
  for (perdure::event const& each : which.events) {
    auto const& told = each.attributes;
    if (each.type == event_type::workflow_task_started) which.busy = true;
    if (each.type == event_type::workflow_task_completed ||
        each.type == event_type::workflow_task_failed ||
        each.type == event_type::workflow_task_timed_out)
      which.busy = false;
    if (auto const* done = told.get_if<e::workflow_execution_completed>())
      ends(status::completed, done->new_execution_run_id.view());
    if (auto const* failed = told.get_if<e::workflow_execution_failed>())
      ends(status::failed, failed->new_execution_run_id.view());
    if (auto const* late = told.get_if<e::workflow_execution_timed_out>())
      ends(status::timed_out, late->new_execution_run_id.view());
    if (auto const* more = told.get_if<e::workflow_execution_continued_as_new>())
      ends(status::continued_as_new, more->new_execution_run_id.view());
    if (each.type == event_type::workflow_execution_canceled) ends(status::canceled);
    if (each.type == event_type::workflow_execution_terminated) ends(status::terminated);
  }
}

void known_runs::refresh() {
  for (std::size_t i = 0; i < runs_.size(); ++i) { // it grows
    if (runs_[i].closed) continue;
    known fresh{};
    fresh.run = runs_[i].run;
    try {
      read(fresh);
    } catch (perdure::error const&) {
      continue; // not there, or not any more
    }
    runs_[i] = fresh;
    if (!fresh.next.empty()) add({fresh.run.workflow_id, perdure::shared_string{fresh.next}});
    for (perdure::event const& each : fresh.events)
      if (auto const* child = each.attributes.get_if<e::child_workflow_execution_started>())
        add(child->workflow_execution);
    if (fresh.closed) add_orphans(fresh.events);
  }
}

/// Abandoned children start though their parent has ended, which then does not hear of it.
void known_runs::add_orphans(std::vector<perdure::event> const& of_parent) {
  for (auto const& [id, each] : open_ends(of_parent)) {
    if (!each.is_child || !each.child.run_id.empty() ||
        each.policy != perdure::parent_close_policy::abandon)
      continue;
    await([&] {
      try {
        add(server_->describe_workflow(each.child).execution);
        return true;
      } catch (perdure::error const&) {
        return false;
      }
    });
  }
}

auto known_runs::is_settled(known const& which) const -> bool {
  if (which.busy && !which.closed) return true;
  for (auto const& [id, each] : open_ends(which.events)) {
    if (!which.closed && !each.is_child) return false;
    known const* const child = each.is_child ? last_of(each.child) : nullptr;
    if (each.is_child && !which.closed && (child == nullptr || child->closed)) return false;
    if (child != nullptr && which.closed && !child->closed) {
      if (each.policy == perdure::parent_close_policy::terminate) return false;
      if (each.policy == perdure::parent_close_policy::request_cancel && !child->busy &&
          !has(child->events, event_type::workflow_execution_cancel_requested))
        return false;
    }
    if (!each.signal.empty()) {
      auto const target = std::ranges::find_if(
          runs_, [&](known const& r) { return r.run.workflow_id == each.target && !r.closed; });
      if (target != runs_.end() && !target->busy &&
          std::ranges::none_of(target->events, [&](perdure::event const& event) {
            auto const* got = event.attributes.get_if<e::workflow_execution_signaled>();
            return got != nullptr && got->signal_name == each.signal;
          }))
        return false;
    }
  }
  return true;
}

auto known_runs::is_settled() const -> bool {
  return std::ranges::all_of(runs_, [&](known const& each) { return is_settled(each); });
}

void known_runs::settle() {
  await([&] {
    auto const before = runs_.size();
    refresh();
    return is_settled() && runs_.size() == before;
  });
}

auto known_runs::is_listed() const -> bool {
  std::map<std::string, perdure::workflow_description, std::less<>> listed;
  perdure::list_filter all{};
  do {
    auto page = server_->list_workflows(all);
    for (auto& each : page.workflows)
      listed.insert_or_assign(each.execution.run_id.str(), std::move(each));
    all.next_page_token = page.next_page_token;
  } while (!all.next_page_token.empty());
  for (std::string const& each : gone_)
    if (listed.contains(each)) return false;
  constexpr std::size_t few = 50;
  for (known const& each : runs_) {
    auto const found = listed.find(each.run.run_id.view());
    if (found == listed.end() || found->second.status != each.status) return false;
    if (runs_.size() > few) continue;
    auto const now = server_->describe_workflow(each.run);
    if (!says_the_same(now.search_attributes, found->second.search_attributes)) return false;
    if (!says_the_same(now.memo, found->second.memo)) return false;
  }
  return true;
}

void known_runs::await_listing() {
  await([&] {
    try {
      return is_listed();
    } catch (perdure::error const&) {
      return false;
    }
  });
}

} // namespace perdure_test::conformance
