// The coroutine that a run begins with, and how it is made from recorded arguments.
#pragma once

#include <coroutine>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/config.hpp"
#include "perdure/data/detail/owned.hpp"
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
  main_coroutine(workflow<T>&& started, owned<run_object> object)
      : main_coroutine{std::move(started)} {
    object_ = std::move(object);
  }
  main_coroutine(main_coroutine&& other) noexcept
      : object_{std::move(other.object_)},
        handle_{std::exchange(other.handle_, nullptr)},
        promise_{other.promise_},
        encode_{other.encode_} {}
  auto operator=(main_coroutine&& other) noexcept -> main_coroutine&;
  ~main_coroutine() { destroy(); }

  void destroy();
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
    } else if constexpr (std::is_same_v<T, payloads>) {
      return promise.take();
    } else {
      return to_payloads(promise.take());
    }
  }
  owned<run_object> object_{};
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
    constexpr bool is_member = std::is_member_function_pointer_v<std::remove_cv_t<decltype(F)>>;
    if constexpr (sizeof...(A) == 1 && !is_member)
      return main_coroutine{F(from_only_payload<std::remove_cv_t<A>>(input)...)};
    else
      return start_with<is_member>(from_payloads<std::remove_cv_t<A>...>(input),
                                   std::index_sequence_for<A...>{});
  }

private:
  template <bool IsMember, std::size_t... I>
  static auto start_with([[maybe_unused]] std::tuple<std::remove_cv_t<A>...> arguments,
                         std::index_sequence<I...>) -> main_coroutine {
    if constexpr (IsMember) {
      using object =
          std::remove_const_t<typename signature_of<std::remove_cv_t<decltype(F)>>::object>;
      auto made = make_owned<object_of<object, std::remove_cv_t<A>...>>(arguments);
      object& runs = made->get();
      return main_coroutine{(runs.*F)(std::get<I>(std::move(arguments))...), std::move(made)};
    } else {
      return main_coroutine{F(std::get<I>(std::move(arguments))...)};
    }
  }
};

#if PERDURE_DEFINES
PERDURE_INLINE auto main_coroutine::operator=(main_coroutine&& other) noexcept -> main_coroutine& {
  std::swap(object_, other.object_);
  std::swap(handle_, other.handle_);
  promise_ = other.promise_;
  encode_ = other.encode_;
  return *this;
}
PERDURE_INLINE void main_coroutine::destroy() {
  if (auto const dead = std::exchange(handle_, nullptr)) dead.destroy();
  object_.reset();
}
#endif

} // namespace perdure::inline v0::detail
