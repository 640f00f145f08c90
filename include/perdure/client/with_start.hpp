// Starting a workflow together with a signal or an update for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "perdure/client/update_handle.hpp"
#include "perdure/client/workflow_handle.hpp"
#include "perdure/workflow/callable.hpp"

namespace perdure::inline v0 {

/// A workflow that is there by now, and the update that it was sent.
template <class T, class R, backend B>
struct started_with_update {
  workflow_handle<T, B> workflow;
  update_handle<R, B> update;
  bool started{}; ///< False: the workflow was there.
};

namespace detail {

template <auto F, std::size_t I>
using parameter = typename nth<typename callable<F>::signature::arguments, I>::type;
template <auto F>
inline constexpr std::size_t arity = callable<F>::signature::arity;
template <auto F>
using result_of = typename callable<F>::result;

/// Base of `client`, which gives `request_of<F>(input, options)` and its backend. One overload for
/// each number of parameters, since braces cannot be passed through a pack.
///
/// `signal_with_start<f>(arguments..., options, signal, value)`: the open run of the id gets the
/// signal; if there is none, one is started that has it before its first task.
/// Errors: `error` (already_started: the policies forbid another run; invalid_argument).
///
/// `update_with_start<f>(arguments..., options, update, arguments..., update_options{...})`, the
/// last one if it is wanted: a run is started, or the one that is there is used if
/// `.id_conflict_policy`, which must be set, says so; and it is sent the update: both or neither.
/// Errors: those, and those of `handle.start_update`.
template <class Client, class Options, backend B>
class with_start_calls {
public:
  template <auto F, class S, class... V>
    requires(detail::arity<F> == 0)
  auto signal_with_start(Options options, S const& which, V const&... value) const
      -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(), std::move(options), which.name, message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 0)
  auto update_with_start(Options options, M const& which, V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 1)
  auto signal_with_start(detail::parameter<F, 0> const& a0, Options options, S const& which,
                         V const&... value) const -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0), std::move(options), which.name, message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 1)
  auto update_with_start(detail::parameter<F, 0> const& a0, Options options, M const& which,
                         V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 2)
  auto signal_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         Options options, S const& which, V const&... value) const
      -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0, a1), std::move(options), which.name,
                        message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 2)
  auto update_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         Options options, M const& which, V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0, a1), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 3)
  auto signal_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, Options options, S const& which,
                         V const&... value) const -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0, a1, a2), std::move(options), which.name,
                        message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 3)
  auto update_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, Options options, M const& which,
                         V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0, a1, a2), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 4)
  auto signal_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         Options options, S const& which, V const&... value) const
      -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0, a1, a2, a3), std::move(options), which.name,
                        message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 4)
  auto update_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         Options options, M const& which, V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0, a1, a2, a3), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 5)
  auto signal_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, Options options, S const& which,
                         V const&... value) const -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0, a1, a2, a3, a4), std::move(options), which.name,
                        message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 5)
  auto update_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, Options options, M const& which,
                         V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0, a1, a2, a3, a4), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 6)
  auto signal_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                         Options options, S const& which, V const&... value) const
      -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0, a1, a2, a3, a4, a5), std::move(options), which.name,
                        message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 6)
  auto update_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                         Options options, M const& which, V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0, a1, a2, a3, a4, a5), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 7)
  auto signal_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                         detail::parameter<F, 6> const& a6, Options options, S const& which,
                         V const&... value) const -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0, a1, a2, a3, a4, a5, a6), std::move(options), which.name,
                        message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 7)
  auto update_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                         detail::parameter<F, 6> const& a6, Options options, M const& which,
                         V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0, a1, a2, a3, a4, a5, a6), std::move(options), which, value...);
  }

  template <auto F, class S, class... V>
    requires(detail::arity<F> == 8)
  auto signal_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                         detail::parameter<F, 6> const& a6, detail::parameter<F, 7> const& a7,
                         Options options, S const& which, V const&... value) const
      -> workflow_handle<result_of<F>, B> {
    return signalled<F>(input_of(a0, a1, a2, a3, a4, a5, a6, a7), std::move(options), which.name,
                        message_of(which, value...));
  }
  template <auto F, class M, class... V>
    requires(detail::arity<F> == 8)
  auto update_with_start(detail::parameter<F, 0> const& a0, detail::parameter<F, 1> const& a1,
                         detail::parameter<F, 2> const& a2, detail::parameter<F, 3> const& a3,
                         detail::parameter<F, 4> const& a4, detail::parameter<F, 5> const& a5,
                         detail::parameter<F, 6> const& a6, detail::parameter<F, 7> const& a7,
                         Options options, M const& which, V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    return updated<F>(input_of(a0, a1, a2, a3, a4, a5, a6, a7), std::move(options), which,
                      value...);
  }

private:
  friend Client;
  with_start_calls() = default;
  [[nodiscard]] auto self() const noexcept -> Client const& {
    return static_cast<Client const&>(*this);
  }
  template <class... A>
  [[nodiscard]] auto input_of(A const&... arguments) const -> payloads {
    return self().backend_.encode(arguments...);
  }
  template <class Message, class... A>
  [[nodiscard]] auto message_of(Message const& which, A const&... arguments) const -> payloads {
    return self().backend_.encode_for(which, arguments...);
  }
  template <auto F>
  auto signalled(payloads input, Options options, std::string_view name, payloads value) const
      -> workflow_handle<result_of<F>, B> {
    signal_with_start_request request{
        self().template request_of<F>(std::move(input), std::move(options)), name,
        std::move(value)};
    return {*self().backend_, self().backend_.signal_with_start_workflow(request).execution};
  }
  template <auto F, class M, class... V>
  auto updated(payloads input, Options options, M const& which, V const&... value) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    if constexpr (sizeof...(V) == message_arity<M>)
      return updated<F, M>(std::move(input), std::move(options), which.name,
                           message_of(which, value...), {});
    else
      return updated_as<F>(std::move(input), std::move(options), which,
                           std::forward_as_tuple(value...),
                           std::make_index_sequence<message_arity<M>>{});
  }
  template <auto F, class M, class Values, std::size_t... I>
  auto updated_as(payloads input, Options options, M const& which, Values const& all,
                  std::index_sequence<I...>) const {
    static_assert(std::tuple_size_v<Values> == sizeof...(I) + 1,
                  "perdure: update_with_start takes the arguments of the update, then, if they are "
                  "wanted, update_options{...}");
    return updated<F, M>(std::move(input), std::move(options), which.name,
                         message_of(which, std::get<I>(all)...), std::get<sizeof...(I)>(all));
  }
  template <auto F, class M>
  auto updated(payloads input, Options options, std::string_view name, payloads arguments,
               update_options how) const
      -> started_with_update<result_of<F>, message_result<M>, B> {
    if (options.id_conflict_policy == workflow_id_conflict_policy::unspecified)
      throw error{errc::invalid_argument,
                  "update_with_start: set .id_conflict_policy: use_existing, or fail or "
                  "terminate_existing, where a run is there"};
    update_with_start_request request{};
    request.start = self().template request_of<F>(std::move(input), std::move(options));
    request.update = make_update(std::move(how.id), name, std::move(arguments));
    request.wait_for = how.wait_for;
    update_with_start_result const made = self().backend_.update_with_start_workflow(request);
    return {{*self().backend_, made.start.execution},
            {*self().backend_, made.update.execution, request.update.meta.update_id},
            made.start.started};
  }
};

} // namespace detail

} // namespace perdure::inline v0
