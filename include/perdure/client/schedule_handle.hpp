// One schedule from the outside, and what a client does with schedules.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "perdure/backend/backend.hpp"
#include "perdure/config.hpp"

PERDURE_SELDOM_BEGIN

namespace perdure::inline v0 {

/// A schedule with an id. Cheap to copy; the schedule goes on without it.
/// Errors of all calls: `error` (not_found) if there is none.
template <backend B>
class schedule_handle {
public:
  schedule_handle(B& backend, std::string id) : backend_{&backend}, id_{std::move(id)} {}

  [[nodiscard]] auto id() const noexcept -> std::string const& { return id_; }
  [[nodiscard]] auto describe() const -> schedule_description {
    return backend_->describe_schedule(id_);
  }
  /// Calls `change(schedule&)` with the schedule as it is and keeps what that makes of it; again if
  /// somebody else changed it meanwhile. What is due by then is taken as it was.
  /// \throws error (invalid_argument, bad_time_zone), and what `change` throws
  template <class Change>
  void update(Change&& change) const {
    while (true) {
      schedule_description now = describe();
      change(now.schedule);
      update_schedule_request request{};
      request.id = id_;
      request.schedule = std::move(now.schedule);
      request.conflict_token = now.conflict_token;
      try {
        return backend_->update_schedule(request);
      } catch (error const& why) {
        if (why.code() != errc::schedule_conflict) throw;
      }
    }
  }
  /// Takes one action now, also while the schedule is paused.
  void trigger(schedule_overlap_policy overlap = {}) const {
    schedule_patch patch{};
    patch.trigger = true;
    patch.trigger_overlap = overlap;
    backend_->patch_schedule(id_, patch);
  }
  /// Takes the actions of time ranges, as if it were their time, ten at a time.
  /// \throws error (invalid_argument) if a range ends before it starts
  void backfill(std::vector<schedule_backfill> ranges) const {
    schedule_patch patch{};
    patch.backfills = std::move(ranges);
    backend_->patch_schedule(id_, patch);
  }
  /// Takes no actions by time until `unpause`; those are not made up for.
  void pause(std::string note = "paused") const {
    schedule_patch patch{};
    patch.pause = note.empty() ? std::string{"paused"} : std::move(note);
    backend_->patch_schedule(id_, patch);
  }
  void unpause(std::string note = "unpaused") const {
    schedule_patch patch{};
    patch.unpause = note.empty() ? std::string{"unpaused"} : std::move(note);
    backend_->patch_schedule(id_, patch);
  }
  /// When it acts after `from` and up to `to`; at most 1,000 times.
  [[nodiscard]] auto matching_times(time_point from, time_point to) const
      -> std::vector<time_point> {
    return backend_->list_matching_times(id_, from, to);
  }
  /// Ends the schedule; runs that it has started go on.
  void remove() const { backend_->delete_schedule(id_); }

private:
  B* backend_;
  std::string id_;
};

/// What is done when a schedule is created, and what is kept beside it.
struct create_schedule_options {
  bool trigger_immediately{};
  std::vector<schedule_backfill> backfills{};
  payload_map memo{};
  payload_map search_attributes{};
};

namespace detail {

/// All pages, which `page_of` asks `client` for.
[[nodiscard]] auto list_all(schedule_filter filter, void const* client,
                            auto (*page_of)(void const*, schedule_filter const&)->schedule_page)
    -> std::vector<schedule_description>;

/// The part of a client that is about schedules. `Client` has a client_route `backend_`.
template <class Client, backend B>
class schedule_calls {
public:
  /// Starts a workflow again and again:
  ///
  ///     client.create_schedule("nightly",
  ///         {.action = perdure::start_workflow_action<report>(arguments...,
  ///                        {.id = "report", .task_queue = "reports"}),
  ///          .spec = {.cron_strings = {"0 2 * * *"}, .time_zone_name = "Europe/Berlin"}});
  ///
  /// \throws error (schedule_exists; invalid_argument, which names the part; bad_time_zone)
  auto create_schedule(std::string id, schedule what, create_schedule_options options = {}) const
      -> schedule_handle<B> {
    create_schedule_request request{};
    request.id = id;
    request.schedule = std::move(what);
    request.patch.trigger = options.trigger_immediately;
    request.patch.backfills = std::move(options.backfills);
    if (!options.memo.empty()) request.memo = std::move(options.memo);
    if (!options.search_attributes.empty())
      request.search_attributes = std::move(options.search_attributes);
    route().create_schedule(request);
    return {route(), std::move(id)};
  }
  /// Nothing is looked up.
  [[nodiscard]] auto get_schedule_handle(std::string id) const -> schedule_handle<B> {
    return {route(), std::move(id)};
  }
  /// All schedules that match, by id.
  [[nodiscard]] auto list_schedules(schedule_filter filter = {}) const
      -> std::vector<schedule_description> {
    return list_all(std::move(filter), this, [](void const* calls, schedule_filter const& asked) {
      return static_cast<schedule_calls const*>(calls)->route()->list_schedules(asked);
    });
  }

protected:
  ~schedule_calls() = default;

private:
  [[nodiscard]] auto route() const noexcept -> auto const& {
    return static_cast<Client const*>(this)->backend_;
  }
};

#if PERDURE_DEFINES
PERDURE_INLINE auto list_all(schedule_filter filter, void const* client,
                             auto (*page_of)(void const*, schedule_filter const&)->schedule_page)
    -> std::vector<schedule_description> {
  std::vector<schedule_description> all;
  do {
    schedule_page page = page_of(client, filter);
    for (auto& each : page.schedules) all.push_back(std::move(each));
    filter.next_page_token = std::move(page.next_page_token);
  } while (!filter.next_page_token.empty());
  return all;
}
#endif

} // namespace detail

} // namespace perdure::inline v0

PERDURE_SELDOM_END
