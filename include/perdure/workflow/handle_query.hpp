// Answering queries.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/workflow/handler_registration.hpp"

namespace perdure::inline v0 {
namespace detail {

template <class F, class R, class... A>
class typed_query_handler final : public query_handler {
public:
  typed_query_handler(std::string_view named, F&& function, handler_options&& with)
      : query_handler{named, std::move(with)}, function_(std::move(function)) {}
  [[nodiscard]] auto answer(std::string_view, payloads const& input) const -> payloads override {
    R const result = std::apply(function_, from_payloads<A...>(input));
    return to_payloads(result);
  }

private:
  F function_;
};

template <class F>
class any_query_handler final : public query_handler {
public:
  any_query_handler(F&& function, handler_options&& with)
      : query_handler{{}, std::move(with)}, function_(std::move(function)) {}
  [[nodiscard]] auto answer(std::string_view named, payloads const& input) const
      -> payloads override {
    return function_(std::string{named}, input);
  }

private:
  F function_;
};

template <class F, class R, class... A>
auto make_query_handler(std::string_view named, F function, handler_options&& with)
    -> owned<query_handler> {
  constexpr bool fits = std::is_invocable_r_v<R, F const&, A...>;
  static_assert(fits,
                "perdure: the handler of a query is a plain function of the query's arguments that "
                "returns its result, and changes nothing: no workflow<T>, no mutable lambda");
  if constexpr (fits)
    return make_owned<typed_query_handler<F, R, A...>>(named, std::move(function), std::move(with));
  else
    return nullptr;
}

} // namespace detail

/// `auto registration = handle(status, f)`: f answers the query of that name, as long as the
/// registration lives. It is a plain function of the query's arguments that must not change
/// anything: what it calls of this library throws `error` (read_only) if it would. What f throws is
/// the answer. A query on a closed run finds no registration that was a local of the workflow
/// function; a workflow class still answers.
/// \throws error (already_registered; invalid_argument for a name that begins with __temporal_)
template <class R, class... A, class F>
auto handle(query<R(A...)> const& which, F f, handler_options options = {})
    -> handler_registration {
  return detail::register_handler("handle",
                                  detail::make_query_handler<F, R, std::remove_cvref_t<A>...>(
                                      which.name, std::move(f), std::move(options)));
}

/// The same for all queries that have no handler of their own: `f(std::string name, payloads
/// input)` returns payloads.
template <class F>
auto handle_any_query(F f, handler_options options = {}) -> handler_registration {
  static_assert(std::is_invocable_r_v<payloads, F const&, std::string, payloads const&>,
                "perdure: the handler of any query is called with a std::string and payloads, and "
                "returns payloads");
  return detail::register_handler(
      "handle_any_query",
      detail::make_owned<detail::any_query_handler<F>>(std::move(f), std::move(options)));
}

} // namespace perdure::inline v0
