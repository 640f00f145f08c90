// What can be called durably: the signature of an activity or a workflow, from the function itself.
#pragma once

#include <source_location>
#include <string_view>
#include <type_traits>

#include "perdure/activity/activity.hpp"
#include "perdure/data/converter.hpp"
#include "perdure/data/shared_string.hpp"
#include "perdure/limits.hpp"
#include "perdure/workflow/wire_name.hpp"
#include "perdure/workflow/workflow.hpp"

namespace perdure::inline v0 {

/// An activity that another program registers, perhaps in another language. Call it like a
/// function: `inline constexpr perdure::remote_activity<"charge", receipt(payment)> charge;`, then
/// `execute_activity<charge>(payment, options)`.
template <detail::fixed_string Name, class Signature>
struct remote_activity {
  static constexpr auto wire_name() noexcept -> std::string_view { return Name.view(); }
};

/// A workflow that another program registers. The signature's result is the workflow's:
/// `receipt(order)`.
template <detail::fixed_string Name, class Signature>
struct remote_workflow {
  static constexpr auto wire_name() noexcept -> std::string_view { return Name.view(); }
};

namespace detail {

template <class...>
struct type_list {};

template <class R, class... A>
struct signature {
  using result = R;
  using arguments = type_list<A...>;
  static constexpr std::size_t arity = sizeof...(A);
  template <template <class, class...> class To>
  using apply = To<R, A...>;
};

/// The signature of a function, a member function or a remote declaration, as a type.
template <class F>
struct signature_of;
template <class R, class... A>
struct signature_of<R (*)(A...)> : signature<R, A...> {};
template <class R, class... A>
struct signature_of<R (*)(A...) noexcept> : signature<R, A...> {};
template <class C, class R, class... A>
struct signature_of<R (C::*)(A...)> : signature<R, A...> {
  using object = C;
};
template <class C, class R, class... A>
struct signature_of<R (C::*)(A...) const> : signature<R, A...> {
  using object = C const;
};
template <class C, class R, class... A>
struct signature_of<R (C::*)(A...) noexcept> : signature<R, A...> {
  using object = C;
};
template <class C, class R, class... A>
struct signature_of<R (C::*)(A...) const noexcept> : signature<R, A...> {
  using object = C const;
};
template <fixed_string Name, class R, class... A>
struct signature_of<remote_activity<Name, R(A...)>> : signature<R, A...> {};
template <fixed_string Name, class R, class... A>
struct signature_of<remote_workflow<Name, R(A...)>> : signature<workflow<R>, A...> {};

template <class T>
struct unwrap_result {
  using type = T;
};
template <class T>
struct unwrap_result<workflow<T>> {
  using type = T;
};
template <class T>
struct unwrap_result<activity<T>> {
  using type = T;
};

template <class T>
consteval void check_result() {
  if constexpr (!std::is_void_v<T>) {
    static_assert(!std::is_reference_v<T>, "perdure: a durable result is a value, not a reference");
    require_payload_type<T>();
  }
}

template <class A>
consteval void check_parameter() {
  static_assert(
      !std::is_reference_v<A>,
      "perdure: parameters of workflows and activities are values: a reference would dangle "
      "after the first await, and cannot be recorded");
  if constexpr (!std::is_reference_v<A>) require_payload_type<std::remove_cv_t<A>>();
}

template <class Signature>
struct check_signature;
template <class R, class... A>
struct check_signature<signature<R, A...>> {
  static consteval auto run() -> bool {
    static_assert(sizeof...(A) <= limits::call_arity_max,
                  "perdure: at most 8 parameters: put them into one struct, which can also evolve");
    check_result<typename unwrap_result<R>::type>();
    (check_parameter<A>(), ...);
    return true;
  }
};
template <class R, class... A>
auto base_signature(signature<R, A...> const&) -> signature<R, A...>;

/// All that a call site and a worker need to know about `F` at compile time.
template <auto F>
struct callable {
  using type = std::remove_cv_t<decltype(F)>;
  static_assert(
      requires { typename signature_of<type>::result; },
      "perdure: name a function, a member function (&type::member), or a remote_activity or "
      "remote_workflow; an overload set or template needs a cast or arguments to say which");
  using signature = decltype(base_signature(std::declval<signature_of<type> const&>()));
  using raw_result = typename signature::result;
  using result = typename unwrap_result<raw_result>::type;
  static constexpr bool is_workflow_function = is_workflow<raw_result>;
  static constexpr bool is_checked = check_signature<signature>::run();
};

/// The name under which `F` is registered and called: its wire name; for the member function that
/// runs a workflow class, that of the class, unless `F` was given another.
template <auto F>
consteval auto registered_name() -> std::string_view {
  if constexpr (std::is_member_function_pointer_v<typename callable<F>::type> &&
                callable<F>::is_workflow_function) {
    if (std::string_view{wire_name<F>} == naming::default_wire_name<F>()) {
      static_assert(!naming::class_name<F>().empty(),
                    "perdure: a class template has no name of its own: name this workflow with "
                    "template <> inline constexpr auto perdure::wire_name<&type::run> = \"Name\";");
      return naming::class_name<F>();
    }
  }
  return wire_name<F>;
}
/// The same as a shared string: made once, copied without an allocation.
template <auto F>
[[nodiscard]] auto shared_wire_name() -> shared_string const& {
  static shared_string const name = shared_string::permanent(registered_name<F>());
  return name;
}

} // namespace detail
} // namespace perdure::inline v0
