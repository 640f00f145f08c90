// The part of the store that keeps schedules.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "perdure/backend/sqlite/schedule_table.hpp"
#include "perdure/backend/zone_files.hpp"
#include "perdure/log.hpp"

namespace perdure::inline v0::sqlite {

/// The earlier of two times, where there are any.
[[nodiscard]] inline auto earlier(std::optional<time_point> a, std::optional<time_point> b)
    -> std::optional<time_point> {
  return !b || (a && *a < *b) ? a : b;
}

/// Base of the store, which has `schedules()`: the table. Schedules are read when they are needed
/// and written when they change, in the open transaction; of them, only the time at which the first
/// one wakes is remembered.
template <class Store>
class schedule_side {
public:
  [[nodiscard]] auto find_zone(std::string_view name) -> std::shared_ptr<engine::time_zone const> {
    return zones_.find(name);
  }
  /// \throws error (history_corrupt)
  [[nodiscard]] auto find_schedule(std::string_view id) -> std::optional<engine::schedule_record> {
    return table().find(id);
  }
  void keep_schedule(engine::schedule_record const& record) {
    table().keep(record);
    change_schedules();
  }
  auto drop_schedule(std::string_view id) -> bool {
    change_schedules();
    return table().drop(id);
  }
  /// A damaged one does not wake any more; who asks for it is told why.
  [[nodiscard]] auto due_schedule(time_point now) -> std::optional<engine::schedule_record> {
    for (auto first = first_wake(); first && *first <= now; first = first_wake()) {
      auto const due = table().first();
      if (!due) break;
      try {
        return table().find(due->second);
      } catch (error const& why) {
        report(why);
        table().set_aside(due->second);
        change_schedules();
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] auto list_schedules(std::string_view after, std::size_t most)
      -> std::vector<engine::schedule_record> {
    return table().list(after, most, [](error const& why) { report(why); });
  }
  /// Whether schedules were changed since this was last asked: other processes must look.
  [[nodiscard]] auto take_schedules_changed() noexcept -> bool {
    return std::exchange(changed_, false);
  }

protected:
  ~schedule_side() = default;
  /// When the first schedule wakes. Reads the file once after each change.
  [[nodiscard]] auto first_wake() -> std::optional<time_point> {
    if (!known_) {
      auto const first = table().first();
      first_ = first ? std::optional{first->first} : std::nullopt;
      known_ = true;
    }
    return first_;
  }
  /// The first of a time and of when schedules wake. `look`: they may have been changed by others.
  [[nodiscard]] auto or_wake(std::optional<time_point> other, bool look = false)
      -> std::optional<time_point> {
    if (look) forget_first_wake();
    return earlier(other, first_wake());
  }
  /// The file may say otherwise by now.
  void forget_first_wake() noexcept { known_ = false; }

private:
  [[nodiscard]] auto table() -> schedule_table& { return static_cast<Store&>(*this).schedules(); }
  void change_schedules() noexcept {
    known_ = false;
    changed_ = true;
  }
  static void report(error const& why) {
    log().error("a schedule cannot be read: it is left as it is and does nothing",
                {{"reason", why.what()}});
  }

  zone_files<> zones_;
  std::optional<time_point> first_;
  bool known_{false};
  bool changed_{false};
};

} // namespace perdure::inline v0::sqlite
