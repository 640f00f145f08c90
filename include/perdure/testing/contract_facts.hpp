// What payloads look like on the wire, as sorted lines of text.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "perdure/data/payload_type.hpp"
#include "perdure/workflow/member_message.hpp"
#include "perdure/workflow/workflow_object.hpp"

namespace perdure::inline v0::detail {

/// Facts by what they are about: `activity charge argument 1 .card` -> `string`. Names of types are
/// not among them, since they are not on the wire.
using contract_facts = std::map<std::string, std::string, std::less<>>;

template <class Period>
[[nodiscard]] auto period_text() -> std::string {
  return std::to_string(Period::num) + "/" + std::to_string(Period::den) + " s";
}

template <class T>
[[nodiscard]] auto ticks_of() -> std::string {
  if constexpr (std::is_floating_point_v<typename T::rep>) return "any";
  return period_text<typename T::period>();
}

/// Walks over a type. `Outer`: the types that it is inside of.
template <class T, class... Outer>
struct shape_walk {
  static constexpr shape is = shape_v<T>;
  contract_facts& facts;
  std::string path;

  /// Notes what is at `path` and below it.
  void walk(std::string prefix = {}) const {
    if constexpr ((std::is_same_v<T, Outer> || ...)) {
      // Which of the outer ones does not matter: they were walked already.
      facts[path] = prefix + "recursive";
    } else if constexpr (is == shape::custom) {
      inside<representation<T>>(path).walk(std::move(prefix));
    } else if constexpr (is == shape::optional) {
      each_part(typename pattern<T>::parts{}, [&]<class Part>(std::type_identity<Part>, auto) {
        this->template inside<Part>(path).walk(prefix + "optional ");
      });
    } else {
      facts[path] = prefix + value();
      below();
    }
  }

private:
  template <class Part>
  [[nodiscard]] auto inside(std::string where) const -> shape_walk<Part, T, Outer...> {
    return {facts, std::move(where)};
  }
  template <class... Parts, class Fn>
  static void each_part(types<Parts...>, Fn&& fn) {
    [[maybe_unused]] std::size_t i = 0;
    (fn(std::type_identity<Parts>{}, i++), ...);
  }
  static auto value() -> std::string {
    if constexpr (is == shape::whole)
      return "payload";
    else if constexpr (is == shape::enumeration)
      return "enum";
    else if constexpr (is == shape::aggregate)
      return "object";
    else if constexpr (is == shape::duration || is == shape::time)
      return std::string{kind_name<T>()} + " in " + ticks_of<T>();
    else if constexpr (is == shape::fixed_array || is == shape::tuple)
      return std::string{kind_name<T>()} + " of " + std::to_string(std::tuple_size_v<T>);
    else
      return std::string{kind_name<T>()};
  }
  void below() const {
    if constexpr (is == shape::enumeration) {
      for (std::string_view const name : enumerators<T>.names)
        if (!name.empty()) facts[path + "=" + std::string{name}] = "enumerator";
    } else if constexpr (is == shape::variant) {
      each_part(typename pattern<T>::parts{}, [&]<class Part>(std::type_identity<Part>, auto) {
        this->template inside<Part>(path + "<" + std::string{kind_name<Part>()} + ">").walk();
      });
    } else if constexpr (is == shape::tuple) {
      each_part(typename pattern<T>::parts{},
                [&]<class Part>(std::type_identity<Part>, std::size_t i) {
                  this->template inside<Part>(path + "[" + std::to_string(i) + "]").walk();
                });
    } else if constexpr (is == shape::map) {
      inside<typename T::key_type>(path + "{key}").walk();
      inside<typename T::mapped_type>(path + "{}").walk();
    } else if constexpr (is == shape::set || is == shape::sequence || is == shape::fixed_array) {
      inside<typename T::value_type>(path + "[]").walk();
    } else if constexpr (is == shape::aggregate) {
      fields();
    }
  }
  void fields() const {
    [&]<class... Fields, std::size_t... I>(types<Fields...>, std::index_sequence<I...>) {
      (this->template inside<Fields>(path + separator() + std::string{reflect::field_name<T, I>})
           .walk(),
       ...);
    }(member_types<T>{}, std::make_index_sequence<reflect::field_count<T>>{});
    if constexpr (has_renamed_fields<T>())
      for (renamed const& each : renamed_fields<T>)
        facts[path + separator() + std::string{each.old_name}] = "now " + std::string{each.field};
  }
  /// A blank after the name of the argument, for the eye.
  [[nodiscard]] auto separator() const -> std::string {
    bool const nested = path.find_first_of(".[{<", path.rfind(' ') + 1) != std::string::npos;
    return nested ? "." : " .";
  }
};

/// The facts about one function or message: that it is there, its arguments and its result.
template <class R, class... A>
void add_signature(contract_facts& facts, std::string const& name, signature<R, A...>) {
  facts[name] = "declared";
  [[maybe_unused]] std::size_t number = 0;
  (shape_walk<std::remove_cvref_t<A>>{facts, name + " argument " + std::to_string(++number)}.walk(),
   ...);
  using result = typename unwrap_result<R>::type;
  if constexpr (std::is_void_v<result>)
    facts[name + " result"] = "nothing";
  else
    shape_walk<result>{facts, name + " result"}.walk();
}

template <class T>
void add_message(contract_facts& facts, std::string const& before, signal<T> const& which) {
  std::string const name = before + "signal " + std::string{which.name};
  facts[name] = "declared";
  if constexpr (!std::is_void_v<T>) shape_walk<T>{facts, name + " argument 1"}.walk();
}
template <class R, class... A>
void add_message(contract_facts& facts, std::string const& before, query<R(A...)> const& which) {
  add_signature(facts, before + "query " + std::string{which.name}, signature<R, A...>{});
}
template <class R, class... A>
void add_message(contract_facts& facts, std::string const& before, update<R(A...)> const& which) {
  add_signature(facts, before + "update " + std::string{which.name}, signature<R, A...>{});
}
template <class... A>
void add_message(contract_facts& facts, std::string const& before,
                 member_signal<A...> const& which) {
  std::string const name = before + "signal " + std::string{which.name};
  facts[name] = "declared";
  [[maybe_unused]] std::size_t number = 0;
  (shape_walk<A>{facts, name + " argument " + std::to_string(++number)}.walk(), ...);
}

template <auto... M>
void add_messages_of(contract_facts& facts, std::string const& before, messages<M...>) {
  (add_message(facts, before, typename member_message<M>::declaration{member_message<M>::name()}),
   ...);
}

template <auto F>
void add_function(contract_facts& facts) {
  static_assert(callable<F>::is_checked);
  using type = std::remove_cv_t<decltype(F)>;
  std::string const kind = callable<F>::is_workflow_function ? "workflow " : "activity ";
  std::string const name = kind + std::string{registered_name<F>()};
  add_signature(facts, name, typename callable<F>::signature{});
  if constexpr (std::is_member_function_pointer_v<type> && callable<F>::is_workflow_function) {
    using object = std::remove_const_t<typename signature_of<type>::object>;
    if constexpr (!std::is_void_v<typename messages_of<object>::type>)
      add_messages_of(facts, name + " ", typename messages_of<object>::type{});
  }
}

} // namespace perdure::inline v0::detail
