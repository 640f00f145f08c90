// What a member function of a workflow class is: a query, a signal or an update, and its name.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/query.hpp"
#include "perdure/workflow/signal.hpp"
#include "perdure/workflow/update.hpp"

namespace perdure::inline v0 {

enum class message_kind : unsigned char {
  signal, ///< Sent, and that is all.
  query,  ///< Answered at once, changes nothing.
  update, ///< Accepted or rejected, then run, with a result.
};

namespace detail {

template <auto Update, auto Validator>
struct validated_member {};
template <auto Member>
struct abandonable_member {};
template <auto Member>
struct update_member {};

/// An entry of `messages`: a member function, and what was said about it.
template <auto M, class = std::remove_cv_t<decltype(M)>>
struct listed_member {
  static constexpr auto member = M;
  static constexpr bool is_update = false;
  static constexpr bool abandonable = false;
  static constexpr auto validator = nullptr;
};
template <auto M, auto U, auto V>
struct listed_member<M, validated_member<U, V>> : listed_member<U> {
  static constexpr auto validator = V;
};
template <auto M, auto U>
struct listed_member<M, abandonable_member<U>> : listed_member<U> {
  static constexpr bool abandonable = true;
};
template <auto M, auto U>
struct listed_member<M, update_member<U>> : listed_member<U> {
  static constexpr bool is_update = true;
};

/// A signal that is a member function with any number of parameters.
template <class... A>
struct member_signal {
  std::string_view name{};

  [[nodiscard]] static auto encode(A const&... arguments) -> payloads {
    return to_payloads(arguments...);
  }
};

template <class... A>
struct signal_of_parameters {
  using type = member_signal<A...>;
};
template <class T>
struct signal_of_parameters<T> {
  using type = signal<T>;
};
template <>
struct signal_of_parameters<> {
  using type = signal<>;
};

template <message_kind K, class R, class... A>
struct declaration_of;
template <class R, class... A>
struct declaration_of<message_kind::signal, R, A...>
    : signal_of_parameters<std::remove_cvref_t<A>...> {};
template <class R, class... A>
struct declaration_of<message_kind::query, R, A...> {
  using type = query<R(std::remove_cvref_t<A>...)>;
};
template <class R, class... A>
struct declaration_of<message_kind::update, R, A...> {
  using type = update<R(std::remove_cvref_t<A>...)>;
};

} // namespace detail

/// What `&type::member` is to the workflow class: const members are queries, others are signals if
/// they return void or workflow<void>, else updates. `kind`; `name()`, the member's unqualified
/// name; `result`, without workflow<>; `declaration`, the `signal`, `query` or `update` that stands
/// for it outside.
template <auto Entry>
struct member_message {
private:
  static constexpr auto Member = detail::listed_member<Entry>::member;
  using type = std::remove_cv_t<decltype(Member)>;
  static_assert(std::is_member_function_pointer_v<type>,
                "perdure: name a member function of a workflow class: &type::member");
  using signature = typename detail::callable<Member>::signature;
  using raw_result = typename detail::callable<Member>::raw_result;

public:
  using result = typename detail::callable<Member>::result;
  using object = std::remove_const_t<typename detail::signature_of<type>::object>;
  static constexpr bool is_const = std::is_const_v<typename detail::signature_of<type>::object>;
  static constexpr message_kind kind = detail::listed_member<Entry>::is_update
                                           ? message_kind::update
                                       : is_const               ? message_kind::query
                                       : std::is_void_v<result> ? message_kind::signal
                                                                : message_kind::update;
  static_assert(!(is_const && std::is_void_v<result>),
                "perdure: a const member is a query and gives something; a signal changes the "
                "workflow and is not const");
  static_assert(!(is_const && detail::is_workflow<raw_result>),
                "perdure: a const member is a query, which cannot await: return the value itself");
  [[nodiscard]] static constexpr auto name() noexcept -> std::string_view {
    return wire_name<Member>;
  }

private:
  template <class R, class... A>
  using declared = typename detail::declaration_of<kind, result, A...>::type;

public:
  using declaration = typename signature::template apply<declared>;
};

/// The `signal`, `query` or `update` that a member function of a workflow class is to senders:
/// `handle.signal(message_of<&order::approve>, value)`.
template <auto Member>
inline constexpr
    typename member_message<Member>::declaration message_of{member_message<Member>::name()};

namespace detail {

/// For senders: the declaration that a member stands for, if it is of the kind that is sent.
template <auto Member>
[[nodiscard]] constexpr auto signal_member() noexcept {
  static_assert(member_message<Member>::kind == message_kind::signal,
                "perdure: a signal is a member that is not const and returns void or "
                "workflow<void>");
  return message_of<Member>;
}
template <auto Member>
[[nodiscard]] constexpr auto query_member() noexcept {
  static_assert(member_message<Member>::kind == message_kind::query,
                "perdure: a query is a const member: one that could change the workflow is none");
  return message_of<Member>;
}
template <auto Member>
[[nodiscard]] constexpr auto update_member_of() noexcept {
  static_assert(member_message<Member>::kind == message_kind::update,
                "perdure: an update is a member that is not const and returns a value, or that "
                "as_update marks");
  return message_of<Member>;
}

} // namespace detail

/// Lists the messages of a workflow class, after their declarations:
///
///     using messages = perdure::messages<&order::approve, &order::status, &order::add_item>;
///
/// The class is registered, started and executed by its run member (`add<&order::run>()`) and is
/// known by its name; messages are known by the names of their members. For each run there is one
/// object, made in its first workflow task: of the arguments of the start if a constructor takes
/// them (of an aggregate they are no members), else of nothing. What leaves a constructor as a
/// failure fails the run, another exception the workflow task. Signals and updates that came before
/// the first task are handled before run begins. The object outlives run: it answers queries when
/// the run is closed, too. Handlers that still work when run ends never finish; a warning is logged
/// unless they are `abandonable`.
template <auto... Members>
struct messages {};

/// In that list, and for senders: a member that returns void or workflow<void> and is an update,
/// not a signal: whoever sends it waits for its end.
template <auto Member>
inline constexpr detail::update_member<Member> as_update{};

/// In that list: an update with its validator, a const member with the same parameters that returns
/// void and throws to reject the update.
template <auto Update, auto Validator>
inline constexpr detail::validated_member<Update, Validator> validated{};

/// In that list: a signal or an update whose handler may still run when the workflow ends, without
/// a warning.
template <auto Member>
inline constexpr detail::abandonable_member<Member> abandonable{};

} // namespace perdure::inline v0
