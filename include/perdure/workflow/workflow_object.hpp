// The object behind a run of a workflow class: it takes the messages that the class lists.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/workflow/handle_query.hpp"
#include "perdure/workflow/handle_update.hpp"
#include "perdure/workflow/on_signal.hpp"

namespace perdure::inline v0::detail {

/// Something that lives as long as its run is at hand.
class run_object {
public:
  virtual ~run_object() = default;
};

/// Calls a member function of an object.
template <auto M, class Object, class Signature = typename callable<M>::signature>
struct member_call;
template <auto M, class Object, class R, class... A>
struct member_call<M, Object, signature<R, A...>> {
  Object* object;
  PERDURE_CORO_WRAPPER auto operator()(A... a) const -> R {
    return (object->*M)(static_cast<A&&>(a)...);
  }
};

template <class Object, auto Listed,
          class Signature = typename callable<listed_member<Listed>::member>::signature>
struct registered_member;

/// Registers one entry of a class's `messages`.
template <class Object, auto Listed, class R, class... A>
struct registered_member<Object, Listed, signature<R, A...>> {
  using Entry = listed_member<Listed>;
  static constexpr auto M = Entry::member;
  using message = member_message<Listed>;
  static_assert(std::is_base_of_v<typename message::object, Object>,
                "perdure: messages lists a member function of another class");
  static_assert(((!std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>) &&
                 ...),
                "perdure: parameters of messages are values or const references");
  static constexpr bool has_validator =
      !std::is_same_v<decltype(Entry::validator), std::nullptr_t const>;
  static_assert(!has_validator || message::kind == message_kind::update,
                "perdure: only an update has a validator: a non-const member that returns a value");
  static_assert(!(Entry::abandonable && message::kind == message_kind::query),
                "perdure: a query is answered at once: there is nothing to abandon");

  static auto add(Object& object) -> handler_registration {
    handler_options options{};
    if (Entry::abandonable) options.unfinished = unfinished_handlers::abandon;
    if constexpr (message::kind == message_kind::signal) {
      return register_handler(
          "messages", make_signal_handler<member_call<M, Object>, std::remove_cvref_t<A>...>(
                          message::name(), member_call<M, Object>{&object}, std::move(options)));
    } else if constexpr (message::kind == message_kind::query) {
      using call = member_call<M, Object const>;
      return register_handler(
          "messages", make_query_handler<call, typename message::result, std::remove_cvref_t<A>...>(
                          message::name(), call{&object}, std::move(options)));
    } else {
      return register_handler(
          "messages", make_update_handler<member_call<M, Object>, decltype(validator(object)),
                                          typename message::result, std::remove_cvref_t<A>...>(
                          message::name(), member_call<M, Object>{&object}, validator(object),
                          std::move(options)));
    }
  }
  static auto validator([[maybe_unused]] Object& object) {
    if constexpr (has_validator) {
      static_assert(
          std::is_invocable_v<decltype(Entry::validator), Object const&,
                              std::remove_cvref_t<A> const&...>,
          "perdure: the validator of an update is a const member with the update's parameters");
      return member_call<Entry::validator, Object const>{&object};
    } else {
      return accept_all{};
    }
  }
};

template <class Object, class List>
struct registered_messages;
template <class Object, auto... M>
struct registered_messages<Object, messages<M...>> {
  static auto add(Object& object) -> std::array<handler_registration, sizeof...(M)> {
    return {registered_member<Object, M>::add(object)...};
  }
};
template <class Object>
struct registered_messages<Object, void> {
  static auto add(Object&) -> std::array<handler_registration, 0> { return {}; }
};

template <class Object>
struct messages_of {
  using type = void;
};
template <class Object>
  requires requires { typename Object::messages; }
struct messages_of<Object> {
  using type = typename Object::messages;
};

/// The object of one run and its handlers. It is made of the start's arguments if its class can be,
/// else of nothing; an aggregate is not: its members are state, not parameters.
template <class Object, class... A>
class object_of final : public run_object {
public:
  explicit object_of(std::tuple<A...> const& arguments)
      : object_(make(arguments)),
        handlers_{registered_messages<Object, typename messages_of<Object>::type>::add(object_)} {}
  object_of(object_of const&) = delete;
  auto operator=(object_of const&) -> object_of& = delete;
  [[nodiscard]] auto get() noexcept -> Object& { return object_; }

private:
  static auto make([[maybe_unused]] std::tuple<A...> const& arguments) -> Object {
    constexpr bool takes_arguments = sizeof...(A) > 0 && !std::is_aggregate_v<Object> &&
                                     std::is_constructible_v<Object, A const&...>;
    static_assert(takes_arguments || std::is_default_constructible_v<Object>,
                  "perdure: a workflow class needs a constructor that takes the parameters of its "
                  "run member, or one that takes nothing");
    if constexpr (takes_arguments)
      return std::make_from_tuple<Object>(arguments);
    else
      return Object();
  }

  Object object_;
  decltype(registered_messages<Object, typename messages_of<Object>::type>::add(
      std::declval<Object&>())) handlers_; ///< After the object: they refer to it.
};

} // namespace perdure::inline v0::detail
