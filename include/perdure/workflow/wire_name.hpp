// The names that functions have in histories and task queues: by default the function's own.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace perdure::inline v0 {

namespace detail::naming {

template <std::size_t N>
struct fixed_string {
  consteval fixed_string(char const (&text)[N]) {
    for (std::size_t i = 0; i < N; ++i) chars[i] = text[i];
  }
  [[nodiscard]] constexpr auto view() const noexcept -> std::string_view { return {chars, N - 1}; }
  char chars[N]{};
};

/// `F` as the compiler spells it: `&scope::name`, `scope::name` or `&type::member`.
template <auto F>
consteval auto spelled() -> std::string_view {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("F = ") + 4);
  // GCC goes on with `; std::string_view = ...]`, Clang ends with `]`.
  text = text.substr(0, text.find(';'));
  if (text.ends_with(']')) text.remove_suffix(1);
  return text;
}

consteval auto unqualified(std::string_view spelled) -> std::string_view {
  auto const scope = spelled.rfind("::");
  if (scope != std::string_view::npos) spelled.remove_prefix(scope + 2);
  if (spelled.starts_with('&')) spelled.remove_prefix(1);
  return spelled;
}

consteval auto is_identifier(std::string_view text) -> bool {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (char c : text)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
          static_cast<unsigned char>(c) >= 0x80))
      return false;
  return true;
}

/// The unqualified name of the class of a member function, empty if it is no plain name.
template <auto F>
consteval auto class_name() -> std::string_view {
  std::string_view text = spelled<F>();
  text = unqualified(text.substr(0, text.rfind("::")));
  return is_identifier(text) ? text : std::string_view{};
}

template <auto F>
consteval auto default_wire_name() -> std::string_view {
  using type = std::remove_cv_t<decltype(F)>;
  if constexpr (requires { F.wire_name(); }) {
    return F.wire_name();
  } else {
    static_assert(std::is_pointer_v<type> || std::is_member_function_pointer_v<type>,
                  "perdure: a lambda or function object has no name of its own: name it with "
                  "template <> inline constexpr auto perdure::wire_name<f> = \"Name\";");
    constexpr std::string_view name = unqualified(spelled<F>());
    static_assert(!std::is_pointer_v<type> || is_identifier(name),
                  "perdure: a function template has no name of its own: name this instance with "
                  "template <> inline constexpr auto perdure::wire_name<f> = \"Name\";");
    return name;
  }
}

} // namespace detail::naming

namespace detail {
using naming::fixed_string;
} // namespace detail

/// The name of a function in histories and task queues: its own unqualified name, unless it is
/// specialised. (An instance of a function template has none: GCC says so here, Clang spells it
/// without its arguments, and two instances then meet at `add`, which throws.) Do that right after
/// the function's declaration, so that call sites and workers agree:
///
///     template <> inline constexpr auto perdure::wire_name<my_workflow> = "MyWorkflow";
template <auto F>
inline constexpr auto wire_name = detail::naming::default_wire_name<F>();

} // namespace perdure::inline v0
