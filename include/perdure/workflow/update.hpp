// Updates: requests to a run, which it may refuse, and whose result the sender waits for.
#pragma once

#include <string_view>
#include <type_traits>

#include "perdure/workflow/callable.hpp"

namespace perdure::inline v0 {

/// The name of an update, what it takes and what it gives. Declared once, used by senders and by
/// the workflow that handles it: `inline constexpr perdure::update<int(item)> add{"add"};`
template <class Signature>
struct update;

template <class R, class... A>
struct update<R(A...)> {
  static_assert(!detail::is_workflow<R>,
                "perdure: an update is declared with the value it gives, not with workflow<T>");
  using result = R;
  using signature = detail::signature<R, A...>;
  std::string_view name{};

  [[nodiscard]] static auto encode(std::remove_cvref_t<A> const&... arguments) -> payloads {
    return to_payloads(arguments...);
  }
};

} // namespace perdure::inline v0
