// Durations and points in time as text, as protobuf's JSON has them: "1.5s",
// "2024-02-29T12:00:00.250Z".
#pragma once

#include "perdure/data/detail/duration_text.hpp"
#include "perdure/data/detail/rfc3339.hpp"
#include "perdure/time.hpp"

#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>

namespace perdure::inline v0 {

/// Appends seconds with as many decimals as it takes, and `s`: "90s", "-0.25s", "0.000000001s".
/// Lossless for every built-in count and every period: `parse_duration` gives the same value again.
/// \pre a floating count is finite.
template <class Rep, class Period>
void append_duration(std::string& out, std::chrono::duration<Rep, Period> value) {
  if constexpr (std::is_floating_point_v<Rep>)
    detail::append_floating_duration(out, value.count(), typename Period::type{});
  else
    detail::append_whole_duration(out, value.count(), typename Period::type{});
  out += 's';
}

/// Reads what `append_duration` writes. Nothing for other text, for what is out of range, and for
/// what is finer than an integer count of `D`: "0.5s" is no number of whole seconds.
template <class D>
[[nodiscard]] auto parse_duration(std::string_view text) -> std::optional<D> {
  if (text.empty() || text.back() != 's') return std::nullopt;
  text.remove_suffix(1);
  using rep = typename D::rep;
  using period = typename D::period::type;
  std::optional<rep> count;
  if constexpr (std::is_floating_point_v<rep>)
    count = detail::parse_floating_duration<rep>(text, period{});
  else
    count = detail::parse_whole_duration<rep>(text, period{});
  return count ? std::optional<D>{D{*count}} : std::nullopt;
}

/// Appends RFC 3339 in UTC with none, 3, 6 or 9 decimals, as needed. Answers false, and appends
/// nothing, for years outside 1 to 9999, which RFC 3339 cannot write.
template <class D>
[[nodiscard]] auto append_time(std::string& out,
                               std::chrono::time_point<std::chrono::system_clock, D> time) -> bool {
  using period = typename D::period::type;
  static_assert(std::nano::den % period::den == 0 && period::num <= std::nano::den,
                "perdure: a time must count in nanoseconds or coarser units, up to 31 years");
  auto const count = static_cast<detail::wide_int>(time.time_since_epoch().count());
  return detail::append_rfc3339(out, count * period::num * (std::nano::den / period::den));
}

/// Reads RFC 3339 with any offset and up to nine decimals. Nothing for other text, for days and
/// hours that do not exist (leap seconds included), and for what is out of range of `T` or finer
/// than it counts.
template <class T>
[[nodiscard]] auto parse_time(std::string_view text) -> std::optional<T> {
  using unit = typename T::duration;
  using period = typename unit::period::type;
  auto const nanos = detail::parse_rfc3339(text);
  constexpr detail::wide_int tick = std::nano::den / period::den * period::num;
  if (!nanos || *nanos % tick != 0) return std::nullopt;
  auto const count = detail::narrow<typename unit::rep>(*nanos / tick);
  return count ? std::optional<T>{T{unit{*count}}} : std::nullopt;
}

} // namespace perdure::inline v0
