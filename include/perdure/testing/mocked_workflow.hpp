// A workflow in whose place a test has put a function.
#pragma once

#include <chrono>
#include <source_location>
#include <string>
#include <utility>

#include "perdure/execution/registry.hpp"
#include "perdure/workflow/execute_activity.hpp"

namespace perdure::inline v0::detail {

/// The name of the activity that is the test's function.
[[nodiscard]] inline auto name_of_mock(std::string_view workflow) -> std::string {
  return "mock of " + std::string{workflow};
}

/// A real workflow under W's name, which asks the test's function for its result in an activity: so
/// the function is called once for each run, may capture anything, and the run can be replayed.
template <auto W, class Signature = typename callable<W>::signature>
struct mocked_workflow;
template <auto W, class R, class... A>
struct mocked_workflow<W, signature<R, A...>> {
  using result = typename callable<W>::result;

  static auto run(A... arguments) -> workflow<result> {
    payloads input = to_payloads(arguments...);
    failure why{};
    try {
      co_return co_await ask(std::move(input));
    } catch (activity_error const& failed) {
      // As if the workflow itself had failed so.
      why = failed.cause() != nullptr ? *failed.cause() : failed.failure();
    }
    throw_failure(std::move(why));
  }
  [[nodiscard]] static auto starter() noexcept -> workflow_starter {
    return &workflow_entry<&mocked_workflow::run>::start;
  }

private:
  static auto ask(payloads input) -> lazy_operation<result> {
    static shared_string const name{name_of_mock(registered_name<W>())};
    activity_options options{};
    options.start_to_close_timeout = std::chrono::hours{24 * 365 * 100}; // delays may be long
    options.retry_policy.maximum_attempts = 1; // retries are those of the workflow
    return lazy_operation<result>{activity_request(name, std::move(input), std::move(options),
                                                   std::source_location::current())};
  }
};

} // namespace perdure::inline v0::detail
