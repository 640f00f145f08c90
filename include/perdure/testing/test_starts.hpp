// Starting workflows in a test environment: options are optional.
#pragma once

#include <utility>

#include "perdure/client/client.hpp"
#include "perdure/testing/test_backend.hpp"

namespace perdure::inline v0::detail {

/// Base of `test_environment`, which gives its client and `with_defaults<F>(options)`. One overload
/// for each number of parameters, since braces cannot be passed through a pack.
template <class Environment>
class test_starts {
public:
  template <auto F>
  using handle_of = workflow_handle<result_of<F>, test_backend>;

  template <auto F>
    requires(arity<F> == 0)
  auto start_workflow(workflow_options options = {}) -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 0)
  auto execute_workflow(workflow_options options = {}) -> result_of<F> {
    return start_workflow<F>(std::move(options)).result();
  }
  template <auto F>
    requires(arity<F> == 1)
  auto start_workflow(parameter<F, 0> a0, workflow_options options = {}) -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        std::move(a0), self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 1)
  auto execute_workflow(parameter<F, 0> a0, workflow_options options = {}) -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(options)).result();
  }
  template <auto F>
    requires(arity<F> == 2)
  auto start_workflow(parameter<F, 0> a0, parameter<F, 1> a1, workflow_options options = {})
      -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        std::move(a0), std::move(a1), self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 2)
  auto execute_workflow(parameter<F, 0> a0, parameter<F, 1> a1, workflow_options options = {})
      -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(a1), std::move(options)).result();
  }
  template <auto F>
    requires(arity<F> == 3)
  auto start_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                      workflow_options options = {}) -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        std::move(a0), std::move(a1), std::move(a2),
        self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 3)
  auto execute_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                        workflow_options options = {}) -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(a1), std::move(a2), std::move(options))
        .result();
  }
  template <auto F>
    requires(arity<F> == 4)
  auto start_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                      parameter<F, 3> a3, workflow_options options = {}) -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        std::move(a0), std::move(a1), std::move(a2), std::move(a3),
        self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 4)
  auto execute_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                        parameter<F, 3> a3, workflow_options options = {}) -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(a1), std::move(a2), std::move(a3),
                             std::move(options))
        .result();
  }
  template <auto F>
    requires(arity<F> == 5)
  auto start_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                      parameter<F, 3> a3, parameter<F, 4> a4, workflow_options options = {})
      -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        std::move(a0), std::move(a1), std::move(a2), std::move(a3), std::move(a4),
        self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 5)
  auto execute_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                        parameter<F, 3> a3, parameter<F, 4> a4, workflow_options options = {})
      -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(a1), std::move(a2), std::move(a3),
                             std::move(a4), std::move(options))
        .result();
  }
  template <auto F>
    requires(arity<F> == 6)
  auto start_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                      parameter<F, 3> a3, parameter<F, 4> a4, parameter<F, 5> a5,
                      workflow_options options = {}) -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        std::move(a0), std::move(a1), std::move(a2), std::move(a3), std::move(a4), std::move(a5),
        self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 6)
  auto execute_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                        parameter<F, 3> a3, parameter<F, 4> a4, parameter<F, 5> a5,
                        workflow_options options = {}) -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(a1), std::move(a2), std::move(a3),
                             std::move(a4), std::move(a5), std::move(options))
        .result();
  }
  template <auto F>
    requires(arity<F> == 7)
  auto start_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                      parameter<F, 3> a3, parameter<F, 4> a4, parameter<F, 5> a5,
                      parameter<F, 6> a6, workflow_options options = {}) -> handle_of<F> {
    return self().get_client().template start_workflow<F>(
        std::move(a0), std::move(a1), std::move(a2), std::move(a3), std::move(a4), std::move(a5),
        std::move(a6), self().template with_defaults<F>(std::move(options)));
  }
  template <auto F>
    requires(arity<F> == 7)
  auto execute_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                        parameter<F, 3> a3, parameter<F, 4> a4, parameter<F, 5> a5,
                        parameter<F, 6> a6, workflow_options options = {}) -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(a1), std::move(a2), std::move(a3),
                             std::move(a4), std::move(a5), std::move(a6), std::move(options))
        .result();
  }
  template <auto F>
    requires(arity<F> == 8)
  auto start_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                      parameter<F, 3> a3, parameter<F, 4> a4, parameter<F, 5> a5,
                      parameter<F, 6> a6, parameter<F, 7> a7, workflow_options options = {})
      -> handle_of<F> {
    return self().template start<F>(to_payloads(a0, a1, a2, a3, a4, a5, a6, a7),
                                    std::move(options));
  }
  template <auto F>
    requires(arity<F> == 8)
  auto execute_workflow(parameter<F, 0> a0, parameter<F, 1> a1, parameter<F, 2> a2,
                        parameter<F, 3> a3, parameter<F, 4> a4, parameter<F, 5> a5,
                        parameter<F, 6> a6, parameter<F, 7> a7, workflow_options options = {})
      -> result_of<F> {
    return start_workflow<F>(std::move(a0), std::move(a1), std::move(a2), std::move(a3),
                             std::move(a4), std::move(a5), std::move(a6), std::move(a7),
                             std::move(options))
        .result();
  }

private:
  friend Environment;
  test_starts() = default;
  ~test_starts() = default;
  [[nodiscard]] auto self() noexcept -> Environment& { return static_cast<Environment&>(*this); }
};

} // namespace perdure::inline v0::detail
