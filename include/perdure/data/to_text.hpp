// Values as text for people, the way Python prints a dataclass. Nothing reads it back.
#pragma once

#include "perdure/data/detail/json_write.hpp"
#include "perdure/data/detail/shape.hpp"

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace perdure::inline v0 {

namespace detail {

/// In single quotes; what does not print is escaped, UTF-8 is left as it is.
template <class Unused = void>
void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  constexpr std::string_view named = "\n\r\t\\'";
  constexpr std::string_view names = "nrt\\'";
  out += '\'';
  for (std::size_t i = 0; i < text.size();) {
    auto const length = utf8_length(text.data() + i, text.data() + text.size());
    auto const byte = static_cast<unsigned char>(text[i]);
    if (auto const known = named.find(text[i]); known != std::string_view::npos) {
      (out += '\\') += names[known];
    } else if (length == 0 || byte < 0x20 || byte == 0x7F) {
      ((out += "\\x") += hex[byte >> 4]) += hex[byte & 15];
    } else {
      out += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  out += '\'';
}

template <class Number>
void append_number(std::string& out, Number number) {
  char text[floating_chars_max];
  if constexpr (std::is_integral_v<Number>)
    out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
  else if (__builtin_isnan(number))
    out += "nan";
  else if (!__builtin_isfinite(number))
    out += number > 0 ? "inf" : "-inf";
  else
    out.append(text, write_floating(text, number));
}

template <class T>
void append_text(std::string& out, T const& value);

/// Separates items: a comma before each but the first.
class text_list {
public:
  text_list(std::string& out, std::string_view open) : out_{out} { out_ += open; }
  void next() {
    if (!first_) out_ += ", ";
    first_ = false;
  }

private:
  std::string& out_;
  bool first_{true};
};

template <class Items>
void append_items(std::string& out, Items const& items, char open, char close) {
  text_list list{out, {&open, 1}};
  for_each_sorted(items, [&](auto const& item) {
    list.next();
    if constexpr (requires { typename Items::mapped_type; }) {
      append_text(out, item.first);
      out += ": ";
      append_text(out, item.second);
    } else {
      append_text(out, static_cast<typename Items::value_type const&>(item));
    }
  });
  out += close;
}

template <class T>
void append_clock(std::string& out, T const& value) {
  if constexpr (shape_v<T> == shape::time) {
    if (!append_time(out, value)) out += "time out of range";
  } else if constexpr (std::is_floating_point_v<typename T::rep>) {
    if (__builtin_isfinite(value.count()))
      append_duration(out, value);
    else
      append_number(out, value.count());
  } else {
    append_duration(out, value);
  }
}

template <class T>
void append_text(std::string& out, T const& value) {
  constexpr auto is = shape_v<T>;
  if constexpr (is == shape::custom)
    append_text(out, static_cast<representation<T> const&>(payload_traits<T>::to(value)));
  else if constexpr (is == shape::null)
    out += "None";
  else if constexpr (is == shape::whole)
    ((out += "payload(") += value.metadata.encoding()) +=
        ", " + std::to_string(value.data.size()) + " bytes)";
  else if constexpr (is == shape::boolean)
    out += value ? "True" : "False";
  else if constexpr (is == shape::character)
    append_quoted(out, {&value, 1});
  else if constexpr (is == shape::integer || is == shape::floating)
    append_number(out, value);
  else if constexpr (is == shape::enumeration) {
    if (auto const name = reflect::enum_name(value); !name.empty())
      out += name;
    else
      append_number(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (is == shape::text || is == shape::text_view)
    append_quoted(out, value);
  else if constexpr (is == shape::bytes)
    append_quoted(out += 'b', bytes_view(value));
  else if constexpr (is == shape::optional) {
    if (value.has_value())
      append_text(out, *value);
    else
      out += "None";
  } else if constexpr (is == shape::variant)
    value.valueless_by_exception() ? void(out += "None")
                                   : std::visit([&](auto const& v) { append_text(out, v); }, value);
  else if constexpr (is == shape::duration || is == shape::time)
    append_clock(out, value);
  else if constexpr (is == shape::map || is == shape::set)
    append_items(out, value, '{', '}');
  else if constexpr (is == shape::sequence || is == shape::fixed_array)
    append_items(out, value, '[', ']');
  else if constexpr (is == shape::tuple) {
    text_list list{out, "("};
    std::apply([&](auto const&... items) { ((list.next(), append_text(out, items)), ...); }, value);
    out += ')';
  } else {
    static_assert(is == shape::aggregate, "perdure: this type has no text (see payload_type.hpp)");
    text_list list{out += reflect::type_name<T>(), "("};
    reflect::for_each_field(value, [&](std::string_view name, auto const& field) {
      list.next();
      (out += name) += '=';
      append_text(out, field);
    });
    out += ')';
  }
}

} // namespace detail

/// `value` as `name(field='text', other=[1, 2], more=None)`: text in single quotes, `True`, `None`,
/// `{key: value}`, enumerators by name. Never fails on a value. Not for storage: see json.hpp.
template <class T>
[[nodiscard]] auto to_text(T const& value) -> std::string {
  std::string text;
  detail::append_text(text, value);
  return text;
}

} // namespace perdure::inline v0
