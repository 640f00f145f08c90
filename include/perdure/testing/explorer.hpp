// An explorer of workflows: runs one under many schedules of what can happen, and finds one under
// which it does not do what it should.
#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "perdure/testing/explorer_search.hpp"
#include "perdure/workflow/member_message.hpp"

namespace perdure::inline v0 {
namespace detail {

template <class... A, class... Given>
[[nodiscard]] auto encode_call(signature<void, A...>, Given&&... given) -> payloads {
  static_assert(sizeof...(A) == sizeof...(Given),
                "perdure: a workflow is explored with as many arguments as it has parameters");
  return to_payloads(std::remove_cvref_t<A>(std::forward<Given>(given))...);
}
template <class R, class... A>
auto without_result(signature<R, A...>) -> signature<void, A...>;

/// Arguments as they could stand in C++: text and numbers; others as a comment.
[[nodiscard]] inline auto arguments_text(payloads const& input) -> std::string {
  std::string all;
  for (auto const& each : input) {
    std::string const& json = each.data;
    bool const plain = !json.empty() && json.front() != '{' && json.front() != '[';
    all += (all.empty() ? "" : ", ") + (plain ? json : "/* " + json + " */");
  }
  return all;
}

} // namespace detail

/// Runs a workflow in virtual time under many schedules: its activities, timers, children and
/// messages end in other orders, activities fail or their answers get lost, workers crash, live
/// runs are evicted, and the run is cancelled, each at every point where it can happen. Reports the
/// smallest schedule under which
///  - a check does not hold (see `check`),
///  - the run waits for what never comes, or does not end,
///  - a replay diverges, or a workflow task fails,
///  - a destructor calls the workflow API on an eviction.
///
///     auto const found = perdure::explorer{}
///                            .add<order, charge, ship, refund>()
///                            .reliable<refund>()
///                            .check("paid or refunded", paid_or_refunded)
///                            .explore<order>(42);
///     REQUIRE(found.ok()); // found.text() says what was done, and prints a test for what it found
///
/// Schedules are enumerated by the number of their deviations from the usual course; when the
/// budget is spent, random ones follow. The same options give the same schedules. Activities run on
/// the caller's thread: their real functions, or stubs. Local activities and side effects run as
/// they are. What an activity does outside is not undone between schedules: see `before_each`.
/// Replays find freed memory in another order, so that a run that depends on addresses diverges;
/// under AddressSanitizer only with a small quarantine (quarantine_size_mb=1 in ASAN_OPTIONS).
/// Not thread-safe; the log is quiet meanwhile.
class explorer {
public:
  explicit explorer(explorer_options options = {})
      : program_{std::make_unique<detail::explorer_program>()} {
    program_->options = std::move(options);
  }

  /// Workflows and activities, as `worker::add`. \throws error (already_registered)
  template <auto... F>
  auto add(std::source_location source = std::source_location::current()) -> explorer& {
    (program_->known.add<F>(source), ...);
    return *this;
  }
  /// Member functions of an object as activities; the object must outlive the explorer.
  template <auto... F, class Object>
    requires(!detail::is_shared_pointer<Object>)
  auto add(Object& object, std::source_location source = std::source_location::current())
      -> explorer& {
    (program_->known.add<F>(object, source), ...);
    return *this;
  }
  /// Has `function` stand in for activity F, which need not be added: it is called with F's
  /// arguments and gives what F gives.
  template <auto F, class Function>
  auto stub(Function function) -> explorer& {
    using made = detail::stub_activity<Function, typename detail::callable<F>::signature>;
    program_->stubs[std::string{detail::registered_name<F>()}] =
        std::make_unique<made>(std::move(function));
    return *this;
  }
  /// Activities that never fail for good, for nothing could be done about it: refunds.
  template <auto... F>
  auto reliable() -> explorer& {
    (program_->reliable.emplace(detail::registered_name<F>()), ...);
    return *this;
  }

  /// A signal or an update that is sent to the run: usually when nothing else happens but time, and
  /// in some schedules at any other moment; several keep their order.
  template <class Message, class... A>
    requires requires(Message const& which) { which.name; }
  auto send(Message const& which, A const&... arguments) -> explorer& {
    auto const scope = converting();
    program_->messages.push_back(
        {std::string{which.name}, which.encode(arguments...), is_update<Message>});
    return *this;
  }
  /// The same for a member of a workflow class: `send<&order::approve>()`.
  template <auto Member, class... A>
  auto send(A const&... arguments) -> explorer& {
    using message = member_message<Member>;
    static_assert(message::kind != message_kind::query, "perdure: queries change nothing");
    return send(typename message::declaration{message::name()}, arguments...);
  }

  /// What must hold at the end of every run that ends: `holds(explored_run const&)`.
  template <std::predicate<explored_run const&> Holds>
  auto check(std::string name, Holds holds) -> explorer& {
    program_->checks.push_back({std::move(name), std::move(holds)});
    return *this;
  }
  /// Called before every schedule: sets what activities change outside back to how it was.
  template <std::invocable Function>
  auto before_each(Function function) -> explorer& {
    program_->before_each = std::move(function);
    return *this;
  }

  /// Explores workflow W, called with these arguments.
  /// \throws error (not_registered) if W, or an activity without a stub, was not added;
  ///         (invalid_argument) for an activity that does not end with its function
  template <auto W, class... A>
  [[nodiscard]] auto explore(A&&... arguments) -> exploration {
    detail::explorer_target const target = target_of<W>(std::forward<A>(arguments)...);
    exploration found = detail::explorer_search{*program_, target}.search();
    found.workflow = target.workflow_type.str();
    found.arguments = detail::arguments_text(target.input);
    return found;
  }
  /// Runs one schedule: the text of one that was found, `task; complete 2 (ship); crash`. What
  /// stands in brackets is not read. After its last move all goes its usual course.
  /// \throws error (invalid_argument) if the text is no schedule; as `explore`
  template <auto W, class... A>
  [[nodiscard]] auto replay_schedule(std::string_view schedule, A&&... arguments)
      -> explored_schedule {
    return detail::explorer_search{*program_, target_of<W>(std::forward<A>(arguments)...)}.replay(
        schedule);
  }

private:
  template <class Message>
  static constexpr bool is_update = false;
  template <class Signature>
  static constexpr bool is_update<update<Signature>> = true;

  [[nodiscard]] auto converting() const noexcept -> detail::converter_scope {
    return detail::converter_scope{program_->options.data_converter.get()};
  }
  template <auto W, class... A>
  [[nodiscard]] auto target_of(A&&... arguments) const -> detail::explorer_target {
    static_assert(detail::callable<W>::is_workflow_function,
                  "perdure: what is explored is a function that returns workflow<T>");
    using parameters = decltype(detail::without_result(typename detail::callable<W>::signature{}));
    if (program_->known.workflow(detail::registered_name<W>()) == nullptr)
      throw error{errc::not_registered, "explorer: add<" +
                                            std::string{detail::registered_name<W>()} +
                                            ">() before it is explored"};
    auto const scope = converting();
    return {detail::registered_name<W>(),
            detail::encode_call(parameters{}, std::forward<A>(arguments)...)};
  }

  std::unique_ptr<detail::explorer_program> program_;
};

} // namespace perdure::inline v0
