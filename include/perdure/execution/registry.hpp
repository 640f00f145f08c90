// The functions a worker or replayer knows, by wire name, with their types erased.
#pragma once

#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/error.hpp"
#include "perdure/execution/activity_function.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/hidden_workflow.hpp"
#include "perdure/workflow/main_coroutine.hpp"
#if PERDURE_DEFINES
  #include "perdure/workflow/mapping/map_shards.hpp"
#endif

namespace perdure::inline v0::detail {

template <class T>
inline constexpr bool is_shared_pointer = false;
template <class T>
inline constexpr bool is_shared_pointer<std::shared_ptr<T>> = true;
template <class T>
inline constexpr bool is_shared_pointer<std::shared_ptr<T> const> = true;

/// Functions by wire name. Filled before use; read by many threads after that.
class registry {
public:
  registry();
  registry(registry const& other);
  registry(registry&& other) noexcept;
  auto operator=(registry const& other) -> registry&;
  auto operator=(registry&& other) noexcept -> registry&;
  ~registry();

  template <auto F>
  void add(std::source_location source) {
    using type = std::remove_cv_t<decltype(F)>;
    static_assert(
        !requires { F.wire_name(); },
        "perdure: a remote declaration cannot be registered: its code is elsewhere");
    static_assert(!std::is_member_function_pointer_v<type> || callable<F>::is_workflow_function,
                  "perdure: a member function needs its object: add<&type::member>(object)");
    if constexpr (callable<F>::is_workflow_function)
      insert(registered_name<F>(), &workflow_entry<F>::start, source);
    else
      insert(wire_name<F>, std::shared_ptr<activity_function>{new free_activity<F>}, source);
  }
  template <auto F, class Object>
    requires(!is_shared_pointer<Object>)
  void add(Object& object, std::source_location source) {
    insert(wire_name<F>, std::shared_ptr<activity_function>{new member_activity<F, Object>{object}},
           source);
  }
  /// The same for an object that is kept alive.
  template <auto F, class Object>
  void add(std::shared_ptr<Object> const& object, std::source_location source) {
    if (object == nullptr) refuse_null(wire_name<F>, source);
    insert(wire_name<F>, std::shared_ptr<activity_function>{new member_activity<F, Object>{object}},
           source);
  }
  /// Lets `F` be found under a second name, for histories from before it was renamed.
  template <auto F>
  void alias(std::string_view name, std::source_location source) {
    static_assert(callable<F>::is_workflow_function, "perdure: aliases are for workflows");
    insert(name, &workflow_entry<F>::start, source);
  }

  /// For tests: what answers the calls of a name from now on, whatever did so before.
  template <class Unused = void>
  void replace_workflow(std::string_view name, workflow_starter what, std::source_location source);
  template <class Unused = void>
  void replace_activity(std::string_view name, std::shared_ptr<activity_function> what,
                        std::source_location source);
  /// For tests: what answers the calls of activities that are not registered.
  void answer_unknown(std::shared_ptr<activity_function> what);

  /// Of one that was added, or that the library has of its own; else null.
  template <class Unused = void>
  [[nodiscard]] auto workflow(std::string_view name) const -> workflow_starter;
  template <class Unused = void>
  [[nodiscard]] auto activity(std::string_view name) const -> activity_function*;
  [[nodiscard]] auto has_workflows() const noexcept -> bool { return !workflows_.empty(); }
  [[nodiscard]] auto has_activities() const noexcept -> bool {
    return !activities_.empty() || unknown_ != nullptr;
  }
  /// The names of one kind, for messages: `a, b, c`.
  template <class Unused = void>
  [[nodiscard]] auto workflow_names() const -> std::string;
  template <class Unused = void>
  [[nodiscard]] auto activity_names() const -> std::string;

private:
  template <class T>
  struct entry {
    T what;
    std::source_location source;
  };
  template <class T>
  using table = std::map<std::string, entry<T>, std::less<>>;

  [[noreturn, gnu::cold]] static void refuse_null(std::string_view name,
                                                  std::source_location source);
  void insert(std::string_view name, workflow_starter what, std::source_location source);
  void insert(std::string_view name, std::shared_ptr<activity_function> what,
              std::source_location source);
  template <class T>
  static void insert_into(table<T>& all, std::string_view name, T what,
                          std::source_location source);
  [[nodiscard]] static auto place(std::source_location source) -> std::string;
  template <class T>
  [[nodiscard]] static auto names(table<T> const& of) -> std::string;

  table<workflow_starter> workflows_;
  table<std::shared_ptr<activity_function>> activities_;
  std::shared_ptr<activity_function> unknown_{};
};

/// For tests: the way to what a worker or replayer has registered.
struct registry_access {
  template <class Owner>
  [[nodiscard]] static auto of(Owner& owner) noexcept -> auto& {
    return owner.registry_;
  }
};

#if PERDURE_DEFINES
PERDURE_INLINE registry::registry() = default;
PERDURE_INLINE registry::registry(registry const& other) = default;
PERDURE_INLINE registry::registry(registry&& other) noexcept = default;
PERDURE_INLINE auto registry::operator=(registry const& other) -> registry& = default;
PERDURE_INLINE auto registry::operator=(registry&& other) noexcept -> registry& = default;
PERDURE_INLINE registry::~registry() = default;
PERDURE_INLINE void registry::answer_unknown(std::shared_ptr<activity_function> what) {
  unknown_ = std::move(what);
}
PERDURE_INLINE void registry::refuse_null(std::string_view name, std::source_location source) {
  throw error{errc::invalid_argument, "the object of activity '" + std::string{name} +
                                          "' is null (registered at " + place(source) + ")"};
}
template <class T>
void registry::insert_into(table<T>& all, std::string_view name, T what,
                           std::source_location source) {
  auto const found = all.find(name);
  if (found != all.end())
    throw error{errc::already_registered,
                "two functions are registered as '" + std::string{name} + "': at " +
                    place(found->second.source) + " and at " + place(source) +
                    "; give one another name with template <> inline constexpr auto "
                    "perdure::wire_name<f>"};
  all.emplace(std::string{name}, entry<T>{std::move(what), source});
}
PERDURE_INLINE void registry::insert(std::string_view name, workflow_starter what,
                                     std::source_location source) {
  insert_into(workflows_, name, what, source);
}
PERDURE_INLINE void registry::insert(std::string_view name, std::shared_ptr<activity_function> what,
                                     std::source_location source) {
  insert_into(activities_, name, std::move(what), source);
}
PERDURE_INLINE auto registry::place(std::source_location source) -> std::string {
  return std::string{source.file_name()} + ":" + std::to_string(source.line());
}
template <class T>
auto registry::names(table<T> const& of) -> std::string {
  std::string all;
  for (auto const& [name, unused] : of) all += (all.empty() ? "" : ", ") + name;
  return all.empty() ? "none" : all;
}
template <class Unused>
void registry::replace_workflow(std::string_view name, workflow_starter what,
                                std::source_location source) {
  workflows_.insert_or_assign(std::string{name}, entry<workflow_starter>{what, source});
}
template <class Unused>
void registry::replace_activity(std::string_view name, std::shared_ptr<activity_function> what,
                                std::source_location source) {
  activities_.insert_or_assign(std::string{name},
                               entry<std::shared_ptr<activity_function>>{std::move(what), source});
}
template <class Unused>
auto registry::workflow(std::string_view name) const -> workflow_starter {
  if (auto const found = workflows_.find(name); found != workflows_.end())
    return found->second.what;
  return name == map_shard_name ? &start_raw<&run_map_shard<Unused>> : hidden_workflow::find(name);
}
template <class Unused>
auto registry::activity(std::string_view name) const -> activity_function* {
  auto const found = activities_.find(name);
  return found == activities_.end() ? unknown_.get() : found->second.what.get();
}
template <class Unused>
auto registry::workflow_names() const -> std::string {
  return names(workflows_);
}
template <class Unused>
auto registry::activity_names() const -> std::string {
  return names(activities_);
}
  #ifdef PERDURE_SOURCE
template void registry::replace_workflow<void>(std::string_view name, workflow_starter what,
                                               std::source_location source);
template void registry::replace_activity<void>(std::string_view name,
                                               std::shared_ptr<activity_function> what,
                                               std::source_location source);
template auto registry::workflow<void>(std::string_view name) const -> workflow_starter;
template auto registry::activity<void>(std::string_view name) const -> activity_function*;
template auto registry::workflow_names<void>() const -> std::string;
template auto registry::activity_names<void>() const -> std::string;
  #endif
#endif

} // namespace perdure::inline v0::detail
