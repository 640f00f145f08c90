// Queries: questions about a run's state, answered without a trace in its history.
#pragma once

#include <string_view>
#include <type_traits>

#include "perdure/workflow/callable.hpp"

namespace perdure::inline v0 {

/// The name of a query, what it takes and what it gives. Declared once, used by those who ask and
/// by the workflow that answers: `inline constexpr perdure::query<int(std::string)>
/// count{"count"};`
template <class Signature>
struct query;

template <class R, class... A>
struct query<R(A...)> {
  static_assert(!std::is_void_v<R>, "perdure: a query asks for something: give it a result");
  static_assert(!detail::is_workflow<R>,
                "perdure: a query is answered at once: its result is no workflow<T>");
  using result = R;
  using signature = detail::signature<R, A...>;
  std::string_view name{};

  [[nodiscard]] static auto encode(std::remove_cvref_t<A> const&... arguments) -> payloads {
    return to_payloads(arguments...);
  }
};

} // namespace perdure::inline v0
