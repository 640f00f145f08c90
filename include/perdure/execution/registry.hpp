// The functions a worker or replayer knows, by wire name, with their types erased.
#pragma once

#include <coroutine>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "perdure/error.hpp"
#include "perdure/execution/activity_function.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/workflow.hpp"
#include "perdure/workflow/workflow_object.hpp"

namespace perdure::inline v0::detail {

/// The first coroutine of a run, with its type erased. Owns the frame, and the object of a workflow
/// class, which outlives it.
class main_coroutine {
public:
  main_coroutine() noexcept = default;
  template <class T>
  explicit main_coroutine(workflow<T>&& started)
      : handle_{started.handle()},
        promise_{&started.handle().promise()},
        encode_{&encode_result<T>} {
    workflow<T>::release(std::move(started));
  }
  template <class T>
  main_coroutine(workflow<T>&& started, std::unique_ptr<run_object> object)
      : main_coroutine{std::move(started)} {
    object_ = std::move(object);
  }
  main_coroutine(main_coroutine&& other) noexcept
      : object_{std::move(other.object_)},
        handle_{std::exchange(other.handle_, nullptr)},
        promise_{other.promise_},
        encode_{other.encode_} {}
  auto operator=(main_coroutine&& other) noexcept -> main_coroutine& {
    std::swap(object_, other.object_);
    std::swap(handle_, other.handle_);
    promise_ = other.promise_;
    encode_ = other.encode_;
    return *this;
  }
  ~main_coroutine() { destroy(); }

  void destroy() {
    if (auto const dead = std::exchange(handle_, nullptr)) dead.destroy();
    object_.reset();
  }
  [[nodiscard]] auto handle() const noexcept -> std::coroutine_handle<> { return handle_; }
  [[nodiscard]] auto promise() const noexcept -> promise_base& { return *promise_; }
  [[nodiscard]] auto done() const noexcept -> bool { return handle_ && handle_.done(); }
  /// The result, as payloads; rethrows what left the coroutine. \pre done()
  [[nodiscard]] auto result() const -> payloads { return encode_(*promise_); }

private:
  template <class T>
  static auto encode_result(promise_base& base) -> payloads {
    auto& promise = static_cast<promise_of<T>&>(base);
    if constexpr (std::is_void_v<T>) {
      promise.take();
      return {};
    } else {
      return to_payloads(promise.take());
    }
  }
  std::unique_ptr<run_object> object_{};
  std::coroutine_handle<> handle_{};
  promise_base* promise_{nullptr};
  auto (*encode_)(promise_base&) -> payloads{nullptr};
};

/// Calls the workflow function with decoded arguments; the coroutine has not run yet.
using workflow_starter = auto (*)(payloads const& input) -> main_coroutine;

template <auto F, class Signature = typename callable<F>::signature>
struct workflow_entry;
template <auto F, class R, class... A>
struct workflow_entry<F, signature<R, A...>> {
  static_assert(callable<F>::is_checked);
  static auto start(payloads const& input) -> main_coroutine {
    auto arguments = from_payloads<std::remove_cv_t<A>...>(input);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      if constexpr (std::is_member_function_pointer_v<std::remove_cv_t<decltype(F)>>) {
        using object =
            std::remove_const_t<typename signature_of<std::remove_cv_t<decltype(F)>>::object>;
        auto made = std::make_unique<object_of<object, std::remove_cv_t<A>...>>(arguments);
        object& runs = made->get();
        return main_coroutine{(runs.*F)(std::get<I>(std::move(arguments))...), std::move(made)};
      } else {
        return main_coroutine{F(std::get<I>(std::move(arguments))...)};
      }
    }(std::index_sequence_for<A...>{});
  }
};

/// Functions by wire name. Filled before use; read by many threads after that.
class registry {
public:
  template <auto F>
  void add(std::source_location source) {
    using type = std::remove_cv_t<decltype(F)>;
    static_assert(
        !requires { F.wire_name(); },
        "perdure: a remote declaration cannot be registered: its code is elsewhere");
    static_assert(!std::is_member_function_pointer_v<type> || callable<F>::is_workflow_function,
                  "perdure: a member function needs its object: add<&type::member>(object)");
    if constexpr (callable<F>::is_workflow_function)
      insert(workflows_, registered_name<F>(), &workflow_entry<F>::start, source);
    else
      insert(activities_, wire_name<F>, std::shared_ptr<activity_function>{new free_activity<F>},
             source);
  }
  template <auto F, class Object>
  void add(Object& object, std::source_location source) {
    insert(activities_, wire_name<F>,
           std::shared_ptr<activity_function>{new member_activity<F, Object>{object}}, source);
  }
  /// Lets `F` be found under a second name, for histories from before it was renamed.
  template <auto F>
  void alias(std::string_view name, std::source_location source) {
    static_assert(callable<F>::is_workflow_function, "perdure: aliases are for workflows");
    insert(workflows_, name, &workflow_entry<F>::start, source);
  }

  [[nodiscard]] auto workflow(std::string_view name) const -> workflow_starter {
    auto const found = workflows_.find(name);
    return found == workflows_.end() ? nullptr : found->second.what;
  }
  [[nodiscard]] auto activity(std::string_view name) const -> activity_function* {
    auto const found = activities_.find(name);
    return found == activities_.end() ? nullptr : found->second.what.get();
  }
  [[nodiscard]] auto has_workflows() const noexcept -> bool { return !workflows_.empty(); }
  [[nodiscard]] auto has_activities() const noexcept -> bool { return !activities_.empty(); }
  /// The names of one kind, for messages: `a, b, c`.
  [[nodiscard]] auto workflow_names() const -> std::string { return names(workflows_); }
  [[nodiscard]] auto activity_names() const -> std::string { return names(activities_); }

private:
  template <class T>
  struct entry {
    T what;
    std::source_location source;
  };
  template <class T>
  using table = std::map<std::string, entry<T>, std::less<>>;

  template <class T>
  static void insert(table<T>& into, std::string_view name, T what, std::source_location source) {
    auto const found = into.find(name);
    if (found != into.end())
      throw error{errc::already_registered,
                  "two functions are registered as '" + std::string{name} + "': at " +
                      place(found->second.source) + " and at " + place(source) +
                      "; give one another name with template <> inline constexpr auto "
                      "perdure::wire_name<f>"};
    into.emplace(std::string{name}, entry<T>{std::move(what), source});
  }
  [[nodiscard]] static auto place(std::source_location source) -> std::string {
    return std::string{source.file_name()} + ":" + std::to_string(source.line());
  }
  template <class T>
  [[nodiscard]] static auto names(table<T> const& of) -> std::string {
    std::string all;
    for (auto const& [name, unused] : of) all += (all.empty() ? "" : ", ") + name;
    return all.empty() ? "none" : all;
  }
  table<workflow_starter> workflows_;
  table<std::shared_ptr<activity_function>> activities_;
};

} // namespace perdure::inline v0::detail
