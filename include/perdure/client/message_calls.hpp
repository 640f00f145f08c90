// Queries and updates as calls with arguments: one overload for each number of them, since braces
// cannot be passed through a pack.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "perdure/client/update_handle.hpp"
#include "perdure/error.hpp"
#include "perdure/workflow/callable.hpp"
#include "perdure/workflow/member_message.hpp"

namespace perdure::inline v0::detail {

template <class List, std::size_t I>
struct nth {};
template <class First, class... Rest, std::size_t I>
struct nth<type_list<First, Rest...>, I> : nth<type_list<Rest...>, I - 1> {};
template <class First, class... Rest>
struct nth<type_list<First, Rest...>, 0> {
  using type = First;
};

/// What a query or an update, `Message<R(A...)>`, takes and gives. It has a `name`, and
/// `encode(arguments...)` makes payloads.
template <class Message>
struct message_signature {
  static constexpr std::size_t arity = static_cast<std::size_t>(-1); ///< It is neither.
};
template <template <class> class Message, class R, class... A>
struct message_signature<Message<R(A...)>> {
  using result = R;
  using arguments = type_list<std::remove_cvref_t<A>...>;
  static constexpr std::size_t arity = sizeof...(A);
};
template <class M>
using message_result = typename message_signature<M>::result;
template <class M, std::size_t I>
using message_argument = typename nth<typename message_signature<M>::arguments, I>::type;
template <class M>
inline constexpr std::size_t message_arity = message_signature<M>::arity;

/// Base of `workflow_handle`, which gives `ask<R>(name, arguments, options)` and
/// `send(name, arguments, options)`.
///
/// `query(which, arguments..., options)` asks the workflow's code, running or closed.
/// Errors: what the code answers instead (`application_error`, ...); `error` (not_found;
/// query_rejected: the options rule the run out; unanswered: no worker took it in time, or the
/// run's workflow tasks keep failing).
///
/// `update(which, arguments..., options)` sends an update and waits for its result. Errors: what
/// the update fails with or is rejected with (`application_error`, ...); `error` (not_found,
/// already_closed, limit_exceeded), and in virtual time (stalled).
///
/// `start_update(which, arguments..., options)` sends an update, waits until the run has accepted
/// it, or for what the options say, and gives its handle. Errors as of `update`, but a rejection is
/// told by the handle's `result()`.
template <class Handle, backend B>
class message_calls {
public:
  template <class M>
    requires(message_arity<M> == 0)
  auto query(M const& which, query_options const& options = {}) const -> message_result<M> {
    return self().template ask<message_result<M>>(which.name, encoded(which), options);
  }
  template <class M>
    requires(message_arity<M> == 0)
  auto update(M const& which, update_options const& options = {}) const -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which), options);
  }
  template <class M>
    requires(message_arity<M> == 0)
  auto start_update(M const& which, update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which), options);
  }

  template <class M>
    requires(message_arity<M> == 1)
  auto query(M const& which, message_argument<M, 0> const& a0,
             query_options const& options = {}) const -> message_result<M> {
    return self().template ask<message_result<M>>(which.name, encoded(which, a0), options);
  }
  template <class M>
    requires(message_arity<M> == 1)
  auto update(M const& which, message_argument<M, 0> const& a0,
              update_options const& options = {}) const -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0), options);
  }
  template <class M>
    requires(message_arity<M> == 1)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0), options);
  }

  template <class M>
    requires(message_arity<M> == 2)
  auto query(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
             query_options const& options = {}) const -> message_result<M> {
    return self().template ask<message_result<M>>(which.name, encoded(which, a0, a1), options);
  }
  template <class M>
    requires(message_arity<M> == 2)
  auto update(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
              update_options const& options = {}) const -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0, a1), options);
  }
  template <class M>
    requires(message_arity<M> == 2)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    message_argument<M, 1> const& a1, update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0, a1), options);
  }

  template <class M>
    requires(message_arity<M> == 3)
  auto query(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
             message_argument<M, 2> const& a2, query_options const& options = {}) const
      -> message_result<M> {
    return self().template ask<message_result<M>>(which.name, encoded(which, a0, a1, a2), options);
  }
  template <class M>
    requires(message_arity<M> == 3)
  auto update(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
              message_argument<M, 2> const& a2, update_options const& options = {}) const
      -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0, a1, a2), options);
  }
  template <class M>
    requires(message_arity<M> == 3)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    message_argument<M, 1> const& a1, message_argument<M, 2> const& a2,
                    update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0, a1, a2), options);
  }

  template <class M>
    requires(message_arity<M> == 4)
  auto query(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
             message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
             query_options const& options = {}) const -> message_result<M> {
    return self().template ask<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3),
                                                  options);
  }
  template <class M>
    requires(message_arity<M> == 4)
  auto update(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
              message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
              update_options const& options = {}) const -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3), options);
  }
  template <class M>
    requires(message_arity<M> == 4)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    message_argument<M, 1> const& a1, message_argument<M, 2> const& a2,
                    message_argument<M, 3> const& a3, update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3), options);
  }

  template <class M>
    requires(message_arity<M> == 5)
  auto query(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
             message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
             message_argument<M, 4> const& a4, query_options const& options = {}) const
      -> message_result<M> {
    return self().template ask<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4),
                                                  options);
  }
  template <class M>
    requires(message_arity<M> == 5)
  auto update(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
              message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
              message_argument<M, 4> const& a4, update_options const& options = {}) const
      -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4), options);
  }
  template <class M>
    requires(message_arity<M> == 5)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    message_argument<M, 1> const& a1, message_argument<M, 2> const& a2,
                    message_argument<M, 3> const& a3, message_argument<M, 4> const& a4,
                    update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4), options);
  }

  template <class M>
    requires(message_arity<M> == 6)
  auto query(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
             message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
             message_argument<M, 4> const& a4, message_argument<M, 5> const& a5,
             query_options const& options = {}) const -> message_result<M> {
    return self().template ask<message_result<M>>(which.name,
                                                  encoded(which, a0, a1, a2, a3, a4, a5), options);
  }
  template <class M>
    requires(message_arity<M> == 6)
  auto update(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
              message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
              message_argument<M, 4> const& a4, message_argument<M, 5> const& a5,
              update_options const& options = {}) const -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4, a5),
                                        options);
  }
  template <class M>
    requires(message_arity<M> == 6)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    message_argument<M, 1> const& a1, message_argument<M, 2> const& a2,
                    message_argument<M, 3> const& a3, message_argument<M, 4> const& a4,
                    message_argument<M, 5> const& a5, update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4, a5), options);
  }

  template <class M>
    requires(message_arity<M> == 7)
  auto query(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
             message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
             message_argument<M, 4> const& a4, message_argument<M, 5> const& a5,
             message_argument<M, 6> const& a6, query_options const& options = {}) const
      -> message_result<M> {
    return self().template ask<message_result<M>>(
        which.name, encoded(which, a0, a1, a2, a3, a4, a5, a6), options);
  }
  template <class M>
    requires(message_arity<M> == 7)
  auto update(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
              message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
              message_argument<M, 4> const& a4, message_argument<M, 5> const& a5,
              message_argument<M, 6> const& a6, update_options const& options = {}) const
      -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4, a5, a6),
                                        options);
  }
  template <class M>
    requires(message_arity<M> == 7)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    message_argument<M, 1> const& a1, message_argument<M, 2> const& a2,
                    message_argument<M, 3> const& a3, message_argument<M, 4> const& a4,
                    message_argument<M, 5> const& a5, message_argument<M, 6> const& a6,
                    update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4, a5, a6), options);
  }

  template <class M>
    requires(message_arity<M> == 8)
  auto query(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
             message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
             message_argument<M, 4> const& a4, message_argument<M, 5> const& a5,
             message_argument<M, 6> const& a6, message_argument<M, 7> const& a7,
             query_options const& options = {}) const -> message_result<M> {
    return self().template ask<message_result<M>>(
        which.name, encoded(which, a0, a1, a2, a3, a4, a5, a6, a7), options);
  }
  template <class M>
    requires(message_arity<M> == 8)
  auto update(M const& which, message_argument<M, 0> const& a0, message_argument<M, 1> const& a1,
              message_argument<M, 2> const& a2, message_argument<M, 3> const& a3,
              message_argument<M, 4> const& a4, message_argument<M, 5> const& a5,
              message_argument<M, 6> const& a6, message_argument<M, 7> const& a7,
              update_options const& options = {}) const -> message_result<M> {
    return completed<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4, a5, a6, a7),
                                        options);
  }
  template <class M>
    requires(message_arity<M> == 8)
  auto start_update(M const& which, message_argument<M, 0> const& a0,
                    message_argument<M, 1> const& a1, message_argument<M, 2> const& a2,
                    message_argument<M, 3> const& a3, message_argument<M, 4> const& a4,
                    message_argument<M, 5> const& a5, message_argument<M, 6> const& a6,
                    message_argument<M, 7> const& a7, update_options const& options = {}) const
      -> update_handle<message_result<M>, B> {
    return sent<message_result<M>>(which.name, encoded(which, a0, a1, a2, a3, a4, a5, a6, a7),
                                   options);
  }

  // The same for the member functions of a workflow class: `handle.query<&order::status>()`.
  template <auto Member, class... V>
  auto query(V const&... arguments) const {
    return query(query_member<Member>(), arguments...);
  }
  template <auto Member, class... V>
  auto update(V const&... arguments) const {
    return update(update_member_of<Member>(), arguments...);
  }
  template <auto Member, class... V>
  auto start_update(V const&... arguments) const {
    return start_update(update_member_of<Member>(), arguments...);
  }

private:
  friend Handle;
  message_calls() = default;
  [[nodiscard]] auto self() const noexcept -> Handle const& {
    return static_cast<Handle const&>(*this);
  }
  template <class M, class... A>
  [[nodiscard]] auto encoded(M const& which, A const&... arguments) const -> payloads {
    return self().backend_.encode_for(which, arguments...);
  }
  template <class R>
  auto completed(std::string_view name, payloads arguments, update_options options) const -> R {
    options.wait_for = update_stage::completed;
    return result_of_update<R>(self().backend_,
                               self().send(name, std::move(arguments), options).outcome);
  }
  template <class R>
  auto sent(std::string_view name, payloads arguments, update_options options) const
      -> update_handle<R, B> {
    if (options.id.empty()) options.id = random_uuid();
    update_status const status = self().send(name, std::move(arguments), options);
    return {*self().backend_, status.execution, options.id};
  }
};

} // namespace perdure::inline v0::detail
